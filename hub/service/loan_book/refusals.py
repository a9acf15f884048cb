"""The rows of an export that are refused, and what is refused with them.

Rows about one loan or one account stand or fall together: a history with a hole is not sealed. So do the rows
about somebody who moves from group to group. A new loan, and a new event of one, also needs every decision
about its programme and every policy: a due would be wrong without. Everything else goes on.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, BookRows, Row
from hub.service.reading.tables import TABLES

_SUBJECTS = {table.name: table.subject for table in TABLES}
_DECISIONS = ("policies", "rate_decisions")
_NAMED = {**_SUBJECTS, "groups": "code", "points": "code"}
_KINDS = {**_SUBJECTS, "groups": "group", "points": "point", **dict.fromkeys(_DECISIONS, "programme")}
_NEEDED = ("loan", "account", "customer", "programme", "group", "point")
"""What a row may name, in the order in which a refused one is looked for."""


class Refusals:
    """What is refused so far; it only grows."""

    def __init__(self, book: BookRows, bad: Iterable[BadRow]) -> None:
        """Start with what could not be read, and with rows that cannot be meant."""
        self._bad: set[BadRow] = set()
        self._places = {(row.table, row.line) for row in book.lost if row.line}
        self._barred: set[tuple[str, str]] = set()
        self._causes: dict[tuple[str, str], tuple[str, int]] = {}
        self._lines: dict[str, dict[int, Row]] = {}
        self._book = book
        for lost in book.lost:
            self._bar(lost.table, lost.subject)
            named = lost.subject if _SUBJECTS[lost.table] else lost.name
            self._blame(lost.table, named, (lost.table, lost.line))
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
        row = self._row(bad.table, bad.line)
        if row is None:
            self._bad.add(bad)
            return
        needs = self._needs(row, (bad.table, bad.line)) if bad.reason is Reason.REFUSED_WITH else bad.needs
        self._bad.add(replace(bad, needs=needs))
        self._places.add((bad.table, bad.line))
        subject = _SUBJECTS[bad.table]
        name = str(getattr(row, subject)) if subject else None
        if bad.table not in _DECISIONS or bad.reason is not Reason.CHANGED:
            self._bar(bad.table, name)
            named = str(getattr(row, _NAMED[bad.table])) if _NAMED[bad.table] else None
            self._blame(bad.table, named, needs if needs[0] else (bad.table, bad.line))

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

    def _blame(self, table: str, name: str | None, place: tuple[str, int]) -> None:
        """Remember the first refused row behind what now must wait."""
        if table in _DECISIONS:
            name = name or ""
        if _KINDS[table] and name is not None:
            self._causes.setdefault((_KINDS[table], name), place)

    def _needs(self, row: Row, place: tuple[str, int]) -> tuple[str, int]:
        """The refused row without which one cannot stand, as far as the rows name it."""
        names = [(kind, getattr(row, kind, None)) for kind in _NEEDED]
        if hasattr(row, "loan"):
            names.append(("programme", ""))
        causes = [self._causes[key] for key in names if key in self._causes]
        return next((cause for cause in causes if cause != place), ("", 0))

    def _row(self, table: str, line: int) -> Row | None:
        """The row that stands there; None for a row that could not be read, and for a whole table."""
        if table not in _SUBJECTS:
            return None
        if table not in self._lines:
            self._lines[table] = {row.line: row for row in self._book.rows(table)}
        return self._lines[table].get(line)
