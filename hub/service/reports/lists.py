"""Lists of households and loans to see next: one row each, and nothing is posted by any of them."""

from collections.abc import Iterator

from calc.dues import credits_to_refund, due_in, open_loans
from calc.reminders import (
    broken_promises,
    due_soon,
    freezes_ending,
    growing_arrears,
    idle_members,
    long_arrears,
)
from calc.words import day as written
from calc.words import money
from hub.service.day.wording import ROLES
from hub.service.group.as_known import day_of_place
from hub.service.reports.scope import GROUP, Known, Report, Row, Wish, each
from hub.service.tables.sheets import Column, Told
from protocol.day import Day
from protocol.ids import Ordinal


def _name(width: int) -> Column:
    return Column("name", "Họ và tên", width)


_CONTRACT = Column("contract", "Khoản vay", 12)


def _overdue(known: Known) -> Iterator[Row]:
    """Loans with overdue principal, largest first, with the interest that is unpaid on them."""
    dues = [
        due_in(known.book, loan, known.day, known.view)
        for loan in open_loans(known.book, known.day, known.view)
    ]
    late = [due for due in dues if due.principal.overdue and not due.principal.written_off]
    for due in sorted(late, key=lambda due: -due.principal.overdue):
        principal = due.principal
        number, programme = known.names.loan(due.loan)
        yield (
            known.group,
            known.name(due.member),
            number,
            programme,
            principal.overdue,
            principal.in_term + principal.overdue + principal.frozen,
            max(0, due.payable),
        )


OVERDUE = Report(
    title="DANH SÁCH NỢ QUÁ HẠN",
    columns=(
        GROUP,
        _name(16),
        _CONTRACT,
        Column("programme", "Chương trình", 12),
        Column("overdue_dong", "Gốc quá hạn", 11, "money"),
        Column("principal_dong", "Dư nợ gốc", 11, "money"),
        Column("interest_dong", "Lãi chưa trả", 10, "money"),
    ),
    rows=each(_overdue),
    summed=frozenset({"overdue_dong", "principal_dong", "interest_dong"}),
)


def _due_soon(known: Known) -> Iterator[Row]:
    for one in due_soon(known.book, known.day, known.view, known.wish.terms.watch):
        yield (
            known.group,
            _owner(known, one.loan),
            known.number(one.loan),
            one.amount,
            one.due_on,
            one.remind_on,
            one.within,
            "cuối cùng" if one.is_final else "phân kỳ",
        )


def _soon_notes(wish: Wish) -> Iterator[Told]:
    days = ", ".join(map(str, sorted(wish.terms.watch.due_soon_days)))
    yield "Mức", f"đến hạn trong {days} ngày, tính theo ngày giao dịch xã trước ngày trên hợp đồng"


DUE_SOON = Report(
    title="DANH SÁCH NỢ GỐC SẮP ĐẾN HẠN",
    columns=(
        GROUP,
        _name(14),
        _CONTRACT,
        Column("amount_dong", "Gốc phải trả", 11, "money"),
        Column("due_on", "Hạn hợp đồng", 10, "day"),
        Column("remind_on", "Trả tại phiên", 10, "day"),
        Column("within_days", "Số ngày", 5, "count"),
        Column("part", "Kỳ trả", 7),
    ),
    rows=each(_due_soon),
    summed=frozenset({"amount_dong"}),
    notes=_soon_notes,
)


def _freeze_ending(known: Known) -> Iterator[Row]:
    for one in freezes_ending(known.book, known.day, known.view, known.wish.terms.watch):
        yield (
            known.group,
            _owner(known, one.loan),
            known.number(one.loan),
            one.amount,
            one.until,
            one.until - known.day,
        )


FREEZE_ENDING = Report(
    title="DANH SÁCH NỢ KHOANH SẮP HẾT THỜI GIAN KHOANH",
    columns=(
        GROUP,
        _name(24),
        _CONTRACT,
        Column("frozen_dong", "Gốc đang khoanh", 13, "money"),
        Column("until", "Tính lãi lại từ", 10, "day"),
        Column("days_left", "Còn (ngày)", 6, "count"),
    ),
    rows=each(_freeze_ending),
    summed=frozenset({"frozen_dong"}),
    notes=lambda wish: [("Mức", f"hết khoanh trong {wish.terms.watch.freeze_months} tháng tới")],
)


def _arrears(known: Known) -> Iterator[Row]:
    for one in long_arrears(known.book, known.day, known.view, known.wish.terms.watch):
        owner, number = _owner(known, one.loan), known.number(one.loan)
        yield known.group, owner, number, one.months, one.long, one.unpaid


