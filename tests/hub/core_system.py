"""The bank's core system beside a collection day: files go out to it, and its extracts come back as files."""

import csv
import io
import json
from datetime import date

from xlsxwriter import Workbook

from hub.service.core.compare import Asked, compare_core, confirm_core
from hub.service.core.extract import CutOff
from hub.service.core.report import comparison_sheet
from hub.service.export.files import as_rows
from hub.service.export.sheets import postings_sheet
from hub.service.loan_book.imports import Wish, import_book, plan_book
from protocol.day import day_of, end_of, to_date, to_day
from tests.fakes.core import CoreSystem
from tests.hub.days import BALANCES, DAY, SINCE, CollectionDay
from tests.hub.imports import salts

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


class Trip(CollectionDay):
    """A collection day, and the core system that it tells of."""

    def __init__(self, folder):
        super().__init__(folder)
        self.folder = folder
        self.core = core_of_the_branch()
        self.collect(self.leader, 1, 271_233, 271_233)
        self.collect(self.leader, 3, 100_000, 162_740, savings=20_000)
        self.transfer(self.leader, 40_000, 62_740)
        self.close_round(self.leader, 391_233)
        self.sync()
        self.count(391_233)
        self.settle()

    def send(self):
        """Our export goes to the core, which takes it in."""
        self.core.take_in(rows_of(as_rows(postings_sheet([self.state], {}, None))))

    def asked(self, cut=None, form="csv", since=SINCE, instant=None):
        cut = cut or self.core.extract(DAY)
        path = write_extract(self.folder / "extract", cut, form)
        return Asked(path, CutOff(end_of(cut["day"]) if instant is None else instant, cut["day"]), since)

    def compare(self, *given, **named):
        return compare_core(self.groups, self.asked(*given, **named), lambda: None)

    def shown(self, *given, **named):
        """Loan or account, measure, cause, what it explains."""
        sheet = comparison_sheet(self.compare(*given, **named))
        keys = [column.key for column in sheet.columns]
        found = [dict(zip(keys, row, strict=True)) for row in sheet.rows]
        assert sum(row["difference_dong"] or 0 for row in found) == sum(
            row["explains_dong"] or 0 for row in found
        )
        return [
            (row["loan"] or row["account"], row["measure"], row["cause"], row["explains_dong"])
            for row in found
        ]

    def confirm(self):
        return confirm_core(self.groups, self.compare(), "KTV01", lambda: None)

    def import_events(self, *transactions):
        """The bank's export brings transactions; returns the plan."""
        folder = self.folder / "import"
        folder.mkdir(exist_ok=True)
        lines = [
            f"{one['core_ref']},{one['number']},{one['kind']},2025-12-12,{one['amount']},,,,"
            for one in transactions
        ]
        header = "core_ref,loan,kind,effective_on,amount,interest,until,due_on,ppm"
        (folder / "loan_events.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        planned = plan_book(
            self.groups, Wish(folder, None, day_of(self.now), "core"), salts(), lambda _: None
        )
        import_book(self.groups, planned, lambda _: None)
        return planned.plan
