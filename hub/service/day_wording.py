"""What people at the branch read about a transaction day: states, flags, and why a due moved."""

from msgspec import Struct, structs

from calc.words import day, grouped, money, rate
from protocol.entries import Entry
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InterestAdjusted,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
)
from protocol.money import Dong
from protocol.posting_facts import DifferenceResolved, Held, Posted, ReceiptRekeyed, Reversed
from protocol.roster_facts import PolicyAdopted, RateDecided
from protocol.trust_facts import Received, WriterRevoked

MINUS = "\N{MINUS SIGN}"
ROLES = {"leader": "tổ trưởng", "deputy": "tổ phó"}
ORGANISATIONS = {
    "HPN": "Hội Liên hiệp Phụ nữ",
    "HND": "Hội Nông dân",
    "HCCB": "Hội Cựu chiến binh",
    "DTN": "Đoàn Thanh niên",
}
STAGES = {"open": "đang mở", "counted": "đã kiểm đếm, chưa kết toán", "settled": "đã kết toán"}
KINDS = {
    "receipt": "biên lai",
    "transfer_to_interest": "trích tiết kiệm trả lãi",
    "transfer_to_principal": "trích tiết kiệm trả gốc",
}
STATES = {
    "pending": "chờ hạch toán",
    "posted": "đã hạch toán",
    "held": "treo, chờ làm rõ",
    "voided": "đã hủy",
    "set_aside": "để riêng, không tính",
    "reversed": "đã đảo",
}
PLANNED = {**STATES, "posted": "sẽ hạch toán", "held": "sẽ treo, chờ làm rõ"}
CAUSES = {
    "possible_duplicate": "có thể thu trùng",
    "same_receipt": "trùng số biên lai",
    "unknown_member": "tổ không có tổ viên này",
    "unknown_loan": "tổ viên không có khoản vay này",
    "unknown_account": "tổ viên không có sổ tiết kiệm này",
    "repeated_loan": "một khoản vay ghi hai lần",
    "after_revocation": "ghi sau khi máy bị thu hồi",
    "after_posting": "hủy sau khi đã hạch toán",
    "fork": "máy có hai sổ khác nhau",
    "over_cap": "số tiền vượt mức cho phép",
    "unknown_kind": "loại dòng chưa biết",
    "malformed": "dòng không đọc được",
    "unknown_writer": "máy không thuộc tổ",
    "fits_nothing": "không khớp với dòng nào",
}
FLAGS = {
    "stale_book": "máy dùng sổ cũ",
    "unknown_book": "máy dùng một sổ mà chi nhánh không có",
    "late": "gửi về sau khi ngày của nó đã kết toán",
    "clock": "đồng hồ của máy chạy nhanh",
    "short_balance": "số dư tiết kiệm không đủ",
    "receipt_out_of_range": "số biên lai ngoài dải được cấp",
    "edge_defect": "máy tính sai, cần báo kỹ thuật",
    **CAUSES,
}


def signed(amount: Dong) -> str:
    """A difference in figures, with its sign: +1.000 đ, −1.000 đ, 0 đ."""
    sign = "+" if amount > 0 else MINUS if amount < 0 else ""
    return f"{sign}{money(abs(amount))}"


def entry_title(kind: str, receipt_no: int | None) -> str:
    """How an entry is called in a table."""
    return KINDS[kind] if receipt_no is None else f"số {receipt_no}"


def entry_name(kind: str, receipt_no: int | None, role: str) -> str:
    """How an entry is called in a sentence."""
    name = KINDS[kind] if receipt_no is None else f"biên lai số {receipt_no}"
    return f"{name} của {ROLES.get(role, role)}"


def outcome(beyond: Dong, prepaid: Dong) -> str:
    """What was paid beyond what the branch asks for to that day, and what of it no interest takes."""
    told = f"thừa {money(beyond)} so với sổ" if beyond > 0 else "khớp với sổ"
    if beyond < 0:
        told = f"còn thiếu {money(-beyond)} so với sổ"
    if not prepaid:
        return told
    part = "" if prepaid == beyond else f"{money(prepaid)} "
    return f"{told}, giữ {part}làm lãi trả trước"


