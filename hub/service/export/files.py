"""A table as a file for another program, and the manifest that says what must be in it (B21).

CSV is the plain table: one line with the names of the columns, then the rows, nothing else. JSON has the
manifest and the rows in one document. A workbook and the text form are for people and carry the sums above
the table. The digest of a manifest is that of the plain CSV, whatever the form: it proves which rows were
taken in.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.service.day.wording import signed
from hub.service.export.wording import KINDS
from hub.service.tables.sheets import Cell, Sheet, as_text, as_xlsx, plain
from protocol.day import to_date
from protocol.money import Dong


class Manifest(Struct, frozen=True):
    """Control totals of an export.

    ``sums_dong`` adds up every column of money, ``kinds_dong`` the amounts of each kind of row, where there
    are kinds; ``positions`` says from which place of each group's log it was made; ``sha256`` is in hex.
    """

    export: str
    rows: int
    sums_dong: Mapping[str, Dong]
    kinds_dong: Mapping[str, Dong]
    positions: Mapping[str, str]
    sha256: str


def manifest_of(name: str, sheet: Sheet) -> Manifest:
    """What must be in the table of an export that is called ``name``."""
    return Manifest(
        export=name,
        rows=len(sheet.rows),
        sums_dong=_sums(sheet),
        kinds_dong=_kinds(sheet),
        positions={group: str(place) for group, place in sheet.positions},
        sha256=sha256(as_rows(sheet)).hexdigest(),
    )


def as_rows(sheet: Sheet) -> bytes:
    """Plain CSV in UTF-8: names of the columns, rows; days are 2025-12-17, amounts digits with their sign."""
    page = io.StringIO()
    lines = csv.writer(page, lineterminator="\n")
    lines.writerow(column.key for column in sheet.columns)
    for row in sheet.rows:
        lines.writerow(plain(column, cell) for column, cell in zip(sheet.columns, row, strict=True))
    return page.getvalue().encode()


def _as_document(sheet: Sheet, manifest: Manifest) -> bytes:
    rows = [
        {column.key: _json(column.kind, cell) for column, cell in zip(sheet.columns, row, strict=True)}
        for row in sheet.rows
    ]
    return msgspec.json.encode({"manifest": manifest, "rows": rows}) + b"\n"


def _with_sums(sheet: Sheet, manifest: Manifest) -> Sheet:
    """The table with its manifest above it, for people."""
    kinds = "; ".join(
        f"{KINDS.get(kind, kind)} {signed(amount)}" for kind, amount in manifest.kinds_dong.items()
    )
    notes = [("Số dòng", str(manifest.rows)), ("Cộng theo loại", kinds), ("SHA-256", manifest.sha256)]
    totals = ("Cộng", *(manifest.sums_dong.get(column.key) for column in sheet.columns[1:]))
    return replace(sheet, notes=tuple(note for note in notes if note[1]), totals=totals)


FORMS: Mapping[str, Callable[[Sheet, Manifest], bytes]] = {
    "csv": lambda sheet, _: as_rows(sheet),
    "json": _as_document,
    "xlsx": lambda sheet, manifest: as_xlsx(_with_sums(sheet, manifest)),
    "text": lambda sheet, manifest: as_text(_with_sums(sheet, manifest)),
}
"""The forms by the word that a person types."""


def _sums(sheet: Sheet) -> dict[str, Dong]:
    return {
        column.key: _sum(row[nth] for row in sheet.rows)
        for nth, column in enumerate(sheet.columns)
        if column.kind == "money"
    }


def _kinds(sheet: Sheet) -> dict[str, Dong]:
    keys = [column.key for column in sheet.columns]
    if "kind" not in keys:
        return {}
    kind, amount = keys.index("kind"), keys.index("amount_dong")
    sums: Counter[str] = Counter()
    for row in sheet.rows:
        sums[str(row[kind])] += _sum([row[amount]])
    return dict(sorted(sums.items()))


def _sum(cells: Iterable[Cell]) -> Dong:
    return sum(cell for cell in cells if isinstance(cell, int))


def _json(kind: str, cell: Cell) -> object:
    return to_date(cell) if kind == "day" and isinstance(cell, int) else cell
