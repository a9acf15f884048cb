"""``tovay-provision bundle-key`` and ``log-key``: the root states the branch's next key."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import rich_click as click
from rich.console import Console

from provisioning.authority import read_passphrase
from provisioning.bundle_keys import renew_bundle_key
from provisioning.founding import Passphrases, Places
from provisioning.log_keys import state_log_key

_FOLDER = click.Path(path_type=Path)
_PUT_AWAY = "Hãy tháo nơi giữ khóa gốc ra cất đi."
_OPTIONS = (
    click.help_option("--help", help="Xem hướng dẫn này."),
    click.option(
        "--dir", "directory", type=_FOLDER, metavar="THƯ MỤC", required=True, help="Thư mục chi nhánh."
    ),
    click.option("--root", type=_FOLDER, metavar="THƯ MỤC", required=True, help="Nơi giữ khóa gốc."),
    click.option(
        "--passphrase-file", type=_FOLDER, metavar="TỆP", required=True, help="Tệp mật khẩu của khóa máy chủ."
    ),
    click.option(
        "--root-passphrase-file",
        type=_FOLDER,
        metavar="TỆP",
        required=True,
        help="Tệp mật khẩu của khóa gốc.",
    ),
)


def key_commands(clock: Callable[[], datetime]) -> tuple[click.Command, click.Command]:
    """Both commands, by the clock of ``provisioning.cli``."""

    def bundle_key(directory: Path, root: Path, passphrase_file: Path, root_passphrase_file: Path) -> None:
        """Thay khóa nhận kiện của chi nhánh; kiện gửi theo khóa cũ vẫn mở được."""
        passphrases = Passphrases(read_passphrase(passphrase_file), read_passphrase(root_passphrase_file))
        number = renew_bundle_key(Places(directory, root), passphrases, clock())
        _say(f"Đã tạo khóa nhận kiện số {number}. {_PUT_AWAY}")

    def log_key(directory: Path, root: Path, passphrase_file: Path, root_passphrase_file: Path) -> None:
        """Nêu khóa ghi sổ mới của chi nhánh, để máy chủ đổi sang bằng tovay-hub change-key."""
        passphrases = Passphrases(read_passphrase(passphrase_file), read_passphrase(root_passphrase_file))
        number = state_log_key(Places(directory, root), passphrases, clock())
        _say(
            f"Khóa gốc đã nêu khóa ghi sổ số {number}. {_PUT_AWAY}",
            "Tiếp theo, hãy chạy tovay-hub change-key.",
        )

    return _command("bundle-key", bundle_key), _command("log-key", log_key)


def _command(name: str, work: Callable[[Path, Path, Path, Path], None]) -> click.Command:
    """A command at which the root is needed, with both passphrases."""
    for option in reversed(_OPTIONS):
        work = option(work)
    return click.command(name)(work)


def _say(*lines: str) -> None:
    for line in lines:
        Console().print(line, markup=False, highlight=False, soft_wrap=True)
