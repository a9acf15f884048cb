"""Control accounts against their details: what is compared, and that a difference is seen (B19, B20)."""

import pytest
from msgspec.structs import replace

from calc.chart import Control, Line
from calc.controls import Check, checks
from calc.journal import journal
from protocol.loan_facts import CreditRefunded, InterestReceived, LoanClosed, PrincipalRepaid
from protocol.posting_facts import DifferenceResolved, Reversed
from protocol.roster_facts import MemberMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an


@pytest.fixture
def group():
    """Two members with a loan each; the first saves; two phones; 17/12/2025 is open."""
    made = Group()
    made.decide()
    made.bring(made.member(300_000), 70_000_000, prepaid=20_000)
    made.bring(made.member(), 30_000_000)
    return made.staff()


def found(group, entries=None):
    """Every check of a group's journal."""
    book, facts = group.book, group.facts()
    return checks(book, facts, journal(book, facts) if entries is None else entries)


def test_B19_every_detail_that_the_books_know_stands_beside_its_balance(group, leader, deputy):
    leader.collect(1, {1: 400_000}, {1: 50_000})
    deputy.collect(2, {2: 100_000})
    leader.collect(2, {2: 100_000})
    for phone in group.phones.values():
        phone.close()
    group.receive()
    group.count(600_000)
    group.settle()
    told = {(one.account.value, one.detail): one.journal for one in found(group) if one.journal}
    # The second receipt of household 2 waits. 30,000,000 đ at 6.6 % are 162,740 đ in thirty days.
    assert (
        told
        == {
            ("cash", None): 600_000,
            ("suspense", 2): 100_000,
            ("shortage", D): 50_000,
            ("interest_income", 1): 379_726,
            ("interest_income", 2): 100_000,
            ("prepaid_interest", 1): 40_274,
            ("savings", 1): 350_000,
            ("principal", 1): 70_000_000,
            ("principal", 2): 30_000_000,
            ("interest_due", 2): 62_740,
            ("interest_due_contra", None): 62_740,
        }
        or told[("suspense", 1)] == 100_000
    )
    assert all(one.holds for one in found(group))


def test_a_group_without_a_close_has_no_interest_due_to_compare(group):
    accounts = {one.account for one in found(group)}
    assert Control.PREPAID_INTEREST not in accounts
    assert all(one.holds for one in found(group))


def test_cash_is_what_was_counted_paid_in_and_given_back(group, leader):
    leader.collect(2, {2: 100_000})
    leader.close()
    group.receive()
    group.count(90_000)
    group.settle()
    for resolution, amount in (("payment", 6_000), ("decision", 4_000)):
        shortage = {"kind": "shortage", "resolution": resolution}
        group.tell(an(DifferenceResolved, day=D, entry=None, amount=amount, **shortage))
    group.tell(CreditRefunded(1, on("2025-11-17"), 5_000, None, "CB001", "CB002"))
    (cash,) = [one for one in found(group) if one.account is Control.CASH]
    assert (cash.journal, cash.books) == (91_000, 91_000)


def test_B9_principal_that_a_settlement_dropped_is_a_detail_of_suspense(group, leader):
    leader.transfer(1, 1, 1, 250_000, "principal")
    leader.close()
    group.receive()
    group.count(0)
    (posted,) = group.planned()
    at = group.tell(posted)
    group.tell(PrincipalRepaid(1, on("2025-12-16"), 70_000_000, None, "CB001"))
    group.settle()
    (waits,) = [one for one in found(group) if one.account is Control.SUSPENSE and one.books]
    assert waits == Check(Control.SUSPENSE, 1, 250_000, 250_000)
    group.tell(an(Reversed, posted=(0, at.seq), day=D))
    assert not any(one.books for one in found(group) if one.account is Control.SUSPENSE)
    assert all(one.holds for one in found(group))


def test_B9_principal_that_a_transfer_repaid_is_no_detail_of_suspense(group, leader):
    leader.transfer(1, 1, 1, 250_000, "principal")
    group.receive()
    group.settle()
    told = {(one.account, one.detail): one for one in found(group)}
    assert told[Control.PRINCIPAL, 1].books == 69_750_000
    assert not [one for one in told.values() if one.account is Control.SUSPENSE]
    assert all(one.holds for one in told.values())


def test_B17_a_held_receipt_is_a_detail_of_suspense_until_it_is_posted_or_reversed(group, leader, deputy):
    leader.collect(2, {2: 100_000})
    deputy.collect(2, {2: 100_000})
    deputy.collect(1, {1: 9_000}, receipt_no=10_001)
    for phone in group.phones.values():
        phone.close()
    group.receive()
    group.count(200_000)
    group.settle()
    held = {one.detail: one.books for one in found(group) if one.account is Control.SUSPENSE}
    assert held == {2: 100_000}, "the second receipt under one number is no cash"
    (ref,) = [ref for ref, one in group.book.postings.held.items() if one.entry.cause == "possible_duplicate"]
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=ref, amount=100_000))
    assert [one.books for one in found(group) if one.account is Control.SUSPENSE] == [100_000]
    group.settle(D + 31)
    assert [one.books for one in found(group) if one.account is Control.SUSPENSE] == [0]
    assert all(one.holds for one in found(group))


def test_B22_a_loan_that_left_is_compared_by_what_it_still_has(group):
    group.tell(InterestReceived(1, on("2025-12-01"), 500_000, None, "CB001"))
    group.tell(an(MemberMoved, member=1, effective=on("2025-12-11"), to_group="KM-002"))
    group.tell(an(LoanClosed, loan=1, effective=on("2025-12-11")))
    group.settle()
    group.bring(2, 10_000_000)
    assert all(one.holds for one in found(group))
    (prepaid,) = [one for one in found(group) if (one.account, one.detail) == (Control.PREPAID_INTEREST, 1)]
    assert prepaid.journal == 0


def test_a_journal_that_does_not_agree_is_seen_on_both_sides(group):
    group.tell(InterestReceived(1, on("2025-12-10"), 50_000, None, "CB001"))
    *kept, last = journal(group.book, group.facts())
    forged = (Line(Control.CASH, None, 50_000), Line(Control.INTEREST_INCOME, 9, -50_000))
    broken = [one for one in found(group, [*kept, replace(last, lines=forged)]) if not one.holds]
    assert broken == [
        Check(Control.CASH, None, 50_000, 0),
        Check(Control.INTEREST_INCOME, 1, 0, 50_000),
        Check(Control.INTEREST_INCOME, 9, 50_000, 0),
    ]
