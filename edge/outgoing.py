"""What this phone has for the branch: its own seals, and what a restored branch has lost (L7, L15).

Own seals go until a ``Received`` that counts names them, and other phones' seals likewise: one that the
branch had received before it lost that is carried by whoever holds it. A phone that was shut out says all of
its own again whenever it comes: nobody tells it what the branch has lost, and a repeat changes nothing.
Branch seals that a later branch epoch cut off are given back once to that epoch, each until an answer took
it, and not once all of them is restated.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from edge.phone import Phone
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.errors import UnpackError
from protocol.exchange import DetachedText, Request
from protocol.ids import BranchTip, LogId, Position
from protocol.limits import EXCHANGE_TIPS_MAX
from protocol.trust_facts import Received, Restated

RETURNED = "returned"
_TEXT_FIELDS = ("note", "name", "identity", "phone", "address", "statement")
_SIDES_MAX = EXCHANGE_TIPS_MAX // 2


class OutgoingSeal(Struct, frozen=True):
    """A seal for the branch; ``place`` is its log and first seq when it is this phone's own."""

    raw: bytes
    place: tuple[LogId, int] | None = None
    is_branch: bool = False


def outgoing(phone: Phone) -> list[OutgoingSeal]:
    """Own seals of every epoch that the branch has not received, oldest first."""
    received = _received(phone)
    ordinal = 0 if phone.admission is None else phone.admission.entry.ordinal
    found = []
    for row in phone.ledger.kept("seal"):
        header = seals.read(row.body).header
        if (ordinal, header.log.epoch, header.first_seq, header.count, header.head) not in received:
            found.append(OutgoingSeal(row.body, (header.log, header.first_seq)))
    return found


def given_back(phone: Phone) -> list[OutgoingSeal]:
    """What a restored branch lacks and others signed: branch seals in order, then other phones' seals."""
    branch = [OutgoingSeal(raw, is_branch=True) for raw in _cut_off(phone)]
    return branch + [OutgoingSeal(raw) for raw in _unreceived_of_others(phone)]


def said_again(phone: Phone) -> list[OutgoingSeal]:
    """Own seals that the branch had received: where this phone is shut out, nobody tells it of a loss."""
    waiting = {one.raw for one in outgoing(phone)}
    kept = (row.body for row in phone.ledger.kept("seal") if row.body not in waiting)
    headers = ((raw, seals.read(raw).header) for raw in kept)
    return [OutgoingSeal(raw, (header.log, header.first_seq)) for raw, header in headers]


def admitting(phone: Phone) -> list[OutgoingSeal]:
    """The branch seals up to the one that admitted this phone; none before admission."""
    told = phone.group.told_admission(phone.writer)
    if told is None:
        return []
    rows = [row.body for row in phone.ledger.kept("branch seal")]
    return [OutgoingSeal(raw, is_branch=True) for raw in rows[: rows.index(told.seal) + 1]]


def request_with(phone: Phone, chosen: Sequence[OutgoingSeal], *, astray: bool = False) -> Request:
    """What an exchange carries up, by whatever carrier: whole seals, their texts, and what is held here."""
    return Request(
        version=1,
        group=phone.identity.group,
        known=phone.group.tip,
        other_tips=other_tips(phone, astray=astray),
        seals=tuple(one.raw for one in chosen),
        texts=texts_of(phone, chosen),
    )


def returned_mark(phone: Phone, raw: bytes) -> bytes:
    """What is kept when a branch seal was given back to the epoch that is the newest now."""
    return phone.group.branch.log.epoch.to_bytes(4, "big") + sha256(raw).digest()


def returned_entries(phone: Phone) -> int:
    """Own entries that the branch had received, and lost: they are not yet at the branch again."""
    lost = {
        (one.entry.epoch, one.entry.first_seq, one.entry.count, one.entry.head)
        for one in phone.group.branch.lost.values()
        if isinstance(one.entry, Received) and one.position.epoch < phone.group.branch.log.epoch
    }
    headers = (seals.read(one.raw).header for one in outgoing(phone))
    return sum(
        header.count
        for header in headers
        if (header.log.epoch, header.first_seq, header.count, header.head) in lost
    )


