"""How a branch begins: its keys, its directory, its register, all or nothing.

The keys are made in memory first. Then the branch's files are written, each flushed; then the root's, on
their own medium; then ``provision.toml``, by renaming. A process that is killed before that leaves a
directory that nothing loads from and that the next ``init`` names; an error removes what was written.
"""

import os
import secrets
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct

from protocol.keys import fingerprint
from provisioning.authority import make_keys
from provisioning.database import create
from provisioning.errors import (
    IncompleteDirectoryError,
    OccupiedDirectoryError,
    RootNotApartError,
    UnwritableError,
)
from provisioning.settings import (
    AUTHORITY_CERTIFICATE,
    AUTHORITY_KEY,
    BRANCH_FILES,
    BUNDLE_KEYS,
    LOG_KEY,
    REGISTER,
    REGISTER_KEY,
    ROOT_FILES,
    ROOT_KEY,
    ROOT_SPKI,
    SETTINGS,
    STATEMENTS,
    Settings,
    text,
)

_REGISTER_KEY_BYTES = 32
_NEW = ".new"


class Places(Struct, frozen=True):
    """Where a branch is founded: the hub's directory, and the medium that is taken out afterwards."""

    branch: Path
    root: Path


class Passphrases(Struct, frozen=True):
    """Of the keys that the hub loads, and of the root."""

    branch: bytes
    root: bytes


def found_branch(places: Places, code: str, passphrases: Passphrases, now: datetime) -> bytes:
    """Make a branch; returns the fingerprint of its root.

    Raises:
        OccupiedDirectoryError, IncompleteDirectoryError: files of a branch or root are there already.
        RootNotApartError: the root's place or passphrase is not its own.
        UnwritableError, RegisterError: the disk refused; what was written is gone again.
    """
    with _Writing() as write:
        _check_apart(places, passphrases)
        _check_free(places.branch, BRANCH_FILES, SETTINGS)
        _check_free(places.root, ROOT_FILES, ROOT_SPKI)
        keys = make_keys(code, passphrases.branch, passphrases.root, now)
        write.folder(places.branch)
        write.file(places.branch / LOG_KEY, keys.log_key)
        write.file(places.branch / AUTHORITY_KEY, keys.authority_key)
        write.file(places.branch / BUNDLE_KEYS, keys.bundle_keys)
        write.file(places.branch / AUTHORITY_CERTIFICATE, keys.authority_certificate)
        write.file(places.branch / STATEMENTS, keys.statements)
        write.file(places.branch / ROOT_SPKI, keys.root_spki)
        write.file(places.branch / REGISTER_KEY, secrets.token_bytes(_REGISTER_KEY_BYTES))
        write.register(places.branch / REGISTER)
        write.folder(places.root)
        write.file(places.root / ROOT_KEY, keys.root_key)
        write.last_file(places.root / ROOT_SPKI, keys.root_spki)
        write.last_file(places.branch / SETTINGS, text(Settings(code)).encode())
    return fingerprint(keys.root_spki)


class _Writing:
    """Writes new files durably; on an error it removes them again."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        for path in reversed(self._made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UnwritableError(Path(error.filename or self._made[-1]), str(error)) from error

    def folder(self, path: Path) -> None:
        """Make the directory, and those above it, unless they are there."""
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(0o700)
                self._made.append(folder)

    def file(self, path: Path, content: bytes) -> None:
        """A new file, its content on the disk."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._made.append(path)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)

    def last_file(self, path: Path, content: bytes) -> None:
        """The file that says that all others are there: it appears whole, after them."""
        new = path.with_name(path.name + _NEW)
        self.file(new, content)
        _flush_names(path.parent)
        new.rename(path)
        self._made.append(path)
        _flush_names(path.parent)

    def register(self, path: Path) -> None:
        """A new register with its tables; SQLite may leave its journal when the disk is full."""
        self._made.extend(path.with_name(path.name + suffix) for suffix in ("", "-journal", "-wal", "-shm"))
        create(path)


def _check_apart(places: Places, passphrases: Passphrases) -> None:
    branch, root = places.branch.resolve(), places.root.resolve()
    if branch == root or branch in root.parents or root in branch.parents:
        raise RootNotApartError(places.root, "one directory is inside the other")
    if passphrases.branch == passphrases.root:
        raise RootNotApartError(places.root, "one passphrase for both")


def _check_free(directory: Path, names: tuple[str, ...], last: str) -> None:
    if (directory / last).exists():
        raise OccupiedDirectoryError(directory)
    if any((directory / name).exists() for name in (*names, last + _NEW)):
        raise IncompleteDirectoryError(directory)


def _flush_names(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
