"""What people read when provisioning refuses something: one Vietnamese sentence per code."""

from provisioning.errors import ProvisioningError

STATES = {
    "waiting": "đang chờ duyệt",
    "accepted": "đã duyệt, chờ ghi sổ",
    "admitted": "đang hoạt động",
    "refused": "bị từ chối",
    "revoked": "đã thu hồi",
}
ROLES = {"leader": "tổ trưởng", "deputy": "tổ phó"}
NO_OUTPUT = "Không có chỗ để in kết quả; chưa làm gì."
UNTOLD = (
    "Không in được kết quả. Việc vừa yêu cầu có thể đã làm xong: hãy xem lại bằng lệnh devices"
    " trước khi chạy lại; mã mời chưa in ra thì lập mã khác."
)

_SENTENCES = {
    "rehearsal": "TOVAY_NOW phải là một thời điểm ISO 8601 có múi giờ, từ năm 2000 đến 2099,"
    " ví dụ 2025-12-03T08:00:00+07:00.",
    "incomplete": "Thư mục {path} chưa khởi tạo xong: lần khởi tạo trước chưa chạy hoặc bị ngắt giữa chừng."
    " Nếu bị ngắt, hãy xóa các tệp của lần đó (cả ở nơi giữ khóa gốc) rồi khởi tạo lại.",
    "occupied": "Thư mục {path} đã được khởi tạo; không có gì bị ghi đè.",
    "root_not_apart": "Khóa gốc phải được giữ riêng: chọn thư mục khác cho khóa gốc, nằm ngoài thư mục"
    " chi nhánh, và một mật khẩu khác.",
    "settings": "Tệp cấu hình {path} có nội dung không hợp lệ.",
    "unwritable": "Không ghi được vào {path}: đĩa đầy, chỉ đọc, hoặc không có quyền.",
    "passphrase_file": "Không đọc được mật khẩu từ tệp {path}: tệp phải có từ 12 đến 1.024 byte.",
    "wrong_passphrase": "Mật khẩu không mở được khóa {path}.",
    "other_root": "Khóa gốc ở {path} không phải của chi nhánh này.",
    "key_change": "Khóa gốc đã nêu khóa ghi sổ mới nhưng chưa đổi xong ở mọi tổ: hãy chạy"
    " tovay-hub change-key.",
    "old_key": "Tệp {path} là khóa ghi sổ cũ, đã được thay: có lẽ chép lại từ bản sao lưu cũ. Hãy chép lại"
    " tệp khóa mới nhất; nếu không còn, hãy nêu khóa mới bằng tovay-provision log-key.",
    "damaged": "Tệp {path} bị thiếu hoặc đã hỏng.",
    "register": "Không dùng được sổ đăng ký thiết bị {path}: tệp bị thiếu, hỏng, đang bị khóa, hoặc đĩa đầy.",
    "unknown_device": "Không có đúng một thiết bị mang mã này. Hãy xem lại danh sách thiết bị.",
    "wrong_state": "Không thực hiện được: thiết bị {state}.",
    "digits_differ": "Sáu chữ số không khớp. Nếu đã đọc đúng số trên điện thoại trong tay người nhận thì đây"
    " là máy khác: hãy từ chối thiết bị này.",
    "second_person": "Người xác nhận phải khác người quyết định.",
    "media_type": "Máy chủ không nhận kiểu dữ liệu này. Hãy cập nhật ứng dụng.",
    "bad_message": "Máy chủ không hiểu yêu cầu này. Hãy cập nhật ứng dụng rồi thử lại.",
    "voucher_refused": "Mã mời không dùng được: gõ sai, đã dùng, đã hết hạn hoặc đã có mã mới thay thế."
    " Hãy xem lại từng ký tự; nếu vẫn không được, xin ngân hàng cấp mã mới.",
    "known_key": "Máy này đã đăng ký bằng một mã khác. Hãy liên hệ ngân hàng.",
    "too_many_guesses": "Đã thử sai quá nhiều lần. Hãy chờ {retry_after_s} giây rồi thử lại.",
    "request_refused": "Máy chủ không nhận ra thiết bị này. Hãy liên hệ ngân hàng.",
    "nonce": "Yêu cầu đã được gửi trước đó. Hãy thử lại.",
    "skewed_clock": "Đồng hồ của máy sai giờ. Hãy chỉnh lại giờ; ứng dụng sẽ tự thử lại.",
    "device_ended": "Thiết bị {state}. Hãy liên hệ ngân hàng.",
}


def sentence(error: ProvisioningError) -> str:
    """The sentence for a person; no text of the exception itself is in it."""
    shown = dict(vars(error))
    if "state" in shown:
        shown["state"] = STATES[shown["state"]]
    return _SENTENCES[error.code].format_map(shown)
