"""The document store on SQLite: one file, no server.

WAL with ``synchronous=FULL``: a fact is on the disk when ``add`` or ``append`` returns. One connection per
thread; several processes may work on one file. A transaction begins with its write, so that it waits for the
lock instead of failing on a snapshot that another process has outrun.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlite_utils import Database

from hub.documents import Document, branch_seal, bytes_of, document_bytes, document_id, seals_of_log
from hub.errors import HeadMovedError, StoreError
from hub.ports import SCAN_MAX, Added
from protocol.ids import LogId
from protocol.seal import read

_LOCK_WAIT_S = 30
_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS derived (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS fact_stays BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'facts stay'); END;
CREATE TRIGGER IF NOT EXISTS fact_remains BEFORE DELETE ON fact BEGIN SELECT RAISE(ABORT, 'facts stay'); END;
"""


class SqliteStore:
    """A ``hub.ports.Store`` in one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open the file, made when missing."""
        self._path = path
        self._threads = threading.local()
        self._opened: list[Database] = []
        self._opening = threading.Lock()
        with self._database() as database:
            database.executescript(_SCHEMA)

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
            return tuple(doc_id for (doc_id,) in database.execute(statement, _range(prefix)))

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
                "SELECT body FROM fact WHERE id >= ? AND id < ? AND id <> ? ORDER BY id DESC LIMIT 1",
                (first, beyond, doc_id),
            )
            last = next((read(bytes_of(_document(body), "seal")).header for (body,) in rows), None)
            if added is Added.CONFLICT or (last and last.head) != expected_head:
                message = f"log {log} does not end where this seal begins"
                raise HeadMovedError(message)

    def get_derived(self, doc_id: str) -> Document | None:
        """A derived document, or None."""
        return self._get("derived", doc_id)

    def put_derived(self, document: Document) -> None:
        """Write a derived document over the one that was there."""
        row = {"id": document_id(document), "body": document_bytes(document).decode()}
        with self._database() as database, database.atomic():
            database.table("derived").insert(row, replace=True)

    def scan_derived(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """As ``scan``, over derived documents."""
        return self._scan("derived", prefix, after, limit)

    def drop_derived(self) -> None:
        """Forget every derived document."""
        with self._database() as database, database.atomic():
            database.execute("DELETE FROM derived")

    def faults(self) -> tuple[str, ...]:
        """What SQLite's own check finds wrong; empty when all is well."""
        with self._database() as database:
            found = tuple(str(line) for (line,) in database.execute("PRAGMA integrity_check"))
        return () if found == ("ok",) else found

    def close(self) -> None:
        """Close every thread's connection."""
        with self._opening:
            while self._opened:
                self._opened.pop().close()

    def _get(self, table: str, doc_id: str) -> Document | None:
        with self._database() as database:
            rows = database.execute(f"SELECT body FROM {table} WHERE id = ?", (doc_id,))  # noqa: S608 our own names
            return next((_document(body) for (body,) in rows), None)

    def _scan(self, table: str, prefix: str, after: str, limit: int) -> tuple[Document, ...]:
        statement = f"SELECT body FROM {table} WHERE id >= ? AND id < ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608 our own names
        with self._database() as database:
            rows = database.execute(statement, (*_range(prefix), after, limit))
            return tuple(_document(body) for (body,) in rows)

    @staticmethod
    def _add(database: Database, doc_id: str, body: str) -> Added:
        added = database.execute("INSERT INTO fact VALUES (?, ?) ON CONFLICT DO NOTHING", (doc_id, body))
        if added.rowcount:
            return Added.NEW
        stored = next(body for (body,) in database.execute("SELECT body FROM fact WHERE id = ?", (doc_id,)))
        return Added.SAME if stored == body else Added.CONFLICT

    @contextmanager
    def _database(self) -> Iterator[Database]:
        """This thread's connection; an error of the engine leaves as a StoreError."""
        try:
            if getattr(self._threads, "database", None) is None:
                self._threads.database = self._open()
            yield self._threads.database
        except sqlite3.Error as error:
            message = f"SQLite: {error}"
            raise StoreError(message) from error

    def _open(self) -> Database:
        database = Database(sqlite3.connect(self._path, timeout=_LOCK_WAIT_S, check_same_thread=False))
        database.execute("PRAGMA journal_mode = WAL").fetchone()
        database.execute("PRAGMA synchronous = FULL")
        with self._opening:
            self._opened.append(database)
        return database


def _range(prefix: str) -> tuple[str, str]:
    return prefix, prefix + "\U0010ffff"


def _document(body: str) -> Document:
    try:
        document: Document = msgspec.json.decode(body, type=dict)
    except msgspec.MsgspecError as error:
        message = f"a stored document does not decode: {error}"
        raise StoreError(message) from error
    return document
