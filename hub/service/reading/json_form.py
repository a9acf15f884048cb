"""One JSON document as the tables of an export: ``{"loans": [{"loan": "L1", …}, …], …}``.

A cell is a text, an integer, or null where it is empty; an absent column is empty too. A document that says
something twice is refused: which of the two would count?
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.service.reading.forms import Cell, Fault, Line, RawBook, RawTable, content_of
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow


class _Members(dict[str, object]):
    """A JSON object, with the keys that it spells more than once."""

    repeated: tuple[str, ...] = ()


class _Fraction:
    """Stands for a number that is no integer."""


def read_document(path: Path, columns: Mapping[str, Sequence[str]]) -> RawBook:
    """Every table of a document; ``columns`` are those that each table can have."""
    content = content_of(path)
    found = content if isinstance(content, Reason) else _members(content)
    if isinstance(found, Reason):
        return RawBook(faults=(BadRow("", 0, "", found),))
    faults = [BadRow(name, 0, "", Reason.UNKNOWN_TABLE) for name in sorted(found.keys() - columns.keys())]
    faults += [BadRow(name, 0, "", Reason.REPEATED_KEY) for name in found.repeated]
    tables = (
        _table(name, columns[name], found[name])
        for name in columns
        if name in found and name not in found.repeated
    )
    return RawBook(tuple(tables), tuple(faults))


def _members(content: bytes) -> _Members | Reason:
    try:
        value = _DECODER.decode(content.decode())
    except UnicodeDecodeError:
        return Reason.NOT_UTF8
    except (ValueError, RecursionError):
        return Reason.NOT_JSON
    return value if isinstance(value, _Members) else Reason.NOT_JSON


def _pairs(pairs: list[tuple[str, object]]) -> _Members:
    members = _Members(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        members.repeated = tuple(sorted(name for name in members if names.count(name) > 1))
    return members


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=lambda _: _Fraction(), parse_constant=lambda _: _Fraction()
)


def _table(name: str, columns: Sequence[str], value: object) -> RawTable:
    if not isinstance(value, list):
        return RawTable(name, faults=(("", Reason.NOT_A_TABLE),))
    numbered = enumerate(value, 1)
    lines = (_line(columns, number, row) for number, row in numbered)
    return RawTable(name, tuple(columns), lines, len(value))


def _line(columns: Sequence[str], number: int, row: object) -> Line:
    if not isinstance(row, _Members):
        return Line(number, faults=(("", Reason.NOT_A_ROW),))
    unknown: list[Fault] = [(name, Reason.UNKNOWN_COLUMN) for name in sorted(row.keys() - set(columns))]
    faults = [*unknown, *((name, Reason.REPEATED_COLUMN) for name in row.repeated)]
    return Line(number, tuple(_cell(row.get(column)) for column in columns), tuple(faults))


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, _Fraction):
        return Reason.NOT_A_WHOLE_NUMBER
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return Reason.NEITHER_TEXT_NOR_NUMBER
