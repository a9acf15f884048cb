"""One group's transaction day as people read it: every đồng has an owner, and every sum adds up.

Figures are those of ``tests.hub.days``; a repayment of 10,000,000 đ on 12/12/2025 saves five days of interest
at 6.24 %: 360,132 đ instead of 368,679 đ for member 2.
"""

from datetime import date

import msgspec
import pytest

from hub.errors import DayError
from hub.service.day.reconciliation import group_day
from hub.service.day.shown import CauseShown
from hub.service.day.staged import day_to_show
from hub.service.group.directory import Directory
from hub.service.loan_book.imports import directory_of
from protocol.day import to_day
from protocol.loan_facts import InterestReceived, LoanFrozen
from protocol.phone_facts import TransferRequested, Visited
from protocol.posting_facts import Reversed
from protocol.roster_facts import RateDecided
from tests.facts import an
from tests.hub.checked import checked
from tests.hub.days import DAY, NEXT, SINCE, CollectionDay, told
from tests.hub.pushes import push
from tests.hub.shown import by_number, shown


@pytest.fixture
def day(tmp_path):
    return CollectionDay(tmp_path)


@pytest.fixture
def story(tmp_path):
    return told(tmp_path)


def test_B16_a_receipt_that_was_paid_as_shown_is_explained_by_what_the_branch_learnt(story):
    entry = by_number(shown(story))[10_002]
    (loan,) = entry.loans
    assert (loan.amount_dong, loan.shown_dong, loan.due_now_dong) == (379_726, 379_726, 360_132)
    assert (loan.delta_paid_dong, loan.delta_edge_dong, loan.delta_book_dong) == (0, 0, -19_594)
    assert [(cause.code, cause.amount_dong) for cause in loan.causes] == [
        ("rate_decided", -11_047),
        ("principal_repaid", -8_547),
    ]
    assert [cause.sentence.replace("\xa0", " ") for cause in loan.causes] == [
        "Quyết định 2553/QĐ-TTg: lãi suất 6,24 %/năm từ 01/12/2025: −11.047 đ",
        "trả gốc 10.000.000 đ tại quầy 12/12/2025: −8.547 đ",
    ]
    assert (entry.outcome, entry.beyond_asked_dong) == ("over", 19_594)
    assert entry.flags == ("stale_book",)


def test_the_age_of_a_book_is_told_only_of_a_receipt_whose_due_it_moved(day):
    day.collect(day.leader, 1, 271_233, 271_233)
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.sync()
    day.repay_at_the_counter(loan=2)
    entries = by_number(shown(day))
    assert entries[1].flags == entries[10_001].flags == ("stale_book",)
    assert entries[1].sentence == "khớp với sổ"
    assert entries[10_001].sentence.endswith("; máy dùng sổ cũ")


def test_what_a_frozen_loan_was_not_asked_for_is_too_much_and_yet_not_prepaid(day):
    day.collect(day.leader, 1, 200_000, 271_233)
    day.sync()
    day.say(an(LoanFrozen, loan=1, effective=DAY, until=NEXT, amount=50_000_000))
    assert by_number(shown(day))[1].sentence.replace("\xa0", " ") == "thừa 200.000 đ so với sổ"


def test_B16_what_the_household_paid_differently_is_its_own(story):
    (loan,) = by_number(shown(story))[1].loans
    assert (loan.delta_paid_dong, loan.delta_book_dong) == (767, -7_891)


def test_B17_the_second_of_two_equal_receipts_is_held_and_names_the_first(story):
    entry = by_number(shown(story))[10_001]
    assert (entry.state, entry.cause, entry.repeats) == ("held", "possible_duplicate", 1)
    assert entry.expected_dong == entry.cash_dong == 272_000
    assert (entry.outcome, entry.totals, entry.loans[0].due_now_dong) == (None, None, None)
    assert entry.sentence.startswith("có thể thu trùng với biên lai số 1; tiền vẫn nằm trong số phải nộp")


def test_B8_a_voided_receipt_is_shown_and_not_expected(story):
    entry = by_number(shown(story))[2]
    assert (entry.state, entry.amount_dong, entry.cash_dong, entry.expected_dong) == (
        "voided",
        70_000,
        70_000,
        0,
    )


