"""``tovay-hub``: the branch's service and its books. Exit codes: 0 done, 1 refused or faulty, 2 misused."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import rich_click as click
from rich.progress import Progress

from hub.backup_cli import backup_command, restore_command, upgrade_command
from hub.books_cli import count_command, settle_command, statement_command, tell_group
from hub.change_key_cli import change_key_command
from hub.checkpoint_cli import checkpoint_at, checkpoint_command
from hub.core_cli import compare_command, key_command
from hub.corrections_cli import refund_command, resolve_command, reverse_command
from hub.explain_cli import explain_command
from hub.export_cli import export_command
from hub.forks_cli import evidence_command, forks_command, reopen_command, resolve_fork_command
from hub.import_cli import import_command
from hub.ingest_cli import ingest_command
from hub.init_cli import init_command
from hub.options import (
    DIRECTORY,
    ERR,
    HELP,
    JSON,
    PASSPHRASE,
    hub_of,
    print_json,
    run,
    say,
    where_options,
)
from hub.periods_cli import balances_command, close_command, journal_command
from hub.province_cli import province_commands
from hub.rates_cli import decide_command, dues_command
from hub.rekey_cli import rekey_command
from hub.reports_cli import report_command
from hub.restored_cli import restored_command, tell_waiting
from hub.rollup_cli import rollup_command
from hub.server import address_of, listen, serve
from hub.service.forks.checkpoints import with_checkpoint
from hub.service.group.derived import rebuild, summary
from hub.service.group.waiting import waiting
from hub.service.upkeep.fsck import check
from hub.service.upkeep.health import health
from hub.settings import load
from hub.statements_cli import statements_command
from hub.telling import tell_report, tell_status, tell_stops
from hub.typed import DayType
from protocol.day import Day
from provisioning.usage import GROUP, LOOK, Whole, Word

_HOST = Word("máy", r"[0-9A-Za-z.:_-]{1,253}", "tên máy hoặc địa chỉ IP, ví dụ 127.0.0.1")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    run(commands, arguments, "tovay-hub")


@click.group()
@click.rich_config(LOOK)
@where_options
@HELP
@click.pass_context
def commands(context: click.RichContext, /, **told: object) -> None:
    """Máy chủ của chi nhánh: nhận dữ liệu từ điện thoại, giữ sổ của từng tổ, đối chiếu và kết toán.

    Cũng có thể nói kho dữ liệu ở trước lệnh: init ghi vào hub.toml, lệnh khác chỉ chạy khi hub.toml ghi
    đúng như thế.
    """
    context.default_map = {"init": {name: value for name, value in told.items() if value is not None}}


for command in (
    init_command,
    import_command,
    ingest_command,
    count_command,
    settle_command,
    statement_command,
    statements_command,
    explain_command,
    dues_command,
    decide_command,
    report_command,
    resolve_command,
    reverse_command,
    refund_command,
    rekey_command,
    export_command,
    compare_command,
    key_command,
    close_command,
    journal_command,
    balances_command,
    backup_command,
    restore_command,
    upgrade_command,
    restored_command,
    change_key_command,
    forks_command,
    resolve_fork_command,
    reopen_command,
    evidence_command,
    checkpoint_command,
    rollup_command,
    province_commands,
):
    commands.add_command(command)


@commands.command("serve")
@DIRECTORY
@PASSPHRASE
@click.option("--host", type=_HOST, help="Địa chỉ lắng nghe, nếu khác hub.toml.")
@click.option("--port", type=Whole(0, 65_535), metavar="SỐ", help="Cổng, nếu khác hub.toml; 0: tự chọn.")
@HELP
def serve_command(directory: Path, passphrase_file: Path | None, host: str | None, port: int | None) -> None:
    """Chạy máy chủ cho tới khi được lệnh dừng; in ra một dòng JSON với địa chỉ đang lắng nghe."""
    with hub_of(directory, passphrase_file, sealing=load(directory, {}).appends) as hub:
        listening = listen(host or hub.settings.host, hub.settings.port if port is None else port)
        serve(hub, listening, lambda: print_json({"address": address_of(listening)}))


@commands.command("status")
@DIRECTORY
@click.option("--group", type=GROUP, help="Mã tổ: xem đối chiếu một ngày giao dịch của tổ.")
@click.option("--day", type=DayType(), help="Ngày giao dịch, cùng với --group; mặc định ngày đang mở.")
@JSON
@HELP
def status(directory: Path, group: str | None, day: Day | None, *, as_json: bool) -> None:
    """Xem tình trạng chi nhánh, hoặc đối chiếu một ngày giao dịch của một tổ."""
    with hub_of(directory) as hub:
        if group is not None:
            tell_group(hub, group, day, as_json=as_json)
            return
        if day is not None:
            raise click.BadParameter("chỉ dùng cùng --group", param_hint="--day")
        if as_json:
            print_json(health(hub.groups))
        else:
            states = [hub.groups.load(code) for code in hub.groups.codes()]
            tell_status(summary(state) for state in states)
            tell_waiting([found for state in states if (found := waiting(hub.groups, state)) is not None])
            tell_stops(health(hub.groups))


@commands.command("fsck")
@DIRECTORY
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Điểm chốt cũ: mọi vị trí trong đó phải còn trong sổ hôm nay.",
)
@JSON
@HELP
def fsck_command(directory: Path, *, checkpoint: Path | None, as_json: bool) -> int:
    """Kiểm chứng lại từ đầu mọi chữ ký, chuỗi băm, xác nhận, hạch toán và tổng số trong kho."""
    with hub_of(directory) as hub, Progress(console=ERR) as progress:
        checking = progress.add_task("Kiểm chứng các tổ", total=len(hub.groups.codes()))
        older = None if checkpoint is None else checkpoint_at(hub, checkpoint)
        report = check(hub.groups, lambda: progress.advance(checking))
        if older is not None:
            report = with_checkpoint(hub.groups, older, report)
    if as_json:
        print_json(report)
    else:
        tell_report(report)
    return 1 if report.faults else 0


@commands.command("rebuild")
@DIRECTORY
@HELP
def rebuild_command(directory: Path) -> None:
    """Dựng lại mọi dữ liệu suy ra được từ các gói đã ký."""
    with hub_of(directory) as hub:
        count = rebuild(hub.store, (hub.groups.load(code) for code in hub.groups.codes()))
    say(f"Đã dựng lại {count} tài liệu suy ra từ sổ.")
