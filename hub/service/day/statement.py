"""The collection statement 13/TD of one group and transaction day, as a table of `hub.service.tables.sheets`.

Columns are those of the paper form. The statement of a settled day is made from the log up to its settlement,
so that it reads the same whatever comes later (B4); before that it is a preview and says so.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from calc.book import Book
from calc.due_wording import told
from calc.explain import explain
from calc.statement import Amounts, Row, Statement, statement
from calc.words import day as written
from calc.words import in_words, money
from hub.service.day.staged import stage_day
from hub.service.day.wording import ORGANISATIONS
from hub.service.group.directory import Directory
from hub.service.group.names import Heading, Names
from hub.service.group.place import Place
from hub.service.group.state import GroupState
from hub.service.tables.sheets import Cell, Column, Sheet, Told
from protocol.day import Day
from protocol.money import Dong

TITLE = "BẢNG KÊ 13/TD – THU LÃI, GỬI VÀ TRÍCH TIẾT KIỆM"
SIGNERS = ("Tổ trưởng", "Tổ chức nhận ủy thác", "Giao dịch viên", "Kiểm soát viên")


class _Amount(Struct, frozen=True):
    """A money column of the form and its amount."""

    column: Column
    of: Callable[[Amounts], Dong]


def _money(key: str, heading: str, width: int, of: Callable[[Amounts], Dong]) -> _Amount:
    return _Amount(Column(key, heading, width, "money"), of)


_AMOUNTS = (
    _money("principal_dong", "Dư nợ gốc", 13, lambda amounts: amounts.principal),
    _money("arrears_dong", "Lãi tồn phải thu", 11, lambda amounts: amounts.arrears),
    _money("current_dong", "Lãi kỳ này", 11, lambda amounts: amounts.current),
    _money("interest_due_dong", "Cộng lãi phải thu", 11, lambda amounts: amounts.interest_due),
    _money("interest_received_dong", "Lãi thực thu", 11, lambda amounts: amounts.interest_received),
    _money("arrears_left_dong", "Lãi còn tồn", 11, lambda amounts: amounts.arrears_left),
    _money("savings_balance_dong", "Số dư tiết kiệm", 12, lambda amounts: amounts.savings_balance),
    _money("savings_deposited_dong", "Gửi tiết kiệm", 11, lambda amounts: amounts.savings_deposited),
    _money("to_principal_dong", "Tiết kiệm trả gốc", 11, lambda amounts: amounts.transfer_to_principal),
    _money("to_interest_dong", "Tiết kiệm trả lãi", 11, lambda amounts: amounts.transfer_to_interest),
)
COLUMNS = (
    Column("number", "TT", 3, "count"),
    Column("name", "Họ và tên", 20),
    Column("contracts", "Khoản vay", 14),
    *(amount.column for amount in _AMOUNTS),
    Column("signature", "Ký nhận", 7),
)
_WHY_BESIDE = (
    "bằng cộng lãi phải thu trừ lãi thực thu và tiết kiệm trả lãi, sau khi tính lãi trả trước và lãi"
    " không thu kỳ này (nợ khoanh, nợ đã xóa) dưới đây"
)


def collection_statement(
    state: GroupState, directory: Directory, day: Day, *, explained: bool = False
) -> Sheet:
    """The statement of a transaction day, if asked with the working of every loan below it.

    Raises:
        DayError: the group opened no transaction day of this date.
    """
    staged = stage_day(state, day)
    book = staged.book
    if staged.is_settled:
        book = state.book_at(staged.position)
    found = statement(book, day)
    names = Names(state, book, directory)
    return Sheet(
        title=TITLE,
        notes=tuple(_heading(names.heading(day), found)),
        columns=COLUMNS,
        rows=tuple(_row(row, names) for row in found.rows),
        totals=(None, "Cộng", None, *_cells(found.totals), None),
        closing=(*_closing(found), *(_workings(book, found) if explained else ())),
        signers=SIGNERS,
        positions=((state.group, Place(staged.position.epoch, staged.position.seq)),),
    )


def _row(row: Row, names: Names) -> tuple[Cell, ...]:
    name, contracts = names.person(row.member).shown, "; ".join(row.contracts)
    return (row.number, name, contracts, *_cells(row.amounts), None)


def _cells(amounts: Amounts) -> Iterator[Dong]:
    return (amount.of(amounts) for amount in _AMOUNTS)


def _heading(group: Heading, found: Statement) -> Iterator[Told]:
    leader = "" if group.leader is None else f", tổ trưởng {group.leader.shown}"
    yield "Tổ", f"{group.name} ({group.code}){leader}"
    yield "Tổ chức nhận ủy thác", ORGANISATIONS.get(group.organisation, group.organisation)
    yield "Điểm giao dịch", group.point
    yield "Ngày giao dịch", written(found.day)
    yield "Tình trạng", "đã kết toán" if found.is_settled else "BẢN XEM TRƯỚC, chưa kết toán"


def _closing(found: Statement) -> Iterator[Told]:
    totals = found.totals
    interest, savings = money(totals.interest_received), money(totals.savings_deposited)
    yield "Tổng tiền mặt", f"{money(totals.cash)} (lãi {interest}, tiết kiệm {savings})"
    yield "Bằng chữ", in_words(totals.cash)
    moved = totals.transfer_to_principal + totals.transfer_to_interest
    yield "Tổng trích tiết kiệm", f"{money(moved)} ({in_words(moved)})"
    if found.held:
        yield "Tiền biên lai đang treo, ngoài bảng", f"{money(found.held)} ({in_words(found.held)})"
    beside = [(f"Ngoài bảng, TT {row.number}", _beside(row.amounts)) for row in found.rows]
    if any(words for _, words in beside):
        yield "Lãi còn tồn", _WHY_BESIDE
        yield from ((label, words) for label, words in beside if words)
        yield "Ngoài bảng, cộng", _beside(totals)


def _workings(book: Book, found: Statement) -> Iterator[Told]:
    """Why each loan of each row owes what is left of it; the day's own money is among what was paid."""
    loans = {loan.number: loan for loan in book.loans.values()}
    for row in found.rows:
        for number in row.contracts:
            laid = explain(book, loans[number], found.day, at=found.position, staged=not found.is_settled)
            yield from ((f"Vì sao, TT {row.number}", line) for line in told(laid))


def _beside(amounts: Amounts) -> str:
    """What makes a row add up and has no column on the form; nothing as a rule."""
    pairs = (
        ("lãi trả trước", amounts.prepaid_before, amounts.prepaid),
        ("lãi không thu kỳ này", amounts.unasked_before, amounts.unasked),
    )
    parts = (
        f"{what} đầu ngày {money(before)}, cuối ngày {money(after)}"
        for what, before, after in pairs
        if before or after
    )
    return "; ".join(parts)
