"""What a group that began anew still waits for (L15): lost entries, phones, seals that were received once.

How far its log had come is known from the mark of before: an entry is back when its seal was given back, and
the chain proves that nothing before it is missing. A phone is back when it follows the new epoch and brings
no branch seal any more; one that was revoked is not waited for.
"""

from msgspec import Struct

from hub.service.group.groups import Groups
from hub.service.group.restorations import last_of
from hub.service.group.state import GroupState
from protocol.ids import BranchTip, EntryRef, Position
from protocol.trust_facts import Received


class Waiting(Struct, frozen=True):
    """``entries`` is None where no mark says how many there were; ``phones`` are writer ids."""

    group: str
    entries: int | None
    phones: tuple[str, ...]
    seals: int

    @property
    def is_over(self) -> bool:
        """Say whether nothing more can come: every entry that the mark knows is back, or every phone is."""
        return self.seals == 0 and (self.entries == 0 or not self.phones)


def waiting(groups: Groups, state: GroupState) -> Waiting | None:
    """What a group waits for; None for one that never began anew."""
    restoration = last_of(groups.restorations(), state.group)
    if restoration is None or state.log.log.epoch == 0:
        return None
    tip = restoration.groups[state.group].tip
    phones = (writer for writer, one in state.writers.items() if not one.revoked and writer not in state.back)
    return Waiting(
        group=state.group,
        entries=None if tip is None else _missing(state, tip),
        phones=tuple(sorted(writer.hex() for writer in phones)),
        seals=len(unseen_seals(state)),
    )


def unseen_seals(state: GroupState) -> tuple[Received, ...]:
    """Acceptances in the lost part whose seal nobody has brought again."""
    heads = {seal.header.head for seal in state.phone_seals}
    lost = (placed.entry for _, placed in sorted(state.log.lost.items()))
    return tuple(entry for entry in lost if isinstance(entry, Received) and entry.head not in heads)


def unseen_entries(state: GroupState) -> tuple[EntryRef, ...]:
    """Phone entries that the branch booked or held, and that nobody has brought again."""
    known = {fact.ref for fact in state.facts}
    return tuple(ref for ref in (*state.book.postings.posted, *state.book.postings.held) if ref not in known)


def _missing(state: GroupState, tip: BranchTip) -> int:
    place = Position(tip.epoch, tip.seq)
    if state.holds(tip) or (place, tip.head) in state.log.lost:
        return 0
    seqs = [position.seq for position, _ in state.log.lost if position.epoch == tip.epoch]
    counting = (placed.position for placed in state.log.upto(place))
    seqs += [position.seq for position in counting if position.epoch == tip.epoch]
    return max(1, tip.seq - max((seq for seq in seqs if seq <= tip.seq), default=0))
