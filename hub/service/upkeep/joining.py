"""Marks for a hub that joins a store in use (L15): people say that it is the newest one there is.

A new hub has no marks, and a store without marks counts as an older copy. Every log is read to its end before
anything is written, so that a damaged one leaves no mark that speaks for it.
"""

from collections.abc import Callable

from hub.service.group.groups import Groups


def make_marks(groups: Groups, tick: Callable[[], None]) -> None:
    """Raise the marks of this hub to where every log ends now; ``tick`` is called after each group.

    Raises:
        DamagedError: what is stored of a group does not hold; no mark was made.
    """
    assert groups.marks is not None
    tips = {}
    for code in groups.codes():
        tips[code] = groups.load(code).log.tip
        tick()
    groups.marks.make()
    for code, tip in tips.items():
        if tip is not None:
            groups.marks.put(code, tip)
