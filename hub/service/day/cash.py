"""The cash of one group's transaction day, by phone, and what the teller found of it (B17, B18)."""

from collections.abc import Iterable, Sequence

from calc.bundle import Bundle, RoundCheck, bundle, round_checks
from calc.cash import in_transit, round_cash
from calc.states import Phase
from hub.service.day.posting import is_overtaken
from hub.service.day.shown import (
    CashShown,
    CountShown,
    EntryShown,
    NotesShown,
    PartsShown,
    RoundShown,
    SettlementShown,
    WriterCash,
)
from hub.service.day.staged import StagedDay
from hub.service.day.wording import parts
from hub.service.group.names import Person
from hub.service.group.place import Place
from protocol.ids import Ordinal
from protocol.money import Dong
from protocol.phone_facts import Denomination
from protocol.posting_facts import CashCounted

_IN_HAND = (Phase.POSTED, Phase.HELD)


def cash_of_day(staged: StagedDay, entries: Sequence[EntryShown], leader: Person | None) -> CashShown:
    """Cash by phone, the count and the settlement of a day with these entries.

    ``leader`` answers for a shortage (B17).
    """
    transit = in_transit(staged.book, staged.facts, staged=True)
    expected = sum(transit.get(writer, 0) for writer in staged.covered)
    count, settlement = _count(staged, expected), _settlement(staged)
    short = count is not None and count.difference_dong < 0
    if settlement is not None:
        short = settlement.open_dong < 0
    return CashShown(
        writers=tuple(
            _writer(staged, writer, [entry for entry in entries if entry.writer == writer], in_hand)
            for writer, in_hand in sorted(transit.items())
        ),
        expected_dong=expected,
        count=count,
        settlement=settlement,
        owed_by=leader if short else None,
    )


def _writer(staged: StagedDay, writer: Ordinal, entries: Sequence[EntryShown], in_hand: Dong) -> WriterCash:
    receipts = [entry for entry in entries if entry.receipt_no is not None and entry.state != Phase.SET_ASIDE]
    collected = sum(entry.cash_dong for entry in receipts if entry.state in _IN_HAND)
    moved = round_cash(staged.book, staged.facts, writer, staged.day)
    closed = round_checks(staged.book, staged.facts, staged.day).get(writer)
    return WriterCash(
        writer=writer,
        role=staged.role(writer),
        receipts=len(receipts),
        voided=sum(entry.state == Phase.VOIDED for entry in receipts),
        collected_dong=collected,
        handed_over_dong=moved.handed_over,
        accepted_dong=moved.accepted,
        other_days_dong=in_hand - (collected - moved.handed_over + moved.accepted),
        expected_dong=in_hand,
        closed=None if closed is None else _round(closed),
        is_counted=staged.counted is not None and writer in staged.covered,
    )


def _round(check: RoundCheck) -> RoundShown:
    stated = check.stated
    return RoundShown(
        seq=check.ref.seq,
        expected_dong=stated.expected,
        counted_dong=stated.counted,
        difference_dong=stated.difference,
        standing_dong=check.cash.expected,
        notes=_notes(stated.denominations),
        notes_dong=check.notes,
        found_dong=check.found,
        unstated_dong=check.unstated,
        flags=check.flags,
    )


def _count(staged: StagedDay, expected: Dong) -> CountShown | None:
    counted = staged.counted
    found = bundle(staged.book, staged.facts, staged.day, expected)
    if counted is None or found is None:
        return None
    outdated = not staged.is_settled and is_overtaken(staged.book, staged.facts, counted, expected)
    return CountShown(
        position=_place(staged, counted),
        expected_dong=counted.expected,
        counted_dong=counted.counted,
        difference_dong=counted.counted - counted.expected,
        notes=_notes(counted.denominations),
        notes_dong=found.notes,
        flags=found.flags,
        parts=None if outdated else _parts(found),
        decided_by=counted.decided_by,
        confirmed_by=counted.confirmed_by,
        is_outdated=outdated,
    )


def _notes(denominations: Iterable[Denomination]) -> tuple[NotesShown, ...]:
    return tuple(NotesShown(one.face, one.count, one.face * one.count) for one in denominations)


def _parts(found: Bundle) -> PartsShown:
    rounds = sum(one.stated.counted for one in found.rounds)
    return PartsShown(
        rounds_dong=rounds,
        handed_dong=found.handed,
        found_dong=found.found,
        unstated_dong=found.unstated,
        other_days_dong=found.other_days,
        sentences=parts(rounds, found.handed, found.found, found.unstated, found.other_days),
    )


def _place(staged: StagedDay, counted: CashCounted) -> Place:
    position = next(place for place, entry in reversed(staged.state.book.log) if entry == counted)
    return Place(position.epoch, position.seq)


def _settlement(staged: StagedDay) -> SettlementShown | None:
    day = staged.state.book.days[staged.day]
    settled, settled_at = day.settled, day.settled_at
    if settled is None or settled_at is None:
        return None
    return SettlementShown(
        position=Place(settled_at.epoch, settled_at.seq),
        expected_dong=settled.expected,
        counted_dong=settled.counted,
        difference_dong=settled.difference,
        open_dong=day.difference_open,
        decided_by=settled.decided_by,
        confirmed_by=settled.confirmed_by,
    )
