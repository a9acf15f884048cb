"""``tovay-hub statements``: the form 13/TD of every group, a file each."""

from pathlib import Path

import rich_click as click
from rich.progress import Progress

from hub.errors import DayError, SettingsError
from hub.options import DIRECTORY, ERR, HELP, hub_of, say
from hub.service.day.staged import day_to_show
from hub.service.day.statement import collection_statement
from hub.service.group.directory import Directory
from hub.service.group.state import GroupState
from hub.service.loan_book.imports import directory_of
from hub.service.tables.sheets import FORMS, Sheet
from hub.typed import DayType
from protocol.day import Day
from provisioning.usage import Word

_FORMS = ("csv", "xlsx")


@click.command("statements")
@DIRECTORY
@click.option("--day", type=DayType(), help="Ngày giao dịch; mặc định ngày đang mở của từng tổ.")
@click.option(
    "--format",
    "form",
    type=Word("dạng", "|".join(_FORMS), "chọn csv hoặc xlsx"),
    default="xlsx",
    help="Dạng tệp: csv hoặc xlsx.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="THƯ_MỤC",
    help="Thư mục ghi ra, mỗi tổ một tệp mang mã tổ.",
)
@HELP
def statements_command(directory: Path, day: Day | None, form: str, out: Path) -> None:
    """Bảng kê 13/TD của mọi tổ; tổ không có ngày giao dịch đó thì không có tệp."""
    with hub_of(directory) as hub, Progress(console=ERR) as progress:
        codes, names = hub.groups.codes(), directory_of(hub.store)
        task = progress.add_task("Lập bảng kê các tổ", total=len(codes))
        written = 0
        for code in codes:
            sheet = _statement(hub.groups.load(code), names, day)
            if sheet is not None:
                _write(out / f"{code}.{form}", FORMS[form](sheet))
                written += 1
            progress.advance(task)
    say(f"Đã ghi bảng kê của {written} trong {len(codes)} tổ vào {out}.")


def _statement(state: GroupState, names: Directory, day: Day | None) -> Sheet | None:
    """A group's statement; None when it has no such day."""
    try:
        return collection_statement(state, names, day_to_show(state) if day is None else day)
    except DayError:
        return None


def _write(path: Path, made: bytes) -> None:
    """Write a file, in a folder that is made with the first; raises SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made)
    except OSError as error:
        raise SettingsError("unwritable", path=path) from error
