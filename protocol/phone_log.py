"""A phone's log as its readers trust it: verified, chained, with every side of a fork kept (L5, L7, L16).

Rules for one seal, in order:

1. it names this log; its signature verifies under the key of the ``WriterAdmitted`` that opened the log
2. it unpacks; an undecodable body is raised, to be kept whole and set aside (L9)
3. it repeats, extends, leaves a gap (kept until the gap closes), or forks (kept beside)
"""

from enum import Enum

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import Fit, Run, fit, genesis
from protocol.entries import Entry, Unknown, decode_entry
from protocol.errors import ChainError, ForkError, GapError, MalformedError
from protocol.ids import LogId
from protocol.ports import Verifier


class Outcome(Enum):
    """What a valid seal did to the log."""

    EXTENDED = "extended"
    REPEATED = "repeated"
    GAP = "gap"
    FORKED = "forked"


class SignedEntry(Struct, frozen=True):
    """One phone entry at its place. ``fault`` says why ``entry`` is only ``Unknown`` though its kind is known."""

    seq: int
    entry: Entry
    raw: bytes
    hash: bytes
    fault: str | None = None


class PhoneLog:
    """Verified entries of one phone log; ``entries`` is the contiguous first-come side."""

    def __init__(self, log: LogId, spki: bytes, opening: bytes, root_spki: bytes) -> None:
        """Start at the genesis that ``opening``, the bytes of its ``WriterAdmitted``, gives."""
        self.log = log
        self.spki = spki
        self.entries: list[SignedEntry] = []
        self.forks: list[tuple[int, bytes]] = []
        self._hashes = [genesis(root_spki, opening)]
        self._waiting: dict[int, list[tuple[seals.SealedRun, bytes]]] = {}

    @property
    def length(self) -> int:
        """Number of contiguous entries."""
        return len(self.entries)

    @property
    def head(self) -> bytes:
        """Chain hash of the last contiguous entry, or the genesis."""
        return self._hashes[-1]

    def hash_at(self, seq: int) -> bytes:
        """Chain hash at seq; 0 is the genesis."""
        return self._hashes[seq]

    def holds(self, run: Run) -> bool:
        """Say whether the contiguous side already has all of this run."""
        try:
            return fit(run, self.length, self.hash_at) is Fit.REPEAT
        except ChainError:
            return False

    def add(self, raw: bytes, verifier: Verifier) -> Outcome:
        """Verify and take in one seal; raises MalformedError, BadSignatureError or ChainError (another log)."""
        read = seals.read(raw)
        if read.header.log != self.log:
            message = f"a seal of log {read.header.log} is not one of {self.log}"
            raise ChainError(message)
        seals.verify(read, self.spki, verifier)
        return self.add_verified(seals.unpack(read), raw)

    def add_verified(self, sealed: seals.SealedRun, raw: bytes) -> Outcome:
        """Take in a seal whose signature was checked; keeps later runs that waited for this one."""
        try:
            found = fit(sealed.run, self.length, self.hash_at)
        except GapError:
            self._waiting.setdefault(sealed.header.first_seq, []).append((sealed, raw))
            return Outcome.GAP
        except ForkError as fork:
            if (fork.seq, raw) not in self.forks:
                self.forks.append((fork.seq, raw))
            return Outcome.FORKED
        if found is Fit.REPEAT:
            return Outcome.REPEATED
        self._extend(sealed)
        return Outcome.EXTENDED

    def _extend(self, sealed: seals.SealedRun) -> None:
        skip = self.length + 1 - sealed.header.first_seq
        for at in range(skip, len(sealed.entries)):
            raw, digest = sealed.entries[at], sealed.hashes[at]
            self.entries.append(_signed_entry(sealed.header.first_seq + at, raw, digest))
            self._hashes.append(digest)
        for first_seq in sorted(self._waiting):
            if first_seq <= self.length + 1:
                for waiting, raw in self._waiting.pop(first_seq):
                    self.add_verified(waiting, raw)
                return


def _signed_entry(seq: int, raw: bytes, digest: bytes) -> SignedEntry:
    try:
        return SignedEntry(seq, decode_entry(raw), raw, digest)
    except MalformedError as error:
        return SignedEntry(seq, Unknown(0, raw), raw, digest, str(error))
