"""What people read in a journal and a trial balance: causes of entries, and what a detail is called."""

from calc.chart import CHART, Control, Detail
from calc.words import day as written
from hub.service.day.wording import ROLES
from hub.service.group.names import Names

CAUSES = {
    "loan_brought_forward": "Số dư khoản vay chuyển sang",
    "savings_account_listed": "Số dư tiết kiệm chuyển sang",
    "disbursed": "Giải ngân",
    "principal_repaid": "Trả gốc tại ngân hàng",
    "interest_received": "Trả lãi tại ngân hàng",
    "loan_written_off": "Xóa nợ",
    "loan_closed": "Khoản vay chuyển đi nơi khác",
    "recovered_after_write_off": "Thu hồi sau khi xóa nợ",
    "credit_refunded": "Hoàn hoặc chuyển lãi trả trước",
    "savings_deposit": "Gửi tiết kiệm tại ngân hàng",
    "savings_withdrawal": "Rút tiết kiệm tại ngân hàng",
    "savings_interest": "Nhập lãi tiết kiệm",
    "savings_transfer": "Trích tiết kiệm tại ngân hàng",
    "posted": "Hạch toán phiếu",
    "held": "Treo phiếu",
    "receipt_rekeyed": "Nhập lại biên lai giấy",
    "reversed": "Bút toán đảo",
    "cash_counted": "Kiểm đếm tiền",
    "difference_resolved": "Giải quyết chênh lệch tiền",
    "day_settled": "Tính lại lãi khi kết toán ngày",
    "period_closed": "Tính lại lãi khi khóa sổ kỳ",
}
"""Every cause of `calc.journal.JournalEntry`."""

HINDRANCES = {
    "period_not_over": "kỳ chưa kết thúc: ngày cuối là {day}",
    "period_day_unsettled": "ngày giao dịch {day} chưa kết toán",
    "period_earlier_open": "kỳ kết thúc ngày {day} có giao dịch mà chưa khóa sổ",
    "period_overtaken": "một kỳ sau ngày {day} đã khóa sổ",
}
"""What keeps a period from being closed, by `calc.periods.Hindrance`."""


def later_entries(count: int) -> str:
    """Why balances of a period stand beside no sums of details."""
    return (
        f"trước khi khóa sổ đã có {count} bút toán của kỳ sau; "
        "việc đối chiếu với chi tiết làm tại lúc khóa sổ, tính cả các bút toán đó"
    )


def detail_name(names: Names, roles: dict[int, str], account: Control, detail: int | None) -> str:
    """What a detail of a control account is called; ``roles`` say whose phone a writer is."""
    if detail is None:
        return ""
    match CHART[account].detail:
        case Detail.LOAN:
            return names.loan(detail)[0]
        case Detail.ACCOUNT:
            return names.account(detail)
        case Detail.DAY:
            return written(detail)
    role = roles.get(detail, "")
    return f"máy {detail} ({ROLES[role]})" if role in ROLES else f"máy {detail}"
