"""The one state of every phone entry, at any place in the branch log (B1, B8, B17, L16, L18).

Of several that would fit, the first in this order is the state:

1. what the branch posted is posted, or reversed once a `Reversed` names it
2. what it holds is held, until it is released; a second entry under one receipt number is set aside
3. an entry of an unknown kind, of nobody, above a revocation or a fork, or over the cap, is set aside
4. what its writer took back in time is voided; a void or an acceptance that fits nothing, and a void that
   came after the posting (a request for `Reversed`), is set aside
5. what moves no money by itself is noted, everything else is pending
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from calc.book import START, Book
from calc.days import View
from calc.postings import Posting
from calc.sides import Sides
from protocol.entries import PHONE_KINDS, Entry, PhoneFact, Unknown
from protocol.ids import EntryRef, Epoch, Ordinal, Position, Seq
from protocol.money import Dong
from protocol.phone_facts import (
    CashAccepted,
    CashHandedOver,
    Collected,
    MemberNoted,
    RoundClosed,
    TransferRequested,
    Visited,
    Voided,
)
from protocol.posting_facts import Held, Posted

AMOUNT_MAX = 10**12
"""No phone entry moves more: one that says so is set aside, so that no sum leaves 64 bits (L9)."""

SAME_RECEIPT = "same_receipt"
"""Cause of a `Held` that is no second cash fact: its receipt number was taken before it (L13)."""


class Fork(Struct, frozen=True):
    """Two histories of a phone log part at ``seq``; the branch knows it from the place ``since`` on (L16)."""

    seq: Seq
    since: Position = START


Forks = Mapping[tuple[Ordinal, Epoch], tuple[Fork, ...]]


class Phase(StrEnum):
    """The states; every phone entry is in exactly one."""

    PENDING = "pending"
    POSTED = "posted"
    HELD = "held"
    VOIDED = "voided"
    SET_ASIDE = "set_aside"
    REVERSED = "reversed"
    NOTED = "noted"


class FactState(Struct, frozen=True):
    """A state, why (a code, or None where the state says it all), and where the branch log decided it."""

    phase: Phase
    cause: str | None = None
    position: Position | None = None


class Facts:
    """Phone entries of one group in their merged order, with how they name each other, indexed once."""

    def __init__(self, facts: Iterable[PhoneFact], forks: Forks | None = None) -> None:
        """Index facts that stand in the order of `protocol.merge`."""
        self.all = tuple(facts)
        self.forks = forks or {}
        self.by_ref = {fact.ref: fact for fact in self.all}
        self.sides = Sides(self.by_ref)
        self.voids: dict[EntryRef, list[PhoneFact]] = {}
        self.answers: dict[EntryRef, list[PhoneFact]] = {}
        for fact in self.all:
            if isinstance(fact.entry, Voided) and self._may_void(fact.ref, fact.entry.target):
                self.voids.setdefault(fact.entry.target, []).append(fact)
            elif isinstance(fact.entry, CashAccepted) and self._may_accept(fact.ref, fact.entry):
                self.answers.setdefault(fact.entry.handed, []).append(fact)

    def chain(self, tip: EntryRef) -> frozenset[EntryRef]:
        """As `Sides.chain`."""
        return self.sides.chain(tip)

    def side(self, choice: EntryRef) -> frozenset[EntryRef]:
        """As `Sides.side`."""
        return self.sides.side(choice)

    def _may_void(self, by: EntryRef, target: EntryRef) -> bool:
        """Say whether a writer takes back an entry of his own that came before (B8)."""
        known = self.by_ref.get(target)
        return (
            known is not None
            and isinstance(known.entry, Collected | TransferRequested)
            and by.writer == target.writer
            and (target.epoch, target.seq) < (by.epoch, by.seq)
        )

    def _may_accept(self, by: EntryRef, accepted: CashAccepted) -> bool:
        """Say whether a writer answers a handover that was meant for him, up to its amount (B18)."""
        known = self.by_ref.get(accepted.handed)
        return (
            known is not None
            and isinstance(known.entry, CashHandedOver)
            and by.writer != accepted.handed.writer
            and known.entry.to_writer == by.writer
            and accepted.amount <= known.entry.amount
        )


def states(book: Book, facts: Facts, *, staged: bool = False) -> dict[EntryRef, FactState]:
    """State of every phone entry at the end of the branch log, in merged order."""
    view = book.view(staged=staged)
    return {fact.ref: state_of(book, facts, fact, view) for fact in facts.all}


def state_of(book: Book, facts: Facts, fact: PhoneFact, view: View) -> FactState:
    """State of one phone entry in a view at the end of the log, where unreceived entries count too."""
    return (
        decided(book, fact.ref, view)
        or barred(book, facts, fact, view.at)
        or _answered(book, facts, fact, view)
        or FactState(Phase.PENDING)
    )


def decided(book: Book, ref: EntryRef, view: View) -> FactState | None:
    """What the branch decided about an entry, as far as a view sees; None for nothing, or released."""
    postings = book.postings
    posted = postings.posted.get(ref)
    if posted is not None and view.counts(posted.position, posted.entry.day):
        reversal = postings.reversed_at(posted.position, view)
        if reversal is not None:
            return FactState(Phase.REVERSED, position=reversal)
        return FactState(Phase.POSTED, position=posted.position)
    held = postings.held.get(ref)
    if held is None or not view.counts(held.position, held.entry.day):
        return None
    reversal = postings.reversed_at(held.position, view)
    if reversal is not None:
        return FactState(Phase.REVERSED, position=reversal)
    released = postings.released.get(ref)
    if released is not None and released <= view.at:
        return None
    cause = held.entry.cause
    return FactState(Phase.SET_ASIDE if cause == SAME_RECEIPT else Phase.HELD, cause, held.position)


def excluded(book: Book, facts: Facts, fact: PhoneFact, at: Position) -> FactState | None:
    """Why an entry cannot count, whoever carries it (L9, L18); None when nothing speaks against it."""
    ref, entry = fact.ref, fact.entry
    if not isinstance(entry, PHONE_KINDS):
        return FactState(Phase.SET_ASIDE, _unreadable(entry))
    writer = book.writers.get(ref.writer)
    if writer is None:
        return FactState(Phase.SET_ASIDE, "unknown_writer")
    line = writer.line(ref.epoch, at)
    if line is not None:
        position, revoked = line
        if ref not in facts.chain(EntryRef(ref.writer, ref.epoch, revoked.seq, revoked.head)):
            return FactState(Phase.SET_ASIDE, "after_revocation", position)
    if moved_by(fact) > AMOUNT_MAX:
        return FactState(Phase.SET_ASIDE, "over_cap")
    return None


def barred(book: Book, facts: Facts, fact: PhoneFact, at: Position) -> FactState | None:
    """As `excluded`, and the unposted entries of a fork until a person chose its side (L16)."""
    ref = fact.ref
    forks = facts.forks.get((ref.writer, ref.epoch), ())
    if all(at < fork.since or ref.seq < fork.seq for fork in forks):
        return excluded(book, facts, fact, at)
    chosen = (
        EntryRef(choice.writer, choice.epoch, choice.seq, choice.hash)
        for position, choice in book.trust.forks_resolved
        if position <= at and (choice.writer, choice.epoch) == (ref.writer, ref.epoch)
    )
    if any(facts.sides.goes_on(choice, ref, at) for choice in chosen):
        return excluded(book, facts, fact, at)
    return FactState(Phase.SET_ASIDE, "fork")


def cash_of(fact: PhoneFact) -> Dong:
    """Cash that an entry took from a household: the sum of its lines (B5)."""
    if not isinstance(fact.entry, Collected):
        return 0
    interest = sum(line.interest for line in fact.entry.lines)
    return interest + sum(line.amount for line in fact.entry.savings)


def moved_by(fact: PhoneFact) -> Dong:
    """The đồng that an entry is about, in cash or not."""
    if isinstance(fact.entry, TransferRequested | CashHandedOver | CashAccepted):
        return fact.entry.amount
    return cash_of(fact)


def takes_number(book: Book, fact: PhoneFact) -> bool:
    """Say whether a receipt occupies its number: outside its writer's range it occupies nothing (L13)."""
    writer = book.writers.get(fact.ref.writer)
    entry = fact.entry
    return isinstance(entry, Collected) and writer is not None and writer.numbers(entry.receipt_no)


