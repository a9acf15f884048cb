"""The one order of phone entries (L10): a function of what is known, not of how it came."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.ids import Position
from protocol.merge import merge
from protocol.phone_facts import Collected
from protocol.trust_facts import Received
from tests.builders import VERIFIER, a_group
from tests.facts import an


def a_receipt(number):
    return an(Collected, receipt_no=number)


def accepted(branch):
    """Every ``Received`` of the branch log at its place."""
    return [(one.position, one.entry) for one in branch.log.entries if isinstance(one.entry, Received)]


def numbers(facts):
    return [fact.entry.receipt_no for fact in facts]


def merged(branch, received=None, phones=None):
    """The facts of the group as the branch has received them."""
    logs = {(phone.admission.ordinal, 0): phone.read_log() for phone in branch.phones}
    return merge(accepted(branch) if received is None else received, logs if phones is None else phones)


def test_entries_stand_where_their_Received_stands_then_by_seq():
    branch = a_group()
    leader, deputy = branch.phones
    leader.seal(a_receipt(1), a_receipt(2))
    branch.receive(deputy.seal(a_receipt(3), a_receipt(4)))
    branch.receive(leader.seals[0])
    facts = merged(branch)
    assert numbers(facts) == [3, 4, 1, 2]
    assert [(fact.ref.writer, fact.ref.seq) for fact in facts] == [(2, 1), (2, 2), (1, 1), (1, 2)]
    assert facts[0].received == accepted(branch)[0][0]
    assert facts[0].ref.hash == deputy.read_log().hash_at(1)
    assert not any(fact.forked for fact in facts)


def test_entries_without_a_Received_follow_by_writer_and_seq():
    branch = a_group()
    leader, deputy = branch.phones
    branch.receive(deputy.seal(a_receipt(3)))
    deputy.seal(a_receipt(4))
    leader.seal(a_receipt(1), a_receipt(2))
    facts = merged(branch)
    assert numbers(facts) == [3, 1, 2, 4]
    assert [fact.received is None for fact in facts] == [False, True, True, True]


def test_of_two_Received_of_one_entry_the_first_decides():
    branch = a_group()
    leader, deputy = branch.phones
    first = leader.seal(a_receipt(1))
    branch.receive(first)
    branch.receive(deputy.seal(a_receipt(3)))
    branch.receive(first)
    assert numbers(merged(branch)) == [1, 3]
    assert merged(branch, reversed(accepted(branch))) == merged(branch)


def test_a_Received_whose_entries_nobody_has_brought_places_nothing_yet():
    branch = a_group()
    leader, deputy = branch.phones
    behind = leader.seal(a_receipt(1)), leader.seal(a_receipt(2))
    branch.receive(behind[1])
    branch.receive(deputy.seal(a_receipt(3)))
    logs = {(1, 0): leader.read_log(behind[1]), (2, 0): deputy.read_log()}
    assert numbers(merged(branch, phones=logs)) == [3]
    assert numbers(merged(branch, phones={(2, 0): deputy.read_log()})) == [3]
    branch.receive(behind[0])
    assert numbers(merged(branch)) == [2, 3, 1]


def test_a_Received_that_names_another_head_places_nothing():
    branch = a_group()
    leader = branch.phones[0]
    leader.seal(a_receipt(1))
    other = Received(1, 0, 1, 1, bytes(32), 0)
    assert merged(branch, [(Position(0, 9), other)])[0].received is None


def test_L16_both_sides_of_a_fork_are_facts_and_marked_from_where_they_part():
    branch = a_group()
    leader = branch.phones[0]
    branch.receive(leader.seal(a_receipt(1)))
    twin = leader.twin()
    branch.receive(twin.seal(a_receipt(2)))
    branch.receive(leader.seal(a_receipt(3), a_receipt(4)))
    facts = merged(branch, phones={(1, 0): leader.read_log(*leader.seals, twin.seals[-1])})
    assert numbers(facts) == [1, 2, 3, 4]
    assert [fact.forked for fact in facts] == [False, True, True, True]
    assert len({fact.ref for fact in facts}) == 4


@given(st.permutations(range(6)), st.permutations(range(4)))
def test_merging_is_the_same_in_any_order_of_arrival(seal_order, received_order):
    branch = a_group()
    leader, deputy = branch.phones
    leader.seal(a_receipt(1))
    twin = leader.twin()
    leader.seal(a_receipt(2), a_receipt(3))
    leader.seal(a_receipt(4))
    twin.seal(a_receipt(5))
    deputy.seal(a_receipt(6))
    deputy.seal(a_receipt(7))
    brought = [*leader.seals, twin.seals[-1], *deputy.seals]
    branch.receive(brought[4], brought[1])
    branch.receive(brought[0])
    branch.receive(brought[3])
    logs = {(1, 0): leader.fresh_log(), (2, 0): deputy.fresh_log()}
    for place in seal_order:
        logs[1 + (place > 3), 0].add(brought[place], VERIFIER)
    received = [accepted(branch)[place] for place in received_order]
    assert numbers(merge(received, logs)) == [6, 2, 3, 1, 5, 4, 7]
    assert numbers(merge([*received, *received], logs)) == [6, 2, 3, 1, 5, 4, 7]
