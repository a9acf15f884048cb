"""What the branch booked, line by line: B21's half of ours, stable under everything that comes later (B4)."""

import pytest

from calc.booked import LinePlace, booked
from calc.money_lines import LineKind
from protocol.ids import Position
from protocol.loan_facts import CreditRefunded, InterestReceived, PrincipalRepaid
from protocol.posting_facts import (
    CashCounted,
    DaySettled,
    DifferenceResolved,
    Held,
    Posted,
    ReceiptRekeyed,
    Reversed,
)
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = on("2026-01-17")


@pytest.fixture
def group():
    """Two members with a loan each, 500,000 đ of savings with the second, two phones, an open day."""
    group = Group()
    group.decide()
    for savings in (None, 500_000):
        group.bring(group.member(savings))
    return group.staff()


def lines(group):
    return booked(group.log, group.book, group.facts().by_ref)


def told(group):
    """Kind, loan, account, amount and cash of every line."""
    return [
        (one.line.kind.value, one.line.loan, one.line.account, one.line.amount, one.cash)
        for one in lines(group)
    ]


def settled(group, counted=None):
    """The places of what a day posted or held, after its settlement."""
    group.receive()
    if counted is not None:
        group.count(counted)
    group.settle()
    return [place for place, entry in group.log if isinstance(entry, Posted | Held)]


def test_B21_a_receipt_is_one_line_for_each_loan_and_account_that_moves(group):
    leader = group.phones[1, 0]
    ref = leader.collect(2, {2: 280_000}, {1: 20_000})
    leader.close()
    (place,) = settled(group, 300_000)
    first, second, counted = lines(group)
    assert told(group) == [
        ("interest_received", 2, None, 280_000, 280_000),
        ("deposit", None, 1, 20_000, 20_000),
        ("cash_counted", None, None, 300_000, 0),
    ]
    # Thirty days of 50,000,000 đ at 6.6 %: 271,232.9; the rest of the receipt is ahead of time.
    parts = first.line
    assert (parts.in_term, parts.overdue, parts.grace, parts.unallocated) == (271_233, 0, 0, 8_767)
    assert (first.place, second.place) == (LinePlace(place, 1), LinePlace(place, 2))
    frame = first.frame
    assert (frame.entry, frame.receipt_no, frame.day, frame.value_date) == (ref, 1, D, D - 2)
    assert (frame.decided_by, frame.confirmed_by, frame.cause) == ("CB001", "CB002", None)
    assert first.frame.effective_at == counted.frame.effective_at == group.book.days[D].settled_at


def test_a_line_that_moves_nothing_is_not_told_and_keeps_its_number(group):
    group.bring(2, 30_000_000)
    group.ready()
    leader = group.phones[1, 0]
    leader.pull()
    leader.collect(2, {3: 5_000}, {1: 1_000})
    (place,) = settled(group)
    assert [one.place for one in lines(group)[:2]] == [LinePlace(place, 1), LinePlace(place, 2)]
    group.tell(an(ReceiptRekeyed, day=D, interest=((2, 0, 0, 0, 0), (3, 4_000, 0, 0, 0))))
    assert lines(group)[-1].place == LinePlace(group.book.position, 2)


def test_B9_a_transfer_moves_savings_and_no_cash(group):
    leader = group.phones[1, 0]
    leader.transfer(2, 1, 2, 100_000)
    leader.transfer(2, 1, 2, 300_000, "principal")
    settled(group)
    assert told(group) == [
        ("interest_received", 2, None, 100_000, 0),
        ("transfer", None, 1, 100_000, 0),
        ("principal_repaid", 2, None, 300_000, 0),
        ("transfer", None, 1, 300_000, 0),
    ]
    principal = lines(group)[2].line
    assert (principal.in_term, principal.overdue) == (300_000, 0)


def test_B4_nothing_is_told_before_its_day_is_settled_and_a_dead_run_never(group):
    leader = group.phones[1, 0]
    leader.collect(2, {2: 70_000})
    leader.close()
    group.receive()
    group.count(70_000)
    group.tell(*group.planned())
    assert lines(group) == ()
    group.count(70_000)
    group.tell(*group.planned())
    dead, live = (place for place, entry in group.log if isinstance(entry, Posted))
    group.settle()
    assert lines(group)[0].place == LinePlace(live, 1)
    assert all(one.place.position != dead for one in lines(group))


