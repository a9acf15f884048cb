"""The forks of a group's phone logs, both sides laid open for the people who decide between them (L16).

A side is everything that continues one hash at the place where histories part. A side whose beginning nobody
has brought yet is shown as far as its seal tells, and cannot be chosen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct

from calc.states import FactState, Phase, cash_of, moved_by, states
from hub.service.group.known import stored_facts
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from protocol import seal as seals
from protocol.day import day_of, to_date, to_moment
from protocol.entries import Entry, PhoneFact, decode_entry
from protocol.errors import MalformedError
from protocol.ids import EntryRef, Position
from protocol.phone_facts import Collected
from protocol.phone_log import PhoneLog, SignedEntry
from protocol.trust_facts import Received
from provisioning.verify_wording import said


class SideEntry(Struct, frozen=True):
    """One entry of a side. ``state`` is None while its beginning is missing; so is ``received``.

    ``is_typed_in`` says that its receipt stands typed in from paper.
    """

    seq: int
    hash: str
    says: str
    receipt_no: int | None
    cash_dong: int
    moves_dong: int
    state: str | None
    cause: str | None
    received: Place | None
    received_on: date | None
    is_typed_in: bool = False


class Side(Struct, frozen=True):
    """One side from the place on. ``aside_dong`` is its cash that is set aside because of a fork (L16)."""

    hash: str
    is_whole: bool
    is_chosen: bool
    posted: int
    cash_dong: int
    aside_dong: int
    entries: tuple[SideEntry, ...]


class Fork(Struct, frozen=True):
    """Two or more histories of a phone's log that part at ``seq``; ``writer`` is the ordinal."""

    group: str
    writer: int
    writer_id: str
    role: str
    epoch: int
    seq: int
    sides: tuple[Side, ...]

    @property
    def is_resolved(self) -> bool:
        """Say whether people chose a side."""
        return any(side.is_chosen for side in self.sides)


def forks(state: GroupState) -> tuple[Fork, ...]:
    """Every fork of a group's phones, by writer, epoch and place."""
    desk = _Desk(state)
    return tuple(fork for place in sorted(state.phones) for fork in desk.forks_of(place))


def revoked_dong(state: GroupState) -> int:
    """Cash that was signed above a revocation and waits for its papers to be typed in (L18)."""
    facts = stored_facts(state)
    known = states(state.book, facts)
    return sum(
        cash_of(fact)
        for fact in facts.all
        if (known[fact.ref].phase, known[fact.ref].cause) == (Phase.SET_ASIDE, "after_revocation")
        and not _is_typed_in(state, fact.entry)
    )


def parting(log: PhoneLog) -> dict[int, tuple[tuple[SignedEntry, ...], ...]]:
    """Places where histories that reach back to the start part, each with the first entries of its sides."""
    behind: dict[bytes, list[SignedEntry]] = {}
    for signed in sorted(log.known, key=lambda one: (one.seq, one.hash)):
        behind.setdefault(signed.previous, []).append(signed)
    found: dict[int, tuple[tuple[SignedEntry, ...], ...]] = {}
    for entries in behind.values():
        if len(entries) > 1:
            found[entries[0].seq] = (*found.get(entries[0].seq, ()), tuple(entries))
    return found


def unjoined(log: PhoneLog) -> Iterator[tuple[int, bytes, seals.SealedRun]]:
    """Seals that contradict the log and whose beginning nobody has brought: place, bytes, content."""
    known = {signed.hash for signed in log.known}
    for seq, raw in log.forks:
        run = seals.unpack(seals.read(raw))
        if run.hashes[-1] not in known:
            yield seq, raw, run


