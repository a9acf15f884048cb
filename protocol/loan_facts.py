"""The life of a loan as the branch knows it: tags 80–111. Field lists are frozen (L2); kinds are B6.

``effective`` is the day from which the fact bears on interest. ``core_ref`` is nil for a fact keyed at the
table, which stays provisional until ``CoreMatched`` (B21). ``decided_by`` is a staff id, or ``core``.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.day import Day
from protocol.ids import Code, Ordinal, Position, Ppm
from protocol.money import AmountDong, PositiveDong, SignedDong


class LoanOpened(Struct, frozen=True, array_like=True, tag=80, forbid_unknown_fields=True):
    """A new loan with its contract rate; principal comes by ``Disbursed``."""

    ordinal: Ordinal
    member: Ordinal
    number: Code
    programme: Code
    opened_on: Day
    ppm: Ppm
    due_on: Day
    grace_end: Day | None
    core_ref: Code | None
    decided_by: Code


class RateFrom(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, order=True):
    """A contract rate and the day from which it holds."""

    effective: Day
    ppm: Ppm


class LoanBroughtForward(Struct, frozen=True, array_like=True, tag=81, forbid_unknown_fields=True):
    """Opens a loan in mid-life with its balances at the start of ``as_of`` (B22).

    ``opened_on`` is the day of its contract: it decides whether a decision for new loans reaches it (B13).
    Arrears and prepaid are whole đồng; the three numerators are in đồng × ppm × days, 0 unless carried.
    """

    ordinal: Ordinal
    member: Ordinal
    number: Code
    programme: Code
    opened_on: Day
    as_of: Day
    in_term: AmountDong
    overdue: AmountDong
    frozen: AmountDong
    frozen_until: Day | None
    rates: Annotated[tuple[RateFrom, ...], Meta(min_length=1, max_length=64)]
    grace_end: Day | None
    due_on: Day
    arrears_in_term: SignedDong
    arrears_overdue: SignedDong
    arrears_grace: SignedDong
    prepaid: AmountDong
    numerator_in_term: AmountDong
    numerator_overdue: AmountDong
    numerator_grace: AmountDong
    core_ref: Code | None
    decided_by: Code


class Disbursed(Struct, frozen=True, array_like=True, tag=82, forbid_unknown_fields=True):
    """Principal paid out."""

    loan: Ordinal
    effective: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class InstalmentScheduled(Struct, frozen=True, array_like=True, tag=83, forbid_unknown_fields=True):
    """A part of the principal falls due on a day; serves reminders, moves no interest (B14)."""

    loan: Ordinal
    due_on: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class PrincipalRepaid(Struct, frozen=True, array_like=True, tag=84, forbid_unknown_fields=True):
    """Principal repaid at the bank, overdue part first."""

    loan: Ordinal
    effective: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class InterestReceived(Struct, frozen=True, array_like=True, tag=85, forbid_unknown_fields=True):
    """Interest paid at the bank's counter."""

    loan: Ordinal
    effective: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class InstalmentOverdue(Struct, frozen=True, array_like=True, tag=86, forbid_unknown_fields=True):
    """That much principal turns overdue; only this fact makes it so (B14)."""

    loan: Ordinal
    effective: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class LoanExtended(Struct, frozen=True, array_like=True, tag=87, forbid_unknown_fields=True):
    """A new due day; ``amount`` is the overdue principal that returns to in term (B14)."""

    loan: Ordinal
    effective: Day
    amount: AmountDong
    due_on: Day
    core_ref: Code | None
    decided_by: Code


class LoanFrozen(Struct, frozen=True, array_like=True, tag=88, forbid_unknown_fields=True):
    """That much principal bears no interest from ``effective`` until ``until``, exclusive."""

    loan: Ordinal
    effective: Day
    until: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class FreezeLifted(Struct, frozen=True, array_like=True, tag=89, forbid_unknown_fields=True):
    """That much frozen principal bears interest again before its freeze ends."""

    loan: Ordinal
    effective: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class LoanRenewed(Struct, frozen=True, array_like=True, tag=90, forbid_unknown_fields=True):
    """Lưu vụ: another cycle at the rate of that day; the interest sum starts anew (B12)."""

    loan: Ordinal
    effective: Day
    ppm: Ppm
    due_on: Day
    core_ref: Code | None
    decided_by: Code


class LoanWrittenOff(Struct, frozen=True, array_like=True, tag=91, forbid_unknown_fields=True):
    """The whole remaining principal is written off; no interest after it."""

    loan: Ordinal
    effective: Day
    amount: AmountDong
    core_ref: Code | None
    decided_by: Code


class RecoveredAfterWriteOff(Struct, frozen=True, array_like=True, tag=92, forbid_unknown_fields=True):
    """Money that came in on a loan already written off."""

    loan: Ordinal
    effective: Day
    principal: AmountDong
    interest: AmountDong
    core_ref: Code | None
    decided_by: Code


class LoanClosed(Struct, frozen=True, array_like=True, tag=93, forbid_unknown_fields=True):
    """The bank closed the loan; a credit on it is a work list entry (B15)."""

    loan: Ordinal
    effective: Day
    core_ref: Code | None
    decided_by: Code


class InterestAdjusted(Struct, frozen=True, array_like=True, tag=94, forbid_unknown_fields=True):
    """A person's correction of one arrears bucket, in whole đồng, after rounding (B1, B22)."""

    loan: Ordinal
    bucket: Literal["in_term", "overdue", "grace"]
    amount: SignedDong
    cause: Code
    decision: Code
    decided_by: Code
    confirmed_by: Code


class CreditRefunded(Struct, frozen=True, array_like=True, tag=95, forbid_unknown_fields=True):
    """Credit paid back in cash, or carried to another loan of the same member (B7, B15)."""

    loan: Ordinal
    effective: Day
    amount: PositiveDong
    to_loan: Ordinal | None
    decided_by: Code
    confirmed_by: Code


class CoreMatched(Struct, frozen=True, array_like=True, tag=96, forbid_unknown_fields=True):
    """The core system confirmed a provisional fact of this branch log (B21)."""

    entry: Position
    core_ref: Code
