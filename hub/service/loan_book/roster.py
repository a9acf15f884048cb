"""What one group's branch log already holds of the bank's book: ordinals by number, facts by reference."""

from collections.abc import Callable, Iterable
from copy import copy
from itertools import accumulate

from hub.service.loan_book.echoes import Echoes
from hub.service.loan_book.entries import CoreFact, Decision, Opening
from hub.service.reading.rows import LOWERING
from protocol.day import Day
from protocol.entries import Entry
from protocol.loan_facts import (
    CoreMatched,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanRenewed,
    LoanWrittenOff,
)
from protocol.money import Dong
from protocol.roster_facts import GroupListed, MemberListed, MemberMoved, SavingsAccountListed, SavingsMoved

TextOf = Callable[[bytes], str | None]
"""The words behind a salted hash; None when they were erased (L4)."""


class Roster:
    """Names and facts of one group in log order; a second copy of a decision changes nothing (L12).

    ``members`` are those who have not left, ``customers`` all by ordinal; the last ordinal given out counts
    those too (L3). ``terms`` says by ordinal when a loan's due day was set last, and to what day; ``ended``
    are loans that were closed or written off. ``moves`` has each account's changes of its balance with their
    days, by ordinal. ``echoes`` is what of ours the core may tell back.
    """

    def __init__(self, group: str, text_of: TextOf) -> None:
        self.group = group
        self.text_of = text_of
        self.listings: dict[Day, GroupListed] = {}
        self.members: dict[str, MemberListed] = {}
        self.customers: dict[int, str] = {}
        self.accounts: dict[str, SavingsAccountListed] = {}
        self.moves: dict[int, tuple[tuple[Day, Dong], ...]] = {}
        self.loans: dict[str, Opening] = {}
        self.rates: dict[int, set[int]] = {}
        self.terms: dict[int, tuple[Day, Day]] = {}
        self.ended: set[int] = set()
        self.facts: dict[str, CoreFact] = {}
        self.decisions: dict[int, Decision] = {}
        self.echoes = Echoes()
        self.last_member = self.last_account = self.last_loan = 0

    @property
    def listing(self) -> GroupListed | None:
        """Where the group belongs by what was said last of the latest day."""
        return self.listings[max(self.listings)] if self.listings else None

    def copy(self) -> "Roster":
        """A roster that can go on by itself."""
        other = copy(self)
        other.listings, other.members, other.accounts = {**self.listings}, {**self.members}, {**self.accounts}
        other.loans, other.facts, other.decisions = {**self.loans}, {**self.facts}, {**self.decisions}
        other.customers, other.terms, other.ended = {**self.customers}, {**self.terms}, {*self.ended}
        other.moves = {**self.moves}
        other.echoes = self.echoes.copy()
        other.rates = {loan: {*rates} for loan, rates in self.rates.items()}
        return other

    def overdraws(self, moved: SavingsMoved) -> bool:
        """Say whether a balance of its day or a later one would fall below 0 by what goes out (B9)."""
        listed = next(one for one in self.accounts.values() if one.ordinal == moved.account)
        if moved.kind not in LOWERING or moved.effective < listed.as_of:
            return False
        falls = sorted(
            (on, -change) for on, change in self.moves.get(moved.account, ()) if on >= listed.as_of
        )
        held = listed.balance - sum(fall for on, fall in falls if on <= moved.effective)
        later = (-fall for on, fall in falls if on > moved.effective)
        return moved.amount > min(accumulate(later, initial=held))

    def take(self, entry: Entry) -> None:
        """Let one entry of the branch log count; kinds that say nothing about the roster pass by."""
        if isinstance(entry, MemberListed):
            self.members[entry.number] = entry
            self.customers[entry.ordinal] = entry.number
            self.last_member = max(self.last_member, entry.ordinal)
        elif isinstance(entry, SavingsAccountListed):
            self.accounts[entry.number] = entry
            self.last_account = entry.ordinal
        elif isinstance(entry, Opening):
            self._open(entry)
        elif isinstance(entry, CoreFact):
            if entry.core_ref is not None:
                self.facts[entry.core_ref] = entry
            self._change(entry)
        elif isinstance(entry, CoreMatched):
            self.echoes.take(entry)
        elif isinstance(entry, Decision):
            self.decisions.setdefault(entry.number, entry)
        elif isinstance(entry, GroupListed):
            self.listings[entry.effective] = entry

    def _open(self, opening: Opening) -> None:
        self.loans[opening.number] = opening
        self.last_loan = opening.ordinal
        if isinstance(opening, LoanBroughtForward):
            self.terms[opening.ordinal] = opening.as_of, opening.due_on
            self.rates[opening.ordinal] = {rate.ppm for rate in opening.rates}
        else:
            self.terms[opening.ordinal] = opening.opened_on, opening.due_on
            self.rates[opening.ordinal] = {opening.ppm}

    def _change(self, fact: CoreFact) -> None:
        if isinstance(fact, LoanExtended | LoanRenewed):
            self.terms[fact.loan] = fact.effective, fact.due_on
        if isinstance(fact, LoanRenewed):
            self.rates.setdefault(fact.loan, set()).add(fact.ppm)
        elif isinstance(fact, LoanClosed | LoanWrittenOff):
            self.ended.add(fact.loan)
        elif isinstance(fact, SavingsMoved):
            change = -fact.amount if fact.kind in LOWERING else fact.amount
            self.moves[fact.account] = (*self.moves.get(fact.account, ()), (fact.effective, change))
        elif isinstance(fact, MemberMoved):
            number = self.customers.get(fact.member, "")
            if number in self.members and self.members[number].ordinal == fact.member:
                del self.members[number]


def roster_of(group: str, entries: Iterable[Entry], text_of: TextOf) -> Roster:
    """Roster after all entries of a group's branch log, in order."""
    roster = Roster(group, text_of)
    for entry in entries:
        roster.take(entry)
    return roster
