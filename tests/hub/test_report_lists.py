"""Lists of households and loans to see next; figures are worked by hand from ``tests.hub.days``."""

import pytest

from calc.terms import Terms, WatchTerms
from protocol.loan_facts import (
    InstalmentOverdue,
    InstalmentScheduled,
    LoanClosed,
    LoanFrozen,
    PrincipalRepaid,
)
from protocol.phone_facts import Visited
from tests.facts import an
from tests.hub.days import DAY, JANUARY, NEXT
from tests.hub.reported import CORE, on, rows, settled_day


@pytest.fixture
def day(tmp_path):
    return settled_day(tmp_path)


def test_overdue_due_soon_and_freezes_name_the_loan_and_its_owner(day):
    day.say(
        InstalmentOverdue(3, DAY, 1_000_000, *CORE),
        InstalmentScheduled(5, on("2026-01-20"), 5_000_000, *CORE),
        LoanFrozen(5, DAY, on("2026-05-01"), 20_000_000, *CORE),
        day=NEXT,
    )
    # The 480,000 đ that the transfer of this day repaid went to the overdue part first (B24).
    late = rows(day, "overdue")
    assert [(row["contract"], row["overdue_dong"]) for row in late] == [
        ("660001000204", 2_000_000),
        ("660001000203", 520_000),
    ]
    assert {row["name"] for row in late} == {"Hoàng Văn Vượng"}
    assert late[1]["programme"] == "Hộ nghèo"
    soon = [
        (row["contract"], row["amount_dong"], row["remind_on"], row["part"]) for row in rows(day, "due-soon")
    ]
    assert soon == [
        ("660001000204", 42_000_000, "2026-01-17", "cuối cùng"),
        ("660001000205", 5_000_000, "2026-01-17", "phân kỳ"),
    ]
    (ending,) = rows(day, "freeze-ending")
    assert (ending["frozen_dong"], ending["until"], ending["days_left"]) == (20_000_000, "2026-05-01", 135)


def test_long_arrears_and_idle_members_are_listed(day):
    (found,) = [row for row in rows(day, "arrears", on("2026-04-17")) if row["contract"].endswith("203")]
    # 18,005 of December and 121 days of 29.52 m at 6.24 %: 610,652
    assert (found["months"], found["unpaid_dong"]) == (4, 628_657)
    assert {row["name"] for row in rows(day, "inactive", DAY + 92)} == {
        "Phạm Thị Lụa",
        "Vũ Văn Tịnh",
        "Hoàng Văn Vượng",
    }
    assert rows(day, "inactive", DAY + 91) == []
    terms = Terms(watch=WatchTerms(idle_months=1))
    assert len(rows(day, "inactive", DAY + 31, terms=terms)) == 3


def test_early_warning_tells_of_promises_silent_phones_and_arrears_that_grow(day):
    day.leader.write(an(Visited, member=2, value_date=DAY + 1, promised_on=DAY + 9, promised=150_000))
    day.sync(day.leader)
    assert rows(day, "early-warning", DAY + 9) == []
    (broken,) = rows(day, "early-warning", DAY + 10)
    assert (broken["who"], broken["sign"], broken["since"]) == (
        "Vũ Văn Tịnh",
        "quá ngày hẹn trả",
        "2025-12-26",
    )
    silent = rows(day, "early-warning", DAY + 35)[1:]
    assert [(row["who"], row["told"]) for row in silent] == [
        ("máy tổ trưởng", "35 ngày chưa gửi về"),
        ("máy tổ phó", "35 ngày chưa gửi về"),
    ]


def test_arrears_that_grow_are_told_with_what_was_left_each_time(day):
    day.now = JANUARY
    day.collect(day.leader, 3, 1_000, 176_455, due_to=NEXT)
    day.close_round(day.leader, 1_000, due_to=NEXT)
    day.sync(day.leader)
    day.count(1_000, day=NEXT)
    day.settle(day=NEXT)
    terms = Terms(watch=WatchTerms(growing_days=1))
    found = rows(day, "early-warning", NEXT, terms=terms)
    grown = {row["who"]: row for row in found if row["sign"] == "lãi tồn tăng"}
    assert grown["Hoàng Văn Vượng"]["told"].replace("\xa0", " ").startswith("sau mỗi phiên: 18.005 đ, ")


def test_B15_a_credit_on_a_closed_loan_is_work(day):
    day.say(PrincipalRepaid(1, DAY, 50_000_000, *CORE), LoanClosed(1, on("2025-12-18"), *CORE), day=NEXT)
    assert rows(day, "credits") == []
    (found,) = rows(day, "credits", on("2025-12-18"))
    assert (found["contract"], found["closed_on"], found["credit_dong"]) == (
        "660001000201",
        "2025-12-18",
        8_658,
    )
