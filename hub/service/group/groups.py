"""Every group's state, kept in step with the store, and the one way to append to a branch log.

``load`` is always checked against the store, because other processes append to the same one. ``append`` asks
its planner again whenever somebody else appended first: a planner says what is missing in a given state.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from hub.documents import GROUPS, Document, detached_text, document_id, group_listing
from hub.errors import DamagedError, HeadMovedError, SettingsError, StoppedGroupError, UnknownGroupError
from hub.ports import SCAN_MAX, Added, Store
from hub.service.group.state import GroupState, Trust, fold_group
from protocol import seal as seals
from protocol.branch_log import EPOCH
from protocol.chain import genesis
from protocol.day import to_instant
from protocol.entries import BranchEntry, entry_bytes
from protocol.errors import LimitError
from protocol.exchange import DetachedText
from protocol.ids import LogId
from protocol.keys import KeyStatement, newest, read_statement, statement_digest, writer_id
from protocol.limits import SEAL_ENTRIES_MAX
from protocol.ports import Signer
from protocol.trust_facts import BranchEpochOpened, WriterAdmitted, WriterRevoked

Runs = Sequence[Sequence[BranchEntry]]
"""Entries to append. Each run starts a new seal, and is cut further where one seal does not take it."""

Planner = Callable[[GroupState], Runs]
"""What a state lacks; empty when it lacks nothing."""

_APPEND_TRIES = 20


class Loaded(Struct, frozen=True):
    """A state and the ids of the documents that it was folded from."""

    ids: tuple[str, ...]
    state: GroupState


class Groups:
    """The groups of one branch. ``signer`` holds the branch key; None in a process that only reads."""

    def __init__(
        self,
        store: Store,
        trust: Trust,
        signer: Signer | None,
        clock: Callable[[], datetime],
    ) -> None:
        """Start with nothing loaded."""
        self.store = store
        self.trust = trust
        self.clock = clock
        self._signer = signer
        self._loaded: dict[str, Loaded] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._locking = threading.Lock()
        self._stopped: set[str] = set()

    def codes(self) -> tuple[str, ...]:
        """Codes of all groups that were opened, ascending."""
        return tuple(doc_id.removeprefix(GROUPS) for doc_id in self.store.ids(GROUPS))

    def log_of(self, group: str) -> LogId:
        """Name of a group's branch log."""
        return LogId(group, writer_id(self.trust.root_spki), EPOCH)

    def load(self, group: str) -> GroupState:
        """The group as the store has it now.

        Raises:
            UnknownGroupError: it was never opened.
            DamagedError: what is stored does not hold.
        """
        if self.store.get(f"{GROUPS}{group}") is None:
            raise UnknownGroupError(f"no group {group}")
        with self.lock(group):
            ids = self.store.ids(f"{group}:")
            loaded = self._loaded.get(group)
            if loaded is None or loaded.ids != ids:
                loaded = self._loaded[group] = self._fold(group)
            return loaded.state

    def open(self, group: str, planner: Planner = lambda _: ()) -> GroupState:
        """Begin a group's branch log, unless it has begun (L5), and append what ``planner`` finds missing.

        Raises:
            StoppedGroupError, SettingsError, HeadMovedError: as ``append``.
        """
        self.store.add([group_listing(group)])

        def begun(state: GroupState) -> Runs:
            rest = planner(state)
            return rest if state.log.entries else ((self._opening(group),), *rest)

        return self.append(group, begun)

    def append(self, group: str, planner: Planner) -> GroupState:
        """Seal and append what ``planner`` finds missing; returns the state after it.

        Seals become durable one by one; after a crash or a rival append the planner is asked for the rest.

        Raises:
            StoppedGroupError: ``stop`` was called for this group, or a stored seal of a phone that is not
                revoked contradicts its log: then nothing but revocations is appended, in any process (L15).
            SettingsError: this process has no branch key, or not the one in force.
            HeadMovedError: others kept appending first.
        """
        if group in self._stopped:
            raise StoppedGroupError(f"group {group} is stopped")
        with self.lock(group):
            for _ in range(_APPEND_TRIES):
                state = self.load(group)
                runs = planner(state)
                if _is_barred(state, runs):
                    raise StoppedGroupError(f"a phone's seal contradicts the log of group {group}")
                try:
                    self._append(state, runs)
                except HeadMovedError:
                    continue
                return self.load(group)
        raise HeadMovedError(f"others keep appending to group {group}")

    def stop(self, group: str) -> None:
        """Append nothing more to this group's log in this process: evidence contradicts it (L14, L15)."""
        self._stopped.add(group)

    @property
    def stopped(self) -> tuple[str, ...]:
        """Groups that were stopped, ascending."""
        return tuple(sorted(self._stopped))

    def add_texts(self, group: str, texts: Iterable[DetachedText]) -> None:
        """Keep detached texts beside the group's log (L4)."""
        if Added.CONFLICT in self.store.add([detached_text(group, text) for text in texts]):
            raise DamagedError(group, "a text is not the one that was stored")

    def lock(self, group: str) -> threading.RLock:
        """The group's lock in this process: whoever holds it sees no other thread's append."""
        with self._locking:
            return self._locks.setdefault(group, threading.RLock())

    def _fold(self, group: str) -> Loaded:
        documents = self._documents(group)
        state = fold_group(group, documents, self.trust)
        return Loaded(tuple(document_id(document) for document in documents), state)

    def _documents(self, group: str) -> list[Document]:
        found: list[Document] = []
        while page := self.store.scan(f"{group}:", document_id(found[-1]) if found else ""):
            found.extend(page)
            if len(page) < SCAN_MAX:
                break
        return found

    def _append(self, state: GroupState, runs: Runs) -> None:
        head, next_seq = state.log.head, state.log.length + 1
        for run in runs:
            assert len(run) == 1 or not any(isinstance(entry, WriterAdmitted) for entry in run), "L13"
            entries = tuple(entry_bytes(entry) for entry in run)
            while entries:
                raw, count = self._seal(state, head, next_seq, entries)
                self.store.append(state.log.log, head, raw)
                head, next_seq, entries = seals.read(raw).header.head, next_seq + count, entries[count:]

    def _seal(
        self, state: GroupState, head: bytes | None, first_seq: int, entries: tuple[bytes, ...]
    ) -> tuple[bytes, int]:
        """A seal over as many of these entries as one seal takes, and their number."""
        signer = self._key(state)
        count = min(len(entries), SEAL_ENTRIES_MAX)
        previous = head or genesis(self.trust.root_spki, entries[0])
        while True:
            cut = seals.Cut(
                log=state.log.log,
                first_seq=first_seq,
                previous=previous,
                entries=entries[:count],
                known=None,
                wall_clock=to_instant(self.clock()),
            )
            try:
                return seals.make(cut, signer), count
            except LimitError:
                count = (count + 1) // 2

    def _key(self, state: GroupState) -> Signer:
        in_force = state.log.key or self._stated()[1].spki
        if self._signer is None or self._signer.spki != in_force:
            raise SettingsError("wrong_key")
        return self._signer

    def _stated(self) -> tuple[bytes, KeyStatement]:
        """The newest statement of the branch key, as signed and as read; raises UntrustedKeyError."""
        trust = self.trust
        found = {read_statement(raw, trust.root_spki, trust.verifier): raw for raw in trust.statements}
        best = newest(found, next((stated.branch for stated in found), ""), "log")
        return found[best], best

    def _opening(self, group: str) -> BranchEpochOpened:
        return BranchEpochOpened(group, 0, statement_digest(self._stated()[0]), None)


def _is_barred(state: GroupState, runs: Runs) -> bool:
    entries = [entry for run in runs for entry in run]
    revoking = any(isinstance(entry, WriterRevoked) for entry in entries)
    return bool(entries) and not revoking and state.is_contradicted
