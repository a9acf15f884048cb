"""Why nothing may be appended to a group's branch log (L14, L15). The first that fits is told.

0. ``second_leaf``    the store's engine holds two versions of a document of the group (``leaves``)
1. ``restoring``      people said that the store is an older copy, and the group's new epoch is not open yet
2. ``marks_missing``  there is no high-water mark beside a store that is not empty: it counts as restored
3. ``behind_mark``    the log is shorter than its mark, or has another head there
4. ``two_heads``      a phone gave back a branch seal of a place where this log has another one, or has none
5. ``contradicted``   a phone signed that it holds another branch log; its own revocation lifts that

Each but ``second_leaf`` ends with a later branch epoch, for which people decide (``restorations``).
"""

from hub.service.group.state import GroupState
from protocol.ids import BranchTip

SECOND_LEAF = "second_leaf"
RESTORING = "restoring"
MARKS_MISSING = "marks_missing"
BEHIND_MARK = "behind_mark"
TWO_HEADS = "two_heads"
CONTRADICTED = "contradicted"

EPOCHS_AHEAD_MAX = 1_000
"""A phone that names an epoch further ahead than this one lies: no epoch is opened above it."""


def why_stopped(state: GroupState, wanted: int, mark: BranchTip | None) -> str | None:
    """The code of the reason, or None, where there are marks.

    ``wanted`` is the epoch that a restoration asks for; ``mark`` was read before the state, or else the
    append of a rival in between looks like a later mark.
    """
    if state.log.log.epoch < wanted:
        return RESTORING
    if mark is not None and state.contradicts(mark):
        return BEHIND_MARK
    return evidence_against(state)


def evidence_against(state: GroupState) -> str | None:
    """What stored facts alone say against a log: ``two_heads``, ``contradicted``, or None."""
    epoch = state.log.log.epoch
    if any(position.epoch >= epoch for position, _ in state.log.lost):
        return TWO_HEADS
    return CONTRADICTED if state.is_contradicted else None


def next_epoch(state: GroupState, mark: BranchTip | None) -> int:
    """The number above every epoch that the log, its lost part, the mark or a phone names."""
    newest = state.log.log.epoch
    known = [newest if state.log.entries else -1]
    known += [position.epoch for position, _ in state.log.lost]
    known += [tip.epoch for _, tip in state.contradictions() if tip.epoch <= newest + EPOCHS_AHEAD_MAX]
    known += [] if mark is None else [mark.epoch]
    return max(known) + 1
