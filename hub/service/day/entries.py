"""Receipts and transfers of a transaction day: what the phone wrote, what the branch makes of it (B16)."""

from collections.abc import Iterator

from calc.differences import DepositDifference, LineDifference, Reconciliation
from calc.duplicates import duplicates
from calc.reconcile import flags_of, reconcile
from calc.states import Phase, cash_of, moved_by
from hub.service.day import wording as day_wording
from hub.service.day.shown import CauseShown, EntryShown, LoanShown, SavingsShown, Totals, TransferShown
from hub.service.day.staged import StagedDay
from hub.service.group.names import Names
from hub.service.group.place import Place
from protocol.day import to_date
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Ordinal
from protocol.money import Dong
from protocol.phone_facts import Collected, TransferRequested
from protocol.posting_facts import Held, Posted, ReceiptRekeyed

Money = Collected | TransferRequested


def entries_of_day(staged: StagedDay, names: Names) -> tuple[EntryShown, ...]:
    """Receipts and transfers of the day, in merged order."""
    desk = _Desk(staged, names)
    return tuple(desk.shown(fact) for fact in staged.money_facts())


class _Desk:
    """What showing one entry needs to know of the others."""

    def __init__(self, staged: StagedDay, names: Names) -> None:
        self.staged = staged
        self.names = names
        self.repeated = duplicates(staged.book, staged.facts, dict(staged.known))
        self.branch_entries = staged.branch_entries()

    def shown(self, fact: PhoneFact) -> EntryShown:
        """One receipt or transfer."""
        entry, ref, staged = fact.entry, fact.ref, self.staged
        assert isinstance(entry, Money)
        known = staged.known[ref]
        posted = self.posted(ref) if known.phase is Phase.POSTED else None
        found = None if posted is None else reconcile(staged.book, staged.facts, ref)
        beyond = None if found is None else _beyond(found)
        flags = flags_of(staged.book, staged.facts, ref) if posted is None else posted.flags
        if known.phase is Phase.SET_ASIDE and self.is_typed_in(entry):
            flags = (*flags, "typed_in")
        said = tuple(flag for flag in flags if flag != "stale_book" or _is_moved(found))
        repeats = self.receipt_no(self.repeated.get(ref))
        return EntryShown(
            kind=kind_of(entry),
            receipt_no=self.receipt_no(ref),
            writer=ref.writer,
            role=staged.role(ref.writer),
            epoch=ref.epoch,
            seq=ref.seq,
            member=self.names.person(entry.member),
            value_date=to_date(entry.value_date),
            due_to=to_date(entry.due_to),
            loans=tuple(self.loans(entry, found)),
            savings=tuple(self.savings(entry, posted, ref)),
            amount_dong=moved_by(fact),
            cash_dong=cash_of(fact),
            posted_dong=0 if posted is None else booked(posted),
            expected_dong=self.in_bundle(fact),
            state=known.phase.value,
            cause=known.cause,
            flags=flags,
            totals=None if found is None or not found.lines else totals_of(found),
            transfer=None if found is None else _transfer(found),
            outcome=None if found is None else found.outcome,
            beyond_asked_dong=beyond,
            repeats=repeats,
            sentence=day_wording.verdict(
                known.phase.value, known.cause, said, _compared(posted, found), repeats
            ),
        )

    def posted(self, ref: EntryRef) -> Posted:
        """The posting of an entry that has one."""
        posting = self.staged.book.postings.posted[ref].entry
        assert isinstance(posting, Posted)
        return posting

    def is_typed_in(self, entry: Money) -> bool:
        """Say whether the money of a receipt counts by its paper, that two people typed in (L13)."""
        postings = self.staged.book.postings
        if not isinstance(entry, Collected) or entry.receipt_no not in postings.rekeyed:
            return False
        place, paper = postings.rekeyed[entry.receipt_no]
        return paper.member == entry.member and place not in postings.reversed

    def in_bundle(self, fact: PhoneFact) -> Dong:
        """The cash of an entry that the teller should find (B17, B18)."""
        phase = self.staged.known[fact.ref].phase
        is_expected = phase in (Phase.POSTED, Phase.HELD) and fact.ref.writer in self.staged.covered
        return cash_of(fact) if is_expected else 0

    def receipt_no(self, ref: EntryRef | None) -> int | None:
        """Receipt number of an entry, if it has one."""
        entry = None if ref is None else self.staged.facts.by_ref[ref].entry
        return entry.receipt_no if isinstance(entry, Collected) else None

    def loans(self, entry: Money, found: Reconciliation | None) -> Iterator[LoanShown]:
        """The loans of an entry; with the branch's side as far as it was posted."""
        if isinstance(entry, Collected):
            lines = [(line.loan, line.interest, line.due_shown) for line in entry.lines]
        else:
            lines = [(entry.loan, entry.amount, entry.due_shown)]
        differences = {} if found is None else {line.loan: line for line in found.lines}
        for loan, amount, due_shown in lines:
            number, programme = self.names.loan(loan)
            if loan in differences:
                yield self.explained(differences[loan], number, programme)
            else:
                yield LoanShown(loan, number, programme, amount, due_shown)

    def explained(self, line: LineDifference, number: str, programme: str) -> LoanShown:
        """One loan with the branch's side."""
        return LoanShown(
            loan=line.loan,
            number=number,
            programme=programme,
            amount_dong=line.amount,
            shown_dong=line.shown,
            due_at_position_dong=line.due_at_position,
            due_now_dong=line.due_now,
            delta_paid_dong=line.paid,
            delta_edge_dong=line.edge,
            delta_book_dong=line.book,
            causes=tuple(self.causes(line)),
        )

    def causes(self, line: LineDifference) -> Iterator[CauseShown]:
        """What the branch learnt since about one loan, each in a sentence."""
        for cause in line.causes:
            entry = self.branch_entries.get(cause.position)
            about = self.name(entry.entry) if isinstance(entry, Posted | Held) else ""
            yield CauseShown(
                position=Place(cause.position.epoch, cause.position.seq),
                code=cause.code,
                amount_dong=cause.amount,
                sentence=day_wording.cause(entry, cause.amount, about, code=cause.code),
            )

    def name(self, ref: EntryRef) -> str:
        """How another entry is called in a sentence."""
        entry = self.staged.facts.by_ref[ref].entry
        kind = kind_of(entry) if isinstance(entry, Money) else ""
        return day_wording.entry_name(kind, self.receipt_no(ref), self.staged.role(ref.writer))

    def savings(self, entry: Money, posted: Posted | None, ref: EntryRef) -> Iterator[SavingsShown]:
        """Deposits of a receipt, each booked or held, or what a transfer takes out."""
        if isinstance(entry, Collected):
            explained = reconcile(self.staged.book, self.staged.facts, ref)
            is_decided = self.staged.known[ref].phase in (Phase.POSTED, Phase.HELD)
            found = {one.account: one for one in explained.deposits} if explained and is_decided else {}
            for account in dict.fromkeys(line.account for line in entry.savings):
                amount = sum(line.amount for line in entry.savings if line.account == account)
                yield self.deposit(account, amount, found.get(account))
            return
        moved = -entry.amount if posted is None else sum(line.change for line in posted.savings)
        number = self.names.account(entry.account)
        yield SavingsShown(entry.account, number, moved, None if posted is None else moved)

    def deposit(self, account: Ordinal, amount: Dong, found: DepositDifference | None) -> SavingsShown:
        """One deposit, with the branch's side as far as it was decided."""
        number = self.names.account(account)
        if found is None:
            return SavingsShown(account, number, amount)
        return SavingsShown(account, number, amount, found.booked, found.held, found.difference)


