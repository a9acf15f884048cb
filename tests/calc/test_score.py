"""The score of a group: each part in fractions, and what a month of a real group gives."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from calc.group_month import month_facts, month_of
from calc.measures import Collection, Standing
from calc.score import MonthFacts, score
from calc.terms import ScoreClass, ScoreTerms
from protocol.day import to_date
from protocol.loan_facts import InstalmentOverdue, InstalmentScheduled, LoanClosed, PrincipalRepaid
from protocol.roster_facts import MemberMoved, SavingsAccountListed, SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
TERMS = ScoreTerms()
FULL = MonthFacts(
    days_settled=1,
    days_attended=1,
    fell_due=10_000_000,
    repaid=10_000_000,
    collection=Collection(500_000, 400_000, 100_000),
    depositors=10,
    savings_before=5_000_000,
    end=Standing(members=10, loans=12, in_term=100_000_000, savings=5_050_000),
)
END = FULL.end


def parts(facts, terms=TERMS):
    return {part.name: part.hundredths for part in score(facts, terms).parts}


def test_a_group_that_did_everything_has_100_points_and_is_of_the_best_class():
    found = score(FULL, TERMS)
    assert [(part.name, part.most, part.hundredths) for part in found.parts] == [
        ("commune", 20, 2_000),
        ("principal", 15, 1_500),
        ("interest", 20, 2_000),
        ("depositing", 5, 500),
        ("growth", 10, 1_000),
        ("overdue", 30, 3_000),
    ]
    assert (found.hundredths, found.grade) == (10_000, "Tốt")


@pytest.mark.parametrize(
    ("part", "given", "hundredths"),
    [
        ("commune", {"days_settled": 3, "days_attended": 2}, 1_333),
        ("commune", {"days_attended": 0}, 0),
        ("principal", {"repaid": 9_000_000}, 1_350),
        ("principal", {"fell_due": 0, "repaid": 0}, 1_500),
        ("interest", {"collection": Collection(300_000, 400_000, 100_000)}, 1_500),
        ("interest", {"collection": Collection(0, 0, 70_000)}, 2_000),
        ("depositing", {"depositors": 7}, 350),
        ("growth", {"savings_before": 5_025_000}, 498),  # 25,000 of 50,250: 4.975 points
        ("growth", {"savings_before": 6_000_000}, 0),
        ("growth", {"savings_before": 0}, 1_000),
        ("growth", {"savings_before": 0, "end": replace(END, savings=0)}, 0),
        ("overdue", {"end": replace(END, in_term=99_000_000, overdue=1_000_000)}, 2_250),  # 1 % of 4 %
        ("overdue", {"end": replace(END, in_term=90_000_000, overdue=10_000_000)}, 0),
        ("overdue", {"end": replace(END, in_term=0)}, 3_000),
    ],
)
def test_each_part_is_its_points_times_what_was_reached(part, given, hundredths):
    assert parts(replace(FULL, **given))[part] == hundredths


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_part_is_rounded_once(repaid, fell_due):
    share = min(Fraction(repaid, fell_due), Fraction(1))
    expected = floor(1_500 * share + Fraction(1, 2))
    assert parts(replace(FULL, repaid=repaid, fell_due=fell_due))["principal"] == expected


def test_the_class_is_the_best_whose_points_are_reached():
    grades = {}
    for attended in range(4):
        found = score(replace(FULL, days_settled=3, days_attended=attended, fell_due=1, repaid=0), TERMS)
        grades[found.hundredths] = found.grade
    assert grades == {6_500: "Trung bình", 7_167: "Khá", 7_833: "Khá", 8_500: "Tốt"}
    poor = replace(FULL, days_attended=0, repaid=0, depositors=0, savings_before=9_000_000)
    assert score(replace(poor, collection=Collection(0, 1, 0)), TERMS).grade == "Yếu"


def test_points_and_classes_are_the_branchs_to_set():
    terms = ScoreTerms(
        commune=100,
        principal=0,
        interest=0,
        depositing=0,
        growth=0,
        overdue=0,
        classes=(ScoreClass(99, "A"),),
    )
    assert score(FULL, terms).grade == "A"
    assert score(replace(FULL, days_settled=2), terms).grade == "Yếu"


def test_a_month_without_a_settled_transaction_day_has_no_score():
    assert score(replace(FULL, days_settled=0, days_attended=0), TERMS) is None


@pytest.fixture
def group():
    """Member 1: 50 m, 500,000 đ saved; member 2: 40 m and 20 m, 100,000 đ and 50,000 đ saved."""
    made = Group()
    made.bring(made.member(500_000), 50_000_000)
    second = made.member(100_000)
    made.tell(an(SavingsAccountListed, ordinal=3, member=second, as_of=on("2025-11-30"), balance=50_000))
    made.bring(second, 40_000_000)
    made.bring(second, 20_000_000)
    return made.staff()


def facts(group, day="2025-12-31"):
    return month_facts(group.book, on(day))


def test_a_month_is_gathered_from_the_book(group, leader):
    group.tell(InstalmentScheduled(1, on("2025-12-10"), 2_000_000, *CORE))
    group.tell(InstalmentScheduled(2, on("2025-12-20"), 1_000_000, *CORE))
    group.tell(InstalmentScheduled(2, on("2026-01-20"), 1_000_000, *CORE))
    group.tell(PrincipalRepaid(1, on("2025-12-09"), 1_500_000, *CORE))
    group.tell(InstalmentOverdue(3, D, 3_000_000, *CORE))
    assert facts(group).days_settled == 0
    leader.collect(1, {1: 100_000}, {1: 20_000})
    leader.collect(2, {2: 50_000}, {2: 1_000, 3: 1_000})
    leader.transfer(1, 1, 1, 70_000)
    group.receive()
    group.settle()
    group.tell(SavingsMoved(1, "withdrawal", on("2025-12-30"), 7_000, *CORE))
    found = facts(group)
    # 50 m for 22 days and 48.5 m for 8: 269,063; 40 m: 216,986; 20 m for 30 days: 108,493
    assert found == MonthFacts(
        days_settled=1,
        days_attended=1,
        fell_due=3_000_000,
        repaid=1_500_000,
        collection=Collection(220_000, 594_542, 0),
        depositors=2,
        savings_before=650_000,
        end=Standing(members=2, loans=3, in_term=105_500_000, overdue=3_000_000, frozen=0, savings=595_000),
    )
    assert facts(group, "2025-12-16").days_settled == 0
    assert facts(group, "2026-01-31").savings_before == 595_000


def test_a_settled_day_on_which_nobody_came_is_a_day_without_the_group(group):
    group.settle()
    found = facts(group)
    assert (found.days_settled, found.days_attended, found.depositors) == (1, 0, 0)


def test_principal_that_was_carried_to_the_final_day_falls_due_once(group):
    group.tell(InstalmentScheduled(1, on("2025-12-05"), 2_000_000, *CORE))
    group.tell(InstalmentScheduled(1, on("2025-12-20"), 3_000_000, *CORE))
    group.tell(PrincipalRepaid(1, on("2025-12-19"), 4_000_000, *CORE))
    found = facts(group)
    assert (found.fell_due, found.repaid) == (5_000_000, 4_000_000)


def test_a_loan_that_was_paid_off_in_its_last_month_was_repaid_in_full():
    made = Group()
    member = made.member()
    paid_off = made.bring(member, 50_000_000, due_on=on("2025-12-20"))
    gone = made.bring(member, 40_000_000, due_on=on("2025-12-20"))
    early = made.bring(member, 30_000_000, due_on=on("2025-12-20"))
    made.staff()
    made.tell(PrincipalRepaid(early, on("2025-11-28"), 30_000_000, *CORE))
    made.tell(LoanClosed(early, on("2025-11-28"), *CORE))
    made.tell(PrincipalRepaid(paid_off, on("2025-12-20"), 50_000_000, *CORE))
    made.tell(LoanClosed(paid_off, on("2025-12-20"), *CORE))
    assert facts(made).fell_due == 90_000_000
    assert facts(made).repaid == 50_000_000
    assert facts(made, "2025-12-19").fell_due == 0
    made.tell(an(MemberMoved, member=member, effective=on("2025-12-22"), to_group="KM-002"))
    made.tell(LoanClosed(gone, on("2025-12-22"), *CORE))
    assert facts(made).fell_due == 50_000_000


def test_a_month_is_a_calendar_month():
    for day, length in (("2024-02-29", 29), ("2025-02-01", 28), ("2025-12-31", 31)):
        first, last = month_of(on(day))
        assert (to_date(first).day, last - first + 1, to_date(last).month) == (
            1,
            length,
            to_date(on(day)).month,
        )
