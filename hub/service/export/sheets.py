"""What the bank's core system takes in: the lines that the branch booked, balances, and what waits (B21).

Numbers and codes only: no name leaves the branch this way. The lines of a log are the same bytes for ever,
and those since a place are the rest of them (`calc.booked`). Forms: ``docs/operate/core.md``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from calc.book import START, Book
from calc.booked import BookedLine, LinePlace, booked
from calc.core_slots import Slot, slots_of
from calc.dues import LoanDue, credits_to_refund, dues
from hub.service.export.wording import NAMES
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from hub.service.tables.sheets import Cell, Column, Sheet
from protocol.day import Day
from protocol.ids import EntryRef, Ordinal, Position

Row = tuple[Cell, ...]
Since = Mapping[str, Position]
"""Up to which place of each group's log somebody has the lines already; a group that is absent: none."""

_POSTINGS = (
    Column("id", "Mã dòng", 24),
    Column("group", "Tổ", 10),
    Column("kind", "Loại", 18),
    Column("loan", "Khoản vay", 14),
    Column("account", "Sổ tiết kiệm", 14),
    Column("customer", "Khách hàng", 12),
    Column("day", "Ngày giao dịch", 10, "day"),
    Column("effective_on", "Hiệu lực từ", 10, "day"),
    Column("value_date", "Ngày trên phiếu", 10, "day"),
    Column("amount_dong", "Số tiền", 13, "money"),
    Column("in_term_dong", "Trong hạn", 12, "money"),
    Column("overdue_dong", "Quá hạn", 12, "money"),
    Column("grace_dong", "Ân hạn", 12, "money"),
    Column("unallocated_dong", "Trả trước", 12, "money"),
    Column("cash_dong", "Tiền mặt", 13, "money"),
    Column("receipt_no", "Số biên lai", 8, "count"),
    Column("entry", "Dòng của máy", 14),
    Column("reverses", "Đảo dòng", 24),
    Column("cause", "Lý do", 16),
    Column("decided_by", "Quyết định", 12),
    Column("confirmed_by", "Xác nhận", 12),
    Column("position", "Hiệu lực ở dòng", 8),
)
_BALANCES = (
    Column("group", "Tổ", 10),
    Column("customer", "Khách hàng", 12),
    Column("loan", "Khoản vay", 14),
    Column("account", "Sổ tiết kiệm", 14),
    Column("in_term_dong", "Gốc trong hạn", 13, "money"),
    Column("overdue_dong", "Gốc quá hạn", 13, "money"),
    Column("frozen_dong", "Gốc khoanh", 13, "money"),
    Column("accrued_dong", "Lãi cộng dồn", 12, "money"),
    Column("settled_dong", "Lãi đã thu", 12, "money"),
    Column("payable_dong", "Lãi phải thu", 12, "money"),
    Column("arrears_in_term_dong", "Lãi tồn TH", 12, "money"),
    Column("arrears_overdue_dong", "Lãi tồn QH", 12, "money"),
    Column("arrears_grace_dong", "Lãi tồn AH", 12, "money"),
    Column("prepaid_dong", "Lãi trả trước", 12, "money"),
    Column("savings_dong", "Tiết kiệm", 13, "money"),
    Column("fault", "Không tính được", 14),
)
_WAITING = (
    Column("id", "Mã dòng", 24),
    Column("group", "Tổ", 10),
    Column("waits_as", "Tình trạng", 12),
    Column("kind", "Loại", 18),
    Column("loan", "Khoản vay", 14),
    Column("account", "Sổ tiết kiệm", 14),
    Column("effective_on", "Hiệu lực từ", 10, "day"),
    Column("amount_dong", "Số tiền", 13, "money"),
    Column("age_days", "Số ngày", 7, "count"),
)


class Numbers(Struct, frozen=True):
    """What loans, accounts and customers of one group are called by the core."""

    state: GroupState

    def loan(self, loan: Ordinal | None) -> str | None:
        """Number of a loan."""
        return None if loan is None else self.state.book.loans[loan].number

    def account(self, account: Ordinal | None) -> str | None:
        """Number of a savings account."""
        return None if account is None else self.state.book.accounts[account].number

    def customer(self, loan: Ordinal | None, account: Ordinal | None) -> str | None:
        """Number of the customer whose loan or account it is."""
        book = self.state.book
        if loan is not None:
            return book.members[book.loans[loan].member].listed.number
        return None if account is None else book.members[book.accounts[account].member].listed.number

    def line(self, place: LinePlace) -> str:
        """Our name for a line: group, epoch, seq, number."""
        return f"{self.state.group}:{place.position.epoch}:{place.position.seq}:{place.number}"


def lines_of_group(state: GroupState) -> tuple[BookedLine, ...]:
    """Everything that a group's branch log booked, in the order in which it took effect."""
    log = iter(state.book.log)
    return booked(log, state.book, {fact.ref: fact for fact in state.facts})


