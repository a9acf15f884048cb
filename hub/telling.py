"""What the commands of ``hub.cli`` tell a person, or as JSON another program."""

from collections.abc import Iterable

from rich.table import Table

from hub.documents import Document
from hub.options import OUT, fail, print_json, say
from hub.service.book_import import Import
from hub.service.book_wording import sentence
from hub.service.fsck import Report
from hub.wording import COUNTS, FAULTS, NOTES, PHASES

_COLUMNS = {
    "Dòng sổ": "length",
    "Gói đã nhận": "phone_seals",
    "Chờ nhận": "unreceived",
    "Để riêng": "aside",
    "Rẽ nhánh": "forks",
}


def tell_import(planned: Import, *, dry_run: bool, as_json: bool) -> None:
    """What an import did or would do; every refused row, and then leave with 1."""
    plan = planned.plan
    counts = {
        "groups": len(plan.groups),
        "entries": sum(len(group.planned) for group in plan.groups),
        "texts": sum(len(group.texts) for group in plan.groups),
    }
    if as_json:
        rows = {"refused": plan.refused, "changed": plan.changed}
        print_json({"done": not dry_run and not plan.refused, **counts, **rows})
    else:
        say(*(sentence(row) for row in plan.changed))
    if plan.refused:
        told = [sentence(row) for row in plan.refused]
        fail("\n".join([*told, f"Có {len(told)} dòng lỗi; không có gì được ghi."]), 1)
    if not as_json:
        done = "Kiểm tra xong, chưa ghi gì" if dry_run else "Đã nhập"
        say("{0}: {groups} tổ, {entries} dòng sổ, {texts} mục thông tin riêng.".format(done, **counts))


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
    say(*(f"LỖI {fault.where}: {FAULTS[fault.code]}." for fault in report.faults))
    if report.faults:
        say(f"KHÔNG NGUYÊN VẸN: {len(report.faults)} lỗi.")
    else:
        say("NGUYÊN VẸN: mọi chữ ký, chuỗi băm, xác nhận, hạch toán và tổng số đều khớp.")


def _figure(number: int) -> str:
    return f"{number:,}".replace(",", ".")