def other_tips(phone: Phone, *, astray: bool) -> tuple[BranchTip, ...]:
    """Where else the hub may go on from, newest first; none in ordinary life.

    ``astray`` says that the hub's last answer did not go on from what this phone holds. The ends of lost
    histories tell the hub what this phone can read of them already.
    """
    branch = phone.group.branch
    sides = _lost_ends(phone)
    if not astray and all(tip.epoch < branch.log.epoch for tip in sides) and not any(_cut_off(phone)):
        return ()
    entries = branch.entries
    earlier = []
    back = 1
    while back < len(entries):
        one = entries[-1 - back]
        earlier.append(BranchTip(one.position.epoch, one.position.seq, one.hash))
        back *= 2
    tips = {(tip.epoch, tip.seq, tip.head): tip for tip in (*sides[:_SIDES_MAX], *earlier)}
    return tuple(tip for _, tip in sorted(tips.items(), reverse=True))[:EXCHANGE_TIPS_MAX]


def texts_of(phone: Phone, chosen: Iterable[OutgoingSeal]) -> tuple[DetachedText, ...]:
    """The detached texts that these seals' entries name, as far as they are here, each once."""
    entries = (decode_entry(raw) for one in chosen for raw in _entries(one.raw))
    named = {getattr(entry, field, None): None for entry in entries for field in _TEXT_FIELDS}
    texts = phone.group.texts
    return tuple(texts[digest] for digest in named if digest in texts)


def _entries(raw: bytes) -> tuple[bytes, ...]:
    """The entries of a verified seal; none of one that this release cannot unpack."""
    try:
        return seals.unpack(seals.read(raw)).entries
    except UnpackError:
        return ()


def _received(phone: Phone) -> set[tuple[int, int, int, int, bytes]]:
    """Writer, epoch, first seq, count and head of every seal that a ``Received`` names."""
    accepted = phone.group.accepted
    return {(one.writer, one.epoch, one.first_seq, one.count, one.head) for one in accepted}


def _cut_off(phone: Phone) -> Iterator[bytes]:
    """Branch seals of older epochs with an entry that was lost and is not restated, not given back yet."""
    branch = phone.group.branch
    lost = {(place, digest) for place, digest in branch.lost if place.epoch < branch.log.epoch}
    lost -= {(one.entry.entry, one.entry.hash) for one in branch.entries if isinstance(one.entry, Restated)}
    if not lost:
        return
    returned = {row.body for row in phone.ledger.kept(RETURNED)}
    for row in phone.ledger.kept("branch seal"):
        if returned_mark(phone, row.body) in returned:
            continue
        sealed = seals.unpack(seals.read(row.body))
        epoch, first = sealed.header.log.epoch, sealed.header.first_seq
        if any((Position(epoch, seq), digest) in lost for seq, digest in enumerate(sealed.hashes, first)):
            yield row.body


def _unreceived_of_others(phone: Phone) -> Iterator[bytes]:
    received = _received(phone)
    ordinals = {log.log: place[0] for place, log in phone.group.phones.items()}
    for row in phone.ledger.kept("phone seal"):
        header = seals.read(row.body).header
        ordinal = ordinals.get(header.log)
        if ordinal is None or header.log.writer == phone.writer:
            continue
        if (ordinal, header.log.epoch, header.first_seq, header.count, header.head) not in received:
            yield row.body


def _lost_ends(phone: Phone) -> list[BranchTip]:
    """Where the histories end that are held and do not count, newest first."""
    lost = phone.group.branch.lost.values()
    continued = {one.previous for one in lost}
    ends = (
        BranchTip(one.position.epoch, one.position.seq, one.hash) for one in lost if one.hash not in continued
    )
    return sorted(ends, key=lambda tip: (tip.epoch, tip.seq, tip.head), reverse=True)
