"""The encrypted, append-only shelves of one phone (L19).

A body is encrypted under the data key and bound to its place: (shelf, log, seq). What a crash between two
lines leaves is decided by the caller's ``saving`` block: all of it or nothing. Opening a ledger reads and
decrypts every row, so that one flipped bit anywhere is found before anything is shown.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

from msgspec import Struct
from sqlite_utils import Database

from edge.database import saving, told
from edge.errors import BranchError, Fault
from protocol.codec import decode_as, encode
from protocol.errors import BadSignatureError, MalformedError
from protocol.exchange import DetachedText
from protocol.ids import LogId
from protocol.ports import Vault

T = TypeVar("T")
NO_LOG = b""
"""Place of what belongs to no single log: the root's key statements."""


class Kept(Struct, frozen=True):
    """One decrypted row of a shelf; ``log`` is the canonical bytes of its ``LogId``."""

    log: bytes
    seq: int
    body: bytes


class Ledger:
    """Rows in, rows out; knows nothing of what they mean."""

    def __init__(self, database: Database, vault: Vault, key: bytes) -> None:
        """Use ``key``, the unlocked data key, for every body."""
        self._database = database
        self._vault = vault
        self._key = key

    def saving(self) -> AbstractContextManager[None]:
        """One transaction around any number of the methods that add or replace."""
        return saving(self._database)

    def keep(self, shelf: str, log: LogId | bytes, seq: int, body: bytes) -> None:
        """Add one row, inside ``saving``."""
        place = log if isinstance(log, bytes) else encode(log)
        self._database.execute(
            "INSERT INTO kept (shelf, log, seq, sealed) VALUES (?, ?, ?, ?)",
            (shelf, place, seq, self.encrypt(encode((shelf, place, seq)), body)),
        )

    def kept(self, shelf: str, log: LogId | bytes | None = None) -> Iterator[Kept]:
        """Rows of a shelf, or of one log on it, by (log, seq); raises BranchError for a damaged row."""
        place = encode(log) if isinstance(log, LogId) else log
        with told():
            rows = self._database.execute(
                "SELECT log, seq, sealed FROM kept"
                " WHERE shelf = ? AND (? IS NULL OR log = ?) ORDER BY log, seq",
                (shelf, place, place),
            ).fetchall()
        for found, seq, sealed in rows:
            yield Kept(found, seq, self.decrypt(encode((shelf, found, seq)), sealed))

    def keep_new(self, shelf: str, bodies: Iterable[tuple[LogId | bytes, bytes]]) -> None:
        """Add the bodies that the shelf does not hold, each after the last of its log; inside ``saving``."""
        bodies = list(bodies)
        rows = list(self.kept(shelf)) if bodies else []
        held = {row.body for row in rows}
        last = {row.log: row.seq for row in rows}
        for log, body in bodies:
            if body not in held:
                place = log if isinstance(log, bytes) else encode(log)
                last[place] = last.get(place, 0) + 1
                self.keep(shelf, place, last[place], body)
                held.add(body)

    def keep_text(self, text: DetachedText) -> None:
        """Add a detached text under its hash, once; inside ``saving``."""
        self._database.execute(
            "INSERT INTO texts (hash, sealed) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING",
            (text.hash, self.encrypt(encode(("texts", text.hash, 1)), encode(text))),
        )

    def texts(self) -> dict[bytes, DetachedText]:
        """Every detached text by the hash that entries carry."""
        with told():
            rows = self._database.execute("SELECT hash, sealed FROM texts").fetchall()
        return {
            hash_: decoded(self.decrypt(encode(("texts", hash_, 1)), sealed), DetachedText)
            for hash_, sealed in rows
        }

    def set_note(self, name: str, body: Struct) -> None:
        """Replace a small fact about the phone; inside ``saving``."""
        self._database.execute(
            "INSERT INTO notes (name, sealed) VALUES (:name, :sealed)"
            " ON CONFLICT (name) DO UPDATE SET sealed = :sealed",
            {"name": name, "sealed": self.encrypt(encode(("notes", name, 1)), encode(body))},
        )

    def note(self, name: str, kind: type[T]) -> T | None:
        """A small fact about the phone, None when it was never set."""
        with told():
            row = self._database.execute("SELECT sealed FROM notes WHERE name = ?", (name,)).fetchone()
        return None if row is None else decoded(self.decrypt(encode(("notes", name, 1)), row[0]), kind)

    def check(self) -> None:
        """Decrypt every row, also what no start reads; raises BranchError for a damaged one."""
        with told():
            shelves = self._database.execute("SELECT DISTINCT shelf FROM kept").fetchall()
            notes = self._database.execute("SELECT name, sealed FROM notes").fetchall()
        for (shelf,) in shelves:
            tuple(self.kept(shelf))
        for name, sealed in notes:
            self.decrypt(encode(("notes", name, 1)), sealed)
        self.texts()

    def close(self) -> None:
        """Close the file; nothing is pending, because every ``saving`` block has ended."""
        self._database.close()

    def encrypt(self, place: bytes, body: bytes) -> bytes:
        """Ciphertext bound to a place."""
        return self._vault.encrypt(self._key, body, place)

    def decrypt(self, place: bytes, sealed: bytes) -> bytes:
        """Inverse of ``encrypt``; raises BranchError when a bit or the place differs."""
        try:
            return self._vault.decrypt(self._key, sealed, place)
        except BadSignatureError as error:
            raise BranchError(Fault.DAMAGED) from error


def decoded(body: bytes, kind: type[T]) -> T:
    """What a decrypted body says; raises BranchError when it is not of that shape."""
    try:
        return decode_as(body, kind, "ledger body")
    except MalformedError as error:
        raise BranchError(Fault.DAMAGED) from error
