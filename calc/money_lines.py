"""The money lines of one entry that the branch booked: which loan or account, what for, how much (B21).

A line is numbered by its place in its entry, from 1: interest, then principal, then savings. So it has one
name for ever, also where a line beside it moves nothing. Kinds are those of the bank's own export, and the
kind says what a positive amount does: a deposit raises a balance, a transfer lowers it.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from protocol.ids import Ordinal
from protocol.loan_facts import CreditRefunded
from protocol.money import Dong
from protocol.posting_facts import (
    DaySettled,
    DifferenceResolved,
    Held,
    Posted,
    PostedInterest,
    ReceiptRekeyed,
)


class LineKind(StrEnum):
    """What a line moves; the last four stay in the branch's own cash and suspense."""

    INTEREST_RECEIVED = "interest_received"
    PRINCIPAL_REPAID = "principal_repaid"
    DEPOSIT = "deposit"
    TRANSFER = "transfer"
    CREDIT_REFUNDED = "credit_refunded"
    CREDIT_CARRIED = "credit_carried"
    HELD = "held"
    CASH_COUNTED = "cash_counted"
    SHORTAGE = "shortage"
    SURPLUS = "surplus"

    @property
    def is_customers(self) -> bool:
        """Say whether a loan or an account of a customer changes: what the core system must book too."""
        return self not in _OWN


_OWN = frozenset({LineKind.HELD, LineKind.CASH_COUNTED, LineKind.SHORTAGE, LineKind.SURPLUS})

Lined = Posted | Held | ReceiptRekeyed | CreditRefunded | DaySettled | DifferenceResolved


class MoneyLine(Struct, frozen=True):
    """One line in whole đồng. ``in_term`` … ``unallocated`` are its parts, where it has any."""

    number: int
    kind: LineKind
    amount: Dong
    loan: Ordinal | None = None
    account: Ordinal | None = None
    in_term: Dong = 0
    overdue: Dong = 0
    grace: Dong = 0
    unallocated: Dong = 0

    @property
    def moves(self) -> bool:
        """Say whether any money is in the line."""
        return any((self.amount, self.in_term, self.overdue, self.grace, self.unallocated))

    @property
    def mirrored(self) -> "MoneyLine":
        """The line that takes this one back."""
        return MoneyLine(
            number=self.number,
            kind=self.kind,
            amount=-self.amount,
            loan=self.loan,
            account=self.account,
            in_term=-self.in_term,
            overdue=-self.overdue,
            grace=-self.grace,
            unallocated=-self.unallocated,
        )


def lines_of(entry: Lined) -> tuple[MoneyLine, ...]:
    """Every line of an entry that moves money, in order of their numbers."""
    return tuple(line for line in _numbered(entry) if line.moves)


def is_transfer(posted: Posted) -> bool:
    """Say whether a posting moves savings instead of cash (B9)."""
    return any(line.change < 0 for line in posted.savings)


def _numbered(entry: Lined) -> Iterator[MoneyLine]:
    match entry:
        case Posted():
            yield from _posted(entry)
        case Held():
            yield from _held(entry)
        case ReceiptRekeyed():
            yield from _rekeyed(entry)
        case CreditRefunded():
            yield MoneyLine(1, LineKind.CREDIT_REFUNDED, entry.amount, loan=entry.loan)
            if entry.to_loan is not None:
                yield MoneyLine(2, LineKind.CREDIT_CARRIED, entry.amount, loan=entry.to_loan)
        case DaySettled():
            yield MoneyLine(1, LineKind.CASH_COUNTED, entry.counted)
            yield MoneyLine(2, LineKind.SHORTAGE, max(0, -entry.difference))
            yield MoneyLine(3, LineKind.SURPLUS, max(0, entry.difference))
        case DifferenceResolved() if entry.kind != "held":
            yield MoneyLine(1, LineKind(entry.kind), -entry.amount)


def _posted(posted: Posted) -> Iterator[MoneyLine]:
    for number, interest in enumerate(posted.interest, 1):
        yield _interest(number, interest)
    for number, principal in enumerate(posted.principal, 1 + len(posted.interest)):
        in_term, overdue = principal.in_term, principal.overdue
        kind, amount = LineKind.PRINCIPAL_REPAID, in_term + overdue
        yield MoneyLine(number, kind, amount, loan=principal.loan, in_term=in_term, overdue=overdue)
    for number, savings in enumerate(posted.savings, 1 + len(posted.interest) + len(posted.principal)):
        kind = LineKind.TRANSFER if savings.change < 0 else LineKind.DEPOSIT
        yield MoneyLine(number, kind, abs(savings.change), account=savings.account)


def _held(held: Held) -> Iterator[MoneyLine]:
    for number, interest in enumerate(held.interest, 1):
        yield MoneyLine(number, LineKind.HELD, interest.interest, loan=interest.loan)
    for number, deposit in enumerate(held.savings, 1 + len(held.interest)):
        yield MoneyLine(number, LineKind.HELD, deposit.amount, account=deposit.account)


def _rekeyed(rekeyed: ReceiptRekeyed) -> Iterator[MoneyLine]:
    for number, interest in enumerate(rekeyed.interest, 1):
        yield _interest(number, interest)
    for number, deposit in enumerate(rekeyed.savings, 1 + len(rekeyed.interest)):
        yield MoneyLine(number, LineKind.DEPOSIT, deposit.amount, account=deposit.account)


def _interest(number: int, line: PostedInterest) -> MoneyLine:
    return MoneyLine(
        number,
        LineKind.INTEREST_RECEIVED,
        line.total,
        loan=line.loan,
        in_term=line.in_term,
        overdue=line.overdue,
        grace=line.grace,
        unallocated=line.unallocated,
    )
