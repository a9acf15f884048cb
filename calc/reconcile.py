"""Who owns each đồng between what a household paid, or asked for, and what the branch books (B9, B16).

Interest has three signed dues, to the same day, none of them counting the entry itself: *shown* on the phone,
*at position* (the book at the phone's `BookReady`, less P) and *now* (the book just before the posting, less
what of P still waits). Then ``paid`` = amount − shown is the household's, ``edge`` = at position − shown is
the phone's and must be 0, ``book`` = now − at position is what the branch learnt since, entry by entry:

    amount − now = paid − edge − book

A deposit is booked as written, or held; a transfer is executed as far as the balances of that moment go.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from calc.book import Book, fold
from calc.days import View
from calc.differences import (
    Cause,
    DepositDifference,
    LineDifference,
    Reconciliation,
    TransferDifference,
)
from calc.dues import LoanDue, due_in
from calc.loan import Loan
from calc.pending import Waiting, scope_of, still_waits, waiting_at
from calc.states import Facts, Phase, decided, state_of, takes_number
from calc.transfers import reach
from protocol.day import Day, day_of, to_moment
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal, Position
from protocol.money import Dong
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import Posted


def reconcile(
    book: Book, facts: Facts, ref: EntryRef, planned: Posted | None = None
) -> Reconciliation | None:
    """Explain one receipt or transfer where it stands: just before its posting, or at the end while it waits.

    While it waits, everything that it says counts as if it were booked in full. None for an entry that is no
    receipt and no transfer. What names a loan or an account that the group does not have is left out.

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
    start = book.restated.view(book.view(min(entry.knows.book, now)), book.log, fact.known)
    held = _held(book, start.at, start.hidden) if start.hidden else book
    waiting = waiting_at(held, facts, held.view(start.at), scope_of(facts, ref, entry.knows))
    lines = tuple(
        _Walk(book, held, facts, book.loans[loan], entry.due_to, start, waiting).difference(
            amount, shown, now
        )
        for loan, amount, shown in _amounts(entry, posted)
        if loan in book.loans
    )
    flags = [*flags_of(book, facts, ref, planned)]
    if any(line.edge for line in lines):
        flags.append("edge_defect")
    if any(line.fault is not None for line in lines):
        flags.append("due_unknown")
    return Reconciliation(
        ref=ref,
        knows=entry.knows.book,
        now=now,
        flags=tuple(flags),
        lines=lines,
        deposits=tuple(_deposits(book, ref, entry, posted)) if isinstance(entry, Collected) else (),
        transfer=_transfer(book, entry, now, posted) if isinstance(entry, TransferRequested) else None,
    )


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
    moved = _transfer(book, entry, now, posted) if isinstance(entry, TransferRequested) else None
    older = book.restated.readies
    flags = {
        "stale_book": any(entry.knows.book < place <= now for place in chain(book.readies, older)),
        "unknown_book": not _is_ready(book, fact, entry.knows.book),
        "late": was_settled if posted is None else entry.due_to < posted.day,
        "clock": seen is not None and entry.value_date > day_of(to_moment(seen.seen_at)),
        "short_balance": moved is not None and moved.limited_by == "savings",
        "short_principal": moved is not None and moved.limited_by == "principal",
        "receipt_out_of_range": isinstance(entry, Collected) and not takes_number(book, fact),
        str(cause): cause is not None,
    }
    return tuple(flag for flag, is_set in flags.items() if is_set)


class _Walk:
    """One loan's due while the branch log is read on from a phone's `BookReady`, in the book it ``held``."""

    def __init__(
        self,
        book: Book,
        held: Book,
        facts: Facts,
        loan: Loan,
        day: Day,
        start: View,
        waiting: tuple[Waiting, ...],
    ) -> None:
        self.book, self.held, self.facts = book, held, facts
        self.loan, self.day, self.start = loan, day, start
        self.waiting = [line for line in waiting if line.loan == loan.ordinal]

    def difference(self, amount: Dong, shown: Dong, now: Position) -> LineDifference:
        """Walk from the start to ``now`` and take down what changed the due on the way."""
        pending = sum(line.amount for line in self.waiting)
        loan = self.held.loans.get(self.loan.ordinal, self.loan)
        first = due = due_in(
            self.held, loan, self.day, self.held.view(self.start.at), pending=pending
        ).payable
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
        pending = sum(
            line.amount for line in self.waiting if still_waits(self.book, self.facts, line.fact, view)
        )
        return due_in(self.book, self.loan, self.day, view, pending=pending)

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
            if self.is_new(place):
                yield place, "rate_decided"
        for place, _ in decisions.policies:
            if self.is_new(place):
                yield place, "policy_adopted"

    def is_new(self, place: Position) -> bool:
        """Say whether a phone could not have read a place yet."""
        return place > self.start.at or place in self.start.hidden

    def turns_of_waiting(self) -> Iterator[tuple[Position, str]]:
        """What the branch did about the entries of P, and learnt about the logs that they stand in."""
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
        for writer in {line.fact.ref.writer for line in self.waiting}:
            yield from self.turns_of_logs(writer)

    def turns_of_logs(self, writer: Ordinal) -> Iterator[tuple[Position, str]]:
        """Where the logs of one writer were cut off, parted, or one of their sides was chosen."""
        for place, _ in self.book.writers[writer].revoked:
            yield place, "writer_revoked"
        for (owner, _), forks in self.facts.forks.items():
            if owner == writer:
                yield from ((fork.since, "fork") for fork in forks)
        for place, choice in self.book.trust.forks_resolved:
            if choice.writer == writer:
                yield place, "fork_resolved"


@lru_cache(maxsize=16)
def _held(book: Book, at: Position, hidden: frozenset[Position]) -> Book:
    """The book as a phone held it that could not see some places before ``at`` (L15)."""
    return fold((place, entry) for place, entry in book.log if place <= at and place not in hidden)


def _is_ready(book: Book, fact: PhoneFact, place: Position) -> bool:
    """Say whether a run of facts ended at a place, here or in the log that the phone held (B5, L15)."""
    return place in book.readies or book.restated.is_ready(place, fact.known)


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


def _deposits(
    book: Book, ref: EntryRef, entry: Collected, posted: Posted | None
) -> Iterator[DepositDifference]:
    """What was written for each account, and where it is."""
    state = None if posted is not None else decided(book, ref, book.view(staged=True))
    is_held = state is not None and state.phase is Phase.HELD
    for account in dict.fromkeys(line.account for line in entry.savings if line.account in book.accounts):
        written = sum(line.amount for line in entry.savings if line.account == account)
        booked = 0 if is_held else written
        if posted is not None:
            booked = sum(line.change for line in posted.savings if line.account == account)
        yield DepositDifference(account, written, booked, written if is_held else 0)


def _transfer(
    book: Book, entry: TransferRequested, now: Position, posted: Posted | None
) -> TransferDifference | None:
    """What was asked for and what was moved, with the balances just before."""
    if entry.loan not in book.loans or entry.account not in book.accounts:
        return None
    day = entry.due_to if posted is None else posted.day
    reached = reach(book, entry, day, book.view(now, staged=True))
    executed = entry.amount if posted is None else -sum(line.change for line in posted.savings)
    return TransferDifference(
        entry.account, entry.loan, entry.amount, executed, reached.available, reached.owed
    )