def postings_sheet(states: Iterable[GroupState], since: Since, day: Day | None) -> Sheet:
    """The lines that groups booked since places of their logs, or with one transaction day, or all."""

    def rows(numbers: Numbers) -> Iterator[Row]:
        book = numbers.state.book
        known, last = (START, book.position) if day is None else _of_day(book, day)
        known = max(known, since.get(numbers.state.group, START))
        for line in lines_of_group(numbers.state):
            if known < line.frame.effective_at <= last:
                yield _posting(numbers, line)

    return _sheet("Bút toán của chi nhánh", _POSTINGS, states, rows)


def balances_sheet(states: Iterable[GroupState], day: Day) -> Sheet:
    """Principal, interest and savings on a day, as the branch knows them now, one row a loan or account."""

    def rows(numbers: Numbers) -> Iterator[Row]:
        book = numbers.state.book
        found = (*dues(book, day), *credits_to_refund(book, day))
        yield from (_loan(numbers, due) for due in sorted(found, key=lambda due: due.loan))
        yield from _accounts(numbers, day)

    return _sheet("Số dư theo sổ của chi nhánh", _BALANCES, states, rows)


def waiting_sheet(states: Iterable[GroupState], today: Day) -> Sheet:
    """What the core has not named yet: lines that it should have booked, and facts keyed at the table."""

    def rows(numbers: Numbers) -> Iterator[Row]:
        for slot in slots_of(numbers.state.book, lines_of_group(numbers.state)):
            if slot.named_at is None:
                yield _waiting(numbers, slot, today)

    return _sheet("Bút toán chờ ngân hàng xác nhận", _WAITING, states, rows)


def _sheet(
    title: str,
    columns: tuple[Column, ...],
    states: Iterable[GroupState],
    rows: Callable[[Numbers], Iterable[Row]],
) -> Sheet:
    found: list[Row] = []
    positions = []
    for state in states:
        found += rows(Numbers(state))
        positions.append((state.group, _place(state.book.position)))
    return Sheet(title, columns, tuple(found), positions=tuple(positions), names=NAMES)


def _of_day(book: Book, day: Day) -> tuple[Position, Position]:
    """The stretch of a log that a settlement ended, from the one before it: it stays what it was (B4)."""
    settled = sorted(one.settled_at for one in book.days.values() if one.settled_at is not None)
    at = book.postings.day(day).settled_at or START
    return max((place for place in settled if place < at), default=START), at


def _posting(numbers: Numbers, booked_line: BookedLine) -> Row:
    line, frame = booked_line.line, booked_line.frame
    return (
        numbers.line(booked_line.place),
        numbers.state.group,
        line.kind.value,
        numbers.loan(line.loan),
        numbers.account(line.account),
        numbers.customer(line.loan, line.account),
        frame.day,
        frame.effective,
        frame.value_date,
        line.amount,
        line.in_term,
        line.overdue,
        line.grace,
        line.unallocated,
        booked_line.cash,
        frame.receipt_no,
        None if frame.entry is None else _entry(frame.entry),
        None if booked_line.reverses is None else numbers.line(booked_line.reverses),
        frame.cause,
        frame.decided_by,
        frame.confirmed_by,
        str(_place(frame.effective_at)),
    )


def _loan(numbers: Numbers, due: LoanDue) -> Row:
    principal, arrears = due.principal, due.open
    return (
        numbers.state.group,
        numbers.customer(due.loan, None),
        numbers.loan(due.loan),
        None,
        principal.in_term,
        principal.overdue,
        principal.frozen,
        due.accrued.total,
        due.settled,
        due.payable,
        arrears.in_term,
        arrears.overdue,
        arrears.grace,
        due.prepaid,
        None,
        due.fault,
    )


def _accounts(numbers: Numbers, day: Day) -> Iterator[Row]:
    book = numbers.state.book
    view = book.view()
    empty = (None,) * 10
    for ordinal, account in sorted(book.accounts.items()):
        if account.listed.as_of <= day:
            customer = numbers.customer(None, ordinal)
            balance = account.balance(view, day)
            yield numbers.state.group, customer, None, account.number, *empty, balance, None


def _waiting(numbers: Numbers, slot: Slot, today: Day) -> Row:
    loan, account = slot.subject
    return (
        numbers.line(slot.place),
        numbers.state.group,
        "unconfirmed" if slot.fact is None else "provisional",
        slot.kind,
        numbers.loan(loan),
        numbers.account(account),
        slot.day,
        slot.amount,
        today - slot.day,
    )


def _entry(ref: EntryRef) -> str:
    return f"{ref.writer}.{ref.epoch}.{ref.seq}"


def _place(position: Position) -> Place:
    return Place(position.epoch, position.seq)
