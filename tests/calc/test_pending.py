"""What a phone shows: the last ready book, less what waits (B1, B5, B9, B16, L12)."""

import pytest

from calc.pending import preview, scope_of
from calc.states import Facts
from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Position
from protocol.loan_facts import InterestReceived
from protocol.phone_facts import Knows, LogTip, Visited
from tests.calc.groups import D, Group
from tests.facts import an

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


def chain(writer, epoch, *hashes, previous=b"", seq=1):
    """Facts of one phone log, each behind the one before."""
    facts = []
    for place, name in enumerate(hashes, seq):
        facts.append(PhoneFact(EntryRef(writer, epoch, place, name), previous, an(Visited), None))
        previous = name
    return facts


def known(facts, ref, *tips):
    """Hashes of the entries that a phone knew when it wrote one."""
    facts = Facts(facts)
    knew = scope_of(facts, ref, Knows(Position(0, 1), tips))
    return {fact.ref.hash for fact in facts.all if knew(fact.ref)}


def test_B5_a_phone_knew_its_own_log_before_the_entry_and_others_up_to_their_tips():
    facts = [*chain(1, 0, b"a", b"b", b"c"), *chain(1, 1, b"d", b"e", b"f"), *chain(2, 0, b"g", b"h")]
    written = EntryRef(1, 1, 2, b"e")
    assert known(facts, written) == {b"d"}
    assert known(facts, written, LogTip(1, 0, 2, b"b"), LogTip(2, 0, 1, b"g")) == {b"d", b"a", b"b", b"g"}
    assert known(facts, EntryRef(1, 1, 1, b"d"), LogTip(2, 0, 0, b"genesis")) == set()


def test_L1_of_a_forked_log_a_phone_knew_the_side_that_its_tip_names():
    own = chain(1, 0, b"x", b"y")
    ours = chain(2, 0, b"a", b"b", b"c")
    facts = [*own, *ours, *chain(2, 0, b"B", b"C", previous=b"a", seq=2)]
    assert known(facts, own[0].ref, LogTip(2, 0, 3, b"c")) == {b"a", b"b", b"c"}
    assert known(facts, own[0].ref, LogTip(2, 0, 2, b"B")) == {b"a", b"B"}
    side = chain(1, 0, b"Y", b"Z", previous=b"x", seq=2)
    assert known([*own, *side], side[1].ref) == {b"x", b"Y"}


def test_a_tip_that_nobody_brought_stands_for_what_came_of_its_log_before_it_unless_that_is_another_side():
    own = chain(1, 0, b"x")
    facts = [*own, *chain(2, 0, b"a", b"b"), *chain(3, 0, b"n")]
    assert known(facts, own[0].ref, LogTip(2, 0, 3, b"lost")) == {b"a", b"b"}
    assert known(facts, own[0].ref, LogTip(2, 0, 2, b"lost")) == set()
