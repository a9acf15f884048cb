"""A phone's log as its readers trust it: verified, chained, with every side of a fork kept (L5, L7, L16).

Rules for one seal, in order:

1. it names this log; its signature verifies under the key of the ``WriterAdmitted`` that opened the log
2. it unpacks; an undecodable body is raised, to be kept whole and set aside (L9)
3. its entries join the entry whose chain hash it continues; while nobody has brought that entry, it waits
4. two different hashes at one seq are a fork, whether or not either side can be read back to the start

What is known in the end does not depend on the order in which seals arrive; only ``entries`` is the side that
came first.
"""

from copy import copy
from enum import Enum

from msgspec import Struct, structs

from protocol import seal as seals
from protocol.chain import genesis
from protocol.entries import PHONE_KINDS, Entry, Unknown, decode_entry
from protocol.errors import ChainError, MalformedError
from protocol.ids import BranchTip, LogId
from protocol.keys import admission
from protocol.ports import Verifier

_NOT_A_PHONES = "a phone may not say this"


class Outcome(Enum):
    """What a valid seal did to the log."""

    EXTENDED = "extended"
    REPEATED = "repeated"
    GAP = "gap"
    FORKED = "forked"


class SignedEntry(Struct, frozen=True):
    """One phone entry between two chain hashes; with a ``fault``, it is ``Unknown`` and set aside (L9).

    ``known`` is the branch log that the header of its seal names: what its ordinals and places mean (L15).
    """

    seq: int
    entry: Entry
    raw: bytes
    previous: bytes
    hash: bytes
    fault: str | None = None
    known: BranchTip | None = None


