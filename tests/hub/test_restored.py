"""A hub whose store is an older copy: what it refuses, how it begins anew, and what its phones bring back."""

from collections import Counter
from itertools import count as numbers
from itertools import permutations

import pytest

from calc.book import Book
from calc.dues import book_digest, dues
from calc.journal import journal
from hub.errors import AccessError, SettingsError, StoppedGroupError
from hub.service.group.derived import derive, rebuild
from hub.service.group.groups import Groups
from hub.service.group.known import known_facts
from hub.service.group.waiting import waiting
from hub.service.upkeep.fsck import check
from hub.service.upkeep.restoring import Wish, restore
from hub.store.sqlite import SqliteStore
from protocol.loan_facts import LoanBroughtForward
from protocol.roster_facts import MemberListed
from protocol.trust_facts import Received, Restated, WriterRevoked
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.copies import Hamlet
from tests.hub.days import NEXT, SINCE
from tests.hub.pushes import push, revoke
from tests.hub.stopping import stopped


@pytest.fixture
def hamlet(tmp_path):
    return Hamlet(tmp_path)


def member(number):
    return an(MemberListed, ordinal=number, number=f"300001000{number}")


def sums(state):
    """What a household would be told, what was posted, and what every account moved by."""
    book = state.book
    entries = journal(book, known_facts(state))
    assert book.problems == []
    return (
        book.ready and (book.ready.day, book.ready.digest),
        [(due.loan, due.payable, due.fault) for due in dues(book, NEXT)],
        Counter((one.entry.day, one.entry.interest) for one in book.postings.posted.values()),
        Counter((one.booked_on, one.cause, line) for one in entries for line in one.lines),
    )


def faults(hamlet):
    return [(fault.where, fault.code) for fault in check(hamlet.groups, lambda: None).faults]


def afternoon(hamlet):
    """All after the copy: a member with a loan, a settled day, a new phone with a receipt, a lost phone."""
    leader, deputy = hamlet.followers[1], hamlet.followers[2]
    leader.sync()
    deputy.sync()
    hamlet.copy()
    loan = an(LoanBroughtForward, ordinal=4, member=4, number="660001002004", as_of=SINCE, in_term=10_000_000)
    hamlet.say(member(4), loan)
    hamlet.lower_the_rate()
    collect(hamlet, 1, 1, 272_000, 271_233)
    collect(hamlet, 2, 2, 380_000, 379_726)
    hamlet.count(652_000)
    hamlet.settle()
    third = hamlet.admit(3)
    hamlet.receipts[3] = numbers(20_001)
    hamlet.followers[3].sync()
    hamlet.collect(third, 3, 163_000, 162_740, due_to=NEXT)
    hamlet.followers[3].seal(1)
    hamlet.followers[3].sync()
    revoke(hamlet.branch, hamlet.deputy)
    leader.sync()
    hamlet.followers[3].sync()


def collect(hamlet, phone, loan, amount, due):
    """A receipt and a closed round, sealed and received."""
    follower = hamlet.followers[phone]
    follower.sync()
    hamlet.collect(follower.phone, loan, amount, due)
    hamlet.close_round(follower.phone, amount)
    follower.seal(1)
    follower.sync()


def test_N85_39_L15_a_store_behind_its_mark_stops_and_still_keeps_what_phones_send(hamlet):
    afternoon(hamlet)
    hamlet.put_back()
    assert stopped(hamlet.groups) == {GROUP: "behind_mark"}
    assert (GROUP, "behind_mark") in faults(hamlet)
    with pytest.raises(StoppedGroupError):
        hamlet.groups.append(GROUP, lambda _: [[member(5)]])
    hamlet.followers[1].sync(1)
    assert len(hamlet.state.phone_seals) == 2
    assert not hamlet.of_kind(Received)


