"""The principal of one loan: how events move it, and how much of it bears interest on a day (B22, B24)."""

from collections.abc import Callable, Iterable
from datetime import date

from msgspec import Struct

from calc.errors import HistoryError, HistoryFault
from calc.events import ORDER, Event, Kind
from protocol.day import Day, to_day
from protocol.money import Dong

_FIRST_DAY = to_day(date.min)


class Position(Struct, frozen=True):
    """Principal of a loan on a day, in đồng; a loan that is written off keeps its figures."""

    in_term: Dong
    overdue: Dong
    frozen: Dong
    written_off: bool


def position(events: Iterable[Event], on: Day) -> Position:
    """Principal at the end of a day: events up to and on it are applied, in any order given.

    Raises:
        HistoryError: the applied events contradict each other.
    """
    return replayed(events, on).position(on)


def replayed(events: Iterable[Event], on: Day) -> "Principal":
    """Balances and freezes at the end of a day; arguments and errors as of `position`."""
    principal = Principal()
    for event in sorted(events, key=ORDER):
        if event.on > on:
            break
        principal.apply(event)
    return principal


class Principal:
    """Balances and freezes while the events of one loan are replayed in order.

    A freeze moves no balance: it covers principal, so that what is repaid, turns overdue or is extended
    meanwhile is found in its place when the freeze ends. Freezes of parts together never cover more than
    there is: what is repaid leaves them, and principal that is paid out later is not frozen.
    """

    __slots__ = ("freezes", "frozen_until", "in_term", "overdue", "written_off")

    def __init__(self) -> None:
        """Start with a loan that has no principal yet."""
        self.in_term: Dong = 0
        self.overdue: Dong = 0
        self.freezes: list[Freeze] = []
        self.frozen_until: Day = _FIRST_DAY
        self.written_off = False

    def apply(self, event: Event) -> None:
        """Let one event take effect; raises HistoryError when it contradicts those before it."""
        EFFECTS[event.kind](self, event)

    def bearing(self, day: Day) -> tuple[Dong, Dong]:
        """In-term and overdue principal that bear interest on a day."""
        if self.written_off or day < self.frozen_until:
            return 0, 0
        return self._uncovered(day) if self.freezes else (self.in_term, self.overdue)

    def position(self, day: Day) -> Position:
        """Principal on a day whose events have been applied."""
        in_term, overdue = (0, 0) if day < self.frozen_until else self._uncovered(day)
        frozen = self.in_term + self.overdue - in_term - overdue
        return Position(in_term, overdue, frozen, self.written_off)

    def live_freezes(self, day: Day) -> "list[Freeze]":
        """Freezes of a part that cover something on a day, in the order in which they began."""
        return [freeze for freeze in self.freezes if day < freeze.until and freeze.amount]

    def _uncovered(self, day: Day) -> tuple[Dong, Dong]:
        """In-term and overdue principal that no freeze of a part covers on a day."""
        in_term, overdue = self.in_term, self.overdue
        for freeze in self.freezes:
            if day < freeze.until:
                covered = 0 if freeze.in_term_only else min(freeze.amount, overdue)
                overdue -= covered
                in_term -= min(freeze.amount - covered, in_term)
        return in_term, overdue


class Freeze:
    """A part of the principal that bears no interest before ``until``; lifting it lowers ``amount``."""

    __slots__ = ("amount", "in_term_only", "until")

    def __init__(self, amount: Dong, until: Day, *, in_term_only: bool) -> None:
        self.amount = amount
        self.until = until
        self.in_term_only = in_term_only


def _disburse(principal: Principal, event: Event) -> None:
    principal.in_term += event.amount


def _extend(principal: Principal, event: Event) -> None:
    if event.amount > principal.overdue:
        raise HistoryError(HistoryFault.EXTENSION_EXCEEDS_OVERDUE, event.on)
    principal.overdue -= event.amount
    principal.in_term += event.amount


def _turn_overdue(principal: Principal, event: Event) -> None:
    if event.amount > principal.in_term:
        raise HistoryError(HistoryFault.OVERDUE_EXCEEDS_IN_TERM, event.on)
    principal.in_term -= event.amount
    principal.overdue += event.amount
    for freeze in principal.freezes:
        if freeze.in_term_only:  # else later money in term would be frozen in place of what left
            freeze.amount = min(freeze.amount, principal.in_term)


def _repay(principal: Principal, event: Event) -> None:
    left = event.amount
    if principal.overdue:
        from_overdue = min(left, principal.overdue)
        principal.overdue -= from_overdue
        left -= from_overdue
    if left > principal.in_term:
        raise HistoryError(HistoryFault.OVER_REPAYMENT, event.on)
    principal.in_term -= left
    if principal.freezes:
        _thaw(principal, event.on, max(0, -_unfrozen(principal, event.on)))


def _lift(principal: Principal, event: Event) -> None:
    if _thaw(principal, event.on, event.amount):
        raise HistoryError(HistoryFault.LIFT_EXCEEDS_FROZEN, event.on)


def _thaw(principal: Principal, on: Day, amount: Dong) -> Dong:
    """Take an amount out of the freezes, of that which ends first before the others; returns the rest."""
    for freeze in sorted(principal.live_freezes(on), key=lambda freeze: freeze.until):
        part = min(amount, freeze.amount)
        freeze.amount -= part
        amount -= part
    return amount


def _unfrozen(principal: Principal, on: Day) -> Dong:
    frozen = sum(freeze.amount for freeze in principal.live_freezes(on))
    return principal.in_term + principal.overdue - frozen


def _freeze_part(principal: Principal, event: Event) -> None:
    assert event.until is not None
    amount = min(event.amount, _unfrozen(principal, event.on))
    in_term_only = event.kind is Kind.FROZEN_IN_TERM
    principal.freezes.append(Freeze(amount, event.until, in_term_only=in_term_only))


def _freeze_whole(principal: Principal, event: Event) -> None:
    assert event.until is not None
    principal.frozen_until = max(principal.frozen_until, event.until)


def _write_off(principal: Principal, _event: Event) -> None:
    principal.written_off = True


def _nothing(_principal: Principal, _event: Event) -> None:
    """Cuts the days and leaves the principal alone."""


_BY_KIND: dict[Kind, Callable[[Principal, Event], None]] = {
    Kind.DISBURSED: _disburse,
    Kind.EXTENDED: _extend,
    Kind.OVERDUE: _turn_overdue,
    Kind.REPAID: _repay,
    Kind.FREEZE_LIFTED: _lift,
    Kind.FROZEN_IN_TERM: _freeze_part,
    Kind.FROZEN_PART: _freeze_part,
    Kind.FROZEN: _freeze_whole,
    Kind.WRITTEN_OFF: _write_off,
}
EFFECTS = [_BY_KIND.get(kind, _nothing) for kind in Kind]
