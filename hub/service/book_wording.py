"""What a person reads about a row that was refused."""

from hub.service.book_rows import BadRow, Reason

_NAME_SHOWN = 60

_SENTENCES = {
    Reason.NO_FILES: "thư mục không có tệp CSV nào",
    Reason.UNKNOWN_FILE: "tên tệp này không thuộc bộ tệp xuất",
    Reason.UNREADABLE: "không đọc được tệp",
    Reason.FILE_TOO_LARGE: "tệp quá lớn",
    Reason.EMPTY_FILE: "tệp rỗng, thiếu cả dòng tiêu đề",
    Reason.TOO_MANY: "quá nhiều dòng lỗi, không đọc tiếp tệp này",
    Reason.UNKNOWN_COLUMN: "cột này không có trong mẫu",
    Reason.MISSING_COLUMN: "thiếu cột này",
    Reason.REPEATED_COLUMN: "cột này lặp lại",
    Reason.CELL_COUNT: "số ô của dòng khác số cột của tiêu đề",
    Reason.NOT_UTF8: "dòng không phải chữ UTF-8",
    Reason.BAD_QUOTES: "dấu ngoặc kép đặt sai",
    Reason.LINE_TOO_LONG: "dòng quá dài",
    Reason.FORBIDDEN_CHARACTER: "có ký tự ẩn hoặc ký tự điều khiển",
    Reason.EMPTY_CELL: "ô này không được để trống",
    Reason.MUST_BE_EMPTY: "ô này phải để trống",
    Reason.TEXT_TOO_LONG: "chữ quá dài",
    Reason.NOT_A_CODE: "mã chỉ gồm chữ không dấu, chữ số và các dấu . _ / -",
    Reason.NOT_A_CHOICE: "giá trị không nằm trong danh mục cho phép",
    Reason.NOT_A_DAY: "ngày phải viết 2025-12-17 hoặc 17/12/2025 và phải có thật",
    Reason.NOT_A_NUMBER: "phải là số nguyên viết liền, không dấu chấm, không dấu phẩy",
    Reason.OUT_OF_RANGE: "số nằm ngoài giới hạn cho phép",
    Reason.NOT_AN_IDENTITY: "số định danh phải đủ 12 chữ số",
    Reason.NOT_A_PHONE: "số điện thoại phải gồm 10 chữ số, bắt đầu bằng 0",
    Reason.REPEATED_KEY: "trùng với một dòng khác",
    Reason.UNKNOWN_NAME: "không tìm thấy mã này trong tệp xuất cũng như trong sổ",
    Reason.OTHER_GROUP: "khách hàng thuộc tổ khác",
    Reason.WRONG_ORDER: "ngày hoặc giới hạn sau đứng trước ngày đầu",
    Reason.BEFORE_CUT_OFF: "giao dịch trước ngày chốt số dư đã nằm trong số dư",
    Reason.TOO_MANY_MEMBERS: "tổ có quá 60 tổ viên",
    Reason.CHANGED: "khác với dòng đã ghi sổ; sổ không sửa dòng cũ",
    Reason.IMPOSSIBLE: "không tính được khoản vay sau giao dịch này",
}


def sentence(bad: BadRow) -> str:
    """One line for a person: file, line, column and reason. What the file itself says is made harmless."""
    place = [_printable(bad.file)] if bad.file else []
    if bad.line:
        place.append(f"dòng {bad.line}")
    if bad.column:
        place.append(f"cột {_printable(bad.column)}")
    reason = _SENTENCES[bad.reason]
    return f"{', '.join(place)}: {reason}." if place else f"{reason[0].upper()}{reason[1:]}."


def _printable(name: str) -> str:
    shown = "".join(character if character.isprintable() else "�" for character in name[:_NAME_SHOWN])
    return shown if len(name) <= _NAME_SHOWN else f"{shown}…"
