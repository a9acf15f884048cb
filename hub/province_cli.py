"""``tovay-hub province``: what came up from the branches, read from roll-ups alone."""

import os
from pathlib import Path

import rich_click as click

from calc.words import day as written
from hub.options import FILE, FORM, HELP, JSON, deliver, print_json, say
from hub.rollups import province_app, province_of
from hub.server import address_of, listen, run
from hub.service.rollup.province import TABLES, table
from hub.service.rollup.reading import Came, Gathered
from hub.service.rollup.wording import STATES, heading, place, warnings
from hub.typed import DayType
from protocol.day import Day, to_date
from provisioning.usage import Word

_KIND = Word("bảng", "|".join(TABLES), f"chọn một trong: {', '.join(TABLES)}")
_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    required=True,
    help="Tệp cấu hình của tỉnh (province.toml).",
)
_DAY = click.option("--day", type=DayType(), help="Xem đến hết ngày nào; mặc định hôm nay.")


@click.group("province")
@HELP
def province_commands() -> None:
    """Cấp trên của chi nhánh: xem số liệu tổng hợp do các chi nhánh gửi lên."""


@province_commands.command("status")
@_CONFIG
@_DAY
@JSON
@HELP
def status_command(config: Path, day: Day | None, *, as_json: bool) -> int:
    """Xem chi nhánh nào đã có số liệu; mã kết thúc là 1 khi còn thiếu, đã cũ hoặc có bản không dùng được."""
    with province_of(config, os.environ) as province:
        found = province.gathered(day)
    if as_json:
        print_json(_json(found))
    else:
        say(*map(_line, found.came), f"{heading(found)}.", *warnings(found))
    return 0 if found.is_whole else 1


@province_commands.command("table")
@click.argument("kind", type=_KIND, metavar="BẢNG", default="balances")
@_CONFIG
@_DAY
@FORM
@FILE
@HELP
def table_command(kind: str, config: Path, day: Day | None, *, form: str, out: Path | None) -> None:
    """Lập một bảng từ số liệu của các chi nhánh; số cộng nói rõ cộng mấy chi nhánh và còn thiếu ai.

    Các bảng: branches (chi nhánh nào đã có số liệu), balances (dư nợ, tiền gửi), collection (thu lãi), work
    (kết toán, chênh lệch, điện thoại), communes (theo xã, phường), organisations (theo tổ chức nhận ủy thác),
    programmes (theo chương trình).
    """
    with province_of(config, os.environ) as province:
        sheet = table(kind, province.gathered(day))
    deliver(sheet, form, out)


@province_commands.command("serve")
@_CONFIG
@HELP
def serve_command(config: Path) -> None:
    """Mở trang xem trên chính máy này cho tới khi được lệnh dừng; in ra một dòng JSON với địa chỉ."""
    with province_of(config, os.environ) as province:
        listening = listen(province.settings.host, province.settings.port)
        run(province_app(province), listening, lambda: print_json({"address": address_of(listening)}))


def _json(found: Gathered) -> dict[str, object]:
    branches = [
        {
            "branch": one.branch,
            "name": one.name,
            "state": one.state.value,
            "day": None if one.day is None else to_date(one.day),
            "number": one.number,
            "age_days": one.age_days,
            "rollup": one.rollup,
        }
        for one in found.came
    ]
    return {
        "day": to_date(found.asked.on),
        "is_whole": found.is_whole,
        "counted": len(found.counted),
        "expected": len(found.asked.branches),
        "branches": branches,
        "totals": found.totals,
        "warnings": warnings(found),
    }


def _line(one: Came) -> str:
    told = f"{one.branch} {one.name}: {STATES[one.state]}"
    if one.day is not None:
        told += f", ngày {written(one.day)}, bản số {one.number}, cách đây {one.age_days} ngày"
    return f"{told}, điểm chốt {place(one)}." if one.rollup is not None else f"{told}."