@pytest.mark.parametrize("order", tuple(permutations((1, 2, 3))), ids=str)
def test_N39_L15_in_any_order_of_phones_a_restored_group_becomes_what_it_was(hamlet, order):
    afternoon(hamlet)
    before = hamlet.state
    hamlet.put_back()
    assert hamlet.begin_anew() == (GROUP,)
    assert hamlet.begin_anew() == ()
    for ordinal in order:
        hamlet.followers[ordinal].come_back()
    for ordinal in order:
        hamlet.followers[ordinal].come_back()
    after = hamlet.state
    assert sums(after) == sums(before)
    assert {one.ref.hash: one.entry for one in after.facts}.keys() == {one.ref.hash for one in before.facts}
    assert [writer.revoked for writer in after.writers.values()] == [False, True, False]
    assert (faults(hamlet), stopped(hamlet.groups)) == ([], {})
    assert waiting(hamlet.groups, after).is_over
    kept = derive([after])
    rebuild(hamlet.branch.store, [hamlet.state])
    assert {one["_id"]: one for one in hamlet.branch.store.scan_derived("")} == kept
    for ordinal in (1, 3):
        follower = hamlet.followers[ordinal]
        assert (follower.log.tip, follower.given_back()) == (after.log.tip, [])
        book = Book(follower.log.lost)
        for placed in follower.log.entries:
            book.apply(placed.position, placed.entry)
        assert book_digest(book, NEXT) == book.ready.digest == after.book.ready.digest


def test_N39_L15_what_only_a_phone_held_that_never_comes_back_is_told(hamlet):
    afternoon(hamlet)
    hamlet.put_back()
    hamlet.begin_anew()
    hamlet.followers[1].others = []
    hamlet.followers[1].come_back()
    found = waiting(hamlet.groups, hamlet.state)
    assert (found.entries, found.seals, len(found.phones)) == (0, 2, 1)
    report = check(hamlet.groups, lambda: None)
    assert report.faults == ()
    assert (report.notes["seals_unseen"], report.notes["entries_unseen"]) == (2, 1)


def test_R36_L15_a_revocation_is_said_again_before_anything_else(hamlet):
    afternoon(hamlet)
    hamlet.put_back()
    hamlet.begin_anew()
    hamlet.followers[1].come_back()
    said = [placed for placed in hamlet.state.log.entries if isinstance(placed.entry, Restated)]
    first = hamlet.state.log.lost[said[0].entry.entry, said[0].entry.hash]
    assert isinstance(first.entry, WriterRevoked)
    assert hamlet.state.writers[hamlet.deputy.writer].revoked
    with pytest.raises(AccessError):
        push(hamlet.branch, asker=hamlet.deputy)


def test_L15_a_key_that_only_the_lost_part_admits_is_let_in_when_it_brings_its_admission(hamlet):
    afternoon(hamlet)
    hamlet.put_back()
    third = hamlet.followers[3]
    with pytest.raises(AccessError):
        push(hamlet.branch, *third.own, asker=third.phone)
    with pytest.raises(StoppedGroupError):
        push(hamlet.branch, *third.held.values(), *third.own, asker=third.phone)
    assert [seal.aside for seal in hamlet.state.phone_seals] == ["not_admitted"]
    assert stopped(hamlet.groups) == {GROUP: "behind_mark"}
    hamlet.begin_anew()
    answer = push(hamlet.branch, *third.held.values(), *third.own, asker=third.phone)
    assert answer.refused == ()
    (seal,) = (one for one in hamlet.state.phone_seals if one.writer == 3)
    assert seal.received is not None
    assert hamlet.state.writers[third.phone.writer].admitted.first_receipt == 20_001


def test_L15_an_opening_gets_the_next_number_where_another_took_its_own(hamlet):
    afternoon(hamlet)
    hamlet.put_back()
    hamlet.begin_anew()
    other = an(MemberListed, ordinal=4, number="3000010099")
    hamlet.groups.append(GROUP, lambda _: [[other]])
    hamlet.followers[1].come_back()
    members = {one.listed.number: ordinal for ordinal, one in hamlet.state.book.members.items()}
    assert (members["3000010099"], members["3000010004"]) == (4, 5)
    assert hamlet.state.book.loans[4].member == 5
    assert faults(hamlet) == []


