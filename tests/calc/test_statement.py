"""The collection statement 13/TD of a day (B1, B4, B10, B17): figures worked by hand."""

import pytest

from calc.statement import Amounts, statement
from calc.words import in_words
from protocol.ids import Position
from protocol.loan_facts import InterestReceived, LoanClosed, LoanFrozen, PrincipalRepaid
from protocol.posting_facts import DifferenceResolved, PostedInterest, ReceiptRekeyed, Reversed
from protocol.roster_facts import MemberListed, SavingsAccountListed
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.pictures import adds_up
from tests.facts import an

CORE = (None, "core")


@pytest.fixture
def group():
    """Two members: 70 m with 100,000 đ of arrears and 500,000 đ saved; 40 m and 20 m and 100,000 đ saved."""
    made = Group()
    made.bring(made.member(500_000), 70_000_000, arrears_in_term=100_000)
    second = made.member(100_000)
    made.bring(second, 40_000_000)
    made.bring(second, 20_000_000, ppm=90_000, programme="NS")
    return made.staff()


def columns(group, day=D):
    """Amounts by member."""
    return {row.member: row.amounts for row in statement(group.book, day).rows}


def test_a_day_before_anything_was_collected(group):
    found = statement(group.book, D)
    assert [(row.number, row.member, row.name, row.contracts) for row in found.rows] == [
        (1, 1, b"\x11" * 32, ("L1",)),
        (2, 2, b"\x11" * 32, ("L2", "L3")),
    ]
    # 30 days since 17/11: 379,726 on 70 m at 6.6 %; 216,986 on 40 m; 147,945 on 20 m at 9 %
    first, second = found.rows[0].amounts, found.rows[1].amounts
    assert first == Amounts(
        principal=70_000_000, arrears=100_000, current=379_726, arrears_left=479_726, savings_balance=500_000
    )
    assert second == Amounts(
        principal=60_000_000, current=364_931, arrears_left=364_931, savings_balance=100_000
    )
    assert found.totals.interest_due == 479_726 + 364_931
    assert (found.held, found.is_settled, found.position) == (0, False, group.book.position)


def test_what_was_posted_stands_in_its_columns_and_totals_are_sums_of_rows(group, leader, deputy):
    leader.collect(1, {1: 400_000}, {1: 20_000})
    deputy.collect(2, {2: 217_000, 3: 147_945}, {2: 30_000})
    leader.transfer(1, 1, 1, 79_726)
    leader.transfer(1, 1, 1, 200_000, "principal")
    group.receive()
    draft = group.settle()
    assert statement(draft.book, D).totals == statement(group.book, D).totals
    found = statement(group.book, D)
    assert found.rows[0].amounts == Amounts(
        principal=70_000_000,
        arrears=100_000,
        current=379_726,
        interest_received=400_000,
        arrears_left=0,
        savings_balance=500_000,
        savings_deposited=20_000,
        transfer_to_principal=200_000,
        transfer_to_interest=79_726,
    )
    assert found.rows[1].amounts == Amounts(
        principal=60_000_000,
        current=364_931,
        interest_received=364_945,
        prepaid=14,
        savings_balance=100_000,
        savings_deposited=30_000,
    )
    assert found.totals == found.rows[0].amounts + found.rows[1].amounts
    assert found.totals.cash == 814_945
    assert in_words(found.totals.cash) == "Tám trăm mười bốn nghìn chín trăm bốn mươi lăm đồng"


def test_B4_late_facts_leave_the_statement_of_a_settled_day_alone(group, leader):
    leader.collect(1, {1: 479_726})
    group.receive()
    group.settle()
    before = statement(group.book, D)
    assert (before.is_settled, before.position) == (True, group.book.position)
    group.decide(ppm=62_400, effective_from="2025-12-01")
    group.tell(PrincipalRepaid(1, on("2025-12-01"), 10_000_000, *CORE))
    group.tell(an(Reversed, posted=Position(0, before.position.seq - 1), day=D))
    assert statement(group.book, D) == before


def test_B4_an_account_that_is_listed_later_is_not_on_the_statement_of_a_settled_day(group):
    group.settle()
    before = statement(group.book, D)
    group.member(700_000)  # as of 30/11/2025, but told after the day was settled
    assert statement(group.book, D) == before


def test_an_account_is_on_no_statement_of_a_day_before_its_balance(group):
    group.tell(an(SavingsAccountListed, ordinal=3, member=1, as_of=D + 1, balance=700_000))
    assert columns(group)[1].savings_balance == 500_000
    assert columns(group, D + 1)[1].savings_balance == 1_200_000


def test_what_was_reversed_before_the_settlement_of_the_next_day_is_in_no_column_of_a_draft(group, leader):
    leader.collect(1, {1: 479_726})
    group.receive()
    group.settle()
    group.tell(an(Reversed, posted=Position(0, group.book.position.seq - 1), day=D))
    next_day = columns(group, D + 31)[1]
    assert (next_day.interest_received, next_day.arrears) == (0, 479_726)


