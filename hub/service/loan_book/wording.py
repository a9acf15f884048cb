"""What a person reads about an export: rows that are refused, and what it no longer names."""

from hub.service.loan_book.absent import Absent
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, Form

_NAME_SHOWN = 60

_SENTENCES = {
    Reason.NO_FILES: "thư mục không có tệp CSV nào",
    Reason.NOWHERE: "không có thư mục hoặc tệp nào mang tên này",
    Reason.UNKNOWN_FORM: "chỉ nhập được thư mục tệp CSV, tệp .xlsx hoặc tệp .json",
    Reason.UNKNOWN_TABLE: "tên bảng này không thuộc bộ dữ liệu xuất",
    Reason.MISSING_TABLE: "bộ dữ liệu đầy đủ phải có bảng này",
    Reason.UNREADABLE: "tệp không đọc được",
    Reason.TOO_LARGE: "quá lớn",
    Reason.EMPTY_TABLE: "bảng rỗng, thiếu cả dòng tiêu đề",
    Reason.NOT_A_TABLE: "phải là một danh sách các dòng",
    Reason.TOO_MANY: "quá nhiều dòng lỗi, cả bảng bị loại",
    Reason.UNKNOWN_COLUMN: "cột này không có trong mẫu",
    Reason.MISSING_COLUMN: "thiếu cột này",
    Reason.REPEATED_COLUMN: "cột này lặp lại",
    Reason.CELL_COUNT: "số ô của dòng khác số cột của tiêu đề",
    Reason.NOT_A_ROW: "dòng phải là một đối tượng JSON",
    Reason.NOT_UTF8: "không phải chữ UTF-8",
    Reason.NOT_JSON: "không phải một đối tượng JSON đúng quy cách",
    Reason.BAD_QUOTES: "dấu ngoặc kép đặt sai",
    Reason.LINE_TOO_LONG: "dòng quá dài",
    Reason.MERGED: "có ô bị gộp; hãy bỏ gộp ô",
    Reason.FORBIDDEN_CHARACTER: "có ký tự ẩn hoặc ký tự điều khiển",
    Reason.EMPTY_CELL: "ô này không được để trống",
    Reason.MUST_BE_EMPTY: "ô này phải để trống",
    Reason.NO_VALUE: "công thức bị lỗi hoặc chưa được tính",
    Reason.NEITHER_TEXT_NOR_NUMBER: "ô phải là chữ, số hoặc ngày",
    Reason.NOT_A_WHOLE_NUMBER: "số phải nguyên và nhỏ hơn 9.007.199.254.740.992; số lớn hơn hãy ghi dạng chữ",
    Reason.IS_A_DAY: "ô mang định dạng ngày; hãy đổi sang dạng chữ hoặc số",
    Reason.TEXT_TOO_LONG: "chữ quá dài",
    Reason.NOT_A_CODE: "mã chỉ gồm chữ không dấu, chữ số và các dấu . _ / -",
    Reason.NOT_A_CHOICE: "giá trị không nằm trong danh mục cho phép",
    Reason.NOT_A_DAY: "ngày phải viết 2025-12-17 hoặc 17/12/2025 và phải có thật",
    Reason.NOT_A_NUMBER: "phải là số nguyên viết liền, không dấu chấm, không dấu phẩy",
    Reason.OUT_OF_RANGE: "số nằm ngoài giới hạn cho phép",
    Reason.NOT_AN_IDENTITY: "số định danh phải đủ 12 chữ số",
    Reason.NOT_A_PHONE: "số điện thoại phải gồm 10 chữ số, bắt đầu bằng 0",
    Reason.REPEATED_KEY: "trùng với một dòng khác",
    Reason.UNKNOWN_NAME: "không tìm thấy mã này trong dữ liệu xuất cũng như trong sổ",
    Reason.OTHER_GROUP: "khách hàng thuộc tổ khác",
    Reason.WRONG_ORDER: "ngày hoặc giới hạn sau đứng trước ngày đầu",
    Reason.BEFORE_CUT_OFF: "giao dịch trước ngày chốt số dư đã nằm trong số dư",
    Reason.NOT_YET: "ngày này còn ở tương lai, giao dịch chưa xảy ra",
    Reason.OVERDRAWN: "sổ tiết kiệm không có đủ tiền để rút số này vào ngày đó",
    Reason.TOO_MANY_MEMBERS: "tổ có quá 60 tổ viên",
    Reason.CHANGED: "khác với dòng đã ghi sổ; sổ không sửa dòng cũ",
    Reason.MAY_BE_OURS: "giống một bút toán của ta mà ngân hàng chưa xác nhận; hãy chạy compare-core trước",
    Reason.EARLIER_DUE: "hạn trả sớm hơn hạn đã ghi sổ",
    Reason.OLDER_THAN_LOG: "sổ đã có thay đổi của một ngày sau ngày chốt này",
    Reason.IMPOSSIBLE: "không tính được lãi sau dòng này",
    Reason.UNKNOWN_POLICY: "phần mềm không biết quy định này",
    Reason.POLICY_NOT_SUPPORTED: "phần mềm không làm được theo quy định này",
    Reason.OVER_REPAYMENT: "trả nhiều hơn dư nợ",
    Reason.OVERDUE_EXCEEDS_IN_TERM: "chuyển quá hạn nhiều hơn dư nợ trong hạn",
    Reason.EXTENSION_EXCEEDS_OVERDUE: "gia hạn nhiều hơn dư nợ quá hạn",
    Reason.LIFT_EXCEEDS_FROZEN: "thôi khoanh nhiều hơn dư nợ đang khoanh",
    Reason.FROZEN_TWICE: "khoanh nhiều hơn dư nợ chưa khoanh",
    Reason.BEFORE_OPENING: "giao dịch trước ngày mở khoản vay",
    Reason.AFTER_CLOSING: "khoản vay đã tất toán",
    Reason.AFTER_WRITE_OFF: "khoản vay đã xóa nợ",
    Reason.WRITE_OFF_DIFFERS: "số xóa nợ khác dư nợ còn lại",
    Reason.NOT_WRITTEN_OFF: "khoản vay chưa xóa nợ",
    Reason.RECOVERED_TOO_MUCH: "thu hồi nhiều hơn số đã xóa nợ",
    Reason.GROUP_STOPPED: "sổ của tổ đang tạm dừng để kiểm tra, chưa ghi thêm được",
    Reason.NO_LOG: "chưa có tổ nào để ghi quyết định này vào sổ",
    Reason.REFUSED_WITH: "cần một dòng đã bị loại, hoặc nói về cùng một khoản với dòng đó",
}
_PLACES = {"csv": "{}.csv", "xlsx": "trang {}", "json": "bảng {}"}
_KINDS = {"member": "tổ viên", "loan": "khoản vay", "account": "sổ tiết kiệm"}


