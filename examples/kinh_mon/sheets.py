"""The export's files: their columns, and rows collected in the order in which they are written."""

import csv
from datetime import date
from pathlib import Path

COLUMNS: dict[str, tuple[str, ...]] = {
    "areas.csv": ("code", "name", "kind", "parent", "valid_from", "valid_to", "successor"),
    "points.csv": ("code", "name", "area", "day_of_month"),
    "programmes.csv": ("code", "name"),
    "policies.csv": ("policy", "effective_from", "choice", "amount", "reference", "signed_on"),
    "rate_decisions.csv": (
        "reference",
        "signed_on",
        "programme",
        "kind",
        "ppm",
        "above_ppm",
        "effective_from",
        "effective_to",
        "reach",
        "overdue_reach",
    ),
    "groups.csv": ("code", "name", "area", "point", "organisation", "leader", "deputy", "valid_from"),
    "members.csv": ("group", "customer", "full_name", "identity", "phone", "address"),
    "savings.csv": ("group", "customer", "account", "as_of", "balance"),
    "savings_events.csv": ("core_ref", "account", "kind", "effective_on", "amount"),
    "loans.csv": (
        "group",
        "customer",
        "loan",
        "programme",
        "opened_on",
        "due_on",
        "grace_end",
        "ppm",
        "as_of",
        "in_term",
        "overdue",
        "frozen",
        "frozen_until",
        "arrears_in_term",
        "arrears_overdue",
        "arrears_grace",
        "prepaid",
        "numerator_in_term",
        "numerator_overdue",
        "numerator_grace",
    ),
    "loan_events.csv": (
        "core_ref",
        "loan",
        "kind",
        "effective_on",
        "amount",
        "interest",
        "until",
        "due_on",
        "ppm",
    ),
}

Cell = str | int | date | None


class Sheets:
    """Rows of one export, file by file."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[str, ...]]] = {}

    def add(self, file: str, /, **cells: Cell) -> None:
        """Add one row; columns that are not named stay empty, a column that the file lacks is refused."""
        columns = COLUMNS[file]
        unknown = cells.keys() - set(columns)
        if unknown:
            raise KeyError(f"{file} has no column {sorted(unknown)}")
        self.rows.setdefault(file, []).append(tuple(_text(cells.get(column)) for column in columns))

    def write(self, folder: Path) -> None:
        """Write every file that has rows: UTF-8 with a byte order mark, as spreadsheet users expect."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, rows in self.rows.items():
            with (folder / file).open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(COLUMNS[file])
                writer.writerows(rows)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date) else str(cell)
