"""A document store in memory, behind the hub's port, that a test may stop before or after any write.

``Shelves`` are what is durable: several stores over one of them are several workers, and a copy of them is a
backup. ``trap`` is asked around each write and may raise: a machine that stops, a full disk.
``tests.system.simulate.shelves`` are the same over real stores.
"""

import threading
from bisect import bisect_left, insort
from functools import lru_cache

import msgspec

from hub.documents import branch_seal, bytes_of, document_bytes, document_id, seals_of_log
from hub.errors import HeadMovedError
from hub.ports import SCAN_MAX, Added
from protocol import seal as seals

BEYOND = "\x7f"


class Trapped:
    """Something durable, whose writers pass a trap."""

    def __init__(self):
        self.lock = threading.RLock()
        self.trap = None

    def write(self, keep):
        """One durable write: the trap stands before and after it."""
        with self.lock:
            if self.trap is not None:
                self.trap("before")
            kept = keep()
            if self.trap is not None:
                self.trap("after")
            return kept


class Shelves(Trapped):
    """Facts and derived documents as bytes; each write is whole when its method returns."""

    def __init__(self):
        super().__init__()
        self.facts, self.derived, self.ids = {}, {}, []

    def open(self):
        """A store over them, as another process would open it."""
        return MemoryStore(self)

    def copy(self):
        """A backup: what was durable at this moment."""
        twin = Shelves()
        twin.facts, twin.derived, twin.ids = dict(self.facts), dict(self.derived), list(self.ids)
        return twin

    def restore(self, backup):
        """Put a backup back in place of what is here, as a restored disk does."""
        self.facts, self.derived, self.ids = dict(backup.facts), dict(backup.derived), list(backup.ids)

    def overwrite(self, document):
        """Somebody writes another document in place of a fact, which no store would."""
        self.facts[document_id(document)] = document_bytes(document)

    def close(self):
        """Nothing is held open."""

    def add(self, doc_id, raw):
        """Add one fact, or say what stands there."""
        known = self.facts.get(doc_id)
        if known is not None:
            return Added.SAME if known == raw else Added.CONFLICT
        self.facts[doc_id] = raw
        insort(self.ids, doc_id)
        return Added.NEW


class MemoryStore:
    """A ``hub.ports.Store`` over shelves."""

    def __init__(self, shelves):
        self._shelves = shelves

    def get(self, doc_id):
        return _document(self._shelves.facts.get(doc_id))

    def add(self, documents):
        rows = [(document_id(document), document_bytes(document)) for document in documents]
        return self._shelves.write(lambda: tuple(self._shelves.add(*row) for row in rows))

    def ids(self, prefix):
        found = self._shelves.ids
        return tuple(found[bisect_left(found, prefix) : bisect_left(found, prefix + BEYOND)])

    def scan(self, prefix, after="", limit=SCAN_MAX):
        ids = [doc_id for doc_id in self.ids(prefix) if doc_id > after][:limit]
        return tuple(_document(self._shelves.facts[doc_id]) for doc_id in ids)

    def append(self, log, expected_head, seal):
        document = branch_seal(log, seals.read(seal).header.first_seq, seal)
        doc_id, raw = document_id(document), document_bytes(document)

        def keep():
            if self._shelves.facts.get(doc_id) == raw:
                return
            ids = self.ids(seals_of_log(log))
            last = seals.read(bytes_of(self.get(ids[-1]), "seal")).header.head if ids else None
            if doc_id in self._shelves.facts or last != expected_head:
                raise HeadMovedError(f"log {log} does not end where this seal begins")
            self._shelves.add(doc_id, raw)

        self._shelves.write(keep)

    def two_leaves(self, prefix):
        return ()

    def get_derived(self, doc_id):
        return _document(self._shelves.derived.get(doc_id))

    def put_derived(self, document):
        doc_id, raw = document_id(document), document_bytes(document)
        self._shelves.write(lambda: self._shelves.derived.__setitem__(doc_id, raw))

    def scan_derived(self, prefix, after="", limit=SCAN_MAX):
        known = self._shelves.derived
        ids = sorted(doc_id for doc_id in known if doc_id.startswith(prefix) and doc_id > after)
        return tuple(_document(known[doc_id]) for doc_id in ids[:limit])

    def drop_derived(self):
        self._shelves.write(self._shelves.derived.clear)

    def faults(self):
        return ()

    def close(self):
        """Nothing is held open."""


def _document(raw):
    return None if raw is None else dict(_decoded(raw))


@lru_cache(1 << 14)
def _decoded(raw):
    return msgspec.json.decode(raw, type=dict)


class MemoryMarks:
    """``hub.ports.Marks`` in memory: what a machine keeps outside the backup of its store."""

    def __init__(self):
        self.are_missing, self.finished, self.log_key = False, 0, 1
        self._tips = {}

    def make(self):
        """They are here from the start, unless they were forgotten."""
        self.are_missing = False

    def forget(self):
        """Nothing is known any more."""
        self.are_missing, self.finished, self.log_key, self._tips = True, 0, 1, {}

    def tip(self, group):
        return self._tips.get(group)

    def groups(self):
        return tuple(sorted(self._tips))

    def put(self, group, tip):
        known = self._tips.get(group)
        if known is None or (tip.epoch, tip.seq) > (known.epoch, known.seq):
            self._tips[group] = tip

    def finish(self, restoration):
        self.finished = restoration

    def put_log_key(self, number):
        self.log_key = max(self.log_key, number)

    def copy(self):
        """What they say now."""
        twin = MemoryMarks()
        twin.restore(self)
        return twin

    def restore(self, kept):
        """Somebody puts them back, which nobody should."""
        self.finished, self.log_key = kept.finished, kept.log_key
        self._tips = {group: kept.tip(group) for group in kept.groups()}

    def close(self):
        """Nothing is held open."""
