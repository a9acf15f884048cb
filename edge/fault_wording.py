"""What each fault says: the sentence of what happened and what to do now."""

from collections.abc import Mapping
from datetime import datetime

from calc.words import day, grouped, money
from edge.errors import Fault
from edge.typed import AMOUNT_DONG_MAX
from edge.wording import moment
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
    Fault.BUNDLE_UNREADABLE: "Không đọc được {file}: không có tệp này, hoặc không có quyền đọc.",
    Fault.BUNDLE_FOLDER: "Thư mục {file} phải có từ 1 đến {most} tệp.",
    Fault.BUNDLE_TOO_LARGE: "Tệp {file} quá lớn, không phải kiện của ngân hàng.",
    Fault.BUNDLE_INCOMPLETE: (
        "Kiện {id} gồm {count} mã QR, còn thiếu mã số {wanted}. Hãy quét thêm rồi chạy lại."
    ),
    Fault.FOREIGN_CODE: "Mã “{text}” không phải mã của kiện nào, hoặc chưa được quét hết.",
    Fault.NOT_A_BUNDLE: "{file} không phải kiện của ngân hàng hay ảnh mã QR đọc được; có thể bị cắt hoặc mờ.",
    Fault.BUNDLE_GOES_UP: "Đây là kiện gửi lên ngân hàng, không phải kiện trả lời cho máy.",
    Fault.BUNDLE_ELSEWHERE: "Kiện này của chi nhánh {branch}, không phải chi nhánh của tổ.",
    Fault.BUNDLE_TOO_EARLY: (
        "Có một kiện nối tiếp kiện trước mà máy chưa nhận. Hãy nhận kiện trước rồi nhận lại kiện này."
    ),
    Fault.NOT_TO_BE_SHOWN: "Kiện quá lớn để hiện bằng mã QR. Hãy xuất ra tệp bằng --file.",
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
    Fault.BEHIND_MARK: (
        "Sổ trên máy cũ hơn lần dùng trước: có lẽ đã chép lại từ bản lưu. Đừng thu tiếp trên máy này."
        " Hãy đồng bộ để gửi những gì còn đây, giữ các biên lai giấy, rồi gọi cán bộ tín dụng mở kỳ sổ mới"
        " cho máy; đồng bộ lần nữa là thu tiếp được."
    ),
    Fault.ANOTHER_COPY: (
        "Chi nhánh đã nhận phiếu ký bằng khóa của máy này mà sổ ở đây không có: có một bản sao khác đang"
        " dùng, hoặc sổ ở đây được chép lại từ bản lưu. Đừng thu tiếp; giữ các biên lai giấy và gọi ngay cán"
        " bộ tín dụng. Nghi có bản sao thì máy bị thu hồi và tổ nhận máy khác; nếu không, cán bộ mở kỳ sổ"
        " mới cho máy."
    ),
    Fault.REVOKED: (
        "Chi nhánh đã thu hồi máy này, không thu tiếp được. Hãy đồng bộ để gửi nốt những gì còn trên máy,"
        " rồi mang biên lai giấy đến gặp cán bộ tín dụng."
    ),
    Fault.NO_BOOK: "Máy chưa có sổ của ngày giao dịch. Hãy đồng bộ (sync) khi có mạng.",
    Fault.RECEIPTS_USED_UP: "Dải số biên lai của máy đã hết. Hãy gọi cán bộ để được cấp thêm.",
    Fault.WRONG_ROOT: "Máy chủ này không phải của chi nhánh trên phiếu mời. Hãy dừng lại và gọi cán bộ.",
    Fault.NO_BUNDLE_KEY: "Máy chưa có khóa nhận kiện của chi nhánh. Hãy đồng bộ một lần khi có mạng.",
    Fault.BUNDLE_UNTRUSTED: "Kiện không có chữ ký đúng của chi nhánh nên máy không nhận. Hãy báo cán bộ.",
    Fault.VOUCHER_REFUSED: "Chi nhánh không nhận mã mời: sai, đã dùng hoặc hết hạn. Hãy xin cán bộ mã mới.",
}


def sentence(fault: Fault, facts: Mapping[str, object]) -> str:
    """The sentence of a fault with its blanks filled."""
    return FAULTS[fault].format_map({name: _filled(name, value) for name, value in facts.items()})


def _filled(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, int) and name in _AMOUNTS:
        return money(value)
    return day(value) if isinstance(value, int) and name == "day" else str(value)


_AMOUNTS = frozenset({"noted", "counted", "amount", "handed", "available", "principal"})
