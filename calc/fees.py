"""What collecting earns: the organisation's entrustment fee and the group's commission, as estimates (B23).

Both are paid on the balance whose interest was collected. That balance is not measured: interest ÷ its
monthly rate gives it, stretch by stretch of days at the in-term base rate (B13) of those days; a rate of 0
gives 0. Money pays the oldest unpaid interest first, as `calc.arrears` has it: what came with a loan stands
at its first rate, what is prepaid at the rate of the transaction day. What the branch knew when it settled
that day decides; interest received at the counter is not the group's work and earns nothing [A].
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct, structs

from calc.accrual import Accrual, Bucket, Segment
from calc.accrued import counting
from calc.book import Book
from calc.days import View
from calc.dues import LoanDue, due_in
from calc.loan import Loan
from calc.rate import RateStep
from calc.ratio import MILLION, Ratio, half_up
from calc.rounding import Buckets, round_half_up
from calc.savings import Account
from calc.terms import FeeTerms
from protocol.day import Day
from protocol.ids import Ordinal, Position, Ppm
from protocol.money import Dong
from protocol.posting_facts import PostedInterest

MONTHS = 12
Collected = Counter[Ppm]
"""Interest collected, in đồng, by the yearly in-term base rate of the days that it pays."""


def collected_interest(book: Book, first: Day, last: Day, view: View) -> Collected:
    """Interest of the postings and paper receipts of these transaction days, both inclusive, by base rate."""
    found: Collected = Counter()
    for money in _paid(book, first, last, view):
        for ppm, amount in _by_rate(book, money):
            found[ppm] += amount
    return found


def fee(collected: Collected, monthly: Ppm, share: Ppm = MILLION) -> Dong:
    """A monthly fee in ppm of the balance whose interest was collected, and a share of it: one rounding.

    Each đồng at rate r stands for 12 ÷ r đồng of balance over a month; a rate of 0 gives 0.
    """
    bottom = 1
    for ppm in collected:
        bottom *= ppm or 1
    balance = sum(amount * MONTHS * MILLION * (bottom // ppm) for ppm, amount in collected.items() if ppm)
    return half_up(balance * monthly * share, bottom * MILLION * MILLION)


def balance_collected(collected: Collected) -> Dong:
    """The balance whose interest was collected, in đồng."""
    return fee(collected, MILLION)


def quality_share(overdue: Ratio, terms: FeeTerms) -> Ppm:
    """What the overdue ratio leaves of the entrustment fee; without principal nothing is overdue."""
    for step in sorted(terms.quality, key=lambda step: step.overdue_below):
        if overdue.part * MILLION < step.overdue_below * overdue.whole or overdue.whole == 0:
            return step.share
    return 0


def savings_commission(
    accounts: Iterable[Account], first: Day, last: Day, view: View, terms: FeeTerms
) -> Dong:
    """Commission on the average of the balances at the end of each day, both inclusive: one rounding."""
    days = last - first + 1
    total = 0
    for account in accounts:
        if account.position <= view.at:
            total += _dong_days(account, first, last, view)
    return half_up(total * terms.savings_commission, days * MILLION)


def _dong_days(account: Account, first: Day, last: Day, view: View) -> int:
    """Balances at the end of each day, added up; nothing before the account was listed."""
    since = max(first, account.listed.as_of)
    moves = {move.effective for move in account.standing(view) if since < move.effective <= last}
    turns = [*sorted({since, *moves}), last + 1] if since <= last else []
    return sum(account.balance(view, start) * (end - start) for start, end in pairwise(turns))


def _paid(book: Book, first: Day, last: Day, view: View) -> Iterator["_Money"]:
    """Interest that was posted or typed in, by transaction day and loan."""
    postings = book.postings
    found: dict[tuple[Day, Ordinal], list[tuple[Position, PostedInterest]]] = {}
    for posting in postings.posted.values():
        entry = posting.entry
        if first <= entry.day <= last and postings.stands(posting.position, entry.day, view):
            settled_at = postings.day(entry.day).settled_at or posting.position
            for line in entry.interest:
                found.setdefault((entry.day, line.loan), []).append((settled_at, line))
    for position, paper in postings.rekeyed.values():
        if first <= paper.day <= last and postings.stands(position, None, view):
            for line in paper.interest:
                found.setdefault((paper.day, line.loan), []).append((position, line))
    for (day, loan), lines in sorted(found.items()):
        yield _Money(book.loans[loan], day, max(place for place, _ in lines), [line for _, line in lines])


class _Money(Struct, frozen=True):
    """Interest that one loan paid on one transaction day, all of which stands at a place in the log."""

    loan: Loan
    day: Day
    at: Position
    lines: list[PostedInterest]


def _by_rate(book: Book, money: _Money) -> Iterator[tuple[Ppm, Dong]]:
    """Shares of the money by the base rate of the days that they pay."""
    loan, view = money.loan, book.view(money.at)
    due = due_in(book, loan, money.day, view)
    table = book.decisions.rate_table(loan.programme, view.at)
    steps = loan.rates(table, loan.start, max(loan.start, money.day) + 1, counting(loan, money.day, view))
    paid = sum((Buckets(line.in_term, line.overdue, line.grace) for line in money.lines), Buckets())
    unpaid = _before(due, paid, sum(line.total for line in money.lines)).open
    for bucket, amount, owed in (
        (Bucket.IN_TERM, paid.in_term, unpaid.in_term),
        (Bucket.OVERDUE, paid.overdue, unpaid.overdue),
        (Bucket.GRACE, paid.grace, unpaid.grace),
    ):
        yield from _shares(_days_back(due.accrual, bucket, steps), amount, owed, _base(steps, steps[0].on))
    yield _base(steps, money.day), sum(line.unallocated for line in money.lines)


def _before(due: LoanDue, paid: Buckets, total: Dong) -> LoanDue:
    """The due without this money."""
    allocated = due.allocated + Buckets(-paid.in_term, -paid.overdue, -paid.grace)
    return structs.replace(due, allocated=allocated, settled=due.settled - total)


def _shares(
    days: Iterable[tuple[Ppm, Dong]], amount: Dong, owed: Dong, first: Ppm
) -> Iterator[tuple[Ppm, Dong]]:
    """Which days the oldest ``amount`` of the ``owed`` interest comes from: base rate and đồng.

    What is owed accrued last, so days go backwards; what no day explains came with the loan at its ``first``.
    """
    left, reached = amount, 0
    for base, accrued in days:
        before, reached = reached, reached + accrued
        share = max(0, min(owed, reached) - max(owed - amount, before))
        left -= share
        yield base, share
    yield first, left


def _days_back(accrual: Accrual, bucket: Bucket, steps: tuple[RateStep, ...]) -> Iterator[tuple[Ppm, Dong]]:
    """Stretches with one base rate, the last first, and what accrued in each: rounded sums differ by it."""
    for chapter in reversed(accrual.chapters):
        numerators = chapter.numerators
        until = (numerators.in_term, numerators.overdue, numerators.grace)[bucket]
        for segment in reversed(chapter.segments):
            if segment.bucket is bucket:
                for start, end, base in reversed(_at_rates(segment, steps)):
                    since = until - segment.balance * segment.ppm * (end - start)
                    yield base, round_half_up(until) - round_half_up(since)
                    until = since


def _at_rates(segment: Segment, steps: tuple[RateStep, ...]) -> list[tuple[Day, Day, Ppm]]:
    """Stretches of a segment with one base rate each."""
    turns = sorted({segment.start, segment.end, *(s.on for s in steps if segment.start < s.on < segment.end)})
    return [(start, end, _base(steps, start)) for start, end in pairwise(turns)]


def _base(steps: tuple[RateStep, ...], day: Day) -> Ppm:
    """The in-term base rate of a day; one without a rate earns nothing."""
    held = [step.base for step in steps if step.on <= day]
    return held[-1] or 0 if held else 0
