"""Where everything stands: on the phone, sent, at the branch, posted or held, and what the branch changed.

An entry has two sides. ``carriage`` says how far it has travelled, and only a verified branch seal can say
that it arrived; ``phase`` says what the branch made of it (one of ``calc.states.Phase``).
"""

from datetime import date, datetime

from msgspec import Struct

from calc.duplicates import duplicates
from calc.states import Facts, FactState, Phase, moved_by, states
from edge.carry import exported_at
from edge.contact import ClockDoubt, Lease, clock_doubt, last_contact, lease, moment_near
from edge.dues import dues_shown
from edge.outgoing import outgoing, returned_entries
from edge.phone import Phone
from edge.results import DayResult, kind_of, name_in, receipt_no_of, results
from edge.rounds import Handover, InHand, in_hand, open_handovers
from protocol import seal as seals
from protocol.day import to_date
from protocol.entries import PhoneFact
from protocol.ids import EntryRef
from protocol.money import Dong
from protocol.phone_facts import Collected

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


class Repeated(Struct, frozen=True):
    """Two receipts that may be one payment written twice (B17): writer and number of each."""

    writer: int
    receipt_no: int
    first_writer: int
    first_receipt_no: int
    name: str | None
    amount_dong: Dong


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
    exported: datetime | None
    clock: ClockDoubt | None
    lease: Lease | None
    cash: InHand
    handovers: tuple[Handover, ...]
    repeated: tuple[Repeated, ...]
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
        exported=None if (handed_out := exported_at(phone)) is None else moment_near(handed_out),
        clock=clock_doubt(phone),
        lease=lease(phone),
        cash=in_hand(phone),
        handovers=open_handovers(phone),
        repeated=_repeated(phone, facts, known),
        entries=entries,
        results=results(phone, facts, known),
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
        kind=kind_of(fact),
        receipt_no=receipt_no_of(fact),
        member=getattr(fact.entry, "member", None),
        name=name_in(phone, fact),
        amount_dong=moved_by(fact),
        carriage=carriage,
        phase=state.phase,
        cause=state.cause,
    )


def _repeated(phone: Phone, facts: Facts, known: dict[EntryRef, FactState]) -> tuple[Repeated, ...]:
    """Possible duplicates that the branch has not decided, of any phone of the group."""
    found = []
    for ref, first_ref in duplicates(phone.group.book, facts, known).items():
        fact, first = facts.by_ref[ref], facts.by_ref[first_ref].entry
        assert isinstance(fact.entry, Collected)
        assert isinstance(first, Collected)
        if known[ref].phase is Phase.PENDING:
            found.append(
                Repeated(
                    writer=ref.writer,
                    receipt_no=fact.entry.receipt_no,
                    first_writer=first_ref.writer,
                    first_receipt_no=first.receipt_no,
                    name=name_in(phone, fact),
                    amount_dong=moved_by(fact),
                )
            )
    return tuple(found)
