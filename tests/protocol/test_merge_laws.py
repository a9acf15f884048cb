"""Merging is a union: whoever brings what, in any order and how often, the end is the same (L7, L10, L16).

A story has two phones, one of them in two epochs and cloned, a branch that was restored, seals that nobody
brings, and acceptances in any order. Three carriers hold parts of it.
"""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.branch_log import BranchLog
from protocol.errors import ProtocolError
from protocol.merge import merge
from protocol.phone_facts import Collected
from protocol.trust_facts import LeftAt, Received
from tests.builders import VERIFIER, a_group
from tests.facts import GROUP, an
from tests.protocol.epochs import ROOT, offer


def a_receipt(number):
    """A receipt with a number that tells it apart."""
    return an(Collected, receipt_no=number)


class Held:
    """What somebody holds: branch seals and phone seals, and what follows from them."""

    def __init__(self, story, brought):
        """Take in what was brought, in this order, and again while any of it is taken."""
        self.branch = BranchLog(GROUP, ROOT.spki, VERIFIER)
        self.branch.add_statements(story.statements)
        self.logs = {place: phone.fresh_log() for place, phone in story.phones.items()}
        waiting = list(brought)
        while waiting:
            refused = [raw for raw in waiting if not self._take(raw)]
            if len(refused) == len(waiting):
                break
            waiting = refused

    def _take(self, raw):
        for log in self.logs.values():
            try:
                log.add(raw, VERIFIER)
            except ProtocolError:
                continue
            return True
        try:
            return offer(self.branch, raw)
        except ProtocolError:
            return False

    @property
    def received(self):
        """Acceptances that count."""
        return [(one.position, one.entry) for one in self.branch.entries if isinstance(one.entry, Received)]

    def facts(self, received=None):
        """Phone entries in their one order."""
        return merge(self.received if received is None else received, self.logs)

    def all(self):
        """Everything that must not depend on the order."""
        return self.facts(), self.branch.entries, self.branch.lost, self.branch.tip


class Story:
    """The whole of it, made once."""

    def __init__(self):
        branch = a_group()
        leader, deputy = branch.phones
        leader.seal(a_receipt(1))
        deputy.seal(a_receipt(101), a_receipt(102))
        branch.receive(deputy.seals[0])
        count = len(branch.seals)
        clone = leader.twin()
        branch.receive(leader.seals[0])
        for phone in (leader, clone):
            phone.write(a_receipt(2))
        clone.seal(known=branch.restored(count).tip)
        clone.seal(a_receipt(3), a_receipt(4))
        leader.seal()
        leader.seal(a_receipt(5))
        leader.seal(a_receipt(6))
        left = LeftAt(3, leader.ref(3).hash)
        again = branch.admit("leader", ordinal=1, epoch=1, left=left)
        again.seal(a_receipt(7))
        branch.receive(again.seals[0], leader.seals[-1])
        after = branch.restored(count)
        after.open_epoch()
        after.receive(leader.seals[-1], clone.seals[-1])
        lost = after.take_back(*branch.seals[count:])
        after.restate(next(one for one in lost if one.entry == again.admission))
        deputy.seal(a_receipt(103), known=after.tip)
        after.receive(deputy.seals[-1], again.seals[0], leader.seals[0], deputy.seals[-1])
        self.statements = after.statements
        self.phones = {(1, 0): leader, (2, 0): deputy, (1, 1): again}
        phone_seals = [*leader.seals, *clone.seals, *deputy.seals, *again.seals]
        self.seals = sorted({*branch.seals, *after.seals, *phone_seals})


STORY = cache(Story)
FEW = settings(max_examples=max(20, settings().max_examples // 4))


@st.composite
def parts(draw, carriers=3):
    """What each carrier holds: any part of the story, in any order, much of it more than once."""
    everything = STORY().seals
    missing = draw(st.sets(st.sampled_from(everything), max_size=2))
    found = []
    for _ in range(carriers):
        held = draw(st.lists(st.sampled_from(everything), max_size=len(everything)))
        found.append([raw for raw in held if raw not in missing])
    rest = [raw for raw in everything if raw not in missing and not any(raw in one for one in found)]
    found[draw(st.integers(0, carriers - 1))].extend(draw(st.permutations(rest)))
    return found


@FEW
@given(parts())
def test_merging_is_commutative_associative_and_idempotent(carriers):
    story = STORY()
    one, two, three = carriers
    expected = Held(story, sorted({*one, *two, *three})).all()
    assert Held(story, [*one, *two, *three]).all() == expected
    assert Held(story, [*three, *one, *two]).all() == expected
    assert Held(story, [*two, *three, *two, *one, *one, *three]).all() == expected


@FEW
@given(parts(1), st.randoms(use_true_random=False))
def test_the_order_of_acceptances_and_how_often_they_are_told_decide_nothing(carriers, chance):
    held = Held(STORY(), carriers[0])
    told = held.received * 2
    chance.shuffle(told)
    assert held.facts(told) == held.facts()


@FEW
@given(parts(1))
def test_what_was_placed_stays_where_it_is_when_more_arrives(carriers):
    """More seals only add facts, and place those that had no place; a fork is known from more on."""
    story = STORY()
    some = Held(story, carriers[0])
    whole = Held(story, [*carriers[0], *story.seals])
    later = {fact.ref: fact for fact in whole.facts(some.received)}
    for fact in some.facts():
        assert later[fact.ref].entry == fact.entry
        assert later[fact.ref].previous == fact.previous
        assert later[fact.ref].received == fact.received or fact.received is None
        assert later[fact.ref].forked >= fact.forked


def test_the_whole_story_has_one_order():
    held = Held(STORY(), STORY().seals)
    facts = held.facts()
    assert [fact.entry.receipt_no for fact in facts] == [101, 102, 6, 3, 4, 103, 7, 1, 2, 5]
    assert [fact.entry.receipt_no for fact in facts if fact.forked] == [6, 3, 4, 5]
    assert [fact.received and fact.received.epoch for fact in facts] == [0, 0, 1, 1, 1, 1, 1, 1, None, None]
    assert held.branch.log.epoch == 1


def test_L15_of_two_seals_of_one_entry_the_one_that_knew_less_says_what_it_means():
    story = STORY()
    second = next(fact for fact in Held(story, story.seals).facts() if fact.entry.receipt_no == 2)
    ways = {
        tuple(fact.known for fact in Held(story, order).facts() if fact.entry.receipt_no == 2)
        for order in (story.seals, story.seals[::-1])
    }
    assert ways == {(second.known,)}
    assert second.known.seq < STORY().phones[1, 0].branch.tip.seq
