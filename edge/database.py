"""The ledger's SQLite file, opened so that a commit that returned survives a power cut.

* WAL with ``synchronous = FULL``: one flush per commit, made before the commit returns.
* ``locking_mode = EXCLUSIVE``: one process at a time, and no shared memory, which the browser does not have.
* Every write goes through ``saving``: only sqlite-utils' ``atomic`` rolls back everything.
* Opening checks that pages, indexes and definitions are whole; SQL keeps to SQLite 3.39, the browser's.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlite_utils import Database

from edge.errors import BranchError, DeviceError, EdgeError, Fault

VERSION = 1
BUSY_SECONDS = 2
_SCHEMA = Path(__file__).with_name("schema.sql")
_FAULTS: dict[int, tuple[type[EdgeError], Fault]] = {
    sqlite3.SQLITE_FULL: (DeviceError, Fault.STORAGE_FULL),
    sqlite3.SQLITE_IOERR: (DeviceError, Fault.STORAGE_FAILED),
    sqlite3.SQLITE_READONLY: (DeviceError, Fault.STORAGE_FAILED),
    sqlite3.SQLITE_CANTOPEN: (DeviceError, Fault.STORAGE_FAILED),
    sqlite3.SQLITE_BUSY: (DeviceError, Fault.IN_USE),
    sqlite3.SQLITE_LOCKED: (DeviceError, Fault.IN_USE),
    sqlite3.SQLITE_CORRUPT: (BranchError, Fault.DAMAGED),
    sqlite3.SQLITE_NOTADB: (BranchError, Fault.DAMAGED),
}


def open_database(path: Path) -> Database:
    """Open the ledger, creating its tables in a new file.

    Raises:
        DeviceError: another process has it open, or the storage fails.
        BranchError: the file is damaged.
    """
    with told():
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        with told():
            database = Database(connection, execute_plugins=False)
            prepare(database)
            return database
    except BaseException:
        connection.close()
        raise


def prepare(database: Database) -> None:
    """Make an open connection a ledger, or refuse it; raises as ``told`` turns it.

    Raises:
        DeviceError: a newer release wrote it.
        BranchError: the file is damaged.
    """
    # The order matters: WAL without shared memory needs the exclusive mode first.
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA fullfsync = ON")
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    found = int(database.execute("PRAGMA user_version").fetchone()[0])
    if found > VERSION:
        raise DeviceError(Fault.NEWER_LEDGER)
    if found < VERSION:
        with database.atomic():
            database.executescript(_SCHEMA.read_text(encoding="utf-8"))
            database.execute(f"PRAGMA user_version = {VERSION}")
    whole = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    if not whole or _definitions(database) != _expected():
        raise BranchError(Fault.DAMAGED)


@contextmanager
def saving(database: Database) -> Iterator[None]:
    """One transaction: all of the block is on the disk when it ends, or none of it; errors as in ``told``."""
    with told(), database.atomic():
        yield


@contextmanager
def told() -> Iterator[None]:
    """Turn SQLite's errors into ours; what is left is a defect in our own statements."""
    try:
        yield
    except UnicodeDecodeError as error:  # a name in a damaged schema, or in SQLite's message about it
        raise BranchError(Fault.DAMAGED) from error
    except sqlite3.Error as error:
        known = _FAULTS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if known is None:
            raise
        kind, fault = known
        raise kind(fault) from error


@cache
def _expected() -> list[tuple[bytes, bytes]]:
    """What the schema of this version looks like in a file that holds nothing else."""
    fresh = Database(memory=True, execute_plugins=False)
    fresh.executescript(_SCHEMA.read_text(encoding="utf-8"))
    try:
        return _definitions(fresh)
    finally:
        fresh.close()


def _definitions(database: Database) -> list[tuple[bytes, bytes]]:
    """Every table, index and trigger: a changed or missing one is damage, or somebody's doing."""
    # As bytes, because damaged text does not decode.
    statement = "SELECT CAST(name AS BLOB), CAST(sql AS BLOB) FROM sqlite_master ORDER BY name"
    return database.execute(statement).fetchall()
