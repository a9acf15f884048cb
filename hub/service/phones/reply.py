"""What the hub sends down in an exchange: a page of branch seals with all that belongs to them (L11).

A page is cut between branch seals. Each brings the phone seals that it receives and that the reader did not
send, and the texts that its own and their entries name. Seals that are set aside come too: a phone takes no
page in that lacks a seal which it receives, so that nobody on the way can leave one out for good. One branch
seal with all of that always fits a page (``receipts`` sees to it, and texts are left out where somebody
filled them to the brim), so a phone always gets on.

A branch seal that restates comes behind the lost seals that it names, and those that they continue (L15): a
reader keeps them, and then knows what is restated. Where these alone overflow a page they come first, as many
as fit, and the reader's ``other_tips`` say from where to go on.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter

from msgspec import Struct, structs

from calc.book import START
from hub.service.group.branch_seals import BranchSeal, lost_behind
from hub.service.group.phones import PhoneSeal, Place, place_of
from hub.service.group.state import GroupState
from hub.service.phones.texts import text_hashes
from protocol.exchange import DetachedText, Refused, Response
from protocol.ids import BranchTip, Position
from protocol.limits import EXCHANGE_BRANCH_SEALS_MAX, KEY_STATEMENTS_MAX, TEXTS_PER_EXCHANGE_MAX
from protocol.trust_facts import Received

PAGE_BYTES_MAX = 3_000_000
_TEXT_OVERHEAD = 24


class Unit(Struct, frozen=True):
    """A branch seal and what belongs to it; without one, lost seals that come before it."""

    seal: BranchSeal | None
    phone_seals: tuple[bytes, ...]
    texts: tuple[DetachedText, ...]
    lost: tuple[bytes, ...] = ()

    @property
    def branch_seals(self) -> tuple[bytes, ...]:
        """Lost seals, then the one that restates them."""
        return (*self.lost, *(() if self.seal is None else (self.seal.raw,)))

    @property
    def size(self) -> int:
        """Bytes on the wire, rounded up."""
        return sum(map(len, (*self.branch_seals, *self.phone_seals))) + sum(
            len(text.text) + _TEXT_OVERHEAD for text in self.texts
        )


def page(
    state: GroupState,
    sent: Collection[bytes],
    known: BranchTip | None,
    other_tips: Sequence[BranchTip] = (),
) -> tuple[tuple[Unit, ...], bool]:
    """Units after the newest place that a reader knows, as many as fit, and whether there are more.

    The seals that it ``sent`` itself are left out; others of its own key are not: it may have been restored.
    """
    found: list[Unit] = []
    room, room_texts, room_seals = PAGE_BYTES_MAX, TEXTS_PER_EXCHANGE_MAX, EXCHANGE_BRANCH_SEALS_MAX
    held = _held(state, [tip for tip in (known, *other_tips) if tip is not None])
    for unit in _units(state, sent, place_to_go_on(state, known, other_tips), held):
        full = unit.size > room or len(unit.texts) > room_texts or len(unit.branch_seals) > room_seals
        if found and full:
            return tuple(found), True
        if full and unit.lost:
            return (_first_lost(unit),), True
        found.append(_cut(unit) if full else unit)
        room, room_texts = room - found[-1].size, room_texts - len(found[-1].texts)
        room_seals -= len(found[-1].branch_seals)
    return tuple(found), False


def place_to_go_on(state: GroupState, known: BranchTip | None, other_tips: Sequence[BranchTip]) -> Position:
    """The newest place that a reader knows and that counts; the beginning when there is none (L15).

    Where it holds what is lost here, that is the place at which this departs from what counts.

    A reader that is ahead of the newest epoch here, and names nothing else, gets nothing: this hub is an
    older copy, and has nothing to tell before people have said so.
    """
    end = state.book.position
    tips = [tip for tip in (known, *other_tips) if tip is not None and tip.seq > 0]
    counting = [Position(tip.epoch, tip.seq) for tip in tips if state.holds(tip)]
    counting += [
        _departs(state, tip) for tip in tips if (Position(tip.epoch, tip.seq), tip.head) in state.log.lost
    ]
    if known is not None and not counting and not other_tips and Position(known.epoch, known.seq) > end:
        return end
    return max(counting, default=START)


def acknowledgements(state: GroupState, writer: int, places: Collection[Place]) -> tuple[bytes, ...]:
    """Branch seals that receive these seals and speak of this writer alone: all a revoked key gets (L10)."""
    found = []
    for seal in state.seals:
        entries = [placed.entry for placed in seal.placed]
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
    encoding: int,
) -> Response:
    """The answer that carries these units."""
    units = tuple(units)
    return Response(
        version=1,
        hub_time=hub_time,
        statements=statements[-KEY_STATEMENTS_MAX:],
        branch_seals=tuple(raw for unit in units for raw in unit.branch_seals),
        phone_seals=tuple(raw for unit in units for raw in unit.phone_seals),
        texts=tuple(text for unit in units for text in unit.texts),
        refused=refused,
        more=1 if more else 0,
        encoding=encoding,
    )


def _units(
    state: GroupState, sent: Collection[bytes], after: Position, held: Collection[bytes]
) -> Iterator[Unit]:
    further = state.seals[bisect_right(state.seals, after, key=lambda seal: seal.placed[-1].position) :]
    received = _received(state, sent, further)
    behind = lost_behind(state.stored)
    for branch_seal in further:
        phone_seals = [received[one.position] for one in branch_seal.placed if one.position in received]
        lost = tuple(raw for raw in behind.get(branch_seal.raw, ()) if raw not in held)
        texts = _texts(state, branch_seal, phone_seals)
        yield Unit(branch_seal, tuple(seal.raw for seal in phone_seals), texts, lost)


def _received(
    state: GroupState, sent: Collection[bytes], further: Sequence[BranchSeal]
) -> dict[Position, PhoneSeal]:
    """The phone seals that these last branch seals receive, by the place, without those that were sent."""
    if not further:
        return {}
    since = bisect_left(state.book.received, further[0].placed[0].position, key=itemgetter(0))
    places = {at: place_of(one) for at, one in state.book.received[since:]}
    wanted = {place[-1] for place in places.values()}
    candidates = [seal for seal in state.phone_seals if seal.header.head in wanted]
    by_place: dict[Place, PhoneSeal] = {}
    # Of two seals of one place the one that was taken in goes down, not the one that is set aside.
    for seal in sorted(candidates, key=lambda seal: seal.aside is not None):
        if seal.received is not None and seal.raw not in sent:
            by_place.setdefault(seal.place, seal)
    return {at: by_place[place] for at, place in places.items() if place in by_place}


def _held(state: GroupState, tips: Sequence[BranchTip]) -> frozenset[bytes]:
    """Lost seals that a reader holds who names these tips: up to each, back to what counts."""
    holders = {placed.hash: seal for seal in state.stored.lost for placed in seal.placed}
    held: set[bytes] = set()
    for tip in tips:
        wanted: bytes | None = tip.head
        while wanted is not None and (seal := holders.get(wanted)) is not None and seal.raw not in held:
            # A tip inside a seal: its reader holds no more than a part, and gets the seal again.
            if seal.placed[-1].hash == wanted:
                held.add(seal.raw)
            wanted = seal.continues
    return frozenset(held)


def _departs(state: GroupState, tip: BranchTip) -> Position:
    """The last place that counts before a lost entry."""
    holders = {placed.hash: seal for seal in state.stored.lost for placed in seal.placed}
    before: bytes | None = tip.head
    while before is not None and (seal := holders.get(before)) is not None:
        before = seal.continues
    return next((placed.position for placed in state.log.entries if placed.hash == before), START)


def _texts(
    state: GroupState, branch_seal: BranchSeal, phone_seals: Iterable[PhoneSeal]
) -> tuple[DetachedText, ...]:
    entries = [*state.said(branch_seal)]
    for seal in phone_seals:
        log, header = state.phones.get((seal.writer, seal.header.log.epoch)), seal.header
        if log is not None:
            signed = log.ending_in(header.head, header.first_seq + header.count - 1, header.count)
            entries.extend(one.entry for one in signed)
    hashes = dict.fromkeys(digest for entry in entries for digest in text_hashes(entry))
    return tuple(state.texts[digest] for digest in hashes if digest in state.texts)


def _first_lost(unit: Unit) -> Unit:
    """As many of a unit's lost seals as a page takes, without the seal that names them."""
    room, kept = PAGE_BYTES_MAX, []
    for raw in unit.lost[: EXCHANGE_BRANCH_SEALS_MAX - 1]:
        room -= len(raw)
        if room >= 0:
            kept.append(raw)
    return Unit(None, (), (), tuple(kept))


def _cut(unit: Unit) -> Unit:
    """A unit that overflows a page by itself, with the texts that still find room."""
    room = PAGE_BYTES_MAX - structs.replace(unit, texts=()).size
    kept = []
    for text in unit.texts[:TEXTS_PER_EXCHANGE_MAX]:
        room -= len(text.text) + _TEXT_OVERHEAD
        if room >= 0:
            kept.append(text)
    return structs.replace(unit, texts=tuple(kept))
