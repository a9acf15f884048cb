"""The hash chain of a log, and how a run of entries fits onto what is known of it (L5, L7)."""

from collections.abc import Callable, Iterable
from enum import Enum
from hashlib import sha256

import msgspec

from protocol.errors import ForkError, GapError

_ENTRY = b"tovay/entry/1\0"
_GENESIS = b"tovay/genesis/1\0"


def genesis(root_spki: bytes, opening: bytes) -> bytes:
    """``h_0`` of a log: bound to the root key and to the bytes of the entry that opened the log (L5).

    ``opening`` is the ``WriterAdmitted`` entry for a phone, the ``BranchEpochOpened`` entry for the branch.
    """
    return sha256(_GENESIS + sha256(root_spki).digest() + opening).digest()


def link(previous: bytes, entry: bytes) -> bytes:
    """``h_i`` from ``h_{i-1}`` and the bytes of entry i."""
    return sha256(_ENTRY + previous + entry).digest()


def links(previous: bytes, entries: Iterable[bytes]) -> tuple[bytes, ...]:
    """Hashes of consecutive entries after ``previous``, one per entry."""
    found = []
    for entry in entries:
        previous = link(previous, entry)
        found.append(previous)
    return tuple(found)


class Run(msgspec.Struct, frozen=True):
    """Consecutive chain hashes: ``before`` is h at ``first_seq`` − 1, then one hash per entry."""

    first_seq: int
    before: bytes
    hashes: tuple[bytes, ...]

    @property
    def last_seq(self) -> int:
        """Seq of the last entry."""
        return self.first_seq + len(self.hashes) - 1


class Fit(Enum):
    """How a run stands to the known contiguous log; a gap and a fork are raised instead."""

    REPEAT = "repeat"
    EXTENDS = "extends"


def fit(run: Run, length: int, known: Callable[[int], bytes]) -> Fit:
    """Compare a run with the known log of ``length`` entries, whose hash at seq 0…length is ``known(seq)``.

    Raises:
        GapError: entries between the known log and the run are missing.
        ForkError: two different hashes at one seq; an overlap that agrees is no fork (L7).
    """
    if run.first_seq - 1 > length:
        raise GapError(length + 1)
    if known(run.first_seq - 1) != run.before:
        raise ForkError(run.first_seq - 1)
    for seq, digest in enumerate(run.hashes, run.first_seq):
        if seq > length:
            return Fit.EXTENDS
        if known(seq) != digest:
            raise ForkError(seq)
    return Fit.REPEAT
