"""Two people say something about one matter, and neither knows of the other (B1, B9, B17, L13, L16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.cash import in_transit
from calc.dues import dues
from calc.settlement import plan_day
from calc.states import Phase, cash_of, states
from protocol.loan_facts import InterestReceived
from protocol.posting_facts import DifferenceResolved, Held, Posted, ReceiptRekeyed, Reversed
from protocol.trust_facts import ForkResolved, WriterRevoked
from tests.calc.groups import D, Group
from tests.facts import an

PAID = {1: 100_000, 2: 50_000, 3: 70_000}
NEXT = D + 31


def a_group():
    """Three members, each with a loan and 100,000 đ of savings, and two phones on an open day."""
    made = Group()
    for _ in PAID:
        made.bring(made.member(100_000))
    return made.staff()


@pytest.fixture
def group():
    """The group of most tests."""
    return a_group()


def phases(group, facts=None):
    """Sum of the cash in each state."""
    facts = facts or group.facts()
    found = {}
    for ref, state in states(group.book, facts, staged=True).items():
        found[state.phase] = found.get(state.phase, 0) + cash_of(facts.by_ref[ref])
    return {phase: amount for phase, amount in found.items() if amount}


def posted_interest(group):
    """Interest that was posted, by loan, without what was brought forward."""
    return {due.loan: due.settled for due in dues(group.book, D) if due.settled}


@given(st.permutations([(phone, member) for phone in (1, 2) for member in PAID]), st.data())
def test_B17_a_meeting_that_two_phones_wrote_down_is_posted_once_in_any_order(order, choice):
    """Fault 46: whichever came first posts, the copy waits in suspense, and no đồng is lost or doubled."""
    group = a_group()
    for phone, member in order:
        group.phones[phone, 0].collect(member, {member: PAID[member]})
        if choice.draw(st.booleans()):
            group.receive(group.phones[phone, 0])
    group.receive()
    plan = plan_day(group.book, group.facts(), D)
    kinds = [type(entry) for entry in plan.entries]
    assert (kinds.count(Posted), kinds.count(Held)) == (3, 3)
    group.count(sum(PAID.values()))
    group.settle()
    assert posted_interest(group) == PAID
    assert phases(group) == {Phase.POSTED: 220_000, Phase.HELD: 220_000}
    transit = in_transit(group.book, group.facts())
    assert sum(transit.values()) == 440_000
    held = [posting.position for posting in group.book.postings.held.values()]
    group.tell(*(an(Reversed, posted=place, day=NEXT) for place in held))
    assert posted_interest(group) == PAID
    assert sum(in_transit(group.book, group.facts()).values()) == 220_000


def test_B17_a_copy_that_reaches_the_branch_after_the_day_is_held_on_the_next_one(group):
    leader, deputy = group.phones.values()
    first = leader.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    copied = deputy.collect(1, {1: 100_000})
    group.receive()
    assert [(entry.entry, type(entry)) for entry in group.planned(NEXT)] == [(copied, Held)]
    group.settle(NEXT)
    assert states(group.book, group.facts())[first].phase is Phase.POSTED
    assert posted_interest(group) == {1: 100_000}


def test_B17_a_household_that_paid_twice_gets_both_once_a_person_says_so(group):
    leader, deputy = group.phones.values()
    leader.collect(1, {1: 100_000})
    second = deputy.collect(1, {1: 100_000})
    group.receive()
    group.settle()
    group.tell(an(DifferenceResolved, day=D, kind="held", entry=second, amount=100_000))
    group.settle(NEXT)
    assert posted_interest(group) == {1: 200_000}
    assert phases(group) == {Phase.POSTED: 200_000}


def test_B9_a_transfer_that_two_phones_asked_for_takes_no_more_than_there_is(group):
    leader, deputy = group.phones.values()
    for phone in (leader, deputy):
        phone.transfer(1, 1, 1, 80_000)
    group.receive()
    group.settle()
    assert posted_interest(group) == {1: 100_000}
    assert group.book.accounts[1].balance(group.book.view(), D) == 0


def test_B9_a_transfer_and_a_withdrawal_of_the_same_savings_never_go_below_nothing(group):
    leader, deputy = group.phones.values()
    leader.transfer(1, 1, 1, 80_000, "principal")
    deputy.transfer(1, 1, 1, 60_000, "interest")
    group.receive()
    group.settle()
    assert posted_interest(group) == {1: 60_000}
    assert group.book.accounts[1].balance(group.book.view(), D) == 0


def test_B8_a_void_and_a_copy_leave_exactly_one_receipt(group):
    """The leader takes his receipt back because the deputy wrote it too; each hears of the other too late."""
    leader, deputy = group.phones.values()
    mine = leader.collect(1, {1: 100_000})
    theirs = deputy.collect(1, {1: 100_000})
    group.receive()
    assert group.planned()[1].entry == theirs
    leader.void(mine)
    group.receive(leader)
    group.settle()
    known = states(group.book, group.facts())
    assert (known[mine].phase, known[theirs].phase) == (Phase.VOIDED, Phase.POSTED)
    assert posted_interest(group) == {1: 100_000}


def test_L13_a_receipt_number_that_two_phones_and_a_paper_bear_is_one_cash_fact(group):
    leader, deputy = group.phones.values()
    group.tell(an(ReceiptRekeyed, receipt_no=1, day=D, interest=((1, 0, 0, 0, 100_000),)))
    mine = leader.collect(1, {1: 100_000}, receipt_no=1)
    theirs = deputy.collect(2, {2: 50_000}, receipt_no=1)
    group.receive()
    causes = {entry.entry: getattr(entry, "cause", entry) for entry in group.planned()}
    assert causes[mine] == "same_receipt"
    assert causes[theirs].flags == ("receipt_out_of_range",)
    group.settle()
    assert posted_interest(group) == {1: 100_000, 2: 50_000}


def test_L18_a_deputy_is_revoked_while_the_leader_counts_on_what_he_wrote(group):
    """What the line cut off is in no due; the leader's own receipt had counted on it and says so."""
    leader, deputy = group.phones.values()
    theirs = deputy.collect(1, {1: 100_000})
    leader.pull(deputy)
    mine = leader.collect(1, {1: 5_000})
    group.receive(leader)
    group.tell(an(WriterRevoked, writer=2, epoch=0, seq=0, head=bytes(32)))
    group.receive(deputy)
    plan = group.settle()
    assert [entry.entry for entry in plan.entries] == [mine]
    found = plan.reconciliations[0]
    assert (found.edge, found.book) == (0, 100_000)
    assert states(group.book, group.facts())[theirs].cause == "after_revocation"
    assert phases(group) == {Phase.POSTED: 5_000, Phase.SET_ASIDE: 100_000}


