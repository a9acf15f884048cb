"""Every group's state, kept in step with the store, and the one way to append to a branch log.

``load`` is always checked against the store, because other processes append to the same one. ``append`` asks
its planner again whenever somebody else appended first: a planner says what is missing in a given state.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from hub.documents import (
    GROUPS,
    RESTORATIONS,
    Document,
    branch_seal,
    detached_text,
    document_id,
    group_listing,
)
from hub.errors import DamagedError, HeadMovedError, SettingsError, StoppedGroupError, UnknownGroupError
from hub.ports import Added, Marks, Store
from hub.service.group.branch_seals import read_branch_seals
from hub.service.group.leaves import FRESH_S, Leaves
from hub.service.group.loading import Loading, make_durable
from hub.service.group.restorations import Restoration, last_of, restorations
from hub.service.group.state import GroupState, Trust
from hub.service.group.stops import CONTRADICTED, MARKS_MISSING, SECOND_LEAF, why_stopped
from hub.service.group.turns import Turn, Turns
from protocol import seal as seals
from protocol.branch_log import EPOCH, BranchLog
from protocol.chain import genesis
from protocol.day import to_instant
from protocol.entries import BranchEntry, entry_bytes
from protocol.errors import LimitError
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, LogId
from protocol.keys import KeyStatement, newest, read_statement, statement_digest, writer_id
from protocol.limits import SEAL_ENTRIES_MAX
from protocol.ports import Signer
from protocol.trust_facts import BranchEpochOpened, WriterAdmitted, WriterRevoked

Runs = Sequence[Sequence[BranchEntry]]
"""Entries to append. Each run starts a new seal, and is cut further where one seal does not take it."""

Planner = Callable[[GroupState], Runs]
"""What a state lacks; empty when it lacks nothing."""

_APPEND_TRIES = 20


class Groups:
    """The groups of one branch. ``signer`` holds the branch key; None in a process that only reads.

    ``marks`` say how far the logs had come (L15); None where no copy of the store is ever put back.
    ``encoding`` is the newest of seal bodies that everybody at this branch reads. ``leaves_fresh_s`` is for
    how long an answer of the store about second versions is good.
    """

    def __init__(
        self,
        store: Store,
        trust: Trust,
        signer: Signer | None,
        clock: Callable[[], datetime],
        marks: Marks | None = None,
        encoding: int = seals.ENCODING,
        leaves_fresh_s: float = FRESH_S,
    ) -> None:
        """Start with nothing loaded."""
        self.store = store
        self.trust = trust
        self.clock = clock
        self.marks = marks
        self.encoding = encoding
        self._signer = signer
        self.loading = Loading(store, trust)
        self._leaves = Leaves(store, leaves_fresh_s)
        self._turns = Turns()
        self._restorations: tuple[tuple[str, ...], tuple[Restoration, ...]] = ((), ())

    def codes(self) -> tuple[str, ...]:
        """Codes of all groups that were opened, ascending."""
        return tuple(doc_id.removeprefix(GROUPS) for doc_id in self.store.ids(GROUPS))

    @property
    def writer(self) -> bytes:
        """The branch's writer id, in every group and epoch (L1)."""
        return writer_id(self.trust.root_spki)

    def restorations(self) -> tuple[Restoration, ...]:
        """What people said about older copies of the store, the oldest first (L15)."""
        ids = self.store.ids(RESTORATIONS)
        if self._restorations[0] != ids:
            self._restorations = ids, restorations(self.store)
        return self._restorations[1]

    def load(self, group: str) -> GroupState:
        """The group as the store has it now.

        Raises:
            UnknownGroupError: it was never opened.
            DamagedError: what is stored does not hold.
        """
        if self.store.get(f"{GROUPS}{group}") is None:
            raise UnknownGroupError(f"no group {group}")
        with self.lock(group):
            return self.loading.load(group)

    def last(self, group: str) -> GroupState:
        """The group as this process knew it last, without asking the store; ``load`` where it never did.

        For the steps of one piece of work that has loaded it, or whose append brought it up to date.
        """
        return self.loading.last(group) or self.load(group)

    def witness(self, group: str) -> GroupState:
        """As ``load``; and this process's mark is raised to what others appended (L15)."""
        mark = self.mark(group)
        state = self.load(group)
        self._raise_mark(state, mark)
        return state

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
            StoppedGroupError: its log is not the newest there is (``stops``): then nothing is appended, in
                any process; where only a phone's word is against it, its revocation still is (L15).
            SettingsError: this process has no branch key, or not the one in force.
            HeadMovedError: others kept appending first.
        """
        with self.lock(group):
            for _ in range(_APPEND_TRIES):
                mark = self.mark(group)
                state = self.load(group)
                runs = planner(state)
                self._check(state, mark, runs)
                self._raise_mark(state, mark)
                if not any(runs):
                    return state
                self._check_key(log := state.log)
                try:
                    sealed = self._seal_all(log.log, log.head, log.length + 1, runs)
                except HeadMovedError:
                    continue
                return self.loading.take(group, sealed)
        raise HeadMovedError(f"others keep appending to group {group}")

    def open_epoch(self, group: str, epoch: int) -> GroupState:
        """Open a later branch epoch over what is stored, unless it is open (L15); a stop does not hinder it.

        Raises:
            SettingsError, HeadMovedError: as ``append``.
        """
        self.store.add([group_listing(group)])
        log = LogId(group, self.writer, epoch)
        with self.lock(group):
            for _ in range(_APPEND_TRIES):
                state = self.load(group)
                if state.log.log.epoch >= epoch and state.log.entries:
                    return state
                opening = BranchEpochOpened(group, epoch, self._statement_of_signer(), state.log.tip)
                try:
                    self._seal_all(log, None, 1, [[opening]])
                except HeadMovedError:
                    continue
                return self.load(group)
        raise HeadMovedError(f"others keep opening epochs of group {group}")

    def mark(self, group: str) -> BranchTip | None:
        """How far a group's log had come at least, as kept outside the store."""
        return None if self.marks is None else self.marks.tip(group)

    def why_stopped(self, state: GroupState, mark: BranchTip | None) -> str | None:
        """Why nothing may be appended to a group, by a code of ``stops``; ``mark`` was read before it."""
        if self.marks is not None and self.marks.are_missing:
            return MARKS_MISSING
        if state.group in self.second_leaves():
            return SECOND_LEAF
        restoration = last_of(self.restorations(), state.group)
        return why_stopped(state, restoration.groups[state.group].epoch if restoration else 0, mark)

    def second_leaves(self) -> Collection[str]:
        """Groups of which the store's engine holds two versions of a document (L14)."""
        return self._leaves.groups().keys()

    def is_lagging(self, state: GroupState, told: BranchTip) -> bool:
        """Say whether more of a log is stored than a list shows: by this hub's mark, or when asked by id."""
        mark, log = self.mark(state.group), state.log.log
        if mark is not None and state.contradicts(mark) and told.epoch <= mark.epoch:
            return True
        later = LogId(log.group, log.writer, told.epoch)
        follow = [branch_seal(log, state.log.length + 1, b""), branch_seal(later, 1, b"")]
        return any(self.store.get(document_id(one)) for one in follow[: 1 if told.epoch <= log.epoch else 2])

    def add_texts(self, group: str, texts: Iterable[DetachedText]) -> None:
        """Keep detached texts beside the group's log (L4)."""
        if Added.CONFLICT in self.store.add([detached_text(group, text) for text in texts]):
            raise DamagedError(group, "a text is not the one that was stored")

    def lock(self, group: str) -> Turn:
        """The group's lock in this process: whoever holds it sees no other thread's append."""
        return self._turns.of(group)

    def branch_log(self, group: str) -> BranchLog:
        """The branch log as it is stored, for a trial: nobody else has this one."""
        log = BranchLog(group, self.trust.root_spki, self.trust.verifier)
        log.add_statements(self.trust.statements)
        read_branch_seals(log, self.loading.documents(group))
        return log

    def _check(self, state: GroupState, mark: BranchTip | None, runs: Runs) -> None:
        stop = self.why_stopped(state, mark) if any(runs) else None
        is_revoking = any(isinstance(entry, WriterRevoked) for run in runs for entry in run)
        if stop is not None and not (stop == CONTRADICTED and is_revoking):
            raise StoppedGroupError(state.group, stop)

    def _raise_mark(self, state: GroupState, mark: BranchTip | None) -> None:
        """Make good a mark that stayed behind because a process ended right after its append."""
        tip = state.log.tip
        if self.marks is not None and tip not in (None, mark) and self.why_stopped(state, mark) is None:
            assert tip is not None
            make_durable(self.store, state)
            self.marks.put(state.group, tip)

    def _seal_all(self, log: LogId, head: bytes | None, next_seq: int, runs: Runs) -> list[Document]:
        sealed = []
        for run in runs:
            assert len(run) == 1 or not any(isinstance(entry, WriterAdmitted) for entry in run), "L13"
            entries = tuple(entry_bytes(entry) for entry in run)
            while entries:
                raw, count = self._seal(log, head, next_seq, entries)
                self.store.append(log, head, raw)
                sealed.append(branch_seal(log, next_seq, raw))
                head, next_seq, entries = seals.read(raw).header.head, next_seq + count, entries[count:]
                if self.marks is not None:
                    self.marks.put(log.group, BranchTip(log.epoch, next_seq - 1, head))
        return sealed

    def _seal(
        self, log: LogId, head: bytes | None, first_seq: int, entries: tuple[bytes, ...]
    ) -> tuple[bytes, int]:
        """A seal over as many of these entries as one seal takes, and their number."""
        assert self._signer is not None, "the key was checked"
        count = min(len(entries), SEAL_ENTRIES_MAX)
        previous = head or genesis(self.trust.root_spki, entries[0])
        while True:
            cut = seals.Cut(
                log=log,
                first_seq=first_seq,
                previous=previous,
                entries=entries[:count],
                known=None,
                wall_clock=to_instant(self.clock()),
            )
            try:
                return seals.make(cut, self._signer, self.encoding), count
            except LimitError:
                count = (count + 1) // 2

    def _check_key(self, log: BranchLog) -> None:
        in_force = log.key or self._stated()[1].spki
        if self._signer is None or self._signer.spki != in_force:
            raise SettingsError("wrong_key")

    def _stated(self) -> tuple[bytes, KeyStatement]:
        """The newest statement of the branch key, as signed and as read; raises UntrustedKeyError."""
        trust = self.trust
        found = {read_statement(raw, trust.root_spki, trust.verifier): raw for raw in trust.statements}
        best = newest(found, next((stated.branch for stated in found), ""), "log")
        return found[best], best

    def _opening(self, group: str) -> BranchEpochOpened:
        return BranchEpochOpened(group, EPOCH, statement_digest(self._stated()[0]), None)

    def _statement_of_signer(self) -> bytes:
        """Digest of the newest statement of the key that seals here; raises SettingsError."""
        raw, stated = self._stated()
        if self._signer is None or self._signer.spki != stated.spki:
            raise SettingsError("wrong_key")
        return statement_digest(raw)
