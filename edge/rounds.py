"""The cash of one round: what should be in hand, handing it over, closing the books (B8, B18)."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from calc.cash import Cash, round_cash
from calc.states import Phase, answer_to, cash_of, states
from edge.dues import dues_shown
from edge.errors import Fault, InputError
from edge.phone import Phone
from protocol.day import Day, to_date
from protocol.entries import PhoneFact
from protocol.money import Dong
from protocol.phone_facts import CashAccepted, CashHandedOver, Collected, Denomination, RoundClosed


class InHand(Struct, frozen=True):
    """One writer's round of a transaction day.

    ``offered_dong`` was handed over and is not accepted yet; ``other_days_dong`` was collected for another
    transaction day, which the bank settled without it, and is handed in with this one.
    """

    day: date
    receipts: int
    voided: int
    collected_dong: Dong
    handed_over_dong: Dong
    accepted_dong: Dong
    expected_dong: Dong
    offered_dong: Dong
    other_days_dong: Dong


class Handover(Struct, frozen=True):
    """Cash on its way between two phones; ``to_me`` says whether this phone should answer."""

    writer: int
    seq: int
    to_writer: int
    amount_dong: Dong
    to_me: bool


class RoundShown(Struct, frozen=True):
    """A closed round as it was signed; ``difference_dong`` is counted − expected and blocks nothing."""

    seq: int
    day: date
    expected_dong: Dong
    counted_dong: Dong
    difference_dong: Dong
    receipts: int
    voided: int


def in_hand(phone: Phone) -> InHand:
    """What this phone's leader should hold for the transaction day, by what this phone knows."""
    admission, _ = phone.admitted
    day = dues_shown(phone).day
    cash = round_cash(phone.group.book, phone.facts(), admission.entry.ordinal, day)
    offered = sum(one.amount_dong for one in open_handovers(phone) if one.writer == admission.entry.ordinal)
    return InHand(
        day=to_date(day),
        receipts=cash.receipts,
        voided=cash.voided,
        collected_dong=cash.collected,
        handed_over_dong=cash.handed_over,
        accepted_dong=cash.accepted,
        expected_dong=cash.expected,
        offered_dong=offered,
        other_days_dong=_of_other_days(phone, day),
    )


def open_handovers(phone: Phone) -> tuple[Handover, ...]:
    """Handovers for the transaction day that nobody has answered, as far as this phone knows."""
    admission, _ = phone.admitted
    day = dues_shown(phone).day
    book, facts = phone.group.book, phone.facts()
    known = states(book, facts)
    return tuple(
        Handover(
            writer=fact.ref.writer,
            seq=fact.ref.seq,
            to_writer=fact.entry.to_writer,
            amount_dong=fact.entry.amount,
            to_me=fact.entry.to_writer == admission.entry.ordinal,
        )
        for fact in facts.all
        if isinstance(fact.entry, CashHandedOver)
        and fact.entry.due_to == day
        and known[fact.ref].phase is not Phase.SET_ASIDE
        and answer_to(book, facts, fact.ref, book.position) is None
    )


def hand_over(phone: Phone, to_writer: int, amount: Dong) -> int:
    """Sign that cash was given to another phone's holder; it moves once accepted (B18). Returns the seq.

    Raises:
        InputError: no such phone in the group, or more than is in hand.
    """
    admission, _ = phone.admitted
    others = active_writers(phone) - {admission.entry.ordinal}
    if to_writer not in others:
        raise InputError(Fault.NO_SUCH_WRITER, writer=to_writer)
    held = in_hand(phone)
    available = held.expected_dong - held.offered_dong
    if not 0 < amount <= available:
        raise InputError(Fault.OVER_CASH, available=max(0, available))
    day = dues_shown(phone).day
    return phone.say(CashHandedOver(to_writer=to_writer, due_to=day, amount=amount)).seq


def active_writers(phone: Phone) -> set[int]:
    """Ordinals of the group's phones that are not revoked."""
    book = phone.group.book
    return {
        ordinal
        for ordinal, writer in book.writers.items()
        if writer.line(writer.latest.epoch, book.position) is None
    }


def accept(phone: Phone, writer: int, seq: int, amount: Dong) -> int:
    """Answer a handover with the cash that was really received; returns the seq, saved.

    Raises:
        InputError: no such handover, not for this phone, answered before, or more than was handed over.
    """
    admission, _ = phone.admitted
    handed = _handover(phone, writer, seq)
    entry = handed.entry
    assert isinstance(entry, CashHandedOver)
    if entry.to_writer != admission.entry.ordinal:
        raise InputError(Fault.NOT_FOR_THIS_PHONE)
    book, facts = phone.group.book, phone.facts()
    if answer_to(book, facts, handed.ref, book.position) is not None:
        raise InputError(Fault.ALREADY_ACCEPTED)
    if not 0 < amount <= entry.amount:
        raise InputError(Fault.OVER_HANDED, handed=entry.amount)
    return phone.say(CashAccepted(handed=handed.ref, amount=amount)).seq


def counted_notes(notes: Sequence[tuple[Dong, int]], counted: Dong | None) -> Dong:
    """The cash that was counted: by notes, as one sum, or both, which must agree; raises InputError."""
    noted = sum(face * count for face, count in notes)
    if counted is None:
        return noted
    if notes and noted != counted:
        raise InputError(Fault.COUNT_DIFFERS, noted=noted, counted=counted)
    return counted


def close_round(phone: Phone, notes: Sequence[tuple[Dong, int]], counted: Dong | None = None) -> RoundShown:
    """Sign expected, counted and their difference; seal; nothing blocks (B18). Saved when this returns.

    Args:
        phone: the open phone.
        notes: face value and number of notes; a face that stands twice is added up.
        counted: the sum, where it was counted as one; None takes that of the notes.
    """
    total = counted_notes(notes, counted)
    admission, _ = phone.admitted
    day = dues_shown(phone).day
    cash = round_cash(phone.group.book, phone.facts(), admission.entry.ordinal, day)
    entry = _closed(day, cash, total, notes)
    seq = phone.say(entry).seq
    phone.seal()
    return RoundShown(
        seq=seq,
        day=to_date(day),
        expected_dong=entry.expected,
        counted_dong=entry.counted,
        difference_dong=entry.difference,
        receipts=entry.receipts,
        voided=entry.voided,
    )


def _of_other_days(phone: Phone, day: Day) -> Dong:
    facts = phone.facts()
    known = states(phone.group.book, facts)
    return sum(
        cash_of(fact)
        for fact in phone.own_facts()
        if isinstance(fact.entry, Collected)
        and fact.entry.due_to != day
        and known[fact.ref].phase is Phase.PENDING
    )


def _closed(day: int, cash: Cash, counted: Dong, notes: Sequence[tuple[Dong, int]]) -> RoundClosed:
    faces = {face: sum(count for one, count in notes if one == face) for face, _ in notes}
    return RoundClosed(
        due_to=day,
        expected=cash.expected,
        counted=counted,
        difference=counted - cash.expected,
        denominations=tuple(
            Denomination(face, count) for face, count in sorted(faces.items(), reverse=True) if count
        ),
        receipts=cash.receipts,
        voided=cash.voided,
    )


def _handover(phone: Phone, writer: int, seq: int) -> PhoneFact:
    for fact in phone.facts().all:
        if isinstance(fact.entry, CashHandedOver) and (fact.ref.writer, fact.ref.seq) == (writer, seq):
            return fact
    raise InputError(Fault.NO_SUCH_ENTRY, entry=f"{writer}/{seq}")
