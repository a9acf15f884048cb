"""Every branch entry of a group that verifies, of all epochs and all sides: a tree that only grows (L5, L15).

Rules, in the order in which each seal is checked:

1. the seal names a log of this group, with the branch's writer id (from the root), L1
2. its signature verifies under the branch key in force where it starts: for the first seal of an epoch any
   ``log`` key that the root stated, later that of the opening, or of the last ``KeyStated`` of an earlier
   seal of that side (L5, L17)
3. it unpacks, and continues an entry that is held; a gap or another history is raised (L7)
4. every entry is in its one spelling and none has a tag of a phone (L2)
5. entry 1 is ``BranchEpochOpened`` for this group and epoch, and names a statement of the key that signed it;
   its bytes are the genesis (L5). Its base is held and of an older epoch, and its key is of the same branch
   and not older than the one in force there; epoch 0 has none, nor has one whose hub held nothing (L15)
6. a ``KeyStated`` carries a statement of the root for the same branch with a higher number (L17)
7. a key that was superseded on this side adds nothing to what it once signed
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import genesis
from protocol.entries import Entry, Placed, decode_entry, is_phones
from protocol.errors import (
    BadSignatureError,
    ChainError,
    ForkError,
    GapError,
    MalformedError,
    UntrustedKeyError,
)
from protocol.ids import BranchTip, LogId, Position
from protocol.keys import KeyStatement, read_statement, signs_logs, statement_digest, writer_id
from protocol.ports import Verifier
from protocol.trust_facts import BranchEpochOpened, KeyStated


class Node(Struct, frozen=True):
    """An entry, and the statement of the key that signs whatever follows it on its side."""

    placed: Placed
    key: KeyStatement


class Branching(Struct, frozen=True):
    """One seal that fits the tree: all its entries in order, new or held already."""

    log: LogId
    nodes: tuple[Node, ...]


class BranchTree:
    """Nodes by chain hash. ``statements`` are the root's key statements, by digest."""

    def __init__(self, group: str, root_spki: bytes, verifier: Verifier) -> None:
        """Start with nothing but the pinned root."""
        self.group = group
        self.writer = writer_id(root_spki)
        self.root_spki = root_spki
        self.statements: dict[bytes, KeyStatement] = {}
        self._verifier = verifier
        self._nodes: dict[bytes, Node] = {}

    def __copy__(self) -> "BranchTree":
        """An independent copy."""
        twin = BranchTree(self.group, self.root_spki, self._verifier)
        twin.statements, twin._nodes = dict(self.statements), dict(self._nodes)
        return twin

    def add_statements(self, signed: Iterable[bytes]) -> None:
        """Take in key statements; raises MalformedError or BadSignatureError when one is not the root's."""
        for raw in signed:
            digest = statement_digest(raw)
            if digest not in self.statements:
                self.statements[digest] = read_statement(raw, self.root_spki, self._verifier)

    def fit(self, read: seals.SealRead, least: int) -> Branching:
        """Verify one seal against the tree, which stays as it is.

        ``least`` is the lowest number of a key that may open an epoch: a reader goes back to none that it has
        seen superseded (L17).

        Raises:
            MalformedError: an entry is not in its one spelling, or the body is none.
            BadSignatureError, UntrustedKeyError: no key that counts signed it.
            GapError, ForkError, ChainError: it continues nothing that is held.
        """
        log = read.header.log
        if (log.group, log.writer) != (self.group, self.writer):
            raise ChainError(f"a seal of log {log} is not one of the branch in {self.group}")
        parent = self._parent(read, least)
        if parent is None:
            return self._fit_opening(read, least)
        seals.verify(read, parent.key.spki, self._verifier)
        return self._fitted(seals.unpack(read), parent.key)

    def insert(self, found: Branching) -> tuple[Placed, ...]:
        """Let the entries of a seal be held; returns those that are new."""
        new = [node for node in found.nodes if node.placed.hash not in self._nodes]
        self._nodes.update((node.placed.hash, node) for node in new)
        return tuple(node.placed for node in new)

    def held(self, tip: BranchTip) -> Node:
        """The entry that a tip names; raises GapError or ForkError when it is not held."""
        found = self._nodes.get(tip.head)
        if found is not None and found.placed.position == Position(tip.epoch, tip.seq):
            return found
        top, _ = self._near(Position(tip.epoch, tip.seq))
        raise GapError(top + 1) if tip.seq > top else ForkError(tip.seq)

    def path(self, tip: bytes) -> list[Placed]:
        """Entries from the first epoch's opening to the one with chain hash ``tip``, from base to base."""
        return list(reversed(list(self._back(tip))))

    def all(self) -> Iterator[Placed]:
        """Every entry that is held."""
        return (node.placed for node in self._nodes.values())

    def _back(self, tip: bytes) -> Iterator[Placed]:
        node = self._nodes.get(tip)
        while node is not None:
            yield node.placed
            before = node.placed.previous
            if isinstance(entry := node.placed.entry, BranchEpochOpened) and node.placed.position.seq == 1:
                before = b"" if entry.base is None else entry.base.head
            node = self._nodes.get(before)

    def _parent(self, read: seals.SealRead, least: int) -> Node | None:
        """The entry that a seal continues; None for the first of an epoch. Claims nothing unsigned."""
        header = read.header
        if header.first_seq == 1:
            return None
        before = Position(header.log.epoch, header.first_seq - 1)
        parent = self._nodes.get(header.previous)
        if parent is not None and parent.placed.position == before:
            return parent
        top, keys = self._near(before)
        if not keys:
            self._stated_key(read, least)
        else:
            if before.seq > top:
                # A key that the root stated later may have come into force in the gap.
                last = max(key.number for key in keys)
                stated = self.statements.values()
                keys += [one for one in stated if signs_logs(one) and one.number > last]
            if self._signed_by(read, keys) is None:
                raise BadSignatureError("not signed by the branch key in force there")
        raise GapError(top + 1) if before.seq > top else ForkError(before.seq)

    def _near(self, place: Position) -> tuple[int, list[KeyStatement]]:
        """The highest seq held of an epoch, and the keys in force behind a place, or behind that seq."""
        held = [node for node in self._nodes.values() if node.placed.position.epoch == place.epoch]
        top = max((node.placed.position.seq for node in held), default=0)
        seq = min(place.seq, top)
        return top, [node.key for node in held if node.placed.position.seq == seq]

    def _fit_opening(self, read: seals.SealRead, least: int) -> Branching:
        signed_by = self._stated_key(read, least)
        sealed = seals.unpack(read)
        if genesis(self.root_spki, sealed.entries[0]) != sealed.header.previous:
            raise ForkError(0)
        opening = _branch_entry(sealed.entries[0])
        stated = self._opened_under(opening, sealed.header.log.epoch, signed_by.spki)
        return self._fitted(sealed, stated)

    def _stated_key(self, read: seals.SealRead, least: int) -> KeyStatement:
        keys = [one for one in self.statements.values() if signs_logs(one) and one.number >= least]
        if (signed_by := self._signed_by(read, keys)) is None:
            raise UntrustedKeyError("no log key that the root stated here signed the first seal")
        return signed_by

    def _signed_by(self, read: seals.SealRead, keys: Iterable[KeyStatement]) -> KeyStatement | None:
        for statement in keys:
            try:
                seals.verify(read, statement.spki, self._verifier)
            except BadSignatureError:
                continue
            return statement
        return None

    def _opened_under(self, entry: Entry, epoch: int, spki: bytes) -> KeyStatement:
        if isinstance(entry, BranchEpochOpened) and (entry.group, entry.epoch) == (self.group, epoch):
            stated = self.statements.get(entry.statement)
            if stated is not None and stated.spki == spki and signs_logs(stated):
                self._based(entry, stated)
                return stated
        raise ChainError("a branch log starts with the opening of its epoch, under the key that it names")

    def _based(self, opening: BranchEpochOpened, stated: KeyStatement) -> None:
        base = opening.base
        if base is None:
            return
        if base.epoch >= opening.epoch:
            raise ChainError("the base of an opening is in an older epoch")
        key = self.held(base).key
        if stated.branch != key.branch or stated.number < key.number:
            raise UntrustedKeyError("an epoch opens under a log key not older than the one at its base")

    def _fitted(self, sealed: seals.SealedRun, signed_by: KeyStatement) -> Branching:
        """All entries as nodes: those that are held as they are, the others under the keys that follow."""
        nodes: list[Node] = []
        before, key = sealed.header.previous, signed_by
        places = enumerate(zip(sealed.entries, sealed.hashes, strict=True), sealed.header.first_seq)
        for seq, (raw, digest) in places:
            node = self._nodes.get(digest)
            if node is None:
                if key != signed_by:
                    # An overlap must not let an old key, which may have been stolen, say anything new.
                    raise UntrustedKeyError("a key that was superseded adds nothing")
                place = Position(sealed.header.log.epoch, seq)
                node = Node(Placed(place, _branch_entry(raw), raw, digest, before), signed_by)
            before, key = digest, node.key
            nodes.append(node)
        if before not in self._nodes:
            nodes[-1] = Node(nodes[-1].placed, self._successor(nodes, signed_by))
        return Branching(sealed.header.log, tuple(nodes))

    def _successor(self, nodes: list[Node], key: KeyStatement) -> KeyStatement:
        """The key that signs the next seal: that of the last new ``KeyStated``, or still the same."""
        for node in nodes:
            if node.placed.hash not in self._nodes and isinstance(node.placed.entry, KeyStated):
                self.add_statements([node.placed.entry.statement])
                stated = self.statements[statement_digest(node.placed.entry.statement)]
                if not signs_logs(stated) or stated.branch != key.branch or stated.number <= key.number:
                    raise UntrustedKeyError("the next branch key is not a later log key of the same branch")
                key = stated
        return key


def _branch_entry(raw: bytes) -> Entry:
    entry = decode_entry(raw)
    if is_phones(entry):
        raise MalformedError("a branch may not say what only a phone says")
    return entry
