"""What settling a transaction day posts, holds and expects in cash (B4, B7–B9, B17, B18).

Planning appends to a copy of the book, entry by entry, so that each allocation sees those before it. The
order is B9: what was collected, then transfers to interest, then transfers to principal. A plan made again
after a settlement was interrupted holds only what is still missing.
"""

from collections.abc import Iterator

from msgspec import Struct, structs

from calc.allocation import allocate
from calc.book import Book
from calc.cash import in_transit
from calc.differences import Reconciliation
from calc.dues import loan_due
from calc.duplicates import duplicates, receipts
from calc.reconcile import reconcile
from calc.states import SAME_RECEIPT, Facts, FactState, Phase, answer_to, states, takes_number
from calc.transfers import reach
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.ids import Code, EntryRef, Ordinal, Position
from protocol.money import Dong
from protocol.phone_facts import CashHandedOver, Collected, TransferRequested, Voided
from protocol.posting_facts import (
    DaySettled,
    Held,
    HeldInterest,
    Posted,
    PostedInterest,
    PostedPrincipal,
    PostedSavings,
)


class Plan(Struct, frozen=True):
    """What is missing until a day can be settled.

    ``entries`` are to be appended in this order; ``reconciliations`` explain its receipts and transfers;
    ``duplicates`` names the receipt that each possible duplicate repeats; ``book`` is the log with the
    entries staged. ``in_transit`` is the cash of each writer, ``expected`` that of the writers whose rounds
    the count names (all writers while nothing is counted), in đồng. ``first`` is where the run begins.
    """

    day: Day
    entries: tuple[Posted | Held, ...]
    reconciliations: tuple[Reconciliation, ...]
    duplicates: dict[EntryRef, EntryRef]
    book: Book
    first: Position
    in_transit: dict[Ordinal, Dong]
    expected: Dong
    counted: Dong | None

    def settled(self, decided_by: Code, confirmed_by: Code) -> DaySettled:
        """The entry that makes the run effective; without a count nobody's cash was expected or counted."""
        expected, counted = (0, 0) if self.counted is None else (self.expected, self.counted)
        return DaySettled(
            day=self.day,
            first=self.first,
            expected=expected,
            counted=counted,
            difference=counted - expected,
            decided_by=decided_by,
            confirmed_by=confirmed_by,
        )


def plan_day(book: Book, facts: Facts, day: Day) -> Plan:
    """Plan the settlement of a transaction day; nothing is left to post once it is settled.

    Args:
        book: the group's branch log, a run under way included.
        facts: the group's phone entries in merged order.
        day: the day to which interest runs, and on which everything takes effect (B3).
    """
    desk = _Desk(book, facts, day)
    for fact in desk.candidates():
        desk.post(fact)
    work = desk.book
    transit = in_transit(work, facts, staged=True)
    run = work.postings.day(day)
    counted = run.counted
    covered = transit if counted is None else {closed.writer for closed in counted.rounds}
    return Plan(
        day=day,
        entries=tuple(desk.entries),
        reconciliations=tuple(desk.reconciliations),
        duplicates=desk.duplicates,
        book=work,
        first=run.first or _next(work.position),
        in_transit=transit,
        expected=sum(transit.get(writer, 0) for writer in covered),
        counted=None if counted is None else counted.counted,
    )


