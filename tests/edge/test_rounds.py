"""The cash of a round (B8, B18)."""

import pytest

from edge.cashless import own_receipt, void
from edge.collection import Deposit
from edge.errors import Fault
from edge.rounds import accept, close_round, counted_notes, hand_over, in_hand, open_handovers
from edge.sync import sync
from protocol.phone_facts import Denomination, RoundClosed
from protocol.posting_facts import CashCounted, DayOpened, DaySettled
from protocol.trust_facts import WriterRevoked
from tests.edge.steps import fault_of, newest, take
from tests.edge.village import DAY, DUE_1, DUE_2, DUE_3
from tests.facts import an

CASH = DUE_1 + DUE_2 + DUE_3 + 20_000


@pytest.fixture
def collected(phone):
    """Three receipts, one of them taken back."""
    take(phone, "1", "full", [Deposit(20_000)])
    take(phone, "2")
    take(phone, "4", "none", [Deposit(5_000)])
    void(phone, own_receipt(phone, 3), "wrong_member")
    return phone


def meet(hub, *phones):
    """Each phone synchronises, then each learns of the others."""
    for _ in range(2):
        for phone, place in phones:
            sync(phone, place.carrier)


def test_cash_in_hand_is_what_the_standing_receipts_say(collected):
    held = in_hand(collected)
    assert (held.receipts, held.voided, held.collected_dong, held.expected_dong) == (3, 1, CASH, CASH)


def test_a_round_signs_expected_counted_and_their_difference_and_is_sealed(collected):
    notes = [(200_000, 2), (50_000, 1), (20_000, 1), (1_000, 4), (200_000, 0), (500, 1)]
    shown = close_round(collected, notes)
    assert newest(collected) == RoundClosed(
        due_to=DAY,
        expected=CASH,
        counted=474_500,
        difference=474_500 - CASH,
        denominations=(
            Denomination(200_000, 2),
            Denomination(50_000, 1),
            Denomination(20_000, 1),
            Denomination(1_000, 4),
            Denomination(500, 1),
        ),
        receipts=3,
        voided=1,
    )
    assert (shown.expected_dong, shown.counted_dong, shown.difference_dong) == (CASH, 474_500, 474_500 - CASH)
    assert collected.own.sealed == collected.own.length == shown.seq


def test_a_sum_without_notes_may_be_counted_and_one_that_contradicts_them_may_not(collected):
    assert counted_notes([(1_000, 3)], 3_000) == 3_000
    assert counted_notes([], 474_500) == 474_500
    assert fault_of(close_round, collected, [(1_000, 3)], 4_000) is Fault.COUNT_DIFFERS
    assert collected.own.sealed == 0
    assert close_round(collected, [], 0).difference_dong == -CASH


def test_B8_collecting_goes_on_after_a_round_and_the_next_one_is_cumulative(collected):
    close_round(collected, [], CASH)
    take(collected, "4", "none", [Deposit(10_000)], again=True)
    shown = close_round(collected, [], CASH + 10_000)
    assert (shown.receipts, shown.expected_dong, shown.difference_dong) == (4, CASH + 10_000, 0)


def test_B18_cash_moves_only_when_the_other_side_accepts_it(hub, place, phone, deputy):
    other, elsewhere = deputy
    take(phone, "1", 300_000)
    seq = hand_over(phone, 2, 200_000)
    assert (in_hand(phone).expected_dong, in_hand(phone).offered_dong) == (300_000, 200_000)
    meet(hub, (phone, place), (other, elsewhere))
    (offer,) = open_handovers(other)
    assert (offer.writer, offer.seq, offer.amount_dong, offer.to_me) == (1, seq, 200_000, True)
    accept(other, 1, seq, 150_000)
    assert (in_hand(other).expected_dong, in_hand(other).accepted_dong) == (150_000, 150_000)
    meet(hub, (other, elsewhere), (phone, place))
    assert (in_hand(phone).expected_dong, in_hand(phone).handed_over_dong) == (150_000, 150_000)
    assert open_handovers(phone) == open_handovers(other) == ()


@pytest.mark.parametrize(
    ("writer", "amount", "fault"),
    [
        (1, 1_000, Fault.NO_SUCH_WRITER),
        (3, 1_000, Fault.NO_SUCH_WRITER),
        (2, 300_001, Fault.OVER_CASH),
        (2, 0, Fault.OVER_CASH),
    ],
)
def test_no_more_than_is_in_hand_is_handed_to_a_phone_of_the_group(
    phone, deputy, hub, place, writer, amount, fault
):
    sync(phone, place.carrier)
    take(phone, "1", 300_000)
    assert fault_of(hand_over, phone, writer, amount) is fault
    hand_over(phone, 2, 200_000)
    assert fault_of(hand_over, phone, 2, 100_001) is Fault.OVER_CASH


def test_no_cash_is_handed_to_a_phone_that_was_revoked(hub, place, phone, deputy):
    other, _ = deputy
    take(phone, "1", 300_000)
    hub.say(an(WriterRevoked, writer=2, seq=0, head=other.own.hash_at(0)))
    sync(phone, place.carrier)
    assert fault_of(hand_over, phone, 2, 1_000) is Fault.NO_SUCH_WRITER


def test_only_the_receiver_accepts_once_and_no_more_than_was_handed_over(hub, place, phone, deputy):
    other, elsewhere = deputy
    take(phone, "1", 300_000)
    seq = hand_over(phone, 2, 200_000)
    assert fault_of(accept, phone, 1, seq, 200_000) is Fault.NOT_FOR_THIS_PHONE
    assert fault_of(accept, other, 1, seq, 200_000) is Fault.NO_SUCH_ENTRY
    meet(hub, (phone, place), (other, elsewhere))
    assert fault_of(accept, other, 1, seq, 200_001) is Fault.OVER_HANDED
    assert fault_of(accept, other, 1, seq, 0) is Fault.OVER_HANDED
    accept(other, 1, seq, 200_000)
    assert fault_of(accept, other, 1, seq, 200_000) is Fault.ALREADY_ACCEPTED


def test_what_a_settled_day_left_out_is_handed_in_with_the_next_one(hub, place, collected):
    first = hub.branch.log.length + 1
    hub.say(an(CashCounted, day=DAY), an(DaySettled, day=DAY, first=(0, first)))
    hub.say(an(DayOpened, day=DAY + 31, decisions=6))
    hub.ready(DAY + 31)
    sync(collected, place.carrier)
    held = in_hand(collected)
    assert (held.receipts, held.expected_dong, held.other_days_dong) == (0, 0, CASH)
