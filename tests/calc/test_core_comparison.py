"""B21: where our figures and the core's part, cause by cause; figures worked by hand.

A loan of 50,000,000 đ at 6.6 % from 17/11/2025 owes 271,233 đ to 17/12 (30 days: 271,232.88). 10,000,000 đ
repaid on 12/12 take off five days of it: 9,041.1 đ, so that 262,191.78 is 262,192 and the step is 9,041 đ.
"""

import pytest

from calc.core_comparison import Measure
from calc.core_matching import Cause
from protocol.loan_facts import (
    InstalmentScheduled,
    InterestAdjusted,
    LoanClosed,
    LoanFrozen,
    LoanRenewed,
    LoanWrittenOff,
    RecoveredAfterWriteOff,
)
from protocol.posting_facts import Reversed
from tests.calc.core_stories import Story, summary, told
from tests.calc.days import on
from tests.calc.groups import D
from tests.facts import an

EARLIER = on("2025-12-12")


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def settled(story):
    """A day on which loan 2 paid 70,000 đ and account 1 took 20,000 đ, and was drawn on for 30,000 đ."""
    leader = story.group.phones[1, 0]
    leader.collect(2, {2: 70_000}, {1: 20_000})
    leader.transfer(2, 1, 2, 30_000)
    story.group.receive()
    story.group.settle()
    return story


def findings(comparison):
    return [(one.cause.value, one.kind, one.amount, one.core_amount) for one in comparison.matching.findings]


def test_books_that_agree_have_nothing_to_say(story):
    found = story.compare(story.core.extract(D))
    assert (found.differences, found.matching.findings, found.figures) == ((), (), 9)


def test_a_transaction_that_we_do_not_have_explains_interest_too(story):
    story.core.book("principal_repaid", "L1", EARLIER, 10_000_000)
    story.core.book("withdrawal", "S1", EARLIER, 5_000)
    found = story.compare(story.core.extract(D))
    assert summary(found) == [
        ("L1", "in_term", 10_000_000, [("missing_here", 10_000_000)], 0),
        ("L1", "interest", 9_041, [("missing_here", 9_041)], 0),
        ("S1", "savings", 5_000, [("missing_here", 5_000)], 0),
    ]
    assert story.book.position == story.group.log[-1][0]


def test_amounts_and_terms_that_differ_are_told_with_both_sides(settled):
    settled.core.take_in(settled.exported())
    settled.tell(told("principal_repaid", "L1", EARLIER, 10_000_000))
    interest = settled.core.transactions[0]
    interest["amount"] = 69_000
    settled.core.book("principal_repaid", "L1", D, 10_000_000, core_ref="GD-1")
    found = settled.compare(settled.core.extract(D))
    assert summary(found) == [
        ("L1", "interest", -9_041, [("terms_differ", -9_041)], 0),
        ("L2", "interest", -1_000, [("amount_differs", -1_000)], 0),
    ]
    assert findings(found) == [
        ("amount_differs", "interest_received", 70_000, 69_000),
        ("terms_differ", "principal_repaid", 10_000_000, 10_000_000),
    ]
    assert len({one.entry for one in found.matching.matches}) == 1


def test_a_fact_of_another_amount_is_put_in_the_place_of_ours(story):
    story.tell(told("principal_repaid", "L1", EARLIER, 10_000_000))
    story.core.book("principal_repaid", "L1", EARLIER, 9_000_000, core_ref="GD-1")
    # 1,000,000 đ for five days: 904.1 đ; 262,191.78 becomes 263,095.89.
    assert summary(story.compare(story.core.extract(D))) == [
        ("L1", "in_term", -1_000_000, [("amount_differs", -1_000_000)], 0),
        ("L1", "interest", -904, [("amount_differs", -904)], 0),
    ]


def test_a_reversal_is_confirmed_by_itself(settled):
    settled.core.take_in(settled.exported())
    settled.group.tell(*settled.compare(settled.core.extract(D)).matching.matches)
    receipt = next(iter(settled.book.postings.posted.values())).position
    place = settled.group.tell(an(Reversed, posted=receipt, day=D))
    assert summary(settled.compare(settled.core.extract(D))) == [
        ("L2", "interest", 70_000, [("unconfirmed", 70_000)], 0),
        ("S1", "savings", -20_000, [("unconfirmed", -20_000)], 0),
    ]
    settled.core.take_in(settled.exported())
    found = settled.compare(settled.core.extract(D))
    assert found.differences == ()
    assert {one.entry for one in found.matching.matches} == {place}
    part = settled.core.transactions[-2]
    part["amount"] = -60_000
    assert summary(settled.compare(settled.core.extract(D))) == [
        ("L2", "interest", 10_000, [("amount_differs", 10_000)], 0)
    ]


def test_what_no_transaction_accounts_for_is_unexplained(story):
    cut = story.core.extract(D)
    cut["loans"]["L1"]["overdue"] += 7
    cut["loans"]["L1"]["frozen"] += 9
    cut["accounts"]["S1"] -= 3
    assert summary(story.compare(cut)) == [
        ("L1", "overdue", -7, [], -7),
        ("L1", "frozen", -9, [], -9),
        ("S1", "savings", 3, [], 3),
    ]


