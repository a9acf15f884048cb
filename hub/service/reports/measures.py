"""Reports with a row for each group or account: savings, the group score, balances and collection."""

from collections.abc import Iterable, Iterator

from calc.group_month import month_facts, month_of
from calc.measures import standing
from calc.passbook import estimate, flow
from calc.score import score
from calc.words import day as written
from hub.service.reports.scope import GROUP, Known, Report, Row, Wish, each
from hub.service.tables.sheets import Cell, Column, Told


def _savings(known: Known) -> Iterator[Row]:
    """Every account by itself: a customer with several accounts and loans has a row for each account."""
    first, last = month_of(known.day)[0], known.day
    for ordinal, account in sorted(known.book.accounts.items()):
        if account.is_listed(known.view, last):
            moved = flow(known.book, account, first, last, known.view)
            expected = estimate(known.book, account, last + 1, known.view)
            yield (
                known.group,
                known.name(account.member),
                known.names.account(ordinal),
                moved.opening,
                moved.deposited,
                moved.credited,
                moved.withdrawn + moved.transferred,
                moved.to_interest,
                moved.to_principal,
                moved.closing,
                None if expected is None else expected.interest,
            )


def _savings_notes(wish: Wish) -> Iterator[Told]:
    yield "Phát sinh", f"từ {written(month_of(wish.day)[0])} đến {written(wish.day)}"
    yield "Lãi ước tính", "từ lần nhập lãi gần nhất; chỉ để tham khảo, ngân hàng tính và nhập lãi thật"


SAVINGS = Report(
    title="TIỀN GỬI TIẾT KIỆM THEO TỪNG SỔ",
    columns=(
        GROUP,
        Column("name", "Họ và tên", 18),
        Column("account", "Sổ tiết kiệm", 12),
        Column("opening_dong", "Dư đầu kỳ", 11, "money"),
        Column("deposited_dong", "Gửi vào", 10, "money"),
        Column("credited_dong", "Lãi nhập", 9, "money"),
        Column("withdrawn_dong", "Rút ra", 10, "money"),
        Column("to_interest_dong", "Trả lãi", 10, "money"),
        Column("to_principal_dong", "Trả gốc", 10, "money"),
        Column("closing_dong", "Dư cuối kỳ", 11, "money"),
        Column("estimate_dong", "Lãi ước tính", 9, "money"),
    ),
    rows=each(_savings),
    summed=frozenset(
        {
            "opening_dong",
            "deposited_dong",
            "credited_dong",
            "withdrawn_dong",
            "to_interest_dong",
            "to_principal_dong",
            "closing_dong",
            "estimate_dong",
        }
    ),
    notes=_savings_notes,
)


PARTS = {
    "commune": "giao dịch tại xã",
    "principal": "thu gốc đến hạn",
    "interest": "thu lãi",
    "depositing": "tổ viên gửi tiết kiệm",
    "growth": "tăng tiết kiệm",
    "overdue": "nợ quá hạn",
}
"""Parts of the score as people call them."""


def _score(known: Known) -> Iterator[Row]:
    found = score(month_facts(known.book, known.day), known.wish.terms.score)
    if found is None:
        yield known.group, None, None, None, None, None, None, None, "chưa có phiên nào kết toán"
    else:
        parts: Iterable[Cell] = (part.hundredths for part in found.parts)
        yield known.group, *parts, found.hundredths, found.grade


def _score_notes(wish: Wish) -> Iterator[Told]:
    terms = wish.terms.score
    yield "Kỳ chấm", f"từ {written(month_of(wish.day)[0])} đến {written(wish.day)}, các phiên đã kết toán"
    most = (f"{PARTS[name]} {getattr(terms, name)}" for name in PARTS)
    yield "Điểm tối đa", ", ".join(most)
    classes = "; ".join(f"{one.name} từ {one.points} điểm" for one in terms.classes)
    yield "Xếp loại", f"{classes}; còn lại {terms.lowest}"


def _points(key: str, heading: str) -> Column:
    return Column(f"{key}_hundredths", heading, 8, "hundredths")


SCORE = Report(
    title="CHẤM ĐIỂM HOẠT ĐỘNG CỦA TỔ",
    columns=(
        GROUP,
        *(_points(name, told.capitalize()) for name, told in PARTS.items()),
        _points("total", "Tổng điểm"),
        Column("grade", "Xếp loại", 10),
    ),
    rows=each(_score),
    notes=_score_notes,
)


def _balances(known: Known) -> Iterator[Row]:
    stood = standing(known.book, known.day, known.view)
    yield (
        known.group,
        stood.members,
        stood.loans,
        stood.principal,
        stood.overdue,
        None,
        stood.frozen,
        stood.savings,
    )


BALANCES = Report(
    title="DƯ NỢ, NỢ QUÁ HẠN VÀ TIỀN GỬI CỦA CÁC TỔ",
    columns=(
        GROUP,
        Column("members", "Tổ viên", 5, "count"),
        Column("loans", "Số khoản vay", 5, "count"),
        Column("principal_dong", "Dư nợ gốc", 14, "money"),
        Column("overdue_dong", "Nợ quá hạn", 12, "money"),
        Column("overdue_ppm", "Tỷ lệ quá hạn", 9, "ppm"),
        Column("frozen_dong", "Nợ khoanh", 12, "money"),
        Column("savings_dong", "Tiền gửi", 12, "money"),
    ),
    rows=each(_balances),
    summed=frozenset({"members", "loans", "principal_dong", "overdue_dong", "frozen_dong", "savings_dong"}),
    ratios={"overdue_ppm": ("overdue_dong", ("principal_dong",))},
)


def _collection(known: Known) -> Iterator[Row]:
    month = month_facts(known.book, known.day)
    found = month.collection
    yield known.group, month.days_settled, found.received, found.current, found.arrears, None, None


COLLECTION = Report(
    title="TỶ LỆ THU LÃI CỦA CÁC TỔ",
    columns=(
        GROUP,
        Column("days", "Số phiên", 5, "count"),
        Column("received_dong", "Lãi thu lúc kết toán", 13, "money"),
        Column("current_dong", "Lãi phải thu trong kỳ", 13, "money"),
        Column("arrears_dong", "Lãi tồn đầu kỳ", 13, "money"),
        Column("of_current_ppm", "Tỷ lệ trên lãi trong kỳ", 12, "ppm"),
        Column("of_all_ppm", "Tỷ lệ kể cả lãi tồn", 12, "ppm"),
    ),
    rows=each(_collection),
    summed=frozenset({"received_dong", "current_dong", "arrears_dong"}),
    ratios={
        "of_current_ppm": ("received_dong", ("current_dong",)),
        "of_all_ppm": ("received_dong", ("current_dong", "arrears_dong")),
    },
    notes=lambda wish: [
        ("Kỳ", f"các phiên đã kết toán từ {written(month_of(wish.day)[0])} đến {written(wish.day)}")
    ],
)
