"""What ``tovay-verify`` says to whoever holds a file and knows the root: what is proved, and what is not."""

from datetime import datetime

from calc.words import day as written
from calc.words import money
from protocol.checkpoint import Checkpoint, Contradiction
from protocol.day import VIETNAM, to_moment
from protocol.entries import Entry, Unknown, decode_entry
from protocol.errors import MalformedError, ProtocolError
from protocol.evidence import Proved, Side
from protocol.phone_facts import (
    CashAccepted,
    CashHandedOver,
    Collected,
    MemberNoted,
    RoundClosed,
    TransferRequested,
    Visited,
    Voided,
)
from protocol.trust_facts import WriterRevoked

ROLES = {"leader": "tổ trưởng", "deputy": "tổ phó"}
KINDS = {
    "phone_fork": "Cùng một khóa của {signer} đã ký hai nội dung khác nhau cho dòng {seq} trong sổ của máy.",
    "receipt": "Khóa của {signer} đã ký cho hộ một biên lai khác với dòng {seq} mà chính máy đó gửi về.",
    "branch_fork": "Khóa của chi nhánh đã ký hai nội dung khác nhau cho dòng {seq} trong sổ của tổ.",
    "branch_known": "{signer} đã ký rằng mình giữ một sổ chi nhánh khác với sổ này, tại dòng {seq}.",
    "after_revocation": "Khóa của {signer} đã ký dòng {seq} trở đi, ở sau chỗ chi nhánh thu hồi máy.",
}
SIDES = {
    "phone_fork": ("Một bên", "Bên kia"),
    "receipt": ("Biên lai của hộ", "Sổ của máy"),
    "branch_fork": ("Một bên", "Bên kia"),
    "branch_known": ("Sổ của chi nhánh", "Điều điện thoại đã giữ"),
    "after_revocation": ("Lệnh thu hồi", "Gói của máy"),
}
UNPROVED = {
    "phone_fork": "máy nào là máy thật, bên nào là thật, và ký lúc nào (giờ trong gói do máy tự ghi).",
    "receipt": "ai đã sửa, hộ đã nộp số nào, và ký lúc nào.",
    "branch_fork": "bên nào là thật; nếu hai bên ký bằng hai khóa thì khóa cũ có bị lấy cắp hay không.",
    "branch_known": "lời của điện thoại là đúng; cần thêm chính gói sổ mà điện thoại đã nhận.",
    "after_revocation": "máy ký trước hay sau giờ thu hồi; tiền trên giấy phải đối chiếu từng biên lai.",
}
RECEIPT_UNPROVED = (
    "Chưa chứng minh: máy có bị thu hồi hay không, và chi nhánh đã nhận dòng này hay chưa."
    " Muốn biết, hãy tra cứu biên lai tại máy chủ của chi nhánh."
)
HIGHER_UNPROVED = (
    "Chưa chứng minh: phần sổ mới nối tiếp đúng phần cũ. Điều đó chỉ sổ mới cho thấy:"
    " tovay-hub fsck --checkpoint."
)
CONTRADICTIONS = {
    "head_missing": "tổ {group} không còn trong điểm chốt sau",
    "head_back": "sổ của tổ {group} bị lùi lại",
    "head_rewritten": "sổ của tổ {group} bị viết lại: cùng vị trí, khác nội dung",
    "twice": "hai điểm chốt khác nhau mang cùng một số",
    "not_linked": "điểm chốt sau không nối vào điểm chốt ngay trước nó",
    "day_back": "điểm chốt sau lại ghi ngày sớm hơn",
}
REASONS = {
    "malformed": "nội dung không đúng dạng, hoặc không cho thấy điều nó nói",
    "undecodable": "có một gói bên trong không mở được",
    "limit": "tệp lớn hơn mức cho phép",
    "bad_signature": "có chữ ký không đúng",
    "untrusted_key": "không phải khóa của chi nhánh hoặc của điện thoại mà khóa gốc này công nhận",
}
ROOT_FORM = "tệp root.spki, hoặc dấu vân tay của khóa gốc (64 chữ số 0–9, a–f)"
NEEDS_SPKI = "Biên lai không mang khóa gốc theo: hãy chỉ tệp root.spki của chi nhánh, không chỉ dấu vân tay."
TWO_SOURCES = "Hãy ghi nội dung mã, hoặc chỉ tệp bằng --file, một trong hai."
UNTOLD = "Không in được kết quả."
TOO_LARGE = "Tệp {path} quá lớn."
UNREADABLE = "Không đọc được tệp {path}."
NOT_COMPARABLE = "Các điểm chốt này không cùng một chi nhánh nên không so được."

