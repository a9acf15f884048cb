"""``tovay-hub`` about rates: ``dues`` as known on a day, and ``decide-rate`` with its preview (B13)."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich_click as click
from msgspec import structs
from rich.progress import Progress

from calc.words import grouped
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
from hub.service.loan_book.imports import directory_of
from hub.service.rates.decision import Deciding, decide, plan_decision
from hub.service.rates.reports import customers_to_tell, known_dues
from hub.service.rates.wording import broken, preview, unfinished
from hub.service.reading.cells import reference
from hub.typed import DayType, PercentType
from protocol.day import Day, day_of, to_date
from protocol.roster_facts import RateDecided
from provisioning.usage import GROUP, STAFF, Word

_DAY = DayType()
_PERCENT = PercentType()
_KIND = Word(
    "loại",
    "rate|factor|points|support",
    "chọn rate (lãi suất mới), factor (còn bao nhiêu phần trăm mức cũ), points (giảm số điểm %)"
    " hoặc support (ngân sách trả thay số điểm %)",
)
_REACH = Word("phạm vi", "new|existing|all", "chọn new (khoản vay mới), existing (khoản vay cũ) hoặc all")
_OVERDUE = Word(
    "cách tính",
    "surcharge_on_reduced|full_surcharge_then_reduce|excluded",
    "chọn surcharge_on_reduced (giảm rồi nhân hệ số quá hạn), full_surcharge_then_reduce"
    " (nhân hệ số rồi giảm) hoặc excluded (không giảm)",
)
_PROGRAMME = Word("chương trình", r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}", "mã chương trình, ví dụ HN")
_FORMS = (".csv", ".xlsx")
_DAYS = ("effective_from", "effective_to", "signed_on")


class ReferenceType(click.ParamType[str]):
    """Number of a legal text, as the log may say it."""

    name = "số văn bản"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The number in composed letters; raises click.BadParameter."""
        composed = unicodedata.normalize("NFC", value.strip())
        if not composed or reference(composed) != composed:
            self.fail("số văn bản, từ 1 đến 40 ký tự, ví dụ 2553/QĐ-TTg", param, ctx)
        return composed


