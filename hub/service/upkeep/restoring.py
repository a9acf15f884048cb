"""A store that is an older copy begins anew (L15): two people say so, and every group opens its next epoch.

1. what is decided is stored first, with the epoch of every group, so that a call that was cut is finished by
   the next one and every process knows which groups are not there yet
2. then the marks are there again, each group opens its epoch, and says again what phones have given back
3. at last the marks remember that it is done: a repeat changes nothing

Groups that only a mark knows are opened too: what they held comes back from their phones.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from structlog import get_logger

from hub.errors import DamagedError, SettingsError, UnknownGroupError
from hub.ports import Marks
from hub.service.group.groups import Groups
from hub.service.group.restorations import Restoration, Target, keep_restoration, wanted_tip
from hub.service.group.stops import RESTORING, SECOND_LEAF, next_epoch
from hub.service.phones.receipts import receive
from protocol.day import to_instant

_log = get_logger()


class Wish(Struct, frozen=True):
    """Who says that the store is an older copy; of one ``group`` alone, when only that was contradicted.

    ``again`` says so of a store in which nothing speaks for it; naming a group says so of that one.
    """

    decided_by: str
    confirmed_by: str
    group: str | None = None
    again: bool = False


class Restored(Struct, frozen=True):
    """The restoration in force, the groups whose epoch this call opened, and those that are damaged."""

    restoration: Restoration
    opened: tuple[str, ...]
    damaged: tuple[str, ...]


def restore(groups: Groups, wish: Wish, tick: Callable[[str], None]) -> Restored:
    """Carry out a restoration, or finish the last one; ``tick`` is called after each group.

    Raises:
        SettingsError: nothing speaks for an older copy, or two people did not say so; nothing was changed.
        UnknownGroupError: neither the store nor a mark knows the group.
    """
    if wish.decided_by.casefold() == wish.confirmed_by.casefold():
        raise SettingsError("restored_by_one")
    marks = groups.marks
    if marks is None or (wish.group is not None and marks.are_missing):
        raise SettingsError("restored_without_marks")
    found = _in_force(groups, marks, wish)
    if found is None:
        _keep_next(groups, wish)
        found = groups.restorations()[-1]
    number = len(groups.restorations())
    marks.make()
    opened = _carry_out(groups, found, tick)
    damaged = tuple(code for code in _codes(groups) if _is_damaged(groups, code))
    if found.whole and not damaged:
        marks.finish(number)
    return Restored(found, opened, damaged)


def _in_force(groups: Groups, marks: Marks, wish: Wish) -> Restoration | None:
    """The last restoration, when it is not finished or this is a repeat of it; None when a new one is due."""
    known = groups.restorations()
    if not known:
        if not (wish.again or wish.group or _is_suspect(groups, marks, 0)):
            raise SettingsError("restored_unfounded")
        return None
    last = known[-1]
    if any(_is_due(groups, code, target) for code, target in last.groups.items()):
        return last
    if wish.again:
        return None
    if wish.group is not None:
        return last if wish.group in last.groups and _stop(groups, wish.group) is None else None
    return last if last.whole and not _is_suspect(groups, marks, len(known)) else None


def _is_suspect(groups: Groups, marks: Marks, known: int) -> bool:
    """Say whether marks or phones speak for an older copy of a store that knows so many restorations."""
    if marks.are_missing or marks.finished > known:
        return True
    return any(_stop(groups, code) for code in _codes(groups))


def _keep_next(groups: Groups, wish: Wish) -> None:
    codes = _codes(groups)
    if wish.group is not None:
        if wish.group not in codes:
            raise UnknownGroupError(f"no group {wish.group}")
        codes = (wish.group,)
    targets = {code: target for code in codes if (target := _target(groups, code)) is not None}
    at = to_instant(groups.clock())
    told = Restoration(wish.decided_by, wish.confirmed_by, at, targets, whole=wish.group is None)
    keep_restoration(groups.store, told)


def _target(groups: Groups, code: str) -> Target | None:
    """The epoch that a group begins anew in; None for a damaged one."""
    mark = groups.mark(code)
    try:
        state = groups.load(code)
    except UnknownGroupError:
        assert mark is not None, "a group without a store has a mark"
        return Target(mark.epoch + 1, wanted_tip(mark))
    except DamagedError as error:
        _log.error("group_damaged", group=code, cause=str(error))
        return None
    lost = mark if mark is not None and not state.holds(mark) else None
    return Target(next_epoch(state, mark), wanted_tip(lost))


def _carry_out(groups: Groups, restoration: Restoration, tick: Callable[[str], None]) -> tuple[str, ...]:
    opened = []
    for code, target in sorted(restoration.groups.items()):
        try:
            if _is_due(groups, code, target):
                groups.open_epoch(code, target.epoch)
                opened.append(code)
            if groups.why_stopped(groups.load(code), groups.mark(code)) is None:
                receive(groups, code)
        except DamagedError as error:
            _log.error("group_damaged", group=code, cause=str(error))
        tick(code)
    return tuple(opened)


def _is_damaged(groups: Groups, code: str) -> bool:
    try:
        groups.load(code)
    except DamagedError:
        return True
    except UnknownGroupError:
        pass
    return False


def _is_due(groups: Groups, code: str, target: Target) -> bool:
    try:
        state = groups.load(code)
    except UnknownGroupError:
        return True
    except DamagedError:
        return False
    return not state.log.entries or state.log.log.epoch < target.epoch


def _stop(groups: Groups, code: str) -> str | None:
    mark = groups.mark(code)
    try:
        stop = groups.why_stopped(groups.load(code), mark)
    except UnknownGroupError:
        return RESTORING
    except DamagedError:
        return None
    return None if stop == SECOND_LEAF else stop


def _codes(groups: Groups) -> Sequence[str]:
    """Groups that the store or a mark knows."""
    marked = () if groups.marks is None else groups.marks.groups()
    return tuple(sorted({*groups.codes(), *marked}))
