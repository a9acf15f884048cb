"""Every Vietnamese sentence of the phone. English is for developers; no exception's text reaches a person."""

from collections.abc import Mapping
from datetime import datetime

from calc.words import day, grouped, money
from edge.errors import Fault
from edge.transport import Outcome
from edge.typed import AMOUNT_DONG_MAX
from protocol.day import VIETNAM
from protocol.money import FACES_DONG

FAULTS: dict[Fault, str] = {
    Fault.NOT_AN_AMOUNT: "“{typed}” không phải số tiền. Hãy ghi số đồng, ví dụ 105000 hoặc 105.000.",
    Fault.AMOUNT_TOO_LARGE: f"“{{typed}}” quá lớn. Một lần ghi nhiều nhất {money(AMOUNT_DONG_MAX)}.",
    Fault.NOT_A_DATE: "“{typed}” không phải ngày có thật. Hãy ghi ngày/tháng/năm, ví dụ 17/12/2025.",
    Fault.NOT_A_MOMENT: "TOVAY_NOW=“{typed}” phải là thời điểm có múi giờ, ví dụ 2025-12-15T08:00:00+07:00.",
    Fault.NOT_A_NUMBER: "“{typed}” không phải số thứ tự. Hãy ghi một số nguyên dương, ví dụ 7.",
    Fault.NOT_A_PIN: "Mã PIN gồm 6 đến 12 chữ số.",
    Fault.NOT_A_VOUCHER: "Mã mời chưa đúng. Hãy so lại từng ký tự với phiếu của cán bộ rồi gõ lại.",
    Fault.NOT_AN_ADDRESS: "“{typed}” không phải địa chỉ máy chủ. Hãy ghi như trên phiếu mời, bắt đầu bằng https://.",
    Fault.BAD_TEXT: "Ghi chú trống, quá dài hoặc có ký tự lạ. Hãy gõ lại ngắn gọn bằng chữ thường.",
    Fault.BAD_PAIR: "“{typed}” chưa đúng cách ghi. Hãy ghi số, dấu bằng rồi đến giá trị, ví dụ 2=105.000.",
    Fault.BAD_FACE: "Không có tờ tiền “{typed}”. Các mệnh giá: " + ", ".join(map(grouped, FACES_DONG)) + ".",
    Fault.COUNT_DIFFERS: "Kê từng loại tiền được {noted}, nhưng số tiền đếm ghi là {counted}. Hãy đếm lại.",
    Fault.NO_SUCH_MEMBER: "Tổ không có tổ viên “{typed}”. Xem danh sách bằng lệnh members.",
    Fault.SEVERAL_MEMBERS: "“{typed}” là số thứ tự và mã của hai tổ viên khác nhau. Hãy ghi mã kia.",
    Fault.NO_SUCH_LOAN: "{member} không có khoản vay số {loan} đang còn. Xem bằng lệnh show.",
    Fault.NO_SUCH_ACCOUNT: "{member} không có sổ tiết kiệm số {account}. Xem bằng lệnh show.",
    Fault.SEVERAL_ACCOUNTS: "{member} có nhiều sổ tiết kiệm. Hãy ghi rõ số sổ, ví dụ 2=50.000.",
    Fault.NO_SUCH_RECEIPT: "Máy này không có biên lai số {receipt}.",
    Fault.NO_SUCH_ENTRY: "Máy này không có dòng số {entry} như vậy.",
    Fault.NO_SUCH_WRITER: "Tổ không có máy số {writer} đang hoạt động.",
    Fault.NOTHING_TO_COLLECT: "Không có tiền để ghi. Nếu chỉ đến thăm, hãy dùng lệnh visit.",
    Fault.NO_LOAN: "{member} không có khoản vay nào đang còn, nên không thu lãi được.",
    Fault.ALREADY_COLLECTED: (
        "{member} đã có biên lai số {receipt}, {amount}, cho ngày {day}."
        " Nếu hộ thật sự nộp thêm lần nữa, hãy ghi lại với --again."
    ),
    Fault.ALREADY_VOIDED: "Dòng này đã hủy rồi.",
    Fault.ALREADY_POSTED: "Ngân hàng đã hạch toán dòng này, máy không hủy được nữa. Hãy gọi cán bộ.",
    Fault.ALREADY_ACCEPTED: "Khoản bàn giao này đã được nhận rồi.",
    Fault.NOT_FOR_THIS_PHONE: "Khoản bàn giao này không gửi cho máy này.",
    Fault.OVER_HANDED: "Bên giao chỉ ghi {handed}. Hai bên hãy đếm lại.",
    Fault.OVER_BALANCE: "Sổ tiết kiệm chỉ còn {available} để trích.",
    Fault.OVER_PRINCIPAL: "Khoản vay chỉ còn nợ gốc {principal}.",
    Fault.OVER_CASH: "Trong tay chỉ có {available} để bàn giao.",
    Fault.PROMISE_IN_PAST: "Ngày hẹn {day} đã qua. Hãy ghi một ngày từ hôm nay trở đi.",
    Fault.NO_DIRECTORY: "Không có thư mục {directory}. Hãy dùng lệnh enrol trước.",
    Fault.NO_PIN_FILE: "Không đọc được mã PIN từ tệp {file}.",
    Fault.NOT_A_PICTURE: "Tệp {file} phải kết thúc bằng .png hoặc .svg.",
    Fault.CANNOT_WRITE: "Không ghi được tệp {file}.",
    Fault.DECLINED: "Đã dừng. Không có gì được ghi.",
    Fault.NOT_A_SETTING: "Tệp {file} có chỗ không hiểu được. Hãy gọi cán bộ kỹ thuật.",
    Fault.WRONG_PIN: "Sai mã PIN. Còn {left} lần trước khi máy tạm khóa. Không có gì bị mất.",
    Fault.LOCKED: "Máy tạm khóa vì nhiều lần sai mã PIN. Thử lại sau {until}. Không có gì bị mất.",
    Fault.NOT_ENROLLED: "Máy này chưa được cấp quyền. Hãy dùng lệnh enrol với mã mời của cán bộ.",
    Fault.NOT_ADMITTED: "Chi nhánh chưa duyệt máy này. Hãy đọc sáu chữ số cho cán bộ rồi chạy enrol --check.",
    Fault.ALREADY_ENROLLED: "Máy này đã được cấp quyền từ trước. Không cần mã mời nữa.",
    Fault.STORAGE_FULL: "Máy hết chỗ chứa. Dòng vừa ghi CHƯA được lưu. Hãy xóa bớt ảnh, phim rồi ghi lại.",
    Fault.STORAGE_FAILED: "Máy không ghi được. Dòng vừa ghi CHƯA được lưu. Hãy gọi cán bộ kỹ thuật.",
    Fault.IN_USE: "Sổ đang mở ở một cửa sổ khác. Hãy đóng cửa sổ kia rồi thử lại.",
    Fault.NEWER_LEDGER: "Sổ do bản ứng dụng mới hơn ghi. Hãy cập nhật ứng dụng.",
    Fault.DAMAGED: "Sổ trên máy bị hỏng. Đừng thu tiếp trên máy này; hãy gọi cán bộ để cấp lại sổ.",
    Fault.OTHER_DEVICE: "Sổ này không phải của máy này, hoặc khóa của máy đã mất. Hãy gọi cán bộ.",
    Fault.BEHIND_MARK: "Sổ trên máy cũ hơn lần dùng trước, có lẽ do khôi phục. Đừng thu tiếp; gọi cán bộ.",
    Fault.ANOTHER_COPY: "Chi nhánh có phiếu của máy này mà sổ ở đây không có. Đừng thu tiếp; gọi cán bộ.",
    Fault.REVOKED: "Chi nhánh đã thu hồi máy này. Không thu tiếp được; hãy gọi cán bộ.",
    Fault.NO_BOOK: "Máy chưa có sổ của ngày giao dịch. Hãy đồng bộ (sync) khi có mạng.",
    Fault.RECEIPTS_USED_UP: "Dải số biên lai của máy đã hết. Hãy gọi cán bộ để được cấp thêm.",
    Fault.WRONG_ROOT: "Máy chủ này không phải của chi nhánh trên phiếu mời. Hãy dừng lại và gọi cán bộ.",
    Fault.VOUCHER_REFUSED: "Chi nhánh không nhận mã mời: sai, đã dùng hoặc hết hạn. Hãy xin cán bộ mã mới.",
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.OFFLINE: "Chưa có mạng. Mọi thứ vẫn lưu trên máy, vẫn thu tiếp được.",
    Outcome.NOT_THE_HUB: "Mạng trả về trang lạ, không phải máy chủ của chi nhánh. Hãy đổi mạng khác.",
    Outcome.CLOCK_REFUSED: "Đồng hồ của máy sai nhiều nên máy chủ không nhận. Hãy chỉnh lại giờ.",
    Outcome.REFUSED: "Máy chủ không nhận máy này. Hãy gọi cán bộ; dữ liệu vẫn còn nguyên trên máy.",
    Outcome.BUSY: "Máy chủ đang bận. Hãy thử lại sau ít phút.",
    Outcome.TOO_LARGE: "Máy chủ không nhận gói lớn như vậy. Hãy gọi cán bộ; dữ liệu vẫn còn nguyên trên máy.",
    Outcome.HUB_FAULT: "Máy chủ đang có lỗi. Mọi thứ vẫn lưu trên máy; hãy thử lại sau.",
    Outcome.UNTRUSTED: "Trả lời không có chữ ký đúng của chi nhánh nên máy không nhận gì. Hãy gọi cán bộ.",
    Outcome.TWO_HISTORIES: (
        "Chi nhánh gửi sổ khác với sổ đã gửi trước đây. Máy giữ cả hai làm bằng chứng."
        " Vẫn thu tiếp được; hãy báo cán bộ ngay."
    ),
    Outcome.SHUT_OUT: "Chi nhánh chỉ báo đã nhận, không gửi sổ nữa: có lẽ máy đã bị thu hồi. Hãy gọi cán bộ.",
    Outcome.WAITING: "Chi nhánh chưa duyệt máy này.",
    Outcome.DONE: "Đã đồng bộ với chi nhánh.",
}
NOT_RECEIVED = (
    "Máy chủ trả lời nhưng chưa nhận hết. Mọi thứ vẫn lưu trên máy; hãy thử lại sau,"
    " nếu vẫn vậy thì báo cán bộ."
)


