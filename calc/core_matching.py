"""Which transactions of the core are ours, which of ours it lacks, and why (B21).

A transaction fills one free slot on its own loan or account, the first of these:

1. the line of ours that it names
2. what its reference names in the log
3. a fact keyed at the table that says the same, in log order: an import would match the two

A transaction that fills none is missing here, and becomes a fact only by an import. A slot that is not filled
is unconfirmed or provisional while the core never named it. What the core did name is missing there if the
extract covers its day and the core had named it by the cut-off, and later if it had not. Before the days that
an extract covers, its balances are taken to have what the core named.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from calc.book import Book
from calc.booked import LinePlace
from calc.core_extract import CoreRow, Extract
from calc.core_slots import Slot, Subject
from protocol.day import Day
from protocol.ids import Code, Position
from protocol.loan_facts import CoreMatched
from protocol.money import Dong


class Cause(StrEnum):
    """Why a figure of ours is not the core's."""

    UNCONFIRMED = "unconfirmed"
    PROVISIONAL = "provisional"
    LATER = "later"
    MISSING_THERE = "missing_there"
    DOUBLED_HERE = "doubled_here"
    AMOUNT_DIFFERS = "amount_differs"
    TERMS_DIFFER = "terms_differ"
    MISSING_HERE = "missing_here"


class Finding(Struct, frozen=True):
    """What only one side has of one loan or account, or what the two sides tell differently.

    ``slots`` are ours, of one entry; none of what is missing here. ``rows`` are the core's transactions.
    """

    cause: Cause
    subject: Subject
    slots: tuple[Slot, ...]
    rows: tuple[CoreRow, ...]

    @property
    def kind(self) -> str:
        """What both sides, or the one that has it, call it."""
        return self.slots[0].kind if self.slots else self.rows[0].kind

    @property
    def day(self) -> Day:
        """Day on which it takes effect here, or else there."""
        return self.slots[0].day if self.slots else self.rows[0].day

    @property
    def amount(self) -> Dong:
        """The đồng that we have, as the kind counts them."""
        return sum(slot.amount for slot in self.slots)

    @property
    def core_amount(self) -> Dong:
        """The đồng that the core has."""
        return sum(row.amount for row in self.rows)


class Matching(Struct, frozen=True):
    """What became of the transactions of an extract.

    ``matches`` would let the core's references name what the extract contains and the core had not named.
    ``earlier`` are transactions from before the history of their loan or account: its balances have them.
    """

    findings: tuple[Finding, ...]
    matches: tuple[CoreMatched, ...]
    earlier: tuple[CoreRow, ...]


def match(book: Book, slots: Sequence[Slot], extract: Extract) -> Matching:
    """Find for each transaction of the core what it is here, and what the core lacks.

    Args:
        book: the group's book as it is now.
        slots: what the log has, by `calc.core_slots`.
        extract: what the core says; no transaction of it lies after its day.
    """
    desk = _Desk(book, slots)
    for row in extract.rows:
        desk.take(row)
    earlier = tuple(row for row in desk.rest if _is_earlier(book, row))
    missing = (
        Finding(Cause.MISSING_HERE, (row.loan, row.account), (), (row,))
        for row in desk.rest
        if not _is_earlier(book, row)
    )
    return Matching((*desk.findings(extract), *missing), tuple(desk.matches()), earlier)