class _Desk:
    """One day being planned on a copy of the book."""

    def __init__(self, book: Book, facts: Facts, day: Day) -> None:
        self.book = book.copy()
        self.facts = facts
        self.day = day
        self.known = states(book, facts, staged=True)
        self.duplicates = duplicates(book, facts, self.known)
        self.same_receipt = set(_same_receipts(book, facts, self.known))
        self.entries: list[Posted | Held] = []
        self.reconciliations: list[Reconciliation] = []

    def candidates(self) -> list[PhoneFact]:
        """Received entries that wait for this day, in the order in which they are posted (B9)."""
        if self.book.postings.day(self.day).settled is not None or self.book.is_over(self.day):
            return []
        waiting = (
            fact
            for fact in self.facts.all
            if fact.received is not None and self.known[fact.ref].phase is Phase.PENDING
        )
        return sorted((fact for fact in waiting if self.is_ripe(fact)), key=_rank)

    def is_ripe(self, fact: PhoneFact) -> bool:
        """Say whether an entry belongs to this day or an earlier one; cash moves once it is accepted."""
        entry = fact.entry
        if isinstance(entry, Voided):
            return self.is_ripe(self.facts.by_ref[entry.target])
        assert isinstance(entry, Collected | TransferRequested | CashHandedOver)
        if entry.due_to > self.day or not isinstance(entry, CashHandedOver):
            return entry.due_to <= self.day
        answer = answer_to(self.book, self.facts, fact.ref, self.book.position)
        return answer is not None and answer.received is not None

    def post(self, fact: PhoneFact) -> None:
        """Post an entry, or hold it."""
        cause = self.cause_to_hold(fact)
        if cause is not None:
            held = _held(fact, self.day, cause)
            if self.book.postings.is_free(held):
                self.append(held)
        else:
            posted = self.posting_of(fact)
            found = reconcile(self.book, self.facts, fact.ref, posted)
            if found is not None:
                self.reconciliations.append(found)
                posted = structs.replace(posted, flags=found.flags)
            self.append(posted)

    def append(self, entry: Posted | Held) -> None:
        """Stage an entry on the copy, where the next one sees it."""
        self.entries.append(entry)
        self.book.apply(_next(self.book.position), entry)

    def cause_to_hold(self, fact: PhoneFact) -> str | None:
        """Why an entry has to wait in suspense, or None (B17, B19, L13)."""
        match fact.entry:
            case Collected() as entry:
                if fact.ref in self.same_receipt:
                    return SAME_RECEIPT
                loans = [line.loan for line in entry.lines if line.interest]
                accounts = [line.account for line in entry.savings]
                return self.not_of_member(entry.member, loans, accounts) or (
                    "possible_duplicate" if fact.ref in self.duplicates else None
                )
            case TransferRequested() as entry:
                return self.not_of_member(entry.member, [entry.loan], [entry.account])
        return None

    def not_of_member(self, member: Ordinal, loans: list[Ordinal], accounts: list[Ordinal]) -> str | None:
        """Say what an entry names that the member does not have."""
        book = self.book
        if member not in book.members:
            return "unknown_member"
        if any(loan not in book.loans or book.loans[loan].member != member for loan in loans):
            return "unknown_loan"
        if len(set(loans)) < len(loans):
            return "repeated_loan"
        strange = (one for one in accounts if one not in book.accounts or book.accounts[one].member != member)
        return "unknown_account" if any(strange) else None

    def posting_of(self, fact: PhoneFact) -> Posted:
        """The posting of an entry with its allocation, flags still to come (B1)."""
        empty = Posted(fact.ref, self.day, (), (), (), ())
        match fact.entry:
            case Collected() as entry:
                return structs.replace(
                    empty,
                    interest=tuple(
                        self.allocated(line.loan, line.interest) for line in entry.lines if line.interest
                    ),
                    savings=tuple(PostedSavings(line.account, line.amount) for line in entry.savings),
                )
            case TransferRequested() as entry:
                return self.transfer(empty, entry)
        return empty

    def transfer(self, empty: Posted, entry: TransferRequested) -> Posted:
        """Move savings as far as the balances go, the overdue part of principal first (B9)."""
        reached = reach(self.book, entry, self.day, self.book.view(staged=True))
        amount = reached.executed(entry.amount)
        if not amount:
            return empty
        moved = structs.replace(empty, savings=(PostedSavings(entry.account, -amount),))
        if entry.purpose == "interest":
            return structs.replace(moved, interest=(allocate(reached.due, amount),))
        overdue = min(amount, reached.due.principal.overdue)
        return structs.replace(moved, principal=(PostedPrincipal(entry.loan, amount - overdue, overdue),))

    def allocated(self, loan: Ordinal, amount: Dong) -> PostedInterest:
        """Interest of one loan, allocated against what is due now."""
        return allocate(loan_due(self.book, self.book.loans[loan], self.day, staged=True), amount)


def _same_receipts(book: Book, facts: Facts, known: dict[EntryRef, FactState]) -> Iterator[EntryRef]:
    """Entries whose receipt number another one, or a re-keyed paper, took before them (L13)."""
    taken = set(book.postings.rekeyed)
    for entry, fact in receipts(facts, known):
        if takes_number(book, fact):
            if entry.receipt_no in taken:
                yield fact.ref
            taken.add(entry.receipt_no)


def _rank(fact: PhoneFact) -> int:
    if isinstance(fact.entry, TransferRequested):
        return 1 if fact.entry.purpose == "interest" else 2
    return 0


def _held(fact: PhoneFact, day: Day, cause: str) -> Held:
    entry = fact.entry
    if not isinstance(entry, Collected):
        return Held(fact.ref, day, cause, (), ())
    lines = (HeldInterest(line.loan, line.interest) for line in entry.lines if line.interest)
    return Held(fact.ref, day, cause, tuple(lines), entry.savings)


def _next(position: Position) -> Position:
    return Position(position.epoch, position.seq + 1)
