"""Tables about rates: a group's dues as known on a day, and the customers whom a decision concerns."""

from collections.abc import Iterator, Mapping

from calc.dues import LoanDue, due_in, open_loans
from calc.loan import Loan
from calc.rate import Ppm
from calc.words import day as written
from hub.errors import DayError
from hub.service.group.as_known import position_on
from hub.service.group.directory import Directory
from hub.service.group.names import Names
from hub.service.group.place import Place
from hub.service.group.reach import reach_notes
from hub.service.group.state import GroupState
from hub.service.rates.decision import Deciding, GroupChange
from hub.service.rates.wording import terms
from hub.service.tables.sheets import Cell, Column, Sheet
from protocol.day import Day
from protocol.ids import Position

_WHO = (Column("name", "Họ và tên", 20), Column("customer", "Mã khách hàng", 13))
_LOAN = (Column("loan", "Khoản vay", 16), Column("programme", "Chương trình", 18))
_DUES = (
    *_WHO,
    *_LOAN,
    Column("principal_dong", "Dư nợ gốc", 13, "money"),
    Column("rate_ppm", "Lãi suất năm", 9, "ppm"),
    Column("owed_dong", "Lãi tính đến ngày", 12, "money"),
    Column("settled_dong", "Đã trả", 12, "money"),
    Column("asked_dong", "Phải thu", 12, "money"),
    Column("unasked_dong", "Chưa thu kỳ này", 11, "money"),
    Column("prepaid_dong", "Trả trước", 11, "money"),
)
_FIRST_SUM = 6
_CUSTOMERS = (
    Column("group", "Tổ", 10),
    *_WHO,
    *_LOAN,
    Column("before_dong", "Phải thu trước quyết định", 13, "money"),
    Column("after_dong", "Phải thu sau quyết định", 13, "money"),
    Column("credit_dong", "Trả thừa phát sinh", 11, "money"),
)


def known_dues(state: GroupState, directory: Directory, day: Day, known_on: Day | None = None) -> Sheet:
    """Dues of a group's open loans to a day, as the branch log was known at the end of another, or is now.

    In every row ``owed - settled = asked + unasked - prepaid``.

    Raises:
        DayError: the group is not listed yet.
    """
    book = state.book
    if book.group is None:
        raise DayError("no_day", group=state.group)
    at = book.position if known_on is None else position_on(state, known_on)
    view = book.view(at)
    names = Names(state, book, directory)
    heading = names.heading(day)
    found = [(loan, due_in(book, loan, day, view)) for loan in open_loans(book, day, view)]
    rows = tuple(_due(state, names, loan, due, at) for loan, due in found)
    known = "sổ lúc này" if known_on is None else f"sổ đã ghi đến hết ngày {written(known_on)}"
    sums = [sum(cell for cell in cells if isinstance(cell, int)) for cells in zip(*rows, strict=True)]
    return Sheet(
        title=f"LÃI PHẢI THU ĐẾN NGÀY {written(day)}",
        notes=(
            ("Tổ", f"{heading.name} ({heading.code})"),
            ("Tính theo", known),
            *(("Lưu ý", note) for note in reach_notes(book, names, day, view)),
        ),
        columns=_DUES,
        rows=rows,
        totals=("Cộng", *[None] * (_FIRST_SUM - 1), *(sums[_FIRST_SUM:] or [0] * (len(_DUES) - _FIRST_SUM))),
        positions=((state.group, Place(at.epoch, at.seq)),),
    )


def customers_to_tell(deciding: Deciding, states: Mapping[str, GroupState], directory: Directory) -> Sheet:
    """Loans whose paid interest became credit, or that owe more, with the customer to be told.

    ``states`` has every group of the plan.
    """
    rows = tuple(
        row for change in deciding.groups for row in _customers(change, states[change.group], directory)
    )
    credit = sum(loan.credit for loan in deciding.loans)
    return Sheet(
        title="KHÁCH HÀNG CẦN BÁO KHI LÃI SUẤT THAY ĐỔI",
        notes=(("Nội dung", terms(deciding.decision)),),
        columns=_CUSTOMERS,
        rows=rows,
        totals=("Cộng", *[None] * (len(_CUSTOMERS) - 2), credit),
        positions=tuple(
            (change.group, _place(states[change.group].book.position)) for change in deciding.groups
        ),
    )


def _due(state: GroupState, names: Names, loan: Loan, due: LoanDue, at: Position) -> tuple[Cell, ...]:
    person, (number, programme) = names.person(loan.member), names.loan(loan.ordinal)
    principal = due.principal.in_term + due.principal.overdue + due.principal.frozen
    return (
        person.shown,
        person.number,
        number,
        programme,
        principal,
        _rate(state, loan, due.day, at),
        due.payable + due.settled,
        due.settled,
        due.asked,
        max(0, due.payable) - due.asked,
        due.prepaid,
    )


def _rate(state: GroupState, loan: Loan, day: Day, at: Position) -> Ppm | None:
    """In-term rate of the day; None where there is none that is a whole ppm."""
    book = state.book
    table = book.decisions.rate_table(loan.programme, at)
    (step,) = loan.rates(table, day, day + 1, loan.standing(book.view(at)))
    return step.in_term


def _customers(change: GroupChange, state: GroupState, directory: Directory) -> Iterator[tuple[Cell, ...]]:
    names = Names(state, state.book, directory)
    for loan in change.loans:
        if loan.is_news:
            person, (number, programme) = names.person(loan.member), names.loan(loan.loan)
            who = (change.group, person.shown, person.number, number, programme)
            yield (*who, loan.before, loan.after, loan.credit)


def _place(position: Position) -> Place:
    return Place(position.epoch, position.seq)
