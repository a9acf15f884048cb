"""Whom to see next: what falls due, freezes that end, long arrears, idle members, promises not kept.

Lists and reminders only: nothing here moves an amount, and every threshold is one of `calc.terms`.
"""

from itertools import pairwise

from msgspec import Struct

from calc.arrears import Rank, layers_of
from calc.book import Book
from calc.commune_days import months_before, moved
from calc.days import View
from calc.dues import LoanDue, due_in, open_loans
from calc.instalments import schedule
from calc.loan import Loan
from calc.measures import is_idle, last_transactions
from calc.principal import Freeze, replayed
from calc.states import Facts, Phase, states
from calc.terms import WatchTerms
from protocol.day import DAY_MIN, Day, to_date
from protocol.ids import Ordinal
from protocol.loan_facts import InterestReceived
from protocol.money import Dong
from protocol.phone_facts import Collected, Visited

_PAID = (Phase.PENDING, Phase.POSTED, Phase.HELD)


class DueSoon(Struct, frozen=True):
    """Principal of a loan that falls due: on the day of the contract, and as the transaction point keeps it.

    ``within`` is the least of the thresholds, in days, that ``remind_on`` lies within.
    """

    loan: Ordinal
    due_on: Day
    remind_on: Day
    is_final: bool
    amount: Dong
    within: int


class FreezeEnding(Struct, frozen=True):
    """Frozen principal of a loan that bears interest again from ``until`` on."""

    loan: Ordinal
    until: Day
    amount: Dong


class LongArrears(Struct, frozen=True):
    """In-term interest of a loan, in đồng: ``unpaid`` in all, and ``long`` of it over the threshold.

    ``months`` is how many transaction days ago the oldest of it fell due.
    """

    loan: Ordinal
    months: int
    long: Dong
    unpaid: Dong


class Idle(Struct, frozen=True):
    """A member who moved no money of his own since a day."""

    member: Ordinal
    last: Day
    days: int


class Growing(Struct, frozen=True):
    """A member whose unpaid interest grew: what was left after each of the last transaction days."""

    member: Ordinal
    left: tuple[tuple[Day, Dong], ...]


class BrokenPromise(Struct, frozen=True):
    """A member who promised to pay by a day that has passed, and has paid nothing since the visit."""

    member: Ordinal
    visited_on: Day
    promised_on: Day
    promised: Dong | None


def due_soon(book: Book, day: Day, view: View, terms: WatchTerms) -> tuple[DueSoon, ...]:
    """Principal that falls due within the days to come, by the day of the transaction point (B14).

    What is past its day is not soon: an instalment was carried to the next, a final day is the branch's.
    """
    found = []
    for loan in open_loans(book, day, view):
        for fall in schedule(book, loan, day, at=view.at):
            ahead = fall.remind_on - day
            within = min((days for days in terms.due_soon_days if ahead <= days), default=None)
            if fall.open and fall.due_on >= day and within is not None:
                found.append(
                    DueSoon(loan.ordinal, fall.due_on, fall.remind_on, fall.is_final, fall.open, within)
                )
    return tuple(sorted(found, key=lambda one: (one.remind_on, one.loan, one.due_on)))


def freezes_ending(book: Book, day: Day, view: View, terms: WatchTerms) -> tuple[FreezeEnding, ...]:
    """Freezes that are live on a day and end within the months to come, by the day of their end."""
    horizon = months_before(day, -terms.freeze_months, to_date(day).day)
    found = [
        FreezeEnding(loan.ordinal, freeze.until, freeze.amount)
        for loan in open_loans(book, day, view)
        for freeze in _freezes(loan, day, view)
        if freeze.until <= horizon
    ]
    return tuple(sorted(found, key=lambda one: (one.until, one.loan)))


def long_arrears(book: Book, day: Day, view: View, terms: WatchTerms) -> tuple[LongArrears, ...]:
    """Loans with in-term interest that fell due so many transaction days ago; the longest first.

    The last transaction day up to ``day`` counts as none ago, whatever was paid since counts as paid.
    """
    listed = book.group_on(day, view.at)
    on = day if listed is None else moved(day + 1, listed.day_of_month)
    dues = (due_in(book, loan, on, view) for loan in open_loans(book, on, view))
    found = (_long(due, book.loans[due.loan], terms.arrears_months) for due in dues)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (-one.months, one.loan)))