def test_B9_transfers_move_no_cash_and_no_more_than_the_balance(story):
    interest, principal = (entry for entry in shown(story).entries if entry.receipt_no is None)
    assert (interest.kind, interest.posted_dong, interest.cash_dong) == ("transfer_to_interest", 40_000, 0)
    # 500,000 đ, and 20,000 đ that were deposited, less 40,000 đ.
    assert (principal.kind, principal.amount_dong, principal.posted_dong) == (
        "transfer_to_principal",
        600_000,
        480_000,
    )
    assert "short_balance" in principal.flags
    assert [one.amount_dong for one in principal.savings] == [-480_000]


def test_states_add_up_to_what_was_received_after_every_step(day):
    steps = [
        lambda: day.collect(day.leader, 1, 272_000, 271_233),
        lambda: day.collect(day.deputy, 1, 272_000, 271_233),
        lambda: day.void(day.leader, day.last(day.leader)),
        lambda: day.collect(day.leader, 3, 0, 162_740, savings=50_000),
        lambda: day.collect(day.leader, 3, 162_740, 162_740, receipt=2),
        lambda: day.collect(day.leader, 2, 1_000, 379_726, receipt=99_999),
        lambda: day.collect(day.leader, 9, 5_000, 0),
        lambda: day.transfer(day.deputy, 40_000, 162_740),
        lambda: day.leader.write(Visited(2, DAY, "promised", NEXT, 100_000, None)),
        day.lower_the_rate,
        lambda: day.close_round(day.leader, 300_000),
        lambda: day.close_round(day.deputy, 272_000),
    ]
    received = 0
    for step in steps:
        step()
        day.sync()
        found = shown(day)
        assert found.received_dong >= received
        received = found.received_dong
    # The household's 272,000 đ, twice; 50,000; 162,740; 1,000; 5,000 in cash, and 40,000 out of savings.
    assert received == 2 * 272_000 + 50_000 + 162_740 + 1_000 + 5_000 + 40_000
    day.count(500_000)
    assert shown(day).received_dong == received
    day.settle()
    assert shown(day).received_dong == received
    states = {one.state: one.amount_dong for one in shown(day).states}
    # A receipt under a number that was used before is no second cash fact; an unknown loan waits in suspense.
    assert states == {
        "pending": 0,
        "posted": 272_000 + 50_000 + 1_000 + 40_000,
        "held": 5_000,
        "reversed": 0,
        "voided": 272_000,
        "set_aside": 162_740,
    }


def test_a_preview_is_what_the_settlement_then_posts(story):
    before = shown(story)
    assert (before.stage, before.is_preview, before.position.seq) == ("open", True, len(story.entries))
    story.count(1_043_726)
    counted = shown(story)
    assert (counted.stage, counted.is_preview) == ("counted", True)
    story.settle()
    after = shown(story)
    assert (after.stage, after.is_preview) == ("settled", False)
    assert before.entries == counted.entries == after.entries
    assert before.totals == after.totals


def test_looking_appends_nothing(story):
    before = story.entries
    shown(story)
    assert story.entries == before


def test_B4_a_settled_day_reads_the_same_whatever_comes_later(story):
    story.count(1_043_726)
    story.settle()
    closed = shown(story)
    story.say(
        an(RateDecided, number=6, kind="points", ppm=20_000, effective_from=SINCE, reach="all"),
        an(InterestReceived, loan=1, effective=DAY, amount=5_000, core_ref="GD-9"),
        an(Reversed, posted=(0, closed.position.seq - 1), day=NEXT, cause="mistyped"),
        day=NEXT,
    )
    story.collect(story.leader, 1, 33_000, 271_233)
    story.sync(story.leader)
    again = shown(story)
    (reversed_,) = again.corrections
    assert again == msgspec.structs.replace(closed, late=1, corrections=(reversed_,))
    assert reversed_.sentence.replace("\xa0", " ") == (
        "đảo trích tiết kiệm trả gốc của tổ trưởng, vì ghi nhầm: −480.000 đ"
    )
    assert (reversed_.kind, reversed_.amount_dong, reversed_.totals) == ("reversed", -480_000, None)


