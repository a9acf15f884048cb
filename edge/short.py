"""Seals that cross the line short, on the phone's side: own seals up, branch seals down (L11)."""

from msgspec import structs

from edge.group import Group
from edge.phone import Phone
from protocol.errors import ProtocolError
from protocol.exchange import Request
from protocol.ids import Position
from protocol.transit import Receiver, is_short, restore, shorten


def shortened(phone: Phone, request: Request) -> Request:
    """A request with the seals of this phone's present epoch short: a hub that knows its key has the rest."""
    own = phone.own
    if own is None:
        return request
    epoch = own.log.epoch

    def hash_at(its_epoch: int, seq: int) -> bytes:
        if its_epoch != epoch or seq > own.length:
            raise KeyError(seq)
        return own.hash_at(seq)

    held = Receiver(own.log.group, own.log.writer, hash_at, phone.group.branch.hash_at)
    return structs.replace(request, seals=tuple(shorten(raw, held) for raw in request.seals))


def made_whole(group: Group, raw: bytes) -> bytes:
    """A branch seal as it was signed; one that cannot be made whole stays as it is: nobody signed that."""
    log = group.branch.log
    held = Receiver(log.group, log.writer, lambda epoch, seq: group.branch.hash_at(Position(epoch, seq)))
    try:
        return restore(raw, held) if is_short(raw) else raw
    except ProtocolError:
        return raw
