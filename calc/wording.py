"""What ``tovay-calc`` says to people, in Vietnamese: refusals, and the working behind a figure."""

import json
from collections.abc import Iterator

from calc import words
from calc.accrual import Bucket, Segment
from calc.errors import HistoryFault, LineError, LineFault, LoanError, RateFault
from calc.line import INTEGER_DIGITS_MAX, LINE_BYTES_MAX, Id
from calc.rounding import DENOMINATOR
from calc.window import Reckoned, Refused

_KEY_CHARACTERS_MAX = 40

HELP = """\
tovay-calc [--explain] [TỆP … | -]

Tính tiền lãi. Mỗi dòng vào là một đối tượng JSON, mỗi dòng ra là một kết quả, đúng thứ tự.
Không ghi tệp, hoặc ghi -, thì đọc từ đầu vào chuẩn.

  --explain   in cách tính cho người đọc, thay cho JSON
  --help      in hướng dẫn này

Mã kết thúc: 0 mọi dòng đều tính được; 1 có dòng không tính được; 2 sai tham số, không đọc được tệp hoặc
không ghi được kết quả.
"""
USAGE = "Không hiểu tham số. Xem hướng dẫn: tovay-calc --help\n"
UNWRITABLE = "Không ghi được kết quả ra đầu ra chuẩn.\n"
_SENTENCES: dict[str, str] = {
    LineFault.LINE_TOO_LONG: f"Dòng dài quá {words.grouped(LINE_BYTES_MAX)} byte",
    LineFault.NOT_UTF8: "Dòng không phải văn bản UTF-8",
    LineFault.NOT_JSON: "Dòng không phải đúng một giá trị JSON",
    LineFault.NOT_AN_OBJECT: "Cần một đối tượng JSON",
    LineFault.BAD_ID: "Mã phải là chuỗi ký tự, số nguyên hoặc null",
    LineFault.DUPLICATE_KEY: "Khóa bị lặp lại",
    LineFault.UNKNOWN_KEY: "Khóa không có trong quy định",
    LineFault.MISSING_KEY: "Thiếu khóa",
    LineFault.NOT_A_LIST: "Cần một danh sách",
    LineFault.UNKNOWN_KIND: "Loại sự kiện không có trong quy định",
    LineFault.NOT_A_DATE: "Cần một ngày có thật, viết theo dạng NNNN-TT-NN (năm-tháng-ngày)",
    LineFault.NOT_AN_INTEGER: "Cần một số nguyên JSON, không có phần thập phân hay số mũ",
    LineFault.INTEGER_TOO_LONG: f"Số nguyên dài quá {words.grouped(INTEGER_DIGITS_MAX)} chữ số",
    LineFault.NEGATIVE: "Số tiền, lãi suất và hệ số không được âm",
    LineFault.FREEZE_REVERSED: "Ngày hết khoanh nợ trước ngày bắt đầu khoanh",
    LineFault.NO_FIRST_EVENT: "Không có ngày bắt đầu, cũng không có sự kiện nào để lấy ngày",
    LineFault.WINDOW_REVERSED: "Ngày bắt đầu sau ngày kết thúc",
    HistoryFault.OVER_REPAYMENT: "Số gốc trả lớn hơn dư nợ",
    HistoryFault.OVERDUE_EXCEEDS_IN_TERM: "Số gốc chuyển quá hạn lớn hơn dư nợ trong hạn",
    HistoryFault.EXTENSION_EXCEEDS_OVERDUE: "Số gốc được gia hạn lớn hơn dư nợ quá hạn",
    HistoryFault.LIFT_EXCEEDS_FROZEN: "Số gốc thôi khoanh lớn hơn số đang khoanh",
    RateFault.NO_RATE: "Có dư nợ nhưng chưa có lãi suất",
    RateFault.NO_WHOLE_PPM: "Lãi suất sau khi nhân hệ số không phải số nguyên phần triệu",
}
BUCKETS = {Bucket.IN_TERM: "trong hạn", Bucket.OVERDUE: "quá hạn", Bucket.GRACE: "ân hạn"}


def refusal(error: LineError | LoanError) -> str:
    """Why something could not be calculated, in a sentence that says where."""
    place = ", ".join(_place(error))
    return f"{_SENTENCES[error.code]} ({place})." if place else f"{_SENTENCES[error.code]}."


def unreadable(name: str) -> str:
    """That a file cannot be opened or read."""
    return f"Không đọc được tệp {name}\n"


def explanation(number: int, answer: Reckoned | Refused) -> str:
    """The working of line ``number``: days, balance, rate, numerator, the one rounding, paid, due."""
    title = f"Dòng {number}, {_loan(answer.id)}"
    if isinstance(answer, Refused):
        return f"{title}: không tính được. {refusal(answer.error)}\n"
    return "".join(f"{line}\n" for line in _working(title, answer))


def _place(error: LineError | LoanError) -> Iterator[str]:
    if isinstance(error, LoanError):
        yield f"ngày {words.day(error.on)}"
        return
    if error.event is not None:
        yield f"sự kiện thứ {error.event}"
    if error.key is not None:
        yield json.dumps(error.key[:_KEY_CHARACTERS_MAX])


def _loan(name: Id) -> str:
    if name is None:
        return "khoản vay không ghi mã"
    printable = (sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(name))
    return f"khoản vay {''.join(printable)}"


def _working(title: str, answer: Reckoned) -> Iterator[str]:
    yield (
        f"{title}: tiền lãi từ {words.day(answer.start)} đến {words.day(answer.end)}"
        f" (tính ngày đầu, không tính ngày cuối), {words.grouped(answer.end - answer.start)} ngày"
    )
    for segment in answer.segments:
        yield f"  {_segment(segment)}"
    if not answer.segments:
        yield "  Không có ngày nào tính lãi"
    whole, rest = divmod(answer.numerator, DENOMINATOR)
    yield (
        f"  Cộng tử số: {words.grouped(answer.numerator)}; chia cho {words.grouped(DENOMINATOR)}"
        f" được {words.money(whole)}, dư {words.grouped(rest)}"
    )
    yield (
        f"  Làm tròn một lần: {words.money(answer.interest)}"
        f" (trong hạn {words.money(answer.in_term)}, quá hạn {words.money(answer.overdue)})"
    )
    due = "còn phải trả" if answer.due >= 0 else "trả thừa"
    yield (
        f"  Đã trả {words.money(answer.paid)}; {due} {words.money(abs(answer.due))}"
        f" ({words.in_words(abs(answer.due))})"
    )


def _segment(segment: Segment) -> str:
    return (
        f"{words.day(segment.start)} – {words.day(segment.end)}, {BUCKETS[segment.bucket]}:"
        f" {words.money(segment.balance)} × {words.rate(segment.ppm)}"
        f" ({words.grouped(segment.ppm)} phần triệu) × {words.grouped(segment.days)} ngày"
        f" = {words.grouped(segment.numerator)}"
    )
