"""The day's reconciliation as one table: who paid what, what was due, whose each đồng of difference is."""

import io
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH = 112
AMOUNTS = ("paid", "due now", "Δ_paid", "Δ_edge", "Δ_book")
FIELDS = ("amount_dong", "due_now_dong", "delta_paid_dong", "delta_edge_dong", "delta_book_dong")
STYLES = {"held": "yellow", "voided": "dim"}
KINDS = {"transfer_to_interest": "interest", "transfer_to_principal": "principal"}
CAUSES = {"possible_duplicate": "twice?"}


def reconciliation(found: dict) -> Table:
    """What ``tovay-hub status --group … --day … --json`` answered; a row per receipt or transfer."""
    table = Table(
        title=_title(found),
        title_justify="left",
        caption=_caption(found),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading in ("receipt", "household"):
        table.add_column(heading, no_wrap=True)
    for heading in ("savings", *AMOUNTS):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for entry in found["entries"]:
        table.add_row(*_cells(entry), style=STYLES.get(entry["state"]))
    table.add_section()
    sums = (found["totals"][field] for field in FIELDS)
    table.add_row("", "interest posted", "", *map(dong, sums), "", style="bold")
    return table


def causes(found: dict) -> list[str]:
    """What moved each due since the phone showed it, in the branch's own sentences."""
    return [
        f"{entry['receipt_no'] or KINDS[entry['kind']]} {entry['member']['name']}: {cause['sentence']}"
        for entry in found["entries"]
        for loan in entry["loans"]
        for cause in loan["causes"]
    ]


def picture(found: dict, path: Path) -> None:
    """Write the table as an SVG for the README; it names no font that a reader would have to fetch."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(reconciliation(found))
    text = console.export_svg(title="tovay: a settled collection day")
    while "@font-face" in text:
        before, _, after = text.partition("@font-face")
        text = before + after.partition("}")[2]
    path.write_text(text, encoding="utf-8")


def dong(amount: int | None) -> str:
    """1.234.567; nothing for nothing."""
    return "" if amount is None else f"{amount:,}".replace(",", ".")


def _cells(entry: dict) -> list[str]:
    number = str(entry["receipt_no"] or KINDS[entry["kind"]])
    totals = entry["totals"] or {"amount_dong": sum(loan["amount_dong"] for loan in entry["loans"])}
    saved = sum(line["amount_dong"] for line in entry["savings"])
    return [
        number,
        entry["member"]["name"] or entry["member"]["number"],
        dong(saved) if saved else "",
        *(dong(totals.get(field)) for field in FIELDS),
        _state(entry),
    ]


def _state(entry: dict) -> str:
    cause = entry["cause"]
    return entry["state"] if cause is None else f"{entry['state']}: {CAUSES.get(cause, cause)}"


def _title(found: dict) -> str:
    position = found["position"]
    return (
        f"Group {found['group']['code']} · transaction day {found['day']} · {found['stage']} · "
        f"computed at branch position {position['epoch']}.{position['seq']}"
    )


def _caption(found: dict) -> str:
    cash = found["cash"]["settlement"]
    states = " + ".join(
        f"{dong(one['amount_dong'])} {one['state']}" for one in found["states"] if one["entries"]
    )
    return (
        f"Received {dong(found['received_dong'])} đ = {states}\n"
        f"Cash expected {dong(cash['expected_dong'])}, counted {dong(cash['counted_dong'])}: "
        f"{dong(cash['difference_dong'])} đ, owed by {found['cash']['owed_by']['name']}\n"
        "Δ_paid: paid differently · Δ_edge: phone computed wrongly · Δ_book: what the branch learnt since"
    )
