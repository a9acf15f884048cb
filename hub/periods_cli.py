"""``tovay-hub`` about periods and accounts: ``close-period``, ``journal``, ``balances`` (B4, B19, B20)."""

from pathlib import Path

import rich_click as click
from rich.progress import Progress

from calc.periods import Period
from calc.words import day as written
from calc.words import month
from hub.errors import SettingsError
from hub.options import (
    DIRECTORY,
    ERR,
    FILE,
    FORM,
    HELP,
    JSON,
    PASSPHRASE,
    deliver,
    fail,
    hub_of,
    print_json,
    say,
)
from hub.service.accounts.journal import (
    balance_sheet,
    balanced,
    journal_sheet,
    span_of_day,
    span_of_period,
    whole,
)
from hub.service.accounts.periods import ClosingPlan, close_period, plan_closing
from hub.service.accounts.wording import HINDRANCES
from hub.service.loan_book.imports import directory_of
from hub.typed import DayType, PeriodType
from protocol.day import Day, to_date
from provisioning.usage import GROUP, STAFF

_PERIOD = PeriodType()
_DAY = DayType()


@click.command("close-period")
@DIRECTORY
@PASSPHRASE
@click.option("--period", type=_PERIOD, required=True, help="Kỳ khóa sổ, ví dụ 2025-12.")
@click.option("--by", type=STAFF, required=True, help="Mã người quyết định.")
@click.option("--confirmed-by", type=STAFF, required=True, help="Mã người xác nhận: một người khác.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước, không ghi gì.")
@JSON
@HELP
def close_command(
    directory: Path,
    passphrase_file: Path | None,
    period: Period,
    by: str,
    confirmed_by: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Khóa sổ một kỳ của mọi tổ; kỳ đã khóa không nhận thêm gì nữa. Chạy lại không sao."""
    stopped: tuple[str, ...] = ()
    with hub_of(directory, passphrase_file, sealing=not dry_run) as hub, Progress(console=ERR) as progress:
        looking = progress.add_task("Xem các tổ", total=len(hub.groups.codes()))
        plan = plan_closing(hub.groups, period, lambda: progress.advance(looking))
        if not dry_run and not plan.hindered:
            closing = progress.add_task("Khóa sổ các tổ", total=len(plan.open))
            stopped = close_period(hub.groups, plan, by, confirmed_by, lambda: progress.advance(closing))
    if as_json:
        print_json(_json(plan, stopped, done=not dry_run and not plan.hindered))
    else:
        _tell(plan, stopped, dry_run=dry_run)
    return 1 if plan.hindered or stopped else 0


@click.command("journal")
@DIRECTORY
@click.option("--group", type=GROUP, required=True, help="Mã tổ.")
@click.option("--period", type=_PERIOD, help="Sổ nhật ký của một kỳ, ví dụ 2025-12.")
@click.option("--day", type=_DAY, help="Sổ nhật ký của một ngày giao dịch đã kết toán.")
@FORM
@FILE
@HELP
def journal_command(
    directory: Path, group: str, period: Period | None, day: Day | None, form: str, out: Path | None
) -> None:
    """Sổ nhật ký của một tổ: nợ, có từng dòng, tính lại từ sổ của chi nhánh."""
    if period is not None and day is not None:
        raise SettingsError("one_of_both")
    with hub_of(directory) as hub:
        state = hub.groups.load(group)
        span = whole(state)
        if period is not None:
            span = span_of_period(state, period)
        elif day is not None:
            span = span_of_day(state, day)
        sheet = journal_sheet(state, directory_of(hub.store), span)
    deliver(sheet, form, out)


@click.command("balances")
@DIRECTORY
@click.option("--group", type=GROUP, help="Mã tổ; không có thì cả chi nhánh.")
@click.option("--period", type=_PERIOD, help="Số dư cuối một kỳ đã khóa sổ; mặc định theo sổ lúc này.")
@FORM
@FILE
@HELP
def balances_command(
    directory: Path, group: str | None, period: Period | None, form: str, out: Path | None
) -> int:
    """Cân đối tài khoản của một tổ hoặc cả chi nhánh, so từng tài khoản với các chi tiết của nó."""
    title = "theo sổ lúc này" if period is None else f"kỳ {month(period.last_day)}"
    with hub_of(directory) as hub, Progress(console=ERR) as progress:
        codes = hub.groups.codes() if group is None else (group,)
        adding = progress.add_task("Cộng sổ các tổ", total=len(codes))
        found = []
        for code in codes:
            found.append(balanced(hub.groups.load(code), period))
            progress.advance(adding)
    sheet = balance_sheet(found, title if group is None else f"tổ {group}, {title}")
    deliver(sheet, form, out)
    return 0 if all(check.holds for one in found for check in one.checks) else 1


def _tell(plan: ClosingPlan, stopped: tuple[str, ...], *, dry_run: bool) -> None:
    named = month(plan.period.last_day)
    if plan.hindered:
        told = [
            f"Tổ {one.group}: {HINDRANCES[one.obstacle.hindrance].format(day=written(one.obstacle.day))}."
            for one in plan.hindered
        ]
        fail("\n".join([*told, f"Chưa khóa sổ kỳ {named}; không có gì được ghi."]), 1)
    for group, count in plan.ahead:
        say(
            f"Lưu ý: tổ {group} đã ghi {count} giao dịch có ngày sau kỳ này: "
            "ghi sổ kỳ sau, nhưng lãi tính khi khóa sổ đã kể chúng."
        )
    done = len(plan.open) - len(stopped)
    if dry_run:
        say(f"Có thể khóa sổ kỳ {named} cho {done} tổ; {len(plan.closed)} tổ đã khóa. Chưa ghi gì.")
    else:
        say(f"Đã khóa sổ kỳ {named} cho {done} tổ; {len(plan.closed)} tổ đã khóa từ trước.")
    say(*(f"Tổ {group} đang tạm dừng để kiểm tra, chưa khóa sổ." for group in stopped))


def _json(plan: ClosingPlan, stopped: tuple[str, ...], *, done: bool) -> dict[str, object]:
    return {
        "first_day": to_date(plan.period.first_day),
        "last_day": to_date(plan.period.last_day),
        "done": done,
        "open": plan.open,
        "closed": plan.closed,
        "stopped": stopped,
        "ahead": dict(plan.ahead),
        "hindered": [
            {"group": one.group, "cause": one.obstacle.hindrance, "day": to_date(one.obstacle.day)}
            for one in plan.hindered
        ],
    }
