"""The household's receipt 01/BL: what it says, and the proof in its QR code (L13)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from calc.loan import Loan
from calc.savings import Account
from calc.states import cash_of, state_of
from calc.words import in_words
from edge.group import Admission
from edge.members import name_of
from edge.phone import Phone
from protocol import seal as seals
from protocol.day import to_date
from protocol.entries import PhoneFact
from protocol.errors import BadSignatureError
from protocol.ids import EntryRef
from protocol.keys import read_statement
from protocol.money import Dong
from protocol.phone_facts import Collected
from protocol.receipt import Marked, ReceiptProof, mark, write_qr

_LOST = "…"
"""Stands for a name or number that a restored branch lost and has not said again (L15)."""


class InterestPaid(Struct, frozen=True):
    """Interest on one loan."""

    loan: int
    number: str
    interest_dong: Dong
    due_shown_dong: Dong


class SavingsPaid(Struct, frozen=True):
    """A deposit to one account."""

    account: int
    number: str
    amount_dong: Dong


class Receipt(Struct, frozen=True):
    """One receipt. ``copy`` is True for every print but the first: it says BẢN SAO (threat P72).

    ``prepaid_dong`` is what was taken beyond the dues shown. ``twin`` is None for a number that stands once;
    of one that stands on two sides of a fork, it says whether this one is ``here`` in the phone's own log.
    """

    receipt_no: int
    seq: int
    group: str
    branch: str
    member: int
    member_number: str
    name: str
    value_date: date
    due_to: date
    interest: tuple[InterestPaid, ...]
    savings: tuple[SavingsPaid, ...]
    prepaid_dong: Dong
    total_dong: Dong
    total_words: str
    phase: str
    copy: bool
    twin: Literal["here", "elsewhere"] | None


class Copy(Struct, frozen=True):
    """A receipt that is printed again, and the text of its QR code."""

    receipt: Receipt
    proof: str


class Copies(Struct, frozen=True):
    """What is printed again of one number; ``others`` are those of the other sides of a fork (L16)."""

    receipt: Receipt
    proof: str
    others: tuple[Copy, ...]

    @property
    def all(self) -> tuple[Copy, ...]:
        """Every side's, the phone's own first."""
        return (Copy(self.receipt, self.proof), *self.others)


def copies(phone: Phone, facts: Sequence[PhoneFact]) -> Copies:
    """The receipts of one number, the phone's own first, as they are printed again.

    Raises:
        DeviceError: a mark was never made, and the storage does not take it now.
    """
    made = [Copy(receipt(phone, fact, copy=True), proof(phone, fact.ref)) for fact in facts]
    return Copies(made[0].receipt, made[0].proof, tuple(made[1:]))


def receipt(phone: Phone, fact: PhoneFact, *, copy: bool) -> Receipt:
    """What the receipt of a ``Collected`` says now."""
    entry = fact.entry
    assert isinstance(entry, Collected)
    book = phone.group.book
    member = book.members.get(entry.member)
    total = cash_of(fact)
    return Receipt(
        receipt_no=entry.receipt_no,
        seq=fact.ref.seq,
        group=phone.identity.group,
        branch=phone.identity.branch,
        member=entry.member,
        member_number=_LOST if member is None else member.listed.number,
        name=_LOST if member is None else name_of(phone, member),
        value_date=to_date(entry.value_date),
        due_to=to_date(entry.due_to),
        interest=tuple(
            InterestPaid(line.loan, _number(book.loans, line.loan), line.interest, line.due_shown)
            for line in entry.lines
        ),
        savings=tuple(
            SavingsPaid(line.account, _number(book.accounts, line.account), line.amount)
            for line in entry.savings
        ),
        prepaid_dong=sum(max(0, line.interest - max(0, line.due_shown)) for line in entry.lines),
        total_dong=total,
        total_words=in_words(total),
        phase=state_of(book, phone.facts(), fact, book.view()).phase,
        copy=copy,
        twin=_twin(phone, fact.ref, entry.receipt_no),
    )


def numbered(phone: Phone, receipt_no: int) -> tuple[PhoneFact, ...]:
    """This phone's receipts with a number, its own log's first; several where it forked (L13, L16)."""
    found = (
        fact
        for fact in phone.own_facts()
        if isinstance(fact.entry, Collected) and fact.entry.receipt_no == receipt_no
    )
    return tuple(sorted(found, key=lambda fact: not _is_here(phone, fact.ref)))


def proof(phone: Phone, ref: EntryRef) -> str:
    """Text of the QR code of an own receipt: the mark, the admission and the key statement behind it.

    Raises:
        DeviceError: the mark was never made, and the storage does not take it now.
    """
    admission, own = phone.of_epoch(ref.epoch)
    statement = next(
        row.body for row in phone.ledger.kept("statement") if _signed(phone, row.body, admission)
    )
    if _is_here(phone, ref):
        return write_qr(ReceiptProof(own.marked(ref.seq), own.mark(ref.seq), admission.seal, statement))
    # Another copy of this phone recorded it, and the branch brought it back.
    log = phone.group.phones[ref.writer, ref.epoch]
    signed = next(one for one in log.known if one.hash == ref.hash)
    marked = Marked(own.log, ref.seq, signed.previous, signed.raw)
    return write_qr(ReceiptProof(marked, mark(marked, phone.device.signer), admission.seal, statement))


def _is_here(phone: Phone, ref: EntryRef) -> bool:
    """Say whether an own entry stands in this storage; else another copy of the phone made it."""
    _, own = phone.of_epoch(ref.epoch)
    return ref.seq <= own.length and own.hash_at(ref.seq) == ref.hash


def _twin(phone: Phone, ref: EntryRef, receipt_no: int) -> Literal["here", "elsewhere"] | None:
    if len(numbered(phone, receipt_no)) <= 1:
        return None
    return "here" if _is_here(phone, ref) else "elsewhere"


def _number(found: Mapping[int, Loan | Account], ordinal: int) -> str:
    known = found.get(ordinal)
    return _LOST if known is None else known.number


def _signed(phone: Phone, statement: bytes, admission: Admission) -> bool:
    """Say whether the key of a statement sealed the admission."""
    verifier = phone.device.host.verifier
    try:
        spki = read_statement(statement, phone.identity.root, verifier).spki
        seals.verify(seals.read(admission.seal), spki, verifier)
    except BadSignatureError:
        return False
    return True
