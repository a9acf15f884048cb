"""What people at the branch read about a rate decision: its terms, and what it would change."""

from collections.abc import Iterator, Sequence

from calc.words import day, grouped, money, percent, rate
from hub.service.rates.decision import Deciding, Totals
from protocol.ids import Number, Ppm
from protocol.roster_facts import RateDecided

REACHES = {
    "all": "mọi khoản vay",
    "new": "khoản vay mở từ ngày đó",
    "existing": "khoản vay mở trước ngày đó",
}
OVERDUE_REACHES = {
    "surcharge_on_reduced": "nợ quá hạn chịu lãi suất đã giảm nhân hệ số quá hạn",
    "full_surcharge_then_reduce": "nợ quá hạn chịu lãi suất đầy đủ nhân hệ số quá hạn, rồi mới giảm",
    "excluded": "nợ quá hạn không được giảm",
}

_LOANS_SHOWN = 5


def terms(decision: RateDecided) -> str:
    """The decision as a sentence."""
    told = [
        f"Văn bản {decision.reference} ký ngày {day(decision.signed_on)}",
        f"chương trình {decision.programme}",
        _measure(decision),
        _days(decision),
        REACHES[decision.reach],
    ]
    if decision.above is not None:
        told.append(f"chỉ khi lãi suất trên {rate(decision.above)}")
    if decision.kind != "rate":
        told.append(OVERDUE_REACHES[decision.overdue_reach])
    return f"{', '.join(told)}."


def preview(deciding: Deciding) -> Iterator[str]:
    """The decision, and what it would change in the groups that do not have it yet."""
    yield terms(deciding.decision)
    if not deciding.groups:
        return
    totals = deciding.totals
    yield (
        f"{grouped(totals.loans)} khoản vay ở {grouped(totals.groups)} tổ, trả thừa {money(totals.credit)},"
        f" {grouped(totals.customers)} khách hàng cần báo."
    )
    yield _dues(totals)
    if totals.behind:
        yield (
            f"{grouped(totals.behind)} khoản vay được mang sang sổ này sau ngày quyết định có hiệu lực: lãi"
            " của những ngày trước khi mang sang phải do người có thẩm quyền điều chỉnh."
        )


def broken(deciding: Deciding) -> Iterator[str]:
    """Why loans forbid the decision, how many and which ones first; and that nothing was written."""
    found = deciding.broken
    shown = ", ".join(f"{loan.number} (tổ {group})" for group, loan in found[:_LOANS_SHOWN])
    left = len(found) - _LOANS_SHOWN
    more = f" và {grouped(left)} khoản vay khác" if left > 0 else ""
    yield f"Lãi suất sau khi nhân hệ số không viết được chính xác đến phần triệu: khoản vay {shown}{more}."
    yield f"Quyết định bị từ chối vì {grouped(len(found))} khoản vay trên; không có gì được ghi."


def unfinished(number: Number, count: int, stopped: Sequence[str]) -> str:
    """What was written, and where nothing could be."""
    return (
        f"Đã ghi quyết định số {number} vào sổ của {grouped(count)} tổ. Sổ của các tổ sau đang tạm dừng, chưa"
        f" ghi được: {', '.join(stopped)}. Khi sổ mở lại, hãy chạy lại lệnh này."
    )


def _dues(totals: Totals) -> str:
    if not totals.changed:
        return "Lãi phải thu đến ngày giao dịch tới của các tổ không đổi."
    moved = {"giảm": totals.fallen, "tăng": totals.risen}
    told = " và ".join(f"{how} {money(amount)}" for how, amount in moved.items() if amount)
    return f"Lãi phải thu đến ngày giao dịch tới của các tổ {told}, ở {grouped(totals.changed)} khoản vay."


def _measure(decision: RateDecided) -> str:
    match decision.kind:
        case "rate":
            return f"lãi suất {rate(decision.ppm)}"
        case "factor":
            return f"lãi suất còn {percent(decision.ppm)} mức cũ"
        case "points":
            return f"giảm {_points(decision.ppm)}"
    return f"ngân sách trả thay {_points(decision.ppm)}"


def _points(ppm: Ppm) -> str:
    return f"{percent(ppm).removesuffix('%').rstrip()} điểm %/năm"


def _days(decision: RateDecided) -> str:
    begun = f"từ ngày {day(decision.effective_from)}"
    return begun if decision.effective_to is None else f"{begun} đến hết ngày {day(decision.effective_to)}"
