"""Cash taken at the door (B5, B7, B18).

``plan_*`` says what would be recorded, so that a person can confirm a sentence; ``record`` signs it and
returns only once it is on the disk. Principal is never taken in cash: no function here does it.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from calc.allocation import rounded_up, split
from calc.dues import LoanDue
from calc.roster import Member
from calc.states import cash_of, states, takes_number
from edge.dues import DuesShown, dues_shown
from edge.errors import BranchError, Fault, InputError
from edge.household import accounts_of
from edge.members import name_of, receipts_of
from edge.phone import Phone
from protocol.day import Day
from protocol.money import Dong
from protocol.phone_facts import Collected, InterestLine, SavingsLine

SAVINGS_LEAST_DONG = 5_000
"""Least deposit that a leader takes [A]. Less is recorded with a warning: the money was handed over."""

Interest = Literal["full", "rounded", "none"] | Dong | Mapping[int, Dong]
"""What is due to the đồng, or in whole notes (B18); nothing; a sum to split (B7); or amounts by loan."""


class Deposit(Struct, frozen=True):
    """Savings to take; ``account`` may be left out where the member has one account only."""

    amount: Dong
    account: int | None = None


class CollectPlan(Struct, frozen=True):
    """What ``record`` will sign. ``warnings`` are codes of what a person should look at first."""

    member: int
    name: str
    entry: Collected
    interest: Dong
    savings: Dong
    excess: Dong
    warnings: tuple[str, ...]

    @property
    def cash(self) -> Dong:
        """What the household hands over."""
        return self.interest + self.savings


def plan_collection(
    phone: Phone, member: Member, interest: Interest, deposits: Sequence[Deposit] = (), *, again: bool = False
) -> CollectPlan:
    """Cash from one member: a line for every open loan, also of 0 (B5), and savings.

    Args:
        phone: the open phone.
        member: who pays.
        interest: how much interest, and on which loans.
        deposits: savings beside it.
        again: the household really pays a second time for this transaction day.

    Raises:
        InputError: no such loan or account, nothing to collect, or collected before.
        BranchError: there is no book yet, or no receipt number is left.
    """
    shown = dues_shown(phone)
    ordinal, name = member.listed.ordinal, name_of(phone, member)
    if not again:
        _refuse_second(phone, ordinal, name, shown.day)
    dues = shown.of(ordinal)
    shares = _shares(phone, dues, name, interest, shown.day)
    savings = tuple(_savings_line(phone, ordinal, name, deposit) for deposit in deposits)
    entry = Collected(
        receipt_no=_next_receipt(phone),
        member=ordinal,
        value_date=phone.today,
        due_to=shown.day,
        lines=tuple(InterestLine(due.loan, shares[due.loan], due.payable) for due in dues),
        savings=savings,
        knows=shown.knows,
    )
    plan = CollectPlan(
        member=ordinal,
        name=name,
        entry=entry,
        interest=sum(shares.values()),
        savings=sum(line.amount for line in savings),
        excess=sum(max(0, shares[due.loan] - due.asked) for due in dues),
        warnings=_warnings(phone, shown, savings),
    )
    if plan.cash == 0:
        raise InputError(Fault.NOTHING_TO_COLLECT)
    return plan


def record_collection(phone: Phone, plan: CollectPlan) -> int:
    """Sign and save the receipt; returns its seq once it is on the disk. Raises as ``Phone.say`` does."""
    return phone.say(plan.entry).seq


def _shares(
    phone: Phone, dues: Sequence[LoanDue], name: str, interest: Interest, day: Day
) -> dict[int, Dong]:
    if isinstance(interest, Mapping):
        unknown = interest.keys() - {due.loan for due in dues}
        if unknown:
            raise InputError(Fault.NO_SUCH_LOAN, member=name, loan=min(unknown))
        return {due.loan: interest.get(due.loan, 0) for due in dues}
    if interest == "none":
        return {due.loan: 0 for due in dues}
    if not dues:
        raise InputError(Fault.NO_LOAN, member=name)
    asked = sum(due.asked for due in dues)
    if interest == "full":
        amount = asked
    elif interest == "rounded":
        amount = rounded_up(asked, phone.group.book.decisions.cash_unit(day))
    else:
        amount = interest
    return split(dues, amount, _takes_excess(dues))


def _takes_excess(dues: Sequence[LoanDue]) -> int:
    """The loan on which money beyond the due is prepaid: the first that bears interest, else the first."""
    return next((due.loan for due in dues if not due.is_dormant), dues[0].loan)


def _savings_line(phone: Phone, member: int, name: str, deposit: Deposit) -> SavingsLine:
    accounts = {account.ordinal for account in accounts_of(phone.group.book, member)}
    chosen = deposit.account
    if chosen is None:
        if len(accounts) > 1:
            raise InputError(Fault.SEVERAL_ACCOUNTS, member=name)
        chosen = next(iter(accounts), 0)
    if chosen not in accounts:
        raise InputError(Fault.NO_SUCH_ACCOUNT, member=name, account=chosen or 1)
    if deposit.amount <= 0:
        raise InputError(Fault.NOTHING_TO_COLLECT)
    return SavingsLine(chosen, deposit.amount)


def _next_receipt(phone: Phone) -> int:
    """The number above every one that is known to be given, or may have been by an older epoch (L13).

    A phone that was restored does not know what it wrote on paper since the copy was made.
    """
    admission, _ = phone.admitted
    first, last = admission.entry.first_receipt, admission.entry.last_receipt
    ranges = ((one.entry.first_receipt, one.entry.last_receipt) for one in phone.earlier_admissions())
    given = [min(until, last) for since, until in ranges if since <= last]
    given += phone.group.book.postings.rekeyed
    for fact in phone.facts().all:
        if isinstance(fact.entry, Collected) and takes_number(phone.group.book, fact):
            given.append(fact.entry.receipt_no)
    number = 1 + max((no for no in given if first <= no <= last), default=first - 1)
    if number > last:
        raise BranchError(Fault.RECEIPTS_USED_UP)
    return number


def _warnings(phone: Phone, shown: DuesShown, savings: Sequence[SavingsLine]) -> tuple[str, ...]:
    found = {
        "book_differs": not shown.agrees,
        "day_is_over": phone.today > shown.day,
        "savings_small": any(line.amount < SAVINGS_LEAST_DONG for line in savings),
    }
    return tuple(code for code, stands in found.items() if stands)


def _refuse_second(phone: Phone, member: int, name: str, day: Day) -> None:
    """A second receipt for one member and day is nearly always a double tap, or the deputy's (B17)."""
    facts = phone.facts()
    before = receipts_of(facts, states(phone.group.book, facts), member, day)
    if before and isinstance(last := before[-1].entry, Collected):
        raise InputError(
            Fault.ALREADY_COLLECTED,
            member=name,
            receipt=last.receipt_no,
            amount=cash_of(before[-1]),
            day=day,
        )