_PHONES = {
    Voided: "hủy một biên lai",
    TransferRequested: "trích tiết kiệm trả nợ",
    Visited: "một lần đến thăm",
    MemberNoted: "ghi chú về một tổ viên",
    CashHandedOver: "bàn giao tiền",
    CashAccepted: "nhận bàn giao tiền",
    RoundClosed: "khóa sổ đợt thu",
    WriterRevoked: "thu hồi máy",
}


def refused(error: ProtocolError) -> str:
    """Why a file proves nothing."""
    return f"KHÔNG ĐỨNG VỮNG: {REASONS[error.code]}."


def proved(found: Proved) -> tuple[str, ...]:
    """What evidence proves, both sides of it, and what it leaves open."""
    signer = "" if found.signer is None else f"điện thoại {ROLES[found.signer.role]}"
    told = KINDS[found.kind].format(signer=signer, seq=found.seq)
    code = "" if found.signer is None else f", máy {found.signer.writer.hex()}"
    sides = zip(SIDES[found.kind], found.sides, strict=True)
    return (
        "ĐỨNG VỮNG: mọi chữ ký đều dẫn về khóa gốc.",
        f"Chi nhánh {found.branch}, tổ {found.log.group}{code}, kỳ sổ {found.log.epoch}.",
        f"Chứng minh: {told[:1].upper()}{told[1:]}",
        *(line for name, side in sides for line in _side(name, side)),
        f"Chưa chứng minh: {UNPROVED[found.kind]}",
    )


def receipt(entry: Entry, group: str, writer: bytes, seq: int) -> tuple[str, ...]:
    """What a receipt's code proves offline."""
    return (
        "ĐỨNG VỮNG: mọi chữ ký đều dẫn về khóa gốc.",
        f"Chứng minh: máy {writer.hex()}, đã được chi nhánh duyệt cho tổ {group}, đã ký dòng {seq}:",
        f"  {said(entry)}.",
        RECEIPT_UNPROVED,
    )


def checkpoint(found: Checkpoint) -> str:
    """That a checkpoint stands."""
    return (
        f"Điểm chốt số {found.number} ngày {written(found.day)} của chi nhánh {found.branch},"
        f" {len(found.heads)} tổ: chữ ký đúng."
    )


def compared(older: Checkpoint, newer: Checkpoint, found: tuple[Contradiction, ...]) -> tuple[str, ...]:
    """What two checkpoints say together."""
    pair = f"Điểm chốt số {older.number} và số {newer.number}"
    if not found:
        return (f"{pair}: không sổ nào mất, lùi lại hay bị viết lại.",)
    told = (CONTRADICTIONS[one.code].format(group=one.group) for one in found)
    return tuple(f"{pair} MÂU THUẪN: {one}." for one in told)


def said(entry: Entry) -> str:
    """An entry in words."""
    if isinstance(entry, Collected):
        total = sum(line.interest for line in entry.lines) + sum(line.amount for line in entry.savings)
        return f"biên lai số {entry.receipt_no}, {money(total)}"
    if isinstance(entry, Unknown):
        return f"dòng loại {entry.tag}, bản này chưa biết đọc"
    return _PHONES.get(type(entry), f"dòng loại {type(entry).__name__}")


def _side(name: str, side: Side) -> tuple[str, ...]:
    clock = "" if side.wall_clock is None else f", máy ghi lúc {_moment(side.wall_clock)}"
    key = "" if side.key is None else f", khóa chi nhánh số {side.key}"
    told = f"  {name}: dấu {side.hash.hex()[:16]}…{key}{clock}"
    return (told, *(f"    dòng {seq}: {_said(raw)}" for seq, raw in side.entries))


def _said(raw: bytes) -> str:
    try:
        return said(decode_entry(raw))
    except MalformedError:
        return "dòng không đọc được"


def _moment(instant: int) -> str:
    try:
        moment: datetime = to_moment(instant).astimezone(VIETNAM)
    except (OverflowError, ValueError):
        return "một giờ không có trong lịch"
    return moment.strftime("%H:%M ngày %d/%m/%Y")
