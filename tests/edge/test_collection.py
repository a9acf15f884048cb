"""Cash at the door (B5, B7, B8, B17, B18)."""

import pytest

from edge.collection import Deposit, plan_collection
from edge.errors import Fault
from edge.members import find_member
from edge.sync import sync
from protocol.phone_facts import InterestLine, SavingsLine
from tests.edge.steps import fault_of, newest, take
from tests.edge.village import DAY, DUE_1, DUE_2, DUE_3
from tests.fakes.places import Place


def lines(phone):
    return [(line.loan, line.interest, line.due_shown) for line in newest(phone).lines]


def plan(phone, typed, interest="full", deposits=(), **given):
    return plan_collection(phone, find_member(phone, typed), interest, deposits, **given)


def test_the_full_due_is_taken_to_the_dong_with_a_line_for_each_loan(phone):
    take(phone, "1")
    entry = newest(phone)
    assert entry.lines == (InterestLine(1, DUE_1, DUE_1), InterestLine(2, DUE_2, DUE_2))
    assert (entry.receipt_no, entry.member, entry.value_date, entry.due_to) == (1, 1, DAY - 2, DAY)
    assert entry.savings == ()


def test_rounded_up_the_rest_is_prepaid_on_the_first_loan(phone):
    """406,027 đ → 407,000 đ (B18)."""
    made = plan(phone, "1", "rounded")
    assert (made.interest, made.excess) == (407_000, 973)
    take(phone, "1", "rounded")
    assert lines(phone) == [(1, DUE_1 + 973, DUE_1), (2, DUE_2, DUE_2)]


def test_a_part_pays_the_oldest_first_and_every_loan_has_its_line(phone):
    take(phone, "1", 100_000)
    assert lines(phone) == [(1, 100_000, DUE_1), (2, 0, DUE_2)]


def test_more_than_due_is_prepaid(phone):
    take(phone, "2", 100_000)
    assert lines(phone) == [(3, 100_000, DUE_3)]


def test_the_borrowers_own_split_is_kept_as_told(phone):
    take(phone, "1", {2: 150_000})
    assert lines(phone) == [(1, 0, DUE_1), (2, 150_000, DUE_2)]


def test_savings_alone_still_have_a_line_of_0_for_each_loan(phone):
    take(phone, "1", "none", [Deposit(50_000)])
    assert lines(phone) == [(1, 0, DUE_1), (2, 0, DUE_2)]
    assert newest(phone).savings == (SavingsLine(1, 50_000),)


def test_a_member_without_a_loan_saves_and_pays_no_interest(phone):
    take(phone, "4", "none", [Deposit(10_000)])
    assert newest(phone).lines == ()
    for interest in ("full", "rounded", 10_000):
        assert fault_of(plan, phone, "4", interest, again=True) is Fault.NO_LOAN


def test_of_several_accounts_one_must_be_named(phone):
    assert fault_of(plan, phone, "3", "none", [Deposit(10_000)]) is Fault.SEVERAL_ACCOUNTS
    take(phone, "3", "none", [Deposit(10_000, 3)])
    assert newest(phone).savings == (SavingsLine(3, 10_000),)


@pytest.mark.parametrize(
    ("typed", "interest", "deposits", "fault"),
    [
        ("1", {3: 1_000}, (), Fault.NO_SUCH_LOAN),
        ("1", {9: 1_000}, (), Fault.NO_SUCH_LOAN),
        ("1", "none", [Deposit(1_000, 2)], Fault.NO_SUCH_ACCOUNT),
        ("2", "none", [Deposit(1_000)], Fault.NO_SUCH_ACCOUNT),
        ("1", "none", [Deposit(0)], Fault.NOTHING_TO_COLLECT),
        ("1", "none", (), Fault.NOTHING_TO_COLLECT),
        ("1", 0, (), Fault.NOTHING_TO_COLLECT),
        ("3", "full", (), Fault.NOTHING_TO_COLLECT),
        ("3", "rounded", (), Fault.NOTHING_TO_COLLECT),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_nothing_changes(phone, typed, interest, deposits, fault):
    assert fault_of(take, phone, typed, interest, deposits) is fault
    assert phone.own.length == 0


def test_a_frozen_loan_may_be_paid_by_amount_and_it_is_prepaid_there(phone):
    """A household that pays arrears of a frozen loan on its own wish: the money has one named place."""
    take(phone, "3", 20_000)
    assert lines(phone) == [(4, 20_000, 50_000)]


def test_B17_a_second_receipt_of_one_day_needs_to_be_meant(phone):
    take(phone, "1", 100_000)
    assert fault_of(take, phone, "1", 100_000) is Fault.ALREADY_COLLECTED
    take(phone, "1", 100_000, again=True)
    assert [fact.entry.receipt_no for fact in phone.own_facts()] == [1, 2]


def test_B17_what_the_deputy_took_is_noticed_once_it_is_known(hub, place, phone, deputy):
    other, elsewhere = deputy
    take(phone, "1")
    take(other, "1")
    sync(phone, place.carrier)
    sync(other, elsewhere.carrier)
    assert fault_of(take, other, "1", 1_000) is Fault.ALREADY_COLLECTED


def test_receipts_are_numbered_in_the_writers_range_and_never_twice(hub, place, phone, deputy):
    other, _ = deputy
    take(phone, "1")
    take(phone, "2")
    take(other, "1")
    assert [fact.entry.receipt_no for fact in phone.own_facts()] == [1, 2]
    assert newest(other).receipt_no == 10_001
    place.reopen(phone)
    take(phone, "1", 1_000, again=True)
    assert newest(phone).receipt_no == 3


def test_a_range_that_is_used_up_is_told(hub, tmp_path):
    place = Place(tmp_path / "short", hub)
    place.begin_enrolment()
    hub.admit(first_receipt=7, last_receipt=8)
    phone = place.synchronised()
    take(phone, "1")
    take(phone, "2")
    assert fault_of(take, phone, "4", "none", [Deposit(5_000)]) is Fault.RECEIPTS_USED_UP
    phone.ledger.close()


def test_little_savings_a_past_day_and_a_book_that_differs_are_warned_of_and_block_nothing(hub, place, phone):
    assert plan(phone, "1", "none", [Deposit(4_999)]).warnings == ("savings_small",)
    assert plan(phone, "1", "none", [Deposit(5_000)]).warnings == ()
    place.wait(days=3)
    assert plan(phone, "1").warnings == ("day_is_over",)


def test_a_plan_says_what_the_household_hands_over(phone):
    made = plan(phone, "1", "full", [Deposit(20_000)])
    assert (made.name, made.interest, made.savings, made.cash) == (
        "Nguyễn Thị Ánh",
        DUE_1 + DUE_2,
        20_000,
        DUE_1 + DUE_2 + 20_000,
    )