def sentence(bad: BadRow, form: Form) -> str:
    """One line for a person: where and why. What the export itself says is made harmless."""
    place = [_PLACES[form].format(printable(bad.table))] if bad.table else []
    if bad.line:
        place.append(f"dòng {bad.line}")
    if bad.column:
        place.append(f"{'cột' if bad.table else 'tổ'} {printable(bad.column)}")
    reason = because(bad, form)
    said = f"{', '.join(place)}: {reason}." if place else f"{reason}."
    return f"{said[0].upper()}{said[1:]}" if form != "csv" or not bad.table else said


def because(bad: BadRow, form: Form) -> str:
    """Why a row is refused, and which refused row it needs."""
    table, line = bad.needs
    place = _PLACES[form].format(table)
    if line:
        return f"cần dòng {line} của {place}, đã bị loại"
    return f"cần {place}, đã bị loại" if table else _SENTENCES[bad.reason]


def missing(absent: Absent) -> str:
    """One line about what the branch has and a full export no longer names."""
    return f"Tổ {absent.group}: {_KINDS[absent.kind]} {absent.number} không còn trong dữ liệu xuất."


def printable(name: str) -> str:
    """A name out of a file, as far as it can do no harm on a terminal."""
    shown = "".join(character if character.isprintable() else "�" for character in name[:_NAME_SHOWN])
    return shown if len(name) <= _NAME_SHOWN else f"{shown}…"
