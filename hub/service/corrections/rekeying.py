"""``ReceiptRekeyed``: two people type in a paper receipt whose entry never came, or never counts (L13).

1. the number is one that a phone of the group was given, and that phone can no longer send it: it was
   revoked, or goes on in a later epoch with other numbers (L5, L18)
2. nothing under the number counts, or still may: what was received is posted as it is, never typed in; a fork
   is chosen first (L16)
3. a paper names loans and accounts of one member, each once, and moves no more than a phone may
4. inside a loan the money pays what is due on the transaction day under way, as a posting does (B3, B7)
5. its cash is handed in with the phone that took the lost one's place: the round of that one covers it (B18)
6. a number is typed in once; when the phone turns up its entry is set aside, and the money counts once
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from calc.allocation import allocate
from calc.book import Book
from calc.dues import due_in
from calc.states import AMOUNT_MAX, Phase, state_of, takes_number
from calc.words import day as written
from hub.errors import CorrectionError
from hub.service.corrections.decided import Moment, Signed
from hub.service.corrections.resolving import receipt_no
from hub.service.group.known import stored_facts
from protocol.day import Day
from protocol.ids import Ordinal
from protocol.limits import LINES_MAX
from protocol.money import Dong
from protocol.phone_facts import SavingsLine
from protocol.posting_facts import PostedInterest, ReceiptRekeyed

Lines = Sequence[tuple[str, Dong]]


class Rekeying(Struct, frozen=True):
    """A paper receipt as it reads: member, loans and accounts by the bank's numbers, đồng on each."""

    receipt_no: int
    member: str
    value_date: Day
    interest: Lines
    savings: Lines

    def __call__(self, moment: Moment, signed: Signed) -> ReceiptRekeyed | None:
        """The paper as an entry; None when it was typed in before, in the same words."""
        book = moment.book
        self._check(moment)
        owner = _owner(book, self.receipt_no)
        member = self._member(book)
        loans = {one.number: one.ordinal for one in book.loans.values() if one.member == member}
        accounts = {one.number: one.ordinal for one in book.accounts.values() if one.member == member}
        interest = _named(self.interest, loans, "not_members_loan")
        savings = _named(self.savings, accounts, "not_members_account")
        made = ReceiptRekeyed(
            receipt_no=self.receipt_no,
            writer=_hands_in(book, owner),
            member=member,
            value_date=self.value_date,
            day=moment.day,
            interest=tuple(_allocated(moment, loan, amount) for loan, amount in interest),
            savings=tuple(SavingsLine(account, amount) for account, amount in savings),
            statement=signed.statement,
            decided_by=signed.decided_by,
            confirmed_by=signed.confirmed_by,
        )
        if self._was_typed_in(book, made):
            return None
        _check_lost(book, owner, self.receipt_no, is_known=self._is_set_aside(moment))
        return made

    def _check(self, moment: Moment) -> None:
        """Refuse a paper that no phone could have written."""
        amounts = [amount for _, amount in (*self.interest, *self.savings)]
        if not amounts or 0 in amounts:
            raise CorrectionError("paper_empty")
        if sum(amounts) > AMOUNT_MAX or max(len(self.interest), len(self.savings)) > LINES_MAX:
            raise CorrectionError("paper_too_much")
        if self.value_date > moment.today:
            raise CorrectionError("paper_future", day=written(self.value_date), today=written(moment.today))

    def _member(self, book: Book) -> Ordinal:
        for ordinal, member in book.members.items():
            if member.listed.number == self.member:
                return ordinal
        raise CorrectionError("no_such_member", member=self.member)

    def _was_typed_in(self, book: Book, made: ReceiptRekeyed) -> bool:
        """Say whether this paper stands typed in; raises CorrectionError for another under its number."""
        found = book.postings.rekeyed.get(self.receipt_no)
        if found is None:
            return False
        place, known = found
        if place in book.postings.reversed:
            raise CorrectionError("rekeyed_reversed", receipt=self.receipt_no)
        if _said(known) != _said(made):
            raise CorrectionError("rekeyed_otherwise", receipt=self.receipt_no)
        return True

    def _is_set_aside(self, moment: Moment) -> bool:
        """Say whether the entry came and never counts; raises CorrectionError when it does, or may."""
        book, facts = moment.book, stored_facts(moment.state)
        view = book.view(staged=True)
        is_known = False
        for fact in facts.all:
            if receipt_no(fact) != self.receipt_no or not takes_number(book, fact):
                continue
            state = state_of(book, facts, fact, view)
            if state.phase is not Phase.SET_ASIDE:
                raise CorrectionError(f"receipt_{state.phase}", receipt=self.receipt_no)
            log = (fact.ref.writer, fact.ref.epoch)
            chosen = {(one.writer, one.epoch) for _, one in book.trust.forks_resolved}
            if state.cause == "fork" and log not in chosen:
                raise CorrectionError("fork_not_chosen", receipt=self.receipt_no, writer=fact.ref.writer)
            is_known = True
        return is_known


def _owner(book: Book, number: int) -> Ordinal:
    """The writer that was given a receipt number."""
    for ordinal, writer in book.writers.items():
        if writer.numbers(number):
            return ordinal
    raise CorrectionError("number_of_nobody", receipt=number)


def _check_lost(book: Book, owner: Ordinal, number: int, *, is_known: bool) -> None:
    """Refuse a number that its phone may still send: then the entry itself is what counts."""
    writer = book.writers[owner]
    latest = writer.latest
    may_send = not writer.revoked and latest.first_receipt <= number <= latest.last_receipt
    if may_send and not is_known:
        raise CorrectionError("phone_in_use", receipt=number, writer=owner)


def _hands_in(book: Book, owner: Ordinal) -> Ordinal:
    """The writer whose round the cash of a paper is counted with: one in use, of the owner's role if any."""
    lost = book.writers[owner]
    in_use = [ordinal for ordinal, writer in book.writers.items() if not writer.revoked]
    if owner in in_use or not in_use:
        return owner
    return max(in_use, key=lambda ordinal: (book.writers[ordinal].latest.role == lost.latest.role, ordinal))


def _named(lines: Lines, known: Mapping[str, Ordinal], unknown: str) -> Sequence[tuple[Ordinal, Dong]]:
    """Lines by ordinal; each number is one of the member's, and stands there once."""
    for number, _ in lines:
        if number not in known:
            raise CorrectionError(unknown, number=number)
        if [other for other, _ in lines].count(number) > 1:
            raise CorrectionError("number_twice", number=number)
    return [(known[number], amount) for number, amount in lines]


def _allocated(moment: Moment, ordinal: Ordinal, amount: Dong) -> PostedInterest:
    book = moment.book
    return allocate(due_in(book, book.loans[ordinal], moment.day, book.view()), amount)


def _said(paper: ReceiptRekeyed) -> tuple[Ordinal, Day, Iterable[object], Iterable[object]]:
    """What a paper says itself; the rest is how it was booked."""
    interest = sorted((line.loan, line.total) for line in paper.interest)
    return paper.member, paper.value_date, interest, sorted(paper.savings, key=lambda line: line.account)
