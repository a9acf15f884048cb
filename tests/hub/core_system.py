"""The bank's core system beside a collection day: files go out to it, and its extracts come back as files."""

import csv
import io
import json
from datetime import date

from xlsxwriter import Workbook

from protocol.day import to_date, to_day
from tests.fakes.core import CoreSystem
from tests.hub.days import BALANCES, SINCE

LOANS = tuple(f"66000100020{number}" for number in (1, 2, 3))
ACCOUNT = "700001"
COLUMNS = {
    "loans": ("loan", "in_term", "overdue", "frozen", "interest_due"),
    "savings": ("account", "balance"),
    "transactions": (
        "core_ref",
        "our_id",
        "loan",
        "account",
        "kind",
        "effective_on",
        "amount",
        "interest",
        "until",
        "due_on",
        "ppm",
    ),
}


def core_of_the_branch():
    """A core system with the loans and the account of `tests.hub.days`."""
    core = CoreSystem()
    for number, balance in zip(LOANS, BALANCES, strict=True):
        core.open_loan(number, SINCE, balance)
    core.open_account(ACCOUNT, SINCE, 500_000)
    return core


def rows_of(made):
    """The rows of an export of postings in plain CSV, as a core system reads them."""
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "loan": row["loan"] or None,
            "account": row["account"] or None,
            "day": to_day(date.fromisoformat(row["effective_on"])),
            "amount": int(row["amount_dong"]),
        }
        for row in csv.DictReader(io.StringIO(made.decode()))
    ]


def tables_of(cut):
    """An extract of the fake core as the three tables of the form."""
    core_loans, core_accounts = {*LOANS, *cut["loans"]}, {ACCOUNT, *cut["accounts"]}
    loans = [{"loan": number, **balance} for number, balance in cut["loans"].items()]
    for loan in loans:
        if "interest" in loan:
            loan["interest_due"] = loan.pop("interest")
    return {
        "loans": loans,
        "savings": [{"account": number, "balance": amount} for number, amount in cut["accounts"].items()],
        "transactions": [
            {
                "core_ref": one["core_ref"],
                "our_id": one["our_id"],
                "loan": one["number"] if one["number"] in core_loans else None,
                "account": one["number"] if one["number"] in core_accounts else None,
                "kind": one["kind"],
                "effective_on": str(to_date(one["day"])),
                "amount": one["amount"],
                "ppm": one.get("ppm"),
            }
            for one in cut["transactions"]
        ],
    }


def write_extract(path, cut, form="csv"):
    """Write an extract in one of the three forms; returns the folder or file."""
    tables = tables_of(cut)
    if form == "json":
        path = path.with_suffix(".json")
        path.write_text(json.dumps(tables), encoding="utf-8")
    elif form == "xlsx":
        path = path.with_suffix(".xlsx")
        with Workbook(path) as book:
            for name, rows in tables.items():
                sheet = book.add_worksheet(name)
                sheet.write_row(0, 0, COLUMNS[name])
                for nth, row in enumerate(rows, 1):
                    for place, column in enumerate(COLUMNS[name]):
                        if row.get(column) is not None:
                            sheet.write(nth, place, row[column])
    else:
        path.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            with (path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, COLUMNS[name], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    return path
