"""``tovay-hub rekey-receipt``: what it says of a paper that is typed in, or why it cannot be."""

import json

import pytest

from hub.app import opened
from hub.cli import main
from protocol.posting_facts import ReceiptRekeyed
from tests.hub.builders import GROUP
from tests.hub.days import NOON, CollectionDay, OpenedBranch
from tests.hub.pushes import revoke

PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")
WHO = ("--member", "3000010003", "--receipt", 2, "--value-date", "16/12/2025")
LINES = ("--interest", "660001000203=100.000", "--savings", "700001=20000")


@pytest.fixture
def run(capfdbinary, monkeypatch, directory, tmp_path):
    """Run the command on a branch whose leader's phone was lost."""
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())
    with opened(directory, {"TOVAY_NOW": NOON.isoformat()}, sealing=True) as hub:
        day = CollectionDay(tmp_path, branch=OpenedBranch(hub))
        day.collect(day.leader, 1, 271_233, 271_233)
        day.sync(day.leader)
        revoke(day.branch, day.leader)
    paper = tmp_path / "ảnh.jpg"
    paper.write_bytes(b"a photograph")

    def run(*words):
        asked = ["rekey-receipt", "--dir", directory, "--group", GROUP, "--paper", paper, *words, *PEOPLE]
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in asked])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode().replace("\xa0", " "), wrong.decode().replace("\xa0", " ")

    return run


def typed_in(directory):
    with opened(directory, {}) as hub:
        state = hub.groups.load(GROUP)
        return [placed.entry for placed in state.log.entries if isinstance(placed.entry, ReceiptRekeyed)]


def test_a_paper_is_looked_at_first_then_typed_in_once(run, directory):
    code, said, wrong = run(*WHO, *LINES, "--dry-run")
    assert (code, wrong, typed_in(directory)) == (0, "", [])
    figures = [
        "  lãi phải thu đến 17/12/2025 của khoản vay 660001000203, Hoàng Văn Vượng: +162.740 đ → +62.740 đ",
        "  số dư sổ tiết kiệm 700001: +500.000 đ → +520.000 đ",
        "  tiền còn phải nộp của tổ phó: 0 đ → +120.000 đ",
    ]
    assert said.splitlines() == ["Xem trước, chưa ghi gì:", *figures]
    code, said, _ = run(*WHO, *LINES)
    assert (code, said.splitlines()) == (0, ["Đã ghi vào sổ của tổ KM-001:", *figures])
    assert not json.loads(run(*WHO, *LINES, "--json")[1])["changed"]
    (entry,) = typed_in(directory)
    assert (entry.receipt_no, entry.decided_by, entry.confirmed_by) == (2, "KSV01", "GDV01")


WRONG = {
    "no line": ((), 1, "Hãy ghi --interest hoặc --savings"),
    "a line without a sum": (
        ("--interest", "660001000203"),
        2,
        "Giá trị của --interest không hợp lệ: số đồng",
    ),
    "a line without a number": (("--savings", "=5"), 2, "ví dụ 6600010002001=105.000"),
    "a neighbour's loan": (("--interest", "660001000201=5"), 1, "không có khoản vay số 660001000201"),
    "a number that came": ((*LINES, "--receipt", 1), 1, "đã về từ điện thoại và chờ hạch toán"),
    "a number of no phone": ((*LINES, "--receipt", 90_001), 1, "không được cấp cho máy nào"),
    "a phone in use": ((*LINES, "--receipt", 10_001), 1, "máy số 2, máy này vẫn đang dùng"),
}


def test_what_cannot_be_typed_in_is_said_in_one_sentence(run, directory):
    for name, (words, code, sentence) in WRONG.items():
        got, said, wrong = run(*WHO, *words)
        assert (name, got, said, sentence in wrong) == (name, code, "", True), wrong
    assert typed_in(directory) == []
