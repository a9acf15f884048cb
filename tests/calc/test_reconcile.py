"""Three signed dues and who owns each đồng between them (B16): figures worked by hand."""

from datetime import datetime

import pytest

from calc.differences import Cause
from calc.dues import loan_due
from calc.reconcile import flags_of, reconcile
from protocol.day import to_instant
from protocol.ids import Position
from protocol.loan_facts import InterestReceived, PrincipalRepaid
from protocol.phone_facts import InterestLine, Knows, Visited
from protocol.posting_facts import CashCounted, DifferenceResolved, Held, Posted, PostedInterest
from protocol.trust_facts import WriterRevoked
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.facts import an

CORE = (None, "core")


@pytest.fixture
def group():
    """A loan of 70,000,000 đ since 17/11/2025 at 6.6 %, savings of 200,000 đ, two phones, an open day."""
    made = Group()
    made.decide()
    made.adopt("cash_unit", amount=1_000)
    made.bring(made.member(200_000), 70_000_000)
    return made.staff()


def explain(group, ref):
    """The reconciliation of an entry where it stands."""
    return reconcile(group.book, group.facts(), ref)


def deltas(found):
    """Amount, due now, and the three differences; the identity of B16 is checked on the way."""
    assert found.amount - found.due_now == found.paid - found.edge - found.book
    for line in found.lines:
        assert line.amount - line.due_now == line.paid - line.edge - line.book
        assert sum(cause.amount for cause in line.causes) == line.book
    return found.amount, found.due_now, found.paid, found.edge, found.book


def test_a_full_payment_of_what_was_shown_matches(group, leader):
    ref = leader.collect(1, {1: 379_726})
    group.receive()
    found = explain(group, ref)
    assert deltas(found) == (379_726, 379_726, 0, 0, 0)
    assert (found.outcome, found.flags, found.knows) == ("matched", (), Position(0, 10))


@pytest.mark.parametrize(("paid", "outcome"), [(300_000, "short"), (380_000, "over")])
def test_a_part_or_more_is_the_household_s(group, leader, paid, outcome):
    found = explain(group, leader.collect(1, {1: paid}))
    assert deltas(found) == (paid, 379_726, paid - 379_726, 0, 0)
    assert found.outcome == outcome


def test_a_stale_rate_on_the_phone_is_the_branch_s_and_the_receipt_stands(group, leader):
    # 70 m, 17/11–17/12/2025: 379,726 at 6.6 %; with 6.24 % from 01/12 it is 368,679, and 11,047 are prepaid
    ref = leader.collect(1, {1: 379_726})
    group.decide(ppm=62_400, effective_from="2025-12-01", signed_on=on("2025-11-20"))
    place = group.book.position
    group.ready()
    group.receive()
    plan = group.settle()
    found = explain(group, ref)
    assert deltas(found) == (379_726, 368_679, 0, 0, -11_047)
    assert found.lines[0].causes == (Cause(place, "rate_decided", -11_047),)
    assert (found.outcome, found.flags) == ("over", ("stale_book",))
    assert plan.reconciliations == (found,)
    assert plan.entries[0].interest == (PostedInterest(1, 368_679, 0, 0, 11_047),)


def test_the_difference_of_the_book_is_itemised_in_log_order(group, leader, deputy):
    ref = leader.collect(1, {1: 379_726})
    repaid = group.tell(PrincipalRepaid(1, on("2025-12-07"), 10_000_000, *CORE))
    counter = group.tell(InterestReceived(1, on("2025-12-08"), 50_000, *CORE))
    group.adopt("cash_unit", amount=500)
    rate = group.decide(ppm=62_400, effective_from="2025-12-01")
    other = deputy.collect(1, {1: 100_000})
    group.receive(deputy)
    group.receive(leader)
    group.count(0)
    posted = group.tell(Posted(other, D, (PostedInterest(1, 100_000, 0, 0, 0),), (), (), ()))
    found = explain(group, ref)
    # 10 m less for 10 days: 379,726.03 becomes 361,643.84; 0.36 % less on 70 m for 6 days and 60 m for 10
    # days: 351,583.56
    assert found.lines[0].causes == (
        Cause(repaid, "principal_repaid", -18_082),
        Cause(counter, "interest_received", -50_000),
        Cause(rate, "rate_decided", -10_060),
        Cause(posted, "posted", -100_000),
    )
    assert deltas(found)[4] == -178_142


