"""Forms that people sign or hold in their hand: 15/TD (confirmation) and 01/BL (receipts).

Names stand here as on the statement 13/TD: texts beside the log, for the group's own people (L4).
"""

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from calc.confirmation import ConfirmedLoan, confirmation
from calc.receipts import Receipt, all_receipts
from calc.states import Phase
from calc.words import day as written
from calc.words import in_words, money
from hub.errors import SettingsError
from hub.service.day.wording import CAUSES, ROLES, STATES
from hub.service.reports.scope import GROUP, Known, Report, Row, each
from hub.service.tables.sheets import Column, Sheet, Told
from protocol.money import Dong


def _customer_rows(known: Known) -> Iterator[Row]:
    """A customer's loans and accounts side by side: each stands in one line, in whatever line there is."""
    found = confirmation(known.book, known.day)
    for number, customer in enumerate(found.customers, 1):
        lines = zip_longest(customer.loans, customer.accounts)
        for place, (loan, account) in enumerate(lines):
            yield (
                known.group,
                None if place else number,
                None if place else known.name(customer.member),
                *(_loan_cells(known, loan) if loan else (None,) * 8),
                *((account.number, account.balance) if account else (None, None)),
                None,
            )


def _loan_cells(known: Known, loan: ConfirmedLoan) -> Row:
    number, programme = known.names.loan(loan.loan)
    return (
        number,
        programme,
        loan.principal,
        loan.overdue,
        loan.frozen,
        loan.arrears,
        loan.current,
        loan.prepaid,
    )


def _confirmed(sums: Mapping[str, Dong]) -> Iterator[Told]:
    """The three figures that are signed for, in figures and in words."""
    for label, amount in (
        ("Tổng dư nợ gốc", sums.get("principal_dong", 0)),
        ("Tổng lãi tồn", sums.get("arrears_dong", 0)),
        ("Tổng tiền gửi tiết kiệm", sums.get("savings_dong", 0)),
    ):
        yield label, f"{money(amount)} ({in_words(amount)})"


CONFIRMATION = Report(
    title="DANH SÁCH 15/TD – ĐỐI CHIẾU DƯ NỢ, LÃI TỒN VÀ TIỀN GỬI TIẾT KIỆM",
    columns=(
        GROUP,
        Column("number", "TT", 3, "count"),
        Column("name", "Họ và tên", 20),
        Column("contract", "Khoản vay", 12),
        Column("programme", "Chương trình", 14),
        Column("principal_dong", "Dư nợ gốc", 13, "money"),
        Column("overdue_dong", "Trong đó quá hạn", 11, "money"),
        Column("frozen_dong", "Trong đó khoanh", 11, "money"),
        Column("arrears_dong", "Lãi tồn", 11, "money"),
        Column("current_dong", "Lãi từ phiên trước", 10, "money"),
        Column("prepaid_dong", "Lãi trả trước", 10, "money"),
        Column("account", "Sổ tiết kiệm", 12),
        Column("savings_dong", "Số dư tiết kiệm", 12, "money"),
        Column("signature", "Ký xác nhận", 7),
    ),
    rows=each(_customer_rows),
    summed=frozenset(
        {
            "principal_dong",
            "overdue_dong",
            "frozen_dong",
            "arrears_dong",
            "current_dong",
            "prepaid_dong",
            "savings_dong",
        }
    ),
    notes=lambda _: [
        (
            "Số dư",
            "cuối ngày; lãi tồn là lãi đã đến hạn tại phiên giao dịch gần nhất trở về trước mà chưa trả",
        )
    ],
    closing=_confirmed,
    signers=("Tổ trưởng", "Tổ chức nhận ủy thác", "Cán bộ tín dụng", "Ngân hàng"),
)


