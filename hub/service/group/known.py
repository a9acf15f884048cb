"""Phone entries of a group as calc reads them: all that are stored, or those known at a place of the log.

An entry is known once the branch has received it and everything before it in its log. One that lies behind a
gap has its ``Received`` and waits (L10); when the gap closes it stands in the merged order at that place, but
what was decided, counted and settled meanwhile did not know it and stays as it is (B4).
"""

from collections.abc import Mapping

from calc.book import START
from calc.states import Facts, Fork
from hub.service.group.state import GroupState
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Hash, Position


def stored_facts(state: GroupState) -> Facts:
    """Every phone entry that is stored, also what was not received yet."""
    return _indexed(state, state.facts)


def known_facts(state: GroupState, upto: Position | None = None) -> Facts:
    """Phone entries that the branch knew at a place of its log, by default now (B1, L10)."""
    last = state.book.position if upto is None else upto
    since = known_since(state)
    known = (fact for fact in state.facts if fact.ref in since and since[fact.ref] <= last)
    return _indexed(state, tuple(known))


def known_since(state: GroupState) -> Mapping[EntryRef, Position]:
    """Place from which an entry was known; nothing for one that waits."""
    by_hash: dict[Hash, Position] = {}
    found = {}
    for fact in sorted(state.facts, key=lambda fact: fact.ref.seq):
        before = START if fact.ref.seq == 1 else by_hash.get(fact.previous)
        if before is not None and fact.received is not None:
            found[fact.ref] = by_hash[fact.ref.hash] = max(before, fact.received)
    return found


def _indexed(state: GroupState, facts: tuple[PhoneFact, ...]) -> Facts:
    """Entries with the places where their logs fork: what lies above waits for a person (L16).

    The branch knows of a fork since it received the seal that contradicted an earlier one.
    """
    received = {seal.raw: seal.received for seal in state.phone_seals}
    forks = {
        place: tuple(Fork(seq, since) for seq, raw in log.forks if (since := received.get(raw)) is not None)
        for place, log in state.phones.items()
        if log.forks
    }
    return Facts(facts, forks)
