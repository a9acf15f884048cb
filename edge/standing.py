"""Where everything stands: on the phone, sent, at the branch, posted or held, and what the branch changed.

An entry has two sides. ``carriage`` says how far it has travelled, and only a verified branch seal can say
that it arrived; ``phase`` says what the branch made of it (one of ``calc.states.Phase``).
"""

from datetime import date, datetime

from msgspec import Struct

from calc.book import Book
from calc.differences import Reconciliation
from calc.reconcile import reconcile
from calc.states import Facts, FactState, Phase, moved_by, states
from edge.contact import ClockDoubt, Lease, clock_doubt, last_contact, lease, moment_near
from edge.dues import dues_shown
from edge.members import name_of
from edge.outgoing import outgoing, returned_entries
from edge.phone import Phone
from edge.rounds import Handover, InHand, in_hand, open_handovers
from protocol import seal as seals
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

ON_PHONE, SEALED, SENT, AT_BRANCH = CARRIAGES = ("on_phone", "sealed", "sent", "at_branch")


class EntryStanding(Struct, frozen=True):
    """One own entry. ``cause`` is a code when the branch holds or sets it aside."""

    epoch: int
    seq: int
    kind: str
    receipt_no: int | None
    member: int | None
    name: str | None
    amount_dong: Dong
    carriage: str
    phase: str
    cause: str | None


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


class ContactShown(Struct, frozen=True):
    """The last attempt to synchronise, and the last that went well."""

    at: datetime
    outcome: str
    done_at: datetime | None


class Standing(Struct, frozen=True):
    """Everything at a glance. ``stopped`` is a code while nothing may be recorded, ``clock`` is a doubt.

    ``returned`` counts own entries that a restored branch had received and lost: they go again by themselves.
    """

    group: str
    writer: int
    role: str
    day: date
    days_left: int
    agrees: bool
    branch_epoch: int
    branch_seq: int
    stopped: str | None
    evidence: int
    unsent_entries: int
    unsent_seals: int
    returned: int
    contact: ContactShown | None
    clock: ClockDoubt | None
    lease: Lease | None
    cash: InHand
    handovers: tuple[Handover, ...]
    entries: tuple[EntryStanding, ...]
    results: tuple[DayResult, ...]


def standing(phone: Phone) -> Standing:
    """The phone as of now; raises AccessError before admission, BranchError before the first book."""
    admission, _ = phone.admitted
    shown = dues_shown(phone)
    facts = phone.facts()
    known = states(phone.group.book, facts)
    carriages = _carriages(phone)
    entries = tuple(
        _entry(phone, fact, known[fact.ref], carriages.get(fact.ref.hash, ON_PHONE))
        for fact in phone.own_facts()
    )
    return Standing(
        group=phone.identity.group,
        writer=admission.entry.ordinal,
        role=admission.entry.role,
        day=to_date(shown.day),
        days_left=shown.day - phone.today,
        agrees=shown.agrees,
        branch_epoch=phone.group.book.position.epoch,
        branch_seq=phone.group.book.position.seq,
        stopped=phone.stopped,
        evidence=sum(1 for _ in phone.ledger.kept("evidence")),
        unsent_entries=sum(one.carriage != AT_BRANCH for one in entries),
        unsent_seals=len(outgoing(phone)),
        returned=returned_entries(phone),
        contact=_contact(phone),
        clock=clock_doubt(phone),
        lease=lease(phone),
        cash=in_hand(phone),
        handovers=open_handovers(phone),
        entries=entries,
        results=_results(phone, facts, known),
    )


def _contact(phone: Phone) -> ContactShown | None:
    contact = last_contact(phone)
    if contact is None:
        return None
    done_at = None if contact.done_at is None else moment_near(contact.done_at)
    return ContactShown(moment_near(contact.at), contact.outcome, done_at)


def _carriages(phone: Phone) -> dict[bytes, str]:
    """How far each own entry that was sealed has travelled, by chain hash; what came back was there."""
    unreceived = {one.place for one in outgoing(phone)}
    sent = {(row.log, row.seq) for row in phone.ledger.kept("sent")}
    found = {fact.ref.hash: AT_BRANCH for fact in phone.own_facts() if fact.received is not None}
    for row in phone.ledger.kept("seal"):
        sealed = seals.unpack(seals.read(row.body))
        header = sealed.header
        carriage = SENT if (row.log, row.seq) in sent else SEALED
        if (header.log, header.first_seq) not in unreceived:
            carriage = AT_BRANCH
        for digest in sealed.hashes:
            found.setdefault(digest, carriage)
    return found


def _entry(phone: Phone, fact: PhoneFact, state: FactState, carriage: str) -> EntryStanding:
    return EntryStanding(
        epoch=fact.ref.epoch,
        seq=fact.ref.seq,
        kind=_kind(fact),
        receipt_no=_receipt_no(fact),
        member=getattr(fact.entry, "member", None),
        name=_name(phone, fact),
        amount_dong=moved_by(fact),
        carriage=carriage,
        phase=state.phase,
        cause=state.cause,
    )


def _results(phone: Phone, facts: Facts, known: dict[EntryRef, FactState]) -> tuple[DayResult, ...]:
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


def _decided_on(book: Book, ref: EntryRef) -> int | None:
    """The transaction day on which an entry was posted or held, as far as the branch log says."""
    posting = book.postings.posted.get(ref) or book.postings.held.get(ref)
    return None if posting is None else posting.entry.day


def _decided(phone: Phone, facts: Facts, fact: PhoneFact, state: FactState) -> Decided:
    posted = state.phase in (Phase.POSTED, Phase.REVERSED)
    explained = reconcile(phone.group.book, facts, fact.ref) if posted else None
    return Decided(
        seq=fact.ref.seq,
        kind=_kind(fact),
        receipt_no=_receipt_no(fact),
        name=_name(phone, fact),
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


def _kind(fact: PhoneFact) -> str:
    return _KINDS.get(type(fact.entry), "unknown")


def _receipt_no(fact: PhoneFact) -> int | None:
    return fact.entry.receipt_no if isinstance(fact.entry, Collected) else None


def _name(phone: Phone, fact: PhoneFact) -> str | None:
    ordinal = getattr(fact.entry, "member", None)
    member = phone.group.book.members.get(ordinal or 0)
    return None if member is None else name_of(phone, member)


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
