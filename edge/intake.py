"""What a hub's answer may do to the ledger; no step is taken before the one above it stands.

1. whatever this phone has not sealed yet is sealed (L7)
2. every branch seal verifies, on a copy of the group. One that continues the log extends it; the
   opening of a later epoch cuts off what stands above its base; one of another history, or of an older epoch,
   is kept beside the log, the former as evidence too (L15). One behind a gap is an acknowledgement: all that
   a revoked key gets (L10). If a seal is none of these and nothing contradicts, nothing at all is taken in,
   and what follows it is not looked at
3. every seal of another phone that these branch seals receive is there, under its key: it would never be
   sent again. If one is not, nothing at all is taken in
4. each seal of a phone verifies under the key that the branch admitted; one that does not is left out. Own
   seals that this ledger lacks come back too: another copy of this phone made them, or it was restored
5. each detached text is one of L4; another is left out
6. all of it is stored in one transaction, with the newest encoding in which seals may be written; then that
   copy takes the place of the group. After what is rare, group and own log are read back from the disk
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct, field

from edge.group import Group
from edge.ledger import NO_LOG
from edge.outgoing import RETURNED, OutgoingSeal, returned_mark
from edge.phone import READERS, Phone, Readers
from edge.short import made_whole
from edge.transport import Outcome
from protocol import seal as seals
from protocol.codec import encode
from protocol.day import Instant
from protocol.errors import ForkError, GapError, MalformedError, ProtocolError, UnpackError
from protocol.exchange import DetachedText, Response
from protocol.ids import LogId, Position
from protocol.phone_log import Outcome as Fitted
from protocol.trust_facts import Received

_ANOTHER_DAY = ("quota", "gap")
"""Codes of a branch seal that the hub could not keep yet; it is given back again."""


class SentBody(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """When the hub first answered a request that carried a seal."""

    at: Instant


class Taken(Struct, frozen=True):
    """What one answer brought.

    ``learnt`` counts branch entries that are new here and count, ``beside`` those kept beside the log.
    ``end`` is the place of the last branch seal that is held now; ``is_astray`` says that the answer began
    with what was held before. ``refused`` are codes of seals of the request that were refused.
    """

    outcome: Outcome
    learnt: int = 0
    beside: int = 0
    end: Position | None = None
    is_astray: bool = False
    refused: tuple[str, ...] = ()


class _Page(Struct):
    """The branch seals of an answer, sorted by what they are."""

    held: list[bytes] = field(default_factory=list)
    evidence: list[tuple[LogId, bytes]] = field(default_factory=list)
    behind: list[bytes] = field(default_factory=list)
    learnt: int = 0
    beside: int = 0
    end: Position | None = None
    is_astray: bool = False
    is_spoilt: bool = False
    received: list[Received] = field(default_factory=list)


def take_in(phone: Phone, response: Response, sent: Sequence[OutgoingSeal]) -> Taken:
    """Verify an answer and store it; ``sent`` are the seals of the request, in its order.

    Raises:
        DeviceError: the storage did not take it; nothing of it is kept.
    """
    phone.seal()
    fresh = phone.group.copy()
    try:
        fresh.branch.add_statements(response.statements)
    except ProtocolError:
        return Taken(Outcome.UNTRUSTED)
    page = _read_page(fresh, response.branch_seals)
    if page.is_spoilt and not (page.evidence or page.behind):
        return Taken(Outcome.UNTRUSTED)
    came = (*response.phone_seals, *(one.raw for one in sent))
    if _is_incomplete(fresh, page.received, came, phone.writer):
        return Taken(Outcome.UNTRUSTED)
    refused = {one.index: one.code for one in response.refused}
    ledger = phone.ledger
    with ledger.saving():
        ledger.keep_new("statement", ((NO_LOG, statement) for statement in response.statements))
        ledger.keep_new("branch seal", ((NO_LOG, raw) for raw in page.held))
        ledger.keep_new("evidence", page.evidence)
        ledger.keep_new("acknowledgement", ((fresh.branch.log, raw) for raw in page.behind))
        ledger.keep_new("phone seal", _from_phones(fresh, response.phone_seals))
        for text in filter(_is_readable, response.texts):
            ledger.keep_text(text)
            fresh.texts[text.hash] = text
        if ledger.note(READERS, Readers) != Readers(response.encoding):
            ledger.set_note(READERS, Readers(response.encoding))
        note_sent(phone, [one for index, one in enumerate(sent) if index not in refused])
        given = (one for index, one in enumerate(sent) if refused.get(index) not in _ANOTHER_DAY)
        returned = (returned_mark(phone, one.raw) for one in given if one.is_branch)
        ledger.keep_new(RETURNED, ((NO_LOG, mark) for mark in returned))
    if page.evidence or page.behind or _is_own_among(response.phone_seals, phone.writer):
        phone.reload()
    else:
        phone.go_on(fresh)
    return Taken(
        outcome=_outcome(fresh, page),
        learnt=page.learnt,
        beside=page.beside,
        end=page.end,
        is_astray=page.is_astray,
        refused=tuple(refused.values()),
    )


def note_sent(phone: Phone, sent: Iterable[OutgoingSeal]) -> None:
    """Remember that seals left this phone for the branch, each the first time; inside ``saving``."""
    known = {(row.log, row.seq) for row in phone.ledger.kept("sent")}
    for one in sent:
        if one.place is not None and (encode(one.place[0]), one.place[1]) not in known:
            phone.ledger.keep("sent", *one.place, encode(SentBody(phone.now)))


def _read_page(group: Group, branch_seals: Iterable[bytes]) -> _Page:
    page = _Page()
    for sent in branch_seals:
        raw = made_whole(group, sent)
        try:
            took = group.take_branch(raw)
        except ForkError:
            page.evidence.append((seals.read(raw).header.log, raw))
        except GapError:
            # One of an older epoch that continues nothing is no acknowledgement, and of no use here.
            if seals.read(raw).header.log.epoch >= group.branch.log.epoch:
                page.behind.append(raw)
        except ProtocolError:
            page.is_spoilt = True  # nothing stands behind it, and a gap after it is none
            break
        else:
            header = seals.read(raw).header
            page.is_astray |= page.end is None and not took.counted
            page.end = Position(header.log.epoch, header.first_seq + header.count - 1)
            page.learnt += len(took.counted)
            page.received += [one.entry for one in took.counted if isinstance(one.entry, Received)]
            page.beside += len(took.beside)
            if took.is_fork:
                page.evidence.append((header.log, raw))
            if took.counted or took.beside:
                page.held.append(raw)
    return page


def _is_incomplete(
    group: Group, received: Iterable[Received], phone_seals: Iterable[bytes], own: bytes
) -> bool:
    """Whether a seal of another phone that the branch received neither came nor is held."""
    came: dict[tuple[int, int, int, bytes], list[seals.SealRead]] = {}
    for raw in phone_seals:
        with suppress(ProtocolError):
            read = seals.read(raw)
            header = read.header
            place = header.log.epoch, header.first_seq, header.count, header.head
            came.setdefault(place, []).append(read)
    for one in received:
        log = group.phones.get((one.writer, one.epoch))
        if log is None or log.log.writer == own:
            continue
        place = one.epoch, one.first_seq, one.count, one.head
        is_held = log.ending_in(one.head, one.first_seq + one.count - 1, one.count)
        if not is_held and not any(group.is_signed(read, log.spki) for read in came.get(place, ())):
            return True
    return False


def _outcome(group: Group, page: _Page) -> Outcome:
    """Two histories of an older epoch are settled: the base of a later one says which side went on."""
    if any(log.epoch == group.branch.log.epoch for log, _ in page.evidence):
        return Outcome.TWO_HISTORIES
    return Outcome.SHUT_OUT if page.behind else Outcome.DONE


def _from_phones(group: Group, phone_seals: Iterable[bytes]) -> Iterable[tuple[LogId, bytes]]:
    """Seals of phones that verify and are new, each side of a fork (L16), also one that does not unpack."""
    for raw in phone_seals:
        try:
            if group.take_phone(raw) is not Fitted.REPEATED:
                yield seals.read(raw).header.log, raw
        except UnpackError:
            yield seals.read(raw).header.log, raw  # signed, in a spelling of tomorrow: kept until an update
        except ProtocolError:
            continue  # judged by its own signature (L11): it says nothing about the others


def _is_own_among(phone_seals: Iterable[bytes], own: bytes) -> bool:
    """Whether a seal of this phone came back: the own log is read with it."""
    for raw in phone_seals:
        with suppress(ProtocolError):
            if seals.read(raw).header.log.writer == own:
                return True
    return False


def _is_readable(text: DetachedText) -> bool:
    try:
        return bool(text.hash)
    except MalformedError:
        return False
