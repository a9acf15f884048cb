"""What people at the branch read about a transaction day: states, flags, and why a due moved."""

from msgspec import Struct, structs

from calc.words import day, grouped, money, rate
from protocol.entries import Entry
from protocol.loan_facts import (
    CoreMatched,
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
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
    RecoveredAfterWriteOff,
)
from protocol.money import Dong
from protocol.posting_facts import DifferenceResolved, Held, Posted, ReceiptRekeyed, Reversed
from protocol.roster_facts import MemberMoved, PolicyAdopted, RateDecided, SavingsMoved
from protocol.trust_facts import ForkResolved, Received, WriterRevoked

MINUS = "\N{MINUS SIGN}"
DEPOSITED = "ghi đủ vào sổ tiết kiệm"
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
    "other": "một dòng",
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
    "short_principal": "gốc còn lại ít hơn số đề nghị",
    "receipt_out_of_range": "số biên lai ngoài dải được cấp",
    "edge_defect": "máy tính sai, cần báo kỹ thuật",
    "typed_in": "đã nhập từ biên lai giấy, tiền tính ở đó",
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


def repaid(executed: Dong, short: Dong) -> str:
    """What a transfer put towards principal, and what of the request is left over."""
    told = f"trừ {money(executed)} vào gốc" if executed else "không trích được đồng nào"
    return f"{told}, còn thiếu {money(short)} so với đề nghị" if short else told


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


def cause(entry: Entry | None, amount: Dong, about: str = "một phiếu khác", *, code: str = "") -> str:
    """Why a due moved, and by how much; ``about`` names the phone entry that a posting is about."""
    reason = FORKED if code == "fork" else reason_of(entry, about)
    return f"{reason}: {signed(amount)}"


def reason_of(entry: Entry | None, about: str = "một phiếu khác") -> str:
    """What a branch entry says, in a few words; ``about`` as of `cause`."""
    if entry is None:
        return "thay đổi trên sổ chi nhánh"
    shown = {name: _written(name, value) for name, value in structs.asdict(entry).items()}
    if isinstance(entry, RateDecided):
        return _RATES[entry.kind].format(rate=rate(entry.ppm), points=_points(entry.ppm), **shown)
    return _REASONS.get(type(entry), "thay đổi trên sổ chi nhánh").format(about=about, **shown)


def resolved(kind: str, resolution: str, amount: Dong, about: str) -> str:
    """How a held receipt was released, or a difference cleared; ``about`` names the receipt it rests on."""
    if kind == "held":
        return f"bỏ treo {about}, vì tiền đếm được đủ cho cả hai: {money(amount)}"
    told = _RESOLUTIONS.get((kind, resolution), _RESOLUTIONS[kind, "decision"])
    return told.format(amount=money(amount), about=about)


def reversed_because(why: str, about: str, amount: Dong) -> str:
    """What was reversed, and why."""
    return f"đảo {about}, {REVERSALS.get(why, why)}: {signed(amount)}"


def parts(rounds: Dong, handed: Dong, found: Dong, unstated: Dong, other_days: Dong) -> tuple[str, ...]:
    """Where a count's difference comes from, one sentence for each part that is not 0 (B18).

    ``rounds`` is what the holders of the phones said that they hand in.
    """
    told = {
        f"giao dịch viên đếm {{way}} {money(rounds)} mà các điện thoại báo nộp": handed,
        "người giữ máy đếm {way} số mà máy tính phải có": found,
        "khi khóa sổ máy báo {way} số phiếu hiện có trong sổ": -unstated,
    }
    sentences = [
        f"{words.format(way='nhiều hơn' if amount > 0 else 'ít hơn')}: {signed(amount)}"
        for words, amount in told.items()
        if amount
    ]
    if other_days > 0:
        sentences.append(f"tiền của ngày khác còn phải nộp: {signed(-other_days)}")
    elif other_days:
        sentences.append(f"tiền đã nộp thừa ở ngày khác: {signed(-other_days)}")
    return tuple(sentences)


REVERSALS = {
    "mistyped": "vì ghi nhầm",
    "not_paid": "vì hộ không nộp khoản này",
    "duplicate": "vì ghi trùng",
    "void_late": "vì yêu cầu hủy về muộn",
}
_RESOLUTIONS = {
    ("shortage", "payment"): "đã nộp bù {amount} còn thiếu",
    ("shortage", "late_fact"): "thiếu {amount} vì {about} đã bị đảo",
    ("shortage", "decision"): "ngân hàng quyết định xử lý {amount} còn thiếu",
    ("surplus", "payment"): "đã trả lại {amount} nộp thừa",
    ("surplus", "late_fact"): "{amount} nộp thừa là tiền của {about} về sau",
    ("surplus", "decision"): "ngân hàng quyết định xử lý {amount} nộp thừa",
}
FORKED = "phát hiện một điện thoại có hai sổ khác nhau"
ROUND_FLAGS = {
    "notes_differ": "cộng các tờ không bằng số đếm",
    "difference_misstated": "chênh lệch máy báo không đúng",
    "receipts_differ": "số phiếu khác với lúc khóa sổ",
}


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
    InstalmentScheduled: "kỳ trả gốc {amount} đến hạn {due_on}",
    RecoveredAfterWriteOff: "thu hồi nợ đã xóa ngày {effective}: gốc {principal}, lãi {interest}",
    SavingsMoved: "giao dịch tiết kiệm {amount} ngày {effective}",
    MemberMoved: "tổ viên rời tổ từ {effective}",
    CoreMatched: "khớp với giao dịch {core_ref} của ngân hàng",
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
    ForkResolved: "chọn một trong hai sổ khác nhau của một điện thoại",
}
_RATES = {
    "rate": "{reference}: lãi suất {rate} từ {effective_from}",
    "factor": "{reference}: lãi suất còn {points} % từ {effective_from}",
    "points": "{reference} giảm {points} điểm từ {effective_from}",
    "support": "{reference}: ngân sách trả thay {points} điểm từ {effective_from}",
}


def _written(name: str, value: object) -> str:
    if isinstance(value, int) and name in {"amount", "principal", "interest"}:
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