def test_B17_what_is_held_stands_in_suspense_until_a_person_lets_it_be_posted(group):
    leader, deputy = group.phones[1, 0], group.phones[2, 0]
    leader.collect(2, {2: 70_000}, {1: 5_000})
    repeated = deputy.collect(2, {2: 70_000}, {1: 5_000})
    leader.close()
    deputy.close()
    _, held = settled(group, 150_000)
    assert told(group)[2:] == [
        ("held", 2, None, 70_000, 70_000),
        ("held", None, 1, 5_000, 5_000),
        ("cash_counted", None, None, 150_000, 0),
    ]
    assert lines(group)[2].frame.cause == "possible_duplicate"
    before = lines(group)
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=repeated, amount=75_000, resolution="paid"))
    group.open(NEXT)
    group.settle(NEXT)
    assert lines(group)[: len(before)] == before
    released = group.book.postings.posted[repeated].position
    after = lines(group)[len(before) :]
    assert [(one.line.kind.value, one.line.amount, one.cash) for one in after] == [
        ("interest_received", 70_000, 70_000),
        ("deposit", 5_000, 5_000),
        ("held", -70_000, -70_000),
        ("held", -5_000, -5_000),
    ]
    assert [one.place.number for one in after] == [1, 2, 3, 4]
    assert [one.reverses for one in after] == [None, None, LinePlace(held, 1), LinePlace(held, 2)]
    assert {one.place.position for one in after} == {released}


def test_B17_a_reversal_takes_back_every_line_under_its_own_name(group):
    leader = group.phones[1, 0]
    ref = leader.collect(2, {2: 280_000}, {1: 20_000})
    (place,) = settled(group)
    before = lines(group)
    mirror = group.tell(an(Reversed, posted=place, day=NEXT, cause="never_paid", decided_by="KSV02"))
    assert lines(group)[: len(before)] == before
    interest, deposit = lines(group)[len(before) :]
    assert (interest.line.amount, interest.line.in_term, interest.line.unallocated) == (
        -280_000,
        -271_233,
        -8_767,
    )
    assert (deposit.line.amount, deposit.cash) == (-20_000, -20_000)
    assert (interest.place, interest.reverses) == (LinePlace(mirror, 1), LinePlace(place, 1))
    frame = interest.frame
    assert (frame.day, frame.effective) == (NEXT, D)
    assert (frame.cause, frame.decided_by) == ("never_paid", "KSV02")
    assert (frame.entry, frame.receipt_no) == (ref, 1)


def test_B17_a_released_receipt_that_is_reversed_does_not_go_back_into_suspense(group):
    leader, deputy = group.phones[1, 0], group.phones[2, 0]
    leader.collect(2, {2: 70_000})
    repeated = deputy.collect(2, {2: 70_000})
    settled(group)
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=repeated, amount=70_000))
    group.open(NEXT)
    group.settle(NEXT)
    before = lines(group)
    group.tell(an(Reversed, posted=group.book.postings.posted[repeated].position, day=NEXT))
    assert told(group)[len(before) :] == [("interest_received", 2, None, -70_000, -70_000)]
    # One receipt of 70,000 đ is left: nothing is held, and nobody paid for the other one.
    assert sum(one.cash for one in lines(group)) == 70_000
    assert sum(one.line.amount for one in lines(group) if one.line.kind is LineKind.HELD) == 0


def test_L13_a_paper_that_was_typed_in_counts_where_it_stands(group):
    paper = an(
        ReceiptRekeyed,
        receipt_no=77,
        member=2,
        value_date=D - 3,
        day=D,
        interest=((2, 40_000, 1_000, 0, 500),),
        savings=((1, 6_000),),
    )
    place = group.tell(paper)
    group.tell(paper)
    interest, deposit = lines(group)
    assert (interest.line.amount, interest.line.overdue, interest.cash) == (41_500, 1_000, 41_500)
    assert (deposit.line.kind, deposit.line.amount) == (LineKind.DEPOSIT, 6_000)
    assert (deposit.place, deposit.frame.effective_at) == (LinePlace(place, 2), place)
    assert (deposit.frame.receipt_no, deposit.frame.value_date, deposit.frame.entry) == (77, D - 3, None)