class _Desk:
    """What showing the forks of one group needs to know of it."""

    def __init__(self, state: GroupState) -> None:
        self._state = state
        facts = stored_facts(state)
        self._facts = facts
        self._known = states(state.book, facts)
        self._seen_at = dict(state.book.received)
        self._chosen = {
            EntryRef(one.writer, one.epoch, one.seq, one.hash) for _, one in state.book.trust.forks_resolved
        }

    def forks_of(self, place: tuple[int, int]) -> Iterator[Fork]:
        log = self._state.phones[place]
        if log.forked_at is None:
            return
        for seq, parted in sorted(parting(log).items()):
            for starts in parted:
                yield self._fork(place, seq, [self._side(place, start) for start in starts])
        for seq, _, run in unjoined(log):
            here = [signed for signed in log.known if signed.seq == seq]
            yield self._fork(place, seq, [*(self._side(place, one) for one in here), _unjoined(seq, run)])

    def _fork(self, place: tuple[int, int], seq: int, sides: Sequence[Side]) -> Fork:
        state, (ordinal, epoch) = self._state, place
        writer = state.phones[place].log.writer
        role = state.book.writers[ordinal].latest.role
        return Fork(state.group, ordinal, writer.hex(), role, epoch, seq, tuple(sides))

    def _side(self, place: tuple[int, int], start: SignedEntry) -> Side:
        refs = sorted(_continuing(self._state.phones[place].known, start, place))
        facts = [self._facts.by_ref[ref] for ref in refs]
        aside = [fact for fact in facts if _is_aside(self._known[fact.ref])]
        return Side(
            hash=start.hash.hex(),
            is_whole=True,
            is_chosen=any(one in self._chosen for one in refs),
            posted=sum(self._known[ref].phase in (Phase.POSTED, Phase.HELD) for ref in refs),
            cash_dong=sum(map(cash_of, facts)),
            aside_dong=sum(map(cash_of, aside)),
            entries=tuple(map(self._entry, facts)),
        )

    def _entry(self, fact: PhoneFact) -> SideEntry:
        known, seen = self._known[fact.ref], self._received(fact.received)
        return SideEntry(
            seq=fact.ref.seq,
            hash=fact.ref.hash.hex(),
            says=said(fact.entry),
            receipt_no=_receipt_no(fact.entry),
            cash_dong=cash_of(fact),
            moves_dong=moved_by(fact),
            state=known.phase.value,
            cause=known.cause,
            received=None if fact.received is None else Place(fact.received.epoch, fact.received.seq),
            received_on=None if seen is None else to_date(day_of(to_moment(seen.seen_at))),
            is_typed_in=_is_typed_in(self._state, fact.entry),
        )

    def _received(self, position: Position | None) -> Received | None:
        return None if position is None else self._seen_at.get(position)


def _continuing(
    known: Iterable[SignedEntry], start: SignedEntry, place: tuple[int, int]
) -> Iterator[EntryRef]:
    """An entry and all that continues it."""
    found = {start.hash}
    yield EntryRef(*place, start.seq, start.hash)
    for signed in sorted(known, key=lambda one: one.seq):
        if signed.previous in found:
            found.add(signed.hash)
            yield EntryRef(*place, signed.seq, signed.hash)


def _unjoined(seq: int, run: seals.SealedRun) -> Side:
    first = run.header.first_seq
    entries = [
        (at, digest, _decoded(raw))
        for at, (digest, raw) in enumerate(zip(run.hashes, run.entries, strict=True), first)
        if at >= seq
    ]
    facts = [
        PhoneFact(EntryRef(1, 0, at, digest), digest, entry, None)
        for at, digest, entry in entries
        if entry is not None
    ]
    return Side(
        hash=dict(enumerate((run.header.previous, *run.hashes), first - 1))[seq].hex(),
        is_whole=False,
        is_chosen=False,
        posted=0,
        cash_dong=sum(map(cash_of, facts)),
        aside_dong=0,
        entries=tuple(_told(fact) for fact in facts),
    )


def _told(fact: PhoneFact) -> SideEntry:
    no, says = _receipt_no(fact.entry), said(fact.entry)
    ref, moves = fact.ref, moved_by(fact)
    return SideEntry(ref.seq, ref.hash.hex(), says, no, cash_of(fact), moves, None, None, None, None)


def _decoded(raw: bytes) -> Entry | None:
    try:
        return decode_entry(raw)
    except MalformedError:
        return None


def _is_aside(known: FactState) -> bool:
    return known.phase is Phase.SET_ASIDE and known.cause == "fork"


def _is_typed_in(state: GroupState, entry: Entry) -> bool:
    postings, number = state.book.postings, _receipt_no(entry)
    found = None if number is None else postings.rekeyed.get(number)
    return found is not None and found[0] not in postings.reversed


def _receipt_no(entry: Entry) -> int | None:
    return entry.receipt_no if isinstance(entry, Collected) else None


def sums(found: Iterable[Fork]) -> Mapping[tuple[int, int], int]:
    """Cash that forks set aside and nobody typed in, by writer and epoch, each entry once."""
    aside: dict[tuple[int, int], dict[str, int]] = {}
    for fork in found:
        for side in fork.sides:
            for entry in side.entries:
                if (entry.state, entry.cause) == (Phase.SET_ASIDE.value, "fork") and not entry.is_typed_in:
                    aside.setdefault((fork.writer, fork.epoch), {})[entry.hash] = entry.cash_dong
    return {place: sum(cash.values()) for place, cash in aside.items()}
