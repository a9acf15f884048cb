"""Who owns each đồng between what a household paid and what was due (B16).

Three signed dues, to the same day, none of them counting the entry itself: *shown* on the phone, *at
position* (the book at the phone's `BookReady`, less P) and *now* (the book just before the posting, less what
of P still waits). Then ``paid`` = amount − shown is the household's, ``edge`` = at position − shown is the
phone's and must be 0, ``book`` = now − at position is what the branch learnt since, entry by entry:

    amount − now = paid − edge − book
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from calc.book import Book
from calc.days import View
from calc.dues import LoanDue, due_in
from calc.loan import Loan
from calc.pending import Waiting, scope_of, waiting_at, waits
from calc.states import Facts, state_of, takes_number
from protocol.day import Day, day_of, to_moment
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal, Position
from protocol.money import Dong
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import Posted

Outcome = Literal["matched", "short", "over"]


class Cause(Struct, frozen=True):
    """How much one entry of the branch log changed a due since the phone computed it, in đồng."""

    position: Position
    code: str
    amount: Dong


class LineDifference(Struct, frozen=True):
    """One loan of a receipt: amount and signed dues in đồng, and what explains them.

    ``fault`` is the reason why the due could not be computed in full, None as a rule.
    """

    loan: Ordinal
    amount: Dong
    shown: Dong
    due_at_position: Dong
    due_now: Dong
    asked_now: Dong
    causes: tuple[Cause, ...]
    fault: str | None

    @property
    def paid(self) -> Dong:
        """Δ_paid: what the household paid differently."""
        return self.amount - self.shown

    @property
    def edge(self) -> Dong:
        """Δ_edge: what the phone computed differently; anything but 0 is a defect."""
        return self.due_at_position - self.shown

    @property
    def book(self) -> Dong:
        """Δ_book: what the branch learnt since; the sum of the causes."""
        return self.due_now - self.due_at_position


class Reconciliation(Struct, frozen=True):
    """One receipt or transfer to interest; the visit is the sum of its lines."""

    ref: EntryRef
    knows: Position
    now: Position
    flags: tuple[str, ...]
    lines: tuple[LineDifference, ...]

    @property
    def amount(self) -> Dong:
        """Interest paid."""
        return sum(line.amount for line in self.lines)

    @property
    def due_now(self) -> Dong:
        """Signed due just before the posting."""
        return sum(line.due_now for line in self.lines)

    @property
    def paid(self) -> Dong:
        """Δ_paid of the visit."""
        return sum(line.paid for line in self.lines)

    @property
    def edge(self) -> Dong:
        """Δ_edge of the visit."""
        return sum(line.edge for line in self.lines)

    @property
    def book(self) -> Dong:
        """Δ_book of the visit."""
        return sum(line.book for line in self.lines)

    @property
    def outcome(self) -> Outcome:
        """What was paid against what the household would be asked for now."""
        asked = sum(line.asked_now for line in self.lines)
        if self.amount == asked:
            return "matched"
        return "short" if self.amount < asked else "over"


def reconcile(
    book: Book, facts: Facts, ref: EntryRef, planned: Posted | None = None
) -> Reconciliation | None:
    """Explain one phone entry where it stands: just before its posting, or at the end while it waits.

    None for an entry that pays no interest. Lines of loans that the group does not have are left out.

    Args:
        book: the branch log; staged postings count.
        facts: the group's phone entries.
        ref: the entry.
        planned: its posting, when that is not in the log yet.
    """
    fact = facts.by_ref[ref]
    entry = fact.entry
    if not isinstance(entry, Collected | TransferRequested):
        return None
    now, posted = _posting(book, ref, planned)
    lines = _amounts(entry, posted)
    if not lines:
        return None
    start = book.view(min(entry.knows.book, now))
    waiting = waiting_at(book, facts, start, scope_of(facts, ref, entry.knows))
    differences = tuple(
        _Walk(book, facts, book.loans[loan], entry.due_to, start, waiting).difference(amount, shown, now)
        for loan, amount, shown in lines
        if loan in book.loans
    )
    flags = [*flags_of(book, facts, ref, planned)]
    if any(line.edge for line in differences):
        flags.append("edge_defect")
    if any(line.fault is not None for line in differences):
        flags.append("due_unknown")
    return Reconciliation(ref, entry.knows.book, now, tuple(flags), differences)


def flags_of(book: Book, facts: Facts, ref: EntryRef, planned: Posted | None = None) -> tuple[str, ...]:
    """What people should know about a receipt or transfer, whatever its amounts; arguments of `reconcile`."""
    fact = facts.by_ref[ref]
    entry = fact.entry
    if not isinstance(entry, Collected | TransferRequested):
        return ()
    now, posted = _posting(book, ref, planned)
    seen = dict(book.received).get(fact.received) if fact.received is not None else None
    due_day = book.days.get(entry.due_to)
    was_settled = due_day is not None and due_day.settled is not None
    cause = state_of(book, facts, fact, book.view(staged=True)).cause
    flags = {
        "stale_book": any(entry.knows.book < place <= now for place in book.readies),
        "unknown_book": entry.knows.book not in book.readies,
        "late": was_settled if posted is None else entry.due_to < posted.day,
        "clock": seen is not None and entry.value_date > day_of(to_moment(seen.seen_at)),
        "short_balance": posted is not None and _is_cut(entry, posted),
        "receipt_out_of_range": isinstance(entry, Collected) and not takes_number(book, fact),
        str(cause): cause is not None,
    }
    return tuple(flag for flag, is_set in flags.items() if is_set)


class _Walk:
    """One loan's due while the branch log is read on from a phone's `BookReady`."""

    def __init__(
        self, book: Book, facts: Facts, loan: Loan, day: Day, start: View, waiting: tuple[Waiting, ...]
    ) -> None:
        self.book, self.facts, self.loan, self.day, self.start = book, facts, loan, day, start
        self.waiting = [line for line in waiting if line.loan == loan.ordinal]

    def difference(self, amount: Dong, shown: Dong, now: Position) -> LineDifference:
        """Walk from the start to ``now`` and take down what changed the due on the way."""
        pending = sum(line.amount for line in self.waiting)
        first = due = due_in(self.book, self.loan, self.day, self.start, pending=pending).payable
        causes = []
        for place, code in sorted(self.turns(now).items()):
            found = self.due_at(place).payable
            if found != due:
                causes.append(Cause(place, code, found - due))
            due = found
        last = self.due_at(now)
        return LineDifference(
            loan=self.loan.ordinal,
            amount=amount,
            shown=shown,
            due_at_position=first,
            due_now=last.payable,
            asked_now=last.asked,
            causes=tuple(causes),
            fault=last.fault,
        )

    def due_at(self, place: Position) -> LoanDue:
        """Due once the log is read up to a place, the run under way included."""
        view = self.book.view(max(place, self.start.at), staged=True)
        pending = sum(line.amount for line in self.waiting if self.still_waits(line.fact, view))
        return due_in(self.book, self.loan, self.day, view, pending=pending)

    def still_waits(self, fact: PhoneFact, view: View) -> bool:
        """Say whether an entry of P is neither decided, nor excluded, nor known to be voided."""
        voids = self.facts.voids.get(fact.ref, ())
        voided = any(void.received is not None and void.received <= view.at for void in voids)
        return not voided and waits(self.book, self.facts, fact, view)

    def turns(self, now: Position) -> dict[Position, str]:
        """Places up to ``now`` where the due may change, with the code of what stands there."""
        places: dict[Position, str] = {}
        for place, code in (*self.own_turns(), *self.turns_of_waiting()):
            if place <= now:
                places.setdefault(place, code)
        return places

    def own_turns(self) -> Iterator[tuple[Position, str]]:
        """What the branch said about the loan and its rates that did not count at the start."""
        for effect in self.loan.effects:
            if not self.start.counts(effect.position, effect.day):
                yield effect.position, effect.code
        decisions = self.book.decisions
        for place, _, _ in decisions.rates.get(self.loan.programme, ()):
            if place > self.start.at:
                yield place, "rate_decided"
        for place, _ in decisions.policies:
            if place > self.start.at:
                yield place, "policy_adopted"

    def turns_of_waiting(self) -> Iterator[tuple[Position, str]]:
        """What the branch did about the entries of P."""
        postings = self.book.postings
        for ref in {line.fact.ref for line in self.waiting}:
            if ref in postings.posted:
                yield postings.posted[ref].position, "posted"
            if ref in postings.held:
                yield postings.held[ref].position, "held"
            if ref in postings.released:
                yield postings.released[ref], "held_released"
            for void in self.facts.voids.get(ref, ()):
                if void.received is not None:
                    yield void.received, "voided"
            for place, _ in self.book.writers[ref.writer].revoked:
                yield place, "writer_revoked"


def _posting(book: Book, ref: EntryRef, planned: Posted | None) -> tuple[Position, Posted | None]:
    """Where the entry's due is taken *now*, and its posting, if it has one."""
    posting = book.postings.posted.get(ref)
    if planned is not None or posting is None:
        return book.position, planned
    if not book.view(staged=True).counts(posting.position, posting.entry.day):
        return book.position, None
    return Position(posting.position.epoch, posting.position.seq - 1), posting.entry


def _amounts(entry: Collected | TransferRequested, posted: Posted | None) -> list[tuple[Ordinal, Dong, Dong]]:
    """Loan, interest paid and due shown, line by line; a transfer pays what the balance allowed (B9)."""
    if isinstance(entry, Collected):
        return [(line.loan, line.interest, line.due_shown) for line in entry.lines]
    if entry.purpose == "principal":
        return []
    amount = entry.amount if posted is None else sum(line.total for line in posted.interest)
    return [(entry.loan, amount, entry.due_shown)]


def _is_cut(entry: Collected | TransferRequested, posted: Posted) -> bool:
    moved = -sum(line.change for line in posted.savings)
    return isinstance(entry, TransferRequested) and moved < entry.amount