def kind_of(entry: Money) -> str:
    """What a receipt or transfer is called in `day_wording`."""
    return "receipt" if isinstance(entry, Collected) else f"transfer_to_{entry.purpose}"


def _is_moved(found: Reconciliation | None) -> bool:
    """Say whether the age of a phone's book matters to a receipt: whether a due of it moved since."""
    return found is not None and any(line.book for line in found.lines)


def _beyond(found: Reconciliation) -> Dong:
    """What was paid beyond what would be asked for now, or moved to principal beyond what was asked for."""
    if not found.lines and found.transfer is not None:
        return -found.transfer.short
    return found.amount - found.asked_now


def _compared(posted: Posted | None, found: Reconciliation | None) -> str | None:
    if posted is None or found is None:
        return None
    if found.transfer is not None and found.transfer.owed is not None:
        return day_wording.repaid(found.transfer.executed, found.transfer.short)
    if not found.lines:
        return day_wording.DEPOSITED if found.deposits else None
    return day_wording.outcome(_beyond(found), sum(line.unallocated for line in posted.interest))


def _transfer(found: Reconciliation) -> TransferShown | None:
    moved = found.transfer
    if moved is None:
        return None
    return TransferShown(
        asked_dong=moved.asked,
        executed_dong=moved.executed,
        short_dong=moved.short,
        limited_by=moved.limited_by,
        available_dong=moved.available,
        owed_dong=moved.owed,
    )


def booked(entry: Posted | Held | ReceiptRekeyed) -> Dong:
    """What an entry of the branch put on loans and accounts, or into suspense; a transfer counts once."""
    if isinstance(entry, Held):
        return sum(line.interest for line in entry.interest) + sum(line.amount for line in entry.savings)
    interest = sum(line.total for line in entry.interest)
    if isinstance(entry, ReceiptRekeyed):
        return interest + sum(line.amount for line in entry.savings)
    principal = sum(line.in_term + line.overdue for line in entry.principal)
    return interest + principal + sum(max(0, line.change) for line in entry.savings)


def totals_of(found: Reconciliation) -> Totals:
    """The interest of a receipt or transfer, summed (B16)."""
    return Totals(found.amount, found.due_now, found.paid, found.edge, found.book)
