"""What a person reads on the terminal."""

import io
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace
from rich.console import Console

from edge import tables
from edge.cashless import TransferOrder, VisitOrder, note_visit, own_receipt, request_transfer, void
from edge.collection import Deposit
from edge.contact import Lease
from edge.enrol import Begun
from edge.household import household
from edge.members import find_member, members
from edge.receipt import receipt
from edge.results import Change, DayResult, Decided, Difference
from edge.rounds import Handover, RoundShown
from edge.standing import Repeated, standing
from edge.sync import Exchanged
from edge.transport import Outcome
from tests.edge.steps import take
from tests.edge.village import DAY


def drawn(draw, view):
    """What the table says, without its lines."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    draw(console, view)
    return console.file.getvalue()


def test_a_household_shows_arrears_promises_and_both_accounts(phone):
    member = find_member(phone, "3")
    note_visit(phone, member, VisitOrder("promised", DAY, 20_000, "Sau khi bán [lợn]"))
    take(phone, "3", "none", [Deposit(5_000, 2)])
    text = drawn(tables.household, household(phone, member))
    assert "gốc khoanh 30.000.000\u00a0đ; lãi chưa trả trong hạn 50.000\u00a0đ" in text
    assert "Sổ tiết kiệm 2 (TK2): 100.000\u00a0đ, chờ hạch toán 5.000\u00a0đ" in text
    assert "Sổ tiết kiệm 3 (TK3): 200.000\u00a0đ\n" in text
    assert "Lần đến 15/12/2025: hẹn trả, hẹn ngày 17/12/2025 20.000\u00a0đ – Sau khi bán [lợn]" in text
    assert "Đã thu cho ngày này: 5.000\u00a0đ" in text
    assert "cộng lại: lãi mang sang 50.000\u00a0đ = 50.000\u00a0đ, chưa phải thu" in text


def test_a_visit_without_a_promise_says_only_what_was_found(phone):
    member = find_member(phone, "2")
    note_visit(phone, member, VisitOrder("absent"))
    assert "Lần đến 15/12/2025: vắng nhà\n" in drawn(tables.household, household(phone, member))


def test_a_book_that_differs_is_said_aloud_on_every_view(phone):
    listed = replace(members(phone), agrees=False)
    shown = replace(standing(phone), agrees=False)
    house = replace(household(phone, find_member(phone, "1")), agrees=False)
    for text in (
        drawn(tables.members, listed),
        drawn(tables.standing, shown),
        drawn(tables.household, house),
    ):
        assert "Số phải thu trên máy KHÁC số của chi nhánh." in text


def test_a_voided_receipt_says_so(phone):
    take(phone, "1")
    void(phone, own_receipt(phone, 1), "mistyped")
    text = drawn(tables.receipt, receipt(phone, own_receipt(phone, 1), copy=True))
    assert "BẢN SAO" in text
    assert "Tình trạng: đã hủy" in text


def test_a_receipt_says_what_of_it_is_prepaid(phone):
    take(phone, "1", "rounded", [Deposit(20_000)])
    text = drawn(tables.receipt, receipt(phone, own_receipt(phone, 1), copy=False))
    assert "trong đó trả trước: 973\u00a0đ" in text
    assert "Gửi tiết kiệm, sổ TK1: 20.000\u00a0đ" in text
    assert "BẢN SAO" not in text


def test_a_round_that_agrees_says_nothing_of_a_difference():
    shown = RoundShown(1, date(2025, 12, 17), 500_000, 500_000, 0, 3, 1)
    assert drawn(tables.closed, shown).count("\n") == 2
    assert "Thiếu 1.000\u00a0đ" in drawn(tables.closed, replace(shown, difference_dong=-1_000))
    assert "Thừa 1.000\u00a0đ" in drawn(tables.closed, replace(shown, difference_dong=1_000))


def test_an_exchange_says_how_it_ended_and_how_long_to_wait():
    text = drawn(tables.exchanged, Exchanged(Outcome.BUSY, waiting=2, retry_after_s=30))
    assert "Máy chủ đang bận." in text
    assert "Thử lại sau 30 giây." in text
    text = drawn(tables.exchanged, Exchanged(Outcome.DONE, waiting=1))
    assert "chưa nhận hết" in text
    assert "Đã đồng bộ" not in text
    assert drawn(tables.exchanged, Exchanged(Outcome.WAITING)) == "Chi nhánh chưa duyệt máy này.\n"


def test_an_enrolment_that_did_not_get_through_says_why():
    assert drawn(tables.begun, Begun(Outcome.OFFLINE)).startswith("Chưa có mạng.")


def test_the_standing_says_what_stops_the_phone_and_what_waits(phone):
    take(phone, "1")
    request_transfer(phone, find_member(phone, "1"), TransferOrder(1, "principal", 1_000))
    held = replace(standing(phone).cash, other_days_dong=67_000)
    shown = replace(
        standing(phone),
        cash=held,
        stopped="behind_mark",
        evidence=1,
        handovers=(Handover(2, 7, 1, 500_000, to_me=True),),
        contact=None,
    )
    text = drawn(tables.standing, shown)
    assert "Máy tạm dừng ghi sổ. Sổ trên máy cũ hơn lần dùng trước" in text
    assert "Có 1 bằng chứng về hai sổ khác nhau." in text
    assert "Thêm tiền thu cho ngày trước, nộp cùng lần này: 67.000\u00a0đ." in text
    assert "Bàn giao chờ nhận: 2/7, 500.000\u00a0đ từ máy 2 sang máy 1." in text
    assert "Đã lưu trên máy: 2 dòng – 2 dòng chi nhánh chưa nhận. Vẫn thu tiếp được." in text
    never = replace(standing(phone).contact, done_at=None, at=datetime(2025, 12, 15, tzinfo=UTC))
    assert "lần cuối: chưa lần nào" in drawn(tables.standing, replace(shown, contact=never))


@pytest.mark.parametrize(
    ("days", "told"), [(2, "2025, còn 2 ngày;"), (0, "2025, hôm nay;"), (-41, "2025, đã qua 41 ngày;")]
)
def test_how_far_the_transaction_day_is_reads_as_people_say_it(phone, days, told):
    assert told in drawn(tables.standing, replace(standing(phone), days_left=days)).replace("\n", " ")


def test_P55_money_that_is_set_aside_is_said_beside_the_cash_in_hand(phone):
    take(phone, "1")
    shown = standing(phone)
    assert "Để riêng" not in drawn(tables.standing, shown)
    (mine,) = shown.entries
    aside = replace(mine, phase="set_aside", cause="fork", amount_dong=68_469)
    unpaid = replace(aside, kind="transfer", receipt_no=None, amount_dong=1_000)
    text = drawn(tables.standing, replace(shown, entries=(aside, mine, unpaid)))
    assert "không tính trong tiền đang giữ: 68.469\u00a0đ trên 1 biên lai" in text


@pytest.mark.parametrize("flags", [(), ("stale_book", "brand_new")])
def test_a_result_says_who_owns_each_difference(phone, flags):
    changes = (Change("principal_repaid", -854),)
    owned = Difference("short", flags, 263_342, 405_173, -142_685, 0, -854, changes)
    plain = Difference("matched", (), 68_469, 68_469, 0, 0, 0, ())
    result = DayResult(
        date(2025, 12, 17),
        400_000,
        331_531,
        -68_469,
        (
            Decided(1, "collected", 1, "Nguyễn Thị Ánh", 263_342, "posted", None, owned),
            Decided(2, "collected", 2, "Trần Văn An", 68_469, "posted", None, plain),
            Decided(3, "collected", 3, "Trần Văn An", 68_469, "held", "possible_duplicate", None),
            Decided(4, "transfer", None, "Đỗ Đức", 5_000, "posted", None, None),
        ),
    )
    text = drawn(tables.standing, replace(standing(phone), results=(result,)))
    assert "chênh lệch −68.469\u00a0đ" in text
    assert "lãi 263.342\u00a0đ, phải thu khi hạch toán 405.173\u00a0đ: thiếu so với phải thu" in text
    assert "hộ nộp lệch −142.685\u00a0đ, máy tính lệch 0\u00a0đ, sổ chi nhánh đổi −854\u00a0đ" in text
    assert "hộ đã trả gốc tại ngân hàng: −854\u00a0đ" in text
    assert "biên lai 3, Trần Văn An, 68.469\u00a0đ – treo, chờ làm rõ: có thể thu trùng với máy khác" in text
    assert "trích tiết kiệm dòng 4, Đỗ Đức, 5.000\u00a0đ – đã hạch toán" in text
    assert ("máy dùng sổ cũ; brand_new" in text) is bool(flags)
    assert text.count("hộ nộp lệch") == 1


def test_what_came_back_what_may_be_twice_and_how_long_the_branch_was_silent_are_said(phone):
    twice = (Repeated(2, 10_001, 1, 7, "Trần Văn An", 68_469),)
    shown = replace(standing(phone), returned=3, repeated=twice, lease=Lease(12, is_over=False))
    text = drawn(tables.standing, shown)
    assert "Chi nhánh đã khôi phục sổ từ bản lưu, nên 3 dòng" in text
    assert "Trần Văn An, 68.469\u00a0đ – biên lai 7 (máy 1) và 10001 (máy 2)" in text
    assert "cách đây 12 ngày" in text
