"""Shows one group's transaction day, with an owner for every đồng of difference (B16–B18).

``staged_day`` → ``day_entries`` (receipts and transfers) and ``day_cash`` → ``group_day`` (what people read)
"""

from collections.abc import Iterable

from calc.states import Phase
from hub.service.day.cash import cash_of_day
from hub.service.day.corrected import corrections_of_day
from hub.service.day.entries import entries_of_day
from hub.service.day.shown import EntryShown, GroupDay, MoneySums, StateSum, Totals
from hub.service.day.staged import stage_day, stage_of
from hub.service.group.directory import Directory
from hub.service.group.known import known_since
from hub.service.group.names import Names
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from protocol.day import Day, to_date
from protocol.phone_facts import Collected, TransferRequested

_PHASES = (Phase.PENDING, Phase.POSTED, Phase.HELD, Phase.REVERSED, Phase.VOIDED, Phase.SET_ASIDE)


def group_day(state: GroupState, directory: Directory, day: Day) -> GroupDay:
    """A group's transaction day; raises DayError when it opened none of this date."""
    staged = stage_day(state, day)
    names = Names(state, staged.book, directory)
    heading = names.heading(day)
    entries = entries_of_day(staged, names)
    sums = _states(entries)
    received = sum(entry.amount_dong for entry in entries)
    assert sum(one.entries for one in sums) == len(entries), "every entry is in exactly one state"
    assert sum(one.amount_dong for one in sums) == received, "the states add up to what was received"
    return GroupDay(
        group=heading,
        day=to_date(day),
        stage=stage_of(state.book.days[day]),
        is_preview=not staged.is_settled,
        position=Place(staged.position.epoch, staged.position.seq),
        entries=entries,
        totals=_totals(entries),
        money=_money(entries),
        cash=cash_of_day(staged, entries, heading.leader),
        corrections=corrections_of_day(state, names, day),
        states=sums,
        received_dong=received,
        late=_late(state, day),
    )


def _totals(entries: Iterable[EntryShown]) -> Totals:
    found = [entry.totals for entry in entries if entry.totals is not None]
    return Totals(
        amount_dong=sum(one.amount_dong for one in found),
        due_now_dong=sum(one.due_now_dong for one in found),
        delta_paid_dong=sum(one.delta_paid_dong for one in found),
        delta_edge_dong=sum(one.delta_edge_dong for one in found),
        delta_book_dong=sum(one.delta_book_dong for one in found),
    )


def _money(entries: tuple[EntryShown, ...]) -> MoneySums:
    deposits = [one for entry in entries if entry.transfer is None for one in entry.savings]
    booked = [one for one in deposits if one.booked_dong is not None]
    transfers = [entry.transfer for entry in entries if entry.transfer is not None]
    return MoneySums(
        deposits_dong=sum(one.amount_dong for one in booked),
        deposits_booked_dong=sum(one.booked_dong or 0 for one in booked),
        transfers_dong=sum(one.asked_dong for one in transfers),
        transfers_executed_dong=sum(one.executed_dong for one in transfers),
    )


def _states(entries: tuple[EntryShown, ...]) -> tuple[StateSum, ...]:
    """One sum for each state that an entry of money can have, also where it is empty."""
    found = []
    for phase in _PHASES:
        inside = [entry for entry in entries if entry.state == phase.value]
        amount, cash = sum(one.amount_dong for one in inside), sum(one.cash_dong for one in inside)
        found.append(StateSum(phase.value, len(inside), amount, cash))
    return tuple(found)


def _late(state: GroupState, day: Day) -> int:
    """How many receipts and transfers of a settled day became known after its settlement."""
    settled_at = state.book.days[day].settled_at
    if settled_at is None:
        return 0
    since = known_since(state)
    return sum(
        isinstance(fact.entry, Collected | TransferRequested)
        and fact.entry.due_to == day
        and since.get(fact.ref, settled_at) > settled_at
        for fact in state.facts
    )
