"""The month end of a whole office: 521 groups, about 30,000 loans; every account, statement and confirmation.

The commands are those that people call, with their starts, their progress and their files. What they wrote is
held against the bank's own export, from which the branch was imported.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.hub_branch import (
    Asked,
    Found,
    Ground,
    Line,
    LostError,
    commanded,
    found,
    measured,
    meeting,
    stored,
    timed,
)
from bench.ledgers import admitted
from bench.sync.tovay_branch import group_of

FULL, QUICK = 521, 3
TARGET_S = 60
_PRINCIPAL, _SAVINGS = "Dư nợ gốc", "Số dư tiết kiệm"


def measure(place: Ground, asked: Asked) -> Found:
    """Compute and write everything; raises LostError where a sum is not the bank's."""
    groups = asked.groups or (QUICK if asked.quick else FULL)
    _, founding_s = timed(lambda: found(place, groups))
    documents = stored(place)
    confirmed, statements = place.folder / "15td.csv", place.folder / "13td"
    balances = place.folder / "balances.csv"
    closing = ("--period", "2025-11", "--by", "KT01", "--confirmed-by", "KT02", "--dry-run")
    spent = {
        "every account's balance": commanded(place, "balances", "--format", "csv", "--out", str(balances)),
        "a period's close, tried": commanded(place, "close-period", *closing),
        "15/TD of every customer": commanded(
            place, "report", "15td", "--format", "csv", "--out", str(confirmed)
        ),
        "13/TD of every group": commanded(place, "statements", "--format", "csv", "--out", str(statements)),
    }
    files = sorted(statements.iterdir())
    if len(files) != groups:
        raise LostError(f"{len(files)} of {groups} statements")
    book = place.folder / "book"
    _compare("15/TD", _sums([confirmed]), _of_the_bank(book))
    _compare("13/TD", _sums(files), _of_the_bank(book))
    loans = sum(1 for _ in _rows(book / "loans.csv"))
    total_s = sum(spent.values())
    verdict = "" if asked.quick or total_s < TARGET_S else f"; over the target of {TARGET_S} s"
    with place.opened(sealing=True) as hub:
        ledger = admitted(hub, group_of(0))
        ledger = ledger.sealing(meeting(hub.groups.last(ledger.group), ledger.knows))
    machine = measured(place, ledger, documents)
    return Found(
        machine,
        [
            Line("an office", f"{groups} groups, {loans:,} loans; both forms add up to the bank's export"),
            Line("its books founded and imported", f"{founding_s:,.1f} s", founding_s, len(documents)),
            *(Line(what, f"{taken:,.1f} s", taken, len(documents)) for what, taken in spent.items()),
            Line("the month end in all", f"{total_s:,.1f} s{verdict}", total_s, 4 * len(documents)),
        ],
    )


def _compare(form: str, told: tuple[int, int], wanted: tuple[int, int]) -> None:
    if told != wanted:
        raise LostError(f"{form} adds up to {told}, the bank's export to {wanted}")


def _sums(files: Iterable[Path]) -> tuple[int, int]:
    """Principal and savings over the rows of forms that were written as CSV, without their totals."""
    principal, savings = 0, 0
    for path in files:
        header: list[str] = []
        for row in csv.reader(path.read_text("utf-8-sig").splitlines()):
            if _PRINCIPAL in row:
                header = row
            elif header and "Cộng" in row:
                break
            elif header:
                cells = dict(zip(header, row, strict=True))
                principal += int(cells[_PRINCIPAL] or 0)
                savings += int(cells[_SAVINGS] or 0)
    return principal, savings


def _of_the_bank(book: Path) -> tuple[int, int]:
    """Principal and savings by the export: what was brought forward, and what moved since."""
    signs = {"disbursed": 1, "principal_repaid": -1, "deposit": 1, "withdrawal": -1}
    principal = sum(
        int(row[name] or 0) for row in _rows(book / "loans.csv") for name in ("in_term", "overdue", "frozen")
    )
    savings = sum(int(row["balance"]) for row in _rows(book / "savings.csv"))
    for row in _rows(book / "loan_events.csv"):
        principal += signs.get(row["kind"], 0) * int(row["amount"] or 0)
    for row in _rows(book / "savings_events.csv"):
        savings += signs[row["kind"]] * int(row["amount"])
    return principal, savings


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)