def _receipt_rows(known: Known) -> Iterator[Row]:
    for receipt in all_receipts(known.book, known.facts):
        if receipt.due_to == known.day:
            interest = sum(amount for _, amount in receipt.interest)
            yield (
                known.group,
                _written(receipt.number),
                known.name(receipt.member),
                receipt.value_date,
                interest,
                receipt.total - interest,
                receipt.total,
                _state_of(receipt),
            )


RECEIPTS = Report(
    title="BẢNG KÊ BIÊN LAI 01/BL CỦA MỘT NGÀY GIAO DỊCH",
    columns=(
        GROUP,
        Column("receipt_no", "Số biên lai", 7),
        Column("name", "Người nộp", 14),
        Column("received_on", "Ngày thu", 10, "day"),
        Column("interest_dong", "Lãi", 10, "money"),
        Column("savings_dong", "Tiết kiệm", 9, "money"),
        Column("total_dong", "Cộng", 10, "money"),
        Column("state", "Tình trạng", 9),
    ),
    rows=each(_receipt_rows),
    notes=lambda _: [
        ("Biên lai", "kể cả biên lai đã hủy, đang treo hoặc để riêng, nên bảng không có dòng cộng")
    ],
)


def receipt_form(known: Known, number: int) -> Sheet:
    """The form 01/BL of one receipt, printed again: it says that it is a copy, and that it is void if so.

    Of several under one number it is the one that took the number (L13). Raises SettingsError for none.
    """
    found = [receipt for receipt in all_receipts(known.book, known.facts) if receipt.number == number]
    if not found:
        raise SettingsError("no_receipt", group=known.group, number=number)
    receipt = min(found, key=lambda one: one.state.phase is Phase.SET_ASIDE)
    lines = tuple(enumerate(_lines(known, receipt), 1))
    cancelled = " – ĐÃ HỦY" if receipt.is_cancelled else ""
    return Sheet(
        title=f"BIÊN LAI 01/BL – BẢN SAO{cancelled}",
        columns=(
            Column("number", "TT", 3, "count"),
            Column("line", "Khoản nộp", 56),
            Column("amount_dong", "Số tiền", 16, "money"),
        ),
        rows=tuple((place, told, amount) for place, (told, amount) in lines),
        totals=(None, "Cộng", receipt.total),
        notes=tuple(_head(known, receipt)),
        closing=(("Bằng chữ", in_words(receipt.total)),),
        signers=("Người nộp tiền", "Người thu tiền"),
        positions=known.positions,
    )


def _lines(known: Known, receipt: Receipt) -> Iterator[tuple[str, Dong]]:
    """What was paid, and how much; a loan on which nothing was paid is no line of the paper."""
    for loan, amount in receipt.interest:
        if amount:
            contract, programme = known.names.loan(loan)
            yield f"Lãi khoản vay {contract} ({programme})", amount
    for account, amount in receipt.savings:
        yield f"Gửi tiết kiệm vào sổ {known.names.account(account)}", amount


def _head(known: Known, receipt: Receipt) -> Iterator[Told]:
    person, heading = known.names.person(receipt.member), known.names.heading(receipt.due_to)
    writer = known.book.writers.get(receipt.writer)
    yield "Số biên lai", _written(receipt.number)
    yield "Người nộp", f"{person.shown} (mã {person.number})"
    yield "Tổ", f"{heading.name} ({heading.code})"
    role = "" if writer is None else writer.latest.role
    leader = heading.leader.shown if role == "leader" and heading.leader is not None else ""
    yield "Người thu", f"{ROLES.get(role, role)} {leader}".strip()
    yield "Ngày thu", written(receipt.value_date)
    yield "Cho ngày giao dịch", written(receipt.due_to)
    yield "Tình trạng", _state_of(receipt)


def _written(number: int) -> str:
    """A receipt number as it is printed: seven digits, never grouped."""
    return f"{number:07}"


def _state_of(receipt: Receipt) -> str:
    told = STATES[receipt.state.phase]
    cause = receipt.state.cause
    return told if cause is None else f"{told}: {CAUSES.get(cause, cause)}"
