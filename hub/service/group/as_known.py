"""What the branch knew at the end of a day: a place in a group's branch log (B13, L6).

A branch seal says when it was made. That is a claim of the hub's clock, and a clock may have been set back; a
seal cannot have been made before the one that it extends. So a seal counts as made on the latest day that it
or any seal before it names, and nothing is ever known earlier than what stands before it.
"""

from calc.book import START
from hub.service.group.state import GroupState
from protocol import seal as seals
from protocol.day import DAY_MIN, Day, Instant, day_of, end_of, to_moment
from protocol.ids import Position


def position_on(state: GroupState, day: Day) -> Position:
    """The last place of the branch log that was known at the end of a day; ``START`` when none was."""
    return position_at(state, end_of(day))


def position_at(state: GroupState, instant: Instant) -> Position:
    """The last place of the branch log that was known at an instant; ``START`` when none was."""
    known = START
    for seal in state.seals:
        if seals.unpack(seals.read(seal.raw)).header.wall_clock > instant:
            break
        known = Position(seal.epoch, seal.last_seq)
    return known


def day_of_place(state: GroupState, position: Position) -> Day:
    """The day on which a place of the branch log counts as made; the place is one of the log."""
    made = DAY_MIN
    for seal in state.seals:
        made = max(made, day_of(to_moment(seals.unpack(seals.read(seal.raw)).header.wall_clock)))
        if position <= Position(seal.epoch, seal.last_seq):
            break
    return made
