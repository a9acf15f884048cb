"""A row that is not plain, as a state with its events: every cell is checked, nothing guessed (B22, B25)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from calc.events import Event, Kind
from calc.month_end import State
from calc.month_end_columns import RowFault
from calc.rounding import Numerators
from protocol.day import DAY_MAX, DAY_MIN, Day


class EventCell(Struct, frozen=True):
    """One event as the column ``events`` tells it, unchecked; days are numbers, amounts đồng, rates ppm."""

    on: int | None = None
    kind: str | None = None
    amount: int | None = None
    ppm: int | None = None
    until: int | None = None


def state_of(cells: Mapping[str, int], days: Mapping[str, Day | None], told: Sequence[EventCell]) -> State:
    """The state of a row.

    Args:
        cells: amounts, rates, numerators and ``as_of`` by column.
        days: ``frozen_until`` and ``grace_end``.
        told: its events; `fault_in` found none.
    """
    return State(
        as_of=cells["as_of"],
        balance=cells["balance"],
        ppm=cells["ppm"],
        numerators=Numerators(cells["numerator"], cells["numerator_overdue"], cells["numerator_grace"]),
        settled=cells["settled"],
        overdue=cells["overdue"],
        frozen=cells["frozen"],
        frozen_until=days["frozen_until"],
        grace_end=days["grace_end"],
        events=tuple(_event(one) for one in told if one.kind != "rate"),
        rates=tuple((_filled(one.on), _filled(one.ppm)) for one in told if one.kind == "rate"),
    )


def fault_in(told: Sequence[EventCell], as_of: Day) -> RowFault | None:
    """The first thing that is wrong with the events of a row."""
    return next((fault for one in told if (fault := _fault(one, as_of)) is not None), None)


_AMOUNTS = {
    "disbursed": Kind.DISBURSED,
    "repaid": Kind.REPAID,
    "overdue": Kind.OVERDUE,
    "extended": Kind.EXTENDED,
    "freeze_lifted": Kind.FREEZE_LIFTED,
}
_BARE = {"written_off": Kind.WRITTEN_OFF, "renewed": Kind.RESET}
_CELLS = {
    **dict.fromkeys(_AMOUNTS, ({"amount"}, set[str]())),
    **dict.fromkeys(_BARE, (set[str](), set[str]())),
    "frozen": ({"until"}, {"amount"}),
    "rate": ({"ppm"}, set[str]()),
}
"""By kind, the cells that it fills beside ``on`` and ``kind``, and those that it may fill."""


def _fault(one: EventCell, as_of: Day) -> RowFault | None:
    if one.kind not in _CELLS:
        return RowFault.UNKNOWN_KIND
    required, optional = _CELLS[one.kind]
    cells = {"amount": one.amount, "ppm": one.ppm, "until": one.until}
    filled = {name for name, value in cells.items() if value is not None}
    if one.on is None or not required <= filled <= required | optional:
        return RowFault.INCOMPLETE_EVENT
    if min(one.amount or 0, one.ppm or 0) < 0:
        return RowFault.NEGATIVE
    if not DAY_MIN <= one.on <= DAY_MAX or not DAY_MIN <= (one.until or 0) <= DAY_MAX:
        return RowFault.NOT_A_DAY
    if one.on < as_of:
        return RowFault.EVENT_TOO_EARLY
    return RowFault.FREEZE_REVERSED if one.until is not None and one.until < one.on else None


def _event(one: EventCell) -> Event:
    on, amount = _filled(one.on), one.amount or 0
    if one.kind == "frozen":
        kind = Kind.FROZEN if one.amount is None else Kind.FROZEN_PART
        return Event(on, kind, amount, _filled(one.until))
    assert one.kind is not None, "an event has a kind"
    return Event(on, (_AMOUNTS | _BARE)[one.kind], amount)


def _filled(cell: int | None) -> int:
    assert cell is not None, "the cells of the events were looked at before"
    return cell
