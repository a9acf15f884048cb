"""The branch's directory: areas, transaction points, programmes and who leads a group, as last exported.

It moves no money and stands outside the log: areas get an end and a successor, points another day, groups
another leader. Where a group belongs on a day is a fact of its branch log (``GroupListed``).
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from msgspec import Struct

from hub.service.reading.rows import AreaRow, BookRows, GroupRow, PointRow, ProgrammeRow, Row
from protocol.day import Day
from protocol.ids import Code

RowT = TypeVar("RowT", bound=Row)


class Directory(Struct, frozen=True):
    """Rows as exported; of two with the same key the later export's stands. Safe to store as JSON."""

    areas: tuple[AreaRow, ...] = ()
    points: tuple[PointRow, ...] = ()
    programmes: tuple[ProgrammeRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()


def updated(directory: Directory, book: BookRows) -> Directory:
    """Directory after an export: its rows added, or put in the place of those with the same key."""
    return Directory(
        areas=_merged(directory.areas, book.areas, lambda row: (row.code, row.valid_from)),
        points=_merged(directory.points, book.points, lambda row: row.code),
        programmes=_merged(directory.programmes, book.programmes, lambda row: row.code),
        groups=_merged(directory.groups, book.groups, lambda row: (row.code, row.valid_from)),
    )


def commune_of(directory: Directory, code: Code, day: Day) -> str:
    """Name of the commune or ward that an area lies in on a day; the name or code of the area if in none."""
    found = commune_at(directory, code, day)
    if found is not None:
        return found.name
    known = {row.code: row for row in directory.areas if row.valid_from <= day}
    return known[code].name if code in known else code


def commune_at(directory: Directory, code: Code, day: Day) -> AreaRow | None:
    """The commune or ward that an area lies in on a day, or None."""
    known = {row.code: row for row in directory.areas if row.valid_from <= day}
    row = known.get(code)
    for _ in known:
        if row is None or row.kind in ("commune", "ward"):
            return row
        row = known.get(row.parent or "")
    return None


def _merged(
    before: Iterable[RowT], after: Iterable[RowT], key: Callable[[RowT], Hashable]
) -> tuple[RowT, ...]:
    rows = {key(row): row for row in (*before, *after)}
    return tuple(rows.values())
