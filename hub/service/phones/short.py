"""Seals that cross the line short, on the hub's side: made whole before the intake, shortened after it (L11).

Up, they are seals of the phone that signed the request: of nobody else is a body opened before the seal's own
signature is checked, and of a request only as much as ``_OPENED_BYTES_MAX``: nothing of that is counted
anywhere else. Down, they are branch seals that continue what the request says its phone holds.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from msgspec import structs

from hub.errors import AccessError
from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from hub.service.phones.judged import known_group, opened_size
from protocol import seal as seals
from protocol.errors import ProtocolError
from protocol.exchange import Refused, Request, Response
from protocol.ids import BranchTip, LogId, Position
from protocol.limits import SEAL_INFLATED_BYTES_MAX
from protocol.transit import WHOLE, Receiver, is_short, restore, shorten
from protocol.trust_facts import BranchEpochOpened, KeyStated

Asker = bytes | AccessError

_OPENED_BYTES_MAX = 4 * SEAL_INFLATED_BYTES_MAX


TakeIn = Callable[[Request, Asker, Collection[bytes]], Response]


def made_whole(groups: Groups, request: Request, asker: Asker) -> Request:
    """The request with those of its seals that are whole, or can be made whole here."""
    whole = _made_whole(groups, request, asker)
    return structs.replace(request, seals=tuple(raw for raw in whole if raw is not None))


def over_the_line(
    groups: Groups, request: Request, asker: Asker, take_in: TakeIn, barred: Collection[bytes] = ()
) -> Response:
    """What ``take_in`` answers to the whole seals; those that cannot be made whole are asked for again."""
    whole = _made_whole(groups, request, asker)
    kept = {index: raw for index, raw in enumerate(whole) if raw is not None}
    response = take_in(structs.replace(request, seals=tuple(kept.values())), asker, barred)
    places = list(kept)
    refused = [Refused(places[one.index], one.code) for one in response.refused]
    refused += [Refused(index, WHOLE) for index, raw in enumerate(whole) if raw is None]
    state = groups.last(request.group)
    return structs.replace(
        response,
        statements=response.statements if _is_lacking_keys(state, request.known) else (),
        # A phone that is shut out has a gap before its acknowledgements, and gets them whole (L10).
        branch_seals=response.branch_seals
        if _is_shut_out(state, asker, barred)
        else tuple(_shortened(state, request.known, response.branch_seals)),
        refused=tuple(sorted(refused, key=lambda one: one.index)),
    )


def _made_whole(groups: Groups, request: Request, asker: Asker) -> list[bytes | None]:
    """The seals of a request; None in the place of a short one that cannot be made whole here."""
    state = known_group(groups.last, request.group)
    writer = state.writers.get(asker) if state and isinstance(asker, bytes) else None
    heads: dict[tuple[int, int], bytes] = {}  # of seals that stand earlier in this request
    found: list[bytes | None] = []
    room = _OPENED_BYTES_MAX
    for raw in request.seals:
        if not is_short(raw):
            found.append(raw)
        elif state is None or writer is None or room <= 0:
            found.append(None)
        else:
            held = _held(state, writer.admitted.ordinal, writer.admitted.writer, heads)
            found.append(whole := _restored(groups, raw, held, writer.admitted.spki))
            room -= SEAL_INFLATED_BYTES_MAX if whole is None else opened_size(seals.read(whole))
        if found[-1] is not None:
            heads |= _head(found[-1])
    return found


def _held(state: GroupState, ordinal: int, writer: bytes, heads: dict[tuple[int, int], bytes]) -> Receiver:
    def hash_at(epoch: int, seq: int) -> bytes:
        if (epoch, seq) in heads:
            return heads[epoch, seq]
        log = state.phones[ordinal, epoch]
        if seq > log.length:
            raise KeyError(seq)
        return log.hash_at(seq)

    return Receiver(state.group, writer, hash_at, state.log.hash_at)


def _restored(groups: Groups, raw: bytes, held: Receiver, spki: bytes) -> bytes | None:
    try:
        whole = restore(raw, held)
        seals.verify(seals.read(whole), spki, groups.trust.verifier)
    except ProtocolError:
        return None
    return whole


def _head(raw: bytes) -> dict[tuple[int, int], bytes]:
    try:
        header = seals.read(raw).header
    except ProtocolError:
        return {}
    return {(header.log.epoch, header.first_seq + header.count - 1): header.head}


def _is_lacking_keys(state: GroupState, known: BranchTip | None) -> bool:
    """Say whether a phone may lack a key statement: those that it has came with what it holds."""
    if known is None or known.seq == 0 or not state.holds(known):
        return True
    further = state.log.between(Position(known.epoch, known.seq + 1), state.book.position)
    return any(isinstance(placed.entry, BranchEpochOpened | KeyStated) for placed in further)


def _is_shut_out(state: GroupState, asker: Asker, barred: Collection[bytes]) -> bool:
    writer = state.writers.get(asker) if isinstance(asker, bytes) else None
    return writer is not None and (writer.revoked or writer.admitted.writer in barred)


def _shortened(state: GroupState, known: BranchTip | None, raw_seals: Sequence[bytes]) -> Iterator[bytes]:
    """Branch seals, short where they continue what counts for the phone by then.

    One that holds what does not count here goes by that until an opening among these seals: all go whole.
    """
    place = known
    if known is not None and not state.holds(known):
        yield from raw_seals
        return
    for raw in raw_seals:
        header = seals.read(raw).header
        end = BranchTip(header.log.epoch, header.first_seq + header.count - 1, header.head)
        if place and (header.log.epoch, header.first_seq) == (place.epoch, place.seq + 1):
            yield shorten(raw, _held_after(header.log, place))
            place = end
        else:
            yield raw
            if state.holds(end) and (place is None or (place.epoch, place.seq) < (end.epoch, end.seq)):
                place = end


def _held_after(log: LogId, place: BranchTip) -> Receiver:
    """A phone that holds the branch log up to a place, as far as one seal behind it needs."""
    at = {(place.epoch, place.seq): place.head}
    return Receiver(log.group, log.writer, lambda epoch, seq: at[epoch, seq])