def test_B21_the_counter_and_a_phone_took_the_same_interest_and_both_stand(group):
    """A household may have paid at the counter and to the leader: a credit, which no program removes."""
    before = {due.loan: due.payable for due in dues(group.book, D)}
    group.phones[1, 0].collect(1, {1: before[1]})
    group.tell(InterestReceived(1, D, before[1], "core-1", "core"))
    group.receive()
    plan = group.settle()
    assert plan.reconciliations[0].book == -before[1]
    assert posted_interest(group) == {1: 2 * before[1]}
    assert next(due.prepaid for due in dues(group.book, D) if due.loan == 1) == before[1]


@pytest.mark.parametrize("chosen", [0, 1])
def test_L16_the_side_that_a_person_chose_may_contradict_the_count_and_no_cash_is_lost(group, chosen):
    """Fault 48: the count holds both sides' cash; the other side's is a surplus until people clear it."""
    leader = group.phones[1, 0]
    twin = group.clone(leader)
    refs = leader.collect(1, {1: 100_000}), twin.collect(2, {2: 50_000})
    sums = 100_000, 50_000
    group.receive(leader)
    group.receive(twin)
    assert phases(group) == {Phase.SET_ASIDE: 150_000}
    ref = refs[chosen]
    group.tell(an(ForkResolved, writer=1, epoch=0, seq=ref.seq, hash=ref.hash))
    (leader, twin)[chosen].close()
    group.receive((leader, twin)[chosen])
    group.count(150_000)
    plan = group.settle()
    assert ([entry.entry for entry in plan.entries], plan.expected) == ([ref], sums[chosen])
    assert phases(group) == {Phase.POSTED: sums[chosen], Phase.SET_ASIDE: sums[1 - chosen]}
    assert group.book.days[D].difference_open == sums[1 - chosen]
    given = {"kind": "surplus", "resolution": "late_fact", "entry": refs[1 - chosen]}
    group.tell(an(DifferenceResolved, day=D, amount=sums[1 - chosen], **given))
    assert group.book.days[D].difference_open == 0
