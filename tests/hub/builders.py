"""The other side of the hub: a root with a branch key, and phones that seal what they are told to."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from hub.ports import Marks, Store
from hub.service.group.groups import Groups
from hub.service.group.state import Trust
from hub.store.sqlite import SqliteStore, create
from protocol import seal as seals
from protocol.chain import genesis, links
from protocol.day import to_instant
from protocol.entries import PhoneEntry, entry_bytes
from protocol.ids import BranchTip, LogId
from protocol.keys import KeyStatement, state_key, writer_id
from protocol.native import NativeSigner, NativeVerifier, generate_signer
from protocol.phone_facts import Visited
from protocol.trust_facts import WriterAdmitted

NOW = datetime(2025, 12, 9, 1, 30, tzinfo=UTC)
GROUP = "KM-001"


class Branch:
    """A branch with its root, its log key and a store; ``groups`` is the hub's own service over it."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime] = lambda: NOW, marks: Marks | None = None
    ) -> None:
        self.root = generate_signer()
        self.key = generate_signer()
        self.store = store
        self.clock = clock
        self.marks = marks
        statement = state_key(
            KeyStatement(
                version=1,
                branch="KM",
                purpose="log",
                number=1,
                algorithm="ed25519",
                spki=self.key.spki,
                valid_from=to_instant(NOW),
                valid_until=to_instant(NOW),
                supersedes=None,
            ),
            self.root,
        )
        self.trust = Trust(self.root.spki, NativeVerifier(), (statement,))
        self.groups = self.another_process()

    def another_process(self) -> Groups:
        """A second service over the same store, as another process has it."""
        return Groups(self.store, self.trust, self.key, self.clock, self.marks)

    def admit(self, group: str = GROUP, ordinal: int = 1, epoch: int = 0) -> "Phone":
        """A new phone of a group, admitted in a seal of its own."""
        phone = Phone(group, ordinal, epoch)
        self.groups.open(group)
        state = self.groups.append(group, lambda _: [[phone.admission]])
        phone.start(self.root.spki, state.log.entries[-1].raw)
        return phone


class Phone:
    """A phone's log: entries are chained and sealed as told, rightly or wrongly."""

    def __init__(self, group: str, ordinal: int, epoch: int) -> None:
        self.signer: NativeSigner = generate_signer()
        self.writer = writer_id(self.signer.spki)
        self.log = LogId(group, self.writer, epoch)
        self.ordinal = ordinal
        self.entries: list[bytes] = []
        self.hashes: list[bytes] = []
        self.known: BranchTip | None = None

    @property
    def admission(self) -> WriterAdmitted:
        return WriterAdmitted(
            ordinal=self.ordinal,
            writer=self.writer,
            epoch=self.log.epoch,
            spki=self.signer.spki,
            algorithm="ed25519",
            role="leader" if self.ordinal == 1 else "deputy",
            first_receipt=(self.ordinal - 1) * 10_000 + 1,
            last_receipt=self.ordinal * 10_000,
            left=None,
            decided_by="it.hoa",
            confirmed_by=None,
        )

    def start(self, root_spki: bytes, admission: bytes) -> None:
        self.hashes = [genesis(root_spki, admission)]

    def write(self, *entries: PhoneEntry) -> None:
        raw = tuple(entry_bytes(entry) for entry in entries)
        self.hashes.extend(links(self.hashes[-1], raw))
        self.entries.extend(raw)

    def seal(
        self, first: int = 1, last: int | None = None, *, log: LogId | None = None, wall_clock: int = 0
    ) -> bytes:
        """Seal of entries ``first`` to ``last`` as written."""
        return self.seal_of(self.entries[first - 1 : last], first, self.hashes[first - 1], log, wall_clock)

    def seal_of(
        self,
        entries: Sequence[bytes],
        first: int,
        previous: bytes,
        log: LogId | None = None,
        wall_clock: int = 0,
    ) -> bytes:
        """Seal of any entries at any place: what a faulty or dishonest phone would sign."""
        cut = seals.Cut(
            log=log or self.log,
            first_seq=first,
            previous=previous,
            entries=tuple(entries),
            known=self.known,
            wall_clock=wall_clock,
        )
        return seals.make(cut, self.signer)


def visit(member: int = 1) -> Visited:
    return Visited(member, 20_431, "absent", None, None, None)


def sqlite_branch(folder: Path) -> Branch:
    create(folder / "hub.sqlite")
    return Branch(SqliteStore(folder / "hub.sqlite"))
