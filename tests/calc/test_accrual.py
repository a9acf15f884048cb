"""Accrual of a loan with everything that can befall it: B10, B12, B13, B22."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.accrual import Bucket, Segment, accrue
from calc.errors import HistoryError, RateError
from calc.events import Event, Kind
from calc.rate import RateStep, RateTable, contract_rate, plain_schedule
from calc.rounding import DENOMINATOR, Buckets, Numerators
from protocol.day import to_day
from tests.calc import histories, oracle
from tests.calc.days import on

RATE = plain_schedule({0: 73_000}, {})
LENT = Event(0, Kind.DISBURSED, 5_000)  # one day at 7.3 % is exactly 1 đồng
LATE_RATE_PPM = 94_900


def test_ten_days_of_one_dong_a_day_are_ten_dong():
    accrual = accrue([LENT], RATE, 0, 10)
    assert accrual.accrued == Buckets(10, 0, 0)
    (chapter,) = accrual.chapters
    assert (chapter.start, chapter.end, chapter.gross) == (0, 10, 10 * DENOMINATOR)
    assert chapter.segments == (Segment(0, 10, Bucket.IN_TERM, 5_000, 73_000, 73_000),)


def test_the_segments_explain_the_numerators():
    events = [LENT, Event(3, Kind.OVERDUE, 2_000), Event(6, Kind.REPAID, 2_500)]
    (chapter,) = accrue(events, RATE, 0, 10).chapters
    assert chapter.segments == (
        Segment(0, 3, Bucket.IN_TERM, 5_000, 73_000, 73_000),
        Segment(3, 6, Bucket.IN_TERM, 3_000, 73_000, 73_000),
        Segment(3, 6, Bucket.OVERDUE, 2_000, LATE_RATE_PPM, LATE_RATE_PPM),
        Segment(6, 10, Bucket.IN_TERM, 2_500, 73_000, 73_000),
    )
    assert [segment.days for segment in chapter.segments] == [3, 3, 3, 4]
    assert chapter.numerators == Numerators(
        sum(line.numerator for line in chapter.segments if line.bucket is Bucket.IN_TERM),
        2_000 * LATE_RATE_PPM * 3,
        0,
    )


def test_B10_interest_before_the_grace_ends_is_kept_in_its_own_bucket():
    # student loan: studies and grace until day 6, 7.3 % of 5,000
    accrual = accrue([LENT], RATE, 0, 10, grace_end=6)
    assert accrual.accrued == Buckets(in_term=4, overdue=0, grace=6)
    assert [(line.start, line.end, line.bucket) for line in accrual.chapters[0].segments] == [
        (0, 6, Bucket.GRACE),
        (6, 10, Bucket.IN_TERM),
    ]


def test_B10_overdue_principal_bears_overdue_interest_in_the_grace_too():
    accrual = accrue([LENT, Event(0, Kind.OVERDUE, 5_000)], RATE, 0, 10, grace_end=20)
    assert accrual.accrued == Buckets(in_term=0, overdue=13, grace=0)


def test_a_partly_frozen_loan_bears_interest_on_the_rest():
    accrual = accrue([LENT, Event(2, Kind.FROZEN_PART, 3_000, until=8)], RATE, 0, 10)
    assert [(line.start, line.end, line.balance) for line in accrual.chapters[0].segments] == [
        (0, 2, 5_000),
        (2, 8, 2_000),
        (8, 10, 5_000),
    ]


def test_B12_the_cumulative_starts_anew_at_a_reset_and_each_chapter_is_rounded_alone():
    half_a_day = [Event(0, Kind.DISBURSED, 2_500), Event(3, Kind.RESET)]
    accrual = accrue(half_a_day, RATE, 0, 6)
    assert [(one.start, one.end, one.numerators.total) for one in accrual.chapters] == [
        (0, 3, 3 * DENOMINATOR // 2),
        (3, 6, 3 * DENOMINATOR // 2),
    ]
    assert accrual.accrued.total == 4  # 1.5 → 2, twice; 3 without the reset
    assert accrue(half_a_day[:1], RATE, 0, 6).accrued.total == 3


def test_B12_a_reset_before_the_window_is_past():
    assert len(accrue([LENT, Event(3, Kind.RESET)], RATE, 4, 6).chapters) == 1


def test_B22_carried_numerators_belong_to_the_first_chapter_only():
    carried = Numerators(DENOMINATOR // 2, DENOMINATOR, 2 * DENOMINATOR)
    accrual = accrue([LENT, Event(5, Kind.RESET)], RATE, 0, 10, carried=carried)
    first, second = accrual.chapters
    assert first.numerators == Numerators(11 * DENOMINATOR // 2, DENOMINATOR, 2 * DENOMINATOR)
    assert second.numerators == Numerators(5 * DENOMINATOR, 0, 0)
    assert first.gross == first.numerators.total
    assert accrual.accrued == Buckets(6 + 5, 1, 2)


def test_B22_a_reset_on_the_first_day_rounds_off_what_was_carried():
    carried = Numerators(DENOMINATOR // 2)
    accrual = accrue([LENT, Event(0, Kind.RESET)], RATE, 0, 10, carried=carried)
    assert [chapter.numerators.in_term for chapter in accrual.chapters] == [
        DENOMINATOR // 2,
        10 * DENOMINATOR,
    ]


def test_B13_the_budget_owes_the_difference_of_two_rounded_sums():
    # 5,000 at 7.3 % gross is 1 đồng a day; the customer pays 5.3 %
    steps = [RateStep(0, 73_000, 53_000, 68_900, 73_000, 94_900)]
    accrual = accrue([LENT, Event(5, Kind.OVERDUE, 5_000)], steps, 0, 10)
    # customer: 5 d × 5,000 × 5.3 % + 5 d × 5,000 × 6.89 %, exactly 8.349… → 8; gross: 5 + 6.5 = 11.5 → 12
    assert accrual.accrued.total == 8
    assert accrual.support == 4
    assert accrual.chapters[0].segments[0].gross_ppm == 73_000


def test_a_rate_cut_learnt_late_gives_another_figure_and_no_special_code():
    # Decision 1990, 50,000,000 đ at 6.6 %, fourth quarter of 2021: collected 831,781, due 748,603
    lent = [Event(on("2021-01-01"), Kind.DISBURSED, 50_000_000)]
    first, last = on("2021-10-01"), on("2022-01-01")
    contract = contract_rate(on("2021-01-01"), 66_000)
    before = RateTable([]).schedule([contract], opened_on=on("2021-01-01"), start=first, end=last)
    assert accrue(lent, before, first, last).accrued.total == 831_781
    cut = plain_schedule({first: 59_400}, {})
    assert accrue(lent, cut, first, last).accrued.total == 748_603


def test_a_day_that_bears_interest_without_a_rate_is_refused():
    with pytest.raises(RateError, match="no_rate on 1970-01-01"):
        accrue([LENT], (), 0, 10)
    with pytest.raises(RateError, match="no_rate on 1970-01-03"):
        accrue([LENT], [*RATE, RateStep(2, None, None, None, None, None)], 0, 10)


def test_a_day_that_needs_a_rate_of_no_whole_ppm_is_refused():
    steps = [RateStep(0, 66_001, 66_001, None, 66_001, None)]
    assert accrue([LENT], steps, 0, 10).chapters
    with pytest.raises(RateError, match="no_whole_ppm on 1970-01-04"):
        accrue([LENT, Event(3, Kind.OVERDUE, 1)], steps, 0, 10)
    with pytest.raises(RateError, match="no_whole_ppm on 1970-01-01"):
        accrue([LENT], [RateStep(0, 66_001, None, None, None, None)], 0, 10)


def test_days_before_the_window_need_no_rate():
    assert accrue([LENT], plain_schedule({5: 73_000}, {}), 5, 10).accrued.total == 5


def test_frozen_and_written_off_days_need_no_rate():
    late = plain_schedule({8: 73_000}, {})
    assert accrue([LENT, Event(0, Kind.FROZEN, until=8)], late, 0, 10).accrued.total == 2
    assert accrue([LENT, Event(0, Kind.WRITTEN_OFF)], (), 0, 10).accrued.total == 0


EXTRAS = st.one_of(
    histories.freezes("frozen_part", amount=st.integers(1, 30)),
    histories.freezes("frozen_in_term", amount=st.integers(1, 30)),
    histories.event("freeze_lifted", amount=st.integers(1, 12)),
    histories.event("reset"),
)
KINDS = {
    "disbursed": Kind.DISBURSED,
    "repaid": Kind.REPAID,
    "overdue": Kind.OVERDUE,
    "extended": Kind.EXTENDED,
    "frozen": Kind.FROZEN,
    "frozen_part": Kind.FROZEN_PART,
    "frozen_in_term": Kind.FROZEN_IN_TERM,
    "freeze_lifted": Kind.FREEZE_LIFTED,
    "written_off": Kind.WRITTEN_OFF,
    "reset": Kind.RESET,
}


@given(histories.lines(), st.lists(EXTRAS, max_size=6), st.none() | histories.DAYS)
def test_every_chapter_of_any_history_equals_the_oracle(line, extras, grace_end):
    story = line["events"] + extras
    first, last = histories.FIRST, date.fromisoformat(line["to"])
    grace = None if grace_end is None else date.fromisoformat(grace_end)
    try:
        expected = oracle.chapters(story, first, last, grace)
    except oracle.ContradictionError:
        with pytest.raises((HistoryError, RateError)):
            accrued(story, first, last, grace_end)
        return
    found = accrued(story, first, last, grace_end)
    exact = [
        [
            Fraction(n, DENOMINATOR)
            for n in (one.numerators.in_term, one.numerators.overdue, one.numerators.grace)
        ]
        for one in found.chapters
    ]
    assert exact == expected
    assert found.support == 0


@given(histories.lines(), st.integers(0, histories.LENGTH))
def test_accruing_in_two_parts_changes_no_numerator(line, cut):
    first, last = histories.FIRST, histories.FIRST + timedelta(histories.LENGTH)
    middle = first + timedelta(cut)
    try:
        whole = accrued(line["events"], first, last, None)
    except (HistoryError, RateError):
        return
    parts = [accrued(line["events"], first, middle, None), accrued(line["events"], middle, last, None)]
    assert whole.chapters[0].gross == sum(part.chapters[0].gross for part in parts)
    for name in ("in_term", "overdue"):
        assert getattr(whole.chapters[0].numerators, name) == sum(
            getattr(part.chapters[0].numerators, name) for part in parts
        )


def accrued(story, first, last, grace_end):
    """The same history through calc."""
    events = [
        Event(
            on(one["on"]),
            KINDS[one["kind"]],
            one.get("amount", 0),
            until=on(one["until"]) if "until" in one else None,
        )
        for one in story
        if one["kind"] in KINDS
    ]
    rates = {on(one["on"]): one["ppm"] for one in story if one["kind"] == "rate"}
    factors = {
        on(one["on"]): one.get("factor_ppm", 1_300_000) for one in story if one["kind"] == "overdue_rate"
    }
    return accrue(
        events,
        plain_schedule(rates, factors),
        to_day(first),
        to_day(last),
        grace_end=None if grace_end is None else on(grace_end),
    )
