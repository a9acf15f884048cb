"""A branch log as its readers trust it: phones, auditors and the hub's own fsck use this one checker (L15).

A branch's history is its epochs 0, 1, 2 …, each opened over a base. *What counts* are the entries that lead
from base to base to the newest epoch's end; every other entry that verifies is *lost*: it is kept, and counts
only through a `Restated` (``calc.restating``). What makes an entry verify stands in ``branch_tree``; then:

1. ``add`` takes what continues the newest epoch; a repeat changes nothing, a gap or another history is raised
2. the opening of a later epoch, under a key not older than the one in force here, moves the end to it: what
   stands above its base is lost from then on, and what leads to its base counts, also if it was lost before
3. ``keep`` takes everything else that verifies and continues anything held, and moves nothing. ``add`` says
   when to: OlderEpochError always, ForkError when both histories are to be kept
4. an epoch's two sides without a base that decides between them: the side that came first counts

Offered in any order, and again while any are taken, seals lead to the same log; where rule 4 leaves a choice,
to the same entries in all. Places are told by `Position`: ``at``, ``between``, ``upto``, ``hash_at``; only a
log of epoch 0 alone has its entries at ``entries[seq - 1]``. Two openings of one epoch part at seq 0.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from copy import copy
from operator import attrgetter

from protocol import seal as seals
from protocol.branch_tree import Branching, BranchTree
from protocol.entries import Placed
from protocol.errors import ForkError, GapError, OlderEpochError
from protocol.ids import BranchTip, Hash, LogId, Position
from protocol.keys import KeyStatement
from protocol.ports import Verifier

EPOCH = 0
"""The first epoch of every branch log."""


class BranchLog:
    """Verified entries of a group's branch log; what is raised changes nothing.

    ``log`` names the newest epoch; ``entries`` are what counts over all epochs, in order; ``lost`` is what is
    held beside it, by place and chain hash. Both stay the same objects, so that a book may look into them.
    """

    def __init__(self, group: str, root_spki: bytes, verifier: Verifier) -> None:
        """Start with nothing but the pinned root."""
        self._tree = BranchTree(group, root_spki, verifier)
        self.log = LogId(group, self._tree.writer, EPOCH)
        self.root_spki = root_spki
        self.entries: list[Placed] = []
        self.lost: dict[tuple[Position, Hash], Placed] = {}
        self._begins: dict[int, int] = {}  # epoch → index of its first entry that counts

    def copy(self) -> "BranchLog":
        """An independent copy: what is added to one is not in the other."""
        twin = BranchLog.__new__(BranchLog)
        twin.__dict__.update({name: copy(held) for name, held in self.__dict__.items()})
        return twin

    @property
    def group(self) -> str:
        """Code of the group."""
        return self.log.group

    @property
    def statements(self) -> dict[bytes, KeyStatement]:
        """Key statements of the root, by digest."""
        return self._tree.statements

    @property
    def key(self) -> bytes | None:
        """SPKI of the branch key that signs the next seal; None while the log is empty."""
        stated = self._key
        return None if stated is None else stated.spki

    @property
    def tip(self) -> BranchTip | None:
        """Where what counts ends; None while the log is empty."""
        if not self.entries:
            return None
        last = self.entries[-1]
        return BranchTip(last.position.epoch, last.position.seq, last.hash)

    @property
    def length(self) -> int:
        """Number of entries of the newest epoch."""
        return self.entries[-1].position.seq if self.entries else 0

    @property
    def head(self) -> bytes | None:
        """Chain hash of the last entry; None while the log is empty."""
        return self.entries[-1].hash if self.entries else None

    def hash_at(self, position: Position) -> bytes:
        """Chain hash at a place that counts; seq 0 is the genesis of its epoch. Raises KeyError elsewhere."""
        if position.seq == 0:
            return self.at(Position(position.epoch, 1)).previous
        return self.at(position).hash

    def at(self, position: Position) -> Placed:
        """The entry at a place that counts; raises KeyError when none does."""
        index = self._begins.get(position.epoch, len(self.entries)) + position.seq - 1
        if position.seq > 0 and index < len(self.entries) and self.entries[index].position == position:
            return self.entries[index]
        raise KeyError(position)

    def upto(self, position: Position) -> list[Placed]:
        """What counts up to and with a place."""
        return self.entries[: bisect_right(self.entries, position, key=attrgetter("position"))]

    def between(self, first: Position, last: Position) -> list[Placed]:
        """What counts from one place to another, both inclusive."""
        since = bisect_left(self.entries, first, key=attrgetter("position"))
        return self.upto(last)[since:]

    def holds(self, tip: BranchTip) -> bool:
        """Say whether a tip counts here; a place before the first entry of an epoch always does."""
        if tip.seq == 0:
            return True
        try:
            return self.at(Position(tip.epoch, tip.seq)).hash == tip.head
        except KeyError:
            return False

    def add_statements(self, signed: Iterable[bytes]) -> None:
        """Take in key statements; raises MalformedError or BadSignatureError when one is not the root's."""
        self._tree.add_statements(signed)

    def add(self, raw: bytes) -> tuple[Placed, ...]:
        """Take in one branch seal; returns what it added to what counts, nothing for a repeat.

        When the first of what it returns is the opening of a later epoch, what counted before may not count
        any more: fold ``entries`` anew.

        Raises:
            MalformedError, LimitError: the bytes are not a seal, or an entry is not in its one spelling.
            BadSignatureError, UntrustedKeyError: no key that counts signed it.
            OlderEpochError: it is of an older epoch and does not count: ``keep`` it.
            GapError: entries before it, or up to the base of the epoch that it opens, are missing.
            ForkError, ChainError: it does not continue this log.
        """
        read = seals.read(raw)
        found = self._fit(read)
        if self._counts(found.nodes[-1].placed):
            return ()
        if found.log.epoch < self.log.epoch:
            raise OlderEpochError(f"a seal of epoch {found.log.epoch} that does not count")
        if not self.entries or found.log.epoch > self.log.epoch:
            return self._open(found)
        return self._extend(found)

    def keep(self, raw: bytes) -> tuple[Placed, ...]:
        """Keep one branch seal of any epoch and side beside what counts; returns what of it is new here.

        Raises:
            MalformedError, LimitError, BadSignatureError, UntrustedKeyError: as ``add``.
            GapError, ForkError, ChainError: it continues nothing that is held, not even beside the log.
        """
        read = seals.read(raw)
        new = self._tree.insert(self._tree.fit(read, self._least(read)))
        self.lost.update(((placed.position, placed.hash), placed) for placed in new)
        return new

    @property
    def _key(self) -> KeyStatement | None:
        tip = self.tip
        return None if tip is None else self._tree.held(tip).key

    def _least(self, read: seals.SealRead) -> int:
        """Number below which no key opens the epoch of a seal: a later one goes back to no older key."""
        stated = self._key
        return stated.number if stated is not None and read.header.log.epoch > self.log.epoch else 0

    def _fit(self, read: seals.SealRead) -> Branching:
        """A seal against the tree; what is missing or parts is said of the log that counts."""
        epoch, before = read.header.log.epoch, read.header.first_seq - 1
        try:
            return self._tree.fit(read, self._least(read))
        except (GapError, ForkError) as error:
            if epoch < self.log.epoch:
                raise OlderEpochError(f"a seal of epoch {epoch} that does not count") from error
            if epoch == self.log.epoch and before > self.length:
                raise GapError(self.length + 1) from error
            raise

    def _counts(self, placed: Placed) -> bool:
        return self.holds(BranchTip(placed.position.epoch, placed.position.seq, placed.hash))

    def _open(self, found: Branching) -> tuple[Placed, ...]:
        """Let the first seal of a later epoch count: its end is the end from now on."""
        if found.nodes[0].placed.position.seq > 1:
            raise GapError(1)
        self._tree.insert(found)
        self.log = found.log
        self.entries[:] = self._tree.path(found.nodes[-1].placed.hash)
        self._begins = {}
        for index, placed in enumerate(self.entries):
            self._begins.setdefault(placed.position.epoch, index)
        counted = {placed.hash for placed in self.entries}
        self.lost.clear()
        self.lost.update(
            ((one.position, one.hash), one) for one in self._tree.all() if one.hash not in counted
        )
        return tuple(node.placed for node in found.nodes)

    def _extend(self, found: Branching) -> tuple[Placed, ...]:
        """Let what a seal says behind the end count; raises when it tells another history."""
        placed = [node.placed for node in found.nodes]
        if placed[0].position.seq > self.length + 1:  # what it continues was kept
            placed = [one for one in self._tree.path(placed[0].previous) if not self._counts(one)] + placed
        first = placed[0]
        for seq, digest in enumerate([first.previous, *(one.hash for one in placed)], first.position.seq - 1):
            if seq <= self.length and self.hash_at(Position(self.log.epoch, seq)) != digest:
                raise ForkError(seq)
        self._tree.insert(found)
        added = tuple(one for one in placed if one.position.seq > self.length)
        self.entries.extend(added)
        for one in added:
            self.lost.pop((one.position, one.hash), None)
        return added
