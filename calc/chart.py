"""The chart of accounts: the few control accounts of a group's sub-ledger, as data (B19).

It is no general ledger. Each control account has details of one kind, and its balance is their sum
(`calc.controls`). Names are those of the glossary; which account of the bank's own chart takes a balance over
is the bank's decision. Marked [A], an assumption, is where B19 is silent: see ``assumed``.
"""

from enum import StrEnum

from msgspec import Struct

from protocol.money import Dong


class Detail(StrEnum):
    """What the details of a control account are; a detail is named by its number in the group."""

    NONE = "none"
    WRITER = "writer"
    LOAN = "loan"
    ACCOUNT = "account"
    DAY = "day"


class Side(StrEnum):
    """Where an account usually stands; a balance is positive on the debit side."""

    DEBIT = "debit"
    CREDIT = "credit"


class Control(StrEnum):
    """Codes of the control accounts."""

    CASH_IN_TRANSIT = "cash_in_transit"
    CASH = "cash"
    SUSPENSE = "suspense"
    SHORTAGE = "shortage"
    SURPLUS = "surplus"
    INTEREST_INCOME = "interest_income"
    RECOVERED = "recovered"
    PREPAID_INTEREST = "prepaid_interest"
    SAVINGS = "savings"
    PRINCIPAL = "principal"
    CORE_CLEARING = "core_clearing"
    INTEREST_DUE = "interest_due"
    INTEREST_DUE_CONTRA = "interest_due_contra"


class Line(Struct, frozen=True):
    """One line of a journal entry; a debit is positive, a credit negative.

    ``detail`` is the ordinal of a writer, loan or account, or a transaction day, as the chart says. None is
    the one detail of an account without details, and in suspense what no writer answers for.
    """

    account: Control
    detail: int | None
    amount: Dong


Balances = dict[tuple[Control, int | None], Dong]
"""Balance of every detail that was ever moved, in đồng; positive on the debit side."""


class Heading(Struct, frozen=True):
    """One control account: its name for people, its details, its side.

    ``is_memo`` says that it stands off the balance sheet; memo accounts balance among themselves. ``assumed``
    says what about it is an assumption, and is empty as a rule.
    """

    name: str
    detail: Detail
    side: Side
    is_memo: bool = False
    assumed: str = ""


CHART: dict[Control, Heading] = {
    Control.CASH_IN_TRANSIT: Heading("Tiền đang chuyển", Detail.WRITER, Side.DEBIT),
    Control.CASH: Heading("Tiền mặt", Detail.NONE, Side.DEBIT),
    Control.SUSPENSE: Heading(
        "Tiền chờ xử lý",
        Detail.WRITER,
        Side.CREDIT,
        assumed="also takes principal of a transfer that its settlement dropped",
    ),
    Control.SHORTAGE: Heading("Thiếu tiền, tổ trưởng phải nộp", Detail.DAY, Side.DEBIT),
    Control.SURPLUS: Heading("Thừa tiền chờ xử lý", Detail.DAY, Side.CREDIT),
    Control.INTEREST_INCOME: Heading("Thu lãi cho vay", Detail.LOAN, Side.CREDIT),
    Control.RECOVERED: Heading(
        "Thu hồi nợ đã xóa",
        Detail.LOAN,
        Side.CREDIT,
        assumed="income of its own, principal and interest alike",
    ),
    Control.PREPAID_INTEREST: Heading("Lãi trả trước", Detail.LOAN, Side.CREDIT),
    Control.SAVINGS: Heading("Tiền gửi tiết kiệm", Detail.ACCOUNT, Side.CREDIT),
    Control.PRINCIPAL: Heading("Dư nợ gốc", Detail.LOAN, Side.DEBIT),
    Control.CORE_CLEARING: Heading(
        "Thanh toán với hệ thống của ngân hàng",
        Detail.NONE,
        Side.DEBIT,
        assumed="also takes opening balances, principal written off, and differences that the bank bears",
    ),
    Control.INTEREST_DUE: Heading("Lãi phải thu", Detail.LOAN, Side.DEBIT, is_memo=True),
    Control.INTEREST_DUE_CONTRA: Heading("Đối ứng lãi phải thu", Detail.NONE, Side.CREDIT, is_memo=True),
}
"""Every control account under its code, in the order in which people read them."""

RESOLUTIONS: dict[str, Control] = {
    "payment": Control.CASH,
    "late_fact": Control.CASH_IN_TRANSIT,
    "decision": Control.CORE_CLEARING,
}
"""Against which account a `DifferenceResolved` clears a shortage or a surplus, by its resolution (B18) [A].

A shortage is paid in, and a surplus paid back, in cash. A late fact (a receipt that came after the count, one
that two people reversed) stands with the opposite sign in its writer's cash in transit. A decision lets the
bank bear it, in its own books, and so does any other word.
"""