def verdict(
    state: str, why: str | None, flags: tuple[str, ...], compared: str | None, repeats: int | None
) -> str:
    """What became of an entry and what to know about it, in one sentence.

    ``compared`` is the ``outcome`` of a posted one that pays interest, ``repeats`` the receipt it may repeat.
    """
    if state == "voided":
        return "không tính vào số phải nộp"
    told = [] if compared is None else [compared]
    if why is not None:
        again = f" với biên lai số {repeats}" if repeats is not None else ""
        told.append(f"{CAUSES.get(why, why)}{again}")
    if state == "held":
        told.append("tiền vẫn nằm trong số phải nộp")
    return "; ".join([*told, *(FLAGS.get(flag, flag) for flag in flags if flag != why)])


def cause(entry: Entry | None, amount: Dong, about: str = "một phiếu khác") -> str:
    """Why a due moved, and by how much; ``about`` names the phone entry that a posting is about."""
    return f"{_reason(entry, about)}: {signed(amount)}"


_REASONS: dict[type[Struct], str] = {
    PrincipalRepaid: "trả gốc {amount} tại quầy {effective}",
    InterestReceived: "trả lãi {amount} tại quầy {effective}",
    Disbursed: "giải ngân {amount} ngày {effective}",
    InstalmentOverdue: "{amount} gốc chuyển quá hạn từ {effective}",
    LoanExtended: "gia hạn nợ đến {due_on}",
    LoanFrozen: "khoanh {amount} gốc từ {effective}",
    FreezeLifted: "thôi khoanh {amount} gốc từ {effective}",
    LoanRenewed: "lưu vụ từ {effective}",
    LoanWrittenOff: "xóa nợ từ {effective}",
    LoanClosed: "tất toán ngày {effective}",
    LoanOpened: "khoản vay vào sổ",
    LoanBroughtForward: "khoản vay vào sổ",
    InterestAdjusted: "điều chỉnh lãi theo {decision}",
    CreditRefunded: "chuyển hoặc hoàn lãi trả trước ngày {effective}",
    PolicyAdopted: "{reference} đổi cách tính từ {effective}",
    Posted: "hạch toán {about}",
    Held: "treo {about}",
    Received: "một phiếu khác của hộ đã bị hủy",
    DifferenceResolved: "một phiếu treo đã được giải quyết",
    ReceiptRekeyed: "nhập lại biên lai giấy số {receipt_no}",
    Reversed: "đảo một lần hạch toán",
    WriterRevoked: "thu hồi một điện thoại của tổ",
}
_RATES = {
    "rate": "{reference}: lãi suất {rate} từ {effective_from}",
    "factor": "{reference}: lãi suất còn {points} % từ {effective_from}",
    "points": "{reference} giảm {points} điểm từ {effective_from}",
    "support": "{reference}: ngân sách trả thay {points} điểm từ {effective_from}",
}


def _reason(entry: Entry | None, about: str) -> str:
    if entry is None:
        return "thay đổi trên sổ chi nhánh"
    shown = {name: _written(name, value) for name, value in structs.asdict(entry).items()}
    if isinstance(entry, RateDecided):
        return _RATES[entry.kind].format(rate=rate(entry.ppm), points=_points(entry.ppm), **shown)
    return _REASONS.get(type(entry), "thay đổi trên sổ chi nhánh").format(about=about, **shown)


def _written(name: str, value: object) -> str:
    if isinstance(value, int) and name == "amount":
        return money(value)
    if isinstance(value, int) and name in {"effective", "effective_from", "due_on"}:
        return day(value)
    if name == "reference":
        return _text_of_law(str(value))
    return str(value)


def _text_of_law(reference: str) -> str:
    kind = "Nghị định" if "NĐ-CP" in reference else "Quyết định" if "QĐ" in reference else "Văn bản"
    return f"{kind} {reference}"


def _points(ppm: int) -> str:
    """Percent, or percentage points, of so many ppm: 2 or 0,5."""
    whole, rest = divmod(ppm, 10_000)
    return grouped(whole) + f",{rest:04}".rstrip("0").rstrip(",")
