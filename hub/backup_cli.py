"""``tovay-hub backup``, ``restore`` and ``upgrade``: the store as a whole (L15)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

import rich_click as click
from rich.progress import Progress

from hub.app import store_to_fill, upgrade
from hub.documents import GROUPS, SCHEMA
from hub.errors import BackupError, SettingsError
from hub.options import DIRECTORY, ERR, HELP, hub_of, say
from hub.service.upkeep.backup import Backup, Header, fill, header, write_backup
from provisioning import settings as branch_settings
from provisioning.authority import root_spki

_FILE = click.argument("path", type=click.Path(path_type=Path), metavar="TỆP")


@click.command("backup")
@_FILE
@DIRECTORY
@HELP
def backup_command(path: Path, directory: Path) -> None:
    """Sao lưu toàn bộ kho vào một tệp mới. Máy chủ vẫn chạy được trong lúc sao lưu."""
    with hub_of(directory) as hub, Progress(console=ERR) as progress:
        codes = hub.store.ids(GROUPS)
        writing = progress.add_task("Sao lưu các tổ", total=len(codes) + 1)
        first = _header(directory, hub.clock().isoformat(timespec="seconds"))
        with _new_file(path) as file:
            facts = write_backup(hub.store, first, file, lambda: progress.advance(writing))
    say(f"Đã sao lưu {facts} tài liệu của {len(codes)} tổ vào {path} ({path.stat().st_size} byte).")
    say("Khóa và sổ đăng ký thiết bị không nằm trong tệp này: hãy giữ bản sao riêng của chúng.")


@click.command("restore")
@_FILE
@DIRECTORY
@HELP
def restore_command(path: Path, directory: Path) -> None:
    """Chép một bản sao lưu vào kho trống. Bị ngắt giữa chừng thì chạy lại đúng lệnh này."""
    with _opened(path) as file, Progress(console=ERR) as progress:
        backup = Backup(file)
        checking = progress.add_task("Kiểm tra tệp", total=path.stat().st_size)
        facts = backup.verify(lambda read: progress.update(checking, completed=read))
        _check_origin(backup.header, _header(directory, ""))
        writing = progress.add_task("Chép vào kho", total=facts)
        with store_to_fill(directory, os.environ) as (store, marks):
            new = fill(store, marks, backup, lambda there: progress.update(writing, completed=there))
            groups, is_unmarked = len(store.ids(GROUPS)), marks.are_missing
    say(f"Kho có {facts} tài liệu của {groups} tổ, như lúc {backup.header.taken_at}; {new} mới được chép.")
    if is_unmarked:
        say("Ở đây không có mốc sổ, nên máy chủ chưa ghi thêm gì: hãy chạy tovay-hub restored.")
    else:
        say("Hãy chạy tovay-hub fsck. Nếu có tổ ngắn hơn mốc đã ghi, hãy chạy tovay-hub restored.")


@click.command("upgrade")
@DIRECTORY
@HELP
def upgrade_command(directory: Path) -> None:
    """Đưa kho của phiên bản cũ về dạng hiện nay. Bị ngắt giữa chừng thì chạy lại đúng lệnh này."""
    taken = upgrade(directory, os.environ)
    say(f"Kho ở dạng {SCHEMA}; {taken} bước vừa được thực hiện." if taken else f"Kho đã ở dạng {SCHEMA}.")


def _header(directory: Path, taken_at: str) -> Header:
    return header(branch_settings.load(directory).branch, root_spki(directory), taken_at)


def _check_origin(found: Header, ours: Header) -> None:
    if found.branch != ours.branch:
        raise BackupError("backup_elsewhere", branch=found.branch)
    if found.root != ours.root:
        raise BackupError("backup_other_root")


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone (names are in it) that appears whole under its name, or not at all."""
    try:
        _check_free(path)
        descriptor, name = mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)
        new = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _check_free(path)
            new.rename(path)
        finally:
            new.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise SettingsError("unwritable", path=path) from error


def _check_free(path: Path) -> None:
    if path.exists():
        raise BackupError("backup_exists", path=path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        if error.filename is not None and error.filename != str(path):
            raise
        raise SettingsError("unreadable_file", path=path) from error
