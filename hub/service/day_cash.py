"""The cash of one group's transaction day, by phone, and what the teller found of it (B17, B18)."""

from collections.abc import Sequence

from calc.cash import in_transit, last_rounds, round_cash
from calc.states import Phase
from hub.service.group_day import (
    CashShown,
    CountShown,
    EntryShown,
    NotesShown,
    Place,
    RoundShown,
    SettlementShown,
    WriterCash,
)
from hub.service.group_names import Person
from hub.service.posting import is_overtaken
from hub.service.staged_day import StagedDay
from protocol.entries import PhoneFact
from protocol.ids import Ordinal
from protocol.money import Dong
from protocol.phone_facts import RoundClosed
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
    closed = last_rounds(staged.book, staged.facts, staged.day).get(writer)
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


def _round(fact: PhoneFact) -> RoundShown:
    closed = fact.entry
    assert isinstance(closed, RoundClosed)
    return RoundShown(fact.ref.seq, closed.expected, closed.counted, closed.difference)


def _count(staged: StagedDay, expected: Dong) -> CountShown | None:
    counted = staged.counted
    if counted is None:
        return None
    notes = (NotesShown(one.face, one.count, one.face * one.count) for one in counted.denominations)
    return CountShown(
        position=_place(staged, counted),
        expected_dong=counted.expected,
        counted_dong=counted.counted,
        difference_dong=counted.counted - counted.expected,
        notes=tuple(notes),
        decided_by=counted.decided_by,
        confirmed_by=counted.confirmed_by,
        is_outdated=not staged.is_settled and is_overtaken(staged.book, staged.facts, counted, expected),
    )


def _place(staged: StagedDay, counted: CashCounted) -> Place:
    position = next(
        placed.position for placed in reversed(staged.state.log.entries) if placed.entry == counted
    )
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
