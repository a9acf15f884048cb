"""Where everything stands, and what the branch made of it (B16, B17; screen 8)."""

from datetime import date

from edge.cashless import TransferOrder, own_receipt, request_transfer, void
from edge.collection import Deposit
from edge.members import find_member
from edge.results import Change, DayResult, Decided, Difference
from edge.rounds import close_round
from edge.standing import Repeated, standing
from edge.sync import sync
from protocol.loan_facts import PrincipalRepaid
from protocol.posting_facts import CashCounted, DaySettled, Held, Posted
from tests.edge.steps import behind_the_triggers, newest, take
from tests.edge.village import DAY, DUE_1, DUE_2, DUE_3
from tests.facts import an


def settle(hub, *decided, expected, counted):
    """The branch counts, decides and settles in one seal (B4)."""
    first = hub.branch.log.length + 1
    hub.say(
        an(CashCounted, day=DAY, expected=expected, counted=counted),
        *decided,
        an(
            DaySettled,
            day=DAY,
            first=(0, first),
            expected=expected,
            counted=counted,
            difference=counted - expected,
        ),
    )


def test_each_entry_says_what_it_is_how_far_it_went_and_what_became_of_it(hub, place, phone):
    take(phone, "1")
    sync(phone, place.carrier)
    request_transfer(phone, find_member(phone, "1"), TransferOrder(1, "principal", 100_000))
    close_round(phone, [], 0)
    take(phone, "2")
    shown = standing(phone)
    assert [
        (one.seq, one.kind, one.receipt_no, one.name, one.amount_dong, one.carriage, one.phase)
        for one in shown.entries
    ] == [
        (1, "collected", 1, "Nguyễn Thị Ánh", DUE_1 + DUE_2, "at_branch", "pending"),
        (2, "transfer", None, "Nguyễn Thị Ánh", 100_000, "sealed", "pending"),
        (3, "round_closed", None, None, 0, "sealed", "noted"),
        (4, "collected", 2, "Trần Văn An", DUE_3, "on_phone", "pending"),
    ]
    assert (shown.unsent_entries, shown.unsent_seals) == (3, 1)
    assert (shown.group, shown.writer, shown.role, shown.day) == ("KM-001", 1, "leader", date(2025, 12, 17))
    assert (shown.stopped, shown.evidence, shown.results) == (None, 0, ())


def test_a_settled_day_shows_what_was_posted_held_and_changed_and_why(hub, place, phone):
    """A counter repayment that the phone did not know: 50,000,000 → 49,000,000 from 12/12, five days early.

    1,000,000 × 62,400 × 5 / 365,000,000 = 854.79…; the due falls from 263,342.46… to 262,487.67… → 262,488.
    """
    take(phone, "1", {1: DUE_1})
    take(phone, "2", DUE_3)
    take(phone, "4", "none", [Deposit(5_000)])
    sync(phone, place.carrier)
    one, two, three = (fact.ref for fact in phone.own_facts())
    hub.say(an(PrincipalRepaid, loan=1, effective=DAY - 5, amount=1_000_000, core_ref="CB-1"))
    hub.ready(DAY)
    expected, counted = DUE_1 + DUE_3 + 5_000, DUE_1 + 5_000
    settle(
        hub,
        an(Posted, entry=one, day=DAY, interest=[(1, 262_488, 0, 0, 854)]),
        an(Held, entry=two, day=DAY, cause="possible_duplicate", interest=[(3, DUE_3)]),
        an(Posted, entry=three, day=DAY, savings=[(4, 5_000)]),
        expected=expected,
        counted=counted,
    )
    sync(phone, place.carrier)
    difference = Difference(
        outcome="short",
        flags=("stale_book",),
        amount_dong=DUE_1,
        due_now_dong=262_488 + DUE_2,
        paid_dong=-DUE_2,
        edge_dong=0,
        book_dong=-854,
        changes=(Change("principal_repaid", -854),),
    )
    decided = (
        Decided(1, "collected", 1, "Nguyễn Thị Ánh", DUE_1, "posted", None, difference),
        Decided(2, "collected", 2, "Trần Văn An", DUE_3, "held", "possible_duplicate", None),
        Decided(3, "collected", 3, "Đỗ Đức", 5_000, "posted", None, None),
    )
    result = DayResult(date(2025, 12, 17), expected, counted, -DUE_3, decided)
    assert standing(phone).results == (result,)
    assert [entry.phase for entry in standing(phone).entries] == ["posted", "held", "posted"]


def test_a_run_that_is_not_settled_yet_is_not_shown_as_a_result(hub, place, phone):
    take(phone, "2", DUE_3)
    sync(phone, place.carrier)
    hub.say(an(CashCounted), an(Posted, entry=phone.ref(1), day=DAY, interest=[(3, 0, DUE_3, 0, 0)]))
    sync(phone, place.carrier)
    shown = standing(phone)
    assert shown.results == ()
    assert [entry.phase for entry in shown.entries] == ["pending"]


def test_a_phone_that_was_cut_off_before_it_noted_the_exchange_shows_no_contact(place, phone):
    phone.ledger.close()
    behind_the_triggers(place.ledger, "DELETE FROM notes WHERE name = 'contact'")
    again = place.unlock()
    assert standing(again).contact is None
    again.ledger.close()


def test_B17_a_household_that_both_phones_took_from_is_shown_on_both_after_they_synchronised(
    hub, place, phone, deputy
):
    other, elsewhere = deputy
    take(phone, "2")
    take(other, "2")
    for one, where in ((phone, place), (other, elsewhere), (phone, place)):
        sync(one, where.carrier)
    expected = Repeated(2, newest(other).receipt_no, 1, 1, "Trần Văn An", DUE_3)
    assert standing(phone).repeated == standing(other).repeated == (expected,)
    void(other, own_receipt(other, newest(other).receipt_no), "mistyped")
    assert standing(other).repeated == ()
