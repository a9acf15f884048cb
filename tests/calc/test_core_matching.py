"""B21: which transactions of the core are ours, which of ours it lacks, and what an extract confirms."""

import pytest

from calc.core_matching import Cause
from protocol.loan_facts import CoreMatched
from tests.calc.core_stories import Story, summary, told
from tests.calc.days import on
from tests.calc.groups import D

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


def test_what_we_posted_is_unconfirmed_until_the_core_contains_it(settled):
    found = settled.compare(settled.core.extract(D))
    assert summary(found) == [
        ("L2", "interest", -100_000, [("unconfirmed", -30_000), ("unconfirmed", -70_000)], 0),
        ("S1", "savings", -10_000, [("unconfirmed", -30_000), ("unconfirmed", 20_000)], 0),
    ]
    settled.core.take_in(settled.exported())
    found = settled.compare(settled.core.extract(D))
    assert (found.differences, found.matching.findings) == ((), ())
    receipt, transfer = settled.book.postings.posted.values()
    assert found.matching.matches == (
        CoreMatched(receipt.position, "GD-00001"),
        CoreMatched(receipt.position, "GD-00002"),
        CoreMatched(transfer.position, "GD-00003"),
        CoreMatched(transfer.position, "GD-00004"),
    )
    settled.group.tell(*found.matching.matches)
    assert settled.compare(settled.core.extract(D)).matching.matches == ()
    assert not settled.group.oddities


def test_a_posting_that_the_core_has_in_part_is_told_line_by_line_and_not_confirmed(settled):
    settled.core.take_in(settled.exported()[:1])
    found = settled.compare(settled.core.extract(D))
    assert summary(found)[1] == (
        "S1",
        "savings",
        -10_000,
        [("unconfirmed", -30_000), ("unconfirmed", 20_000)],
        0,
    )
    assert found.matching.matches == ()


def test_a_fact_keyed_at_the_table_is_provisional_then_matched_then_one(story):
    story.key("principal_repaid", "L1", EARLIER, 10_000_000)
    expected = [
        ("L1", "in_term", -10_000_000, [("provisional", -10_000_000)], 0),
        ("L1", "interest", -9_041, [("provisional", -9_041)], 0),
    ]
    assert summary(story.compare(story.core.extract(D))) == expected
    booked = story.core.book("principal_repaid", "L1", EARLIER, 10_000_000)
    found = story.compare(story.core.extract(D))
    assert (found.differences, found.matching.findings) == ((), ())
    story.group.tell(*found.matching.matches)
    story.tell(booked)
    assert (story.compare(story.core.extract(D)).differences, story.group.oddities) == ((), [])


def test_two_equal_payments_keyed_once_are_one_match_and_one_missing(story):
    story.key("interest_received", "L1", EARLIER, 9_000)
    first = story.core.book("interest_received", "L1", EARLIER, 9_000)
    story.core.book("interest_received", "L1", EARLIER, 9_000)
    found = story.compare(story.core.extract(D))
    assert summary(found) == [("L1", "interest", 9_000, [("missing_here", 9_000)], 0)]
    assert [one.core_ref for one in found.matching.matches] == [first["core_ref"]]


def test_what_the_core_told_and_no_longer_has_is_missing_there(story):
    transaction = told("interest_received", "L1", EARLIER, 9_000)
    story.tell(transaction)
    found = story.compare(story.core.extract(D))
    assert summary(found) == [("L1", "interest", -9_000, [("missing_there", -9_000)], 0)]


def test_what_the_core_told_after_the_cut_off_is_later(story):
    known_by, by = story.book.position, story.core.now
    story.tell(story.core.book("interest_received", "L1", EARLIER, 9_000))
    found = story.compare(story.core.extract(D, by=by), known_by)
    assert summary(found) == [("L1", "interest", -9_000, [("later", -9_000)], 0)]


def test_a_posting_that_a_later_extract_confirmed_is_later_for_an_earlier_one(settled):
    early, known_by = settled.core.extract(D), settled.book.position
    settled.core.take_in(settled.exported())
    settled.group.tell(*settled.compare(settled.core.extract(D)).matching.matches)
    found = settled.compare(early, known_by)
    assert summary(found)[0] == ("L2", "interest", -100_000, [("later", -30_000), ("later", -70_000)], 0)
    lost = settled.compare(early)
    assert {one.cause for one in lost.matching.findings} == {Cause.MISSING_THERE}


