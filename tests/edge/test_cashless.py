"""Transfers, visits and voids (B8, B9)."""

import pytest

from edge.cashless import (
    TransferOrder,
    VisitOrder,
    note_visit,
    own_receipt,
    own_transfer,
    request_transfer,
    void,
)
from edge.collection import Deposit
from edge.errors import Fault
from edge.members import find_member
from edge.rounds import in_hand
from edge.sync import sync
from protocol.phone_facts import TransferRequested, Visited
from protocol.posting_facts import CashCounted, DaySettled, Posted
from tests.edge.steps import fault_of, newest, take
from tests.edge.village import DAY, DUE_1, DUE_2
from tests.facts import an


def transfer(phone, typed, loan, purpose, amount, account=None):
    return request_transfer(phone, find_member(phone, typed), TransferOrder(loan, purpose, amount, account))


def test_a_transfer_is_signed_with_the_due_that_was_shown_and_moves_no_cash(phone):
    seq = transfer(phone, "1", 2, "interest", 142_685)
    assert newest(phone) == an(
        TransferRequested,
        member=1,
        value_date=DAY - 2,
        due_to=DAY,
        account=1,
        loan=2,
        purpose="interest",
        amount=142_685,
        due_shown=DUE_2,
        knows=newest(phone).knows,
    )
    assert own_transfer(phone, seq).entry == newest(phone)
    assert in_hand(phone).expected_dong == 0


def test_pending_deposits_and_transfers_count_towards_what_is_there(phone):
    transfer(phone, "1", 1, "principal", 500_000)
    assert fault_of(transfer, phone, "1", 1, "principal", 1) is Fault.OVER_BALANCE
    take(phone, "1", "none", [Deposit(20_000)])
    transfer(phone, "1", 1, "principal", 20_000)


@pytest.mark.parametrize(
    ("typed", "loan", "purpose", "amount", "account", "fault"),
    [
        ("1", 3, "interest", 1_000, None, Fault.NO_SUCH_LOAN),
        ("1", 1, "interest", 0, None, Fault.NOTHING_TO_COLLECT),
        ("1", 1, "interest", 500_001, None, Fault.OVER_BALANCE),
        ("1", 1, "principal", 50_000_001, None, Fault.OVER_PRINCIPAL),
        ("1", 1, "interest", 1_000, 2, Fault.NO_SUCH_ACCOUNT),
        ("2", 3, "interest", 1_000, None, Fault.NO_SUCH_ACCOUNT),
        ("3", 4, "interest", 1_000, None, Fault.SEVERAL_ACCOUNTS),
        ("4", 1, "interest", 1_000, None, Fault.NO_SUCH_LOAN),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(phone, typed, loan, purpose, amount, account, fault):
    assert fault_of(transfer, phone, typed, loan, purpose, amount, account) is fault
    assert phone.own.length == 0


def test_one_of_several_accounts_is_named(phone):
    transfer(phone, "3", 4, "interest", 150_000, 3)
    assert newest(phone).account == 3


def test_a_visit_keeps_its_words_beside_the_entry(phone):
    note_visit(phone, find_member(phone, "2"), VisitOrder("promised", DAY, 50_000, "Bà hẹn chiều"))
    visited = newest(phone)
    assert (visited.outcome, visited.promised_on, visited.promised) == ("promised", DAY, 50_000)
    assert "hẹn".encode() not in phone.own.entries[-1].raw
    assert phone.group.text(visited.note) == "Bà hẹn chiều"
    note_visit(phone, find_member(phone, "2"), VisitOrder("absent"))
    assert newest(phone) == an(Visited, member=2, value_date=DAY - 2, outcome="absent")


def test_a_promise_for_yesterday_is_a_slip_and_for_today_is_not(phone):
    member = find_member(phone, "2")
    order = VisitOrder("promised", DAY - 3)
    assert fault_of(note_visit, phone, member, order) is Fault.PROMISE_IN_PAST
    note_visit(phone, member, VisitOrder("promised", DAY - 2))


def test_a_voided_receipt_frees_its_amount_and_its_number_stays_used(phone):
    take(phone, "1")
    void(phone, own_receipt(phone, 1), "mistyped", "Bấm nhầm")
    assert newest(phone).target == phone.ref(1)
    assert phone.group.text(newest(phone).note) == "Bấm nhầm"
    assert (in_hand(phone).expected_dong, in_hand(phone).voided) == (0, 1)
    take(phone, "1")
    assert newest(phone).receipt_no == 2
    assert in_hand(phone).expected_dong == DUE_1 + DUE_2


def test_a_transfer_may_be_taken_back_too(phone):
    seq = transfer(phone, "1", 1, "principal", 500_000)
    void(phone, own_transfer(phone, seq), "mistyped")
    transfer(phone, "1", 1, "principal", 500_000)


def test_what_was_taken_back_is_not_taken_back_again(phone):
    take(phone, "1")
    void(phone, own_receipt(phone, 1), "mistyped")
    assert fault_of(void, phone, own_receipt(phone, 1), "mistyped") is Fault.ALREADY_VOIDED


def test_B8_a_receipt_that_the_branch_received_may_still_be_taken_back_until_it_is_posted(hub, place, phone):
    take(phone, "1")
    take(phone, "2")
    sync(phone, place.carrier)
    void(phone, own_receipt(phone, 1), "mistyped")
    ref = phone.ref(2)
    first = hub.branch.log.length + 1
    hub.say(
        an(CashCounted, day=DAY),
        an(Posted, entry=ref, day=DAY, interest=[(3, 0, 68_469, 0, 0)]),
        an(DaySettled, day=DAY, first=(0, first)),
    )
    sync(phone, place.carrier)
    assert fault_of(void, phone, own_receipt(phone, 2), "mistyped") is Fault.ALREADY_POSTED


def test_only_own_entries_of_the_right_kind_are_found(phone, deputy):
    other, _ = deputy
    take(other, "1")
    seq = take(phone, "1")
    assert fault_of(own_receipt, phone, 10_001) is Fault.NO_SUCH_RECEIPT
    assert fault_of(own_transfer, phone, seq) is Fault.NO_SUCH_ENTRY
