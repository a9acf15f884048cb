"""``tovay-hub checkpoint``: the day's signed word on where every branch log ends."""

from pathlib import Path

import rich_click as click

from hub.app import Hub
from hub.errors import CheckpointError, SettingsError
from hub.options import DIRECTORY, HELP, PASSPHRASE, hub_of, say
from hub.service.forks.checkpoints import make, read, take_back
from protocol.checkpoint import Checkpoint
from protocol.limits import CHECKPOINT_BYTES_MAX
from provisioning.verify_wording import checkpoint as told


@click.command("checkpoint")
@DIRECTORY
@PASSPHRASE
@click.option("--out", type=click.Path(path_type=Path), metavar="TỆP", help="Ghi điểm chốt ra tệp.")
@click.option(
    "--after",
    type=click.Path(path_type=Path),
    metavar="TỆP",
    help="Điểm chốt đã công bố mà máy chủ khôi phục không còn giữ: nhận lại rồi đánh số tiếp.",
)
@HELP
def checkpoint_command(
    directory: Path, passphrase_file: Path | None, *, out: Path | None, after: Path | None
) -> None:
    """Ký điểm chốt hôm nay: vị trí cuối của sổ mọi tổ. Chạy mỗi ngày; chạy lại trong ngày không đổi gì."""
    with hub_of(directory, passphrase_file, sealing=True) as hub:
        assert hub.signer is not None
        if after is not None:
            say(f"Đã nhận lại điểm chốt số {take_back(hub.groups, bytes_at(after))}.")
        raw = make(hub.groups, hub.signer)
        made = read(raw, hub.groups.trust).checkpoint
    if out is not None:
        try:
            out.write_bytes(raw)
        except OSError as error:
            raise SettingsError("unwritable", path=out) from error
    say(told(made))


def checkpoint_at(hub: Hub, path: Path) -> Checkpoint:
    """A checkpoint of this branch from a file; raises SettingsError or CheckpointError."""
    return read(bytes_at(path), hub.groups.trust).checkpoint


def bytes_at(path: Path) -> bytes:
    """Bytes of a checkpoint file; raises SettingsError or CheckpointError."""
    try:
        with path.open("rb") as file:
            raw = file.read(CHECKPOINT_BYTES_MAX + 1)
    except OSError as error:
        raise SettingsError("unreadable_file", path=path) from error
    if len(raw) > CHECKPOINT_BYTES_MAX:
        raise CheckpointError("no_checkpoint")
    return raw
