"""Words for an entry: how far it has travelled, what the branch made of it, and who owns a difference."""

CARRIAGES = {
    "on_phone": "trên máy",
    "sealed": "đã niêm phong, chưa gửi",
    "sent": "đã gửi, chờ xác nhận",
    "at_branch": "chi nhánh đã nhận",
}
PHASES = {
    "pending": "chờ ngân hàng hạch toán",
    "posted": "đã hạch toán",
    "held": "treo, chờ làm rõ",
    "voided": "đã hủy",
    "set_aside": "để riêng, không tính",
    "reversed": "ngân hàng đã đảo",
    "noted": "đã ghi nhận",
}
KINDS = {
    "collected": "biên lai",
    "voided": "hủy",
    "transfer": "trích tiết kiệm",
    "visit": "đến thăm",
    "note": "ghi chú",
    "handed_over": "bàn giao tiền",
    "accepted": "nhận bàn giao",
    "round_closed": "khóa sổ",
    "unknown": "không rõ loại",
}
CAUSES = {
    "possible_duplicate": "có thể thu trùng với máy khác",
    "same_receipt": "trùng số biên lai",
    "after_revocation": "ghi sau khi máy bị thu hồi",
    "after_posting": "hủy sau khi đã hạch toán",
    "fork": "máy có hai sổ khác nhau",
    "over_cap": "số tiền quá lớn",
    "fits_nothing": "không khớp với dòng nào",
    "unknown_kind": "loại dòng mới, máy này chưa hiểu",
    "unknown_writer": "máy không có trong tổ",
    "unknown_loan": "khoản vay chi nhánh không có",
    "malformed": "dòng không đọc được",
}
OUTCOME_WORDS = {"matched": "khớp", "short": "thiếu so với phải thu", "over": "nộp nhiều hơn phải thu"}
CHANGES = {
    "principal_repaid": "hộ đã trả gốc tại ngân hàng",
    "interest_received": "hộ đã trả lãi tại ngân hàng",
    "rate_decided": "lãi suất thay đổi",
    "policy_adopted": "quy định thay đổi",
    "disbursed": "giải ngân thêm",
    "instalment_overdue": "chuyển nợ quá hạn",
    "loan_extended": "gia hạn nợ",
    "loan_frozen": "khoanh nợ",
    "freeze_lifted": "hết khoanh nợ",
    "loan_written_off": "xóa nợ",
    "loan_renewed": "lưu vụ",
    "loan_closed": "tất toán",
    "interest_adjusted": "ngân hàng điều chỉnh lãi",
    "credit_refunded": "hoàn tiền lãi trả trước",
    "credit_carried": "chuyển tiền lãi trả trước từ khoản khác",
    "posted": "một lần thu khác đã hạch toán",
    "held": "một lần thu khác bị treo",
    "held_released": "một lần thu treo đã được xử lý",
    "voided": "một lần thu khác đã hủy",
    "reversed": "ngân hàng đảo bút toán",
    "receipt_rekeyed": "nhập lại biên lai giấy",
    "writer_revoked": "một máy bị thu hồi",
    "fork": "một máy có hai sổ khác nhau",
    "fork_resolved": "ngân hàng đã chọn một trong hai sổ của một máy",
}
FLAGS = {
    "stale_book": "máy dùng sổ cũ",
    "unknown_book": "sổ mà máy dùng không có ở chi nhánh",
    "late": "gửi sau ngày giao dịch",
    "clock": "đồng hồ của máy chạy nhanh",
    "short_balance": "sổ tiết kiệm không đủ",
    "short_principal": "gốc còn lại ít hơn số đề nghị",
    "receipt_out_of_range": "số biên lai ngoài dải của máy",
    "old_rules": "máy dùng cách tính cũ",
    **CAUSES,
}