def idle_members(book: Book, day: Day, view: View, terms: WatchTerms) -> tuple[Idle, ...]:
    """Members with an open loan or savings who moved no money of their own for so many months."""
    here = {loan.member for loan in open_loans(book, day, view)}
    here |= {account.member for account in book.accounts.values() if account.balance(view, day) > 0}
    last = last_transactions(book, day, view)
    found = (Idle(member, last[member], day - last[member]) for member in sorted(here) if member in last)
    return tuple(one for one in found if is_idle(one.days, terms.idle_months))


def growing_arrears(book: Book, day: Day, view: View, terms: WatchTerms) -> tuple[Growing, ...]:
    """Members who owed more after each of the last settled transaction days than after the one before."""
    settled = sorted(
        (one.day, one.settled_at)
        for one in book.days.values()
        if one.settled_at is not None and one.settled_at <= view.at and one.day <= day
    )[-terms.growing_days - 1 :]
    if len(settled) <= terms.growing_days:
        return ()
    left = [(on, _left(book, on, book.view(at))) for on, at in settled]
    found = []
    for member in sorted(book.members):
        line = tuple((on, owed.get(member, 0)) for on, owed in left)
        if all(later > earlier for (_, earlier), (_, later) in pairwise(line)):
            found.append(Growing(member, line))
    return tuple(found)


def broken_promises(book: Book, facts: Facts, day: Day) -> tuple[BrokenPromise, ...]:
    """Members whose last visit gave a day that has passed, and who have paid nothing since that visit."""
    known = states(book, facts)
    visits: dict[Ordinal, Visited] = {}
    paid = _counter_payments(book)
    for fact in facts.all:
        entry, phase = fact.entry, known[fact.ref].phase
        if isinstance(entry, Visited) and phase is Phase.NOTED and entry.value_date <= day:
            newest = visits.get(entry.member, entry)
            visits[entry.member] = max(newest, entry, key=lambda visit: visit.value_date)
        elif isinstance(entry, Collected) and phase in _PAID:
            paid[entry.member] = max(entry.value_date, paid.get(entry.member, DAY_MIN))
    return tuple(
        BrokenPromise(member, visit.value_date, visit.promised_on, visit.promised)
        for member, visit in sorted(visits.items())
        if visit.promised_on is not None
        and visit.promised_on < day
        and paid.get(member, DAY_MIN) < visit.value_date
    )


def _freezes(loan: Loan, day: Day, view: View) -> list[Freeze]:
    """Live freezes of a loan; none of one that is written off."""
    principal = replayed(loan.events(view), day)
    return [] if principal.written_off else principal.live_freezes(day)


def _long(due: LoanDue, loan: Loan, months: int) -> LongArrears | None:
    """Arrears of a loan when some of them are that old; what came with it is as old as its history."""
    aged = [
        (_age(loan.start - 1 if layer.since == DAY_MIN else layer.since, due), layer.amount)
        for layer in layers_of(due)
        if layer.rank is Rank.IN_TERM
    ]
    long = sum(amount for age, amount in aged if age >= months)
    if not long:
        return None
    return LongArrears(due.loan, max(age for age, _ in aged), long, sum(amount for _, amount in aged))


def _age(since: Day, due: LoanDue) -> int:
    """How many transaction days ago interest fell due that accrued from a day on."""
    age = 0
    while months_before(due.day, age + 1, due.day_of_month) > since:
        age += 1
    return age


def _left(book: Book, day: Day, view: View) -> dict[Ordinal, Dong]:
    """Interest that members were still asked for after a transaction day."""
    left: dict[Ordinal, Dong] = {}
    for loan in open_loans(book, day, view):
        left[loan.member] = left.get(loan.member, 0) + due_in(book, loan, day, view).asked
    return left


def _counter_payments(book: Book) -> dict[Ordinal, Day]:
    """The last day on which interest of each member was received at the counter."""
    found: dict[Ordinal, Day] = {}
    for loan in book.loans.values():
        for effect in loan.standing(book.view()):
            if isinstance(effect.fact, InterestReceived):
                on = effect.fact.effective
                found[loan.member] = max(on, found.get(loan.member, on))
    return found
