"""The one state of every phone entry (B1, B8, B17, B18, L13, L16, L18)."""

import copy

import pytest

from calc.states import AMOUNT_MAX, Facts, FactState, Fork, Phase, moved_by, states
from protocol.entries import Unknown
from protocol.ids import EntryRef
from protocol.phone_facts import CashHandedOver, MemberNoted, RoundClosed, Visited, Voided
from protocol.posting_facts import DifferenceResolved, Held, HeldInterest, Posted, Reversed
from protocol.trust_facts import ForkResolved, WriterRevoked
from tests.calc.groups import D, Group
from tests.calc.merging import merged
from tests.facts import an

HASH = b"\x22" * 32


@pytest.fixture
def group():
    """A group with two members, a loan each, a leader's and a deputy's phone, and an open day."""
    made = Group()
    for _ in range(2):
        made.lend(made.member(100_000))
    return made.staff()


def phases(group, *refs, **given):
    """Phase and cause of entries."""
    known = states(group.book, group.facts(given.pop("forks", None)), **given)
    return [(known[ref].phase.value, known[ref].cause) for ref in refs]


def test_a_receipt_is_pending_until_it_is_posted(group, leader):
    ref = leader.collect(1, {1: 100_000})
    assert phases(group, ref) == [("pending", None)]
    group.receive()
    group.count(100_000)
    place = group.tell(an(Posted, entry=ref, day=D))
    assert phases(group, ref) == [("pending", None)]
    assert phases(group, ref, staged=True) == [("posted", None)]
    group.settle()
    assert states(group.book, group.facts())[ref] == FactState(Phase.POSTED, None, place)


def test_a_visit_a_note_and_a_closed_round_are_noted(group, leader):
    refs = [leader.write(an(kind)) for kind in (Visited, MemberNoted, RoundClosed)]
    assert phases(group, *refs) == [("noted", None)] * 3


def test_B8_a_writer_takes_back_his_own_entry_before_it_is_posted(group, leader):
    paid, moved = leader.collect(1, {1: 100_000}), leader.transfer(1, 1, 1, 5_000)
    first, second = leader.void(paid), leader.void(moved)
    assert phases(group, paid, moved) == [("voided", None)] * 2
    assert phases(group, first, second) == [("pending", None)] * 2
    group.receive()
    assert states(group.book, group.facts())[paid].position == group.book.position
    group.settle()
    assert phases(group, paid, moved, first, second) == [
        ("voided", None),
        ("voided", None),
        ("posted", None),
        ("posted", None),
    ]


def test_B8_a_void_that_comes_after_the_posting_is_a_request_for_a_reversal(group, leader):
    paid = leader.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    void = leader.void(paid)
    group.receive()
    assert phases(group, paid, void) == [("posted", None), ("set_aside", "after_posting")]


def test_B17_a_receipt_that_is_held_is_not_voided_by_its_writer(group, leader):
    paid = leader.collect(1, {1: 100_000})
    group.receive()
    group.tell(an(Held, entry=paid, day=D))
    void = leader.void(paid)
    assert phases(group, paid, void, staged=True) == [
        ("held", "possible_duplicate"),
        ("set_aside", "after_posting"),
    ]


def test_B8_a_void_needs_an_entry_of_its_own_writer_that_came_before(group, leader, deputy):
    paid = leader.collect(1, {1: 100_000})
    visit = leader.write(an(Visited))
    strange = [
        deputy.void(paid),
        leader.void(visit),
        leader.void(EntryRef(1, 0, 99, HASH)),
        leader.write(an(Voided, target=EntryRef(1, 0, 1, HASH))),
    ]
    leader.void(paid)
    strange.append(leader.void(paid))
    assert phases(group, *strange) == [("set_aside", "fits_nothing")] * 5
    assert phases(group, paid) == [("voided", None)]


def test_L18_what_stands_above_the_line_of_a_revocation_is_set_aside(group, leader):
    kept = leader.collect(1, {1: 100_000})
    late = leader.collect(2, {2: 100_000})
    void = leader.void(kept)
    group.receive()
    place = group.tell(an(WriterRevoked, writer=1, epoch=0, seq=1, head=kept.hash))
    assert phases(group, kept, late, void) == [
        ("pending", None),
        ("set_aside", "after_revocation"),
        ("set_aside", "after_revocation"),
    ]
    assert states(group.book, group.facts())[late].position == place


def test_L18_a_line_on_another_chain_leaves_nothing_of_this_one(group, leader):
    paid = leader.collect(1, {1: 100_000})
    group.tell(an(WriterRevoked, writer=1, epoch=0, seq=1, head=HASH))
    assert phases(group, paid) == [("set_aside", "after_revocation")]


def test_L18_a_line_above_what_a_reader_holds_spares_what_he_holds(group, leader):
    paid = leader.collect(1, {1: 100_000})
    group.tell(an(WriterRevoked, writer=1, epoch=0, seq=2, head=HASH))
    group.tell(an(WriterRevoked, writer=1, epoch=1, seq=0, head=HASH))
    assert phases(group, paid) == [("pending", None)]


def test_L18_what_was_posted_stays_posted(group, leader):
    paid = leader.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    group.tell(an(WriterRevoked, writer=1, epoch=0, seq=0, head=HASH))
    assert phases(group, paid) == [("posted", None)]


