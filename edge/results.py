"""What the branch made of this phone's entries on each settled transaction day, and who owns a difference."""

from datetime import date

from msgspec import Struct

from calc.book import Book
from calc.differences import Reconciliation
from calc.reconcile import reconcile
from calc.states import Facts, FactState, Phase, moved_by
from edge.members import name_of
from edge.phone import Phone
from protocol.day import to_date
from protocol.entries import PhoneFact
from protocol.ids import EntryRef
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

_KINDS: dict[type, str] = {
    Collected: "collected",
    Voided: "voided",
    TransferRequested: "transfer",
    Visited: "visit",
    MemberNoted: "note",
    CashHandedOver: "handed_over",
    CashAccepted: "accepted",
    RoundClosed: "round_closed",
}


class Change(Struct, frozen=True):
    """One thing that the branch learnt after the phone's book, and how much it changed a due."""

    code: str
    amount_dong: Dong


class Difference(Struct, frozen=True):
    """What was paid against what was due when the bank posted, and who owns the difference (B16).

    amount − due_now = paid − edge − book: the household's, the phone's (a defect unless 0), the branch's.
    """

    outcome: str
    flags: tuple[str, ...]
    amount_dong: Dong
    due_now_dong: Dong
    paid_dong: Dong
    edge_dong: Dong
    book_dong: Dong
    changes: tuple[Change, ...]


class Decided(Struct, frozen=True):
    """One own entry as the branch decided it; a held one has no difference until it is posted."""

    seq: int
    kind: str
    receipt_no: int | None
    name: str | None
    amount_dong: Dong
    phase: str
    cause: str | None
    difference: Difference | None


class DayResult(Struct, frozen=True):
    """A settled transaction day of the group; a negative ``difference_dong`` is a shortage."""

    day: date
    expected_dong: Dong
    counted_dong: Dong
    difference_dong: Dong
    entries: tuple[Decided, ...]


def results(phone: Phone, facts: Facts, known: dict[EntryRef, FactState]) -> tuple[DayResult, ...]:
    """Every settled transaction day with this phone's entries of it; ``known`` is the state of each entry."""
    book = phone.group.book
    found = []
    for day, opened in sorted(book.days.items()):
        if opened.settled is None:
            continue
        decided = [fact for fact in phone.own_facts() if _decided_on(book, fact.ref) == day]
        found.append(
            DayResult(
                day=to_date(day),
                expected_dong=opened.settled.expected,
                counted_dong=opened.settled.counted,
                difference_dong=opened.settled.difference,
                entries=tuple(_decided(phone, facts, fact, known[fact.ref]) for fact in decided),
            )
        )
    return tuple(found)


def kind_of(fact: PhoneFact) -> str:
    """Code of what an entry says."""
    return _KINDS.get(type(fact.entry), "unknown")


def receipt_no_of(fact: PhoneFact) -> int | None:
    """Number on the paper; None where there is no receipt."""
    return fact.entry.receipt_no if isinstance(fact.entry, Collected) else None


def name_in(phone: Phone, fact: PhoneFact) -> str | None:
    """Name of the member whom an entry is about; None for nobody."""
    ordinal = getattr(fact.entry, "member", None)
    member = phone.group.book.members.get(ordinal or 0)
    return None if member is None else name_of(phone, member)


def _decided_on(book: Book, ref: EntryRef) -> int | None:
    """The transaction day on which an entry was posted or held, as far as the branch log says."""
    posting = book.postings.posted.get(ref) or book.postings.held.get(ref)
    return None if posting is None else posting.entry.day


def _decided(phone: Phone, facts: Facts, fact: PhoneFact, state: FactState) -> Decided:
    posted = state.phase in (Phase.POSTED, Phase.REVERSED)
    explained = reconcile(phone.group.book, facts, fact.ref) if posted else None
    return Decided(
        seq=fact.ref.seq,
        kind=kind_of(fact),
        receipt_no=receipt_no_of(fact),
        name=name_in(phone, fact),
        amount_dong=moved_by(fact),
        phase=state.phase,
        cause=state.cause,
        difference=_difference(explained) if explained is not None and explained.lines else None,
    )


def _difference(explained: Reconciliation) -> Difference:
    return Difference(
        outcome=explained.outcome,
        flags=explained.flags,
        amount_dong=explained.amount,
        due_now_dong=explained.due_now,
        paid_dong=explained.paid,
        edge_dong=explained.edge,
        book_dong=explained.book,
        changes=tuple(Change(cause.code, cause.amount) for line in explained.lines for cause in line.causes),
    )