def test_a_phone_that_computed_wrongly_is_a_defect_and_loud(group, leader):
    lied = (InterestLine(1, 379_726, 379_725),)
    found = explain(group, leader.collect(1, lines=lied))
    assert deltas(found) == (379_726, 379_726, 1, 1, 0)
    assert found.flags == ("edge_defect",)


def test_what_the_phone_took_before_lowers_what_it_shows_and_is_no_difference(group, leader):
    leader.collect(1, {1: 100_000})
    leader.transfer(1, 1, 1, 50_000)
    ref = leader.collect(1, {1: 229_726})
    group.receive()
    assert deltas(explain(group, ref)) == (229_726, 229_726, 0, 0, 0)
    group.settle()
    # the transfer is posted after the receipt: it still waits, and is no difference
    assert deltas(explain(group, ref)) == (229_726, 229_726, 0, 0, 0)


def test_B9_a_transfer_counts_as_far_as_the_balance_goes(group, leader):
    ref = leader.transfer(1, 1, 1, 379_726)
    group.receive()
    assert deltas(explain(group, ref)) == (379_726, 379_726, 0, 0, 0)
    group.settle()
    found = explain(group, ref)
    assert deltas(found) == (200_000, 379_726, -179_726, 0, 0)
    assert found.flags == ("short_balance",)
    later = leader.collect(1, {1: 0})
    group.receive()
    found = explain(group, later)
    assert deltas(found) == (0, 179_726, 0, 0, 179_726)
    assert [cause.code for cause in found.lines[0].causes] == ["posted"]


def test_a_visit_is_no_money_and_has_nothing_to_explain(group, leader):
    visit = leader.write(an(Visited))
    assert explain(group, visit) is None
    assert flags_of(group.book, group.facts(), visit) == ()


def test_what_the_phone_took_back_itself_does_not_lower_what_it_shows(group, leader):
    leader.void(leader.collect(1, {1: 100_000}))
    assert leader.shown() == {1: 379_726}
    assert deltas(explain(group, leader.collect(1, {1: 379_726}))) == (379_726, 379_726, 0, 0, 0)


def test_an_entry_of_P_that_is_voided_held_or_cut_off_raises_the_due_again(group, leader, deputy):
    voided, held, cut = (deputy.collect(1, {1: amount}) for amount in (10_000, 20_000, 40_000))
    leader.pull(deputy)
    ref = leader.collect(1, {1: 309_726})
    deputy.void(voided)
    group.receive(deputy)
    void_place = group.book.position
    held_place = group.tell(an(Held, entry=held, day=D))
    cut_place = group.tell(an(WriterRevoked, writer=2, epoch=0, seq=2, head=held.hash))
    group.receive(leader)
    found = explain(group, ref)
    # the line of the revocation cuts off the receipt of 40,000, and the void of that of 10,000
    assert found.lines[0].causes == (
        Cause(void_place, "voided", 10_000),
        Cause(held_place, "held", 20_000),
        Cause(cut_place, "writer_revoked", 30_000),
    )
    assert deltas(found) == (309_726, 369_726, 0, 0, 60_000)
    assert cut.seq == 3
    released = group.tell(an(DifferenceResolved, day=D, kind="held", entry=held))
    assert explain(group, ref).lines[0].causes[-1] == Cause(released, "held_released", -20_000)


def test_a_void_that_the_phone_had_not_read_counts_from_where_the_branch_received_it(group, leader, deputy):
    paid = deputy.collect(1, {1: 100_000})
    group.receive()
    leader.pull(deputy)
    deputy.void(paid)
    unreceived = leader.collect(1, {1: 279_726})
    assert deltas(explain(group, unreceived)) == (279_726, 279_726, 0, 0, 0)
    leader.void(unreceived)
    group.receive()
    place = group.book.position
    leader.book = group.book.copy()
    ref = leader.collect(1, {1: 279_726})
    found = explain(group, ref)
    assert deltas(found) == (279_726, 379_726, 0, 0, 100_000)
    assert found.lines[0].causes == (Cause(place, "voided", 100_000),)


def test_a_book_that_was_read_in_the_middle_of_a_run_still_adds_up(group, leader, deputy):
    # the run is cut after its first posting, and a phone reads the book before it goes on
    paid = deputy.collect(1, {1: 100_000})
    group.receive()
    group.tell(an(CashCounted, day=D, counted=0))
    group.tell(Posted(paid, D, (PostedInterest(1, 100_000, 0, 0, 0),), (), (), ()))
    group.decide(ppm=62_400, effective_from="2025-12-01")
    group.ready()
    leader.pull(deputy)
    ref = leader.collect(1, {1: leader.shown()[1]}, day=D)
    assert leader.shown()[1] == 0
    group.receive()
    found = explain(group, ref)
    assert deltas(found) == (268_679, 268_679, 0, 0, 0)


