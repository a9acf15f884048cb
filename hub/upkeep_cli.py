"""``tovay-hub status``, ``fsck`` and ``rebuild``: how the branch is, and whether what is stored holds."""

from pathlib import Path

import rich_click as click
from rich.progress import Progress

from hub.books_cli import tell_group
from hub.checkpoint_cli import checkpoint_at
from hub.options import DIRECTORY, ERR, HELP, JSON, hub_of, print_json, say
from hub.restored_cli import tell_waiting
from hub.service.forks.checkpoints import with_checkpoint
from hub.service.group.derived import rebuild, summary
from hub.service.group.waiting import waiting
from hub.service.upkeep.fsck import check
from hub.service.upkeep.health import health
from hub.telling import tell_report, tell_status, tell_stops
from hub.typed import DayType
from protocol.day import Day
from provisioning.usage import GROUP


@click.command("status")
@DIRECTORY
@click.option("--group", type=GROUP, help="Mã tổ: xem đối chiếu một ngày giao dịch của tổ.")
@click.option("--day", type=DayType(), help="Ngày giao dịch, cùng với --group; mặc định ngày đang mở.")
@JSON
@HELP
def status_command(directory: Path, group: str | None, day: Day | None, *, as_json: bool) -> None:
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


@click.command("fsck")
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


@click.command("rebuild")
@DIRECTORY
@HELP
def rebuild_command(directory: Path) -> None:
    """Dựng lại mọi dữ liệu suy ra được từ các gói đã ký."""
    with hub_of(directory) as hub:
        count = rebuild(hub.store, (hub.groups.load(code) for code in hub.groups.codes()))
    say(f"Đã dựng lại {count} tài liệu suy ra từ sổ.")