ARREARS = Report(
    title="DANH SÁCH LÃI TỒN LÂU NGÀY",
    columns=(
        GROUP,
        _name(24),
        _CONTRACT,
        Column("months", "Chậm trả (phiên)", 9, "count"),
        Column("long_dong", "Lãi tồn lâu", 12, "money"),
        Column("unpaid_dong", "Cộng lãi chưa trả", 12, "money"),
    ),
    rows=each(_arrears),
    summed=frozenset({"long_dong", "unpaid_dong"}),
    notes=lambda wish: [
        ("Mức", f"lãi đến hạn từ {wish.terms.watch.arrears_months} phiên giao dịch trước trở lên mà chưa trả")
    ],
)


def _inactive(known: Known) -> Iterator[Row]:
    for one in idle_members(known.book, known.day, known.view, known.wish.terms.watch):
        person = known.names.person(one.member)
        yield known.group, person.shown, person.number, one.last, one.days


INACTIVE = Report(
    title="DANH SÁCH TỔ VIÊN LÂU KHÔNG GIAO DỊCH",
    columns=(
        GROUP,
        _name(28),
        Column("number", "Mã khách hàng", 13),
        Column("last_on", "Giao dịch gần nhất", 12, "day"),
        Column("days", "Số ngày", 7, "count"),
    ),
    rows=each(_inactive),
    notes=lambda wish: [
        ("Mức", f"không giao dịch từ {wish.terms.watch.idle_months} tháng (30,44 ngày) trở lên")
    ],
)


def _early_warning(known: Known) -> Iterator[Row]:
    watch = known.wish.terms.watch
    for grown in growing_arrears(known.book, known.day, known.view, watch):
        told = ", ".join(money(amount) for _, amount in grown.left)
        on, amount = grown.left[-1]
        yield known.group, known.name(grown.member), "lãi tồn tăng", on, amount, f"sau mỗi phiên: {told}"
    for broken in broken_promises(known.book, known.facts, known.day):
        told = f"gặp ngày {written(broken.visited_on)}, từ đó chưa nộp"
        name = known.name(broken.member)
        yield known.group, name, "quá ngày hẹn trả", broken.promised_on, broken.promised, told
    for writer, last in heard(known):
        if known.day - last >= watch.silent_days:
            who = f"máy {ROLES.get(known.book.writers[writer].latest.role, '')}"
            yield known.group, who, "máy im lặng", last, None, f"{known.day - last} ngày chưa gửi về"


def _warning_notes(wish: Wish) -> Iterator[Told]:
    watch = wish.terms.watch
    yield (
        "Lãi tồn tăng",
        f"sau {watch.growing_days} phiên giao dịch liền, phiên sau còn nợ lãi nhiều hơn phiên trước",
    )
    yield "Quá ngày hẹn trả", "lần gặp gần nhất có hẹn ngày, ngày đó đã qua và từ lần gặp chưa nộp gì"
    yield "Máy im lặng", f"điện thoại không gửi gì về từ {watch.silent_days} ngày trở lên"


EARLY_WARNING = Report(
    title="CẢNH BÁO SỚM",
    columns=(
        GROUP,
        Column("who", "Ai", 18),
        Column("sign", "Dấu hiệu", 12),
        Column("since", "Từ ngày", 10, "day"),
        Column("amount_dong", "Số tiền", 10, "money"),
        Column("told", "Chi tiết", 24),
    ),
    rows=each(_early_warning),
    notes=_warning_notes,
)


def _credits(known: Known) -> Iterator[Row]:
    for due in credits_to_refund(known.book, known.day):
        closed_on = known.book.loans[due.loan].closed_on(known.view)
        yield known.group, known.name(due.member), known.number(due.loan), closed_on, due.prepaid


CREDITS = Report(
    title="DANH SÁCH TIỀN LÃI THỪA PHẢI HOÀN TRẢ (KHOẢN VAY ĐÃ TẤT TOÁN)",
    columns=(
        GROUP,
        _name(28),
        _CONTRACT,
        Column("closed_on", "Ngày tất toán", 10, "day"),
        Column("credit_dong", "Phải hoàn trả", 12, "money"),
    ),
    rows=each(_credits),
    summed=frozenset({"credit_dong"}),
)


def heard(known: Known) -> Iterator[tuple[Ordinal, Day]]:
    """Phones that may write, and the day on which the branch last received something of each."""
    book, last = known.book, {}
    for position, received in book.received:
        last[received.writer] = position
    for ordinal, writer in sorted(book.writers.items()):
        admitted = writer.admitted[-1][0]
        if writer.line(writer.latest.epoch, book.position) is None:
            yield ordinal, day_of_place(known.state, max(admitted, last.get(ordinal, admitted)))


def _owner(known: Known, loan: Ordinal) -> str:
    return known.name(known.book.loans[loan].member)
