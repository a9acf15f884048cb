"""The working behind a due as a household can follow it, in Vietnamese."""

from collections.abc import Iterator

from calc import words
from calc.accrual import Segment
from calc.explain import ChapterWorking, Explanation, Working
from calc.loan import Effect
from calc.rate import Ppm, RateDecision
from calc.rounding import DENOMINATOR, Buckets, round_half_up
from calc.wording import BUCKETS
from protocol.loan_facts import CreditRefunded
from protocol.money import Dong

_EFFECTS = {
    "loan_brought_forward": "mang sang từ sổ của ngân hàng",
    "interest_adjusted": "ngân hàng điều chỉnh",
    "posted": "thu qua tổ, đã hạch toán",
    "receipt_rekeyed": "biên lai giấy, đã nhập lại",
    "interest_received": "nộp tại quầy ngân hàng",
    "credit_refunded": "ngân hàng hoàn lại tiền trả thừa",
    "credit_carried": "chuyển từ khoản vay khác sang",
}


def told(explanation: Explanation) -> Iterator[str]:
    """The whole working of one due, line by line; a line that belongs to another is indented under it."""
    due = explanation.due
    yield f"Khoản vay {explanation.number}: tiền lãi tính đến ngày {words.day(due.day)}"
    if due.fault is not None:
        yield "  Chưa tính được lãi: lãi suất của một ngày còn thiếu hoặc không đúng. Hỏi ngân hàng."
    for chapter in explanation.chapters:
        yield from _chapter(chapter, explanation)
    for effect in explanation.adjusted:
        yield f"  {_adjusted(effect.adjusted)} ({_EFFECTS[effect.code]})"
    for effect in explanation.received:
        yield f"  {_received(effect)}"
    if due.pending:
        yield f"  Đã thu trên máy, chờ hạch toán: {words.money(due.pending)}"
    if due.fault is None:
        yield from _sum(explanation)
        yield f"  {_left(explanation)}"


def _chapter(chapter: ChapterWorking, explanation: Explanation) -> Iterator[str]:
    yield (
        f"  Từ ngày {words.day(chapter.start)} đến ngày {words.day(chapter.end)}"
        " (tính ngày đầu, không tính ngày cuối):"
    )
    if chapter.carried.total:
        yield (
            f"    Lãi của những ngày trước mang sang, chưa làm tròn: {_about(chapter.carried.total)}"
            f" (tử số {words.grouped(chapter.carried.total)})"
        )
    for working in chapter.workings:
        yield f"    {_stretch(working.segment)}"
        yield f"      lãi suất: {_reasons(working)}"
    if not chapter.workings:
        yield "    không có ngày nào tính lãi"
    numerators, rounded = chapter.numerators, chapter.rounded
    due = numerators.total if explanation.due.grace_joined else numerators.in_term + numerators.overdue
    yield f"    Cộng (đồng × phần triệu × ngày): {_division(due)}"
    parts = [f"trong hạn {words.money(rounded.in_term)}"]
    parts += [f"quá hạn {words.money(rounded.overdue)}"] if rounded.overdue else []
    parts += [f"ân hạn {words.money(rounded.grace)}"] if rounded.grace else []
    if len(parts) > 1:
        later = "" if explanation.due.grace_joined else ", phần ân hạn chưa đến kỳ thu"
        yield f"    Gồm {', '.join(parts)}{later}"


def _stretch(segment: Segment) -> str:
    """One stretch of days with about what it brings; only the sum is rounded for good."""
    return (
        f"{words.day(segment.start)} – {words.day(segment.end)}, {BUCKETS[segment.bucket]}:"
        f" {words.money(segment.balance)} × {words.rate(segment.ppm)}"
        f" × {words.grouped(segment.days)} ngày ÷ 365 {_about(segment.numerator)}"
    )


