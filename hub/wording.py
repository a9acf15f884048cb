"""What people read when the hub refuses something: one Vietnamese sentence per code."""

_SENTENCES = {
    "malformed": "Máy chủ không hiểu dữ liệu này. Hãy cập nhật ứng dụng rồi thử lại.",
    "limit": "Gửi quá nhiều trong một lần. Ứng dụng sẽ chia nhỏ và gửi lại.",
    "media_type": "Máy chủ không nhận kiểu dữ liệu này. Hãy cập nhật ứng dụng.",
    "slow_body": "Đường truyền quá chậm nên yêu cầu bị ngắt. Dữ liệu trên máy vẫn còn; hãy thử lại.",
    "quota": "Thiết bị đã gửi quá nhiều trong hôm nay. Dữ liệu trên máy vẫn còn; hãy thử lại vào ngày mai.",
    "access": "Thiết bị này không được xem sổ của tổ. Hãy liên hệ ngân hàng.",
    "request_refused": "Máy chủ không nhận ra thiết bị này. Hãy liên hệ ngân hàng.",
    "skewed_clock": "Đồng hồ của máy sai giờ. Hãy chỉnh lại giờ; ứng dụng sẽ tự thử lại.",
    "unknown_group": "Không có tổ mang mã này.",
    "stopped_group": "Sổ của tổ này đang tạm dừng để ngân hàng kiểm tra. Dữ liệu đã gửi vẫn được giữ.",
    "import_outrun": "Sổ của tổ vừa có thay đổi trong lúc nhập. Hãy chạy lại lệnh nhập.",
    "not_initialised": "Thư mục {path} chưa được khởi tạo cho máy chủ: hãy chạy tovay-hub init.",
    "bad_settings": "Tệp cấu hình {path} có nội dung không hợp lệ.",
    "occupied": "Thư mục {path} đã được khởi tạo; không có gì bị ghi đè.",
    "address": "Không lắng nghe được ở địa chỉ {address}: cổng đang bận hoặc địa chỉ không có trên máy này.",
    "rehearsal": "TOVAY_NOW phải là một thời điểm ISO 8601 có múi giờ, ví dụ 2025-12-03T08:00:00+07:00.",
    "no_passphrase": "Cần tệp mật khẩu của khoá máy chủ: dùng --passphrase-file, biến TOVAY_PASSPHRASE_FILE"
    " hoặc ghi vào hub.toml.",
    "wrong_key": "Khoá ghi sổ đang mở không phải khoá hiện hành của chi nhánh.",
    "store": "Máy chủ chưa ghi được dữ liệu. Hãy thử lại sau ít phút.",
    "head_moved": "Máy chủ đang bận ghi sổ của tổ này. Hãy thử lại.",
    "damaged": "Dữ liệu lưu trên máy chủ không còn nguyên vẹn. Người quản trị cần chạy kiểm tra (fsck).",
    "not_found": "Không có trang này.",
    "method": "Trang này không nhận yêu cầu kiểu đó.",
    "request": "Yêu cầu không hợp lệ.",
    "internal": "Máy chủ gặp lỗi. Lỗi đã được ghi lại; hãy thử lại.",
}


def sentence(code: str, **shown: object) -> str:
    """The sentence for a person; raises KeyError for a code that nobody gave one."""
    return _SENTENCES[code].format_map(shown)