def test_a_line_that_the_core_booked_twice_or_elsewhere_is_missing_here(settled):
    settled.core.take_in(settled.exported())
    first = settled.exported()[0]
    settled.core.book("interest_received", "L2", D, 70_000, our_id=first["id"])
    settled.core.book("interest_received", "L1", D, 1_000, our_id="KM-001:0:9999:1")
    assert summary(settled.compare(settled.core.extract(D))) == [
        ("L1", "interest", 1_000, [("missing_here", 1_000)], 0),
        ("L2", "interest", 70_000, [("missing_here", 70_000)], 0),
    ]


def test_a_transaction_that_came_in_as_a_fact_beside_our_own_line_is_doubled_here(settled):
    settled.core.take_in(settled.exported())
    ours = settled.core.transactions[0]
    settled.tell(ours)
    found = settled.compare(settled.core.extract(D))
    assert summary(found) == [("L2", "interest", -70_000, [("doubled_here", -70_000)], 0)]
    posted = next(iter(settled.book.postings.posted.values())).position
    assert posted not in {one.entry for one in found.matching.matches}


def test_a_booking_that_was_named_is_found_without_our_name_for_it(settled):
    settled.core.take_in(settled.exported())
    settled.group.tell(*settled.compare(settled.core.extract(D)).matching.matches)
    for transaction in settled.core.transactions:
        transaction["our_id"] = None
    found = settled.compare(settled.core.extract(D))
    assert (found.differences, found.matching.findings) == ((), ())


def test_what_is_dated_after_the_cut_off_day_is_left_out_of_our_figures(settled):
    settled.key("withdrawal", "S1", D + 1, 1_000)
    settled.tell(told("interest_received", "L1", D + 1, 9_000))
    found = settled.compare(settled.core.extract(D - 1))
    assert (found.differences, found.matching.findings) == ((), ())


def test_transactions_from_before_a_history_are_in_its_balances(story):
    story.core.transactions += [
        {**told("interest_received", "L1", on("2025-11-16"), 9_000), "core_ref": "GD-A"},
        {**told("deposit", "S1", on("2025-11-29"), 9_000), "core_ref": "GD-B"},
    ]
    cut = story.core.extract(D)
    cut["loans"]["L1"]["interest"] += 9_000
    cut["accounts"]["S1"] -= 9_000
    found = story.compare(cut)
    assert (found.differences, found.matching.findings) == ((), ())
    assert [row.core_ref for row in found.matching.earlier] == ["GD-A", "GD-B"]


def test_an_extract_from_before_a_history_is_not_compared(story):
    found = story.compare(story.core.extract(on("2025-11-20")))
    assert (found.not_compared, found.figures) == (((None, 1),), 8)
    found = story.compare(story.core.extract(on("2025-11-16")))
    assert (found.not_compared, found.figures) == (((1, None), (2, None), (None, 1)), 0)


def test_an_extract_without_transactions_takes_named_facts_for_contained(settled):
    settled.tell(told("withdrawal", "S1", EARLIER, 1_000))
    settled.core.book("withdrawal", "S1", EARLIER, 1_000)
    cut = settled.core.extract(D)
    cut["transactions"] = []
    assert summary(settled.compare(cut, since=None)) == [
        ("L2", "interest", -100_000, [("unconfirmed", -30_000), ("unconfirmed", -70_000)], 0),
        ("S1", "savings", -10_000, [("unconfirmed", -30_000), ("unconfirmed", 20_000)], 0),
    ]


def test_one_reference_for_two_bookings_confirms_the_first_alone(story):
    leader = story.group.phones[1, 0]
    for member in (1, 2):
        leader.collect(member, {member: 5_000})
    story.group.receive()
    story.group.settle()
    for row in story.exported()[:2]:
        story.core.book("interest_received", row["loan"], D, 5_000, row["id"], "GD-7")
    found = story.compare(story.core.extract(D))
    first = next(iter(story.book.postings.posted.values())).position
    assert (found.differences, found.matching.matches) == ((), (CoreMatched(first, "GD-7"),))