def test_a_posting_staged_before_the_book_was_read_is_named_where_it_stands(group, leader, deputy):
    paid = deputy.collect(1, {1: 100_000})
    group.receive()
    group.count(0)
    staged = group.tell(Posted(paid, D, (PostedInterest(1, 100_000, 0, 0, 0),), (), (), ()))
    group.ready()
    leader.pull()
    ref = leader.collect(1, {1: 379_726})
    group.receive()
    found = explain(group, ref)
    assert deltas(found) == (379_726, 279_726, 0, 0, -100_000)
    assert found.lines[0].causes == (Cause(staged, "posted", -100_000),)


def test_a_posting_that_the_phone_did_not_know_of_is_named(group, leader, deputy):
    ref = leader.collect(1, {1: 379_726})
    deputy.collect(1, {1: 100_000})
    group.receive(deputy)
    group.settle()
    group.receive(leader)
    found = explain(group, ref)
    assert deltas(found) == (379_726, 279_726, 0, 0, -100_000)
    assert [cause.code for cause in found.lines[0].causes] == ["posted"]
    assert found.flags == ("late",)


def test_an_entry_of_a_day_that_is_settled_is_late_also_once_it_is_posted(group, leader):
    group.settle()
    ref = leader.collect(1, {1: 379_726})
    group.receive()
    assert explain(group, ref).flags == ("late",)
    group.settle(D + 31)
    found = explain(group, ref)
    assert found.flags == ("late",)
    assert deltas(found) == (379_726, 379_726, 0, 0, 0)


def test_a_posting_of_a_run_that_died_is_none(group, leader):
    ref = leader.collect(1, {1: 379_726})
    group.receive()
    group.tell(an(Posted, entry=ref, day=D))
    group.count(0)
    found = explain(group, ref)
    assert found.now == group.book.position
    assert deltas(found) == (379_726, 379_726, 0, 0, 0)


def test_a_clock_ahead_of_the_branch_is_shown(group, leader):
    noon = to_instant(datetime.fromisoformat("2025-12-15T12:00:00+07:00"))
    ahead = leader.collect(1, value_date=on("2025-12-16"))
    right = leader.collect(1, value_date=on("2025-12-15"))
    group.receive(seen_at=noon)
    assert explain(group, ahead).flags == ("clock",)
    assert explain(group, right).flags == ()


def test_a_receipt_number_outside_the_writer_s_range_is_shown(group, leader):
    assert explain(group, leader.collect(1, receipt_no=10_001)).flags == ("receipt_out_of_range",)


def test_a_due_that_cannot_be_computed_is_shown(group, leader):
    group.decide(kind="factor", ppm=333_333, effective_from="2025-11-20")
    group.ready()
    leader.pull()
    found = explain(group, leader.collect(1, {1: 5_000}))
    assert found.flags == ("due_unknown",)
    assert found.lines[0].fault == "no_whole_ppm"


def test_a_book_that_the_branch_never_gave_is_shown(group, leader):
    ahead = leader.collect(1, {1: 379_726}, knows=Knows(Position(0, 999), ()))
    found = explain(group, ahead)
    assert found.flags == ("unknown_book",)
    assert deltas(found) == (379_726, 379_726, 0, 0, 0)


def test_lines_of_loans_that_the_group_does_not_have_have_no_due(group, leader):
    ref = leader.collect(1, lines=(InterestLine(1, 379_726, 379_726), InterestLine(9, 1, 1)))
    assert deltas(explain(group, ref)) == (379_726, 379_726, 0, 0, 0)


def test_a_held_entry_names_its_cause(group, leader):
    ref = leader.collect(1, {1: 379_726})
    group.tell(an(Held, entry=ref, day=D, cause="possible_duplicate"))
    assert explain(group, ref).flags == ("possible_duplicate",)


def test_B20_what_changed_since_a_settlement_is_one_difference_recomputed(group, leader):
    leader.collect(1, {1: 379_726})
    group.receive()
    group.settle()
    settled_at = group.book.days[D].settled_at
    group.decide(ppm=62_400, effective_from="2025-12-01", signed_on=on("2025-11-20"))
    loan = group.book.loans[1]
    then, now = loan_due(group.book, loan, D, at=settled_at), loan_due(group.book, loan, D)
    assert (then.payable, now.payable, now.prepaid) == (0, -11_047, 11_047)
