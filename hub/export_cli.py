"""``tovay-hub export``: what the bank's core system takes in, as files with control totals (B21)."""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import rich_click as click
from rich.progress import Progress

from hub.app import Hub
from hub.errors import SettingsError
from hub.options import DIRECTORY, ERR, FILE, HELP, hub_of, say
from hub.service.export.files import FORMS, Manifest, manifest_of
from hub.service.export.sheets import Since, balances_sheet, postings_sheet, waiting_sheet
from hub.service.group.state import GroupState
from hub.service.tables.sheets import Sheet
from hub.typed import DayType
from protocol.day import Day, day_of
from protocol.ids import Position
from provisioning.usage import GROUP, Word

_GROUP = click.option("--group", type=GROUP, help="Mã tổ; mặc định mọi tổ của chi nhánh.")
_FORM = click.option(
    "--format",
    "form",
    type=Word("dạng", "|".join(FORMS), "chọn csv, json, xlsx hoặc text"),
    default="csv",
    help="Dạng tệp: csv, json, xlsx hoặc text.",
)
_POSTINGS = "postings"
"""Name of an export that has every line up to its places, so that the next one may go on after it."""
_PLACE = Word("vị trí", r"[0-9]{1,9}\.[0-9]{1,15}", "đời sổ và số dòng, ví dụ 0.120")


@click.group("export")
@HELP
def export_command() -> None:
    """Xuất bút toán và số dư để hệ thống của ngân hàng ghi nhận; chỉ có mã và số, không có họ tên."""


@export_command.command("postings")
@DIRECTORY
@_GROUP
@click.option("--day", type=DayType(), help="Chỉ bút toán của một ngày giao dịch.")
@click.option("--since", type=_PLACE, help="Chỉ bút toán sau dòng này của sổ; cùng với --group.")
@click.option(
    "--after",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Bản kê của lần xuất trước: chỉ xuất phần tiếp theo.",
)
@_FORM
@FILE
@HELP
def postings_command(
    directory: Path,
    group: str | None,
    day: Day | None,
    since: str | None,
    after: Path | None,
    form: str,
    out: Path | None,
) -> None:
    """Mỗi dòng tiền của mọi bút toán đã kết toán; cùng một sổ luôn ra đúng cùng một tệp."""
    if since is not None and group is None:
        raise click.BadParameter("chỉ dùng cùng --group", param_hint="--since")
    known: Since = {} if after is None else _positions(after)
    if since is not None and group is not None:
        known = {group: _place(since)}
    name = _POSTINGS if day is None else "postings_of_day"
    _export(name, directory, group, form, out, lambda states, _: postings_sheet(states, known, day))


@export_command.command("balances")
@DIRECTORY
@_GROUP
@click.option("--day", type=DayType(), required=True, help="Ngày của số dư.")
@_FORM
@FILE
@HELP
def balances_command(directory: Path, group: str | None, day: Day, form: str, out: Path | None) -> None:
    """Gốc, lãi và tiết kiệm của từng khoản vay, từng sổ vào một ngày, theo sổ hiện nay."""
    _export("balances", directory, group, form, out, lambda states, _: balances_sheet(states, day))


@export_command.command("waiting")
@DIRECTORY
@_GROUP
@_FORM
@FILE
@HELP
def waiting_command(directory: Path, group: str | None, form: str, out: Path | None) -> None:
    """Bút toán mà ngân hàng chưa xác nhận, và giao dịch nhập tại bàn chưa khớp, kèm số ngày đã chờ."""
    _export("waiting", directory, group, form, out, waiting_sheet)


def _export(
    name: str,
    directory: Path,
    group: str | None,
    form: str,
    out: Path | None,
    make: Callable[[Iterable[GroupState], Day], Sheet],
) -> None:
    """Make one export; the manifest stands beside the file, or is told when there is none."""
    with hub_of(directory) as hub:
        sheet = make(_states(hub, group), day_of(hub.clock()))
    manifest = manifest_of(name, sheet)
    made = FORMS[form](sheet, manifest)
    if out is None:
        if form == "xlsx" and sys.stdout.isatty():
            raise SettingsError("not_for_a_screen")
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
        return
    beside = _write(out, made, manifest)
    say(f"Đã ghi {manifest.rows} dòng vào {out}; bản kê kiểm soát: {beside}.")


def _states(hub: Hub, group: str | None) -> Iterator[GroupState]:
    if group is not None:
        yield hub.groups.load(group)
        return
    with Progress(console=ERR) as progress:
        for code in progress.track(hub.groups.codes(), description="Đọc sổ các tổ"):
            yield hub.groups.load(code)


def _write(out: Path, made: bytes, manifest: Manifest) -> Path:
    """Write a file that appears whole, and its manifest; returns where that is.

    The manifest comes last, and one of an older file goes first: whoever finds it finds its whole file.
    """
    beside = out.with_name(f"{out.name}.manifest.json")
    try:
        beside.unlink(missing_ok=True)
        for path, content in ((out, made), (beside, msgspec.json.encode(manifest) + b"\n")):
            new = path.with_name(f"{path.name}.new")
            new.write_bytes(content)
            new.replace(path)
    except OSError as error:
        raise SettingsError("unwritable", path=out) from error
    return beside


def _positions(path: Path) -> Since:
    """Where an earlier export ended, group by group."""
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        places = {group: _place(place) for group, place in manifest.positions.items()}
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise SettingsError("bad_manifest", path=path) from error
    if manifest.export != _POSTINGS:
        raise SettingsError("bad_manifest", path=path)
    return places


def _place(text: str) -> Position:
    epoch, seq = text.split(".")
    return Position(int(epoch), int(seq))
