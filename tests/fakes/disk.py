"""A phone's storage in memory: a real SQLite ledger, the files beside it, and everything that befalls them.

What is durable is an image of the database, the signing key and the fork mark. A process that ends leaves
what was committed; ``trap`` is asked before and after each commit and each write of the mark, and may raise.
"""

import sqlite3
from contextlib import contextmanager
from functools import cache

from sqlite_utils import Database

from edge.database import prepare, told
from protocol.native import NativeSigner

FULL = sqlite3.SQLITE_FULL
FSYNC_FAILED = sqlite3.SQLITE_IOERR | (4 << 8)


class Killed(BaseException):
    """The process, or its machine, ends here."""


def storage_error(code):
    """What SQLite raises with this code."""
    error = sqlite3.OperationalError("the simulated storage fails")
    error.sqlite_errorcode = code
    return error


class TrappedDatabase(Database):
    """A database whose commits may be cut: what the trap raises before one rolls it back."""

    def __init__(self, connection, disk):
        self._disk, self._read = disk, {}
        super().__init__(connection, execute_plugins=False)

    def execute(self, sql, parameters=()):
        """As SQLite does; what was read since the last write is read once: nobody else has this database."""
        if not sql.startswith("SELECT"):
            self._read.clear()
            return self.conn.execute(sql, parameters)
        asked = sql, parameters
        if asked not in self._read:
            self._read[asked] = self.conn.execute(sql, parameters).fetchall()
        return Rows(self._read[asked])

    @contextmanager
    def atomic(self):
        self._read.clear()
        try:
            with super().atomic():
                yield self
                self._disk.reach("before commit")
        finally:
            self._read.clear()
        self._disk.reach("after commit")


class Rows:
    """Rows that were read, as a cursor gives them."""

    def __init__(self, rows):
        self._rows = rows

    def fetchall(self):
        return list(self._rows)

    def fetchone(self):
        return self._rows[0] if self._rows else None


class Disk:
    """One phone's storage. ``flushed`` is the main file as the last start left it: the rest is in the WAL."""

    def __init__(self, image=None, key=None, mark=None):
        self.image, self.flushed, self.key, self.mark = image, image, key, mark
        self.trap = None
        self._connection = None

    def reach(self, point):
        """A point at which the trap may raise."""
        if self.trap is not None:
            self.trap(point)

    def start(self):
        """Open what is durable, as a started program does; raises as ``edge.database.open_database`` does."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            with told():
                connection.deserialize(_empty() if self.image is None else self.image)
                database = TrappedDatabase(connection, self)
                prepare(database)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self.flushed = self._durable()
        return database

    def stop(self):
        """End the program: what was committed stays."""
        if self._connection is not None:
            self.image = self._durable()
            self._connection.close()
            self._connection = None

    def copy(self):
        """An image of everything, as a backup or a thief takes it; of a stopped or a running program."""
        image = self.image if self._connection is None else self._durable()
        return Disk(image, self.key, self.mark)

    def restore(self, backup, *, mark):
        """Put an older image in place of this one, the mark with it or not; the program is stopped."""
        self.image = self.flushed = backup.image
        if mark:
            self.mark = backup.mark

    def _durable(self):
        """Everything that was committed, out of the write-ahead log too."""
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return self._connection.serialize()

    def flip(self, offset, bit):
        """One bit turns over."""
        image = bytearray(self.image)
        image[offset] ^= 1 << bit
        self.image = bytes(image)

    def tear(self, offset, length):
        """A part of a page reads as zeros."""
        image = bytearray(self.image)
        image[offset : offset + length] = bytes(len(image[offset : offset + length]))
        self.image = bytes(image)


class MemorySafe:
    """A ``Safe`` on such a disk; ``make_signer`` says which key a new phone gets."""

    def __init__(self, disk, make_signer):
        self._disk, self._make_signer = disk, make_signer

    def create_signer(self, encrypt):
        self._disk.key = self._make_signer()
        return NativeSigner(self._disk.key)

    def signer(self, decrypt):
        return None if self._disk.key is None else NativeSigner(self._disk.key)

    def certificate_request(self, decrypt):
        return None

    def mark(self):
        return self._disk.mark

    def set_mark(self, mark):
        self._disk.reach("before mark")
        self._disk.mark = mark
        self._disk.reach("after mark")


@cache
def _empty():
    """A ledger with its tables and nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    prepare(Database(connection, execute_plugins=False))
    image = connection.serialize()
    connection.close()
    return image
