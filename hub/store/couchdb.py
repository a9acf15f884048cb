"""The document store on CouchDB: one server, or a cluster that answers at one address (``hub.store.design``).

- A fact is durable when a quorum of its copies is written (201). A write that was answered otherwise, or not
  at all, may still have left a copy somewhere: until it has been written again with success, nobody is shown
  what it wrote (``_settle``). "The same again" is durable too, because it is written again (L14).
- A fact that is written again keeps its bytes and gets another revision; revisions are in no hash.
- Lists come from one copy of each shard and may lag: what was written or read here lately is put in again.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from hub.documents import Document, branch_seal, bytes_of, document_bytes, document_id, seals_of_log
from hub.errors import DamagedError, EngineError, HeadMovedError, SettingsError, StoreError
from hub.ports import SCAN_MAX, Added
from hub.store.couch_answers import Leaf
from hub.store.couch_server import CouchServer
from hub.store.design import BEYOND, DESIGN, TWO_LEAVES, Branch, check, check_opened, derived_of, is_whole
from hub.store.seen import Seen
from protocol.ids import LogId
from protocol.seal import read

_IDS_MAX = 5_000
_BATCH_DOCUMENTS, _BATCH_BYTES = 500, 4_000_000
_TRIES = 20


class CouchStore:
    """A ``hub.ports.Store`` in two databases of a CouchDB."""

    def __init__(self, server: CouchServer, database: str, branch: Branch) -> None:
        """Open what ``create`` made.

        Raises:
            SettingsError: it is not there, not finished, another branch's, or newer than this program.
            EngineError: the server cannot be asked.
        """
        check_opened(server, database, branch)
        self._server, self._branch = server, branch
        self._facts, self._derived = database, derived_of(database)
        self._seen = {self._facts: Seen(), self._derived: Seen()}
        self._unsettled: set[str] = set()
        self._settling = threading.Lock()

    def get(self, doc_id: str) -> Document | None:
        """A fact by a quorum of its copies, or None."""
        found = self._read(self._facts, doc_id)
        if found is not None:
            self._settle([doc_id])
        return found

    def add(self, documents: Sequence[Document]) -> tuple[Added, ...]:
        """Add facts durably; one answer per document."""
        sizes = {document_id(document): len(document_bytes(document)) for document in documents}
        first: dict[str, Document] = {}
        for document in documents:
            first.setdefault(document_id(document), document)
        stored: dict[str, bytes] = {}
        for batch in _batches(first.values(), sizes):
            stored |= self._add(batch)
        answers = []
        for document in documents:
            known = stored.setdefault(document_id(document), b"")
            answers.append(Added.SAME if known == _raw(document) else Added.CONFLICT if known else Added.NEW)
            stored[document_id(document)] = known or _raw(document)
        return tuple(answers)

    def ids(self, prefix: str) -> tuple[str, ...]:
        """Ids of all facts that start with ``prefix``, ascending."""
        found: list[str] = []
        page = self._page(self._facts, prefix, "", _IDS_MAX, bodies=False)
        while page:
            found += [leaf.doc_id for leaf in page]
            full = len(page) == _IDS_MAX
            page = self._page(self._facts, prefix, found[-1], _IDS_MAX, bodies=False) if full else []
        self._settle(found)
        return tuple(found)

    def scan(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """Facts whose id starts with ``prefix`` and is above ``after``, ascending, at most ``limit``."""
        page = self._page(self._facts, prefix, after, limit, bodies=True)
        self._settle([leaf.doc_id for leaf in page])
        return tuple(leaf.document for leaf in page if leaf.document is not None)

    def append(self, log: LogId, expected_head: bytes | None, seal: bytes) -> None:
        """Append a branch seal where the log ends in ``expected_head``; raises HeadMovedError (L14)."""
        document = branch_seal(log, read(seal).header.first_seq, seal)
        last = self._last(log)
        head = read(bytes_of(last, "seal")).header.head if last else None
        if head == expected_head and (last is None or last["_id"] != document["_id"]):
            if last is not None:
                self._settle([document_id(last)])
            try:
                conflicts = self._write([document])
            except EngineError:
                # Nobody knows whether it is written: the same bytes once more (L14).
                conflicts = self._write([document])
            if not conflicts:
                return
        stored = self._server.read(self._facts, document_id(document))
        if stored is None or stored.document != document:
            raise HeadMovedError(f"log {log} does not end where this seal begins")
        self._write_again([stored.doc_id])

    def two_leaves(self, prefix: str) -> tuple[str, ...]:
        """Ids of facts of which the engine holds two versions (L14)."""
        found = self._server.view(self._facts, DESIGN, TWO_LEAVES, SCAN_MAX)
        return tuple(sorted(doc_id for doc_id in found if doc_id.startswith(prefix)))

    def get_derived(self, doc_id: str) -> Document | None:
        """A derived document, or None."""
        return self._read(self._derived, doc_id)

    def put_derived(self, document: Document) -> None:
        """Write a derived document over the one that was there."""
        doc_id = document_id(document)
        document_bytes(document)
        for _ in range(_TRIES):
            known = self._server.read(self._derived, doc_id)
            written = document if known is None else {**document, "_rev": known.rev}
            if not self._server.put_all(self._derived, [written]):
                self._seen[self._derived].note([doc_id])
                return
        raise EngineError("failed", f"others keep writing {doc_id}")

    def scan_derived(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """As ``scan``, over derived documents."""
        page = self._page(self._derived, prefix, after, limit, bodies=True)
        return tuple(leaf.document for leaf in page if leaf.document is not None)

    def drop_derived(self) -> None:
        """Forget every derived document."""
        for _ in range(_TRIES):
            after, conflicts = "", 0
            while page := self._page(self._derived, "", after, _BATCH_DOCUMENTS, bodies=False):
                gone: list[Document] = [
                    {"_id": leaf.doc_id, "_rev": leaf.rev, "_deleted": True} for leaf in page
                ]
                left = self._server.put_all(self._derived, gone)
                dropped = [leaf.doc_id for leaf in page if leaf.doc_id not in left]
                self._seen[self._derived].note(dropped, is_there=False)
                after, conflicts = page[-1].doc_id, conflicts + len(left)
            if not conflicts:
                return
        raise EngineError("failed", "others keep writing derived documents")

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the databases themselves; empty when all is well."""
        try:
            stands = self._server.design(self._facts, DESIGN) or {}
            check(stands, self._facts, self._branch)
        except (EngineError, SettingsError) as error:
            return (str(error),)
        return () if is_whole(stands) else ("the design document was changed",)

    def close(self) -> None:
        """Close every connection."""
        self._server.close()

    def _read(self, database: str, doc_id: str) -> Document | None:
        try:
            document_id({"_id": doc_id})
        except StoreError:
            return None  # nothing is ever stored under it, and the server refuses the question
        leaf = self._server.read(database, doc_id)
        if leaf is None:
            return None
        self._seen[database].note([doc_id])
        return leaf.document

    def _page(self, database: str, prefix: str, after: str, limit: int, *, bodies: bool) -> list[Leaf]:
        """A page of a list; what this process knows better is asked of a quorum."""
        found = {leaf.doc_id: leaf for leaf in self._listed(database, prefix, after, limit, bodies=bodies)}
        last = max(found) if len(found) == limit else prefix + BEYOND
        there, gone = self._seen[database].within(prefix, after)
        doubted = {doc_id for doc_id in there - found.keys() if doc_id < last} | (gone & found.keys())
        if doubted:
            for doc_id in doubted & found.keys():
                del found[doc_id]
            found |= {leaf.doc_id: leaf for leaf in self._server.read_all(database, sorted(doubted))}
        page = [found[doc_id] for doc_id in sorted(found)[:limit]]
        self._seen[database].note(leaf.doc_id for leaf in page)
        return page

    def _listed(self, database: str, prefix: str, after: str, limit: int, *, bodies: bool) -> list[Leaf]:
        """As one copy of each shard lists them, without design documents."""
        # No character of an id is as low as a space: this is the first key above ``after``.
        first, last = max(prefix, f"{after} " if after else ""), prefix + BEYOND
        found: list[Leaf] = []
        while len(found) < limit and first < last:
            wanted = limit - len(found)
            rows = self._server.page(database, first, last, wanted, bodies=bodies)
            found += [
                leaf for leaf in rows if not leaf.doc_id.startswith("_") and (leaf.document or not bodies)
            ]
            first = f"{rows[-1].doc_id} " if len(rows) == wanted else last
        return found

    def _last(self, log: LogId) -> Document | None:
        """The last seal of a branch log; raises DamagedError when the server holds two versions of it."""
        prefix = seals_of_log(log)
        rows = self._server.page(self._facts, prefix + BEYOND, prefix, 1, bodies=True, descending=True)
        later, _ = self._seen[self._facts].within(prefix, rows[0].doc_id if rows else "")
        if later:
            rows = self._server.read_all(self._facts, [max(later)]) or rows
        if rows and rows[0].has_rivals:
            raise DamagedError(rows[0].doc_id, "the server holds two versions")
        return rows[0].document if rows else None

    def _add(self, documents: Sequence[Document]) -> dict[str, bytes]:
        """Add facts of different ids; returns what stands under the ids that were taken."""
        conflicts = sorted(self._write(documents))
        if not conflicts:
            return {}
        stored = {leaf.doc_id: _raw(leaf.document) for leaf in self._server.read_all(self._facts, conflicts)}
        if len(stored) < len(conflicts):
            raise EngineError("not_durable", "a conflict with what no quorum has")
        added = {document_id(document): _raw(document) for document in documents}
        self._write_again([doc_id for doc_id in conflicts if stored[doc_id] == added[doc_id]])
        return stored

    def _write(self, documents: Sequence[Document]) -> frozenset[str]:
        """Write facts; returns ids under which something stands. Any other end leaves them unsettled."""
        ids = {document_id(document) for document in documents}
        try:
            conflicts = self._server.put_all(self._facts, documents)
        except EngineError:
            self._unsettled |= ids
            raise
        self._unsettled -= ids - conflicts
        self._seen[self._facts].note(ids)
        return conflicts

    def _settle(self, ids: Iterable[str]) -> None:
        """Make sure that what is shown is durable; raises EngineError while it is not."""
        if self._unsettled:
            self._write_again([doc_id for doc_id in ids if doc_id in self._unsettled])

    def _write_again(self, ids: Sequence[str]) -> None:
        """Write facts again as they stand, so that a quorum of copies has them now."""
        if not ids:
            return
        with self._settling:
            for _ in range(_TRIES):
                leaves = self._server.read_all(self._facts, ids)
                if len(leaves) < len(ids):
                    raise EngineError("not_durable", "listed, and no quorum has it")
                again = [{**leaf.document, "_rev": leaf.rev} for leaf in leaves if leaf.document]
                ids = sorted(self._write(again))
                if not ids:
                    return
        raise EngineError("not_durable", "others keep writing it again")


def _batches(documents: Iterable[Document], sizes: dict[str, int]) -> Iterator[list[Document]]:
    """Documents in requests that a server answers in time."""
    batch: list[Document] = []
    total = 0
    for document in documents:
        size = sizes[document_id(document)]
        if batch and (len(batch) == _BATCH_DOCUMENTS or total + size > _BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(document)
        total += size
    if batch:
        yield batch


def _raw(document: Document | None) -> bytes:
    return msgspec.json.encode(document, order="deterministic")
