"""The preview of a rate decision, and what the decision then does (B2, B11, B13, B22)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.dues import loan_due
from calc.problems import Oddity
from calc.rate_preview import LoanChange, preview
from protocol.loan_facts import InstalmentOverdue, InterestReceived, LoanClosed, PrincipalRepaid, RateFrom
from protocol.roster_facts import PolicyAdopted, RateDecided
from tests.calc.days import on
from tests.calc.groups import Group
from tests.facts import an

CORE = ("core-1", "core")


@pytest.fixture
def group():
    group = Group()
    group.member()
    return group


def decided(group, ppm, effective_from, effective_to=None, **given):
    """The next decision of a group, which it does not have yet."""
    usual = {
        "number": len(group.book.decisions.numbers) + 1,
        "kind": "rate",
        "effective_to": None if effective_to is None else on(effective_to),
        "reach": "all",
        "overdue_reach": "surcharge_on_reduced",
        "above": None,
    }
    return an(RateDecided, ppm=ppm, effective_from=on(effective_from), **(usual | given))


def seen(group, *decisions, day):
    return preview(group.book, decisions, on(day))


def test_B11_a_cut_learnt_after_the_interest_was_paid_is_a_credit(group):
    # Decision 1990/QĐ-TTg, signed on 26/11/2021: × 0.9 from 01/10 to 31/12/2021, of 831,781 đ that were paid
    opened = on("2019-05-10")
    group.bring(1, as_of="2021-10-01", opened_on=opened, rates=(RateFrom(opened, 66_000),))
    group.tell(InterestReceived(1, on("2021-12-30"), 831_781, *CORE))
    cut = decided(group, 900_000, "2021-10-01", "2021-12-31", kind="factor")
    (change,) = seen(group, cut, day="2022-01-01")
    assert change == LoanChange(1, 1, "L1", before=0, after=-83_178, is_behind=False, is_broken=False)
    assert (change.fall, change.credit, change.rise, change.is_news) == (83_178, 83_178, 0, True)


def test_only_the_part_of_a_fall_below_what_is_settled_is_credit(group):
    # 17/11–17/12/2025 on 50 m: 271,233 at 6.6 %, 263,342 with 6.24 % from 01/12; 269,000 are paid
    group.bring(1)
    group.tell(InterestReceived(1, on("2025-12-10"), 269_000, *CORE))
    (change,) = seen(group, decided(group, 62_400, "2025-12-01"), day="2025-12-17")
    assert (change.before, change.after) == (2_233, 263_342 - 269_000)
    assert (change.fall, change.credit) == (7_891, 5_658)


def test_a_fall_of_what_is_not_paid_yet_is_no_news(group):
    group.bring(1)
    (change,) = seen(group, decided(group, 62_400, "2025-12-01"), day="2025-12-17")
    assert (change.fall, change.credit, change.is_news) == (7_891, 0, False)


def test_who_has_to_pay_more_is_told(group):
    group.bring(1)
    (change,) = seen(group, decided(group, 70_000, "2025-12-01"), day="2025-12-17")
    # 14 days at 6.6 % and 16 at 7 %: 126,575.34 + 153,424.66 = 280,000
    assert (change.before, change.after, change.rise, change.fall) == (271_233, 280_000, 8_767, 0)
    assert change.is_news


def test_a_decision_of_tomorrow_touches_loans_and_changes_no_due(group):
    group.bring(1)
    (change,) = seen(group, decided(group, 62_400, "2026-01-01"), day="2025-12-17")
    assert (change.before, change.after, change.is_news) == (271_233, 271_233, False)


@pytest.mark.parametrize(
    ("terms", "touched"),
    [
        ({"programme": "NS"}, 0),
        ({"reach": "new"}, 0),
        ({"reach": "existing"}, 1),
        ({"kind": "points", "above": 66_000}, 0),
        ({"kind": "points", "above": 65_999}, 1),
    ],
)
def test_loans_of_another_programme_or_reach_or_under_the_condition_are_not_touched(group, terms, touched):
    group.bring(1)
    assert len(seen(group, decided(group, 20_000, "2025-12-01", **terms), day="2025-12-17")) == touched


def test_a_rate_that_a_later_one_covers_touches_nothing(group):
    group.bring(1)
    assert seen(group, decided(group, 72_000, "2015-06-05"), day="2025-12-17") == ()


def test_B15_a_closed_loan_gets_its_credit_for_the_days_before_its_end_and_nothing_later(group):
    group.bring(1)
    group.tell(
        InterestReceived(1, on("2025-12-17"), 271_233, *CORE),
        PrincipalRepaid(1, on("2025-12-17"), 50_000_000, "core-2", "core"),
        LoanClosed(1, on("2025-12-17"), "core-3", "core"),
    )
    (change,) = seen(group, decided(group, 62_400, "2025-12-01"), day="2025-12-20")
    assert (change.before, change.after, change.credit) == (0, -7_891, 7_891)
    assert seen(group, decided(group, 62_400, "2025-12-17"), day="2025-12-20") == ()


def test_B22_a_decision_that_reaches_behind_a_history_says_so(group):
    group.bring(1, as_of="2025-11-17")
    points = decided(group, 20_000, "2025-10-01", "2025-12-31", kind="points")
    (change,) = seen(group, points, day="2025-12-17")
    assert change.is_behind
    # 4.6 % since 17/11: 189,041
    assert (change.before, change.after) == (271_233, 189_041)
    group.tell(points)
    assert group.oddities == [Oddity.BEFORE_HISTORY]


@pytest.mark.parametrize(
    ("effective_from", "effective_to", "given"),
    [
        ("2025-11-17", None, {}),
        ("2015-06-05", None, {}),  # the contract of 2023 is the later base on every day
        ("2022-01-01", "2022-12-31", {"kind": "points"}),  # over before the contract
        ("2025-10-01", None, {"kind": "points", "reach": "new"}),
        ("2025-10-01", None, {"kind": "points", "programme": "NS"}),
    ],
)
def test_B22_a_decision_that_changes_no_day_before_a_history_is_not_listed(
    group, effective_from, effective_to, given
):
    group.bring(1, as_of="2025-11-17")
    group.tell(decided(group, 20_000, effective_from, effective_to, **given))
    assert group.oddities == []


def test_B22_a_loan_with_its_whole_history_has_nothing_before_it(group):
    group.lend(1, opened="2025-11-03")
    points = decided(group, 20_000, "2025-10-01", kind="points")
    (change,) = seen(group, points, day="2025-12-17")
    assert not change.is_behind
    group.tell(points, points)
    assert group.oddities == []


def test_a_rate_that_is_no_whole_ppm_is_told_even_where_no_day_needs_it_yet(group):
    group.bring(1)
    # 6.6001 % is whole, and 130 % of it is not
    (change,) = seen(group, decided(group, 66_001, "2027-01-01"), day="2025-12-17")
    assert change.is_broken
    (change,) = seen(group, decided(group, 62_400, "2027-01-01"), day="2025-12-17")
    assert not change.is_broken


def test_a_decision_is_not_blamed_for_what_was_no_whole_ppm_before_it(group):
    group.bring(1, ppm=66_001)
    (change,) = seen(group, decided(group, 20_000, "2026-01-01", kind="points"), day="2025-12-17")
    assert not change.is_broken
    (change,) = seen(group, decided(group, 900_000, "2026-01-01", kind="factor"), day="2025-12-17")
    assert change.is_broken


def test_days_without_any_rate_are_not_broken(group):
    group.bring(1, rates=(RateFrom(on("2025-11-17"), 66_000),))
    (change,) = seen(group, decided(group, 20_000, "2023-01-01", kind="points"), day="2025-12-17")
    assert (change.after, change.is_broken) == (189_041, False)


def test_a_group_that_lacks_earlier_decisions_is_shown_all_of_them_together(group):
    group.bring(1, ppm=60_000)
    group.tell(InstalmentOverdue(1, on("2025-11-17"), 50_000_000, *CORE))
    late = decided(group, 62_400, "2025-12-01", number=2)
    factor = an(
        PolicyAdopted, number=1, policy="overdue_factor", effective=on("2025-12-01"), amount=1_500_000
    )
    (change,) = seen(group, factor, late, day="2025-12-17")
    # 14 days at 6 % × 1.3 and 16 at 6.24 % × 1.5: 149,589.04 + 205,150.68
    assert change.after == 354_740
    assert group.book.decisions.numbers == {}


RATES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["rate", "points", "support", "factor"]),
        "ppm": st.sampled_from([20_000, 62_400, 900_000]),
        "effective_from": st.sampled_from(["2025-06-05", "2025-11-20", "2025-12-10"]),
        "effective_to": st.none() | st.just("2025-12-31"),
        "reach": st.sampled_from(["new", "existing", "all"]),
        "overdue_reach": st.sampled_from(["surcharge_on_reduced", "excluded"]),
        "above": st.none() | st.just(65_999),
    }
)


@given(st.lists(RATES, max_size=2), st.integers(0, 600_000))
def test_the_preview_is_what_really_changes_to_the_dong(rates, paid):
    group = Group()
    group.member()
    group.bring(1)
    group.bring(1, 70_000_000, ppm=60_000, overdue=10_000_000)
    group.lend(1, opened="2025-09-10")
    group.tell(InterestReceived(1, on("2025-12-10"), paid + 1, *CORE))
    day = on("2025-12-17")
    before = {loan: loan_due(group.book, one, day).payable for loan, one in group.book.loans.items()}
    decisions = [decided(group, **terms, number=place) for place, terms in enumerate(rates, 1)]
    changes = {change.loan: change for change in preview(group.book, decisions, day)}
    listed = len(group.oddities)
    group.tell(*decisions)
    for loan, one in group.book.loans.items():
        after = loan_due(group.book, one, day).payable
        change = changes.get(loan)
        told = 0 if change is None else change.rise - change.fall
        assert after - before[loan] == told
        prepaid = max(0, -after) - max(0, -before[loan])
        assert max(0, prepaid) == (0 if change is None else change.credit)
    behind = {loan for loan, change in changes.items() if change.is_behind}
    assert behind <= {one.loan for one in group.book.problems[listed:]}
