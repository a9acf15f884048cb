"""What this phone said in its current epoch: entries, chain, receipt marks and seals (L5, L7, L13).

What a crash leaves: before the commit of ``append`` nothing; after it the entry, whose mark is made again
when it is asked for; before the commit of ``seal`` unsealed entries, which the next seal takes; after it
the seal, which is sent byte for byte and never cut again.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from edge.errors import BranchError, Fault
from edge.ledger import Ledger, decoded
from protocol import seal as seals
from protocol.chain import genesis, link
from protocol.codec import encode
from protocol.entries import PhoneEntry, decode_entry, entry_bytes
from protocol.errors import LimitError, MalformedError
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, Hash, LogId
from protocol.limits import SEAL_ENTRIES_MAX
from protocol.phone_log import SignedEntry
from protocol.ports import Signer
from protocol.receipt import Marked, mark


class EntryBody(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An own entry as it is kept: canonical bytes and chain hash, both inside the ciphertext."""

    raw: bytes
    hash: Hash


class MarkBody(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A receipt mark as it is kept."""

    mark: Annotated[bytes, Meta(min_length=64, max_length=64)]


class OwnSeal(Struct, frozen=True):
    """A seal of this phone as it is sent, and the run that it covers."""

    raw: bytes
    first_seq: int
    last_seq: int
    head: bytes


class OwnLog:
    """Entries of one epoch, in memory as on the disk; ``append`` and ``seal`` return after the commit."""

    def __init__(self, ledger: Ledger, signer: Signer, log: LogId, opening: bytes, root_spki: bytes) -> None:
        """Read back what is kept; ``opening`` is the entry that admitted this phone.

        Raises:
            BranchError: the kept rows are not one unbroken chain.
        """
        self.log = log
        self.opening = opening
        self.entries: list[SignedEntry] = []
        self.seals: list[OwnSeal] = []
        self._ledger = ledger
        self._signer = signer
        self._hashes = [genesis(root_spki, opening)]
        self._marks = {row.seq: decoded(row.body, MarkBody).mark for row in ledger.kept("mark", log)}
        for row in ledger.kept("entry", log):
            self._take_back(row.seq, decoded(row.body, EntryBody))
        for row in ledger.kept("seal", log):
            self._take_seal(row.body)

    @property
    def length(self) -> int:
        """Number of entries."""
        return len(self.entries)

    @property
    def head(self) -> bytes:
        """Chain hash of the last entry, or the genesis."""
        return self._hashes[-1]

    @property
    def sealed(self) -> int:
        """Seq of the last sealed entry, 0 before the first."""
        return self.seals[-1].last_seq if self.seals else 0

    def hash_at(self, seq: int) -> bytes:
        """Chain hash at seq; 0 is the genesis."""
        return self._hashes[seq]

    def append(self, entry: PhoneEntry, texts: Iterable[DetachedText] = ()) -> SignedEntry:
        """Add one entry with its detached texts: it is on the disk when this returns, or nothing is.

        Raises:
            MalformedError: the entry's own field list forbids a value; for the caller to prevent.
            DeviceError: the storage did not take it.
        """
        raw = entry_bytes(entry)
        added = SignedEntry(self.length + 1, entry, raw, self.head, link(self.head, raw))
        with self._ledger.saving():
            self._ledger.keep("entry", self.log, added.seq, encode(EntryBody(raw, added.hash)))
            for text in texts:
                self._ledger.keep_text(text)
        self._add(added)
        return added

    def marked(self, seq: int) -> Marked:
        """The entry in its place, as its receipt mark signs it."""
        return Marked(self.log, seq, self.hash_at(seq - 1), self.entries[seq - 1].raw)

    def mark(self, seq: int) -> bytes:
        """The receipt mark of a committed entry, made and kept the first time (L13); raises DeviceError."""
        if seq not in self._marks:
            signature = mark(self.marked(seq), self._signer)
            with self._ledger.saving():
                self._ledger.keep("mark", self.log, seq, encode(MarkBody(signature)))
            self._marks[seq] = signature
        return self._marks[seq]

    def seal(self, known: BranchTip | None, wall_clock: int, newest: int) -> tuple[OwnSeal, ...]:
        """Seal every entry that is not sealed yet; the new seals are on the disk when this returns (L7).

        Args:
            known: the branch log as this phone holds it.
            wall_clock: this phone's claim of the time, milliseconds since 1970.
            newest: the newest body encoding that every reader knows.
        """
        before = len(self.seals)
        while self.sealed < self.length:
            first = self.sealed + 1
            raw = self._cut(first, known, wall_clock, newest)
            with self._ledger.saving():
                self._ledger.keep("seal", self.log, first, raw)
            self._take_seal(raw)
        return tuple(self.seals[before:])

    def _cut(self, first: int, known: BranchTip | None, wall_clock: int, newest: int) -> bytes:
        """As many entries as fit one seal; one alone always does (L8)."""
        count = min(SEAL_ENTRIES_MAX, self.length - first + 1)
        while count > 1:
            try:
                return self._seal_of(first, count, known, wall_clock, newest)
            except LimitError:
                count //= 2
        return self._seal_of(first, 1, known, wall_clock, newest)

    def _seal_of(
        self, first: int, count: int, known: BranchTip | None, wall_clock: int, newest: int
    ) -> bytes:
        cut = seals.Cut(
            log=self.log,
            first_seq=first,
            previous=self.hash_at(first - 1),
            entries=tuple(one.raw for one in self.entries[first - 1 : first - 1 + count]),
            known=known,
            wall_clock=wall_clock,
        )
        return seals.make(cut, self._signer, newest)

    def _take_back(self, seq: int, body: EntryBody) -> None:
        if seq != self.length + 1 or link(self.head, body.raw) != body.hash:
            raise BranchError(Fault.DAMAGED)
        try:
            self._add(SignedEntry(seq, decode_entry(body.raw), body.raw, self.head, body.hash))
        except MalformedError as error:
            raise BranchError(Fault.DAMAGED) from error

    def _take_seal(self, raw: bytes) -> None:
        header = seals.read(raw).header  # its signature was checked with the group's other seals
        last = header.first_seq + header.count - 1
        if header.first_seq != self.sealed + 1 or last > self.length or self.hash_at(last) != header.head:
            raise BranchError(Fault.DAMAGED)
        self.seals.append(OwnSeal(raw, header.first_seq, last, header.head))

    def _add(self, added: SignedEntry) -> None:
        self.entries.append(added)
        self._hashes.append(added.hash)