def test_B4_a_receipt_behind_a_gap_is_no_matter_of_the_day_that_was_settled_meanwhile(day):
    leader, deputy = day.leader, day.deputy
    day.collect(leader, 3, 1_000, 162_740)
    day.collect(leader, 2, 379_726, 379_726)
    push(day.branch, leader.seal(2), asker=leader)
    day.collect(deputy, 2, 379_726, 379_726)
    day.close_round(deputy, 379_726)
    day.sync(deputy)
    day.count(379_726)
    day.settle()
    closed = shown(day)
    push(day.branch, leader.seal(1), asker=leader)
    leader.sent = 2
    assert shown(day) == msgspec.structs.replace(closed, late=2)
    entries = by_number(shown(day, NEXT))
    assert {number: (one.state, one.cause) for number, one in entries.items()} == {
        1: ("posted", None),
        2: ("held", "possible_duplicate"),
    }
    assert checked(day).faults == ()


def test_a_late_receipt_belongs_to_the_day_that_takes_it(story):
    story.count(1_043_726)
    story.settle()
    story.collect(story.leader, 2, 10_000, 379_726)
    story.sync(story.leader)
    assert 4 not in by_number(shown(story))
    entry = by_number(shown(story, NEXT))[4]
    assert (entry.state, entry.flags) == ("posted", ("stale_book", "late"))
    assert day_to_show(story.state) == NEXT


def test_B16_the_posting_of_another_phone_is_a_cause_with_its_receipt(day):
    day.collect(day.leader, 1, 100_000, 271_233)
    day.collect(day.deputy, 1, 171_233, 271_233)
    day.close_round(day.leader, 100_000)
    day.close_round(day.deputy, 171_233)
    day.sync()
    entry = by_number(shown(day))[10_001]
    (loan,) = entry.loans
    (cause,) = loan.causes
    assert isinstance(cause, CauseShown)
    assert (loan.due_now_dong, loan.delta_book_dong, entry.outcome) == (171_233, -100_000, "matched")
    assert cause.sentence.replace("\xa0", " ") == "hạch toán biên lai số 1 của tổ trưởng: −100.000 đ"


def test_B16_a_due_that_the_phone_computed_wrongly_is_loud(day):
    day.collect(day.leader, 1, 271_000, 271_000)
    day.close_round(day.leader, 271_000)
    day.sync()
    (entry,) = group_day(day.state, directory_of(day.branch.store), DAY).entries
    assert entry.totals.delta_edge_dong == 233
    assert "edge_defect" in entry.flags
    assert entry.sentence.endswith("máy tính sai, cần báo kỹ thuật")


def test_the_day_that_is_open_is_shown_first_and_then_the_last_one(story):
    assert day_to_show(story.state) == DAY
    story.count(0)
    story.settle()
    assert day_to_show(story.state) == NEXT


def test_a_transfer_out_of_somebody_elses_savings_waits_in_suspense(day):
    strange = an(TransferRequested, member=1, due_to=DAY, account=1, loan=1, amount=40_000, knows=day.knows())
    day.leader.write(strange)
    day.sync()
    (entry,) = shown(day).entries
    assert (entry.state, entry.cause, entry.posted_dong) == ("held", "unknown_account", 0)
    assert [one.amount_dong for one in entry.savings] == [-40_000]


def test_what_the_directory_does_not_name_goes_by_its_code(day):
    heading = group_day(day.state, Directory(), DAY).group
    assert (heading.point, heading.leader) == ("DGD-KINHMON", None)


def test_a_day_that_was_never_opened_is_not_shown(day):
    with pytest.raises(DayError) as caught:
        group_day(day.state, directory_of(day.branch.store), to_day(date(2025, 12, 18)))
    assert caught.value.code == "day_unknown"


def test_the_json_of_a_day_keeps_its_keys(story):
    plain = msgspec.to_builtins(shown(story))
    assert list(plain) == [
        "group",
        "day",
        "stage",
        "is_preview",
        "position",
        "entries",
        "totals",
        "money",
        "cash",
        "corrections",
        "states",
        "received_dong",
        "late",
    ]
    amounts = [name for name in plain["entries"][0] if name.endswith("_dong")]
    assert amounts == ["amount_dong", "cash_dong", "posted_dong", "expected_dong", "beyond_asked_dong"]
    assert plain["group"]["leader"] == {"member": 1, "number": "3000010001", "name": "Phạm Thị Lụa"}
