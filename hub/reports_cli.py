"""``tovay-hub report``: every table for people, of one group or of the whole branch, as of any day."""

from collections.abc import Iterator
from pathlib import Path

import rich_click as click
from rich.progress import Progress

from calc.words import day as written
from hub.app import Hub
from hub.errors import SettingsError
from hub.options import DIRECTORY, ERR, FILE, FORM, HELP, deliver, hub_of
from hub.service.group.state import GroupState
from hub.service.loan_book.imports import directory_of
from hub.service.reports.fees import FEES, UNION_FEES
from hub.service.reports.lists import (
    ARREARS,
    CREDITS,
    DUE_SOON,
    EARLY_WARNING,
    FREEZE_ENDING,
    INACTIVE,
    OVERDUE,
)
from hub.service.reports.measures import BALANCES, COLLECTION, SAVINGS, SCORE
from hub.service.reports.papers import CONFIRMATION, RECEIPTS, receipt_form
from hub.service.reports.problems import PROBLEMS
from hub.service.reports.scope import Wish, known_group, make
from hub.service.tables.sheets import Sheet
from hub.settings import load_terms
from hub.typed import DayType
from protocol.day import Day, day_of
from provisioning.usage import GROUP, Whole, Word

REPORTS = {
    "15td": CONFIRMATION,
    "01bl": RECEIPTS,
    "savings": SAVINGS,
    "balances": BALANCES,
    "collection": COLLECTION,
    "score": SCORE,
    "fees": FEES,
    "union-fees": UNION_FEES,
    "overdue": OVERDUE,
    "due-soon": DUE_SOON,
    "freeze-ending": FREEZE_ENDING,
    "arrears": ARREARS,
    "inactive": INACTIVE,
    "early-warning": EARLY_WARNING,
    "credits": CREDITS,
    "problems": PROBLEMS,
}
_KIND = Word("báo cáo", "|".join(REPORTS), f"chọn một trong: {', '.join(REPORTS)}")


@click.command("report")
@click.argument("kind", type=_KIND, metavar="BÁO_CÁO")
@DIRECTORY
@click.option("--group", type=GROUP, help="Mã tổ; không có thì cả chi nhánh.")
@click.option("--day", type=DayType(), help="Số liệu của ngày nào; mặc định hôm nay.")
@click.option("--known-on", type=DayType(), help="Theo những gì chi nhánh đã biết đến hết ngày này.")
@click.option(
    "--receipt",
    type=Whole(1, 2**53),
    metavar="SỐ",
    help="Với 01bl của một tổ: in lại biên lai mang số này.",
)
@FORM
@FILE
@HELP
def report_command(  # noqa: PLR0913 (one argument per option)
    kind: str,
    directory: Path,
    group: str | None,
    day: Day | None,
    known_on: Day | None,
    receipt: int | None,
    *,
    form: str,
    out: Path | None,
) -> None:
    """Lập một báo cáo; mỗi báo cáo nói rõ được tính từ dòng nào của sổ chi nhánh.

    Mẫu biểu: 15td, 01bl. Theo tổ: savings, balances, collection, score, fees, union-fees. Danh sách:
    overdue, due-soon, freeze-ending, arrears, inactive, early-warning, credits, problems.
    """
    with hub_of(directory) as hub:
        asked = day_of(hub.clock()) if day is None else day
        wish = Wish(asked, known_on, load_terms(directory))
        if receipt is not None:
            if kind != "01bl" or group is None:
                raise SettingsError("receipt_of_a_group")
            sheet = _receipt(hub, group, wish, receipt)
        else:
            with Progress(console=ERR) as progress:
                states = _states(hub, group, progress)
                sheet = make(REPORTS[kind], states, directory_of(hub.store), wish)
    deliver(sheet, form, out)


def _states(hub: Hub, group: str | None, progress: Progress) -> Iterator[GroupState]:
    """The groups asked for, one after another, with progress for a whole branch."""
    codes = hub.groups.codes() if group is None else (group,)
    task = progress.add_task("Lập báo cáo", total=len(codes), visible=group is None)
    for code in codes:
        yield hub.groups.load(code)
        progress.advance(task)


def _receipt(hub: Hub, group: str, wish: Wish, number: int) -> Sheet:
    known = known_group(hub.groups.load(group), directory_of(hub.store), wish)
    if known is None:
        raise SettingsError("nothing_known", group=group, day=written(wish.known_on or wish.day))
    return receipt_form(known, number)
