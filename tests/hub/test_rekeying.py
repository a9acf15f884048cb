"""A paper receipt of a lost phone is typed in once, and matched when the phone turns up (L13, B17, B18)."""

import pytest
from msgspec import structs

from calc.receipts import all_receipts
from calc.states import Phase
from hub.service.corrections.rekeying import Rekeying
from hub.service.corrections.taking_back import Reversal
from hub.service.forks.choosing import ForkChoice
from hub.service.forks.listed import forks, revoked_dong, sums
from hub.service.forks.reopening import reopen
from hub.service.forks.wording import fork_told
from hub.service.group.known import stored_facts
from hub.service.upkeep.fsck import check
from protocol.posting_facts import PostedInterest, ReceiptRekeyed
from protocol.trust_facts import ForkResolved
from tests.hub.builders import GROUP, Phone
from tests.hub.days import DAY, CollectionDay
from tests.hub.deciding import decide, refusal, settled, transit
from tests.hub.forking import copied
from tests.hub.pushes import push, revoke
from tests.hub.shown import by_number, shown

LOAN_2 = "660001000202"


@pytest.fixture
def day(tmp_path):
    """Receipt 1 came; receipt 2, of 379,726 đ, is on paper only: the leader's phone was lost and revoked."""
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 271_233, 271_233)
    day.close_round(day.leader, 271_233)
    day.sync(day.leader)
    day.tail = day.collect(day.leader, 2, 379_726, 379_726)
    revoke(day.branch, day.leader)
    return day


def paper(receipt=2, member="3000010002", interest=((LOAN_2, 379_726),), savings=(), value_date=DAY - 1):
    return Rekeying(receipt, member, value_date, interest, savings)


def faults(day):
    return check(day.groups, lambda: None).faults


def test_R92_a_paper_is_booked_once_and_the_phone_that_turns_up_changes_nothing(day):
    done = decide(day, paper(), "ảnh biên lai")
    (typed,) = day.of_kind(ReceiptRekeyed)
    assert (typed.receipt_no, typed.member, typed.day) == (2, 2, DAY)
    assert typed.interest == (PostedInterest(2, 379_726, 0, 0, 0),)
    assert day.state.text(typed.statement) == "ảnh biên lai"
    assert [(one.kind, one.before_dong, one.after_dong) for one in done.changes] == [
        ("due", 379_726, 0),
        ("cash", 0, 379_726),
    ]
    before = day.state.book
    push(day.branch, day.leader.seal(3), asker=day.leader)
    state = day.state
    entry = by_number(shown(day))[2]
    assert (entry.state, entry.cash_dong, entry.posted_dong, entry.expected_dong) == (
        "set_aside",
        379_726,
        0,
        0,
    )
    assert entry.sentence.endswith("đã nhập từ biên lai giấy, tiền tính ở đó")
    day.close_round(day.deputy, 0)
    day.sync(day.deputy)
    settled(day, 650_959)
    assert day.state.book.days[DAY].difference_open == 0
    assert transit(day) == {1: 0, 2: 0}
    assert (before.loans[2].effects, faults(day)) == (state.book.loans[2].effects, ())
    found = [
        (one.number, one.total, one.state.phase)
        for one in all_receipts(day.state.book, stored_facts(day.state))
    ]
    assert found == [(1, 271_233, Phase.POSTED), (2, 379_726, Phase.SET_ASIDE), (2, 379_726, Phase.POSTED)]


def test_B18_the_cash_is_counted_with_the_round_of_the_phone_in_use(day):
    decide(day, paper())
    assert (day.of_kind(ReceiptRekeyed)[0].writer, transit(day)) == (2, {1: 0, 2: 379_726})
    day.branch.admit(GROUP, 3)
    revoke(day.branch, day.deputy)
    decide(day, paper(3, "3000010003", (), (("700001", 20_000),)))
    assert day.of_kind(ReceiptRekeyed)[1].writer == 3


def test_with_no_phone_in_use_the_cash_stays_with_the_lost_one(day):
    revoke(day.branch, day.deputy)
    decide(day, paper())
    assert day.of_kind(ReceiptRekeyed)[0].writer == 1


def test_a_new_phone_of_the_same_role_hands_in_the_cash(day):
    third = Phone(GROUP, 3, 0)
    admitted = structs.replace(third.admission, role="leader")
    day.groups.append(GROUP, lambda _: [[admitted]])
    day.branch.admit(GROUP, 4)
    decide(day, paper())
    assert day.of_kind(ReceiptRekeyed)[0].writer == 3


def test_the_same_paper_is_typed_in_once_and_no_other_under_its_number(day):
    decide(day, paper())
    assert decide(day, paper()).entries == ()
    assert refusal(day, paper(interest=((LOAN_2, 379_725),))) == "rekeyed_otherwise"
    decide(day, Reversal(2, None, "mistyped"), "biên bản")
    assert refusal(day, paper()) == "rekeyed_reversed"


def test_two_people_type_it_in(day):
    assert refusal(day, paper(), by="KSV01", confirmed_by="ksv01") == "same_person"


