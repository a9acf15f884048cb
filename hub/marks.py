"""The high-water mark: how far each group's branch log had come, in a file outside the backup (L15).

The file is written after an append was confirmed, without a flush of its own: WAL with ``synchronous=NORMAL``
is whole after a power cut, and may lack the newest rows. A mark that lags is harmless; a log that is behind
its mark was restored. A file that is not there, or cannot be read, says nothing of any group.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from structlog import get_logger

from hub.errors import StoreError
from protocol.ids import BranchTip

_LOCK_WAIT_S = 10
_VERSION = 1
_SCHEMA = """
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE mark (group_code TEXT PRIMARY KEY, epoch INTEGER, seq INTEGER, head BLOB) STRICT;
CREATE TABLE finished (restoration INTEGER) STRICT;
INSERT INTO finished VALUES (0);
CREATE TABLE log_key (number INTEGER) STRICT;
INSERT INTO log_key VALUES (1);
PRAGMA user_version = 1;
COMMIT;
"""
_PUT = """
INSERT INTO mark VALUES (?, ?, ?, ?) ON CONFLICT (group_code) DO UPDATE
SET epoch = excluded.epoch, seq = excluded.seq, head = excluded.head
WHERE (excluded.epoch, excluded.seq) > (epoch, seq)
"""

_log = get_logger()


class MarkFile:
    """The ``hub.ports.Marks`` of one hub; methods may be called from any thread and process."""

    def __init__(self, path: Path) -> None:
        """Remember the path; nothing is made."""
        self._path = path
        self._using = threading.Lock()
        self._kept: sqlite3.Connection | None = None

    @property
    def are_missing(self) -> bool:
        """Say whether there is no file that can be read: how far the logs had come is not known here."""
        try:
            with self._connection() as connection:
                found = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error:
            return True
        return bool(found != _VERSION)

    def make(self) -> None:
        """Make the file, without any mark; one that is there and can be read stays as it is."""
        if not self.are_missing:
            return
        self.close()
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            new.unlink(missing_ok=True)
            with closing(sqlite3.connect(new)) as connection:
                connection.executescript(_SCHEMA)
            new.chmod(0o600)
            for rest in ("-wal", "-shm"):
                self._path.with_name(self._path.name + rest).unlink(missing_ok=True)
            new.rename(self._path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"marks: {error}") from error

    def forget(self) -> None:
        """Remove the file; raises StoreError."""
        self.close()
        try:
            for rest in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + rest).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"marks: {error}") from error

    def tip(self, group: str) -> BranchTip | None:
        """How far a group's log had come at least; None when that is not known."""
        try:
            with self._connection() as connection:
                rows = connection.execute(
                    "SELECT epoch, seq, head FROM mark WHERE group_code = ?", [group]
                ).fetchall()
        except sqlite3.Error:
            return None
        return next((BranchTip(*row) for row in rows), None)

    def groups(self) -> tuple[str, ...]:
        """Codes of the groups that have a mark, ascending."""
        try:
            with self._connection() as connection:
                rows = connection.execute("SELECT group_code FROM mark ORDER BY group_code").fetchall()
        except sqlite3.Error:
            return ()
        return tuple(code for (code,) in rows)

    def put(self, group: str, tip: BranchTip) -> None:
        """Raise a group's mark to a tip whose append was confirmed; what cannot be written only lags."""
        try:
            with self._connection() as connection, connection:
                connection.execute(_PUT, [group, tip.epoch, tip.seq, tip.head])
        except sqlite3.Error as error:
            _log.error("mark_not_written", group=group, cause=str(error))

    @property
    def finished(self) -> int:
        """Number of the restoration that was carried out last; 0 for none."""
        try:
            with self._connection() as connection:
                return int(connection.execute("SELECT restoration FROM finished").fetchone()[0])
        except sqlite3.Error:
            return 0

    def finish(self, restoration: int) -> None:
        """Remember a restoration that was carried out in every group; raises StoreError."""
        try:
            with self._connection() as connection, connection:
                connection.execute("UPDATE finished SET restoration = ?", [restoration])
        except sqlite3.Error as error:
            raise StoreError(f"marks: {error}") from error

    @property
    def log_key(self) -> int:
        """Number of the newest log key that the branch changed to; 1 when nothing else is known."""
        try:
            with self._connection() as connection:
                return int(connection.execute("SELECT number FROM log_key").fetchone()[0])
        except sqlite3.Error:
            return 1

    def put_log_key(self, number: int) -> None:
        """Remember a log key to which the logs change; raises StoreError."""
        try:
            with self._connection() as connection, connection:
                connection.execute("UPDATE log_key SET number = max(number, ?)", [number])
        except sqlite3.Error as error:
            raise StoreError(f"marks: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        with self._using:
            if self._kept is not None:
                self._kept.close()
            self._kept = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._using:
            if self._kept is None:
                address = f"{self._path.absolute().as_uri()}?mode=rw"
                self._kept = sqlite3.connect(address, uri=True, timeout=_LOCK_WAIT_S, check_same_thread=False)
                self._kept.execute("PRAGMA synchronous = NORMAL")
            try:
                yield self._kept
            except sqlite3.Error:
                self._kept.close()
                self._kept = None
                raise
