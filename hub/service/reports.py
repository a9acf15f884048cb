"""The collection statement 13/TD of one group and transaction day, as text and as CSV.

Columns are those of the paper form. The statement of a settled day is made from the log up to its settlement,
so that it reads the same whatever comes later (B4); before that it is a preview and says so.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from calc.book import fold
from calc.statement import Amounts, statement
from calc.words import day as written
from calc.words import grouped, in_words, money
from hub.service.day_wording import ORGANISATIONS
from hub.service.directory import Directory
from hub.service.group_day import Place
from hub.service.group_names import Heading, Names
from hub.service.group_state import GroupState
from hub.service.staged_day import stage_day
from protocol.day import Day
from protocol.money import Dong

TITLE = "BẢNG KÊ 13/TD – THU LÃI, GỬI VÀ TRÍCH TIẾT KIỆM"
TEXT_WIDTH = 200
_SIGNERS = ("Tổ trưởng", "Tổ chức nhận ủy thác", "Giao dịch viên", "Kiểm soát viên")
_DANGEROUS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 (spreadsheets take the full-width forms for formulas too)


class Line(Struct, frozen=True):
    """One member."""

    number: int
    name: str
    contracts: tuple[str, ...]
    amounts: Amounts


class Sheet(Struct, frozen=True):
    """A statement ready to be written: rows, totals, and cash of receipts in suspense, which is in no row."""

    group: Heading
    day: Day
    position: Place
    is_settled: bool
    lines: tuple[Line, ...]
    totals: Amounts
    held: Dong


class _Column(Struct, frozen=True):
    """A money column: heading, characters in the text form, and its amount."""

    heading: str
    width: int
    amount: Callable[[Amounts], Dong]


_COLUMNS = (
    _Column("Dư nợ gốc", 13, lambda amounts: amounts.principal),
    _Column("Lãi tồn phải thu", 11, lambda amounts: amounts.arrears),
    _Column("Lãi kỳ này", 11, lambda amounts: amounts.current),
    _Column("Cộng lãi phải thu", 11, lambda amounts: amounts.interest_due),
    _Column("Lãi thực thu", 11, lambda amounts: amounts.interest_received),
    _Column("Lãi còn tồn", 11, lambda amounts: amounts.arrears_left),
    _Column("Số dư tiết kiệm", 12, lambda amounts: amounts.savings_balance),
    _Column("Gửi tiết kiệm", 11, lambda amounts: amounts.savings_deposited),
    _Column("Tiết kiệm trả gốc", 11, lambda amounts: amounts.transfer_to_principal),
    _Column("Tiết kiệm trả lãi", 11, lambda amounts: amounts.transfer_to_interest),
)
_WHY_BESIDE = (
    "bằng cộng lãi phải thu trừ lãi thực thu và tiết kiệm trả lãi, sau khi tính lãi trả trước và lãi"
    " không thu kỳ này (nợ khoanh, nợ đã xóa) dưới đây"
)
_FIRST = ("TT", "Họ và tên", "Số hợp đồng")
_LAST = "Ký nhận"


def collection_statement(state: GroupState, directory: Directory, day: Day) -> Sheet:
    """The statement of a transaction day; raises DayError when the group opened none of this date."""
    staged = stage_day(state, day)
    book = staged.book
    if staged.is_settled:
        upto = (placed for placed in state.log.entries if placed.position <= staged.position)
        book = fold((placed.position, placed.entry) for placed in upto)
    found = statement(book, day)
    names = Names(state, book, directory)
    return Sheet(
        group=names.heading(day),
        day=day,
        position=Place(staged.position.epoch, staged.position.seq),
        is_settled=staged.is_settled,
        lines=tuple(
            Line(row.number, names.person(row.member).shown, row.contracts, row.amounts) for row in found.rows
        ),
        totals=found.totals,
        held=found.held,
    )


def as_csv(sheet: Sheet) -> bytes:
    """CSV for spreadsheets: UTF-8 with a byte order mark, every line as wide as the table, digits only."""
    columns = [*_FIRST, *(column.heading for column in _COLUMNS), _LAST]
    table: list[Sequence[object]] = [
        [TITLE],
        *([label, value] for label, value in _heading(sheet)),
        [],
        columns,
        *(
            [line.number, line.name, "; ".join(line.contracts), *_amounts(line.amounts)]
            for line in sheet.lines
        ),
        ["", "Cộng", "", *_amounts(sheet.totals)],
        [],
        *([label, value] for label, value in _closing(sheet)),
    ]
    page = io.StringIO()
    lines = csv.writer(page)
    for cells in table:
        lines.writerow([*map(_inert, cells), *[""] * (len(columns) - len(cells))])
    return codecs.BOM_UTF8 + page.getvalue().encode()


def as_text(sheet: Sheet) -> str:
    """The form in characters of one width, for a terminal or a printer, at most 200 to a line."""
    page = io.StringIO()
    printer = Console(
        file=page, width=TEXT_WIDTH, color_system=None, highlight=False, emoji=False, markup=False
    )
    printer.print(TITLE, justify="center")
    for label, value in _heading(sheet):
        printer.print(f"{label}: {value}")
    printer.print(_table(sheet))
    for label, value in _closing(sheet):
        printer.print(f"{label}: {value}")
    printer.print("\n" + "".join(f"{signer:^{TEXT_WIDTH // len(_SIGNERS)}}" for signer in _SIGNERS))
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _table(sheet: Sheet) -> Table:
    table = Table(box=box.SQUARE, show_footer=True)
    table.add_column(_FIRST[0], justify="right", width=3)
    table.add_column(_FIRST[1], "Cộng", width=20, overflow="fold")
    table.add_column(_FIRST[2], width=14, overflow="fold")
    for column in _COLUMNS:
        total = grouped(column.amount(sheet.totals))
        table.add_column(column.heading, total, justify="right", width=column.width, overflow="fold")
    table.add_column(_LAST, width=7)
    for line in sheet.lines:
        contracts = Text("\n".join(line.contracts))
        amounts = map(grouped, _amounts(line.amounts))
        table.add_row(str(line.number), Text(line.name), contracts, *amounts, "")
    return table


def _heading(sheet: Sheet) -> Iterator[tuple[str, str]]:
    group = sheet.group
    leader = "" if group.leader is None else f", tổ trưởng {group.leader.shown}"
    yield "Tổ", f"{group.name} ({group.code}){leader}"
    yield "Tổ chức nhận ủy thác", ORGANISATIONS.get(group.organisation, group.organisation)
    yield "Điểm giao dịch", group.point
    yield "Ngày giao dịch", written(sheet.day)
    state = "đã kết toán" if sheet.is_settled else "BẢN XEM TRƯỚC, chưa kết toán"
    yield "Tình trạng", f"{state}; tính từ sổ của chi nhánh đến dòng {sheet.position}"


def _closing(sheet: Sheet) -> Iterator[tuple[str, str]]:
    totals = sheet.totals
    interest, savings = money(totals.interest_received), money(totals.savings_deposited)
    yield "Tổng tiền mặt", f"{money(totals.cash)} (lãi {interest}, tiết kiệm {savings})"
    yield "Bằng chữ", in_words(totals.cash)
    moved = totals.transfer_to_principal + totals.transfer_to_interest
    yield "Tổng trích tiết kiệm", f"{money(moved)} ({in_words(moved)})"
    if sheet.held:
        yield "Tiền biên lai đang treo, ngoài bảng", f"{money(sheet.held)} ({in_words(sheet.held)})"
    told = [(f"Ngoài bảng, TT {line.number}", _beside(line.amounts)) for line in sheet.lines]
    if any(beside for _, beside in told):
        yield "Lãi còn tồn", _WHY_BESIDE
        yield from ((label, beside) for label, beside in told if beside)
        yield "Ngoài bảng, cộng", _beside(totals)


def _beside(amounts: Amounts) -> str:
    """What makes a row add up and has no column on the form; nothing as a rule."""
    pairs = (
        ("lãi trả trước", amounts.prepaid_before, amounts.prepaid),
        ("lãi không thu kỳ này", amounts.unasked_before, amounts.unasked),
    )
    told = (
        f"{what} đầu ngày {money(before)}, cuối ngày {money(after)}"
        for what, before, after in pairs
        if before or after
    )
    return "; ".join(told)


def _amounts(amounts: Amounts) -> Iterator[Dong]:
    return (column.amount(amounts) for column in _COLUMNS)


def _inert(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple(_DANGEROUS)) else cell