def answer_to(book: Book, facts: Facts, handed: EntryRef, at: Position) -> PhoneFact | None:
    """The acceptance that moves the cash of a handover: the first that counts (B18).

    A handover that is posted keeps the answer it was posted with, whatever is cut off later (L16).
    """
    answers = facts.answers.get(handed, [])
    posted = book.postings.posted.get(handed)
    if posted is not None and book.view(at, staged=True).counts(posted.position, posted.entry.day):
        at = posted.position
        answers = [fact for fact in answers if fact.received is not None and fact.received <= at]
    return next((fact for fact in answers if barred(book, facts, fact, at) is None), None)


def void_of(book: Book, facts: Facts, target: EntryRef, view: View) -> PhoneFact | None:
    """The void that takes an entry back: the first that counts in a view (B8).

    One that came after its target was posted or held does not, also when the target is released later; one
    that the branch posted does, whatever is cut off later.
    """
    voids = (void for void in facts.voids.get(target, ()) if is_in_time(book, void, target, view))
    return next((void for void in voids if _takes_back(book, facts, void, view)), None)


def is_in_time(book: Book, void: PhoneFact, target: EntryRef, view: View) -> bool:
    """Say whether a void came before the branch first decided about its target (B8)."""
    taken = taken_over(book, target, view)
    return taken is None or (void.received is not None and void.received < taken.position)