def _about(numerator: int) -> str:
    about, hundredths = divmod((200 * numerator + DENOMINATOR) // (2 * DENOMINATOR), 100)
    return f"≈ {words.grouped(about)},{hundredths:02}{words.NBSP}đ"


def _reasons(working: Working) -> str:
    """Which decisions make the rate of a stretch, in the order in which they work (B13)."""
    if working.factor is None:
        return "; ".join(map(_reason, working.rates))
    late = [one for one in working.rates if one.overdue_reach == "full_surcharge_then_reduce"]
    early = [one for one in working.rates if one.kind == "rate" or one not in late]
    surcharge = f"lãi quá hạn nhân {_times(working.factor)}"
    return "; ".join([*map(_reason, early), surcharge, *(_reason(one) for one in late if one.kind != "rate")])


def _division(numerator: int) -> str:
    """The one division and the one rounding of a numerator (B10, B24)."""
    whole, rest = divmod(numerator, DENOMINATOR)
    return (
        f"{words.grouped(numerator)} ÷ {words.grouped(DENOMINATOR)} được {words.money(whole)},"
        f" dư {words.grouped(rest)}; làm tròn một lần: {words.money(round_half_up(numerator))}"
    )


def _adjusted(buckets: Buckets) -> str:
    parts = {"trong hạn": buckets.in_term, "quá hạn": buckets.overdue, "ân hạn": buckets.grace}
    return "Lãi tồn " + ", ".join(f"{name} {_signed(part)}" for name, part in parts.items() if part)


def _received(effect: Effect) -> str:
    if effect.code == "loan_brought_forward":
        return f"Lãi trả trước mang sang: {words.money(effect.received)}"
    assert effect.paid_on is not None, "money has its day"
    said, amount = "Đã trả" if effect.received > 0 else "Lấy lại", words.money(abs(effect.received))
    is_carried = isinstance(effect.fact, CreditRefunded) and effect.fact.to_loan is not None
    how = "chuyển sang khoản vay khác" if is_carried else _EFFECTS[effect.code]
    return f"{said} ngày {words.day(effect.paid_on)}: {amount} ({how})"


def _sum(explanation: Explanation) -> Iterator[str]:
    """How the due adds up: every part that is not 0, then the result; nothing where there is no part."""
    due = explanation.due
    accrued = sum(explanation.owed(chapter.rounded) for chapter in explanation.chapters)
    adjusted = sum(explanation.owed(effect.adjusted) for effect in explanation.adjusted)
    parts = {
        "lãi phát sinh": accrued,
        "lãi tồn và điều chỉnh": adjusted,
        "đã trả": -due.settled,
        "chờ hạch toán": -due.pending,
    }
    shown = [
        f"{'−' if part < 0 else '+'} {name} {words.money(abs(part))}" for name, part in parts.items() if part
    ]
    if shown:
        yield f"  Cộng lại: {' '.join(shown).removeprefix('+ ')} = {_signed(due.payable)}"


def _left(explanation: Explanation) -> str:
    due = explanation.due
    if due.payable < 0:
        return f"Đã trả trước {words.money(due.prepaid)} ({words.in_words(due.prepaid)})"
    amount = f"{words.money(due.payable)} ({words.in_words(due.payable)})"
    if due.payable > due.asked:
        return f"Còn lại {amount}, chưa phải nộp vì khoản vay đang khoanh hoặc đã xóa"
    return f"Còn phải trả {amount}"


def _reason(decision: RateDecision) -> str:
    by = "hợp đồng" if decision.reference is None else decision.reference
    match decision.kind:
        case "rate":
            return f"{words.rate(decision.ppm)} theo {by}"
        case "factor":
            return f"nhân {_times(decision.ppm)} theo {by}"
        case "points":
            return f"giảm {_points(decision.ppm)} theo {by}"
    return f"Nhà nước trả thay {_points(decision.ppm)} theo {by}"


def _times(ppm: Ppm) -> str:
    """A factor as people say it: 0,9 or 1,3."""
    whole, rest = divmod(ppm, 1_000_000)
    return f"{whole},{rest:06}".rstrip("0").rstrip(",")


def _points(ppm: Ppm) -> str:
    return f"{words.rate(ppm).partition('%')[0]}điểm %"


def _signed(amount: Dong) -> str:
    return words.money(amount) if amount >= 0 else f"−{words.money(-amount)}"
