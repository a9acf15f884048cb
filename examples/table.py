"""The day's reconciliation as one table: who paid what, what was due, and whose each đồng of difference is."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

HEADINGS = ("receipt", "phone", "household", "loan", "paid", "due now", "Δ_paid", "Δ_edge", "Δ_book", "state")
STATES = {"posted": "green", "held": "yellow", "voided": "dim"}


def reconciliation(found: dict) -> Table:
    """Table of what ``tovay-hub status --group … --day … --json`` answered."""
    table = Table(title=_title(found), title_justify="left", caption=_caption(found), caption_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in {"phone", "household", "state"} else "right")
    for entry in found["entries"]:
        for cells in _rows(entry):
            table.add_row(*cells, style=STATES.get(entry["state"]) if entry["state"] != "posted" else None)
        table.add_section()
    totals = found["totals"]
    deltas = (totals[f"delta_{name}_dong"] for name in ("paid", "edge", "book"))
    sums = (totals["amount_dong"], totals["due_now_dong"], *deltas)
    table.add_row("", "", "interest posted", "", *map(_signed, sums), "", style="bold")
    return table


def picture(found: dict, path: Path) -> None:
    """Write the table as an SVG for the README; its fonts are whatever the reader has."""
    console = Console(record=True, width=132, file=Path("/dev/null").open("w", encoding="utf-8"))
    console.print(reconciliation(found))
    text = console.export_svg(title="tovay: a settled collection day")
    head, _, rest = text.partition("@font-face")
    path.write_text(
        head + rest[rest.rindex("@font-face") :].partition("}")[2] if rest else text, encoding="utf-8"
    )


def _rows(entry: dict) -> list[tuple[str, ...]]:
    number = str(entry["receipt_no"] or "transfer")
    who = (number, entry["role"], entry["member"]["name"] or entry["member"]["number"])
    lines = [
        (
            str(loan["loan"]),
            *(
                _signed(loan[name])
                for name in (
                    "amount_dong",
                    "due_now_dong",
                    "delta_paid_dong",
                    "delta_edge_dong",
                    "delta_book_dong",
                )
            ),
        )
        for loan in entry["loans"]
    ]
    lines += [("savings", _signed(saved["amount_dong"]), "", "", "", "") for saved in entry["savings"]]
    state = entry["state"] if entry["cause"] is None else f"{entry['state']}: {entry['cause']}"
    return [((*who, *line, state) if nth == 0 else ("", "", "", *line, "")) for nth, line in enumerate(lines)]


def _title(found: dict) -> str:
    position = found["position"]
    return (
        f"{found['group']} · transaction day {found['day']} · {found['stage']} · "
        f"computed at branch position {position['epoch']}.{position['seq']}"
    )


def _caption(found: dict) -> str:
    settlement = found["cash"]["settlement"]
    owed_by = found["cash"]["owed_by"]
    states = ", ".join(
        f"{one['entries']} {one['state']} {_signed(one['amount_dong'])}" for one in found["states"]
    )
    return (
        f"Received in all {_signed(found['received_dong'])} đ = {states}.\n"
        f"Cash expected {_signed(settlement['expected_dong'])}, counted {_signed(settlement['counted_dong'])}, "
        f"difference {_signed(settlement['difference_dong'])} đ"
        + (f", owed by {owed_by['name']}" if owed_by else "")
        + ".\nΔ_paid: the household paid differently · Δ_edge: the phone computed wrongly (0) · "
        "Δ_book: what the branch learnt since."
    )


def _signed(amount: int | None) -> str:
    return "" if amount is None else f"{amount:,}".replace(",", ".")
