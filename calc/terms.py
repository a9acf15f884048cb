"""Figures that the bank sets and may change: fees, weights of the group score, when a list names somebody.

Each stands here once, with its source: [S] was read in a published source, [A] is an assumption. A branch may
give others (`hub.settings`). They move no money of a household: what does is a dated policy (B2).
"""

from typing import Annotated

from msgspec import Meta, Struct

Ppm = Annotated[int, Meta(ge=0, le=1_000_000)]
Days = Annotated[int, Meta(ge=1, le=3_650)]
Months = Annotated[int, Meta(ge=1, le=120)]
Points = Annotated[int, Meta(ge=0, le=100)]


class QualityStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Below this overdue ratio, so much of the entrustment fee is paid; both in ppm."""

    overdue_below: Ppm
    share: Ppm


class FeeTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """Monthly fees in ppm of the balance whose interest was collected, or of savings.

    ``entrustment`` of the mass organisation: 0.032 % [S], less by quality: overdue below 2 % gives all of it,
    below 3 % 80 %, below 4 % 50 %, else nothing [S]. ``commission`` of the group: 0.085 % [S], and
    ``savings_commission``: 0.1 % of the month's average savings [A].
    """

    entrustment: Ppm = 320
    quality: Annotated[tuple[QualityStep, ...], Meta(max_length=16)] = (
        QualityStep(20_000, 1_000_000),
        QualityStep(30_000, 800_000),
        QualityStep(40_000, 500_000),
    )
    commission: Ppm = 850
    savings_commission: Ppm = 1_000


class ScoreClass(Struct, frozen=True, forbid_unknown_fields=True):
    """A class of groups, from so many points on."""

    points: Points
    name: Annotated[str, Meta(min_length=1, max_length=40)]


class ScoreTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """Points of the group score, 100 together [S], and what earns all of them [A].

    Savings that grow by ``growth_full`` ppm in the month earn all of theirs; an overdue ratio of
    ``overdue_none`` ppm or more earns nothing; both are linear between. ``classes`` from the best down [A].
    """

    commune: Points = 20
    principal: Points = 15
    interest: Points = 20
    depositing: Points = 5
    growth: Points = 10
    overdue: Points = 30
    growth_full: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    overdue_none: Annotated[int, Meta(ge=1, le=1_000_000)] = 40_000
    classes: Annotated[tuple[ScoreClass, ...], Meta(max_length=16)] = (
        ScoreClass(85, "Tốt"),
        ScoreClass(70, "Khá"),
        ScoreClass(50, "Trung bình"),
    )
    lowest: Annotated[str, Meta(min_length=1, max_length=40)] = "Yếu"


class WatchTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """When a list names somebody: 3 months idle [S], due in 30, 60, 90 days, freezes of 6 months [S].

    Arrears of ``arrears_months`` [S]; arrears that grew on ``growing_days`` transaction days in a row [A]; a
    phone that brought nothing for ``silent_days`` [A].
    """

    idle_months: Months = 3
    due_soon_days: Annotated[tuple[Days, ...], Meta(min_length=1, max_length=8)] = (30, 60, 90)
    freeze_months: Months = 6
    arrears_months: Months = 3
    growing_days: Months = 2
    silent_days: Days = 35


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """All of them."""

    fees: FeeTerms = FeeTerms()
    score: ScoreTerms = ScoreTerms()
    watch: WatchTerms = WatchTerms()
