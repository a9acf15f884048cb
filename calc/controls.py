"""Whether the control accounts of a group's journal are the sum of their details (B19, B20).

The journal adds up entry by entry; the books know every detail by another way: states of phone entries, dues,
balances, open differences. The two must agree to the đồng:

1. cash in transit with each writer's cash; suspense with what is held; cash with counts, payments and refunds
2. shortage and surplus with the open difference of each transaction day
3. savings with each balance, principal with each loan, to the last value date that is told
4. income and prepaid interest of each loan with all that was received on it (B1)
5. prepaid and due interest of each loan with its due as recomputed at the last close, and what was booked
   since: so at a close income and interest due together are one rounding of the cumulative
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from calc.book import Book
from calc.cash import in_transit
from calc.chart import CHART, RESOLUTIONS, Balances, Control, Side
from calc.dues import due_in
from calc.journal import JournalEntry, trial_balance
from calc.periods import Close, closes
from calc.problems import Oddity
from calc.states import SAME_RECEIPT, Facts
from protocol.day import DAY_MAX
from protocol.ids import Ordinal
from protocol.loan_facts import CreditRefunded
from protocol.money import Dong


class Check(Struct, frozen=True):
    """One detail: its balance in the journal, and in the books; đồng, positive on the account's side."""

    account: Control
    detail: int | None
    journal: Dong
    books: Dong

    @property
    def holds(self) -> bool:
        """Say whether the two agree."""
        return self.journal == self.books


def checks(book: Book, facts: Facts, entries: Sequence[JournalEntry]) -> tuple[Check, ...]:
    """Every detail that the books know of a control account, beside its balance in the group's whole journal.

    Core clearing has no details here: they are the core system's.
    """
    balances = trial_balance(entries)
    found = [
        *_compared(balances, _cash(book, facts)),
        *_compared(balances, _balances(book)),
        *_compared(balances, _received(book, balances)),
    ]
    last = max(closes(book), default=None)
    if last is not None:
        later = trial_balance(entry for entry in entries if entry.position > last.position)
        found += _compared(balances, _recomputed(book, last, later))
    return tuple(sorted(found, key=lambda check: (list(Control).index(check.account), check.detail or 0)))


Details = dict[int | None, Dong]
Books = Mapping[Control, Details]


def _compared(balances: Balances, books: Books) -> Iterator[Check]:
    """Both sides of every detail that either of them knows."""
    for account, details in books.items():
        sign = 1 if CHART[account].side is Side.DEBIT else -1
        moved = {detail for control, detail in balances if control is account}
        for detail in moved | details.keys():
            journal = sign * balances.get((account, detail), 0)
            yield Check(account, detail, journal, details.get(detail, 0))


def _cash(book: Book, facts: Facts) -> Books:
    settled = [day for day in book.days.values() if day.settled is not None]
    held: Details = defaultdict(int)
    for writer, amount in (*_held(book), *_dropped(book)):
        held[writer] += amount
    return {
        Control.CASH_IN_TRANSIT: dict(in_transit(book, facts).items()),
        Control.CASH: {None: sum(_counted(book))},
        Control.SUSPENSE: held,
        Control.SHORTAGE: {day.day: max(0, -day.difference_open) for day in settled},
        Control.SURPLUS: {day.day: max(0, day.difference_open) for day in settled},
    }


def _counted(book: Book) -> Iterator[Dong]:
    """What tellers counted, differences paid in or back, and credits refunded in cash."""
    yield from (day.settled.counted for day in book.days.values() if day.settled is not None)
    for resolved in book.postings.resolved.values():
        if resolved.kind != "held" and RESOLUTIONS.get(resolved.resolution) is Control.CASH:
            yield resolved.amount if resolved.kind == "shortage" else -resolved.amount
    facts = (effect.fact for loan in book.loans.values() for effect in loan.effects)
    yield from (-fact.amount for fact in facts if isinstance(fact, CreditRefunded) and fact.to_loan is None)


def _held(book: Book) -> Iterator[tuple[Ordinal, Dong]]:
    """Cash of entries that are held, or released and not posted yet."""
    view, postings = book.view(), book.postings
    for ref, holding in postings.held.items():
        posted = postings.posted.get(ref)
        is_posted = posted is not None and view.counts(posted.position, posted.entry.day)
        is_held = postings.stands(holding.position, holding.entry.day, view)
        if is_held and not is_posted and holding.entry.cause != SAME_RECEIPT:
            yield ref.writer, sum(line.interest for line in holding.entry.interest)
            yield ref.writer, sum(line.amount for line in holding.entry.savings)


def _dropped(book: Book) -> Iterator[tuple[Ordinal, Dong]]:
    """Principal that a transfer was to repay and that its settlement found repaid already."""
    view = book.view()
    dropped = {
        (problem.position, problem.loan)
        for problem in book.problems
        if problem.oddity is Oddity.CONTRADICTS_HISTORY
    }
    for ref, posting in book.postings.posted.items():
        if book.postings.stands(posting.position, posting.entry.day, view):
            for line in posting.entry.principal:
                if (posting.position, line.loan) in dropped:
                    yield ref.writer, line.in_term + line.overdue


def _balances(book: Book) -> Books:
    """Savings, principal and what came in after a write-off, with every value date that is told."""
    view = book.view()
    lent: Details = {}
    recovered: Details = {}
    for ordinal, loan in book.loans.items():
        principal, after = due_in(book, loan, DAY_MAX, view).principal, loan.recovered(view)
        lent[ordinal] = (
            0 if principal.written_off else principal.in_term + principal.overdue + principal.frozen
        )
        recovered[ordinal] = after.principal + after.interest
    return {
        Control.SAVINGS: {key: account.balance(view, DAY_MAX) for key, account in book.accounts.items()},
        Control.PRINCIPAL: lent,
        Control.RECOVERED: recovered,
    }


def _received(book: Book, balances: Balances) -> Books:
    """Income of each loan: all that was received on it, less what is prepaid.

    What was brought forward as received and met arrears that came along was income elsewhere. A loan that
    left the group took its prepaid interest along; its income is what the journal says.
    """
    view = book.view()
    income: Details = {}
    for ordinal, loan in book.loans.items():
        opened = due_in(book, loan, loan.start, book.view(loan.position))
        received = sum(effect.received for effect in loan.standing(view))
        received -= opened.settled - opened.prepaid
        income[ordinal] = received + balances.get((Control.PREPAID_INTEREST, ordinal), 0)
        if loan.left_at(view, DAY_MAX) is not None:
            income[ordinal] = -balances.get((Control.INTEREST_INCOME, ordinal), 0)
    return {Control.INTEREST_INCOME: income}


def _recomputed(book: Book, close: Close, later: Balances) -> Books:
    """Prepaid and due interest of each loan as recomputed at a close, with what was booked since."""
    view = book.view(close.position)
    loans = {key: loan for key, loan in book.loans.items() if loan.position <= close.position}
    payable = {key: due_in(book, loan, close.through, view).payable for key, loan in loans.items()}
    prepaid: Details = {key: max(0, -amount) for key, amount in payable.items()}
    for (account, detail), amount in later.items():
        if account is Control.PREPAID_INTEREST:
            prepaid[detail] = prepaid.get(detail, 0) - amount
    return {
        Control.PREPAID_INTEREST: prepaid,
        Control.INTEREST_DUE: {key: max(0, amount) for key, amount in payable.items()},
        Control.INTEREST_DUE_CONTRA: {None: sum(max(0, amount) for amount in payable.values())},
    }
