"""Forks, revocations and late voids: what itemises a due and what states an entry say the same (L16, L18).

One loan of 70,000,000 đ at 6.6 % since 17/11/2025: 379,726 đ to D. The leader reads what the deputy took
before he collects the rest, so that the deputy's entries are his P (B16).
"""

import pytest

from calc.cash import in_transit
from calc.differences import Cause
from calc.reconcile import reconcile
from calc.states import Phase, states
from protocol.phone_facts import Visited
from protocol.posting_facts import DifferenceResolved, Held, Reversed
from protocol.trust_facts import ForkResolved, WriterRevoked
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = D + 31


@pytest.fixture
def group():
    made = Group()
    made.decide()
    made.bring(made.member(200_000), 70_000_000)
    return made.staff()


def explain(group, ref):
    """Causes and due now of the one line of an entry; the identity of B16 is checked on the way."""
    found = reconcile(group.book, group.facts(), ref)
    (line,) = found.lines
    assert found.amount - found.due_now == found.paid - found.edge - found.book
    assert (line.edge, sum(cause.amount for cause in line.causes)) == (0, line.book)
    return line.causes, line.due_now


def state(group, ref):
    known = states(group.book, group.facts())[ref]
    return known.phase, known.cause


def read_and_collect(leader, deputy, amount=279_726):
    """The leader reads what the deputy wrote, and takes the rest."""
    leader.pull(deputy)
    assert leader.shown() == {1: amount}
    return leader.collect(1, {1: amount})


def resolve(group, ref):
    """A person says which side of a fork goes on; returns the place."""
    return group.tell(an(ForkResolved, writer=ref.writer, epoch=ref.epoch, seq=ref.seq, hash=ref.hash))


def test_L18_a_void_above_its_writers_line_takes_nothing_back(group, leader, deputy):
    paid = deputy.collect(1, {1: 100_000})
    ref = read_and_collect(leader, deputy)
    void = deputy.void(paid)
    group.tell(an(WriterRevoked, writer=2, epoch=0, seq=1, head=paid.hash))
    group.receive()
    assert state(group, paid) == (Phase.PENDING, None)
    assert state(group, void) == (Phase.SET_ASIDE, "after_revocation")
    assert explain(group, ref) == ((), 279_726)


def test_L16_a_void_on_the_losing_side_of_a_fork_takes_nothing_back(group, leader, deputy):
    paid = deputy.collect(1, {1: 100_000})
    ref = read_and_collect(leader, deputy)
    group.receive()
    twin = group.clone(deputy)
    void = deputy.void(paid)
    group.receive(deputy)
    voided_at = group.book.position
    assert explain(group, ref) == ((Cause(voided_at, "voided", 100_000),), 379_726)
    other = twin.write(an(Visited))
    group.receive(twin)
    forked_at = group.book.position
    assert (state(group, void), state(group, paid)) == ((Phase.SET_ASIDE, "fork"), (Phase.PENDING, None))
    known = (Cause(voided_at, "voided", 100_000), Cause(forked_at, "fork", -100_000))
    assert explain(group, ref) == (known, 279_726)
    resolve(group, other)
    assert state(group, void) == (Phase.SET_ASIDE, "fork")
    assert explain(group, ref) == (known, 279_726)


def test_L16_the_choice_of_a_side_is_named_where_it_changes_a_due(group, leader, deputy):
    twin = group.clone(deputy)
    paid = deputy.collect(1, {1: 100_000})
    ref = read_and_collect(leader, deputy)
    group.receive(deputy, leader)
    twin.write(an(Visited))
    group.receive(twin)
    forked_at = group.book.position
    assert state(group, paid) == (Phase.SET_ASIDE, "fork")
    assert explain(group, ref) == ((Cause(forked_at, "fork", 100_000),), 379_726)
    chosen_at = resolve(group, paid)
    assert state(group, paid) == (Phase.PENDING, None)
    assert explain(group, ref) == (
        (Cause(forked_at, "fork", 100_000), Cause(chosen_at, "fork_resolved", -100_000)),
        279_726,
    )


def test_L16_a_fork_that_the_branch_knew_before_the_phones_book_is_named_all_the_same(group, leader, deputy):
    twin = group.clone(deputy)
    paid = deputy.collect(1, {1: 100_000})
    twin.write(an(Visited))
    group.receive(deputy, twin)
    forked_at = group.book.position
    group.ready()
    ref = read_and_collect(leader, deputy)
    group.receive(leader)
    assert forked_at < group.book.ready.position
    assert state(group, paid) == (Phase.SET_ASIDE, "fork")
    assert explain(group, ref) == ((Cause(forked_at, "fork", 100_000),), 379_726)


def test_L16_a_void_that_is_posted_stays_so_whatever_its_log_becomes(group, leader, deputy):
    paid = deputy.collect(1, {1: 100_000})
    twin = group.clone(deputy)
    void = deputy.void(paid)
    group.receive(deputy)
    group.settle()
    assert (state(group, void)[0], state(group, paid)[0]) == (Phase.POSTED, Phase.VOIDED)
    twin.write(an(Visited))
    group.receive(twin)
    assert (state(group, void)[0], state(group, paid)[0]) == (Phase.POSTED, Phase.VOIDED)
    assert group.planned(NEXT) == ()
    group.tell(an(Reversed, posted=group.book.postings.posted[void].position, day=NEXT))
    assert (state(group, void)[0], state(group, paid)[0]) == (Phase.REVERSED, Phase.PENDING)


def test_B18_a_posted_handover_keeps_the_answer_that_it_was_posted_with(group, leader, deputy):
    deputy.collect(1, {1: 100_000})
    before = leader.write(an(Visited))
    handed = deputy.hand_over(leader, 100_000)
    leader.accept(handed, 100_000)
    leader.close()
    group.receive()
    group.count(100_000, writers=[1])
    plan = group.settle()
    assert (plan.expected, plan.in_transit) == (100_000, {1: 100_000, 2: 0})
    group.tell(an(WriterRevoked, writer=1, epoch=0, seq=1, head=before.hash))
    # the leader's acceptance lies above the line; the cash that he handed in was the deputy's all the same
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}
    leader.accept(handed, 90_000)
    group.receive()
    assert in_transit(group.book, group.facts()) == {1: 0, 2: 0}


def test_B8_a_void_that_came_after_the_holding_stays_a_request_also_after_the_release(group, leader):
    paid = leader.collect(1, {1: 100_000})
    group.receive()
    group.tell(an(Held, entry=paid, day=D))
    group.settle()
    void = leader.void(paid)
    assert state(group, void) == (Phase.SET_ASIDE, "after_posting")
    group.receive()
    released = group.tell(an(DifferenceResolved, day=D, kind="held", entry=paid))
    assert (state(group, paid), state(group, void)) == (
        (Phase.PENDING, None),
        (Phase.SET_ASIDE, "after_posting"),
    )
    group.ready()
    leader.pull()
    assert released < group.book.ready.position
    # the phone counts its released receipt again: 379,726 − 100,000
    ref = leader.collect(1, {1: 279_726})
    assert explain(group, ref) == ((), 279_726)


def test_L16_what_becomes_of_another_log_than_those_of_P_is_no_cause(group, leader, deputy):
    twin = group.clone(leader)
    deputy.collect(1, {1: 100_000})
    ref = read_and_collect(leader, deputy)
    group.receive(deputy, leader)
    twin.write(an(Visited))
    group.receive(twin)
    resolve(group, ref)
    assert (state(group, ref), explain(group, ref)) == ((Phase.PENDING, None), ((), 279_726))
