"""Short seals: what an exchange leaves out of a seal because its receiver makes it again (L11).

A short seal is the canonical array ``[epoch, first seq, encoding, branch position known, rules version, wall
clock, signature, body]``: no log, no chain hash, no digest. The receiver takes the log from the exchange, the
hash before the first entry and the head of the known branch position from what it holds, and the rest from
the body. Only then does the signature say whether these are the bytes that were signed: a receiver that
holds something else asks for the seal as a whole.

A short seal's body is opened before its signature can be checked. So a hub opens those alone that came in a
request whose own signature stands, and every bound of ``seal.open_body`` holds.
"""

from collections.abc import Callable

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import links
from protocol.codec import decode_as, encode
from protocol.day import Instant
from protocol.errors import MalformedError, ProtocolError
from protocol.ids import BranchTip, Epoch, LogId, Number, Position, Seq, Signature

WHOLE = "whole"
"""Code of a seal in ``Response.refused`` that is to be sent again as a whole."""

_PARTS_OF_A_WHOLE = 0x93


class Short(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The parts of a seal of version 1 that its receiver cannot know."""

    epoch: Epoch
    first_seq: Seq
    encoding: seals.Encoding
    known: Position | None
    rules: Number
    wall_clock: Instant
    signature: Signature
    body: bytes


def _nothing(position: Position) -> bytes:
    raise KeyError(position)


class Receiver(Struct, frozen=True):
    """What the receiver holds, as itself or as the sender knows it.

    ``hash_at`` gives the chain hash of the log at an epoch and seq, ``head_of`` that of the branch log at a
    position, which a seal of the branch does not name; both raise KeyError for what is not held.
    """

    group: str
    writer: bytes
    hash_at: Callable[[int, int], bytes]
    head_of: Callable[[Position], bytes] = _nothing


def is_short(raw: bytes) -> bool:
    """Say whether these bytes are meant as a short seal."""
    return raw[:1] != bytes((_PARTS_OF_A_WHOLE,))


def shorten(raw: bytes, held: Receiver) -> bytes:
    """The short form of a seal; the seal itself where that would not give back its very bytes."""
    try:
        read = seals.read(raw)
        header = decode_as(read.envelope.header, seals.Header, "seal header")
        tip = header.known
        short = encode(
            Short(
                epoch=header.log.epoch,
                first_seq=header.first_seq,
                encoding=header.encoding,
                known=None if tip is None else Position(tip.epoch, tip.seq),
                rules=header.rules,
                wall_clock=header.wall_clock,
                signature=read.envelope.signature,
                body=read.envelope.body,
            )
        )
        return short if restore(short, held) == raw else raw
    except ProtocolError:
        return raw


def restore(raw: bytes, held: Receiver) -> bytes:
    """The whole seal of a short one, not verified yet; raises MalformedError when it cannot be made here."""
    short = decode_as(raw, Short, "short seal")
    try:
        previous = held.hash_at(short.epoch, short.first_seq - 1)
        known = None if short.known is None else _tip(short.known, held)
    except KeyError as error:
        raise MalformedError("a short seal rests on what is not held here") from error
    entries = seals.open_body(short.encoding, short.body)
    if not entries:
        raise MalformedError("a short seal has no entries")
    header = seals.Header(
        version=seals.VERSION,
        log=LogId(held.group, held.writer, short.epoch),
        first_seq=short.first_seq,
        count=len(entries),
        previous=previous,
        head=links(previous, entries)[-1],
        digest=seals.digest(short.body),
        encoding=short.encoding,
        known=known,
        rules=short.rules,
        wall_clock=short.wall_clock,
    )
    return encode(seals.Envelope(encode(header), short.signature, short.body))


def _tip(position: Position, held: Receiver) -> BranchTip:
    return BranchTip(position.epoch, position.seq, held.head_of(position))
