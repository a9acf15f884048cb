"""How far a group's book reaches: what a figure for a day cannot know, and what it counts all the same."""

from calc.book import Book
from calc.days import View
from calc.dues import open_loans
from calc.loan import Loan
from calc.words import day as written
from hub.service.group.names import Names
from protocol.day import Day
from protocol.ids import Ordinal

_PAID_AHEAD = "Đã trả gồm cả tiền trả sau ngày {day} mà sổ đã biết."
_KNOWN_SINCE = "Sổ có khoản vay {number} từ ngày {start}; lãi của những ngày trước đó không tính được ở đây."


def reach_notes(
    book: Book, names: Names, day: Day, view: View, member: Ordinal | None = None
) -> tuple[str, ...]:
    """Say which loans the book has only since a later day (B22), and that later money is counted (B1).

    The loans are those of one member, or of the whole group.
    """
    told = [
        _KNOWN_SINCE.format(number=names.loan(ordinal)[0], start=written(loan.start))
        for ordinal, loan in sorted(book.loans.items())
        if member in (None, loan.member) and loan.start > day and _is_brought_forward(loan, view)
    ]
    found = [loan for loan in open_loans(book, day, view) if member in (None, loan.member)]
    if any(_is_paid_after(loan, day, view) for loan in found):
        told.append(_PAID_AHEAD.format(day=written(day)))
    return tuple(told)


def _is_brought_forward(loan: Loan, view: View) -> bool:
    standing = loan.standing(view)
    return bool(standing) and standing[0].code == "loan_brought_forward"


def _is_paid_after(loan: Loan, day: Day, view: View) -> bool:
    return any(
        effect.received and effect.paid_on is not None and effect.paid_on > day
        for effect in loan.standing(view)
    )