def test_L15_giving_back_again_and_again_says_nothing_twice(hamlet):
    afternoon(hamlet)
    hamlet.put_back()
    hamlet.begin_anew()
    leader = hamlet.followers[1]
    leader.come_back()
    stored = hamlet.branch.store.ids("")
    for _ in range(2):
        push(hamlet.branch, *leader.held.values(), *leader.own, asker=leader.phone, known=leader.log.tip)
    assert hamlet.branch.store.ids("") == stored


def test_N39_L15_a_store_that_is_put_back_twice_goes_on_in_a_third_epoch(hamlet):
    afternoon(hamlet)
    before = hamlet.state
    hamlet.put_back()
    hamlet.begin_anew()
    hamlet.followers[1].come_back()
    hamlet.followers[3].come_back()
    hamlet.put_back()
    assert hamlet.begin_anew() == (GROUP,)
    for ordinal in (3, 2, 1, 3):
        hamlet.followers[ordinal].come_back()
    after = hamlet.state
    assert (after.log.log.epoch, after.log.entries[-1].position.epoch) == (2, 2)
    assert sums(after) == sums(before)
    assert faults(hamlet) == []


def test_L15_a_store_without_marks_beside_it_counts_as_restored(hamlet):
    hamlet.marks.close()
    (hamlet.folder / "marks.sqlite").unlink()
    assert stopped(hamlet.groups) == {GROUP: "marks_missing"}
    with pytest.raises(SettingsError, match="restored_without_marks"):
        hamlet.begin_anew(GROUP)
    assert hamlet.begin_anew() == (GROUP,)
    assert stopped(hamlet.groups) == {}


def test_L15_one_person_alone_restores_nothing(hamlet):
    with pytest.raises(SettingsError, match="restored_by_one"):
        restore(hamlet.groups, Wish("KSV01", "ksv01"), lambda _: None)


def test_N42_L14_two_heads_at_one_place_stop_the_group_in_every_process_until_people_decide(hamlet):
    leader = hamlet.followers[1]
    leader.sync()
    hamlet.copy()
    hamlet.groups.append(GROUP, lambda _: [[member(4)]])
    leader.sync()
    hamlet.put_back()
    (hamlet.folder / "marks.sqlite").unlink()  # a copy that nobody knows of: the marks were put back too
    hamlet.marks.close()
    hamlet.marks.make()
    hamlet.groups.append(GROUP, lambda _: [[an(MemberListed, ordinal=4, number="3000010077")]])
    push(hamlet.branch, asker=hamlet.leader, known=leader.log.tip)
    hamlet.open_again()
    assert stopped(hamlet.groups) == {GROUP: "contradicted"}
    push(hamlet.branch, *leader.held.values(), asker=hamlet.leader, known=leader.log.tip)
    hamlet.open_again()
    assert stopped(hamlet.groups) == {GROUP: "two_heads"}
    assert (GROUP, "two_heads") in faults(hamlet)
    assert hamlet.begin_anew(GROUP) == (GROUP,)
    assert hamlet.begin_anew(GROUP) == ()
    leader.come_back()
    numbers_ = {one.listed.number: ordinal for ordinal, one in hamlet.state.book.members.items()}
    assert (numbers_["3000010077"], numbers_["3000010004"]) == (4, 5)
    assert (stopped(hamlet.groups), faults(hamlet)) == ({}, [])


def test_N44_L14_an_append_to_an_epoch_that_is_over_is_lost_and_said_again(hamlet):
    class Outrun(SqliteStore):
        """A store in which everybody else is faster than an append that was checked already."""

        def append(self, *given):
            assert hamlet.begin_anew(again=True) == (GROUP,)
            super().append(*given)

    hamlet.followers[1].sync()
    branch = hamlet.branch
    store = Outrun(hamlet.folder / "hub.sqlite")
    Groups(store, branch.trust, branch.key, branch.clock).append(GROUP, lambda _: [[member(4)]])
    hamlet.followers[1].sync()
    assert [one.listed.number for one in hamlet.state.book.members.values()][-1] == "3000010004"
    assert faults(hamlet) == []
