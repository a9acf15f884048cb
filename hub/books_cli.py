"""``tovay-hub`` on a transaction day: ``count``, ``settle``, ``statement`` and ``status --group``."""

from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from calc.words import day as written
from calc.words import money
from hub.app import Hub
from hub.books_tables import show_bundle, show_cash, show_day
from hub.errors import DayError
from hub.options import DIRECTORY, FILE, FORM, HELP, JSON, OUT, PASSPHRASE, deliver, hub_of, print_json, say
from hub.restored_cli import warn_waiting
from hub.service.day.posting import Counting, Settling, count, settle
from hub.service.day.reconciliation import group_day
from hub.service.day.shown import GroupDay
from hub.service.day.staged import day_to_show
from hub.service.day.statement import collection_statement
from hub.service.group.state import GroupState
from hub.service.loan_book.imports import directory_of
from hub.typed import AmountType, DayType, NotesType
from protocol.day import Day, to_date
from protocol.money import Dong
from protocol.phone_facts import Denomination
from provisioning.usage import GROUP, STAFF

_GROUP = click.option("--group", type=GROUP, required=True, help="Mã tổ.")
_DAY = click.option("--day", type=DayType(), required=True, help="Ngày giao dịch.")


@click.command("count")
@DIRECTORY
@PASSPHRASE
@_GROUP
@_DAY
@click.option("--by", type=STAFF, required=True, help="Mã giao dịch viên kiểm đếm.")
@click.option("--confirmed-by", type=STAFF, help="Mã người cùng đếm, nếu có.")
@click.option(
    "--denomination", "notes", type=NotesType(), multiple=True, help="Mệnh giá x số tờ; ghi nhiều lần."
)
@click.option("--counted", type=AmountType(), help="Tổng số tiền đếm được.")
@JSON
@HELP
def count_command(  # noqa: PLR0913 (one argument per option)
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    day: Day,
    *,
    by: str,
    confirmed_by: str | None,
    notes: tuple[Denomination, ...],
    counted: Dong | None,
    as_json: bool,
) -> None:
    """Ghi số tiền giao dịch viên đếm được của một tổ; kiểm đếm lại thì lần cuối có hiệu lực."""
    largest_first = tuple(sorted(notes, key=lambda one: -one.face))
    counting = Counting(day, _amount(notes, counted), largest_first, by, confirmed_by)
    with hub_of(directory, passphrase_file, sealing=True) as hub:
        state = count(hub.groups, group, counting)
        shown = _shown(hub, state, day)
        warn_waiting(hub.groups, state)
    if as_json:
        print_json(_cash_json(shown))
        return
    say(f"Đã ghi kiểm đếm của tổ {group}, ngày giao dịch {written(day)}.")
    show_cash(OUT, shown.cash)


@click.command("settle")
@DIRECTORY
@PASSPHRASE
@_GROUP
@_DAY
@click.option("--by", type=STAFF, required=True, help="Mã kiểm soát viên quyết định.")
@click.option("--confirmed-by", type=STAFF, required=True, help="Mã giao dịch viên xác nhận: một người khác.")
@JSON
@HELP
def settle_command(
    directory: Path,
    passphrase_file: Path | None,
    group: str,
    day: Day,
    by: str,
    confirmed_by: str,
    *,
    as_json: bool,
) -> None:
    """Kết toán ngày giao dịch của một tổ: hạch toán mọi phiếu, chốt tiền, mở ngày sau; chạy lại không sao."""
    with hub_of(directory, passphrase_file, sealing=True) as hub:
        done = settle(hub.groups, group, Settling(day, by, confirmed_by))
        shown = _shown(hub, done.state, day)
        warn_waiting(hub.groups, done.state)
    following = day_to_show(done.state)
    if as_json:
        print_json({**_cash_json(shown), "changed": done.changed, "next_day": to_date(following)})
        return
    if done.changed:
        sums = {one.state: one.entries for one in shown.states}
        say(
            f"Đã kết toán ngày {written(day)} của tổ {group}:"
            f" hạch toán {sums['posted']} phiếu, treo {sums['held']} phiếu."
        )
    else:
        say(f"Ngày {written(day)} của tổ {group} đã kết toán từ trước; không có gì thay đổi.")
    show_bundle(OUT, shown.entries)
    show_cash(OUT, shown.cash)
    say(f"Sổ cho ngày giao dịch {written(following)} đã sẵn sàng; điện thoại nhận khi gửi về.")


@click.command("statement")
@DIRECTORY
@_GROUP
@_DAY
@click.option("--explain", is_flag=True, help="Thêm cách tính lãi của từng khoản vay.")
@FORM
@FILE
@HELP
def statement_command(
    directory: Path, group: str, day: Day, form: str, out: Path | None, *, explain: bool
) -> None:
    """Bảng kê 13/TD của một tổ và một ngày giao dịch; của ngày đã kết toán thì không bao giờ đổi."""
    with hub_of(directory) as hub:
        state = hub.groups.load(group)
        sheet = collection_statement(state, directory_of(hub.store), day, explained=explain)
    deliver(sheet, form, out)


def tell_group(hub: Hub, group: str, day: Day | None, *, as_json: bool) -> None:
    """``status --group``: the reconciliation of one transaction day, by default the one under way."""
    state = hub.groups.load(group)
    shown = _shown(hub, state, day_to_show(state) if day is None else day)
    if as_json:
        print_json(shown)
    else:
        show_day(OUT, shown)


def _shown(hub: Hub, state: GroupState, day: Day) -> GroupDay:
    return group_day(state, directory_of(hub.store), day)


def _amount(notes: Sequence[Denomination], counted: Dong | None) -> Dong:
    """The cash that was counted: by notes, as one sum, or both, which must agree."""
    if not notes and counted is None:
        raise DayError("nothing_counted")
    faces = [one.face for one in notes]
    for face in faces:
        if faces.count(face) > 1:
            raise DayError("repeated_face", face=money(face))
    noted = sum(one.face * one.count for one in notes)
    if notes and counted is not None and noted != counted:
        raise DayError("sum_differs", noted=money(noted), counted=money(counted))
    return noted if counted is None else counted


def _cash_json(shown: GroupDay) -> dict[str, object]:
    return {
        "group": shown.group.code,
        "day": shown.day,
        "stage": shown.stage,
        "position": shown.position,
        "entries": {one.state: one.entries for one in shown.states},
        "cash": shown.cash,
    }
