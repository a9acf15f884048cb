"""The document store on SQLite: one file, no server.

WAL with ``synchronous=FULL``: a fact is on the disk when ``add`` or ``append`` returns. A connection serves
one thread at a time; several processes may work on one file. A transaction begins with its write, so that it
waits for the lock instead of failing on a snapshot that somebody else has outrun.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from operator import itemgetter
from pathlib import Path

import msgspec
from sqlite_utils import Database

from hub.documents import (
    SCHEMA,
    Document,
    branch_seal,
    bytes_of,
    document_bytes,
    document_id,
    seals_of_log,
)
from hub.errors import DamagedError, HeadMovedError, StoreError
from hub.ports import SCAN_MAX, Added
from hub.store.schema import STEPS, Step, check
from protocol.ids import LogId
from protocol.seal import read

_LOCK_WAIT_S = 30
_TOLD = ("user_version", "journal_mode")
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE fact (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE derived (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TRIGGER fact_stays BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'facts stay'); END;
CREATE TRIGGER fact_remains BEFORE DELETE ON fact BEGIN SELECT RAISE(ABORT, 'facts stay'); END;
PRAGMA user_version = {SCHEMA};
COMMIT;
"""


def create(path: Path) -> None:
    """Make the file, for its owner alone: names are in it. Raises StoreError when there is one already."""
    try:
        path.touch(0o600, exist_ok=False)
        database = sqlite3.connect(path)
        database.executescript(_SCHEMA)
        database.close()
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"SQLite: {error}") from error


def upgrade(path: Path, steps: Sequence[Step] = STEPS) -> int:
    """Lead a file to today's schema; returns how many steps it took.

    Raises:
        SettingsError: a newer program made it.
        StoreError: a step cannot be taken; what was taken before stays.
    """
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=_LOCK_WAIT_S, isolation_level=None)) as file:
            taken = 0
            while _is_led_on(file, path, steps):
                taken += 1
            return taken
    except sqlite3.Error as error:
        raise StoreError(f"SQLite: {error}") from error


