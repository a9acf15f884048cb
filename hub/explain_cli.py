"""``tovay-hub explain``: why a household is asked for what it is asked for."""

from pathlib import Path

import rich_click as click

from calc.words import day as written
from calc.words import in_words, money
from hub.options import DIRECTORY, HELP, JSON, hub_of, print_json, say
from hub.service.loan_book.imports import directory_of
from hub.service.reports.explaining import HouseholdExplained, household_explained
from hub.typed import DayType
from protocol.day import Day, to_day
from provisioning.usage import GROUP


@click.command("explain")
@DIRECTORY
@click.option("--group", type=GROUP, required=True, help="Mã tổ.")
@click.option("--member", metavar="MÃ", required=True, help="Mã khách hàng.")
@click.option("--day", type=DayType(), required=True, help="Ngày mà lãi được tính tới.")
@click.option("--known-on", type=DayType(), help="Theo sổ biết đến hết ngày này; mặc định sổ của ngày đó.")
@JSON
@HELP
def explain_command(
    directory: Path, group: str, member: str, day: Day, known_on: Day | None, *, as_json: bool
) -> None:
    """Giải thích tiền lãi của một hộ: từng ngày, dư nợ, lãi suất, làm tròn, đã trả, còn lại."""
    with hub_of(directory) as hub:
        found = household_explained(hub.groups.load(group), directory_of(hub.store), member, day, known_on)
    if as_json:
        print_json(found)
    else:
        say(*_told(found))


def _told(found: HouseholdExplained) -> list[str]:
    told = [f"{found.member.shown} ({found.member.number}), {found.group.name}"]
    for loan in found.loans:
        told += ["", *loan.sentences]
    told += [] if found.loans else ["Không có khoản vay nào còn mở vào ngày này."]
    told += [f"Tiết kiệm {one.number}: {money(one.balance_dong)}" for one in found.accounts]
    told += found.notes
    asked = f"{money(found.asked_dong)} ({in_words(found.asked_dong)})"
    told += ["", f"Phải thu đến ngày {written(to_day(found.day))}: {asked}"]
    when = "" if found.known_on is None else f", biết đến hết ngày {written(to_day(found.known_on))}"
    return [*told, f"Tính từ sổ của chi nhánh đến dòng {found.position}{when}."]