class _Desk:
    """Slots as they are filled, and the transactions that fill none."""

    def __init__(self, book: Book, slots: Sequence[Slot]) -> None:
        self.refs = book.roster.refs
        self.slots = {slot.place: slot for slot in slots}
        self.entries: dict[Position, list[Slot]] = defaultdict(list)
        for slot in slots:
            self.entries[slot.place.position].append(slot)
        self.keyed = [slot for slot in slots if slot.fact is not None and slot.named_at is None]
        self.named = {slot.fact.core_ref: slot.place.position for slot in slots if slot.fact is not None}
        for place, named in self.refs.matches.items():
            self.named |= dict.fromkeys((one.core_ref for one in named), place)
        self.filled: dict[LinePlace, CoreRow] = {}
        self.rest: list[CoreRow] = []

    def take(self, row: CoreRow) -> None:
        """Let a transaction fill a slot."""
        for slot in self.candidates(row):
            if slot.subject == (row.loan, row.account) and slot.place not in self.filled:
                self.filled[slot.place] = row
                return
        self.rest.append(row)

    def candidates(self, row: CoreRow) -> Iterator[Slot]:
        """Slots that a transaction may fill, the best first."""
        if row.ours is not None and row.ours in self.slots:
            yield self.slots[row.ours]
        known = self.entries.get(self.named.get(row.core_ref, _NOWHERE), ())
        yield from (slot for slot in known if slot.fact is not None or _is_same(slot, row))
        yield from (slot for slot in self.keyed if _is_same(slot, row))

    def findings(self, extract: Extract) -> Iterator[Finding]:
        """What the core lacks or tells differently, of each entry and each loan or account that it moves."""
        doubled = self.doubled()
        for slots in self.entries.values():
            for subject in dict.fromkeys(slot.subject for slot in slots):
                part = tuple(slot for slot in slots if slot.subject == subject)
                rows = tuple(self.filled[slot.place] for slot in part if slot.place in self.filled)
                cause = self.difference(part) if rows else _absence(part[0], extract)
                if part[0].place in doubled and not rows:
                    rows = (doubled[part[0].place],)
                    cause = Cause.DOUBLED_HERE if part[0].day <= extract.day else None
                if cause is not None:
                    yield Finding(cause, subject, part, rows)

    def difference(self, part: Sequence[Slot]) -> Cause | None:
        """How the two sides tell something differently that both have."""
        pairs = [(slot, self.filled.get(slot.place)) for slot in part]
        if any(row is None or row.amount != slot.amount for slot, row in pairs):
            return Cause.AMOUNT_DIFFERS
        return None if all(row and _is_same(slot, row) for slot, row in pairs) else Cause.TERMS_DIFFER

    def doubled(self) -> dict[LinePlace, CoreRow]:
        """Facts that were imported under the reference of a transaction which is a line of ours."""
        rows = (row for place, row in self.filled.items() if self.slots[place].fact is None)
        return {LinePlace(self.named[row.core_ref], 0): row for row in rows if row.core_ref in self.named}

    def matches(self) -> Iterator[CoreMatched]:
        """References for what the extract contains whole, as far as they are free, in log order."""
        taken: set[Code] = set()
        for place, slots in self.entries.items():
            rows = [self.filled[slot.place] for slot in slots if slot.place in self.filled]
            refs = dict.fromkeys(row.core_ref for row in rows)
            is_free = not any(core_ref in taken or self.refs.is_taken(core_ref) for core_ref in refs)
            is_whole = slots[0].named_at is None and len(rows) == len(slots)
            if is_free and is_whole and self.difference(slots) is not Cause.AMOUNT_DIFFERS:
                taken |= refs.keys()
                yield from (CoreMatched(place, core_ref) for core_ref in refs)


_NOWHERE = Position(0, 0)


def _absence(slot: Slot, extract: Extract) -> Cause | None:
    """Why an extract does not contain something of ours; None when it need not."""
    if slot.day > extract.day:
        return None
    if slot.named_at is None:
        return Cause.UNCONFIRMED if slot.fact is None else Cause.PROVISIONAL
    if not extract.covers(slot.day):
        return None
    return Cause.MISSING_THERE if slot.named_at <= extract.known_by else Cause.LATER


def _is_earlier(book: Book, row: CoreRow) -> bool:
    """Say whether a transaction is from before the history of its loan or account (B22)."""
    if row.loan is not None:
        return row.day < book.loans[row.loan].start
    return row.account is not None and row.day < book.accounts[row.account].listed.as_of


def _is_same(slot: Slot, row: CoreRow) -> bool:
    """Say whether a transaction says what a slot says, whatever the two are called."""
    if slot.fact is None or row.fact is None:
        return (slot.kind, slot.day, slot.amount) == (row.kind, row.day, row.amount)
    return replace(slot.fact, core_ref=row.fact.core_ref, decided_by=row.fact.decided_by) == row.fact
