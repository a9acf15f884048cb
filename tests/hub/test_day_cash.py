"""The cash of a transaction day as people read it: by phone, counted, and owed by somebody."""

import pytest

from protocol.phone_facts import CashAccepted, CashHandedOver, Denomination, RoundClosed
from protocol.posting_facts import DifferenceResolved
from tests.facts import an
from tests.hub.days import DAY, NEXT, CollectionDay, told
from tests.hub.shown import shown


@pytest.fixture
def day(tmp_path):
    return CollectionDay(tmp_path)


@pytest.fixture
def story(tmp_path):
    return told(tmp_path)


def test_B18_cash_is_stated_by_phone_beside_what_its_round_signed(story):
    leader, deputy = shown(story).cash.writers
    assert (leader.role, leader.receipts, leader.voided, leader.expected_dong) == ("leader", 3, 1, 392_000)
    assert (deputy.role, deputy.receipts, deputy.expected_dong) == ("deputy", 2, 651_726)
    assert leader.closed.counted_dong == 392_000


def test_B17_a_shortage_has_a_name(story):
    story.count(771_726)
    cash = shown(story).cash
    assert (cash.count.expected_dong, cash.count.difference_dong) == (1_043_726, -272_000)
    assert cash.owed_by.name == "Phạm Thị Lụa"
    story.settle()
    cash = shown(story).cash
    assert (cash.settlement.difference_dong, cash.settlement.open_dong) == (-272_000, -272_000)
    assert cash.owed_by.number == "3000010001"


def test_a_shortage_that_was_resolved_is_owed_no_more(story):
    story.count(771_726)
    story.settle()
    story.say(an(DifferenceResolved, day=DAY, kind="shortage", amount=272_000), day=NEXT)
    cash = shown(story).cash
    assert (cash.settlement.difference_dong, cash.settlement.open_dong) == (-272_000, 0)
    assert cash.owed_by is None


def test_B18_a_handover_is_shown_on_both_phones(day):
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.deputy.write(CashHandedOver(to_writer=1, due_to=DAY, amount=379_000))
    handed = day.last(day.deputy)
    day.sync(day.deputy)
    day.leader.write(CashAccepted(handed, 379_000))
    day.close_round(day.leader, 379_000)
    day.sync(day.leader)
    leader, deputy = shown(day).cash.writers
    assert (leader.accepted_dong, leader.expected_dong) == (379_000, 379_000)
    assert (deputy.handed_over_dong, deputy.expected_dong) == (379_000, 726)


def test_a_count_that_receipts_have_overtaken_says_so(story):
    story.count(1_043_726)
    assert not shown(story).cash.count.is_outdated
    story.collect(story.leader, 2, 1_000, 379_726)
    story.sync(story.leader)
    assert shown(story).cash.count.is_outdated


def test_cash_of_an_earlier_day_that_nobody_counted_is_carried(day):
    day.collect(day.leader, 1, 271_233, 271_233)
    day.close_round(day.leader, 271_233)
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.sync()
    day.count(271_233)
    day.settle()
    deputy = shown(day, NEXT).cash.writers[1]
    assert (deputy.collected_dong, deputy.other_days_dong, deputy.expected_dong) == (0, 379_726, 379_726)


def plain(sentences):
    return [sentence.replace("\xa0", " ") for sentence in sentences]


def test_B18_cash_is_told_three_ways_and_every_difference_has_a_name(story):
    notes = (Denomination(200_000, 1), Denomination(100_000, 1), Denomination(20_000, 4))
    story.leader.write(RoundClosed(DAY, 392_000, 390_000, -1_000, notes, 3, 1))
    story.collect(story.deputy, 3, 5_000, 162_740)
    story.sync()
    story.count(1_040_000, notes=(Denomination(500_000, 2), Denomination(20_000, 2)))
    cash = shown(story).cash
    first, second = (writer.closed for writer in cash.writers)
    assert (first.standing_dong, first.expected_dong, first.counted_dong) == (392_000, 392_000, 390_000)
    assert (first.notes_dong, first.found_dong, first.unstated_dong) == (380_000, -2_000, 0)
    assert first.flags == ("notes_differ", "difference_misstated")
    assert (first.notes[0].face_dong, first.notes[0].count, first.notes[0].amount_dong) == (
        200_000,
        1,
        200_000,
    )
    assert (second.standing_dong, second.expected_dong, second.notes_dong) == (656_726, 651_726, None)
    assert (cash.count.notes_dong, cash.count.flags, cash.count.difference_dong) == (1_040_000, (), -8_726)
    assert plain(cash.count.parts.sentences) == [
        "giao dịch viên đếm ít hơn 1.041.726 đ mà các điện thoại báo nộp: −1.726 đ",
        "người giữ máy đếm ít hơn số mà máy tính phải có: −2.000 đ",
        "khi khóa sổ máy báo ít hơn số phiếu hiện có trong sổ: −5.000 đ",
    ]


def test_a_count_that_receipts_have_overtaken_explains_nothing(story):
    story.count(1_043_726)
    assert shown(story).cash.count.parts.sentences == ()
    story.collect(story.leader, 2, 1_000, 379_726)
    story.sync(story.leader)
    assert shown(story).cash.count.parts is None
