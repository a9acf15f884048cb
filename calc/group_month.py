"""A calendar month of one group, gathered from its book: what the score and the monthly reports read."""

from calc.book import Book
from calc.days import View
from calc.instalments import schedule
from calc.loan import Loan
from calc.measures import Collection, collection, standing
from calc.passbook import flow
from calc.ratio import Ratio
from calc.score import MonthFacts
from calc.statement import statement
from protocol.day import Day, to_date, to_day


def month_of(day: Day) -> tuple[Day, Day]:
    """First and last day of the calendar month of a day.

    >>> [to_date(end).isoformat() for end in month_of(to_day(to_date(20_504).replace(2024, 2, 9)))]
    ['2024-02-01', '2024-02-29']
    """
    first = to_date(day).replace(day=1)
    year, month = divmod(first.year * 12 + first.month, 12)
    return to_day(first), to_day(first.replace(year=year, month=month + 1)) - 1


def month_facts(book: Book, day: Day) -> MonthFacts:
    """A group's month up to a day, as its book knows it; only settled transaction days count."""
    view, first = book.view(), month_of(day)[0]
    settled = [
        one.day for one in book.days.values() if one.settled_at is not None and first <= one.day <= day
    ]
    posted = {
        posting.entry.day
        for posting in book.postings.posted.values()
        if book.postings.stands(posting.position, posting.entry.day, view)
    }
    flows = [
        (account.member, flow(book, account, first, day, view))
        for account in book.accounts.values()
        if account.is_listed(view, day)
    ]
    due = sum((_fell_due(book, loan, first, day, view) for loan in book.loans.values()), Ratio())
    return MonthFacts(
        days_settled=len(settled),
        days_attended=len(posted.intersection(settled)),
        fell_due=due.whole,
        repaid=due.part,
        collection=sum((collection(statement(book, one).totals) for one in settled), Collection()),
        depositors=len({member for member, one in flows if one.deposited}),
        savings_before=sum(one.opening for _, one in flows),
        end=standing(book, day, view),
    )


def _fell_due(book: Book, loan: Loan, first: Day, last: Day, view: View) -> Ratio:
    """Of the principal of a loan that fell due in these days, what was repaid; all of it if it was closed."""
    on, closed_on = last, loan.closed_on(view)
    is_closed = closed_on is not None and closed_on <= last
    if closed_on is not None and is_closed:
        if closed_on < first or loan.left_at(view, last) is not None:
            return Ratio()
        on = closed_on - 1
    falls = [fall for fall in schedule(book, loan, on, at=view.at) if first <= fall.due_on <= last]
    if not falls:
        return Ratio()
    due = falls[0].carried_in + sum(fall.amount for fall in falls)
    return Ratio(due if is_closed else sum(fall.paid for fall in falls), due)
