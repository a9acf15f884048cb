"""What principal falls due when, and how much of it is open: worked by hand (B14)."""

import pytest

from calc.instalments import Fall, schedule
from protocol.loan_facts import (
    Disbursed,
    InstalmentOverdue,
    InstalmentScheduled,
    LoanClosed,
    LoanExtended,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
)
from protocol.posting_facts import Posted, PostedPrincipal
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")
M = 1_000_000


@pytest.fixture
def group():
    """30 million lent on 10/03/2024 and due on 10/03/2027, 10 million each on 10/03/2025 and 10/03/2026."""
    made = Group()
    made.lend(made.member(), 30 * M, opened="2024-03-10", due_on=on("2027-03-10"))
    for day in ("2026-03-10", "2025-03-10"):
        made.tell(InstalmentScheduled(1, on(day), 10 * M, *CORE))
    return made


def repay(group, day, amount):
    """Principal repaid at the bank."""
    group.tell(PrincipalRepaid(1, on(day), amount, *CORE))


def falls(group, day, **given):
    """Day, amount, carried in, paid, carried on and open of each part."""
    found = schedule(group.book, group.book.loans[1], on(day), **given)
    return [(*key(fall), fall.paid, fall.carried_on, fall.open) for fall in found]


def key(fall):
    """The part that does not depend on what was paid for it."""
    return fall.due_on, fall.amount, fall.carried_in


def still_open(group, day, **given):
    """What is still to come."""
    return [(row[0], row[-1]) for row in falls(group, day, **given) if row[-1]]


def test_B14_the_plan_is_what_the_bank_told_and_the_rest_falls_due_in_the_end(group):
    assert falls(group, "2024-06-01") == [
        (on("2025-03-10"), 10 * M, 0, 0, 0, 10 * M),
        (on("2026-03-10"), 10 * M, 0, 0, 0, 10 * M),
        (on("2027-03-10"), 10 * M, 0, 0, 0, 10 * M),
    ]


def test_B14_a_missed_part_is_carried_to_the_next_and_turns_nothing_overdue(group):
    repay(group, "2025-03-01", 4 * M)
    assert still_open(group, "2025-03-10") == [
        (on("2025-03-10"), 6 * M),
        (on("2026-03-10"), 10 * M),
        (on("2027-03-10"), 10 * M),
    ]
    assert falls(group, "2025-03-11") == [
        (on("2025-03-10"), 10 * M, 0, 4 * M, 6 * M, 0),
        (on("2026-03-10"), 10 * M, 6 * M, 0, 0, 16 * M),
        (on("2027-03-10"), 10 * M, 0, 0, 0, 10 * M),
    ]
    assert falls(group, "2026-04-01")[2] == (on("2027-03-10"), 10 * M, 16 * M, 0, 0, 26 * M)
    assert still_open(group, "2028-01-01") == [(on("2027-03-10"), 26 * M)]  # the final day carries nothing on


def test_B14_money_that_comes_after_its_day_pays_where_the_part_was_carried_to(group):
    repay(group, "2025-04-01", 10 * M)
    assert falls(group, "2025-05-01")[:2] == [
        (on("2025-03-10"), 10 * M, 0, 0, 10 * M, 0),
        (on("2026-03-10"), 10 * M, 10 * M, 10 * M, 0, 10 * M),
    ]


def test_B14_what_is_repaid_early_covers_the_next_parts(group):
    repay(group, "2024-09-01", 25 * M)
    assert still_open(group, "2025-01-01") == [(on("2027-03-10"), 5 * M)]
    assert [row[3] for row in falls(group, "2026-06-01")] == [10 * M, 10 * M, 5 * M]


def test_B14_a_transfer_from_savings_pays_a_part_once_it_is_settled(group):
    posted = an(Posted, day=D, principal=(PostedPrincipal(1, 3 * M, 0),))
    place = group.tell(posted)
    before = [(on("2026-03-10"), 20 * M), (on("2027-03-10"), 10 * M)]
    after = [(on("2026-03-10"), 17 * M), (on("2027-03-10"), 10 * M)]
    assert (still_open(group, "2025-12-17"), still_open(group, "2025-12-17", staged=True)) == (before, after)
    group.settle()
    assert still_open(group, "2025-12-17") == after
    assert still_open(group, "2025-12-17", at=place) == before


def test_B14_the_days_are_moved_back_to_the_transaction_day_for_reminders(group):
    found = schedule(group.book, group.book.loans[1], on("2025-12-01"))  # the point's day is the 17th
    assert [fall.remind_on for fall in found] == [on("2025-02-17"), on("2026-02-17"), on("2027-02-17")]
    early = schedule(group.book, group.book.loans[1], on("2025-06-01"))  # the group is listed in July
    assert [fall.remind_on for fall in early] == [fall.due_on for fall in early]


def test_B14_an_extension_moves_the_final_day_from_its_own_day_on(group):
    group.tell(LoanExtended(1, on("2027-01-10"), 0, on("2028-03-10"), *CORE))
    assert still_open(group, "2027-01-09")[-1] == (on("2027-03-10"), 30 * M)
    assert still_open(group, "2027-01-10") == [(on("2028-03-10"), 30 * M)]
    assert group.book.loans[1].due_on == on("2028-03-10")


