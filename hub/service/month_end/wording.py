"""What a month end over columns says to people: why a row was refused, counts and totals."""

from collections.abc import Iterator, Sequence

from calc import wording, words
from calc.errors import LoanError
from calc.month_end_columns import Refusal, RowFault, Sums
from protocol.day import Day

_SHOWN = 20

_REASONS = {
    RowFault.MISSING: "thiếu mã khoản vay hoặc một ô bắt buộc",
    RowFault.NEGATIVE: "dư nợ, số tiền và lãi suất không được âm",
    RowFault.NOT_A_DAY: "có ngày nằm ngoài các năm 1900–2999",
    RowFault.AHEAD: "ngày đã tính lãi (as_of) sau ngày cuối kỳ",
    RowFault.UNKNOWN_TERMS: "điều kiện vay (terms) không có trong tệp lãi suất",
    RowFault.UNKNOWN_KIND: "có sự kiện thuộc loại không có trong quy định",
    RowFault.INCOMPLETE_EVENT: "có sự kiện thiếu ô, hoặc thừa ô của loại khác",
    RowFault.EVENT_TOO_EARLY: "có sự kiện trước ngày đã tính lãi (as_of)",
    RowFault.FREEZE_REVERSED: "ngày hết khoanh nợ trước ngày bắt đầu khoanh",
    RowFault.TOO_LARGE: "kết quả lớn quá 64 bit",
}


def refusals(found: Sequence[Refusal]) -> Iterator[str]:
    """Why the first rows were refused, a line each, and how many more there are."""
    yield from map(refusal, found[:_SHOWN])
    if len(found) > _SHOWN:
        left = words.grouped(len(found) - _SHOWN)
        yield f"Còn {left} dòng nữa không tính được; dùng --refused TỆP.csv để ghi tất cả ra tệp."


def refusal(refused: Refusal) -> str:
    """Why one row was refused."""
    loan = "không ghi mã" if refused.loan is None else f"khoản vay {refused.loan}"
    error = refused.error
    reason = wording.refusal(error) if isinstance(error, LoanError) else f"{_REASONS[error]}."
    return f"Dòng {words.grouped(refused.row)}, {loan}: {reason[0].lower()}{reason[1:]}"


def summary(sums: Sums, to: Day) -> Iterator[str]:
    """Counts and totals, a line each."""
    yield f"Cuối kỳ {words.day(to)} (không tính ngày này):"
    yield (
        f"  {words.grouped(sums.plain)} khoản vay tính theo cột,"
        f" {words.grouped(sums.referred)} khoản vay tính từng khoản,"
        f" {words.grouped(sums.refused)} dòng không tính được"
    )
    yield (
        f"  Dư nợ trong hạn {words.money(sums.balance)}, quá hạn {words.money(sums.overdue)},"
        f" khoanh {words.money(sums.frozen)}"
    )
    yield f"  Lãi dồn tích {words.money(sums.accrued)}"
    yield f"  Lãi phải thu {words.money(sums.asked)}; trả trước {words.money(sums.prepaid)}"
