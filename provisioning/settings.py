"""Where a branch keeps what it needs to provision phones, and what it may tune.

The branch directory is the hub's; the root directory is an offline medium that is taken out after ``init``.
``provision.toml`` is written last: a directory without it was never finished, and nothing loads from it.
"""

import os
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from provisioning.errors import DamagedFileError, IncompleteDirectoryError, SettingsError, UnwritableError

ROOT_KEY = "root.key"
ROOT_SPKI = "root.spki"
LOG_KEY = "log.key"
LOG_KEY_NEXT = "log.next"
AUTHORITY_KEY = "authority.key"
BUNDLE_KEYS = "bundle.keys"
AUTHORITY_CERTIFICATE = "authority.crt"
STATEMENTS = "statements"
REGISTER_KEY = "register.key"
REGISTER = "register.sqlite"
SETTINGS = "provision.toml"
FILE_BYTES_MAX = 100_000

ROOT_FILES = (ROOT_KEY, ROOT_SPKI)
BRANCH_FILES = (
    ROOT_SPKI,
    LOG_KEY,
    AUTHORITY_KEY,
    BUNDLE_KEYS,
    AUTHORITY_CERTIFICATE,
    STATEMENTS,
    REGISTER_KEY,
    REGISTER,
    SETTINGS,
)

BranchCode = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,23}\Z")]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """``provision.toml``. Guesses are refusals at the enrolment door inside ``guess_window_s`` seconds."""

    branch: BranchCode
    voucher_days: Annotated[int, Meta(ge=1, le=60)] = 7
    certificate_days: Annotated[int, Meta(ge=1, le=825)] = 395
    guess_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 600
    guesses_per_source: Annotated[int, Meta(ge=1, le=10_000)] = 20
    guesses_in_all: Annotated[int, Meta(ge=1, le=100_000)] = 200


def load(directory: Path) -> Settings:
    """Settings of a branch directory.

    Raises:
        IncompleteDirectoryError: there is no ``provision.toml``: never initialised, or not to the end.
        SettingsError: the file does not say what it may say.
    """
    try:
        raw = (directory / SETTINGS).read_bytes()
    except OSError as error:
        raise IncompleteDirectoryError(directory) from error
    try:
        return msgspec.toml.decode(raw, type=Settings)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError(directory / SETTINGS, str(error)) from error


def text(settings: Settings) -> str:
    """What ``provision.toml`` says at first; the rest has defaults."""
    return f'branch = "{settings.branch}"\n'


def read_file(path: Path) -> bytes:
    """Bytes of one of the files named here; raises DamagedFileError when it is missing or far too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise DamagedFileError(path, str(error)) from error
    if len(raw) > FILE_BYTES_MAX:
        raise DamagedFileError(path, f"over {FILE_BYTES_MAX} bytes")
    return raw


def replace_file(path: Path, content: bytes) -> None:
    """Put a whole new file in the place of an old one, if any: a power cut leaves one or the other."""
    draft = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise UnwritableError(path, str(error)) from error
