"""What older branch epochs said above a base, and how it counts again (L15).

A lost entry counts at the place of the `Restated` that names it, as if the branch said it there, and once: a
second copy of the same thing changes nothing. Whatever an older epoch numbered above the base is renumbered,
in this module alone: a number that was given there means the member, loan, account or phone that bears the
same bank number or writer id now, and nobody when none does. The same goes for places of that epoch, and for
phone entries that were sealed while their phone held it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from calc.days import View
from calc.postings import Postings
from calc.roster import Roster
from calc.writers import Writers
from protocol.entries import Entry, PhoneFact, Placed
from protocol.ids import BranchTip, Hash, Ordinal, Position
from protocol.loan_facts import LoanBroughtForward, LoanOpened
from protocol.phone_facts import Knows, LogTip
from protocol.posting_facts import BookReady, Held, Posted, ReceiptRekeyed
from protocol.roster_facts import MemberListed, SavingsAccountListed
from protocol.trust_facts import BranchEpochOpened, KeyStated, Received, Restated, WriterAdmitted

NOBODY: Ordinal = 2**31 - 1
"""Stands for a number that an older epoch gave to something which does not count here."""

NOWHERE = Position(0, 0)
"""Stands for a place of an older epoch at which nothing counts here."""

Lost = Mapping[tuple[Position, Hash], Placed]
Opening = MemberListed | SavingsAccountListed | LoanOpened | LoanBroughtForward | WriterAdmitted

_OPENS = {MemberListed: "member", SavingsAccountListed: "account", WriterAdmitted: "writer"}
_NUMBERS = {
    "member": "member",
    "loan": "loan",
    "to_loan": "loan",
    "account": "account",
    "writer": "writer",
    "to_writer": "writer",
}
"""Which numbers the fields of every kind hold, at any depth."""


class Side(Struct, frozen=True):
    """One line of lost entries: chain hash by place, what it numbered, and where it leaves what counts.

    An opening is None where all that is known of it is that it is not what bears the number here.
    """

    hashes: dict[Position, Hash]
    openings: dict[tuple[str, Ordinal], Opening | None]
    readies: tuple[Position, ...]
    base: Position


class Restatements:
    """The lost entries of one group, and what became of them; only `calc.book` lets one count.

    ``places`` says where each that was restated counts, ``readies`` where a run of facts ended that way.
    """

    def __init__(self, lost: Lost, roster: Roster, writers: Writers, postings: Postings) -> None:
        """Look into ``lost`` whenever it is asked; what counts already is in the others."""
        self.lost = lost
        self.places: dict[tuple[Position, Hash], Position] = {}
        self.readies: list[Position] = []
        self._roster, self._writers, self._postings = roster, writers, postings
        self._sides: tuple[int, dict[tuple[Position, Hash], Side]] = (0, {})

    def copy(self, lost: Lost, roster: Roster, writers: Writers, postings: Postings) -> "Restatements":
        """An independent copy over copies of what is lost and what counts."""
        twin = Restatements(lost, roster, writers, postings)
        twin.places = dict(self.places)
        twin._sides = self._sides
        twin.readies = list(self.readies)
        return twin

    def has(self, restated: Restated) -> bool:
        """Say whether what it names counts, by this or by an earlier one."""
        return (restated.entry, restated.hash) in self.places

    def origin(self, restated: Restated) -> Placed | None:
        """The lost entry that a `Restated` is about, also through others; None when it is not held."""
        placed = self.lost.get((restated.entry, restated.hash))
        while placed is not None and isinstance(inner := placed.entry, Restated):
            placed = self.lost.get((inner.entry, inner.hash))
        return placed

    def counted(self, position: Position, restated: Restated) -> Entry:
        """The entry that counts at the place of a `Restated`: itself when that adds nothing.

        An epoch's opening and its keys are never restated; of the end of a run of facts only the place is.
        """
        key = restated.entry, restated.hash
        placed = self.lost.get(key)
        if placed is None or key in self.places or isinstance(placed.entry, BranchEpochOpened | KeyStated):
            return restated
        if isinstance(inner := placed.entry, Restated):
            return self._again(position, restated, structs.replace(inner, ordinal=restated.ordinal))
        numbers = _Numbers(self, self._side(key))
        entry = numbers.entry(placed.entry)
        if isinstance(entry, Opening):
            known = self.named(entry)
            entry = structs.replace(
                entry, ordinal=restated.ordinal or entry.ordinal if known is None else known
            )
        twin = self._twin(entry)
        self.places[key] = twin or position
        if isinstance(entry, BookReady):
            self.readies.append(position)
            return restated
        return entry if twin is None else restated

    def named(self, opening: Opening) -> Ordinal | None:
        """Number of what bears the same name of the bank, or is the same phone, here; None for nothing."""
        if isinstance(opening, WriterAdmitted):
            return self._writers.ordinals.get(opening.writer)
        return self._roster.named(opening)

    def facts(self, merged: Sequence[PhoneFact]) -> tuple[PhoneFact, ...]:
        """Phone entries with the numbers and places that count, in the order in which they came."""
        anew = self._opened_anew()
        return tuple(self._fact(fact, anew) for fact in merged)

    def is_ready(self, place: Position, known: BranchTip | None) -> bool:
        """Say whether a run of facts ended there in the branch log that a phone held beside this one."""
        side = self._known(known)
        return side is not None and any(_Numbers(self, side).near(one) == place for one in side.readies)

    def view(self, whole: View, log: Sequence[tuple[Position, Entry]], known: BranchTip | None) -> View:
        """A view without what a phone could not see when it held another branch log than this one."""
        side = self._known(known)
        if side is None:
            return whole
        seen = {self.counts_at(one) for one in side.hashes.items()}
        between = (place for place, _ in log if side.base < place <= whole.at)
        return structs.replace(whole, hidden=frozenset(between).difference(seen))

    def place(self, old: Position, side: Side) -> Position:
        """Where a place of an older epoch counts; a place that counts itself is its own."""
        digest = side.hashes.get(old)
        return old if digest is None else self.counts_at((old, digest)) or NOWHERE

    def counts_at(self, key: tuple[Position, Hash]) -> Position | None:
        """Where a lost entry counts, or what it let count when it is a `Restated` itself; None: nowhere."""
        found = self.places.get(key)
        if found is None and isinstance(entry := self.lost[key].entry, Restated):
            inner = entry.entry, entry.hash
            return self.counts_at(inner) if inner in self.lost else None
        return found

    def _again(self, position: Position, outer: Restated, inner: Restated) -> Entry:
        """A `Restated` that was lost itself: what it named counts, under the number given last."""
        entry = self.counted(position, inner)
        place = self.places.get((inner.entry, inner.hash))
        if place is not None:
            self.places[outer.entry, outer.hash] = place
        return outer if entry is inner else entry

    def _twin(self, entry: Entry) -> Position | None:
        """Where the very thing that an entry says counts already (L10, L13, B21)."""
        match entry:
            case LoanOpened() | LoanBroughtForward() if self.named(entry) is not None:
                return self._roster.loans[entry.ordinal].position
            case SavingsAccountListed() if self.named(entry) is not None:
                return self._roster.accounts[entry.ordinal].position
            case WriterAdmitted() if self.named(entry) is not None:
                return self._writers.known[entry.ordinal].opened_at(entry.epoch)
            case Received():
                return self._writers.received_at(entry)
        return self._postings.twin(entry) if isinstance(entry, Posted | Held | ReceiptRekeyed) else None

    def _fact(self, fact: PhoneFact, anew: Mapping[tuple[str, Ordinal], int]) -> PhoneFact:
        side = self._known(fact.known)
        if side is None:
            known = fact.known
            later = [one for one, epoch in anew.items() if known is not None and epoch > known.epoch]
            side = Side({}, dict.fromkeys(later), (), NOWHERE)
        if not side.hashes and not side.openings:
            return fact
        return structs.replace(fact, entry=_Numbers(self, side).entry(fact.entry))

    def _opened_anew(self) -> dict[tuple[str, Ordinal], int]:
        """Epochs above 0 in which a loan or an account was opened that no `Restated` brought.

        A phone whose seal names an older epoch means something else by that number, of which nobody may have
        brought the opening yet.
        """
        opened = {("loan", ordinal): loan.position for ordinal, loan in self._roster.loans.items()}
        opened |= {("account", ordinal): one.position for ordinal, one in self._roster.accounts.items()}
        again = {*self.places.values()}
        return {one: at.epoch for one, at in opened.items() if at.epoch > 0 and at not in again}

    def _known(self, known: BranchTip | None) -> Side | None:
        """The side that a tip lies on; None for one that counts, and for one that nobody brought."""
        key = None if known is None else (Position(known.epoch, known.seq), known.head)
        return None if key is None or key not in self.lost else self._side(key)

    def _side(self, key: tuple[Position, Hash]) -> Side:
        """The line of lost entries that an entry stands on; worked out anew when there are more."""
        size, sides = self._sides
        if size != len(self.lost) or key not in sides:
            sides = {}
            before = {_before(placed) for placed in self.lost.values()}
            for end in sorted(self.lost.keys() - before):
                side = self._back_from(end)
                for one in side.hashes.items():
                    sides.setdefault(one, side)
            self._sides = len(self.lost), sides  # in one step: several threads may read a book
        return sides[key]

    def _back_from(self, end: tuple[Position, Hash]) -> Side:
        hashes: dict[Position, Hash] = {}
        openings: dict[tuple[str, Ordinal], Opening | None] = {}
        readies: list[Position] = []
        key: tuple[Position, Hash] | None = end
        while key is not None and (placed := self.lost.get(key)) is not None:
            hashes[placed.position] = placed.hash
            said = self.origin(entry) if isinstance(entry := placed.entry, Restated) else placed
            if said is not None and isinstance(opening := said.entry, Opening):
                ordinal = (entry.ordinal if isinstance(entry, Restated) else None) or opening.ordinal
                openings.setdefault((_OPENS.get(type(opening), "loan"), ordinal), opening)
            elif isinstance(entry, BookReady):
                readies.append(placed.position)
            key = _before(placed)
        return Side(hashes, openings, tuple(readies), NOWHERE if key is None else key[0])


class _Numbers:
    """What the numbers and places of one side mean here."""

    def __init__(self, known: Restatements, side: Side) -> None:
        self.known, self.side = known, side

    def entry(self, entry: Entry) -> Entry:
        """The entry with the numbers and places that count; its own number stays."""
        return structs.replace(entry, **self.changes(entry))

    def changes(self, value: Struct) -> dict[str, object]:
        """Fields of a struct that say something else here."""
        said = {name: getattr(value, name) for name in value.__struct_fields__}
        meant = {name: self.meant(name, one) for name, one in said.items()}
        return {name: one for name, one in meant.items() if one is not said[name]}

    def meant(self, name: str, value: object) -> object:
        """What a field of that name means here."""
        match value:
            case Knows():
                return self.knows(value)
            case Position():
                return self.known.place(value, self.side)
            case Struct():
                changes = self.changes(value)
                return structs.replace(value, **changes) if changes else value
            case tuple():
                return tuple(self.meant("", one) for one in value)
            case int() if name in _NUMBERS:
                return self.number(_NUMBERS[name], value)
        return value

    def number(self, space: str, old: Ordinal) -> Ordinal:
        """The number that counts of what this side called by a number."""
        if (space, old) not in self.side.openings:
            return old
        opening = self.side.openings[space, old]
        found = None if opening is None else self.known.named(opening)
        return NOBODY if found is None else found

    def knows(self, said: Knows) -> Knows:
        """What a phone knew: the logs of phones that count, in their order, and the end of a run."""
        tips = (self.meant("", tip) for tip in said.logs)
        logs = [tip for tip in tips if isinstance(tip, LogTip) and tip.writer != NOBODY]
        return Knows(self.near(said.book), tuple(sorted(logs)))

    def near(self, place: Position) -> Position:
        """A place up to which a phone of this side has read: there, the last that counts of what it saw."""
        if place not in self.side.hashes:
            return place
        seen = (self.known.counts_at(one) for one in self.side.hashes.items() if one[0] <= place)
        return max((one for one in seen if one is not None), default=self.side.base)


def _before(placed: Placed) -> tuple[Position, Hash] | None:
    """Place and chain hash of the entry that an entry continues, over a base; None for the first of all."""
    if placed.position.seq > 1:
        return Position(placed.position.epoch, placed.position.seq - 1), placed.previous
    base = placed.entry.base if isinstance(placed.entry, BranchEpochOpened) else None
    return None if base is None else (Position(base.epoch, base.seq), base.head)
