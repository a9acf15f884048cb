"""What the phone asks, confirms and warns of, in Vietnamese; English is for developers.

Faults, entries and exchanges have modules of their own. No exception's text reaches a person.
"""

from collections.abc import Mapping
from datetime import datetime

from calc.words import money
from protocol.day import VIETNAM

MEMBER_STATES = {
    "not_yet": "chưa thu",
    "collected": "đã thu",
    "promised": "hẹn",
    "overdue": "quá hạn",
    "nothing_due": "không phải thu",
}
ROLES = {"leader": "tổ trưởng", "deputy": "tổ phó"}
VISITS = {
    "absent": "vắng nhà",
    "no_money": "chưa có tiền",
    "promised": "hẹn trả",
    "refused": "không chịu trả",
    "other": "lý do khác",
}
VOID_REASONS = {
    "mistyped": "ghi nhầm số tiền",
    "wrong_member": "nhầm hộ",
    "money_returned": "đã trả lại tiền",
    "other": "lý do khác",
}
BUCKETS = {"in_term": "trong hạn", "overdue": "quá hạn", "grace": "trong thời gian ân hạn"}
WARNINGS = {
    "book_differs": "Số phải thu trên máy KHÁC số của chi nhánh. Vẫn thu được; hãy báo cán bộ ngay.",
    "day_is_over": "Ngày giao dịch này đã qua. Hãy đồng bộ để nhận sổ mới.",
    "savings_small": f"Gửi tiết kiệm dưới {money(5_000)}: ngân hàng thường không nhận mức này.",
}
PURPOSES = {"interest": "trả lãi", "principal": "trả gốc"}
NEARLY_FULL = "Đã lưu, nhưng máy gần hết chỗ chứa. Hãy xóa bớt ảnh, phim."
SAVED = "Đã lưu trên máy. Vẫn thu tiếp được khi không có mạng."
VOIDED = "Đã hủy và lưu trên máy. Hãy thu lại bản biên lai đã đưa cho hộ."
VISITED = "Đã lưu trên máy."
HANDED = "Đã lưu trên máy. Tiền chuyển sang người nhận khi họ ghi nhận."
ACCEPTED = "Đã lưu trên máy. Tiền này nay thuộc sổ của máy này."
CHOOSE_COUNT = "Hãy ghi số tiền đếm được: --notes cho từng loại tiền, hoặc --counted cho cả tổng."
STOPPED = "Máy tạm dừng ghi sổ. "
INTERRUPTED = "Đã dừng giữa chừng. Hãy chạy status để xem dòng vừa rồi đã lưu chưa."
NO_OUTPUT = "Không có chỗ để in kết quả; chưa làm gì."
NOT_TOLD = "Máy không in ra được. Hãy chạy status để xem dòng vừa rồi đã lưu chưa."
MISUSED = "Không hiểu lệnh. Xem hướng dẫn: tovay-edge --help."
CHOOSE_INTEREST = "Hãy chọn một: --full, --rounded, --amount, --line; hoặc chỉ --savings."
CHOOSE_WAY_OUT = "Hãy chọn cách xuất: --file, --qr hoặc --show."
CHOICES = (CHOOSE_INTEREST, CHOOSE_COUNT, CHOOSE_WAY_OUT)
REHEARSAL = "Đang diễn tập theo TOVAY_NOW: {moment}."

TWINS = {
    "here": "LƯU Ý: số {number} có ở hai bên rẽ nhánh của máy này. Đây là tờ mà sổ trên máy này giữ; tờ kia"
    " do một bản sao khác của máy ghi. Hãy so tên và số tiền với tờ giấy của hộ.",
    "elsewhere": "LƯU Ý: số {number} có ở hai bên rẽ nhánh của máy này. Đây là tờ do một bản sao khác của máy"
    " ghi, chi nhánh gửi lại. Hãy so tên và số tiền với tờ giấy của hộ.",
}
"""A receipt whose number stands on two sides of a fork, by which of them is shown (L13, L16)."""


def days_to(days: int) -> str:
    """How far the transaction day is, by the phone's own clock."""
    if days == 0:
        return "hôm nay"
    return f"còn {days} ngày" if days > 0 else f"đã qua {-days} ngày"


def named(words: Mapping[str, str], code: str | None) -> str:
    """The words of a code; a code that a newer branch uses is shown as it is."""
    return "" if code is None else words.get(code, code)


def moment(value: datetime) -> str:
    """A moment on a Vietnamese clock: 08:30 ngày 17/12/2025."""
    return value.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def confirmation(name: str, interest: int, savings: int) -> str:
    """The sentence that a person answers before a receipt is signed."""
    parts = [f"lãi {money(interest)}"] if interest else []
    parts += [f"tiết kiệm {money(savings)}"] if savings else []
    return f"{name} nộp {money(interest + savings)} ({', '.join(parts)}) – đúng không?"


def void_question(number: int, *, transfer: bool) -> str:
    """Asked before an entry is taken back."""
    return f"Hủy {'lần trích tiết kiệm ở dòng' if transfer else 'biên lai số'} {number} – đúng không?"


def transfer_question(name: str, amount: int, purpose: str, loan: int) -> str:
    """Asked before a transfer is signed."""
    return f"{name} trích {money(amount)} tiết kiệm để {PURPOSES[purpose]} khoản vay {loan} – đúng không?"


def transferred(seq: int) -> str:
    """After a transfer was saved."""
    return f"Đã lưu trên máy, dòng {seq}. Chờ ngân hàng hạch toán."


def close_question(expected: int, counted: int) -> str:
    """Asked before a round is closed."""
    return f"Phải có {money(expected)}, đếm được {money(counted)}. Ký khóa sổ?"


def handover_question(writer: int, amount: int) -> str:
    """Asked before cash is handed over."""
    return f"Bàn giao {money(amount)} cho máy {writer} – đúng không?"


def accept_question(handover: str, amount: int) -> str:
    """Asked before cash is accepted."""
    return f"Đã nhận đủ {money(amount)} của lần bàn giao {handover} – đúng không?"