def test_B17_a_held_receipt_is_cash_outside_the_rows_until_it_is_posted(group, leader, deputy):
    leader.collect(1, {1: 100_000}, {1: 5_000})
    held = deputy.collect(1, {1: 100_000}, {1: 5_000})
    group.receive()
    group.settle()
    found = statement(group.book, D)
    assert (found.held, found.totals.cash) == (105_000, 105_000)
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=held))
    group.settle(D + 31)
    assert statement(group.book, D) == found
    assert statement(group.book, D + 31).held == 0
    assert columns(group, D + 31)[1].interest_received == 100_000


def test_L13_a_second_entry_under_one_number_is_no_cash_of_the_statement(group, leader):
    leader.collect(1, {1: 100_000})
    leader.collect(2, {2: 100_000}, receipt_no=1)
    group.receive()
    group.settle()
    assert statement(group.book, D).held == 0


def test_a_receipt_typed_in_from_paper_is_received_on_its_day(group):
    typed = an(
        ReceiptRekeyed,
        receipt_no=9,
        day=D,
        interest=(PostedInterest(1, 400_000, 0, 0, 0),),
        savings=((1, 7_000),),
    )
    place = group.tell(typed)
    assert columns(group)[1] == Amounts(
        principal=70_000_000,
        arrears=100_000,
        current=379_726,
        interest_received=400_000,
        arrears_left=79_726,
        savings_balance=500_000,
        savings_deposited=7_000,
    )
    assert columns(group, D + 31)[1].savings_balance == 507_000
    group.tell(an(Reversed, posted=place, day=D))
    assert columns(group)[1].interest_received == 0


def typed(number, interest, savings=1_000, day=D):
    """A paper receipt of the first member."""
    paid = (PostedInterest(1, interest, 0, 0, 0),)
    return an(ReceiptRekeyed, receipt_no=number, day=day, interest=paid, savings=((1, savings),))


def test_B4_a_paper_typed_in_after_its_day_was_settled_is_in_the_statement_whose_count_expects_it(
    group, leader
):
    group.tell(typed(9, 100_000))
    leader.close()
    group.receive()
    group.count(101_000)
    group.settle()
    closed = statement(group.book, D)
    assert closed.totals.cash == group.book.days[D].settled.expected == 101_000
    group.tell(typed(8, 200_000))
    assert statement(group.book, D) == closed
    assert columns(group, D + 31)[1].interest_received == 200_000
    assert columns(group, D + 62)[1].interest_received == 200_000
    group.open(D + 31)
    assert columns(group, D + 62)[1].interest_received == 0
    leader.close(D + 31)
    group.receive()
    group.count(201_000, D + 31)
    assert group.settle(D + 31).expected == 201_000
    found = statement(group.book, D + 31)
    # savings before the day: 500,000 and 100,000 listed, and 1,000 of the paper of D
    assert (found.totals.cash, found.totals.savings_balance) == (201_000, 600_000 + 1_000)
    assert all(adds_up(row.amounts) for row in found.rows)
    group.tell(typed(7, 50_000))
    assert statement(group.book, D + 31) == found
    assert statement(group.book, D) == closed


def test_what_was_paid_at_the_counter_is_no_longer_asked_for(group):
    group.tell(InterestReceived(1, D, 400_000, *CORE))
    found = columns(group)[1]
    assert (found.arrears, found.current, found.interest_received) == (0, 79_726, 0)


def test_B10_a_frozen_loan_shows_its_arrears_and_is_not_asked_for_them(group):
    group.tell(LoanFrozen(1, on("2025-12-17"), on("2028-12-17"), 70_000_000, *CORE))
    found = columns(group)[1]
    assert (found.interest_due, found.arrears_left, found.principal) == (0, 0, 70_000_000)
    assert (found.unasked_before, found.unasked) == (479_726, 479_726)


def test_B10_B11_every_row_adds_up_for_frozen_prepaid_and_closed_loans(group, leader):
    group.bring(2, 0, prepaid=5_000)
    group.ready()
    leader.pull()
    leader.collect(1, {1: 30_000})
    leader.collect(2, {2: 200_000, 3: 150_000, 4: 700})
    group.tell(LoanFrozen(1, on("2025-12-17"), on("2028-12-17"), 70_000_000, *CORE))
    group.tell(InterestReceived(2, D, 216_986, *CORE), LoanClosed(2, D, *CORE))
    group.receive()
    group.settle()
    found = statement(group.book, D)
    frozen, closed = found.rows[0].amounts, found.rows[1].amounts
    assert (frozen.interest_due, frozen.unasked_before, frozen.unasked) == (0, 479_726, 449_726)
    assert found.rows[1].contracts == ("L2", "L3", "L4")
    assert (closed.interest_due, closed.interest_received) == (147_945, 350_700)
    assert (closed.prepaid_before, closed.prepaid) == (5_000, 5_000 + 200_000 + 2_055 + 700)
    assert all(map(adds_up, (frozen, closed, found.totals)))


def test_a_member_with_nothing_has_no_row_and_one_with_savings_alone_has(group):
    group.tell(an(MemberListed, ordinal=3))
    assert list(columns(group)) == [1, 2]
    group.tell(LoanClosed(1, on("2025-12-01"), *CORE))
    (row, _) = statement(group.book, D).rows
    assert (row.contracts, row.amounts) == ((), Amounts(savings_balance=500_000))
