"""Which document store a branch directory uses, by its ``hub.toml``."""

import re
import ssl
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from hub.errors import SettingsError
from hub.ports import Rollups, Store
from hub.settings import STORE, Settings
from hub.store.couch_server import Address, CouchServer
from hub.store.couchdb import CouchStore
from hub.store.design import Branch, create, upgrade
from hub.store.rollups import CouchRollups, rollups_of
from hub.store.sqlite import SqliteStore
from hub.store.sqlite import create as create_file
from hub.store.sqlite import upgrade as upgrade_file

_PASSWORD_BYTES_MAX = 1_000


class Reached(Protocol):
    """Settings that name a CouchDB, who asks it, and a database there."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def user(self) -> str:
        """Who asks."""

    @property
    def password_file(self) -> str:
        """Where the password is, relative to the settings."""

    @property
    def ca_file(self) -> str:
        """Who vouches for it, relative too; empty: the public authorities."""

    @property
    def database(self) -> str:
        """The database."""


def make_store(
    directory: Path, settings: Settings, branch: str, root_spki: bytes, *, is_filled: bool = False
) -> None:
    """An empty store, finished where an interrupted call left it.

    ``is_filled`` lets a database be that holds documents of the branch already, as a file always may.

    Raises:
        SettingsError, StoreError: it cannot be made, or the place is somebody's; nothing is written then.
    """
    if settings.store == "sqlite":
        _make_file(directory)
        return
    server = _server(directory, settings)
    try:
        create(server, _database(settings, branch), _owner(branch, root_spki), is_filled=is_filled)
    finally:
        server.close()


def upgrade_store(directory: Path, settings: Settings, branch: str, root_spki: bytes) -> int:
    """Lead the store of an initialised directory to today's schema; returns how many steps it took.

    Raises:
        SettingsError, StoreError: it is not there, not this branch's, or of a newer program.
    """
    if settings.store == "sqlite":
        return upgrade_file(directory / STORE)
    server = _server(directory, settings)
    try:
        return upgrade(server, _database(settings, branch), _owner(branch, root_spki))
    finally:
        server.close()


def open_store(directory: Path, settings: Settings, branch: str, root_spki: bytes) -> Store:
    """The store of an initialised branch directory.

    Raises:
        SettingsError, StoreError: it is not there, not finished, or not this branch's.
    """
    if settings.store == "sqlite":
        return SqliteStore(directory / STORE)
    server = _server(directory, settings)
    try:
        return CouchStore(server, _database(settings, branch), _owner(branch, root_spki))
    except BaseException:
        server.close()
        raise


def open_outbox(directory: Path, settings: Settings, branch: str) -> Rollups | None:
    """The database that a branch's roll-ups travel from, made where it is missing; None beside SQLite.

    Raises:
        SettingsError, EngineError: it cannot be used, or holds something else.
    """
    if settings.store == "sqlite":
        return None
    server = _server(directory, settings)
    database = rollups_of(_database(settings, branch))
    try:
        if not server.has(database):
            server.make(database, partitioned=False)
        return CouchRollups(server, database)
    except BaseException:
        server.close()
        raise


def open_rollups(directory: Path, reached: Reached) -> Rollups:
    """The database of roll-ups that ``reached`` names; raises as ``open_outbox``, and makes nothing."""
    server = _server(directory, reached)
    try:
        return CouchRollups(server, reached.database)
    except BaseException:
        server.close()
        raise


def _make_file(directory: Path) -> None:
    # The file appears whole, so that an interrupted initialisation can be run again.
    new = directory / f"{STORE}.new"
    if not (directory / STORE).exists():
        new.unlink(missing_ok=True)
        create_file(new)
        new.rename(directory / STORE)


def _server(directory: Path, settings: Reached) -> CouchServer:
    path = directory / settings.password_file
    try:
        with path.open("rb") as file:
            password = file.read(_PASSWORD_BYTES_MAX).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("store_password", path=path) from error
    password = password.removesuffix("\n").removesuffix("\r")
    if not password or "\n" in password:
        raise SettingsError("store_password", path=path)
    return CouchServer(Address(settings.url, settings.user, password, _authority(directory, settings)))


def _authority(directory: Path, settings: Reached) -> str:
    """The file of who vouches for the server; empty: the public authorities. Raises SettingsError."""
    if not settings.ca_file:
        return ""
    path = directory / settings.ca_file
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        raise SettingsError("store_ca", path=path) from error
    return str(path)


def _database(settings: Settings, branch: str) -> str:
    return settings.database or "tovay-" + re.sub("[^a-z0-9_-]", "-", branch.lower())


def _owner(branch: str, root_spki: bytes) -> Branch:
    return Branch(branch, sha256(root_spki).hexdigest())