def test_B15_a_refund_gives_cash_back_and_a_credit_that_is_carried_does_not(group):
    group.bring(2)
    group.tell(an(InterestReceived, loan=2, effective=D, amount=900_000, core_ref="GD-1"))
    group.tell(CreditRefunded(2, D, 700, None, "CB001", "CB002"))
    group.tell(CreditRefunded(2, D, 900, 3, "CB001", "CB002"))
    group.tell(CreditRefunded(9, D, 900, None, "CB001", "CB002"))
    assert told(group) == [
        ("credit_refunded", 2, None, 700, -700),
        ("credit_refunded", 2, None, 900, 0),
        ("credit_carried", 3, None, 900, 0),
    ]


def test_B18_a_count_its_difference_and_what_became_of_it(group):
    leader = group.phones[1, 0]
    leader.collect(2, {2: 70_000})
    leader.close()
    settled(group, 50_000)
    paid = an(DifferenceResolved, day=D, kind="shortage", amount=15_000, resolution="paid")
    group.tell(paid)
    group.tell(paid)  # only 5,000 đ are left: it clears nothing
    assert told(group)[1:] == [
        ("cash_counted", None, None, 50_000, 0),
        ("shortage", None, None, 20_000, 0),
        ("shortage", None, None, -15_000, 0),
    ]
    assert lines(group)[-1].frame.cause == "paid"


def test_B18_a_surplus_is_told_as_one(group):
    leader = group.phones[1, 0]
    leader.collect(2, {2: 70_000})
    leader.close()
    settled(group, 71_000)
    assert told(group)[1:] == [
        ("cash_counted", None, None, 71_000, 0),
        ("surplus", None, None, 1_000, 0),
    ]
    group.tell(an(DaySettled, day=D, counted=5))  # a second settlement of one day counts for nothing
    assert len(lines(group)) == 3


def test_L13_a_second_entry_under_one_receipt_number_is_no_cash(group):
    leader = group.phones[1, 0]
    leader.collect(1, {1: 5_000}, receipt_no=7)
    leader.collect(2, {2: 6_000}, receipt_no=7)
    settled(group)
    assert [posting.entry.cause for posting in group.book.postings.held.values()] == ["same_receipt"]
    assert told(group) == [("interest_received", 1, None, 5_000, 5_000)]


def test_principal_that_no_longer_fitted_when_its_day_was_settled_waits_in_suspense(group):
    ref = group.phones[1, 0].transfer(2, 1, 2, 400_000, "principal")
    group.receive()
    place = group.tell(
        an(
            Posted,
            entry=ref,
            day=D,
            principal=((2, 400_000, 0),),
            savings=((1, -400_000),),
        )
    )
    group.tell(an(PrincipalRepaid, loan=2, effective=D, amount=50_000_000, core_ref="GD-1"))
    group.tell(an(DaySettled, day=D, first=place))
    assert told(group) == [("held", 2, None, 400_000, 0), ("transfer", None, 1, 400_000, 0)]


def test_what_the_fold_does_not_let_count_is_not_booked(group):
    group.tell(
        an(Reversed, posted=Position(0, 3), day=D),
        an(Posted, day=D, interest=((9, 5, 0, 0, 0),)),
        an(CashCounted, day=D, counted=5),
    )
    assert lines(group) == ()


def test_a_posting_whose_phone_entry_is_not_at_hand_is_booked_all_the_same(group):
    leader = group.phones[1, 0]
    leader.collect(2, {2: 70_000})
    settled(group)
    (line, *_) = booked(group.log, group.book, {})
    assert (line.line.amount, line.frame.value_date, line.frame.receipt_no) == (70_000, None, None)


def test_only_what_changes_a_customers_balance_is_for_the_core_to_book():
    assert [kind.value for kind in LineKind if not kind.is_customers] == [
        "held",
        "cash_counted",
        "shortage",
        "surplus",
    ]