def test_a_receipt_that_came_is_not_typed_in(day):
    """Each state that a received entry may have: it was, or will be, booked as the phone signed it."""
    mistaken = day.collect(day.deputy, 1, 50_000, 271_233)
    day.void(day.deputy, mistaken)
    day.collect(day.deputy, 1, 271_233, 271_233)
    day.collect(day.deputy, 3, 1_000, 162_740)
    day.close_round(day.deputy, 272_233)
    day.sync(day.deputy)
    assert refusal(day, paper(10_003)) == "receipt_pending"
    settled(day, 543_466)
    assert [refusal(day, paper(number)) for number in (1, 10_001, 10_002)] == [
        "receipt_posted",
        "receipt_voided",
        "receipt_held",
    ]
    decide(day, Reversal(10_003, None, "mistyped"), "biên bản")
    assert refusal(day, paper(10_003)) == "receipt_reversed"


def test_a_phone_in_use_sends_its_receipts_itself(day):
    assert refusal(day, paper(10_001)) == "phone_in_use"
    day.collect(day.deputy, 1, 1_000, 271_233)
    day.sync(day.deputy)
    reopen(day.groups, GROUP, 2, "KSV01", "GDV01")
    decide(day, paper(10_002))
    assert day.of_kind(ReceiptRekeyed)[0].writer == 2
    assert refusal(day, paper(20_001)) == "phone_in_use"


def test_the_entry_of_a_found_phone_is_first_and_its_paper_still_counts_once(day):
    """The phone turned up before anybody typed the paper in: its entry stays set aside."""
    push(day.branch, day.leader.seal(3), asker=day.leader)
    decide(day, paper())
    assert by_number(shown(day))[2].state == "set_aside"
    assert day.state.book.loans[2].effects[-1].received == 379_726
    assert faults(day) == ()


def test_L16_the_side_of_a_fork_that_was_not_chosen_is_typed_in_from_paper(tmp_path):
    day = copied(tmp_path)
    assert refusal(day, paper(3, interest=((LOAN_2, 50_000),))) == "fork_not_chosen"
    choice = ForkChoice(1, 0, 2, day.leader.hashes[2].hex())
    decide(day, choice, "biên bản")
    assert day.of_kind(ForkResolved)
    assert refusal(day, paper(2)) == "receipt_pending"
    decide(day, paper(3, interest=((LOAN_2, 50_000),)), "ảnh biên lai")
    settled(day, 240_000)
    assert day.state.book.days[DAY].difference_open == 0
    assert sum(effect.received for effect in day.state.book.loans[2].effects) == 140_000
    assert faults(day) == ()
    assert sum(sums(forks(day.state)).values()) == 0
    assert "đã nhập từ biên lai giấy" in "\n".join(fork_told(forks(day.state)[0]))


def test_L18_cash_above_a_revocation_waits_until_its_paper_is_typed_in(day):
    assert revoked_dong(day.state) == 0
    push(day.branch, day.leader.seal(3), asker=day.leader)
    assert revoked_dong(day.state) == 379_726
    decide(day, paper())
    assert revoked_dong(day.state) == 0
    decide(day, Reversal(2, None, "mistyped"), "biên bản")
    assert revoked_dong(day.state) == 379_726


def test_L4_the_digest_of_a_paper_names_its_text_and_a_repeat_keeps_no_second_one(day):
    for _ in range(2):
        decide(day, paper(), "ảnh biên lai")
        report = check(day.groups, lambda: None)
        assert (report.counts["texts"] > 0, report.notes.get("texts_unnamed")) == (True, None)


def test_a_reopened_phone_that_still_has_the_line_brings_the_same_receipt(tmp_path):
    """The old ledger turns up after the epoch was reopened: one number is one cash fact (L13)."""
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 271_233, 271_233)
    day.sync(day.leader)
    day.collect(day.leader, 2, 379_726, 379_726)
    reopen(day.groups, GROUP, 1, "KSV01", "GDV01")
    decide(day, paper())
    push(day.branch, day.leader.seal(2), asker=day.leader)
    day.close_round(day.deputy, 0)
    day.sync(day.deputy)
    day.count(0)
    day.settle()
    entry = by_number(shown(day))[2]
    assert (entry.state, entry.cause, entry.expected_dong) == ("set_aside", "same_receipt", 0)
    assert sum(effect.received for effect in day.state.book.loans[2].effects) == 379_726
    assert faults(day) == ()


WRONG = {
    "nothing": (paper(interest=()), "paper_empty"),
    "a line of nothing": (paper(interest=((LOAN_2, 0),)), "paper_empty"),
    "more than a phone may": (paper(interest=((LOAN_2, 10**12), ("1", 1))), "paper_too_much"),
    "a day to come": (paper(value_date=DAY + 1), "paper_future"),
    "a stranger": (paper(member="9"), "no_such_member"),
    "a neighbour's loan": (paper(interest=(("660001000201", 1),)), "not_members_loan"),
    "a neighbour's account": (paper(savings=(("700001", 1),)), "not_members_account"),
    "a loan twice": (paper(interest=((LOAN_2, 1), (LOAN_2, 2))), "number_twice"),
    "a number of no phone": (paper(90_001), "number_of_nobody"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_phone_could_have_printed_is_refused(day, name):
    wrong, code = WRONG[name]
    assert refusal(day, wrong) == code
