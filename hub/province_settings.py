"""``province.toml``: where the roll-ups of a province or the nation are, and whose are expected there."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.errors import SettingsError
from hub.settings import COUCHDB_URL, COUCHDB_USER, DATABASE, refused
from provisioning.settings import BranchCode

Name = Annotated[str, Meta(min_length=1, max_length=120)]


class ProvinceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``branches`` names every branch by its code: a sum tells over how many of them it is.

    ``user`` may read the database at ``url`` with the password in ``password_file``; that and ``ca_file`` are
    relative to the file's directory, and as in `hub.settings.Settings`. A roll-up of ``old_days`` days ago or
    earlier is marked as old. Pages are served at ``host``.
    """

    url: Annotated[str, Meta(pattern=rf"\A{COUCHDB_URL}\Z")]
    user: Annotated[str, Meta(pattern=rf"\A{COUCHDB_USER}\Z")]
    password_file: Annotated[str, Meta(min_length=1)]
    database: Annotated[str, Meta(pattern=rf"\A{DATABASE}\Z")]
    branches: Annotated[dict[BranchCode, Name], Meta(min_length=1, max_length=1_000)]
    ca_file: str = ""
    title: Name = "Tổng hợp của tỉnh"
    old_days: Annotated[int, Meta(ge=1, le=365)] = 3
    host: Annotated[str, Meta(min_length=1, max_length=120)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8_480


def load(path: Path) -> ProvinceSettings:
    """The settings in a file; raises SettingsError when it cannot be read or says something else."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=ProvinceSettings)
    except OSError as error:
        raise SettingsError("unreadable_file", path=path) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise refused(path, error) from error
