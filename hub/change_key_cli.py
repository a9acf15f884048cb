"""``tovay-hub change-key``: the logs of all groups change to the key that the root stated last (L17)."""

from pathlib import Path

import rich_click as click
from rich.progress import Progress

from hub.app import passphrase
from hub.options import DIRECTORY, ERR, HELP, JSON, PASSPHRASE, hub_of, print_json, say
from hub.service.upkeep.key_change import change_key
from protocol.native import NativeSigner
from provisioning.authority import load_log_key
from provisioning.log_keys import take_over, waiting_key
from provisioning.settings import LOG_KEY


@click.command("change-key")
@DIRECTORY
@PASSPHRASE
@JSON
@HELP
def change_key_command(directory: Path, passphrase_file: Path | None, *, as_json: bool) -> int:
    """Đổi sổ của mọi tổ sang khóa ghi sổ mới mà khóa gốc đã nêu. Hãy dừng máy chủ trước khi chạy."""
    with (
        hub_of(directory, passphrase_file, sealing=True, load_signer=_key_in_use) as hub,
        Progress(console=ERR) as progress,
    ):
        signed = waiting_key(directory, passphrase(directory, hub.settings))
        if signed is None:
            found = None
        else:
            assert hub.signer is not None
            changing = progress.add_task("Đổi khóa ghi sổ", total=len(hub.groups.codes()))
            found = change_key(hub.groups, hub.signer.spki, signed, lambda _: progress.advance(changing))
            take_over(directory)
    if as_json:
        print_json(found)
    elif found is None:
        say("Không có khóa mới nào chờ đổi; không có gì thay đổi.")
    else:
        say(f"Đã đổi sang khóa ghi sổ số {found.number}; {len(found.changed)} tổ vừa đổi. Khóa cũ đã bỏ.")
        say(
            *(
                f"Tổ {code}: chưa đổi được; hãy chạy tovay-hub restored --again --group {code}."
                for code in found.left
            )
        )
    return 1 if found is not None and found.left else 0


def _key_in_use(directory: Path, opened_by: bytes) -> NativeSigner:
    """The key that sealed until now, also when the root has stated the next one."""
    return load_log_key(directory / LOG_KEY, opened_by)
