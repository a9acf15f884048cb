"""What the command line prints for people about a group's transaction day."""

from collections.abc import Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from calc.words import NBSP, grouped, in_words, money
from calc.words import day as written
from hub.service.day.shown import CashShown, CountShown, EntryShown, GroupDay, LoanShown, WriterCash
from hub.service.day.wording import PLANNED, ROLES, ROUND_FLAGS, STAGES, STATES, entry_title, signed
from protocol.day import to_day

_WIDTH = 120
_DELTAS = ("Hộ nộp\nkhác\nmáy báo", "Máy\ntính sai", "Sổ đổi\ntừ khi\nthu")
"""What lies between the dues (B16), in the words of the page."""


def show_day(console: Console, day: GroupDay) -> None:
    """The reconciliation: every receipt line by line, the cash, the states."""
    _widen(console)
    console.print(
        Text(f"Đối chiếu ngày giao dịch {_day(day)} – {day.group.name} ({day.group.code}), {day.group.point}")
    )
    console.print(Text(_standing(day)))
    console.print(_entries(day))
    for sentence in _reasons(day.entries):
        console.print(Text(sentence))
    show_cash(console, day.cash)
    for correction in day.corrections:
        people = f"{correction.decided_by}, xác nhận {correction.confirmed_by}"
        console.print(Text(f"Sau đó, dòng {correction.position}: {correction.sentence} ({people})."))
    console.print(_states(day))


def show_cash(console: Console, cash: CashShown) -> None:
    """Cash by phone, the count, and who answers for what is missing."""
    _widen(console)
    table = Table("Điện thoại", title="Tiền mặt phải nộp, đồng", box=SIMPLE_HEAD)
    for heading in ("Biên lai", "Thu được", "Đã giao", "Đã nhận", "Ngày khác", "Phải nộp"):
        table.add_column(heading, justify="right")
    table.add_column("Kiểm đếm")
    for writer in cash.writers:
        table.add_row(*_writer(writer))
    console.print(table)
    console.print(_three_ways(cash))
    if cash.count is None:
        console.print(Text(f"Chưa kiểm đếm. Phải nộp {money(cash.expected_dong)}."))
        return
    show_count(console, cash.count)
    if cash.settlement is not None:
        people = f"{cash.settlement.decided_by}, xác nhận {cash.settlement.confirmed_by}"
        left = signed(cash.settlement.open_dong)
        console.print(Text(f"Đã kết toán ({people}); chênh lệch còn lại {left}."))
    if cash.owed_by is not None:
        owed = cash.count.difference_dong if cash.settlement is None else cash.settlement.open_dong
        person = f"{cash.owed_by.shown} (mã {cash.owed_by.number})"
        console.print(Text(f"Thiếu {money(-owed)} ({in_words(-owed)}): tổ trưởng {person} còn nợ."))


def show_count(console: Console, count: CountShown) -> None:
    """Expected, counted and the signed difference."""
    console.print(
        Text(
            f"Phải có {money(count.expected_dong)}; đếm được {money(count.counted_dong)};"
            f" chênh lệch {signed(count.difference_dong)}."
        )
    )
    for notes in count.notes:
        console.print(Text(f"  {money(notes.face_dong)} × {notes.count} tờ = {money(notes.amount_dong)}"))
    for sentence in () if count.parts is None else count.parts.sentences:
        console.print(Text(f"  {sentence}"))
    if count.is_outdated:
        console.print(Text("Sau khi đếm đã có thêm phiếu hoặc khóa sổ: hãy kiểm đếm lại."))


def show_bundle(console: Console, entries: Iterable[EntryShown]) -> None:
    """What the teller should find, receipt by receipt."""
    table = Table("Biên lai", "Điện thoại", "Hộ", title="Số phải nộp gồm, đồng", box=SIMPLE_HEAD)
    table.add_column("Tiền", justify="right")
    table.add_column("Trạng thái")
    for entry in entries:
        if entry.expected_dong:
            cells = (entry_title(entry.kind, entry.receipt_no), _role(entry.role))
            state = STATES[entry.state]
            table.add_row(*map(Text, (*cells, entry.member.shown, _amount(entry.expected_dong), state)))
    console.print(table)


def _three_ways(cash: CashShown) -> Table:
    """What the branch expects, what phones and teller counted, and the sums of their notes (B18)."""
    table = Table("Người đếm", title="Ba cách tính tiền của ngày, đồng", box=SIMPLE_HEAD)
    for heading in ("Theo sổ", "Máy báo", "Đếm được", "Cộng các tờ"):
        table.add_column(heading, justify="right")
    table.add_column("Lưu ý")
    for writer in cash.writers:
        closed = writer.closed
        if closed is None:
            cells = ["", "", "", "", "chưa khóa sổ"]
        else:
            sums = (closed.standing_dong, closed.expected_dong, closed.counted_dong, closed.notes_dong)
            cells = [*map(_amount, sums), _flags(closed.flags)]
        table.add_row(*map(Text, [_role(writer.role).capitalize(), *cells]))
    if cash.count is not None:
        count = cash.count
        found = (count.expected_dong, None, count.counted_dong, count.notes_dong)
        table.add_section()
        table.add_row(*map(Text, ["Giao dịch viên", *map(_amount, found), _flags(count.flags)]))
    return table


