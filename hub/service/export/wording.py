"""What a person reads for the codes of lines of money; files for programs keep the codes."""

KINDS = {
    "interest_received": "trả lãi",
    "principal_repaid": "trả gốc",
    "deposit": "gửi tiết kiệm",
    "withdrawal": "rút tiết kiệm",
    "interest": "nhập lãi tiết kiệm",
    "transfer": "trích tiết kiệm",
    "credit_refunded": "hoàn lãi trả trước",
    "credit_carried": "lãi trả trước chuyển sang",
    "held": "tiền treo",
    "cash_counted": "tiền kiểm đếm",
    "shortage": "tiền thiếu",
    "surplus": "tiền thừa",
    "disbursed": "giải ngân",
    "instalment_scheduled": "kỳ trả gốc",
    "instalment_overdue": "chuyển quá hạn",
    "loan_extended": "gia hạn nợ",
    "loan_frozen": "khoanh nợ",
    "freeze_lifted": "thôi khoanh",
    "loan_renewed": "lưu vụ",
    "loan_written_off": "xóa nợ",
    "recovered_after_write_off": "thu hồi sau khi xóa nợ",
    "loan_closed": "tất toán",
}
"""Kinds of `calc.money_lines.LineKind` and of an extract."""

WAITING = {"unconfirmed": "ngân hàng chưa xác nhận", "provisional": "nhập tại bàn, chưa khớp"}
NAMES = {"kind": KINDS, "waits_as": WAITING}
"""Names for `Sheet.names`, by column."""
