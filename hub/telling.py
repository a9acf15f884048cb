"""What the commands of ``hub.cli`` tell a person, or as JSON another program."""

from collections.abc import Iterable

from rich.table import Table

from hub.documents import Document
from hub.fsck_wording import COUNTS, FAULTS, NOTES, PHASES
from hub.options import OUT, say
from hub.service.upkeep.fsck import Report
from hub.service.upkeep.health import Health
from hub.wording import STOPS

_COLUMNS = {
    "Dòng sổ": "length",
    "Gói đã nhận": "phone_seals",
    "Chờ nhận": "unreceived",
    "Để riêng": "aside",
    "Rẽ nhánh": "forks",
}


def tell_status(summaries: Iterable[Document]) -> None:
    """One row per group."""
    table = Table()
    table.add_column("Tổ")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    for one in summaries:
        group = str(one["_id"]).split(":", maxsplit=1)[0]
        table.add_row(group, *(str(one[field]) for field in _COLUMNS.values()))
    OUT.print(table)


def tell_stops(found: Health) -> None:
    """Every stopped group, and what to do about it."""
    say(*(f"TẠM DỪNG tổ {group}: {STOPS[why]}" for group, why in found.stopped.items()))


def tell_report(report: Report) -> None:
    """What was verified, what else there is to know, every fault, and the verdict in the last line."""
    table = Table(show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for name, count in report.counts.items():
        table.add_row(_figure(count), COUNTS[name])
    for phase, amount in report.cash_dong.items():
        table.add_row(f"{_figure(amount)} đ", f"tiền trên biên lai: {PHASES[phase]}")
    OUT.print(table)
    say(*(f"Lưu ý: {_figure(count)} {NOTES[name]}." for name, count in report.notes.items()))
    say(
        *(
            f"Lưu ý: {_figure(one.groups)} trong {_figure(one.listed)} tổ còn thiếu quyết định chung số"
            f" {one.number}. Hãy chạy lại lệnh đã ghi nó: tovay-hub decide-rate, hoặc tovay-hub import-book"
            " với dữ liệu của mọi tổ."
            for one in report.unfinished
        )
    )
    say(*(f"LỖI {fault.where}: {FAULTS[fault.code]}." for fault in report.faults))
    if report.faults:
        say(f"KHÔNG NGUYÊN VẸN: {len(report.faults)} lỗi.")
    else:
        say("NGUYÊN VẸN: mọi chữ ký, chuỗi băm, xác nhận, hạch toán và tổng số đều khớp.")


def _figure(number: int) -> str:
    return f"{number:,}".replace(",", ".")