class PhoneLog:
    """Verified entries of one phone log.

    ``entries`` is the contiguous side that came first; ``forks`` are the seals that contradicted earlier
    ones, each with the seq where it does; ``forked_at`` is the first seq with two hashes, or None.
    """

    def __init__(self, group: str, opening: bytes, root_spki: bytes) -> None:
        """Start at the genesis that ``opening`` gives: the bytes of the ``WriterAdmitted`` of this epoch.

        Raises:
            UntrustedKeyError: it admits no key that a reader of this release verifies with.
        """
        admitted = admission(decode_entry(opening))
        self.log = LogId(group, admitted.writer, admitted.epoch)
        self.spki = admitted.spki
        self.entries: list[SignedEntry] = []
        self.forks: list[tuple[int, bytes]] = []
        self.forked_at: int | None = None
        start = genesis(root_spki, opening)
        self._first_side = [start]
        self._seqs = {start: 0}
        self._known: dict[bytes, SignedEntry] = {}
        self._claimed = {0: start}
        self._waiting: dict[bytes, tuple[tuple[seals.SealedRun, bytes], ...]] = {}

    def copy(self) -> "PhoneLog":
        """An independent copy: what is added to one is not in the other."""
        twin = PhoneLog.__new__(PhoneLog)
        twin.__dict__.update({name: copy(held) for name, held in self.__dict__.items()})
        return twin

    @property
    def length(self) -> int:
        """Number of contiguous entries."""
        return len(self.entries)

    @property
    def head(self) -> bytes:
        """Chain hash of the last contiguous entry, or the genesis."""
        return self._first_side[-1]

    @property
    def known(self) -> tuple[SignedEntry, ...]:
        """Entries of every side that reaches back to the start, in no order that means anything."""
        return tuple(self._known.values())

    @property
    def waiting(self) -> int:
        """Number of seals that continue an entry which nobody has brought."""
        return sum(map(len, self._waiting.values()))

    def hash_at(self, seq: int) -> bytes:
        """Chain hash at seq; 0 is the genesis."""
        return self._first_side[seq]

    def ending_in(self, head: bytes, last_seq: int, count: int) -> tuple[SignedEntry, ...]:
        """The last ``count`` entries of the side with chain hash ``head`` at ``last_seq``; () if unknown."""
        if self._seqs.get(head) != last_seq or count > last_seq:
            return ()
        found = []
        for _ in range(count):
            found.append(self._known[head])
            head = found[-1].previous
        return tuple(reversed(found))

    def add(self, raw: bytes, verifier: Verifier) -> Outcome:
        """Verify and take in one seal.

        Raises:
            MalformedError, LimitError: the bytes, or the body, are not a seal that can be read.
            BadSignatureError: another key signed it.
            ChainError: it is of another log.
        """
        read = seals.read(raw)
        if read.header.log != self.log:
            raise ChainError(f"a seal of log {read.header.log} is not one of {self.log}")
        seals.verify(read, self.spki, verifier)
        return self.add_verified(seals.unpack(read), raw)

    def add_verified(self, sealed: seals.SealedRun, raw: bytes) -> Outcome:
        """Take in a seal whose signature was checked, and then the seals that waited for it."""
        joining = [(sealed, raw)]
        outcomes = []
        while joining:
            run, its_bytes = joining.pop(0)
            outcomes.append(self._join(run, its_bytes))
            for digest in run.hashes:
                if digest in self._seqs:
                    joining.extend(self._waiting.pop(digest, ()))
        return outcomes[0]

    def _join(self, sealed: seals.SealedRun, raw: bytes) -> Outcome:
        before, first = sealed.header.previous, sealed.header.first_seq
        contradicts = self._contradicts(sealed, raw)
        if self._seqs.get(before) != first - 1:
            waiting = self._waiting.get(before, ())
            if (sealed, raw) not in waiting:
                self._waiting[before] = (*waiting, (sealed, raw))
            return Outcome.FORKED if contradicts else Outcome.GAP
        outcome = Outcome.REPEATED
        for seq, (entry, digest) in enumerate(zip(sealed.entries, sealed.hashes, strict=True), first):
            if digest not in self._seqs:
                outcome = Outcome.EXTENDED if before == self.head else Outcome.FORKED
                self._keep(_signed_entry(seq, entry, before, digest, sealed.header.known))
            else:
                self._sealed_again(digest, sealed.header.known)
            before = digest
        return outcome

    def _keep(self, signed: SignedEntry) -> None:
        if signed.previous == self.head:
            self.entries.append(signed)
            self._first_side.append(signed.hash)
        self._known[signed.hash] = signed
        self._seqs[signed.hash] = signed.seq

    def _sealed_again(self, digest: bytes, known: BranchTip | None) -> None:
        """Of two seals of one entry, the one that knew less of the branch log says what the entry means."""
        signed = self._known[digest]
        if _extent(known) < _extent(signed.known):
            signed = self._known[digest] = structs.replace(signed, known=known)
            if self._first_side[signed.seq : signed.seq + 1] == [digest]:
                self.entries[signed.seq - 1] = signed

    def _contradicts(self, sealed: seals.SealedRun, raw: bytes) -> bool:
        """Say whether this seal claims another hash at some seq than was claimed there first."""
        claims = enumerate((sealed.header.previous, *sealed.hashes), sealed.header.first_seq - 1)
        parted = [seq for seq, digest in claims if self._claimed.setdefault(seq, digest) != digest]
        if not parted:
            return False
        self.forked_at = parted[0] if self.forked_at is None else min(parted[0], self.forked_at)
        if (parted[0], raw) not in self.forks:
            self.forks.append((parted[0], raw))
        return True


def _extent(known: BranchTip | None) -> tuple[int, int, bytes]:
    return (-1, 0, b"") if known is None else (known.epoch, known.seq, known.head)


def _signed_entry(
    seq: int, raw: bytes, previous: bytes, digest: bytes, known: BranchTip | None
) -> SignedEntry:
    fault = None
    try:
        entry = decode_entry(raw)
    except MalformedError as error:
        entry, fault = Unknown(0, raw), str(error)
    if not isinstance(entry, (*PHONE_KINDS, Unknown)):
        entry, fault = Unknown(0, raw), _NOT_A_PHONES
    return SignedEntry(seq, entry, raw, previous, digest, fault, known)
