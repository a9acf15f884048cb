"""What is due on a loan to a transaction day, at any place in the branch log (B10–B13, B16).

Signed figures decide everything: ``payable`` may be negative, which is prepaid interest and is never stored
(B11). What people are asked for is never negative, and 0 for a loan that is wholly frozen or written off.
"""

from collections.abc import Iterable
from hashlib import sha256

from msgspec import Struct

from calc.accrual import Accrual, Bucket, Segment
from calc.accrued import accrual_of, counting, grace_joined, has_opening
from calc.book import Book
from calc.days import View
from calc.errors import CalcError
from calc.loan import Effect, Loan
from calc.principal import Position as Principal
from calc.principal import position as principal_on
from calc.rounding import Buckets, round_half_up
from protocol.codec import encode
from protocol.day import Day, to_date
from protocol.ids import Ordinal, Position
from protocol.money import DONG_MAX, DONG_MIN, Dong

_NO_PRINCIPAL = Principal(0, 0, 0, written_off=False)


class Parts(Struct, frozen=True):
    """What a due is made of, in whole đồng, grace only where it is due.

    ``carried + accrued + adjusted - settled - pending`` is ``LoanDue.payable``. ``carried`` is what the loan
    was brought forward with, prepaid interest taken off; ``accrued`` is the interest of the working lines,
    rounded as B10 and B12 say; ``adjusted`` and ``settled`` are what the branch told since.
    """

    carried: Dong
    accrued: Dong
    adjusted: Dong
    settled: Dong
    pending: Dong


