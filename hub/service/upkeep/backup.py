"""A backup: every fact of a store in one file, which any engine takes back (L15).

gzip over lines of canonical JSON: a header, the facts, and at last their number and the SHA-256 of all that
is above. Facts never change, so the ids that a group has at one moment are a snapshot of it: what is added
while the hub goes on stays out. What is said of the whole branch comes first: groups hold what it speaks of.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import BinaryIO

import msgspec
from msgspec import Struct

from hub.documents import (
    BRANCH,
    DOCUMENT_BYTES_MAX,
    RESTORATIONS,
    SCHEMA,
    Document,
    document_bytes,
    document_id,
)
from hub.errors import BackupError, HubError, StoreError
from hub.ports import Added, Marks, Store

FORMAT = 1
_PAGE = 200
_BATCH_BYTES = 4_000_000
_BEYOND = "\x7f"
_TRAILER = b'{"facts":'
"""No fact begins so: its first field is ``_id``."""


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """First line. ``root`` is the SHA-256 of the root's public key, ``taken_at`` ISO 8601."""

    tovay_backup: int
    branch: str
    root: str
    taken_at: str
    schema: int


class Trailer(Struct, frozen=True, forbid_unknown_fields=True):
    """Last line: how many facts, and the SHA-256 of every line above it."""

    facts: int
    sha256: str


def header(branch: str, root_spki: bytes, taken_at: str) -> Header:
    """The header of a backup that is made now."""
    return Header(FORMAT, branch, sha256(root_spki).hexdigest(), taken_at, SCHEMA)


def write_backup(store: Store, first: Header, out: BinaryIO, tick: Callable[[], None]) -> int:
    """Write every fact; returns their number. ``tick`` is called after each group.

    Raises:
        BackupError: people began a restoration meanwhile.
        DamagedError, StoreError: a fact cannot be read.
    """
    count, restorations = 0, store.ids(RESTORATIONS)
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed:
        line = _lined(first)
        digest = sha256(line)
        packed.write(line)
        for prefix in _rooms(store):
            for fact in _snapshot(store, prefix):
                line = document_bytes(fact) + b"\n"
                digest.update(line)
                packed.write(line)
                count += 1
            tick()
        if store.ids(RESTORATIONS) != restorations:
            raise BackupError("backup_outrun")
        packed.write(_lined(Trailer(count, digest.hexdigest())))
    return count


class Backup:
    """A backup file, open for reading: ``facts`` and ``verify`` read it from its start each time."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the header; raises BackupError when it is none, or of another format or schema."""
        self._file = file
        with self._opened() as packed:
            self.header = _header(_line(packed))

    def verify(self, tick: Callable[[int], None]) -> int:
        """Read the file to its end; returns the number of facts. ``tick`` gets the bytes of the file read.

        Raises:
            BackupError: it was cut or changed.
        """
        count = 0
        for _ in self.facts():
            tick(self._file.tell())
            count += 1
        return count

    def facts(self) -> Iterator[Document]:
        """Every fact, in the order of the file; raises BackupError where it does not hold, at its end too."""
        with self._opened() as packed:
            line, digest, count = _line(packed), sha256(), 0
            while True:
                digest.update(line)
                line = _line(packed)
                if line.startswith(_TRAILER):
                    break
                yield _fact(line)
                count += 1
            if line != _lined(Trailer(count, digest.hexdigest())) or _read(packed):
                raise BackupError("backup_damaged")

    def _opened(self) -> gzip.GzipFile:
        self._file.seek(0)
        return gzip.GzipFile(fileobj=self._file, mode="rb")


def fill(store: Store, marks: Marks, backup: Backup, tick: Callable[[int], None]) -> int:
    """Put a verified backup into an empty store, or finish what was cut; returns how many facts were new.

    Marks that know no group are of a new directory, not of this branch's past: they are lost, so that the
    store counts as restored; a file of marks that cannot be read just now counts so too, and stays as it is.
    ``tick`` gets how many facts are there.

    Raises:
        BackupError: the store holds something else; nothing is written.
    """
    if store.scan("", limit=1) and not _is_part(store, backup):
        raise BackupError("backup_not_empty")
    if not marks.are_missing and not marks.groups():
        marks.forget()
    new = there = 0
    for batch in _batches(backup.facts()):
        added = store.add(batch)
        if Added.CONFLICT in added:
            raise StoreError("the store was written to while a backup was put into it")
        new += added.count(Added.NEW)
        there += len(batch)
        tick(there)
    return new


def _is_part(store: Store, backup: Backup) -> bool:
    """Say whether a store holds nothing but facts of the backup."""
    same = sum(store.get(document_id(fact)) == fact for fact in backup.facts())
    return same == sum(len(store.ids(prefix)) for prefix in _rooms(store))


def _rooms(store: Store) -> Iterator[str]:
    """Prefixes of all facts: the branch's own, then each group's, ascending."""
    yield BRANCH
    after = ""
    while page := store.scan("", after, 1):
        prefix = f"{document_id(page[0]).partition(':')[0]}:"
        if prefix != BRANCH:
            yield prefix
        after = prefix + _BEYOND


def _snapshot(store: Store, prefix: str) -> Iterator[Document]:
    ids = frozenset(store.ids(prefix))
    count, after = 0, ""
    while page := store.scan(prefix, after, _PAGE):
        after = document_id(page[-1])
        for fact in page:
            if document_id(fact) in ids:
                yield fact
                count += 1
    if count != len(ids):
        raise StoreError(f"{len(ids) - count} facts of {prefix} were listed and are not there")


def _batches(facts: Iterator[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    room = _BATCH_BYTES
    for fact in facts:
        batch.append(fact)
        room -= len(document_bytes(fact))
        if room < 0 or len(batch) == _PAGE:
            yield batch
            batch, room = [], _BATCH_BYTES
    if batch:
        yield batch


def _lined(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _line(packed: gzip.GzipFile) -> bytes:
    line = _read(packed)
    if not line.endswith(b"\n"):
        raise BackupError("backup_damaged")
    return line


def _read(packed: gzip.GzipFile) -> bytes:
    try:
        return packed.readline(DOCUMENT_BYTES_MAX + 2)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise BackupError("backup_damaged") from error


def _header(line: bytes) -> Header:
    try:
        told = msgspec.json.decode(line)
        if isinstance(told, dict) and _is_newer(told):
            raise BackupError("backup_newer")
        found = msgspec.convert(told, Header)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupError("backup_damaged") from error
    if found.tovay_backup != FORMAT:
        raise BackupError("backup_damaged")
    if found.schema != SCHEMA:
        raise BackupError("backup_older")
    return found


def _is_newer(told: dict[str, object]) -> bool:
    numbers = told.get("tovay_backup"), told.get("schema")
    ours = FORMAT, SCHEMA
    return any(isinstance(found, int) and found > known for found, known in zip(numbers, ours, strict=True))


def _fact(line: bytes) -> Document:
    try:
        found: Document = msgspec.json.decode(line, type=dict)
        canonical = document_bytes(found)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, HubError) as error:
        raise BackupError("backup_damaged") from error
    if canonical + b"\n" != line:
        raise BackupError("backup_damaged")
    return found
