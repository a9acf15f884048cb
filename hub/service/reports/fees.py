"""Fees of a month: each group's commission, each organisation's entrustment fee by commune (B23)."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from calc.fees import balance_collected, collected_interest, fee, quality_share, savings_commission
from calc.group_month import month_of
from calc.measures import standing
from calc.ratio import Ratio
from calc.terms import FeeTerms
from calc.words import day as written
from calc.words import percent
from hub.service.reports.scope import GROUP, Known, Report, Row, Wish, each
from hub.service.tables.sheets import Column, Told


def _fees(known: Known) -> Iterator[Row]:
    first, last = month_of(known.day)
    terms, view = known.wish.terms.fees, known.view
    collected = collected_interest(known.book, first, last, view)
    interest = fee(collected, terms.commission)
    saved = savings_commission(known.book.accounts.values(), first, last, view, terms)
    yield (
        known.group,
        known.organisation,
        collected.total(),
        balance_collected(collected),
        interest,
        saved,
        interest + saved,
    )


def _fee_notes(wish: Wish) -> Iterator[Told]:
    terms = wish.terms.fees
    yield "Tháng", _month(wish)
    yield (
        "Hoa hồng thu lãi",
        f"{percent(terms.commission)}/tháng trên dư nợ có thu được lãi: lãi thu ÷ lãi suất tháng",
    )
    yield (
        "Hoa hồng tiết kiệm",
        f"{percent(terms.savings_commission)}/tháng trên số dư bình quân ngày trong tháng",
    )
    yield "Lưu ý", "số ước tính, không ghi sổ"


FEES = Report(
    title="HOA HỒNG CỦA TỔ TIẾT KIỆM VÀ VAY VỐN",
    columns=(
        GROUP,
        Column("organisation", "Tổ chức nhận ủy thác", 18),
        Column("interest_dong", "Lãi thu, đã trừ phần đảo", 11, "money"),
        Column("balance_dong", "Dư nợ có thu được lãi", 14, "money"),
        Column("commission_dong", "Hoa hồng thu lãi", 10, "money"),
        Column("savings_commission_dong", "Hoa hồng tiết kiệm", 9, "money"),
        Column("total_dong", "Cộng", 10, "money"),
    ),
    rows=each(_fees),
    summed=frozenset(
        {"interest_dong", "balance_dong", "commission_dong", "savings_commission_dong", "total_dong"}
    ),
    notes=_fee_notes,
)


class _Union(Struct):
    """What the groups of one organisation in one commune make together."""

    groups: int
    collected: Counter[int]
    overdue: Ratio


def _union_fees(groups: Iterable[Known]) -> Iterator[Row]:
    """One fee for each organisation and commune: its quality is that of all its groups, rounded once."""
    unions: dict[tuple[str, str], _Union] = {}
    terms = FeeTerms()
    for known in groups:
        terms = known.wish.terms.fees
        first, last = month_of(known.day)
        union = unions.setdefault((known.organisation, known.commune), _Union(0, Counter(), Ratio()))
        union.groups += 1
        union.collected.update(collected_interest(known.book, first, last, known.view))
        union.overdue += standing(known.book, last, known.view).overdue_ratio
    for (organisation, commune), union in sorted(unions.items()):
        share = quality_share(union.overdue, terms)
        paid = fee(union.collected, terms.entrustment, share)
        balance = balance_collected(union.collected)
        yield organisation, commune, union.groups, balance, union.overdue.ppm, share, paid


def _union_notes(wish: Wish) -> Iterator[Told]:
    terms = wish.terms.fees
    yield "Tháng", _month(wish)
    yield (
        "Phí",
        f"{percent(terms.entrustment)}/tháng trên dư nợ có thu được lãi, nhân tỷ lệ hưởng; số ước tính",
    )
    steps = (f"dưới {percent(step.overdue_below)}: {percent(step.share)}" for step in terms.quality)
    yield "Tỷ lệ hưởng", f"theo tỷ lệ nợ quá hạn: {'; '.join(steps)}; còn lại không hưởng"


UNION_FEES = Report(
    title="PHÍ ỦY THÁC CỦA TỔ CHỨC NHẬN ỦY THÁC",
    columns=(
        Column("organisation", "Tổ chức nhận ủy thác", 18),
        Column("commune", "Xã, phường", 16),
        Column("groups", "Số tổ", 4, "count"),
        Column("balance_dong", "Dư nợ có thu được lãi", 14, "money"),
        Column("overdue_ppm", "Tỷ lệ quá hạn", 9, "ppm"),
        Column("share_ppm", "Tỷ lệ hưởng", 6, "ppm"),
        Column("fee_dong", "Phí ủy thác", 11, "money"),
    ),
    rows=_union_fees,
    summed=frozenset({"groups", "balance_dong", "fee_dong"}),
    notes=_union_notes,
)


def _month(wish: Wish) -> str:
    first, last = month_of(wish.day)
    return f"từ {written(first)} đến {written(last)}"
