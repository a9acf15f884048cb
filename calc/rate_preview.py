"""What decisions would do to a group's dues, before anybody signs them (B2, B13).

Nothing is estimated. The decisions are applied to a copy of the book as the branch log would apply them, and
the dues of both books to one day are subtracted, loan by loan. So a preview is what happens, to the đồng, as
long as no other fact comes in between.
"""

from collections.abc import Iterable

from msgspec import Struct

from calc.book import Book
from calc.decisions import Decision
from calc.dues import loan_due
from calc.loan import Loan
from calc.rate import RateStep
from protocol.day import DAY_MAX, Day
from protocol.ids import Ordinal, Position
from protocol.money import Dong


class LoanChange(Struct, frozen=True):
    """A loan that decisions touch: they change its rate on a day that it lives through, past or to come.

    ``number`` is the bank's number of the loan; ``before`` and ``after`` are its signed dues to the day of
    the preview, without and with the decisions. ``is_behind`` says that rates change before its history
    begins: the fold cannot compute these days, a person adjusts them (B22). ``is_broken`` says that some
    day's exact rate would be no whole ppm.
    """

    loan: Ordinal
    member: Ordinal
    number: str
    before: Dong
    after: Dong
    is_behind: bool
    is_broken: bool

    @property
    def fall(self) -> Dong:
        """How much less is due."""
        return max(0, self.before - self.after)

    @property
    def rise(self) -> Dong:
        """How much more is due."""
        return max(0, self.after - self.before)

    @property
    def credit(self) -> Dong:
        """How much of the fall lies below what is settled, and so becomes prepaid interest (B11)."""
        return max(0, max(0, -self.after) - max(0, -self.before))

    @property
    def is_news(self) -> bool:
        """Say whether the customer is to be told: money that was paid turns into credit, or more is due."""
        return self.credit > 0 or self.rise > 0


def preview(book: Book, decisions: Iterable[Decision], day: Day) -> tuple[LoanChange, ...]:
    """Every loan that decisions would touch if they came next in the log, in ordinal order, closed ones too.

    Args:
        book: the group as it is; it is not changed.
        decisions: under numbers that the book does not have yet.
        day: to which the dues are computed.
    """
    after = book.copy()
    for decision in decisions:
        after.apply(Position(after.position.epoch, after.position.seq + 1), decision)
    changes = (_change(book, after, loan, day) for _, loan in sorted(book.loans.items()))
    return tuple(change for change in changes if change is not None)


def _change(book: Book, after: Book, loan: Loan, day: Day) -> LoanChange | None:
    old, new = _rates(book, loan), _rates(after, loan)
    if old == new:
        return None
    return LoanChange(
        loan=loan.ordinal,
        member=loan.member,
        number=loan.number,
        before=loan_due(book, loan, day).payable,
        after=loan_due(after, loan, day).payable,
        is_behind=_until(old, loan.start) != _until(new, loan.start),
        is_broken=_breaks(old, new),
    )


def _rates(book: Book, loan: Loan) -> tuple[RateStep, ...]:
    """Rates of every day from the contract to the end of the loan, as far as the branch knows of an end."""
    view = book.view()
    effects = loan.standing(view)
    end = min((effect.closes for effect in effects if effect.closes is not None), default=DAY_MAX)
    return loan.rates(book.decisions.rate_table(loan.programme, view.at), loan.opened_on, end, effects)


def _until(steps: Iterable[RateStep], day: Day) -> list[RateStep]:
    return [step for step in steps if step.on < day]


def _breaks(old: tuple[RateStep, ...], new: tuple[RateStep, ...]) -> bool:
    """Say whether some day has a rate that is no whole ppm, and had a whole one, or none, before."""
    turns = {step.on for step in (*old, *new)}
    return any(_broken(new, day) - _broken(old, day) for day in turns)


def _broken(steps: tuple[RateStep, ...], day: Day) -> set[str]:
    step = [step for step in steps if step.on <= day][-1]
    if step.base is None:
        return set()
    return {name for name in step.__struct_fields__ if getattr(step, name) is None}
