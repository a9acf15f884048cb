"""How old unpaid interest is: layers by transaction month, the oldest paid first (B7; form 13/TD).

Money settles the oldest interest first, so what is unpaid is what accrued last. The layers of a loan are
found backwards from the transaction day, by the months of its transaction point (`calc.commune_days`); what
no month explains was brought forward. Carried numerators (B22) are no arrears: they count as accrued on the
eve of ``as_of``, in the month of that day.
"""

from enum import IntEnum

from msgspec import Struct

from calc.accrual import Bucket
from calc.commune_days import months_before
from calc.dues import LoanDue
from calc.rounding import round_half_up
from protocol.day import DAY_MIN, Day
from protocol.ids import Ordinal
from protocol.money import Dong


class Rank(IntEnum):
    """Which unpaid interest is paid first."""

    OVERDUE = 0
    IN_TERM = 1
    GRACE = 2


class Layer(Struct, frozen=True, order=True):
    """Unpaid interest of one loan that accrued in one transaction month; ordered as it is paid.

    ``since`` is the first day of the month for in-term interest, the least day for what was brought forward
    and for ranks that know no age.
    """

    rank: Rank
    since: Day
    loan: Ordinal
    amount: Dong


def layers_of(due: LoanDue) -> tuple[Layer, ...]:
    """Unpaid interest that a loan is asked for, in the order in which it is paid; nothing when dormant."""
    if due.is_dormant:
        return ()
    unpaid = due.open
    grace = unpaid.grace if due.grace_joined else 0
    found = [
        Layer(Rank.OVERDUE, DAY_MIN, due.loan, unpaid.overdue),
        *_in_term(due, unpaid.in_term),
        Layer(Rank.GRACE, DAY_MIN, due.loan, grace),
    ]
    return tuple(sorted(layer for layer in found if layer.amount))


def current_of(due: LoanDue) -> Dong:
    """Unpaid in-term interest that accrued since the transaction day before; the rest is arrears."""
    since = months_before(due.day, 1, due.day_of_month)
    return sum(layer.amount for layer in layers_of(due) if layer.since == since)


def _in_term(due: LoanDue, unpaid: Dong) -> list[Layer]:
    found = []
    eve = min((chapter.start for chapter in due.accrual.chapters), default=due.day) - 1
    month, until, left = 0, due.day, unpaid
    while left and until > eve:
        month += 1
        since = months_before(due.day, month, due.day_of_month)
        part = min(left, max(0, _accrued(due, until) - _accrued(due, max(since, eve))))
        found.append(Layer(Rank.IN_TERM, since, due.loan, part))
        left -= part
        until = since
    return [*found, Layer(Rank.IN_TERM, DAY_MIN, due.loan, left)]


def _accrued(due: LoanDue, until: Day) -> Dong:
    """In-term interest that had accrued before a day, each chapter rounded by itself (B10, B12)."""
    total = 0
    for chapter in (one for one in due.accrual.chapters if one.start <= until):
        after = sum(
            segment.balance * segment.ppm * (segment.end - max(segment.start, until))
            for segment in chapter.segments
            if segment.bucket is Bucket.IN_TERM and segment.end > until
        )
        total += round_half_up(chapter.numerators.in_term - after)
    return total
