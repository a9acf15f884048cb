"""What is said about the way to the branch: how an exchange ended, and how much the branch still lacks."""

from datetime import datetime

from edge.transport import Outcome
from edge.wording import moment

OUTCOMES: dict[Outcome, str] = {
    Outcome.OFFLINE: "Chưa có mạng. Mọi thứ vẫn lưu trên máy, vẫn thu tiếp được.",
    Outcome.NOT_THE_HUB: "Mạng trả về trang lạ, không phải máy chủ của chi nhánh. Hãy đổi mạng khác.",
    Outcome.CLOCK_REFUSED: "Đồng hồ của máy sai nhiều nên máy chủ không nhận. Hãy chỉnh lại giờ.",
    Outcome.REFUSED: "Máy chủ không nhận máy này. Hãy gọi cán bộ; dữ liệu vẫn còn nguyên trên máy.",
    Outcome.BUSY: "Máy chủ đang bận. Hãy thử lại sau ít phút.",
    Outcome.TOO_LARGE: "Máy chủ không nhận gói lớn như vậy. Hãy gọi cán bộ; dữ liệu vẫn còn nguyên trên máy.",
    Outcome.OUTDATED: (
        "Ứng dụng trên máy và máy chủ khác phiên bản. Hãy cập nhật ứng dụng;"
        " mọi thứ vẫn lưu trên máy, vẫn thu tiếp được."
    ),
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


BUNDLE_TITLE = "Kiện gửi ngân hàng"


def exported(seals: int, bundles: int) -> str:
    """After bundles were handed out."""
    return (
        f"Đã xuất {bundles} kiện, {seals} gói. Máy vẫn giữ tất cả, và chờ kiện trả lời của ngân"
        " hàng để biết đã nhận. Vẫn thu tiếp được."
    )


def carried_away(moment_: str, seals: int) -> str:
    """Shown while what carriers took is not acknowledged."""
    return f"Lần cuối xuất kiện nhờ người mang: {moment_}; {seals} gói chưa được ngân hàng xác nhận."


def imported(answers: int, foreign: int, learnt: int, acknowledged: int, waiting: int) -> list[str]:
    """After bundles were brought."""
    told = []
    if answers:
        told.append(f"Đã nhận {answers} kiện trả lời: {learnt} dòng mới từ ngân hàng.")
        told.append(f"Ngân hàng xác nhận thêm {acknowledged} gói; còn {waiting} gói chưa xác nhận.")
    else:
        told.append("Không có kiện trả lời nào cho máy này.")
    if foreign:
        told.append(f"{foreign} kiện không mở được: kiện của máy khác, hoặc bị hỏng.")
    return told


def saved(entries: int, unsent: int) -> str:
    """The state that is always on screen: how much is kept here, and how much of it the branch lacks."""
    if unsent == 0:
        return f"Đã lưu trên máy: {entries} dòng – chi nhánh đã nhận đủ."
    return f"Đã lưu trên máy: {entries} dòng – {unsent} dòng chi nhánh chưa nhận. Vẫn thu tiếp được."


def set_aside(amount: str, receipts: int) -> str:
    """Money on receipts that count for nothing until people decide: it is not in the cash in hand."""
    return (
        f"Để riêng, không tính trong tiền đang giữ: {amount} trên {receipts} biên lai. Tiền nào đã thu thật"
        " thì giữ nguyên cùng biên lai giấy, chờ cán bộ quyết định."
    )


def came_back(entries: int) -> str:
    """Why entries that the branch had received are not there any more."""
    return (
        f"Chi nhánh đã khôi phục sổ từ bản lưu, nên {entries} dòng của máy này trước đã nhận nay chưa có lại."
        " Không có gì bị mất: máy tự gửi lại khi đồng bộ. Cứ thu tiếp."
    )


def digits(six: str, group: str) -> str:
    """What the person reads to the officer after ``enrol``."""
    return (
        f"Máy đã đăng ký vào tổ {group}. Hãy đọc cho cán bộ sáu chữ số: {six[:3]} {six[3:]}."
        " Khi cán bộ duyệt xong, chạy: tovay-edge enrol --check."
    )


def clock_is_off(phone_at: datetime, branch_at: datetime, *, stopped: bool) -> str:
    """Said at every start while the clock is in doubt, with both times."""
    what_to_do = "Hãy chỉnh lại giờ của máy." if stopped else "Vẫn thu được; hãy chỉnh lại giờ của máy."
    return (
        f"Đồng hồ của máy ghi {moment(phone_at)}, nhưng theo chi nhánh phải là khoảng {moment(branch_at)}."
        f" {what_to_do}"
    )


def long_silent(days: int, lease_days: int, *, stopped: bool) -> str:
    """Said at every start once the lease is over."""
    find_a_way = "hãy tìm mạng để đồng bộ ngay, nhờ người mang kiện, hoặc gọi cán bộ."
    what_to_do = find_a_way.capitalize() if stopped else f"Vẫn thu và ghi được; {find_a_way}"
    return (
        f"ĐÃ {days} NGÀY máy không nhận được trả lời của chi nhánh (quá {lease_days} ngày)."
        f" Số phải thu có thể đã cũ. {what_to_do}"
    )


def evidence_found(files: tuple[str, ...], fingerprint: str) -> tuple[str, ...]:
    """After evidence was looked for, and written where there was any."""
    if not files:
        return ("Máy không giữ hai sổ nào trái nhau: không có gì để làm chứng cứ.",)
    return (
        *(f"Đã ghi chứng cứ vào {file}." for file in files),
        f"Ai cũng kiểm chứng được bằng tovay-verify, với dấu vân tay của khóa gốc: {fingerprint}",
    )
