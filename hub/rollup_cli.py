"""``tovay-hub rollup``: a branch's totals of a day, for those above it."""

from importlib.metadata import version
from pathlib import Path

import rich_click as click
from rich.progress import Progress

from calc.words import grouped, money
from hub.documents import document_bytes, travelling
from hub.errors import SettingsError
from hub.options import DIRECTORY, ERR, HELP, hub_of, say
from hub.rollups import outbox_of
from hub.service.rollup.document import RollUp
from hub.service.rollup.making import Wanted, checkpoint_for, make, send
from hub.settings import load_terms
from hub.typed import DayType
from protocol.day import Day


@click.command("rollup")
@DIRECTORY
@click.option("--day", type=DayType(), help="Số liệu của ngày nào; mặc định ngày của điểm chốt mới nhất.")
@click.option("--out", type=click.Path(path_type=Path), metavar="TỆP", help="Ghi thêm bản này ra tệp JSON.")
@HELP
def rollup_command(directory: Path, day: Day | None, out: Path | None) -> None:
    """Lập số liệu tổng hợp của chi nhánh cho một ngày, không có tên và số liệu riêng của tổ, hộ nào.

    Tính đúng tại điểm chốt mới nhất. Chạy lại mà sổ không đổi thì vẫn là bản cũ; sổ đổi thì thành bản số sau.
    """
    with hub_of(directory) as hub, outbox_of(hub) as outbox:
        checkpoint = checkpoint_for(hub.groups, day)
        wanted = Wanted(day, load_terms(directory), version("tovay"))
        with Progress(console=ERR) as progress:
            task = progress.add_task("Tổng hợp các tổ", total=len(checkpoint.heads))
            made = make(hub.groups, checkpoint, wanted, outbox, lambda: progress.advance(task))
        sent = None if outbox is None else send(hub.store, outbox, checkpoint.branch)
    if out is not None:
        try:
            out.write_bytes(document_bytes(travelling(checkpoint.branch, made.document)) + b"\n")
        except OSError as error:
            raise SettingsError("unwritable", path=out) from error
    say(_told(made.rollup, is_new=made.is_new))
    if sent is None:
        say("Kho SQLite không tự chuyển lên cấp trên: hãy gửi tệp của --out.")
    else:
        say(f"Đã đưa {sent} bản mới vào cơ sở dữ liệu tổng hợp để chuyển lên cấp trên.")


def _told(rollup: RollUp, *, is_new: bool) -> str:
    day = "/".join(reversed(rollup.day.split("-")))
    totals = rollup.totals
    begun = "Đã lập" if is_new else "Sổ không đổi, vẫn là"
    return (
        f"{begun} số liệu tổng hợp ngày {day}, bản số {rollup.number}, tại điểm chốt số"
        f" {rollup.checkpoint.number}: {grouped(totals.groups)} tổ, {grouped(totals.households)} hộ,"
        f" dư nợ gốc {money(totals.principal_dong)}."
    )