def _is_led_on(file: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> bool:
    """Take the next step, whole or not at all; False, and nothing to commit, at the last schema."""
    file.execute("BEGIN IMMEDIATE")
    (schema,) = file.execute("PRAGMA user_version").fetchone()
    if not schema:
        raise StoreError(f"{path} is no store of any version")
    if schema > len(steps):
        check(schema, path, steps)
        return False
    for statement in steps[schema - 1].sqlite:
        file.execute(statement)
    file.execute(f"PRAGMA user_version = {schema + 1}")
    file.execute("COMMIT")
    return True


class SqliteStore:
    """A ``hub.ports.Store`` in one SQLite file."""

    def __init__(self, path: Path, steps: Sequence[Step] = STEPS) -> None:
        """Open a file that ``create`` made.

        Raises:
            SettingsError: it has not today's schema, to which ``steps`` lead.
            StoreError: it is no such file.
        """
        self._path = path
        self._idle: deque[Database] = deque()
        with self._database() as database:
            version, mode = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in _TOLD)
        if not version or mode != "wal":
            raise StoreError(f"{path} is no store of version {SCHEMA}")
        check(version, path, steps)

    def get(self, doc_id: str) -> Document | None:
        """A fact, or None."""
        return self._get("fact", doc_id)

    def add(self, documents: Sequence[Document]) -> tuple[Added, ...]:
        """Add facts durably, in one transaction; one answer per document."""
        rows = [(document_id(document), document_bytes(document).decode()) for document in documents]
        with self._database() as database, database.atomic():
            return tuple(self._add(database, doc_id, body) for doc_id, body in rows)

    def ids(self, prefix: str) -> tuple[str, ...]:
        """Ids of all facts that start with ``prefix``, ascending."""
        with self._database() as database:
            statement = "SELECT id FROM fact WHERE id >= ? AND id < ? ORDER BY id"
            return tuple(map(itemgetter(0), database.execute(statement, _range(prefix)).fetchall()))

    def scan(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """Facts whose id starts with ``prefix`` and is above ``after``, ascending, at most ``limit``."""
        return self._scan("fact", prefix, after, limit)

    def append(self, log: LogId, expected_head: bytes | None, seal: bytes) -> None:
        """Append a branch seal where the log ends in ``expected_head``; raises HeadMovedError (L14)."""
        header = read(seal).header
        document = branch_seal(log, header.first_seq, seal)
        doc_id, body = document_id(document), document_bytes(document).decode()
        first, beyond = _range(seals_of_log(log))
        with self._database() as database, database.atomic():
            added = self._add(database, doc_id, body)
            if added is Added.SAME:
                return
            rows = database.execute(
                "SELECT id, body FROM fact WHERE id >= ? AND id < ? AND id <> ? ORDER BY id DESC LIMIT 1",
                (first, beyond, doc_id),
            )
            last = next((read(bytes_of(_document(*row), "seal")).header for row in rows), None)
            if added is Added.CONFLICT or (last and last.head) != expected_head:
                raise HeadMovedError(f"log {log} does not end where this seal begins")

    @staticmethod
    def two_leaves(_: str) -> tuple[str, ...]:
        """None: an id has one row."""
        return ()

    def get_derived(self, doc_id: str) -> Document | None:
        """A derived document, or None."""
        return self._get("derived", doc_id)

    def put_derived(self, document: Document) -> None:
        """Write a derived document over the one that was there."""
        row = document_id(document), document_bytes(document).decode()
        with self._database() as database, database.atomic():
            database.execute("INSERT OR REPLACE INTO derived VALUES (?, ?)", row)

    def scan_derived(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """As ``scan``, over derived documents."""
        return self._scan("derived", prefix, after, limit)

    def drop_derived(self) -> None:
        """Forget every derived document."""
        with self._database() as database, database.atomic():
            database.execute("DELETE FROM derived")

    def faults(self) -> tuple[str, ...]:
        """What SQLite's own check finds wrong; empty when all is well."""
        try:
            with self._database() as database:
                found = tuple(str(line) for (line,) in database.execute("PRAGMA integrity_check"))
        except StoreError as error:
            return (str(error),)
        return () if found == ("ok",) else found

    def close(self) -> None:
        """Close every connection that is not in use."""
        while self._idle:
            self._idle.pop().close()

    def _get(self, table: str, doc_id: str) -> Document | None:
        with self._database() as database:
            rows = database.execute(f"SELECT body FROM {table} WHERE id = ?", (doc_id,))  # noqa: S608 our own names
            return next((_document(doc_id, body) for (body,) in rows), None)

    def _scan(self, table: str, prefix: str, after: str, limit: int) -> tuple[Document, ...]:
        first, beyond = _range(prefix)
        # One lower bound: of two, SQLite looks up the first, and reads on from there.
        above, start = (">", after) if after >= first else (">=", first)
        statement = f"SELECT id, body FROM {table} WHERE id {above} ? AND id < ? ORDER BY id LIMIT ?"  # noqa: S608 our own names
        with self._database() as database:
            rows = database.execute(statement, (start, beyond, limit))
            return tuple(_document(doc_id, body) for doc_id, body in rows)

    @staticmethod
    def _add(database: Database, doc_id: str, body: str) -> Added:
        added = database.execute("INSERT INTO fact VALUES (?, ?) ON CONFLICT DO NOTHING", (doc_id, body))
        if added.rowcount:
            return Added.NEW
        stored = next(body for (body,) in database.execute("SELECT body FROM fact WHERE id = ?", (doc_id,)))
        return Added.SAME if stored == body else Added.CONFLICT

    @contextmanager
    def _database(self) -> Iterator[Database]:
        """A connection for this thread alone; an error of the engine leaves as a StoreError."""
        try:
            database = self._take()
        except sqlite3.Error as error:
            raise StoreError(f"SQLite: {error}") from error
        try:
            yield database
        except sqlite3.Error as error:
            database.close()
            raise StoreError(f"SQLite: {error}") from error
        except BaseException:
            self._idle.append(database)
            raise
        self._idle.append(database)

    def _take(self) -> Database:
        try:
            return self._idle.pop()
        except IndexError:
            return self._open()

    def _open(self) -> Database:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=_LOCK_WAIT_S, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        return Database(connection)


def _range(prefix: str) -> tuple[str, str]:
    return prefix, prefix + "\U0010ffff"


def _document(doc_id: str, body: str) -> Document:
    try:
        document: Document = msgspec.json.decode(body, type=dict)
    except msgspec.MsgspecError as error:
        raise DamagedError(doc_id, str(error)) from error
    if document.get("_id") != doc_id:
        raise DamagedError(doc_id, "stored under another id than its own")
    return document