def taken_over(book: Book, ref: EntryRef, view: View) -> Posting[Posted] | Posting[Held] | None:
    """What first put an entry into the books: its holding, or else its posting, as far as a view sees.

    What became of it later, a release or a reversal, does not matter here.
    """
    for posting in (book.postings.held.get(ref), book.postings.posted.get(ref)):
        if posting is not None and view.counts(posting.position, posting.entry.day):
            return posting
    return None


def _unreadable(entry: Entry) -> str:
    if not isinstance(entry, Unknown):
        return "not_of_a_phone"
    return "unknown_kind" if entry.tag else "malformed"


def _takes_back(book: Book, facts: Facts, void: PhoneFact, view: View) -> bool:
    state = decided(book, void.ref, view)
    return barred(book, facts, void, view.at) is None if state is None else state.phase is Phase.POSTED


def _answered(book: Book, facts: Facts, fact: PhoneFact, view: View) -> FactState | None:
    """The state that other phone entries give to this one."""
    match fact.entry:
        case Collected() | TransferRequested():
            void = void_of(book, facts, fact.ref, view)
            return None if void is None else FactState(Phase.VOIDED, position=void.received)
        case Voided(target=target):
            late = not is_in_time(book, fact, target, view)
            if late or decided(book, target, view) is not None:
                return FactState(Phase.SET_ASIDE, "after_posting")
            counts = void_of(book, facts, target, view) is fact
            return None if counts else FactState(Phase.SET_ASIDE, "fits_nothing")
        case CashAccepted(handed=handed):
            counts = answer_to(book, facts, handed, view.at) is fact
            return FactState(Phase.NOTED) if counts else FactState(Phase.SET_ASIDE, "fits_nothing")
        case Visited() | MemberNoted() | RoundClosed():
            return FactState(Phase.NOTED)
    return None
