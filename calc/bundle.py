"""One day's cash three ways: what the phones signed, the notes, and what the teller counted (B18).

Nothing here refuses anything. From what the bundle should hold to what the teller counted, every đồng on the
way has a name:

    counted − expected = handed + found − unstated − other_days

``found``       the holder of a phone counted other money than his phone expected
``unstated``    receipts that stand now and that he did not know of when he closed, or the other way round
``other_days``  cash in transit that is not of this day's round
``handed``      the teller counted other money than the holders said that they hand in
"""

from collections.abc import Iterable

from msgspec import Struct

from calc.book import Book
from calc.cash import Cash, last_rounds, round_cash
from calc.states import Facts
from protocol.day import Day
from protocol.ids import EntryRef, Ordinal
from protocol.money import Dong
from protocol.phone_facts import Denomination, RoundClosed


class RoundCheck(Struct, frozen=True):
    """One closed round, in đồng: ``cash`` is what stands of it now, the rest is what its holder signed.

    ``notes`` is the sum of the denominations, None when none were given.
    """

    ref: EntryRef
    cash: Cash
    stated: RoundClosed
    notes: Dong | None

    @property
    def found(self) -> Dong:
        """What the holder counted beyond what his phone expected; negative is missing."""
        return self.stated.counted - self.stated.expected

    @property
    def unstated(self) -> Dong:
        """What stands now beyond what the phone expected when it closed."""
        return self.cash.expected - self.stated.expected

    @property
    def flags(self) -> tuple[str, ...]:
        """What does not fit together in what was signed."""
        flags = {
            "notes_differ": self.notes is not None and self.notes != self.stated.counted,
            "difference_misstated": self.stated.difference != self.found,
            "receipts_differ": (self.cash.receipts, self.cash.voided)
            != (self.stated.receipts, self.stated.voided),
        }
        return tuple(flag for flag, is_set in flags.items() if is_set)


class Bundle(Struct, frozen=True):
    """The cash of the writers whose rounds a count covers; ``counted`` and ``notes`` are the teller's."""

    rounds: tuple[RoundCheck, ...]
    expected: Dong
    counted: Dong
    notes: Dong | None

    @property
    def difference(self) -> Dong:
        """Counted less expected: negative is a shortage."""
        return self.counted - self.expected

    @property
    def handed(self) -> Dong:
        """What the teller counted beyond what the holders said that they hand in."""
        return self.counted - sum(one.stated.counted for one in self.rounds)

    @property
    def found(self) -> Dong:
        """What the holders counted beyond what their phones expected."""
        return sum(one.found for one in self.rounds)

    @property
    def unstated(self) -> Dong:
        """What stands now beyond what the phones expected when they closed."""
        return sum(one.unstated for one in self.rounds)

    @property
    def other_days(self) -> Dong:
        """Cash in transit that is not of this day's rounds."""
        return self.expected - sum(one.cash.expected for one in self.rounds)

    @property
    def flags(self) -> tuple[str, ...]:
        """What does not fit together in what the teller signed."""
        return ("notes_differ",) if self.notes is not None and self.notes != self.counted else ()


def round_checks(book: Book, facts: Facts, day: Day) -> dict[Ordinal, RoundCheck]:
    """The rounds of a transaction day that count, by writer, beside what stands of them now."""
    found = {}
    for writer, fact in last_rounds(book, facts, day).items():
        stated = fact.entry
        assert isinstance(stated, RoundClosed)
        cash = round_cash(book, facts, writer, day)
        found[writer] = RoundCheck(fact.ref, cash, stated, _sum(stated.denominations))
    return found


def bundle(book: Book, facts: Facts, day: Day, expected: Dong) -> Bundle | None:
    """The count in force of a transaction day, beside the rounds that it names; None without one.

    ``expected`` is the cash in transit of those rounds' writers.
    """
    counted = book.postings.day(day).counted
    if counted is None:
        return None
    rounds = round_checks(book, facts, day)
    covered = (rounds[ref.writer] for ref in counted.rounds if ref.writer in rounds)
    return Bundle(tuple(covered), expected, counted.counted, _sum(counted.denominations))


def _sum(notes: Iterable[Denomination]) -> Dong | None:
    amounts = [one.face * one.count for one in notes]
    return sum(amounts) if amounts else None
