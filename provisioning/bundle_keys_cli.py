"""``tovay-provision bundle-key``: the next key to which phones without a network encrypt."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import rich_click as click
from rich.console import Console

from provisioning.authority import read_passphrase
from provisioning.bundle_keys import renew_bundle_key
from provisioning.founding import Passphrases, Places

_FOLDER = click.Path(path_type=Path)


def bundle_key_command(clock: Callable[[], datetime]) -> click.Command:
    """The command, by the clock of ``provisioning.cli``."""

    @click.command("bundle-key")
    @click.help_option("--help", help="Xem hướng dẫn này.")
    @click.option(
        "--dir", "directory", type=_FOLDER, metavar="THƯ MỤC", required=True, help="Thư mục chi nhánh."
    )
    @click.option("--root", type=_FOLDER, metavar="THƯ MỤC", required=True, help="Nơi giữ khóa gốc.")
    @click.option(
        "--passphrase-file", type=_FOLDER, metavar="TỆP", required=True, help="Tệp mật khẩu của khóa máy chủ."
    )
    @click.option(
        "--root-passphrase-file",
        type=_FOLDER,
        metavar="TỆP",
        required=True,
        help="Tệp mật khẩu của khóa gốc.",
    )
    def bundle_key(directory: Path, root: Path, passphrase_file: Path, root_passphrase_file: Path) -> None:
        """Thay khóa nhận kiện của chi nhánh; kiện gửi theo khóa cũ vẫn mở được."""
        passphrases = Passphrases(read_passphrase(passphrase_file), read_passphrase(root_passphrase_file))
        number = renew_bundle_key(Places(directory, root), passphrases, clock())
        told = f"Đã tạo khóa nhận kiện số {number}. Hãy tháo nơi giữ khóa gốc ra cất đi."
        Console().print(told, markup=False, highlight=False, soft_wrap=True)

    return bundle_key
