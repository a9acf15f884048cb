"""Phones of a group and the seals that they sent, as the stored log has them.

1. a phone's seal belongs to the admitted key of the group that signed it, whatever its header says (L9)
2. phone seals are taken in where their first ``Received`` stands, the others after them (L7, L10)
3. a seal whose log is not the signer's own, or which does not unpack, is kept aside with its reason (L9);
   so is one whose key the lost part of the branch log alone admits, until that is restated (L15)
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from calc.book import Book
from hub.documents import Document, bytes_of, seals_of_branch, seals_of_group
from hub.errors import DamagedError
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.entries import Entry
from protocol.errors import BadSignatureError, MalformedError, ProtocolError, UntrustedKeyError
from protocol.ids import BranchTip, Position
from protocol.limits import EXCHANGE_SEALS_MAX, SEAL_ENTRIES_MAX
from protocol.phone_log import PhoneLog
from protocol.ports import Verifier
from protocol.trust_facts import Received, Restated, WriterAdmitted, WriterRevoked

NOT_ADMITTED = "not_admitted"
"""Why a seal waits whose key the lost part of the log admits (L15)."""

Place = tuple[int, int, int, int, bytes]
"""What a ``Received`` names: writer ordinal, epoch, first seq, count, head. Equal places are repeats (L7)."""


class PhoneSeal(Struct, frozen=True):
    """A stored phone seal: who signed it, what it claims, where the branch received it (None: not yet).

    ``aside`` is the reason why its entries are in no phone log; None for a seal that was taken in. ``writer``
    is 0 when the admission of its key waits to be restated (L15). ``known`` is what of the branch log the
    phone held when it made the seal, as far as it was taken in.
    """

    writer: int
    header: seals.AnyHeader
    raw: bytes
    received: Position | None
    aside: str | None
    known: BranchTip | None = None

    @property
    def place(self) -> Place:
        """What its ``Received`` names."""
        header = self.header
        return self.writer, header.log.epoch, header.first_seq, header.count, header.head


class Writer(Struct, frozen=True):
    """A phone of the group in its newest epoch; ``revoked`` until the branch opens another epoch."""

    admitted: WriterAdmitted
    revoked: bool


def place_of(received: Received) -> Place:
    """The place that an acceptance names."""
    return received.writer, received.epoch, received.first_seq, received.count, received.head


def signer_of(seal: seals.SealRead, writers: Mapping[bytes, Writer], verifier: Verifier) -> Writer | None:
    """The writer of the group whose key signed this seal: the one that it names, or else any other (L9)."""
    named = writers.get(seal.header.log.writer)
    others = (writer for writer in writers.values() if writer is not named)
    for writer in (named, *others):
        if writer is not None and _signed(seal, writer, verifier):
            return writer
    return None


def _signed(seal: seals.SealRead, writer: Writer, verifier: Verifier) -> bool:
    try:
        seals.verify(seal, writer.admitted.spki, verifier)
    except BadSignatureError:
        return False
    return True


@lru_cache(maxsize=EXCHANGE_SEALS_MAX)
def unpacked(raw: bytes) -> seals.SealedRun:
    """A seal's entries, which lie in these bytes alone; raises MalformedError.

    Those of one exchange are remembered: it is folded before and after its ``Received``.
    """
    return seals.unpack(seals.read(raw))


def phone_logs(log: BranchLog, book: Book) -> dict[tuple[int, int], PhoneLog]:
    """Every epoch that the branch opened for a key that can be verified with (L1).

    A log goes on from the bytes that opened it, also when they count under another ordinal now (L15).
    """
    found = {}
    for placed, (_, entry) in zip(log.entries, book.log, strict=True):
        if isinstance(entry, WriterAdmitted):
            said = placed.entry
            opening = book.restated.origin(said) if isinstance(said, Restated) else placed
            assert opening is not None, "it counts"
            with suppress(UntrustedKeyError):
                found[entry.ordinal, entry.epoch] = PhoneLog(log.group, opening.raw, log.root_spki)
    return found


def writers_of(entries: Iterable[Entry]) -> dict[bytes, Writer]:
    found: dict[bytes, Writer] = {}
    for entry in entries:
        if isinstance(entry, WriterAdmitted):
            found[entry.writer] = Writer(entry, revoked=False)
        elif isinstance(entry, WriterRevoked):
            for writer_id, writer in found.items():
                if writer.admitted.ordinal == entry.writer and entry.epoch >= writer.admitted.epoch:
                    found[writer_id] = Writer(writer.admitted, revoked=True)
    return found


def phone_seals(
    log: BranchLog,
    signers: tuple[Mapping[bytes, Writer], Mapping[bytes, Writer]],
    documents: Mapping[str, Document],
    verifier: Verifier,
) -> list[PhoneSeal]:
    """Those of these documents that are phones' seals, as if none was received; raises DamagedError."""
    writers, waiting = signers
    own, any_seal = seals_of_branch(log.group, log.log.writer), seals_of_group(log.group)
    found = []
    for doc_id, document in documents.items():
        if doc_id.startswith(own) or not doc_id.startswith(any_seal):
            continue
        read = _read(doc_id, bytes_of(document, "seal"))
        signer = signer_of(read, writers, verifier)
        if signer is not None:
            found.append(PhoneSeal(signer.admitted.ordinal, read.header, read.raw, None, None))
        elif signer_of(read, waiting, verifier) is not None:
            found.append(PhoneSeal(0, read.header, read.raw, None, NOT_ADMITTED))
        else:
            raise DamagedError(doc_id, "signed by no admitted key")
    return found


def entries_in(found: Iterable[PhoneSeal]) -> int:
    """How many entries these seals have, as far as one seal takes them."""
    return sum(min(seal.header.count, SEAL_ENTRIES_MAX) for seal in found)


def placed_seals(found: Iterable[PhoneSeal], book: Book) -> list[PhoneSeal]:
    """Phone seals with the places at which a book receives them, in their one order."""
    found = list(found)
    heads = {seal.header.head for seal in found}
    received: dict[Place, Position] = {}
    for position, entry in book.received:
        if entry.head in heads:
            received.setdefault(place_of(entry), position)
    return sorted((_at(seal, received.get(seal.place)) for seal in found), key=order)


def _read(doc_id: str, raw: bytes) -> seals.SealRead:
    try:
        return seals.read(raw)
    except ProtocolError as error:
        raise DamagedError(doc_id, str(error)) from error


def _at(seal: PhoneSeal, received: Position | None) -> PhoneSeal:
    return seal if seal.received == received else replace(seal, received=received)


def order(seal: PhoneSeal) -> tuple[bool, Position, Place, bytes]:
    """Where a seal stands among all: by its acceptance; those without one come last."""
    return seal.received is None, seal.received or Position(0, 0), seal.place, seal.raw


def take_in(seal: PhoneSeal, phones: Mapping[tuple[int, int], PhoneLog]) -> PhoneSeal:
    """Let a seal into its phone's log, unless it is aside; returns it with what became of it."""
    if seal.aside is not None:
        return seal
    log = phones.get((seal.writer, seal.header.log.epoch))
    reason = "other_log"
    if log is not None and log.log == seal.header.log:
        try:
            sealed = unpacked(seal.raw)
            log.add_verified(sealed, seal.raw)
        except MalformedError:
            reason = "undecodable"
        else:
            return replace(seal, known=sealed.header.known)
    return replace(seal, aside=reason)