@click.command("dues")
@DIRECTORY
@click.option("--group", type=GROUP, required=True, help="Mã tổ.")
@click.option("--day", type=_DAY, required=True, help="Ngày mà lãi được tính tới.")
@click.option("--known-on", type=_DAY, help="Theo sổ đã ghi đến hết ngày này; mặc định theo sổ lúc này.")
@FORM
@FILE
@JSON
@HELP
def dues_command(
    directory: Path,
    group: str,
    day: Day,
    known_on: Day | None,
    form: str,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Lãi phải thu của một tổ đến một ngày, theo những gì chi nhánh đã biết vào một ngày."""
    with hub_of(directory) as hub:
        sheet = known_dues(hub.groups.load(group), directory_of(hub.store), day, known_on)
    deliver(sheet, "json" if as_json else form, out)


@click.command("decide-rate")
@DIRECTORY
@PASSPHRASE
@click.option("--reference", type=ReferenceType(), required=True, help="Số văn bản, ví dụ 2553/QĐ-TTg.")
@click.option("--signed-on", type=_DAY, required=True, help="Ngày ký.")
@click.option("--programme", type=_PROGRAMME, required=True, help="Mã chương trình cho vay.")
@click.option("--kind", type=_KIND, default="rate", help="Loại: rate, factor, points hoặc support.")
@click.option("--percent", "ppm", type=_PERCENT, required=True, help="Mức, viết theo phần trăm: 6,24.")
@click.option("--effective-from", type=_DAY, required=True, help="Ngày bắt đầu có hiệu lực.")
@click.option("--effective-to", type=_DAY, help="Ngày cuối cùng còn hiệu lực; không ghi là không thời hạn.")
@click.option("--reach", type=_REACH, required=True, help="Khoản vay nào: new, existing hoặc all.")
@click.option(
    "--overdue-reach", type=_OVERDUE, default="surcharge_on_reduced", help="Mức giảm gặp nợ quá hạn ra sao."
)
@click.option("--above", type=_PERCENT, help="Chỉ khoản vay có lãi suất trên mức này, phần trăm.")
@click.option("--by", "decided_by", type=STAFF, required=True, help="Mã người quyết định.")
@click.option("--confirmed-by", type=STAFF, required=True, help="Mã người xác nhận: một người khác.")
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước, không ghi gì.")
@click.option(
    "--customers",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Ghi danh sách khách hàng cần báo ra tệp .csv, .xlsx.",
)
@JSON
@HELP
def decide_command(
    directory: Path,
    passphrase_file: Path | None,
    customers: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    **terms: Any,  # noqa: ANN401 (the other options are named as the fields of a decision)
) -> None:
    """Xem trước rồi ghi một quyết định lãi suất vào sổ của mọi tổ; chạy lại không ghi hai lần."""
    form = _form(customers)
    if customers is not None and as_json:
        raise click.BadParameter("không dùng cùng --json", param_hint="--customers")
    with hub_of(directory, passphrase_file, sealing=not dry_run) as hub, Progress(console=ERR) as progress:
        trying = progress.add_task("Xem trước các tổ", total=2 * len(hub.groups.codes()))
        wished, today = RateDecided(number=1, **terms), day_of(hub.clock())
        deciding = plan_decision(hub.groups, wished, today, lambda: progress.advance(trying))
        states = {change.group: hub.groups.load(change.group) for change in deciding.groups}
        sheet = customers_to_tell(deciding, states, directory_of(hub.store))
        stopped: tuple[str, ...] = ()
        if not dry_run and not deciding.broken:
            writing = progress.add_task("Ghi sổ các tổ", total=len(deciding.groups))
            stopped = decide(hub.groups, deciding, lambda: progress.advance(writing))
    if as_json:
        print_json(_json(deciding, stopped, done=not dry_run and not deciding.broken))
    else:
        say(*preview(deciding))
    if customers is not None:
        deliver(sheet, form, customers)
    _end(deciding, stopped, dry_run=dry_run, as_json=as_json)


def _form(customers: Path | None) -> str:
    suffix = ".csv" if customers is None else customers.suffix.lower()
    if suffix not in _FORMS:
        raise click.BadParameter("tệp kết thúc bằng .csv hoặc .xlsx", param_hint="--customers")
    return suffix.removeprefix(".")


def _json(deciding: Deciding, stopped: Sequence[str], *, done: bool) -> dict[str, object]:
    """Fields as in `RateDecided`, `Totals` and `LoanChange`; days are 2025-12-17, dues are signed đồng."""
    decision = structs.asdict(deciding.decision)
    days = {name: None if decision[name] is None else to_date(decision[name]) for name in _DAYS}
    return {
        "decision": {**decision, **days},
        "known": deciding.is_known,
        "done": done and not stopped,
        "totals": deciding.totals,
        "groups": [
            {
                "group": change.group,
                "day": None if change.day is None else to_date(change.day),
                "loans": [
                    {**structs.asdict(loan), "credit": loan.credit, "tell": loan.is_news}
                    for loan in change.loans
                ],
            }
            for change in deciding.groups
        ],
        "stopped": stopped,
    }


def _end(deciding: Deciding, stopped: Sequence[str], *, dry_run: bool, as_json: bool) -> None:
    """The last line: what was written; leaves with 1 when something that should be is not."""
    if deciding.broken:
        fail("\n".join(broken(deciding)), 1)
    number, count = deciding.decision.number, len(deciding.groups) - len(stopped)
    if stopped:
        fail(unfinished(number, count, stopped), 1)
    if as_json:
        return
    if not deciding.groups:
        say(f"Quyết định này đã có từ trước, số {number}; không có gì thay đổi.")
    elif dry_run:
        say("Mới xem trước, chưa ghi gì.")
    elif deciding.is_known:
        say(f"Quyết định số {number} đã có ở một số tổ; nay ghi nốt vào sổ của {grouped(count)} tổ.")
    else:
        say(f"Đã ghi quyết định số {number} vào sổ của {grouped(count)} tổ.")
