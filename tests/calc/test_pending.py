"""What a phone shows: the last ready book, less what waits (B1, B5, B9, B16, L12)."""

import pytest

from calc.pending import preview, scope_of
from protocol.ids import EntryRef, Position
from protocol.loan_facts import InterestReceived
from protocol.phone_facts import Knows, LogTip
from tests.calc.groups import D, Group

CORE = (None, "core")


@pytest.fixture
def group():
    """A loan of 70,000,000 đ since 17/11/2025 at 6.6 %, savings of 200,000 đ, two phones, an open day."""
    made = Group()
    made.decide()
    made.bring(made.member(200_000), 70_000_000)
    return made.staff()


def test_a_phone_shows_nothing_before_the_branch_says_that_its_book_is_ready():
    made = Group()
    made.lend(made.member())
    assert preview(made.book, D, made.facts()) == ()


def test_a_phone_shows_the_dues_of_the_last_ready_book_and_nothing_newer(group, leader):
    group.tell(InterestReceived(1, D, 79_726, *CORE))
    leader.pull()
    assert leader.shown() == {1: 379_726}
    group.ready()
    leader.pull()
    assert leader.shown() == {1: 300_000}


def test_B5_a_phone_knew_its_own_log_before_the_entry_and_others_up_to_their_tips():
    knew = scope_of(EntryRef(1, 1, 5, b""), Knows(Position(0, 1), (LogTip(1, 0, 9), LogTip(2, 0, 3))))
    asked = [(1, 1, 4), (1, 1, 5), (1, 0, 9), (1, 0, 10), (2, 0, 3), (2, 0, 4), (3, 0, 1)]
    assert [knew(EntryRef(*ref, b"")) for ref in asked] == [True, False, True, False, True, False, False]
