"""What of ours the core system may tell back in an export, so that no money counts twice (B21).

1. a row under a reference that the log has given to something of ours says it again, or is refused as changed
2. a row that says the same as a fact keyed at the table is that fact: a `CoreMatched` gives it the reference
3. a row that says the same as a line of ours which the core has not named yet may be that line or a second
   payment: it is refused until a comparison with the core has confirmed the line
"""

from collections.abc import Iterable
from copy import copy

from msgspec.structs import replace

from calc.core_refs import Told
from calc.core_slots import Slot, Subject, fact_amount, fact_day, fact_kind, slots_of
from hub.service.export.sheets import lines_of_group
from hub.service.group.state import GroupState
from protocol.ids import Position
from protocol.loan_facts import CoreMatched
from protocol.roster_facts import SavingsMoved


class Echoes:
    """Facts keyed at the table, lines of ours, and what the core's references name of both."""

    def __init__(self, slots: Iterable[Slot] = (), named: Iterable[tuple[str, Position]] = ()) -> None:
        found = list(slots)
        self.keyed = {
            slot.place.position: slot for slot in found if slot.fact is not None and slot.named_at is None
        }
        self.lines = {_terms(slot) for slot in found if slot.fact is None and slot.named_at is None}
        self.named = {
            core_ref: tuple(slot for slot in found if slot.place.position == place)
            for core_ref, place in named
        }

    def copy(self) -> "Echoes":
        """Echoes that can go on by themselves."""
        other = copy(self)
        other.keyed, other.named = {**self.keyed}, {**self.named}
        return other

    def take(self, matched: CoreMatched) -> None:
        """Let a reference name a fact that was keyed."""
        keyed = self.keyed.pop(matched.entry, None)
        if keyed is not None:
            self.named[matched.core_ref] = (keyed,)

    def said(self, fact: Told) -> bool | None:
        """Say whether a fact repeats what its reference names here; None when it names nothing of ours."""
        named = self.named.get(fact.core_ref or "")
        return None if named is None else any(_says(slot, fact) for slot in named)

    def keyed_as(self, fact: Told) -> Position | None:
        """Where the log has a fact that was keyed at the table before the core told it."""
        return next((place for place, slot in self.keyed.items() if _says(slot, fact)), None)

    def may_be_ours(self, fact: Told) -> bool:
        """Say whether a fact may be a line of ours that the core has taken in."""
        return (fact_kind(fact), _subject(fact), fact_day(fact), fact_amount(fact)) in self.lines


def echoes_of(state: GroupState) -> Echoes:
    """What the core may tell back of one group."""
    matches = state.book.roster.refs.matches
    named = ((one.core_ref, place) for place, ones in matches.items() for one in ones)
    return Echoes(slots_of(state.book, lines_of_group(state)), named)


def _terms(slot: Slot) -> tuple[str, Subject, int, int]:
    return slot.kind, slot.subject, slot.day, slot.amount


def _subject(fact: Told) -> Subject:
    return (None, fact.account) if isinstance(fact, SavingsMoved) else (fact.loan, None)


def _says(slot: Slot, fact: Told) -> bool:
    """As `calc.core_refs`: a keyed fact in every word, a line by its kind, amount and what it moves."""
    if slot.fact is not None:
        return replace(slot.fact, core_ref=fact.core_ref, decided_by=fact.decided_by) == fact
    return (slot.kind, slot.subject, slot.amount) == (fact_kind(fact), _subject(fact), fact_amount(fact))