def _flags(flags: Iterable[str]) -> str:
    return "; ".join(ROUND_FLAGS[flag] for flag in flags)


def _widen(console: Console) -> None:
    """Make lines as wide as the widest table, also where the terminal is not: no figure is ever cut."""
    console.width = max(console.width, _WIDTH)


def _day(day: GroupDay) -> str:
    return written(to_day(day.day))


def _standing(day: GroupDay) -> str:
    preview = "; số dưới đây là xem trước, chưa ghi sổ" if day.is_preview else ""
    late = f" Có {day.late} phiếu đến sau khi kết toán, chờ ngày sau." if day.late else ""
    return f"{STAGES[day.stage].capitalize()}{preview}. Tính từ sổ chi nhánh đến dòng {day.position}.{late}"


def _entries(day: GroupDay) -> Table:
    table = Table("Phiếu", "Hộ", title="Từng phiếu, đồng", box=SIMPLE_HEAD)
    table.add_column("Khoản vay", no_wrap=True)
    for heading in ("Máy báo", "Hộ nộp", "Chi nhánh", *_DELTAS):
        table.add_column(heading, justify="right", no_wrap=True, overflow="fold")
    table.add_column("Trạng thái")
    states = PLANNED if day.is_preview else STATES
    for entry in day.entries:
        who = (f"{entry_title(entry.kind, entry.receipt_no)}, {_role(entry.role)}", entry.member.shown)
        for first, cells in enumerate(_lines(entry)):
            frame = ("", "", "") if first else (*who, states[entry.state])
            table.add_row(*map(Text, (*frame[:2], *cells, frame[2])))
    totals = day.totals
    sums = (totals.amount_dong, totals.due_now_dong)
    deltas = (totals.delta_paid_dong, totals.delta_edge_dong, totals.delta_book_dong)
    table.add_section()
    cells = ("Cộng lãi hạch toán", "", "", "", *map(_amount, sums), *map(_delta, deltas), "")
    table.add_row(*map(Text, cells))
    for heading, sums in (
        ("Cộng tiền gửi tiết kiệm", (day.money.deposits_dong, day.money.deposits_booked_dong)),
        ("Cộng trích tiết kiệm", (day.money.transfers_dong, day.money.transfers_executed_dong)),
    ):
        if any(sums):
            table.add_row(*map(Text, (heading, "", "", "", *map(_amount, sums), "", "", "", "")))
    return table


def _lines(entry: EntryShown) -> list[tuple[str, ...]]:
    savings = (
        (f"TK {one.number}", "", _delta(one.amount_dong), _delta(one.booked_dong), "", "", "")
        for one in entry.savings
    )
    return [*map(_loan, entry.loans), *savings]


def _loan(loan: LoanShown) -> tuple[str, ...]:
    deltas = (loan.delta_paid_dong, loan.delta_edge_dong, loan.delta_book_dong)
    amounts = (loan.shown_dong, loan.amount_dong, loan.due_now_dong)
    return (loan.number, *map(_amount, amounts), *map(_delta, deltas))


def _reasons(entries: Iterable[EntryShown]) -> Iterator[str]:
    """What is to be said about each receipt, and why dues moved under it."""
    for entry in entries:
        title = entry_title(entry.kind, entry.receipt_no)
        yield f"{title.capitalize()}, {entry.member.shown}: {entry.sentence}"
        for loan in entry.loans:
            for cause in loan.causes:
                yield f"  khoản vay {loan.number}: {cause.sentence}"


def _writer(writer: WriterCash) -> tuple[Text, ...]:
    moved = (writer.collected_dong, writer.handed_over_dong, writer.accepted_dong, writer.other_days_dong)
    written_off = f"{writer.receipts - writer.voided}" + (f" (+{writer.voided} hủy)" if writer.voided else "")
    counted = "có" if writer.is_counted else "không"
    cells = (
        _role(writer.role),
        written_off,
        *map(_amount, moved),
        _amount(writer.expected_dong),
        counted,
    )
    return tuple(map(Text, cells))


def _states(day: GroupDay) -> Table:
    table = Table("Trạng thái", title="Theo trạng thái, đồng", box=SIMPLE_HEAD)
    for heading in ("Số phiếu", "Số tiền", "Trong đó tiền mặt"):
        table.add_column(heading, justify="right")
    names = PLANNED if day.is_preview else STATES
    for one in day.states:
        if one.entries:
            cells = (names[one.state], str(one.entries), _amount(one.amount_dong), _amount(one.cash_dong))
            table.add_row(*map(Text, cells))
    cash = sum(one.cash_dong for one in day.states)
    table.add_section()
    cells = ("Cộng đã nhận", str(len(day.entries)), _amount(day.received_dong), _amount(cash))
    table.add_row(*map(Text, cells))
    return table


def _amount(amount: int | None) -> str:
    return "" if amount is None else grouped(amount)


def _delta(amount: int | None) -> str:
    return "" if amount is None else signed(amount).removesuffix(f"{NBSP}đ")


def _role(role: str) -> str:
    return ROLES.get(role, role)
