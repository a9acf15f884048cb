"""What a close books: each loan's due recomputed at this place, less what stands from the close before (B20).

Recomputed is what a loan owes to a transaction day, or to the end of a period's last day, as the log knows it
at the close; of several closes the latest of these days counts. What was received beyond that is prepaid, the
rest of it is income. What it owes is a memo: interest is income when it is received. So income and interest
due together are always the one rounding of the cumulative, on whatever days the closes fall.

A loan whose member took it to another group takes its prepaid interest along; what is still received on it
here is prepaid (B22).
"""

from collections.abc import Iterator

from calc.book import Book
from calc.chart import Balances, Control, Line
from calc.dues import due_in
from calc.loan import Loan
from protocol.day import DAY_MIN, Day
from protocol.ids import Ordinal, Position
from protocol.money import Dong


class CloseLines:
    """Lines of every close in turn; remembers the latest day recomputed to, and which loans are gone."""

    def __init__(self, book: Book) -> None:
        """Start with nothing closed."""
        self.book = book
        self._through: Day = DAY_MIN
        self._gone: set[Ordinal] = set()

    def differences(self, position: Position, to: Day, balances: Balances) -> Iterator[tuple[Line, ...]]:
        """One entry for each loan that the log knows at a close, with its due to a day and what stands."""
        self._through = max(self._through, to)
        for ordinal, loan in sorted(self.book.loans.items()):
            if loan.position <= position:
                payable = self._payable(loan, self._through, position)
                prepaid = min(0, payable) - balances.get((Control.PREPAID_INTEREST, ordinal), 0)
                due = max(0, payable) - balances.get((Control.INTEREST_DUE, ordinal), 0)
                passed_on = self._passed_on(loan, position)
                yield (
                    Line(Control.PREPAID_INTEREST, ordinal, prepaid),
                    Line(Control.INTEREST_INCOME, ordinal, passed_on - prepaid),
                    Line(Control.CORE_CLEARING, None, -passed_on),
                    Line(Control.INTEREST_DUE, ordinal, due),
                    Line(Control.INTEREST_DUE_CONTRA, None, -due),
                )

    def _passed_on(self, loan: Loan, position: Position) -> Dong:
        """Prepaid interest that a loan took along since the close before this one."""
        left = loan.left_at(self.book.view(position), self._through)
        if left is None or loan.ordinal in self._gone:
            return 0
        self._gone.add(loan.ordinal)
        closed_on = loan.closed_on(self.book.view(left))
        assert closed_on is not None, "a loan leaves by its closing"
        return max(0, -self._payable(loan, closed_on, Position(left.epoch, left.seq - 1)))

    def _payable(self, loan: Loan, day: Day, at: Position) -> Dong:
        return due_in(self.book, loan, day, self.book.view(at)).payable
