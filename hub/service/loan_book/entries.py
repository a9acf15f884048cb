"""What a row of an export says as an entry of the branch log: one function per kind of row.

Ordinals, decision numbers and salted hashes are given; nothing here knows the log. Facts of the core system
are decided by ``core``.
"""

from msgspec import Struct

from hub.service.reading.rows import (
    GroupRow,
    LoanEventRow,
    LoanRow,
    MemberMoveRow,
    MemberRow,
    PolicyRow,
    RateDecisionRow,
    SavingsEventRow,
    SavingsRow,
)
from protocol.day import to_date
from protocol.loan_facts import (
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RateFrom,
    RecoveredAfterWriteOff,
)
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    MemberMoved,
    PolicyAdopted,
    RateDecided,
    SavingsAccountListed,
    SavingsMoved,
)

CORE = "core"

Opening = LoanOpened | LoanBroughtForward
Decision = PolicyAdopted | RateDecided
LoanFact = (
    Disbursed
    | InstalmentScheduled
    | PrincipalRepaid
    | InterestReceived
    | InstalmentOverdue
    | LoanExtended
    | LoanFrozen
    | FreezeLifted
    | LoanRenewed
    | LoanWrittenOff
    | RecoveredAfterWriteOff
    | LoanClosed
)
CoreFact = LoanFact | SavingsMoved | MemberMoved

_PLAIN: dict[
    str,
    type[Disbursed]
    | type[PrincipalRepaid]
    | type[InterestReceived]
    | type[InstalmentOverdue]
    | type[FreezeLifted]
    | type[LoanWrittenOff],
] = {
    "disbursed": Disbursed,
    "principal_repaid": PrincipalRepaid,
    "interest_received": InterestReceived,
    "instalment_overdue": InstalmentOverdue,
    "freeze_lifted": FreezeLifted,
    "loan_written_off": LoanWrittenOff,
}


class MemberHashes(Struct, frozen=True):
    """Salted hashes that stand for a member's texts (L4)."""

    name: bytes
    identity: bytes | None
    phone: bytes | None
    address: bytes | None


def group_listed(row: GroupRow, day_of_month: int, name: bytes) -> GroupListed:
    """The group from ``valid_from`` on; a later row with a later day takes its place."""
    return GroupListed(
        group=row.code,
        effective=row.valid_from,
        area=row.area,
        point=row.point,
        day_of_month=day_of_month,
        organisation=row.organisation,
        name=name,
        core_ref=f"{row.code}@{to_date(row.valid_from)}",
    )


def member_listed(row: MemberRow, ordinal: int, hashes: MemberHashes) -> MemberListed:
    """A member; the customer number is the bank's reference."""
    return MemberListed(
        ordinal=ordinal,
        number=row.customer,
        name=hashes.name,
        identity=hashes.identity,
        phone=hashes.phone,
        address=hashes.address,
        core_ref=row.customer,
    )


def member_moved(row: MemberMoveRow, member: int) -> MemberMoved:
    """A member who leaves the group."""
    return MemberMoved(member, row.effective_on, row.to_group, row.reason, row.core_ref)


def account_listed(row: SavingsRow, ordinal: int, member: int) -> SavingsAccountListed:
    """A savings account; its number is the bank's reference."""
    return SavingsAccountListed(ordinal, member, row.account, row.as_of, row.balance, row.account)


def loan_opening(row: LoanRow, ordinal: int, member: int) -> Opening:
    """A loan from its first day, or brought forward with its balances (B22)."""
    if row.as_of is None:
        return LoanOpened(
            ordinal=ordinal,
            member=member,
            number=row.loan,
            programme=row.programme,
            opened_on=row.opened_on,
            ppm=row.ppm,
            due_on=row.due_on,
            grace_end=row.grace_end,
            core_ref=row.loan,
            decided_by=CORE,
        )
    return LoanBroughtForward(
        ordinal=ordinal,
        member=member,
        number=row.loan,
        programme=row.programme,
        opened_on=row.opened_on,
        as_of=row.as_of,
        in_term=row.in_term or 0,
        overdue=row.overdue or 0,
        frozen=row.frozen or 0,
        frozen_until=row.frozen_until,
        rates=(RateFrom(row.opened_on, row.ppm),),
        grace_end=row.grace_end,
        due_on=row.due_on,
        arrears_in_term=row.arrears_in_term or 0,
        arrears_overdue=row.arrears_overdue or 0,
        arrears_grace=row.arrears_grace or 0,
        prepaid=row.prepaid or 0,
        numerator_in_term=row.numerator_in_term or 0,
        numerator_overdue=row.numerator_overdue or 0,
        numerator_grace=row.numerator_grace or 0,
        core_ref=row.loan,
        decided_by=CORE,
    )


def loan_fact(row: LoanEventRow, loan: int) -> LoanFact:
    """One event; ``book_terms`` has seen to it that the cells of its kind are there."""
    on, ref, amount = row.effective_on, row.core_ref, row.amount or 0
    if row.kind in _PLAIN:
        return _PLAIN[row.kind](loan, on, amount, ref, CORE)
    if row.kind == "instalment_scheduled":
        return InstalmentScheduled(loan, on, amount, ref, CORE)
    if row.kind == "recovered_after_write_off":
        return RecoveredAfterWriteOff(loan, on, amount, row.interest or 0, ref, CORE)
    if row.kind == "loan_closed":
        return LoanClosed(loan, on, ref, CORE)
    return _dated_fact(row, loan)


def _dated_fact(row: LoanEventRow, loan: int) -> LoanFact:
    """The events that name a second day."""
    on, ref, amount = row.effective_on, row.core_ref, row.amount or 0
    if row.kind == "loan_frozen":
        assert row.until is not None
        return LoanFrozen(loan, on, row.until, amount, ref, CORE)
    assert row.due_on is not None
    if row.kind == "loan_extended":
        return LoanExtended(loan, on, amount, row.due_on, ref, CORE)
    assert row.kind == "loan_renewed"
    return LoanRenewed(loan, on, row.ppm or 0, row.due_on, ref, CORE)


def savings_moved(row: SavingsEventRow, account: int) -> SavingsMoved:
    """A movement that the core made on an account."""
    return SavingsMoved(account, row.kind, row.effective_on, row.amount, row.core_ref, CORE)


def policy_adopted(row: PolicyRow, number: int) -> PolicyAdopted:
    """A policy under its branch-wide number (L12)."""
    return PolicyAdopted(
        number=number,
        policy=row.policy,
        effective=row.effective_from,
        choice=row.choice,
        amount=row.amount,
        reference=row.reference,
        signed_on=row.signed_on,
        decided_by=CORE,
        confirmed_by=None,
    )


def rate_decided(row: RateDecisionRow, number: int) -> RateDecided:
    """One programme's part of a rate decision under its branch-wide number (L12)."""
    return RateDecided(
        number=number,
        programme=row.programme,
        kind=row.kind,
        ppm=row.ppm,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        reach=row.reach,
        overdue_reach=row.overdue_reach,
        above=row.above_ppm,
        reference=row.reference,
        signed_on=row.signed_on,
        decided_by=CORE,
        confirmed_by=None,
    )