def sentence(fault: Fault, facts: Mapping[str, object]) -> str:
    """The sentence of a fault with its blanks filled."""
    return FAULTS[fault].format_map({name: _filled(name, value) for name, value in facts.items()})


def moment(value: datetime) -> str:
    """A moment on a Vietnamese clock: 08:30 ngày 17/12/2025."""
    return value.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")


def _filled(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, int) and name in _AMOUNTS:
        return money(value)
    return day(value) if isinstance(value, int) and name == "day" else str(value)


_AMOUNTS = frozenset({"noted", "counted", "amount", "handed", "available", "principal"})

MEMBER_STATES = {
    "not_yet": "chưa thu",
    "collected": "đã thu",
    "promised": "hẹn",
    "overdue": "quá hạn",
    "nothing_due": "không phải thu",
}
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
ROLES = {"leader": "tổ trưởng", "deputy": "tổ phó"}
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
CHOICES = (CHOOSE_INTEREST, CHOOSE_COUNT)
REHEARSAL = "Đang diễn tập theo TOVAY_NOW: {moment}."


def named(words: Mapping[str, str], code: str | None) -> str:
    """The words of a code; a code that a newer branch uses is shown as it is."""
    return "" if code is None else words.get(code, code)


def confirmation(name: str, interest: int, savings: int) -> str:
    """The sentence that a person answers before a receipt is signed."""
    parts = [f"lãi {money(interest)}"] if interest else []
    parts += [f"tiết kiệm {money(savings)}"] if savings else []
    return f"{name} nộp {money(interest + savings)} ({', '.join(parts)}) – đúng không?"


def saved(entries: int, unsent: int) -> str:
    """The state that is always on screen: how much is kept here, and how much of it the branch lacks."""
    if unsent == 0:
        return f"Đã lưu trên máy: {entries} dòng – chi nhánh đã nhận đủ."
    return f"Đã lưu trên máy: {entries} dòng – {unsent} dòng chi nhánh chưa nhận. Vẫn thu tiếp được."


def digits(six: str, group: str) -> str:
    """What the person reads to the officer after ``enrol``."""
    return (
        f"Máy đã đăng ký vào tổ {group}. Hãy đọc cho cán bộ sáu chữ số: {six[:3]} {six[3:]}."
        " Khi cán bộ duyệt xong, chạy: tovay-edge enrol --check."
    )


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
