"""The register's SQLite file: its tables, its transactions, its audit.

Several processes use the file at once: the hub's workers and ``tovay-provision``. Each transaction has its
own connection.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict
from sqlite_utils import Database

from provisioning.errors import RegisterError

_SCHEMA = Path(__file__).with_name("schema.sql")
_BUSY_S = 10


class Audit(Struct, frozen=True):
    """One row of the audit: when, who, what, about whom, and ``done`` or the code of the refusal."""

    at: int
    actor: str
    action: str
    subject: str
    outcome: str


def create(path: Path) -> None:
    """Make the file with its tables; raises FileExistsError or RegisterError."""
    path.touch(0o600, exist_ok=False)
    with _connection(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.conn.executescript(f"BEGIN; {_SCHEMA.read_text(encoding='utf-8')} COMMIT;")


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """One view of the file; raises RegisterError when it cannot be used."""
    with _connection(path) as database, database.atomic():
        yield database


@contextmanager
def writing(path: Path) -> Iterator[Database]:
    """All or nothing, on the disk when it returns; raises RegisterError when the file cannot be used.

    The write lock is taken first: a transaction that reads and only then writes would lose against another
    writer at once, whatever the time that it may wait.
    """
    with _connection(path) as database:
        database.execute("BEGIN IMMEDIATE")
        with database.atomic():
            yield database
        database.execute("COMMIT")


def note(database: Database, audit: Audit) -> None:
    """Write the audit row of what this transaction does."""
    database.table("audit").insert(asdict(audit))


@contextmanager
def _connection(path: Path) -> Iterator[Database]:
    try:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S)) as connection:
            database = Database(connection, execute_plugins=False)
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA foreign_keys = ON")
            yield database
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise RegisterError(path, str(error)) from error
