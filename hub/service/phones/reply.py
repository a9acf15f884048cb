"""What the hub sends down in an exchange: a page of branch seals with all that belongs to them (L11).

A page is cut between branch seals. Each brings the seals of other phones that it receives, and the texts
that its own and their entries name. One branch seal with all of that always fits a page (``intake`` sees to
it, and texts are left out where somebody filled them to the brim), so a phone always gets on.
"""

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from hub.service.group.state import BranchSeal, GroupState, PhoneSeal, Place, place_of
from hub.service.phones.texts import text_hashes
from protocol.exchange import DetachedText, Refused, Response
from protocol.ids import BranchTip
from protocol.limits import EXCHANGE_BRANCH_SEALS_MAX, KEY_STATEMENTS_MAX, TEXTS_PER_EXCHANGE_MAX
from protocol.trust_facts import Received

PAGE_BYTES_MAX = 3_000_000
_TEXT_OVERHEAD = 24


class Unit(Struct, frozen=True):
    """A branch seal and what belongs to it."""

    seal: BranchSeal
    phone_seals: tuple[bytes, ...]
    texts: tuple[DetachedText, ...]

    @property
    def size(self) -> int:
        """Bytes on the wire, rounded up."""
        seals = len(self.seal.raw) + sum(map(len, self.phone_seals))
        return seals + sum(len(text.text) + _TEXT_OVERHEAD for text in self.texts)


def page(state: GroupState, reader: int, known: BranchTip | None) -> tuple[tuple[Unit, ...], bool]:
    """Units after the place that writer ``reader`` knows, as many as fit, and whether there are more."""
    found: list[Unit] = []
    room, room_texts = PAGE_BYTES_MAX, TEXTS_PER_EXCHANGE_MAX
    for unit in _units(state, reader, known.seq if known else 0):
        full = unit.size > room or len(unit.texts) > room_texts or len(found) == EXCHANGE_BRANCH_SEALS_MAX
        if found and full:
            return tuple(found), True
        found.append(_cut(unit) if full else unit)
        room, room_texts = room - found[-1].size, room_texts - len(found[-1].texts)
    return tuple(found), False


def acknowledgements(state: GroupState, writer: int, places: Collection[Place]) -> tuple[bytes, ...]:
    """Branch seals that receive these seals and speak of this writer alone: all a revoked key gets (L10)."""
    found = []
    for seal in state.seals:
        entries = [placed.entry for placed in state.log.entries[seal.first_seq - 1 : seal.last_seq]]
        received = [entry for entry in entries if isinstance(entry, Received) and entry.writer == writer]
        if len(received) == len(entries) and any(place_of(entry) in places for entry in received):
            found.append(seal.raw)
    return tuple(found)


def response(
    units: Iterable[Unit],
    *,
    hub_time: int,
    statements: tuple[bytes, ...],
    refused: tuple[Refused, ...],
    more: bool,
) -> Response:
    """The answer that carries these units."""
    units = tuple(units)
    return Response(
        version=1,
        hub_time=hub_time,
        statements=statements[-KEY_STATEMENTS_MAX:],
        branch_seals=tuple(unit.seal.raw for unit in units),
        phone_seals=tuple(raw for unit in units for raw in unit.phone_seals),
        texts=tuple(text for unit in units for text in unit.texts),
        refused=refused,
        more=1 if more else 0,
        encoding=0,
    )


def _units(state: GroupState, reader: int, after: int) -> Iterator[Unit]:
    received: dict[int, dict[Place, PhoneSeal]] = {}
    for seal in state.phone_seals:
        if seal.received is not None and seal.aside is None and seal.writer != reader:
            received.setdefault(seal.received.seq, {}).setdefault(seal.place, seal)
    for branch_seal in state.seals:
        if branch_seal.last_seq > after:
            places = range(branch_seal.first_seq, branch_seal.last_seq + 1)
            phone_seals = [seal for seq in places for seal in received.get(seq, {}).values()]
            texts = _texts(state, branch_seal, phone_seals)
            yield Unit(branch_seal, tuple(seal.raw for seal in phone_seals), texts)


def _texts(
    state: GroupState, branch_seal: BranchSeal, phone_seals: Iterable[PhoneSeal]
) -> tuple[DetachedText, ...]:
    entries = [placed.entry for placed in state.log.entries[branch_seal.first_seq - 1 : branch_seal.last_seq]]
    for seal in phone_seals:
        log, header = state.phones[seal.writer, seal.header.log.epoch], seal.header
        signed = log.ending_in(header.head, header.first_seq + header.count - 1, header.count)
        entries.extend(one.entry for one in signed)
    hashes = dict.fromkeys(digest for entry in entries for digest in text_hashes(entry))
    return tuple(state.texts[digest] for digest in hashes if digest in state.texts)


def _cut(unit: Unit) -> Unit:
    """A unit that overflows a page by itself, with the texts that still find room."""
    room = PAGE_BYTES_MAX - Unit(unit.seal, unit.phone_seals, ()).size
    kept = []
    for text in unit.texts[:TEXTS_PER_EXCHANGE_MAX]:
        room -= len(text.text) + _TEXT_OVERHEAD
        if room >= 0:
            kept.append(text)
    return Unit(unit.seal, unit.phone_seals, tuple(kept))
