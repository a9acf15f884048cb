"""``tovay-hub import-book``: the bank's loan book into the groups' logs, and what was refused of it."""

import secrets
from collections.abc import Callable
from pathlib import Path

import rich_click as click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hub.errors import SettingsError
from hub.options import DIRECTORY, ERR, HELP, JSON, PASSPHRASE, hub_of, print_json, say
from hub.service.loan_book.imports import Import, Wish, import_book, plan_book
from hub.service.loan_book.wording import because, missing, sentence
from hub.service.tables.sheets import Column, Sheet, as_csv, as_xlsx
from hub.typed import DayType
from protocol.day import Day, day_of
from protocol.limits import SALT_BYTES
from provisioning.usage import STAFF

_COLUMNS = (
    Column("table", "Bảng", 16),
    Column("line", "Dòng", 8, "count"),
    Column("column", "Cột", 20),
    Column("reason", "Mã lỗi", 24),
    Column("because", "Lý do", 60),
)


@click.command("import-book")
@click.argument("path", type=click.Path(path_type=Path), metavar="THƯ_MỤC_HOẶC_TỆP")
@DIRECTORY
@PASSPHRASE
@click.option("--dry-run", is_flag=True, help="Chỉ kiểm tra, không ghi gì.")
@click.option("--whole", is_flag=True, help="Có một dòng bị loại thì không ghi gì.")
@click.option(
    "--full", is_flag=True, help="Dữ liệu có đủ mọi tổ viên, khoản vay, sổ tiết kiệm; báo mục nào vắng."
)
@click.option("--as-of", "cut_off", type=DayType(), help="Ngày chốt; mặc định ngày chốt số dư mới nhất.")
@click.option(
    "--day", type=DayType(), help="Ngày giao dịch mà lãi được tính tới; mặc định theo lịch của từng tổ."
)
@click.option("--by", type=STAFF, default="core", help="Mã cán bộ nhập sổ.")
@click.option(
    "--refused",
    "listing",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Tệp CSV hoặc .xlsx ghi danh sách dòng bị loại.",
)
@JSON
@HELP
def import_command(  # noqa: PLR0913 (one argument per option)
    path: Path,
    directory: Path,
    passphrase_file: Path | None,
    cut_off: Day | None,
    day: Day | None,
    by: str,
    listing: Path | None,
    *,
    dry_run: bool,
    whole: bool,
    full: bool,
    as_json: bool,
) -> int:
    """Nhập sổ vay do ngân hàng xuất ra: thư mục CSV, tệp .xlsx hoặc .json; dòng lỗi bị loại và liệt kê."""
    with hub_of(directory, passphrase_file, sealing=not dry_run) as hub, _progress() as progress:
        wish = Wish(path, day, day_of(hub.clock()), by, cut_off, full)
        planned = plan_book(hub.groups, wish, _salt, _counter(progress, "Đọc và thử sổ", None))
        done = not dry_run and not (whole and planned.plan.refused)
        if done:
            import_book(hub.groups, planned, _counter(progress, "Ghi sổ các tổ", len(planned.plan.groups)))
    if listing is not None:
        _write(listing, planned)
    if as_json:
        print_json(_json(planned, done=done))
    else:
        _tell(planned, done=done)
    return 1 if planned.plan.refused else 0


def _salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def _progress() -> Progress:
    counted = TextColumn("{task.completed} tổ, {task.fields[loans]} khoản vay")
    return Progress(TextColumn("{task.description}"), BarColumn(), counted, TimeElapsedColumn(), console=ERR)


def _counter(progress: Progress, said: str, total: int | None) -> Callable[[int], None]:
    """A line of progress, and what counts on it: once for each group, with its loans."""
    task = progress.add_task(said, total=total, loans=0)

    def tick(loans: int) -> None:
        progress.update(task, advance=1, loans=progress.tasks[task].fields["loans"] + loans)

    return tick


def _tell(planned: Import, *, done: bool) -> None:
    plan = planned.plan
    for row in plan.refused:
        ERR.print(sentence(row, planned.form), markup=False, highlight=False, soft_wrap=True)
    say(*map(missing, planned.absent))
    counts = _counts(planned)
    told = "Đã nhập" if done else "Chưa ghi gì. Có thể nhập"
    if plan.groups or not plan.refused:
        say(f"{told}: {{groups}} tổ, {{entries}} dòng sổ, {{texts}} mục thông tin riêng.".format(**counts))
    say(
        f"{planned.lines} dòng dữ liệu: {plan.imported} dòng mới, {plan.unchanged} dòng không đổi,"
        f" {plan.refused_rows} dòng bị loại."
    )


def _counts(planned: Import) -> dict[str, int]:
    groups = planned.plan.groups
    return {
        "groups": len(groups),
        "entries": sum(len(group.planned) for group in groups),
        "texts": sum(len(group.texts) for group in groups),
    }


def _json(planned: Import, *, done: bool) -> dict[str, object]:
    plan = planned.plan
    rows = {
        "read": planned.lines,
        "imported": plan.imported,
        "unchanged": plan.unchanged,
        "refused": plan.refused_rows,
    }
    return {
        "done": done,
        **_counts(planned),
        "rows": rows,
        "refused": plan.refused,
        "absent": planned.absent,
    }


def _write(path: Path, planned: Import) -> None:
    """The list of refused rows as a table; raises SettingsError when the file cannot be written."""
    rows = tuple(
        (row.table, row.line or None, row.column, row.reason.value, because(row, planned.form))
        for row in planned.plan.refused
    )
    sheet = Sheet("Các dòng bị loại", _COLUMNS, rows)
    try:
        path.write_bytes(as_xlsx(sheet) if path.suffix.lower() == ".xlsx" else as_csv(sheet))
    except OSError as error:
        raise SettingsError("unwritable", path=path) from error
