"""``tovay-hub restored``: people say that the store is an older copy, and every group begins anew (L15)."""

from pathlib import Path

import rich_click as click
from rich.progress import Progress

from hub.options import DIRECTORY, ERR, HELP, JSON, PASSPHRASE, hub_of, print_json, say, warn
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from hub.service.group.waiting import Waiting, waiting
from hub.service.upkeep.restoring import Wish, restore
from provisioning.usage import GROUP, STAFF


@click.command("restored")
@DIRECTORY
@click.option("--by", type=STAFF, required=True, help="Mã người quyết định.")
@click.option("--confirmed-by", type=STAFF, required=True, help="Mã người xác nhận: một người khác.")
@click.option("--group", type=GROUP, help="Chỉ một tổ: khi chỉ sổ của tổ đó bị điện thoại phủ nhận.")
@click.option(
    "--again", is_flag=True, help="Vừa chép lại kho một lần nữa, dù máy chủ không thấy dấu hiệu gì."
)
@PASSPHRASE
@JSON
@HELP
def restored_command(
    directory: Path,
    by: str,
    confirmed_by: str,
    group: str | None,
    passphrase_file: Path | None,
    *,
    again: bool,
    as_json: bool,
) -> int:
    """Sau khi chép lại bản sao lưu của kho: mở kỳ sổ mới cho mọi tổ, để điện thoại trả lại phần đã mất."""
    with hub_of(directory, passphrase_file, sealing=True) as hub, Progress(console=ERR) as progress:
        opening = progress.add_task("Mở kỳ sổ mới", total=None)
        wish = Wish(by, confirmed_by, group, again)
        done = restore(hub.groups, wish, lambda _: progress.advance(opening))
    restoration = done.restoration
    if as_json:
        print_json(done)
    else:
        say(*(f"Tổ {code}: mở kỳ sổ {restoration.groups[code].epoch}." for code in done.opened))
        people = f"{restoration.decided_by} quyết định, {restoration.confirmed_by} xác nhận"
        if done.opened:
            say(f"Đã mở kỳ sổ mới cho {len(done.opened)} tổ ({people}).")
            say("Hãy để các điện thoại đồng bộ, và xem tovay-hub status cho tới khi không tổ nào còn chờ.")
        elif not done.damaged:
            say(f"Không còn gì phải làm: việc khôi phục này đã xong ({people}).")
        say(*(f"Tổ {code}: dữ liệu hỏng, chưa mở được kỳ sổ mới; hãy chạy fsck." for code in done.damaged))
    return 1 if done.damaged else 0


def tell_waiting(found: list[Waiting]) -> None:
    """What groups that began anew still wait for."""
    for one in found:
        if one.is_over:
            say(
                f"Tổ {one.group}: {one.entries} dòng sổ cũ không về nữa, vì không máy nào của tổ còn giữ."
                " Hãy nhập lại sổ vay (tovay-hub import-book) và những việc còn trên giấy."
                if one.entries
                else f"Tổ {one.group}: mọi dòng sổ cũ đã về."
            )
            continue
        say(_told(one))


def warn_waiting(groups: Groups, state: GroupState) -> None:
    """Before sums of a group that began anew and still waits: what it waits for, on the error stream."""
    found = waiting(groups, state)
    if found is not None and not found.is_over:
        warn(f"CẢNH BÁO: {_told(found)} Tiền của những dòng chưa về không có trong các tổng của lần này.")


def _told(one: Waiting) -> str:
    entries = "chưa rõ bao nhiêu dòng sổ cũ" if one.entries is None else f"{one.entries} dòng sổ cũ"
    phones = f"{len(one.phones)} máy ({', '.join(one.phones)})" if one.phones else "0 máy"
    return f"Tổ {one.group} còn chờ: {entries}, {phones}, {one.seals} gói đã từng nhận."
