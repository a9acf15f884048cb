"""What a leader records that takes no cash: a transfer asked for, a visit, an entry taken back (B8, B9)."""

from typing import Literal

from msgspec import Struct

from calc.roster import Member
from calc.states import Phase, states
from edge.dues import dues_shown
from edge.errors import Fault, InputError
from edge.household import accounts_of, balances
from edge.members import name_of
from edge.phone import Phone
from edge.receipt import numbered
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.exchange import DetachedText
from protocol.limits import SALT_BYTES
from protocol.money import Dong
from protocol.phone_facts import TransferRequested, Visited, Voided

Purpose = Literal["interest", "principal"]
OUTCOMES = ("absent", "no_money", "promised", "refused", "other")
REASONS = ("mistyped", "wrong_member", "money_returned", "other")


class TransferOrder(Struct, frozen=True):
    """Savings to a loan; ``account`` may be left out where the member has one account only."""

    loan: int
    purpose: Purpose
    amount: Dong
    account: int | None = None


class VisitOrder(Struct, frozen=True):
    """A visit that took no money; ``promised_on`` and ``promised`` are what the household said."""

    outcome: str
    promised_on: Day | None = None
    promised: Dong | None = None
    note: str | None = None


def request_transfer(phone: Phone, member: Member, order: TransferOrder) -> int:
    """Ask the bank to move savings to a loan; it takes effect when posted (B9). Returns the seq, saved.

    Raises:
        InputError: no such loan or account, no amount, or more than the account or the principal holds.
        BranchError: there is no book yet.
    """
    shown = dues_shown(phone)
    ordinal, name = member.listed.ordinal, name_of(phone, member)
    due = next((due for due in shown.of(ordinal) if due.loan == order.loan), None)
    if due is None:
        raise InputError(Fault.NO_SUCH_LOAN, member=name, loan=order.loan)
    if order.amount <= 0:
        raise InputError(Fault.NOTHING_TO_COLLECT)
    principal = due.principal.in_term + due.principal.overdue + due.principal.frozen
    if order.purpose == "principal" and order.amount > principal:
        raise InputError(Fault.OVER_PRINCIPAL, principal=principal)
    account = _account(phone, ordinal, name, order, shown.day)
    entry = TransferRequested(
        member=ordinal,
        value_date=phone.today,
        due_to=shown.day,
        account=account,
        loan=order.loan,
        purpose=order.purpose,
        amount=order.amount,
        due_shown=due.payable,
        knows=shown.knows,
    )
    return phone.say(entry).seq


def note_visit(phone: Phone, member: Member, order: VisitOrder) -> int:
    """Record a visit with what was promised; returns the seq, saved. Raises InputError for a past promise."""
    ready = phone.group.book.ready
    # Not by the clock alone, which may be years ahead: what the branch's book is for is not past either.
    today = phone.today if ready is None else min(phone.today, ready.day)
    if order.promised_on is not None and order.promised_on < today:
        raise InputError(Fault.PROMISE_IN_PAST, day=order.promised_on)
    note = _detached(phone, order.note)
    entry = Visited(
        member=member.listed.ordinal,
        value_date=phone.today,
        outcome=order.outcome,
        promised_on=order.promised_on,
        promised=order.promised,
        note=None if note is None else note.hash,
    )
    return phone.say(entry, () if note is None else (note,)).seq


def own_receipts(phone: Phone, receipt_no: int) -> tuple[PhoneFact, ...]:
    """This phone's receipts with a number, one of each side of a fork; raises InputError for none."""
    found = numbered(phone, receipt_no)
    if not found:
        raise InputError(Fault.NO_SUCH_RECEIPT, receipt=receipt_no)
    return found


def own_receipt(phone: Phone, receipt_no: int) -> PhoneFact:
    """This phone's receipt with a number, the one that it holds itself first; raises InputError."""
    return own_receipts(phone, receipt_no)[0]


def own_transfer(phone: Phone, seq: int) -> PhoneFact:
    """This phone's transfer request with a seq; raises InputError."""
    for fact in reversed(phone.own_facts()):
        if isinstance(fact.entry, TransferRequested) and fact.ref.seq == seq:
            return fact
    raise InputError(Fault.NO_SUCH_ENTRY, entry=seq)


def void(phone: Phone, target: PhoneFact, reason: str, note: str | None = None) -> int:
    """Take back an own receipt or transfer that the bank has not posted (B8); returns the seq, saved.

    Raises:
        InputError: it was taken back or posted before.
    """
    facts = phone.facts()
    phase = states(phone.group.book, facts)[target.ref].phase
    if phase is Phase.VOIDED:
        raise InputError(Fault.ALREADY_VOIDED)
    if phase is not Phase.PENDING:
        raise InputError(Fault.ALREADY_POSTED)
    text = _detached(phone, note)
    entry = Voided(target=target.ref, reason=reason, note=None if text is None else text.hash)
    return phone.say(entry, () if text is None else (text,)).seq


def _account(phone: Phone, member: int, name: str, order: TransferOrder, day: Day) -> int:
    book = phone.group.book
    accounts = accounts_of(book, member)
    if order.account is None and len(accounts) > 1:
        raise InputError(Fault.SEVERAL_ACCOUNTS, member=name)
    chosen = [one for one in accounts if order.account in (None, one.ordinal)]
    if not chosen:
        raise InputError(Fault.NO_SUCH_ACCOUNT, member=name, account=order.account or 1)
    facts = phone.facts()
    available = sum(balances(book, facts, states(book, facts), chosen[0], day))
    if order.amount > available:
        raise InputError(Fault.OVER_BALANCE, available=max(0, available))
    return chosen[0].ordinal


def _detached(phone: Phone, note: str | None) -> DetachedText | None:
    """The words of a note with a fresh salt; only their hash goes into the entry (L4)."""
    if note is None:
        return None
    return DetachedText(phone.device.host.vault.random(SALT_BYTES), note.encode())