def test_of_two_extensions_the_one_that_is_effective_last_holds_whichever_was_learnt_first(group):
    group.tell(LoanExtended(1, on("2027-01-10"), 0, on("2028-03-10"), *CORE))
    group.tell(LoanExtended(1, on("2026-01-10"), 0, on("2027-09-10"), *CORE))
    assert group.book.loans[1].due_on == on("2028-03-10")
    group.tell(LoanExtended(1, on("2027-01-10"), 0, on("2028-06-10"), *CORE))  # the same day: told later
    assert group.book.loans[1].due_on == on("2028-06-10")


def test_B12_a_renewal_begins_another_plan_with_what_is_outstanding(group):
    repay(group, "2025-03-10", 10 * M)
    group.tell(LoanRenewed(1, on("2026-03-10"), 62_400, on("2028-03-10"), *CORE))
    repay(group, "2026-03-10", 5 * M)  # on the day of the renewal: still of the old cycle
    group.tell(InstalmentScheduled(1, on("2027-03-10"), 6 * M, *CORE))
    assert falls(group, "2026-06-01") == [
        (on("2027-03-10"), 6 * M, 0, 0, 0, 6 * M),
        (on("2028-03-10"), 9 * M, 0, 0, 0, 9 * M),
    ]
    assert still_open(group, "2026-03-09") == [(on("2026-03-10"), 10 * M), (on("2027-03-10"), 10 * M)]


def test_parts_of_one_day_are_one_and_parts_from_the_final_day_on_fall_due_with_it(group):
    group.tell(InstalmentScheduled(1, on("2025-03-10"), 2 * M, *CORE))
    group.tell(InstalmentScheduled(1, on("2027-03-10"), 7 * M, *CORE))
    group.tell(InstalmentScheduled(1, on("2028-03-10"), 1 * M, *CORE))
    amounts = [(12 * M, 12 * M), (10 * M, 10 * M), (8 * M, 8 * M)]
    found = schedule(group.book, group.book.loans[1], on("2024-06-01"))
    assert [(fall.planned, fall.amount) for fall in found] == amounts
    assert [fall.is_final for fall in found] == [False, False, True]


def test_what_is_not_paid_out_yet_cannot_fall_due():
    made = Group()
    made.lend(made.member(), 8 * M, opened="2025-09-05", due_on=on("2030-09-05"))
    for day in ("2028-09-05", "2029-09-05"):
        made.tell(InstalmentScheduled(1, on(day), 7 * M, *CORE))
    found = schedule(made.book, made.book.loans[1], on("2025-12-01"))
    assert [(fall.planned, fall.amount, fall.open) for fall in found] == [
        (7 * M, 7 * M, 7 * M),
        (7 * M, 1 * M, 1 * M),
        (0, 0, 0),
    ]
    made.tell(Disbursed(1, on("2026-02-05"), 8 * M, *CORE))
    assert still_open(made, "2026-03-01") == [
        (on("2028-09-05"), 7 * M),
        (on("2029-09-05"), 7 * M),
        (on("2030-09-05"), 2 * M),
    ]


def test_B22_the_plan_of_a_loan_brought_forward_begins_with_its_history():
    made = Group()
    made.bring(made.member(), 20 * M, overdue=5 * M, due_on=on("2027-03-15"))  # as of 17/11/2025
    made.tell(InstalmentScheduled(1, on("2025-03-15"), 10 * M, *CORE))
    made.tell(InstalmentScheduled(1, on("2026-03-15"), 10 * M, *CORE))
    assert [one.oddity.value for one in made.book.problems] == ["before_history"]
    assert still_open(made, "2025-12-01") == [(on("2026-03-15"), 10 * M), (on("2027-03-15"), 15 * M)]


def test_B14_overdue_principal_is_open_like_any_other(group):
    group.tell(InstalmentOverdue(1, on("2027-03-11"), 30 * M, *CORE))
    repay(group, "2027-04-01", 12 * M)
    assert still_open(group, "2027-05-01") == [(on("2027-03-10"), 18 * M)]


def test_nothing_falls_due_of_a_loan_that_has_ended_or_is_not_known_yet(group):
    place = group.book.position
    group.tell(LoanWrittenOff(1, on("2026-01-10"), 30 * M, *CORE))
    assert falls(group, "2026-01-10") == []
    assert len(falls(group, "2026-01-09")) == 3
    group.tell(LoanClosed(1, on("2026-02-10"), *CORE))
    assert falls(group, "2026-02-10") == []
    assert falls(group, "2026-02-10", at=place) != []
    assert falls(group, "2026-02-10", at=Group().book.position) == []


def test_a_loan_that_was_not_paid_out_has_its_final_day_and_nothing_to_pay():
    made = Group()
    made.lend(made.member(), 5 * M, opened="2025-09-05", due_on=on("2026-09-05"))
    repay(made, "2025-10-05", 5 * M)
    (fall,) = schedule(made.book, made.book.loans[1], on("2025-09-01"))
    assert fall == Fall(on("2026-09-05"), on("2026-08-17"), True, 0, 0, 0, 0, 0, 0)  # noqa: FBT003 (a row)
    assert still_open(made, "2025-11-01") == []
