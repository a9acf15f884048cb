"""The receipts 01/BL of households as the branch has them, and what became of each (B8, B17, L13).

A receipt is a signed fact of the phone that wrote it, or a paper that two people typed in. Neither is ever
changed: one that was taken back or mirrored stays and says so (*hủy*).
"""

from collections.abc import Iterator

from msgspec import Struct

from calc.book import Book
from calc.states import Facts, FactState, Phase, states
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal
from protocol.money import Dong
from protocol.phone_facts import Collected
from protocol.posting_facts import ReceiptRekeyed

_CANCELLED = (Phase.VOIDED, Phase.REVERSED)


class Receipt(Struct, frozen=True):
    """One receipt: interest by loan, savings by account, in đồng; its place among ``states`` in ``state``.

    ``ref`` names the phone entry, None for a paper that was typed in. ``due_to`` is the transaction day for
    which it was taken.
    """

    number: int
    writer: Ordinal
    member: Ordinal
    value_date: Day
    due_to: Day
    interest: tuple[tuple[Ordinal, Dong], ...]
    savings: tuple[tuple[Ordinal, Dong], ...]
    state: FactState
    ref: EntryRef | None = None

    @property
    def total(self) -> Dong:
        """All that the household paid."""
        return sum(amount for _, amount in (*self.interest, *self.savings))

    @property
    def is_cancelled(self) -> bool:
        """Say whether it was taken back by its phone, or mirrored by the branch."""
        return self.state.phase in _CANCELLED


def all_receipts(book: Book, facts: Facts) -> tuple[Receipt, ...]:
    """Every receipt of a group by number; of several under one number in the order of the log (L13)."""
    known = states(book, facts)
    written = [
        _written(fact, fact.entry, known[fact.ref]) for fact in facts.all if isinstance(fact.entry, Collected)
    ]
    return tuple(sorted([*written, *_on_paper(book)], key=lambda receipt: receipt.number))


def _written(fact: PhoneFact, entry: Collected, state: FactState) -> Receipt:
    return Receipt(
        number=entry.receipt_no,
        writer=fact.ref.writer,
        member=entry.member,
        value_date=entry.value_date,
        due_to=entry.due_to,
        interest=tuple((line.loan, line.interest) for line in entry.lines),
        savings=tuple((line.account, line.amount) for line in entry.savings),
        state=state,
        ref=fact.ref,
    )


def _on_paper(book: Book) -> Iterator[Receipt]:
    view = book.view()
    for position, rekeyed in book.postings.rekeyed.values():
        mirrored = book.postings.reversed_at(position, view)
        phase = Phase.POSTED if mirrored is None else Phase.REVERSED
        yield _paper(rekeyed, FactState(phase, position=mirrored or position))


def _paper(rekeyed: ReceiptRekeyed, state: FactState) -> Receipt:
    return Receipt(
        number=rekeyed.receipt_no,
        writer=rekeyed.writer,
        member=rekeyed.member,
        value_date=rekeyed.value_date,
        due_to=rekeyed.day,
        interest=tuple((line.loan, line.total) for line in rekeyed.interest),
        savings=tuple((line.account, line.amount) for line in rekeyed.savings),
        state=state,
    )
