"""One household at the door: every loan with its working, every account, the last promise (screen 3)."""

from datetime import date

from msgspec import Struct

from calc.book import Book
from calc.dues import LoanDue
from calc.loan import Loan
from calc.roster import Member
from calc.savings import Account
from calc.states import Facts, Phase, states
from edge.dues import dues_shown
from edge.members import Known, collected_from, last_visit, name_of
from edge.phone import Phone
from protocol.day import Day, to_date
from protocol.money import Dong
from protocol.phone_facts import Collected, TransferRequested


class WorkingLine(Struct, frozen=True):
    """Why a due is what it is: days of one balance at one rate. The day ``end`` does not count."""

    start: date
    end: date
    days: int
    balance_dong: Dong
    ppm: int
    bucket: str


class LoanShown(Struct, frozen=True):
    """One open loan. ``payable_dong`` is signed: negative is prepaid; households are asked ``asked_dong``.

    The three ``unpaid`` are open interest in term, overdue and in grace; ``pending_dong`` is interest that
    was taken on the phones and is not posted. ``carried + accrued + adjusted - settled - pending`` is
    ``payable``; ``carried`` was brought forward, ``accrued_dong`` is the interest of the ``working`` lines.
    """

    loan: int
    number: str
    programme: str
    due_on: date
    principal_in_term_dong: Dong
    principal_overdue_dong: Dong
    principal_frozen_dong: Dong
    asked_dong: Dong
    payable_dong: Dong
    unpaid_in_term_dong: Dong
    unpaid_overdue_dong: Dong
    unpaid_grace_dong: Dong
    pending_dong: Dong
    carried_dong: Dong
    accrued_dong: Dong
    adjusted_dong: Dong
    settled_dong: Dong
    fault: str | None
    working: tuple[WorkingLine, ...]


class AccountShown(Struct, frozen=True):
    """One savings account: balance at the bank, and what waits on the phones (deposits less transfers)."""

    account: int
    number: str
    balance_dong: Dong
    pending_dong: Dong


class Promise(Struct, frozen=True):
    """What the household said at the last visit."""

    visited_on: date
    outcome: str
    promised_on: date | None
    promised_dong: Dong | None
    note: str | None


class Household(Struct, frozen=True):
    """One member with everything that a leader needs at the door."""

    member: int
    number: str
    name: str
    day: date
    agrees: bool
    asked_dong: Dong
    collected_dong: Dong
    loans: tuple[LoanShown, ...]
    accounts: tuple[AccountShown, ...]
    promise: Promise | None


def household(phone: Phone, member: Member) -> Household:
    """One household as of now."""
    shown = dues_shown(phone)
    book = phone.group.book
    facts = phone.facts()
    known = states(book, facts)
    ordinal = member.listed.ordinal
    dues = shown.of(ordinal)
    return Household(
        member=ordinal,
        number=member.listed.number,
        name=name_of(phone, member),
        day=to_date(shown.day),
        agrees=shown.agrees,
        asked_dong=sum(due.asked for due in dues),
        collected_dong=collected_from(facts, known, ordinal, shown.day),
        loans=tuple(_loan(book.loans[due.loan], due) for due in dues),
        accounts=tuple(
            AccountShown(account.ordinal, account.number, *balances(book, facts, known, account, shown.day))
            for account in accounts_of(book, ordinal)
        ),
        promise=_promise(phone, facts, ordinal),
    )


def accounts_of(book: Book, member: int) -> list[Account]:
    """Savings accounts of one member, in order."""
    return [account for _, account in sorted(book.accounts.items()) if account.member == member]


def balances(book: Book, facts: Facts, known: Known, account: Account, day: Day) -> tuple[Dong, Dong]:
    """Balance at the bank on the transaction day, and what pending deposits and transfers will change."""
    pending = 0
    for fact in facts.all:
        if known[fact.ref].phase is Phase.PENDING:
            match fact.entry:
                case Collected(savings=savings):
                    pending += sum(line.amount for line in savings if line.account == account.ordinal)
                case TransferRequested() if fact.entry.account == account.ordinal:
                    pending -= fact.entry.amount
    return account.balance(book.view(), day), pending


def _promise(phone: Phone, facts: Facts, member: int) -> Promise | None:
    visit = last_visit(facts, member)
    if visit is None:
        return None
    return Promise(
        visited_on=to_date(visit.value_date),
        outcome=visit.outcome,
        promised_on=None if visit.promised_on is None else to_date(visit.promised_on),
        promised_dong=visit.promised,
        note=phone.group.text(visit.note),
    )


def _loan(loan: Loan, due: LoanDue) -> LoanShown:
    parts = due.parts
    return LoanShown(
        loan=loan.ordinal,
        number=loan.number,
        programme=loan.programme,
        due_on=to_date(loan.due_on),
        principal_in_term_dong=due.principal.in_term,
        principal_overdue_dong=due.principal.overdue,
        principal_frozen_dong=due.principal.frozen,
        asked_dong=due.asked,
        payable_dong=due.payable,
        unpaid_in_term_dong=due.open.in_term,
        unpaid_overdue_dong=due.open.overdue,
        unpaid_grace_dong=due.open.grace,
        pending_dong=due.pending,
        carried_dong=parts.carried,
        accrued_dong=parts.accrued,
        adjusted_dong=parts.adjusted,
        settled_dong=parts.settled,
        fault=due.fault,
        working=tuple(
            WorkingLine(
                to_date(segment.start),
                to_date(segment.end),
                segment.days,
                segment.balance,
                segment.ppm,
                segment.bucket.name.lower(),
            )
            for segment in due.segments
        ),
    )
