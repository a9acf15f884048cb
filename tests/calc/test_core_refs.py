"""B21: a reference of the core names one fact; a match gives it to what the branch keyed or booked."""

import pytest

from calc.core_refs import Match
from calc.dues import loan_due
from calc.problems import Oddity
from protocol.ids import Position
from protocol.loan_facts import CoreMatched, CreditRefunded, Disbursed, InterestReceived, PrincipalRepaid
from protocol.posting_facts import ReceiptRekeyed, Reversed
from protocol.roster_facts import SavingsMoved
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

EARLIER = on("2025-12-05")


@pytest.fixture
def group():
    """Two members with a loan each, one of them with savings, two phones, an open day."""
    group = Group()
    group.decide()
    for savings in (None, 500_000):
        group.bring(group.member(savings))
    return group.staff()


@pytest.fixture
def posted(group):
    """The place of a settled posting: interest of 70,000 đ on loan 2 and a deposit of 20,000 đ."""
    phone = group.phones[1, 0]
    ref = phone.collect(2, {2: 70_000}, {1: 20_000})
    group.receive()
    group.settle()
    return group.book.postings.posted[ref].position


def refs(group):
    return group.book.roster.refs


def test_B21_a_fact_keyed_at_the_table_is_provisional_until_it_is_matched(group):
    keyed = an(InterestReceived, loan=1, effective=EARLIER, amount=9_000)
    moved = an(SavingsMoved, account=1, kind="withdrawal", effective=EARLIER, amount=5_000)
    places = [group.tell(keyed), group.tell(moved)]
    before = group.book.position
    assert refs(group).provisional(before) == dict(zip(places, (keyed, moved), strict=True))
    assert refs(group).provisional(places[0]) == {places[0]: keyed}
    group.tell(CoreMatched(places[0], "GD-1"))
    assert refs(group).provisional(group.book.position) == {places[1]: moved}
    assert refs(group).provisional(before) == dict(zip(places, (keyed, moved), strict=True))
    assert not group.oddities


def test_B21_a_keyed_fact_is_one_transaction_and_gets_one_reference(group):
    place = group.tell(an(InterestReceived, loan=1, effective=EARLIER, amount=9_000))
    group.tell(CoreMatched(place, "GD-1"), CoreMatched(place, "GD-1"))
    assert not group.oddities
    group.tell(CoreMatched(place, "GD-2"))
    assert group.oddities == [Oddity.REPEATED]
    group.tell(InterestReceived(1, EARLIER, 9_000, "GD-2", "core"))
    assert loan_due(group.book, group.book.loans[1], D).settled == 18_000


def test_B21_a_posting_is_unconfirmed_until_the_core_names_it(group, posted):
    before = group.book.position
    assert not refs(group).is_matched(posted, before)
    first = group.tell(CoreMatched(posted, "GD-1"))
    second = group.tell(CoreMatched(posted, "GD-2"))
    assert refs(group).is_matched(posted, group.book.position)
    assert not refs(group).is_matched(posted, before)
    assert refs(group).matches[posted] == (Match(first, "GD-1"), Match(second, "GD-2"))
    assert not group.oddities


def test_B21_a_line_of_ours_that_comes_back_from_the_core_is_no_second_fact(group, posted):
    group.tell(CoreMatched(posted, "GD-1"), CoreMatched(posted, "GD-2"))
    group.tell(
        InterestReceived(2, D + 1, 70_000, "GD-1", "core"),
        SavingsMoved(1, "deposit", D, 20_000, "GD-2", "core"),
    )
    assert not group.oddities
    assert loan_due(group.book, group.book.loans[2], D).settled == 70_000
    assert group.book.accounts[1].balance(group.book.view(), D) == 520_000


@pytest.mark.parametrize(
    "fact",
    [
        InterestReceived(2, D, 69_999, "GD-1", "core"),
        InterestReceived(1, D, 70_000, "GD-1", "core"),
        PrincipalRepaid(2, D, 70_000, "GD-1", "core"),
        Disbursed(2, D, 70_000, "GD-1", "core"),
        an(SavingsMoved, account=1, kind="withdrawal", effective=D, amount=20_000, core_ref="GD-1"),
        an(SavingsMoved, account=1, kind="deposit", effective=D, amount=70_000, core_ref="GD-1"),
    ],
)
def test_B21_another_fact_under_the_reference_of_a_posting_is_listed(group, posted, fact):
    group.tell(CoreMatched(posted, "GD-1"), fact)
    assert group.oddities == [Oddity.CORE_REF_TAKEN]
    assert loan_due(group.book, group.book.loans[2], D).settled == 70_000


def test_B21_a_transfer_to_principal_comes_back_as_two_lines(group):
    ref = group.phones[1, 0].transfer(2, 1, 2, 300_000, "principal")
    group.receive()
    group.settle()
    place = group.book.postings.posted[ref].position
    group.tell(
        CoreMatched(place, "GD-1"),
        CoreMatched(place, "GD-2"),
        PrincipalRepaid(2, D, 300_000, "GD-1", "core"),
        SavingsMoved(1, "transfer", D, 300_000, "GD-2", "core"),
    )
    assert not group.oddities
    assert loan_due(group.book, group.book.loans[2], D).principal.in_term == 49_700_000


def test_B21_papers_refunds_and_reversals_are_confirmed_by_their_place(group, posted):
    group.bring(1)
    group.tell(an(InterestReceived, loan=1, effective=D, amount=900_000, core_ref="GD"))
    lines = ((1, 1_000, 0, 0, 0),)
    paper = group.tell(an(ReceiptRekeyed, receipt_no=77, day=D, interest=lines))
    refund = group.tell(an(CreditRefunded, loan=1, effective=D, amount=500))
    carried = group.tell(an(CreditRefunded, loan=1, effective=D, amount=200, to_loan=3))
    mirror = group.tell(an(Reversed, posted=posted, day=D))
    for number, place in enumerate((paper, refund, carried, mirror)):
        group.tell(CoreMatched(place, f"GD-{number}"))
        assert refs(group).is_matched(place, group.book.position)
    group.tell(InterestReceived(1, D, 1_000, "GD-0", "core"))
    assert not group.oddities
    group.tell(InterestReceived(1, D, 500, "GD-1", "core"))
    assert group.oddities == [Oddity.CORE_REF_TAKEN]


def test_B21_what_is_no_fact_of_money_cannot_be_matched(group):
    group.tell(CoreMatched(Position(0, 1), "GD-1"))
    assert group.oddities == [Oddity.UNKNOWN_PLACE]


def test_B21_a_copy_of_the_book_goes_on_by_itself(group, posted):
    twin = group.book.copy()
    twin.apply(Position(0, twin.position.seq + 1), CoreMatched(posted, "GD-1"))
    assert twin.roster.refs.is_matched(posted, twin.position)
    assert not refs(group).is_matched(posted, twin.position)