class LoanDue(Struct, frozen=True):
    """One loan's interest to a day, in whole đồng.

    ``accrued`` includes arrears brought forward and adjustments; ``allocated`` is what postings put into each
    bucket; ``settled`` is all that was received (B1), ``pending`` what a phone's preview counts on top.
    ``opening`` is the effect that opened the loan; ``grace_joined`` says whether interest of the grace is due
    too; ``day_of_month`` is the transaction point's, which tells the months before ``day``. ``fault`` names
    the reason why nothing accrued that could be computed (``accrued`` is then what was brought forward), None
    as a rule.
    """

    loan: Ordinal
    member: Ordinal
    day: Day
    accrued: Buckets
    allocated: Buckets
    settled: Dong
    pending: Dong
    opening: Effect
    grace_joined: bool
    day_of_month: int
    principal: Principal
    accrual: Accrual
    fault: str | None = None

    @property
    def payable(self) -> Dong:
        """Signed due to the day: negative is prepaid (B10)."""
        return self._owed(self.accrued) - self.settled - self.pending

    @property
    def parts(self) -> Parts:
        """How the due adds up, for somebody who checks it by hand."""
        buckets = {Bucket.IN_TERM, Bucket.OVERDUE} | ({Bucket.GRACE} if self.grace_joined else set())
        accrued = sum(
            round_half_up(sum(line.numerator for line in chapter.segments if line.bucket in buckets))
            for chapter in self.accrual.chapters
        )
        arrears, prepaid = self._owed(self.opening.adjusted), self.opening.received
        computed = self._owed(self.accrual.accrued)
        return Parts(
            carried=computed - accrued + arrears - prepaid,
            accrued=accrued,
            adjusted=self._owed(self.accrued) - computed - arrears,
            settled=self.settled - prepaid,
            pending=self.pending,
        )

    @property
    def asked(self) -> Dong:
        """What a household is asked for: never negative, 0 when wholly frozen or written off (B10)."""
        return 0 if self.is_dormant else max(0, self.payable)

    @property
    def prepaid(self) -> Dong:
        """Interest paid ahead of the day (B11)."""
        return max(0, -self.payable)

    @property
    def is_dormant(self) -> bool:
        """Say whether the loan keeps its arrears and asks for nothing."""
        principal = self.principal
        bearing = principal.in_term + principal.overdue
        return principal.written_off or (bearing == 0 and principal.frozen > 0)

    @property
    def open(self) -> Buckets:
        """Unpaid interest by bucket, netted: never negative; its due part less ``prepaid`` is ``payable``.

        Credit of any kind is one pool that pays overdue, then in term, then joined grace (B10, B11). Grace
        that has not joined stands as it accrued: money that a later day's posting put into it is in the pool.
        """
        in_term = self.accrued.in_term - self.allocated.in_term
        overdue = self.accrued.overdue - self.allocated.overdue
        grace = self.accrued.grace - self.allocated.grace if self.grace_joined else 0
        due = [overdue, in_term, grace]
        pool = sum(max(0, bucket) for bucket in due) - self.payable
        netted = []
        for bucket in due:
            part = min(max(0, bucket), max(0, pool))
            netted.append(max(0, bucket) - part)
            pool -= part
        # A refund of more than the credit leaves the pool negative: that is owed like in-term interest.
        netted[1] -= min(0, pool)
        return Buckets(netted[1], netted[0], netted[2] if self.grace_joined else self.accrued.grace)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Working lines: days, balance and rate of everything that accrued."""
        return tuple(segment for chapter in self.accrual.chapters for segment in chapter.segments)

    def _owed(self, buckets: Buckets) -> Dong:
        return buckets.in_term + buckets.overdue + (buckets.grace if self.grace_joined else 0)


def loan_due(
    book: Book, loan: Loan, day: Day, *, at: Position | None = None, staged: bool = False
) -> LoanDue:
    """Due of one loan to a day as the branch log knew it at a position, by default at its end."""
    return due_in(book, loan, day, book.view(at, staged=staged))


def dues(book: Book, day: Day, *, at: Position | None = None, staged: bool = False) -> tuple[LoanDue, ...]:
    """Dues of all loans that are open on a day, in ordinal order."""
    view = book.view(at, staged=staged)
    return tuple(due_in(book, loan, day, view) for loan in open_loans(book, day, view))


def open_loans(book: Book, day: Day, view: View) -> list[Loan]:
    """Loans that have begun by a day and are not closed on it, as a view knows them, in ordinal order."""
    return [loan for _, loan in sorted(book.loans.items()) if loan.start <= day and _is_open(loan, day, view)]


def book_digest(book: Book, day: Day, at: Position | None = None) -> bytes:
    """Digest of the dues that `BookReady` names (L12)."""
    return digest_of(dues(book, day, at=at))


def digest_of(found: Iterable[LoanDue]) -> bytes:
    """SHA-256 of the canonical array of [loan, signed due to the day] in ordinal order (L12).

    A due that 64 bits cannot hold stands at their end: it is absurd, and equally so for every reader.
    """
    lines = [[due.loan, max(DONG_MIN, min(DONG_MAX, due.payable))] for due in found]
    return sha256(encode(lines)).digest()


def credits_to_refund(book: Book, day: Day) -> tuple[LoanDue, ...]:
    """Closed loans that still hold a credit: work that only `CreditRefunded` ends (B15).

    One whose interest cannot be computed is among the `unknown_dues`: what was received on it is no credit.
    """
    view = book.view()
    closed = (loan for _, loan in sorted(book.loans.items()) if not _is_open(loan, day, view))
    found = (due_in(book, loan, day, view) for loan in closed)
    return tuple(due for due in found if due.prepaid and due.fault is None)


def unknown_dues(book: Book, day: Day) -> tuple[LoanDue, ...]:
    """Loans whose interest to a day cannot be computed, closed ones too, in ordinal order."""
    found = (due_in(book, loan, day, book.view()) for _, loan in sorted(book.loans.items()))
    return tuple(due for due in found if due.fault is not None)


def due_in(book: Book, loan: Loan, day: Day, view: View, *, pending: Dong = 0) -> LoanDue:
    """Due of one loan to a day in a view, with ``pending`` đồng that no posting has taken yet."""
    effects = counting(loan, day, view)
    is_here = has_opening(loan, effects)
    listed = book.group_on(day, view.at)
    principal, accrual, fault = _NO_PRINCIPAL, Accrual(()), None
    try:
        if is_here:
            principal = principal_on((event for effect in effects for event in effect.events), day)
        accrual = accrual_of(loan, effects, book.decisions, day, view.at)
    except CalcError as error:
        fault = error.code
    return LoanDue(
        loan=loan.ordinal,
        member=loan.member,
        day=day,
        accrued=sum((effect.adjusted for effect in effects), accrual.accrued),
        allocated=sum((effect.settled for effect in effects), Buckets()),
        settled=sum(effect.received for effect in effects),
        pending=pending,
        opening=effects[0] if is_here else Effect(loan.position, "none"),
        grace_joined=grace_joined(loan, day),
        day_of_month=to_date(day).day if listed is None else listed.day_of_month,
        principal=principal,
        accrual=accrual,
        fault=fault,
    )


def _is_open(loan: Loan, day: Day, view: View) -> bool:
    closed_on = loan.closed_on(view)
    return view.counts(loan.position, None) and (closed_on is None or day < closed_on)
