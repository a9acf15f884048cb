"""``tovay-month-end``: interest of many loans at a month end, from columns to columns (B25).

A program by itself: it needs no branch directory and no key, and no other one waits until Arrow is loaded.
Exit codes: 0 every row answered, 1 some row refused, or nothing written, 2 misused.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import rich_click as click
from msgspec import structs
from rich.progress import Progress

from calc.errors import LoanError
from calc.month_end_columns import Refusal
from hub.errors import SettingsError
from hub.options import ERR, HELP, JSON, print_json, run, say
from hub.service.month_end.files import ENDINGS, end_month, rates_of, rows_of
from hub.service.month_end.wording import refusal, refusals, summary
from hub.service.tables.sheets import Column, Sheet, as_csv
from hub.typed import DayType
from protocol.day import Day, to_date
from provisioning.usage import LOOK

_COLUMNS = (
    Column("row", "Dòng", 8, "count"),
    Column("loan", "Khoản vay", 20),
    Column("code", "Mã lỗi", 24),
    Column("because", "Lý do", 60),
)


class ColumnsType(click.ParamType[Path]):
    """A file of columns, which its name's ending tells."""

    name = "tệp"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; raises click.BadParameter."""
        path = Path(value)
        if path.suffix not in ENDINGS:
            self.fail("tên tệp kết thúc bằng .parquet hoặc .arrow", param, ctx)
        return path


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and leave with its exit code."""
    run(month_end_command, arguments, "tovay-month-end")


@click.command("tovay-month-end")
@click.rich_config(LOOK)
@click.argument("source", type=ColumnsType(), metavar="TỆP_VÀO")
@click.argument("out", type=ColumnsType(), metavar="TỆP_RA")
@click.option("--to", type=DayType(), required=True, help="Ngày cuối kỳ, không tính lãi ngày này.")
@click.option(
    "--rates",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Tệp lãi suất mới theo điều kiện vay (TOML).",
)
@click.option(
    "--refused",
    "listing",
    type=click.Path(path_type=Path),
    help="Tệp CSV ghi mọi dòng không tính được.",
)
@JSON
@HELP
def month_end_command(
    source: Path, out: Path, to: Day, rates: Path | None, listing: Path | None, *, as_json: bool
) -> int:
    """Tính lãi cuối kỳ của nhiều khoản vay: đọc tệp cột, ghi tệp cột là đầu vào của kỳ sau."""
    _apart(source, out, listing)
    decided = None if rates is None else rates_of(rates)
    with rows_of(source) as rows, Progress(console=ERR) as progress:
        closing = progress.add_task("Tính lãi cuối kỳ", total=rows.rows)
        ended = end_month(rows, out, to, decided, lambda done: progress.advance(closing, done))
    if listing is not None:
        _list(listing, ended.refusals)
    if as_json:
        sums = structs.asdict(ended.sums)
        print_json({"to": to_date(to), **sums, "refusals": [_refusal(one) for one in ended.refusals]})
    else:
        say(*refusals(ended.refusals), *summary(ended.sums, to))
    return 1 if ended.refusals else 0


def _apart(source: Path, out: Path, listing: Path | None) -> None:
    """Refuse to write over what is read, and a list that is no CSV; raises click.BadParameter."""
    if out.resolve() == source.resolve() or (out.exists() and source.exists() and out.samefile(source)):
        raise click.BadParameter("phải khác tệp vào", param_hint="TỆP_RA")
    if listing is not None and listing.suffix.lower() != ".csv":
        raise click.BadParameter("tên tệp kết thúc bằng .csv", param_hint="--refused")


def _list(path: Path, refused: Sequence[Refusal]) -> None:
    """Every refused row as a table; raises SettingsError when the file cannot be written."""
    rows = tuple((one.row, one.loan, one.code, refusal(one)) for one in refused)
    try:
        path.write_bytes(as_csv(Sheet("Các dòng không tính được", _COLUMNS, rows)))
    except OSError as error:
        raise SettingsError("unwritable", path=path) from error


def _refusal(refused: Refusal) -> dict[str, object]:
    error = refused.error
    code, on = (error.code, to_date(error.on)) if isinstance(error, LoanError) else (error, None)
    return {"row": refused.row, "loan": refused.loan, "code": code, "on": on, "message": refusal(refused)}
