"""What people at the branch read about contradictions: forks with both sides, and what evidence proves."""

from collections.abc import Iterable, Iterator

from calc.words import day as written
from calc.words import money
from hub.service.day.wording import CAUSES, ROLES, STATES
from hub.service.forks.choosing import CountTold
from hub.service.forks.listed import Fork, Side, SideEntry
from protocol.day import to_day
from protocol.evidence import Proved

CONTRADICTIONS = {
    "phone_fork": "điện thoại ký hai nội dung khác nhau",
    "receipt": "biên lai của hộ khác sổ của điện thoại",
    "branch_fork": "chi nhánh ký hai nội dung khác nhau",
    "branch_known": "điện thoại giữ sổ chi nhánh khác",
    "after_revocation": "có dòng ký ở sau chỗ thu hồi",
}
ANSWERS = {
    "received": "Chi nhánh đã nhận biên lai này.",
    "not_yet": (
        "Chi nhánh chưa nhận được biên lai này: điện thoại của tổ có thể chưa gửi về."
        " Hãy giữ tờ biên lai và tra cứu lại sau."
    ),
    "contradicts": (
        "Biên lai này KHÁC với sổ mà điện thoại đã gửi về. Chi nhánh đã giữ lại bằng chứng."
        " Hãy giữ tờ biên lai và báo ngay cho ngân hàng."
    ),
}
NOT_SAID = (
    "“Đã nhận” nghĩa là sổ của chi nhánh đã có biên lai này; tiền được hạch toán vào ngày giao dịch của tổ."
)
_NOTED = {"noted": "ghi nhận"}


def fork_told(fork: Fork) -> Iterator[str]:
    """A fork with every side and every entry of it."""
    done = ", đã chọn một bên" if fork.is_resolved else ", CHƯA CHỌN BÊN NÀO"
    yield (
        f"Tổ {fork.group}, máy số {fork.writer} ({ROLES.get(fork.role, fork.role)}, mã {fork.writer_id}),"
        f" kỳ {fork.epoch}: rẽ nhánh từ dòng {fork.seq}{done}."
    )
    for side in fork.sides:
        yield f"  Bên {side.hash[:16]}: {_about(side)}"
        yield from (f"    dòng {entry.seq}: {_entry(entry)}" for entry in side.entries)


def contradiction_told(proved: Proved) -> str:
    """A contradiction in one line."""
    who = "sổ của chi nhánh" if proved.signer is None else f"máy số {proved.signer.ordinal}"
    return (
        f"Tổ {proved.log.group}, {who}, kỳ {proved.log.epoch}, dòng {proved.seq}:"
        f" {CONTRADICTIONS[proved.kind]} ({proved.kind})"
    )


def counts_told(counts: Iterable[CountTold]) -> Iterator[str]:
    """Counts of cash that a choice contradicts."""
    for one in counts:
        on = written(one.day)
        if one.round_aside:
            yield f"LƯU Ý: lần kiểm đếm ngày {on} đã tính một lần khóa sổ nằm ở bên bị để riêng."
        if one.expected_dong != one.counted_dong:
            left = one.counted_dong - one.expected_dong
            kind = "thừa" if left > 0 else "thiếu"
            yield (
                f"LƯU Ý: ngày {on} đã đếm {money(one.counted_dong)}, theo bên đã chọn phải có"
                f" {money(one.expected_dong)}: {kind} {money(abs(left))}."
            )


def aside_told(aside: int) -> str:
    """Cash that forks set aside and nobody typed in."""
    return (
        f"Tiền đang để riêng vì rẽ nhánh: {money(aside)}. Tiền này không mất: nó chờ chọn bên,"
        " hoặc chờ nhập lại từ biên lai giấy (tovay-hub rekey-receipt). Số biên lai nào bên được chọn cũng có"
        " thì nhập bằng tovay-hub key-fact; khoản đó vẫn được cộng ở đây."
    )


def revoked_told(aside: int) -> str:
    """Cash that was signed above a revocation."""
    return (
        f"Tiền đang để riêng vì ký sau chỗ thu hồi: {money(aside)}. Tiền này không mất: nó chờ nhập lại từ"
        " biên lai giấy (tovay-hub rekey-receipt)."
    )


def _about(side: Side) -> str:
    told = [f"{len(side.entries)} dòng, tiền mặt {money(side.cash_dong)}"]
    if side.posted:
        told.append(f"{side.posted} dòng đã vào sổ (giữ nguyên)")
    if side.aside_dong:
        told.append(f"để riêng {money(side.aside_dong)}")
    if side.is_chosen:
        told.append("ĐƯỢC CHỌN")
    if not side.is_whole:
        told.append("phần trước của bên này chưa về, chưa chọn được")
    return "; ".join(told)


def _entry(entry: SideEntry) -> str:
    if entry.state is None:
        return f"{entry.says}; chưa đọc được đến đây"
    state = STATES.get(entry.state) or _NOTED[entry.state]
    why = "" if entry.cause is None else f" ({CAUSES.get(entry.cause, entry.cause)})"
    seen = "chưa xác nhận nhận"
    if entry.received is not None and entry.received_on is not None:
        seen = f"nhận {written(to_day(entry.received_on))} tại {entry.received}"
    typed = "; đã nhập từ biên lai giấy" if entry.is_typed_in else ""
    return f"{entry.says}; {state}{why}; {seen}{typed}"