def test_L16_a_fork_sets_aside_what_is_unposted_above_it_until_a_person_chooses(group, leader):
    posted = leader.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    below, above = leader.write(an(Visited)), leader.collect(2, {2: 50_000}, day=D + 31)
    forks = {(1, 0): (Fork(3),)}
    assert phases(group, posted, below, above, forks=forks) == [
        ("posted", None),
        ("noted", None),
        ("set_aside", "fork"),
    ]
    group.tell(an(ForkResolved, writer=1, epoch=0, seq=3, hash=HASH))
    group.tell(an(ForkResolved, writer=2, epoch=0, seq=3, hash=above.hash))
    assert phases(group, above, forks=forks) == [("set_aside", "fork")]
    group.tell(an(ForkResolved, writer=1, epoch=0, seq=3, hash=above.hash))
    assert phases(group, above, forks=forks) == [("pending", None)]


@pytest.fixture
def sides(group, leader):
    """The two histories of a cloned leader's phone that part behind its first entry."""
    leader.collect(1, {1: 100_000})
    twin = copy.copy(leader)
    twin.facts = [*leader.facts]
    for phone, member in ((leader, 1), (twin, 2)):
        phone.collect(member, {member: 50_000})
        phone.collect(member, {member: 20_000})
    return [fact.ref for fact in leader.facts], [fact.ref for fact in twin.facts], twin.facts[1:]


def known_of(group, sides, *refs):
    """Causes of entries when both histories are there; None for one that waits to be posted."""
    facts = Facts(merged([*group.phones[1, 0].facts, *sides[2]]), {(1, 0): (Fork(2),)})
    known = states(group.book, facts)
    return [known[ref].cause for ref in refs]


@pytest.mark.parametrize("seq", [2, 3])
@pytest.mark.parametrize("chosen", [0, 1])
def test_L16_only_the_chosen_side_of_a_fork_goes_on(group, sides, chosen, seq):
    assert known_of(group, sides, *sides[0], *sides[1][1:]) == [None, "fork", "fork", "fork", "fork"]
    group.tell(an(ForkResolved, writer=1, epoch=0, seq=seq, hash=sides[chosen][seq - 1].hash))
    assert known_of(group, sides, *sides[chosen]) == [None, None, None]
    assert known_of(group, sides, *sides[1 - chosen]) == [None, "fork", "fork"]


def test_L18_a_line_on_one_side_of_a_fork_leaves_nothing_of_the_other(group, sides):
    ours, theirs, _ = sides
    for seq in (2, 3):
        group.tell(an(ForkResolved, writer=1, epoch=0, seq=seq, hash=ours[seq - 1].hash))
        group.tell(an(ForkResolved, writer=1, epoch=0, seq=seq, hash=theirs[seq - 1].hash))
    group.tell(an(WriterRevoked, writer=1, epoch=0, seq=2, head=ours[1].hash))
    assert known_of(group, sides, *ours) == [None, None, "after_revocation"]
    assert known_of(group, sides, *theirs[1:]) == ["after_revocation", "after_revocation"]


def test_L9_what_nobody_can_read_or_nobody_said_or_is_absurd_is_set_aside_and_shown(group, leader):
    strange = [
        leader.write(Unknown(77, b"\x91\x4d")),
        leader.write(Unknown(0, b"\x91\x01")),
        leader.write(an(Posted)),
        leader.collect(1, {1: AMOUNT_MAX + 1}),
        leader.hand_over(group.phones[2, 0], AMOUNT_MAX + 1),
    ]
    assert phases(group, *strange) == [
        ("set_aside", "unknown_kind"),
        ("set_aside", "malformed"),
        ("set_aside", "not_of_a_phone"),
        ("set_aside", "over_cap"),
        ("set_aside", "over_cap"),
    ]
    leader.ordinal = 9
    assert phases(group, leader.write(an(Visited))) == [("set_aside", "unknown_writer")]


def test_B17_a_held_receipt_is_released_by_a_person_and_reversed_by_two(group, leader):
    first, second = leader.collect(1, {1: 100_000}), leader.collect(2, {2: 70_000})
    group.receive()
    held = [
        group.tell(Held(ref, D, "unknown_loan", (HeldInterest(loan, 1),), ()))
        for loan, ref in enumerate((first, second), 1)
    ]
    group.settle()
    assert phases(group, first, second) == [("held", "unknown_loan")] * 2
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=first))
    group.tell(an(Reversed, posted=held[1], day=D))
    assert phases(group, first, second) == [("pending", None), ("reversed", None)]


def test_L13_a_second_entry_under_one_receipt_number_is_no_second_cash_fact(group, leader):
    ref = leader.collect(1, {1: 100_000})
    group.tell(an(Held, entry=ref, day=D, cause="same_receipt"))
    assert phases(group, ref, staged=True) == [("set_aside", "same_receipt")]


def test_B18_an_acceptance_answers_one_handover_that_was_meant_for_it(group, leader, deputy):
    handed = deputy.hand_over(leader, 100_000)
    to_himself = leader.write(CashHandedOver(1, D, 5_000))
    too_much, fits, again = (leader.accept(handed, amount) for amount in (100_001, 90_000, 100_000))
    strange = [leader.accept(to_himself, 5_000), deputy.accept(handed, 1), leader.accept(fits, 1)]
    assert phases(group, handed, fits) == [("pending", None), ("noted", None)]
    assert phases(group, too_much, again, *strange) == [("set_aside", "fits_nothing")] * 5


def test_an_entry_is_about_the_money_that_it_moves(group, leader, deputy):
    leader.collect(1, {1: 100_000}, {1: 5_000})
    leader.transfer(1, 1, 1, 7_000)
    leader.accept(deputy.hand_over(leader, 3_000), 2_000)
    leader.write(an(Visited))
    assert [moved_by(fact) for fact in leader.facts] == [105_000, 7_000, 2_000, 0]
    assert states(group.book, group.facts()).keys() == {fact.ref for fact in (*leader.facts, *deputy.facts)}
