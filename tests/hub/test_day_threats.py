"""What a phone may say wrongly about money: taken in, classified, shown; no đồng is lost (B47–B50, R92).

A closed day, a due that is exceeded, a void of nothing, a number of another phone, a phone that was lost.
"""

import pytest

from calc.states import Phase, states
from hub.service.group.known import known_facts
from hub.service.upkeep.fsck import check
from protocol.ids import EntryRef
from protocol.posting_facts import PostedInterest, ReceiptRekeyed
from tests.facts import an
from tests.hub.builders import GROUP, Phone, visit
from tests.hub.days import DAY, JANUARY, NEXT, CollectionDay
from tests.hub.pushes import push, revoke
from tests.hub.shown import by_number, shown


@pytest.fixture
def day(tmp_path):
    """An open day; at the end everything that is stored still verifies and adds up."""
    made = CollectionDay(tmp_path)
    yield made
    assert check(made.groups, lambda: None).faults == ()


def cause_of(day, ref):
    state = day.state
    known = states(state.book, known_facts(state))[ref]
    return known.phase, known.cause


def test_B47_a_receipt_for_a_settled_day_is_taken_in_as_late_and_posted_on_the_next(day):
    day.count(0)
    day.settle()
    day.collect(day.leader, 1, 271_233, 271_233)
    day.sync(day.leader)
    entry = by_number(shown(day, NEXT))[1]
    assert (shown(day).late, entry.state, entry.flags) == (1, "posted", ("stale_book", "late"))
    assert entry.sentence.endswith("gửi về sau khi ngày của nó đã kết toán")


def test_B48_more_than_the_due_is_accepted_told_and_prepaid(day):
    day.collect(day.leader, 1, 900_000, 271_233)
    day.sync(day.leader)
    entry = by_number(shown(day))[1]
    assert (entry.outcome, entry.beyond_asked_dong, entry.posted_dong) == ("over", 628_767, 900_000)
    assert "giữ làm lãi trả trước" in entry.sentence


def test_B49_a_void_of_nothing_or_of_what_is_void_already_is_set_aside(day):
    mistaken = day.collect(day.leader, 1, 50_000, 271_233)
    first = day.void(day.leader, mistaken)
    again = day.void(day.leader, mistaken)
    unknown = day.void(day.leader, EntryRef(1, 0, 77, bytes(32)))
    foreign = day.void(day.deputy, mistaken)
    day.sync()
    assert cause_of(day, first) == (Phase.PENDING, None)
    assert [cause_of(day, ref) for ref in (again, unknown, foreign)] == [
        (Phase.SET_ASIDE, "fits_nothing")
    ] * 3
    assert by_number(shown(day))[1].state == "voided"


def test_B49_a_void_that_comes_after_the_settlement_is_a_request_for_two_people(day):
    paid = day.collect(day.leader, 1, 271_233, 271_233)
    day.sync(day.leader)
    day.count(0)
    day.settle()
    late = day.void(day.leader, paid)
    day.sync(day.leader)
    assert cause_of(day, late) == (Phase.SET_ASIDE, "after_posting")
    assert cause_of(day, paid)[0] is Phase.POSTED


def test_B50_a_number_outside_the_phones_range_is_posted_and_flagged(day):
    day.collect(day.leader, 1, 271_233, 271_233, receipt=10_001)
    day.collect(day.deputy, 2, 379_726, 379_726, receipt=10_001)
    day.sync()
    leader, deputy = shown(day).entries
    assert (leader.state, leader.flags) == ("posted", ("receipt_out_of_range",))
    assert (deputy.state, deputy.flags) == ("posted", ())


def test_R92_the_tail_of_a_lost_phone_is_set_aside_and_its_papers_count_once(day):
    day.collect(day.leader, 1, 271_233, 271_233)
    day.sync(day.leader)
    revoke(day.branch, day.leader)
    tail = day.collect(day.leader, 2, 379_726, 379_726)
    paper = an(
        ReceiptRekeyed,
        receipt_no=2,
        writer=1,
        member=2,
        day=DAY,
        interest=(PostedInterest(2, 379_726, 0, 0, 0),),
    )
    day.say(paper)
    push(day.branch, day.leader.seal(2), asker=day.leader)
    assert cause_of(day, tail) == (Phase.SET_ASIDE, "after_revocation")
    entry = by_number(shown(day))[2]
    assert (entry.state, entry.posted_dong, entry.expected_dong) == ("set_aside", 0, 0)
    assert day.state.book.loans[2].effects[-1].received == 379_726


def test_a_fork_that_comes_to_light_later_changes_nothing_of_a_settled_day(day):
    mistaken = day.collect(day.leader, 1, 50_000, 271_233)
    day.sync(day.leader)
    twin = Phone(GROUP, 1, 0)
    twin.signer, twin.log = day.leader.signer, day.leader.log
    twin.entries, twin.hashes = list(day.leader.entries), list(day.leader.hashes)
    void = day.void(day.leader, mistaken)
    day.sync(day.leader)
    day.count(0)
    day.settle()
    closed = shown(day)
    assert by_number(closed)[1].state == "voided"
    twin.write(visit())
    push(day.branch, twin.seal(2), asker=day.leader)
    assert day.state.phones[1, 0].forked_at == 2
    assert shown(day) == closed
    assert (cause_of(day, void)[0], cause_of(day, mistaken)[0]) == (Phase.POSTED, Phase.VOIDED)
    day.now = JANUARY
    day.count(0, day=NEXT)
    day.settle(day=NEXT)
    assert shown(day, NEXT).entries == ()
