"""What one group's branch log already holds of the bank's book: ordinals by number, facts by reference."""

from collections.abc import Callable, Iterable
from copy import copy

from hub.service.roster_entries import CoreFact, Decision, Opening
from protocol.entries import Entry
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    MemberMoved,
    SavingsAccountListed,
)

TextOf = Callable[[bytes], str | None]
"""The words behind a salted hash; None when they were erased (L4)."""


class Roster:
    """Names and facts of one group in log order; a second copy of a decision changes nothing (L12).

    ``members`` are those who have not left; the last ordinal given out counts those too (L3).
    """

    def __init__(self, group: str, text_of: TextOf) -> None:
        self.group = group
        self.text_of = text_of
        self.listings: dict[int, GroupListed] = {}
        self.members: dict[str, MemberListed] = {}
        self.accounts: dict[str, SavingsAccountListed] = {}
        self.loans: dict[str, Opening] = {}
        self.facts: dict[str, CoreFact] = {}
        self.decisions: dict[int, Decision] = {}
        self.last_member = self.last_account = self.last_loan = 0

    def copy(self) -> "Roster":
        """A roster that can go on by itself."""
        other = copy(self)
        other.listings, other.members, other.accounts = {**self.listings}, {**self.members}, {**self.accounts}
        other.loans, other.facts, other.decisions = {**self.loans}, {**self.facts}, {**self.decisions}
        return other

    def take(self, entry: Entry) -> None:
        """Let one entry of the branch log count; kinds that say nothing about the roster pass by."""
        if isinstance(entry, MemberListed):
            self.members[entry.number] = entry
            self.last_member = entry.ordinal
        elif isinstance(entry, SavingsAccountListed):
            self.accounts[entry.number] = entry
            self.last_account = entry.ordinal
        elif isinstance(entry, Opening):
            self.loans[entry.number] = entry
            self.last_loan = entry.ordinal
        elif isinstance(entry, CoreFact):
            if entry.core_ref is not None:
                self.facts[entry.core_ref] = entry
        elif isinstance(entry, Decision):
            self.decisions.setdefault(entry.number, entry)
        elif isinstance(entry, GroupListed):
            self.listings[entry.effective] = entry
        elif isinstance(entry, MemberMoved):
            self.members = {
                number: member for number, member in self.members.items() if member.ordinal != entry.member
            }


def roster_of(group: str, entries: Iterable[Entry], text_of: TextOf) -> Roster:
    """Roster after all entries of a group's branch log, in order."""
    roster = Roster(group, text_of)
    for entry in entries:
        roster.take(entry)
    return roster
