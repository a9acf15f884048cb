"""A table drawn in characters of one width: what is too long for its column goes on below, nothing is cut."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from rich.cells import cell_len, chop_cells

_BREAKS = {"Cc", "Zl", "Zp"}


class Box(Struct, frozen=True):
    """A column: its heading, how many characters wide, and whether its cells stand at the right."""

    heading: str
    width: int
    right: bool = False


def boxed(
    columns: Sequence[Box], rows: Iterable[Sequence[str] | str], totals: Sequence[str]
) -> Iterator[str]:
    """Lines of the table. A row that is one text goes over all columns; without ``totals`` it has no foot."""
    bars = ["─" * (column.width + 2) for column in columns]
    between = f"├{'┼'.join(bars)}┤"
    yield f"┌{'┬'.join(bars)}┐"
    yield from _lines(columns, [column.heading for column in columns])
    yield between
    for row in rows:
        if isinstance(row, str):
            yield f"│ {_padded(row, width_of(column.width for column in columns) - 4)} │"
        else:
            yield from _lines(columns, row)
    if totals:
        yield between
        yield from _lines(columns, totals)
    yield f"└{'┴'.join(bars)}┘"


def width_of(widths: Iterable[int]) -> int:
    """Characters of a line of a table with such columns, its frame included."""
    return sum(width + 3 for width in widths) + 1


def wrapped(words: str, width: int) -> Iterator[str]:
    """Words in lines of so many characters, broken at blanks; control characters become blanks."""
    plain = "".join(" " if unicodedata.category(sign) in _BREAKS else sign for sign in words)
    if cell_len(plain) <= width:
        yield plain
        return
    line = ""
    for word in filter(None, plain.split(" ")):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = chop_cells(word, width)
        yield from full
    yield line


def _lines(columns: Sequence[Box], cells: Iterable[str]) -> Iterator[str]:
    """One row of the table: as many lines as its longest cell needs."""
    parts = [list(wrapped(cell, column.width)) for column, cell in zip(columns, cells, strict=True)]
    for number in range(max(map(len, parts))):
        line = (
            _padded(part[number] if number < len(part) else "", column.width, right=column.right)
            for column, part in zip(columns, parts, strict=True)
        )
        yield f"│ {' │ '.join(line)} │"


def _padded(words: str, width: int, *, right: bool = False) -> str:
    blank = " " * (width - cell_len(words))
    return blank + words if right else words + blank
