"""One group as its stored seals say it is: branch log, phone logs, texts. Pure, and the same in every replay.

Rules, in order:

1. every branch seal extends the group's branch log, verified from the pinned root on (``BranchLog``)
2. a phone's seal belongs to the admitted key of the group that signed it, whatever its header says (L9)
3. phone seals are taken in where their first ``Received`` stands, the others after them (L7, L10)
4. a seal whose log is not the signer's own, or which does not unpack, is kept aside with its reason (L9)
5. texts only name people; a group stands without them (L4)
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct

from calc.book import Book, fold
from hub.documents import (
    Document,
    bytes_of,
    document_id,
    seals_of_group,
    seals_of_log,
    text_of,
    texts_of_group,
)
from hub.errors import DamagedError
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.entries import PhoneFact, Placed
from protocol.errors import BadSignatureError, MalformedError, ProtocolError, UntrustedKeyError
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, Position
from protocol.merge import merge
from protocol.phone_log import PhoneLog
from protocol.ports import Verifier
from protocol.trust_facts import Received, WriterAdmitted, WriterRevoked

Place = tuple[int, int, int, int, bytes]
"""What a ``Received`` names: writer ordinal, epoch, first seq, count, head. Equal places are repeats (L7)."""


class Trust(Struct, frozen=True):
    """What branch logs are verified with: the pinned root, and the key statements that it signed (L17)."""

    root_spki: bytes
    verifier: Verifier
    statements: tuple[bytes, ...]


class BranchSeal(Struct, frozen=True):
    """A stored branch seal and the entries it covers."""

    first_seq: int
    last_seq: int
    raw: bytes


class PhoneSeal(Struct, frozen=True):
    """A stored phone seal: who signed it, what it claims, where the branch received it (None: not yet).

    ``aside`` is the reason why its entries are in no phone log; None for a seal that was taken in.
    """

    writer: int
    header: seals.AnyHeader
    raw: bytes
    received: Position | None
    aside: str | None

    @property
    def place(self) -> Place:
        """What its ``Received`` names."""
        header = self.header
        return self.writer, header.log.epoch, header.first_seq, header.count, header.head


class Writer(Struct, frozen=True):
    """A phone of the group in its newest epoch; ``revoked`` until the branch opens another epoch."""

    admitted: WriterAdmitted
    revoked: bool


class GroupState(Struct, frozen=True):
    """One group at one moment; a new fact makes a new state, so nothing in this one may be changed.

    ``phones`` maps (writer ordinal, epoch); ``writers`` maps writer ids; ``texts`` maps hashes. To plan on
    ``book``, copy it.
    """

    group: str
    log: BranchLog
    book: Book
    seals: tuple[BranchSeal, ...]
    writers: Mapping[bytes, Writer]
    phones: Mapping[tuple[int, int], PhoneLog]
    phone_seals: tuple[PhoneSeal, ...]
    facts: tuple[PhoneFact, ...]
    texts: Mapping[bytes, DetachedText]

    def holds(self, tip: BranchTip) -> bool:
        """Say whether this branch log has that head at that place; a place before the first always holds."""
        return self.log.holds(tip)

    @property
    def is_contradicted(self) -> bool:
        """Say whether a seal of a phone that is not revoked names a branch log that is not this one (L15)."""
        revoked = {writer.admitted.ordinal for writer in self.writers.values() if writer.revoked}
        return any(
            seal.writer not in revoked
            and (known := self.known_by(seal)) is not None
            and not self.holds(known)
            for seal in self.phone_seals
        )

    def known_by(self, seal: PhoneSeal) -> BranchTip | None:
        """What of the branch log a phone held when it made this seal, as far as the seal was taken in."""
        return None if seal.aside is not None else seals.unpack(seals.read(seal.raw)).header.known

    def text(self, digest: bytes | None) -> str | None:
        """The words behind a hash; None when there are none, or when they were erased (L4)."""
        found = None if digest is None else self.texts.get(digest)
        return None if found is None else found.text.decode()


def fold_group(group: str, documents: Sequence[Document], trust: Trust) -> GroupState:
    """State of a group from all its documents; raises DamagedError when they do not hold."""
    log, branch_seals = _branch_log(group, documents, trust)
    phones = _phone_logs(log, trust.root_spki)
    writers = _writers(log.entries)
    phone_seals = _phone_seals(log, writers, documents, trust.verifier)
    taken = tuple(_take_in(seal, phones) for seal in phone_seals)
    book = fold((placed.position, placed.entry) for placed in log.entries)
    return GroupState(
        group=group,
        log=log,
        book=book,
        seals=branch_seals,
        writers=writers,
        phones=phones,
        phone_seals=taken,
        facts=merge(book.received, phones),
        texts=_texts(group, documents),
    )


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


def _texts(group: str, documents: Iterable[Document]) -> dict[bytes, DetachedText]:
    """Texts by hash. One that was damaged is left out, as if erased: nothing that counts rests on it (L4)."""
    found = {}
    for document in documents:
        if document_id(document).startswith(texts_of_group(group)):
            with suppress(DamagedError, MalformedError):
                text = text_of(document)
                found[text.hash] = text
    return found


def _branch_log(
    group: str, documents: Iterable[Document], trust: Trust
) -> tuple[BranchLog, tuple[BranchSeal, ...]]:
    log = BranchLog(group, trust.root_spki, trust.verifier)
    log.add_statements(trust.statements)
    prefix = seals_of_log(log.log)
    found = []
    for document in documents:
        if (doc_id := document_id(document)).startswith(prefix):
            raw = bytes_of(document, "seal")
            try:
                added = log.add(raw)
            except ProtocolError as error:
                raise DamagedError(doc_id, str(error)) from error
            if not added:
                raise DamagedError(doc_id, "adds nothing to its log")
            found.append(BranchSeal(added[0].position.seq, added[-1].position.seq, raw))
    return log, tuple(found)


def _phone_logs(log: BranchLog, root_spki: bytes) -> dict[tuple[int, int], PhoneLog]:
    """Every epoch that the branch opened for a key that can be verified with (L1)."""
    found = {}
    for placed in log.entries:
        if isinstance(entry := placed.entry, WriterAdmitted):
            with suppress(UntrustedKeyError):
                found[entry.ordinal, entry.epoch] = PhoneLog(log.group, placed.raw, root_spki)
    return found


def _writers(entries: Iterable[Placed]) -> dict[bytes, Writer]:
    found: dict[bytes, Writer] = {}
    for placed in entries:
        entry = placed.entry
        if isinstance(entry, WriterAdmitted):
            found[entry.writer] = Writer(entry, revoked=False)
        elif isinstance(entry, WriterRevoked):
            for writer_id, writer in found.items():
                if writer.admitted.ordinal == entry.writer and entry.epoch >= writer.admitted.epoch:
                    found[writer_id] = Writer(writer.admitted, revoked=True)
    return found


def _phone_seals(
    log: BranchLog, writers: Mapping[bytes, Writer], documents: Iterable[Document], verifier: Verifier
) -> list[PhoneSeal]:
    received: dict[Place, Position] = {}
    for placed in log.entries:
        if isinstance(placed.entry, Received):
            received.setdefault(place_of(placed.entry), placed.position)
    found = []
    for document in documents:
        doc_id = document_id(document)
        if not doc_id.startswith(seals_of_group(log.group)) or doc_id.startswith(seals_of_log(log.log)):
            continue
        read = _read(doc_id, bytes_of(document, "seal"))
        signer = signer_of(read, writers, verifier)
        if signer is None:
            raise DamagedError(doc_id, "signed by no admitted key")
        seal = PhoneSeal(signer.admitted.ordinal, read.header, read.raw, None, None)
        found.append(_at(seal, received.get(seal.place)))
    return sorted(found, key=_order)


def _read(doc_id: str, raw: bytes) -> seals.SealRead:
    try:
        return seals.read(raw)
    except ProtocolError as error:
        raise DamagedError(doc_id, str(error)) from error


def _at(seal: PhoneSeal, received: Position | None) -> PhoneSeal:
    return PhoneSeal(seal.writer, seal.header, seal.raw, received, None)


def _order(seal: PhoneSeal) -> tuple[bool, Position, Place, bytes]:
    return seal.received is None, seal.received or Position(0, 0), seal.place, seal.raw


def _take_in(seal: PhoneSeal, phones: Mapping[tuple[int, int], PhoneLog]) -> PhoneSeal:
    log = phones.get((seal.writer, seal.header.log.epoch))
    reason = "other_log"
    if log is not None and log.log == seal.header.log:
        try:
            log.add_verified(seals.unpack(seals.read(seal.raw)), seal.raw)
        except MalformedError:
            reason = "undecodable"
        else:
            return seal
    return PhoneSeal(seal.writer, seal.header, seal.raw, seal.received, reason)
