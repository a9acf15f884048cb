"""The rows of an export that are refused, and what is refused with them.

Rows about one loan or one account stand or fall together: a history with a hole is not sealed. So do the rows
about somebody who moves from group to group. A new loan, and a new event of one, also needs every decision
about its programme and every policy: a due would be wrong without. Everything else goes on.
"""

from collections.abc import Iterable

from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, BookRows, Row
from hub.service.reading.tables import TABLES

_SUBJECTS = {table.name: table.subject for table in TABLES}
_DECISIONS = ("policies", "rate_decisions")


class Refusals:
    """What is refused so far; it only grows."""

    def __init__(self, book: BookRows, bad: Iterable[BadRow]) -> None:
        """Start with what could not be read, and with rows that cannot be meant."""
        self._bad: set[BadRow] = set()
        self._places = {(row.table, row.line) for row in book.lost if row.line}
        self._barred: set[tuple[str, str]] = set()
        self._lines: dict[str, dict[int, Row]] = {}
        self._book = book
        for lost in book.lost:
            self._bar(lost.table, lost.subject)
        for row in bad:
            self.add(row)

    @property
    def rows(self) -> tuple[BadRow, ...]:
        """Everything that is wrong, by table and line."""
        return tuple(sorted(self._bad))

    @property
    def count(self) -> int:
        """How many rows are refused, those of tables that were left out among them."""
        return len(self._places) + self._book.unread

    def add(self, bad: BadRow) -> None:
        """Refuse a row, and from now on what is about the same."""
        self._bad.add(bad)
        row = self._row(bad.table, bad.line)
        if row is None:
            return
        self._places.add((bad.table, bad.line))
        subject = _SUBJECTS[bad.table]
        name = str(getattr(row, subject)) if subject else None
        if bad.table not in _DECISIONS or bad.reason is not Reason.CHANGED:
            self._bar(bad.table, name)

    def add_group(self, group: str, reason: Reason) -> None:
        """Let nothing new into a group whose log cannot be gone on with."""
        self._bad.add(BadRow("", 0, group, reason))
        self._barred.add(("group", group))

    @property
    def extent(self) -> int:
        """Grows with every loan, account, customer, programme or group that must wait."""
        return len(self._barred)

    def covers(self, table: str, row: Row) -> bool:
        """Say whether a row is refused."""
        return self.refuses(table, row.line)

    def refuses(self, table: str, line: int) -> bool:
        """Say whether the row that stands there is refused."""
        return (table, line) in self._places

    def bars(self, subject: str, name: str) -> bool:
        """Say whether a new fact about a ``loan``, ``account``, ``customer`` or ``group`` must wait."""
        return (subject, name) in self._barred

    def bars_programme(self, programme: str) -> bool:
        """Say whether a decision about a programme, or about all, is missing."""
        return not self._barred.isdisjoint({("programme", programme), ("programme", "")})

    def _bar(self, table: str, name: str | None) -> None:
        if table in _DECISIONS:
            self._barred.add(("programme", name or ""))
        elif name is not None:
            self._barred.add((_SUBJECTS[table], name))

    def _row(self, table: str, line: int) -> Row | None:
        """The row that stands there; None for a row that could not be read, and for a whole table."""
        if table not in _SUBJECTS:
            return None
        if table not in self._lines:
            self._lines[table] = {row.line: row for row in self._book.rows(table)}
        return self._lines[table].get(line)