def test_a_correction_that_only_we_made_is_unexplained(story):
    story.group.tell(an(InterestAdjusted, loan=1, bucket="in_term", amount=500))
    assert summary(story.compare(story.core.extract(D))) == [("L1", "interest", 500, [], 500)]


def test_causes_that_cancel_out_are_told(settled):
    cut = settled.core.extract(D)
    cut["loans"]["L2"]["interest"] -= 100_000
    shares = [("unconfirmed", -30_000), ("unconfirmed", -70_000)]
    assert summary(settled.compare(cut))[0] == ("L2", "interest", 0, shares, 100_000)


def test_the_worked_example_of_the_page(story):
    """docs/calc/core.md: 25 days of 50,000,000 đ and 5 of 40,000,000 đ are 262,192 đ, all thirty 271,233."""
    story.key("principal_repaid", "L1", EARLIER, 10_000_000)
    story.group.phones[1, 0].collect(1, {1: 200_000})
    story.group.receive()
    story.group.settle()
    story.core.book("interest_received", "L1", on("2025-12-05"), 9_000)
    cut = story.core.extract(D)
    cut["loans"]["L1"]["interest"] -= 1_000
    found = story.compare(cut)
    shares = [("unconfirmed", -200_000), ("provisional", -9_041), ("missing_here", 9_000)]
    assert summary(found) == [
        ("L1", "in_term", -10_000_000, [("provisional", -10_000_000)], 0),
        ("L1", "interest", 62_192 - 261_233, shares, 1_000),
    ]


def test_a_step_that_no_book_could_hold_explains_nothing(story):
    story.core.loans["L1"]["principal"] = 90_000_000
    story.core.book("principal_repaid", "L1", EARLIER, 60_000_000)
    found = story.compare(story.core.extract(D))
    assert summary(found)[0] == ("L1", "in_term", 20_000_000, [], 20_000_000)
    assert [one.cause for one in found.matching.findings] == [Cause.MISSING_HERE]


def test_a_core_that_tells_no_interest_is_compared_without_it(story):
    cut = story.core.extract(D)
    for balance in cut["loans"].values():
        del balance["interest"]
    assert story.compare(cut).figures == 7
    assert Measure.INTEREST not in {one.measure for one in story.compare(cut).differences}


def test_a_transfer_to_principal_of_another_amount_lowers_the_principal_by_that(story):
    story.group.phones[1, 0].transfer(2, 1, 2, 300_000, "principal")
    story.group.receive()
    story.group.settle()
    story.core.take_in(story.exported())
    story.core.transactions[0]["amount"] = 200_000
    assert summary(story.compare(story.core.extract(D))) == [
        ("L2", "in_term", -100_000, [("amount_differs", -100_000)], 0)
    ]
    place = next(iter(story.book.postings.posted.values())).position
    story.core.transactions[0]["amount"] = 300_000
    story.group.tell(an(Reversed, posted=place, day=D))
    story.core.take_in(story.exported())
    story.core.transactions[-2]["amount"] = -100_000
    # Taking principal back in part has no event: it is left over, and told as such.
    (principal,) = [one for one in summary(story.compare(story.core.extract(D))) if one[1] == "in_term"]
    assert (principal[2], principal[4]) == (200_000, -100_000)


def test_a_freeze_that_the_core_no_longer_has_moves_principal_and_interest(story):
    story.group.tell(LoanFrozen(1, EARLIER, on("2027-12-12"), 20_000_000, "GD-1", "core"))
    # 20,000,000 đ for five days: 18,082.2 đ; 271,232.88 becomes 253,150.68.
    assert summary(story.compare(story.core.extract(D))) == [
        ("L1", "in_term", -20_000_000, [("missing_there", -20_000_000)], 0),
        ("L1", "frozen", 20_000_000, [("missing_there", 20_000_000)], 0),
        ("L1", "interest", -18_082, [("missing_there", -18_082)], 0),
    ]


def test_facts_that_move_no_balance_are_told_without_a_figure(story):
    story.group.tell(
        an(InstalmentScheduled, loan=1, due_on=EARLIER, amount=5_000, core_ref="GD-1"),
        an(LoanRenewed, loan=1, effective=EARLIER, ppm=66_000, due_on=D + 700, core_ref="GD-2"),
        an(LoanWrittenOff, loan=2, effective=EARLIER, amount=50_000_000, core_ref="GD-3"),
        an(RecoveredAfterWriteOff, loan=2, effective=D, principal=100, interest=20, core_ref="GD-4"),
        an(LoanClosed, loan=2, effective=D, core_ref="GD-5"),
    )
    assert not story.group.oddities
    assert [one[1:3] for one in findings(story.compare(story.core.extract(D)))] == [
        ("instalment_scheduled", 5_000),
        ("loan_renewed", 0),
        ("loan_written_off", 50_000_000),
        ("recovered_after_write_off", 120),
        ("loan_closed", 0),
    ]
