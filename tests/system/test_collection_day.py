"""The story of the demo, played with real processes, and its table worked apart from the code.

What was due comes from ``tests/examples/test_demo_group.py``, which computes it from the sample's figures
with fractions and shares no code with ``calc``: before the later export, and after it.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.test_demo_group import EXPECTED, EXPECTED_LATE

STORY = Path(__file__).parents[2] / "examples" / "collection_day.py"

# Receipt → {loan: interest paid}, as the story tells it; "full" is what the phone showed.
FULL = {1: (3, 4), 2: (2,), 7: (10, 11), 10001: (20,), 10002: (17,), 10003: (3, 4), 10005: (14,)}
PAID = {
    **{receipt: {loan: EXPECTED[loan] for loan in loans} for receipt, loans in FULL.items()},
    3: {5: 500_000},
    4: {12: 1_000_000 - EXPECTED[13], 13: EXPECTED[13]},
    5: {6: 0, 7: EXPECTED[7]},
    6: {10: 0, 11: 126_740},
    10004: {21: 0},
}
SAVED = {5: 50_000, 10004: 60_000}
VOIDED, HELD = {6}, {10003}
TO_INTEREST = {8: EXPECTED[8]}
TO_PRINCIPAL = 2_000_000
MISSING = 162_740


@pytest.fixture(scope="module")
def played(tmp_path_factory, request):
    """What the story printed, and the reconciliation that it wrote at the end."""
    report = tmp_path_factory.mktemp("story") / "day.json"
    words = [sys.executable, STORY, "--report", report, "--store", request.config.getoption("store")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads(report.read_text(encoding="utf-8"))


def receipts(day):
    return {entry["receipt_no"]: entry for entry in day["entries"] if entry["receipt_no"] is not None}


def cash_of(receipt):
    return sum(PAID[receipt].values()) + SAVED.get(receipt, 0)


def test_every_receipt_of_the_story_stands_once_with_what_was_paid(played):
    found = receipts(played[1])
    assert {
        number: {line["loan"]: line["amount_dong"] for line in entry["loans"]}
        for number, entry in found.items()
    } == PAID
    assert {
        number: sum(line["amount_dong"] for line in entry["savings"]) for number, entry in found.items()
    } == {number: SAVED.get(number, 0) for number in PAID}


def test_the_duplicate_is_held_the_void_is_voided_and_all_others_are_posted(played):
    assert {number: entry["state"] for number, entry in receipts(played[1]).items()} == {
        number: "voided" if number in VOIDED else "held" if number in HELD else "posted" for number in PAID
    }


def test_the_three_differences_of_every_posted_line_are_the_ones_worked_by_hand(played):
    for number, entry in receipts(played[1]).items():
        if number in VOIDED | HELD:
            continue
        for line in entry["loans"]:
            loan, amount = line["loan"], PAID[number][line["loan"]]
            assert (line["shown_dong"], line["due_at_position_dong"]) == (EXPECTED[loan], EXPECTED[loan])
            assert line["due_now_dong"] == EXPECTED_LATE[loan], (number, loan)
            assert line["delta_paid_dong"] == amount - EXPECTED[loan]
            assert line["delta_edge_dong"] == 0
            assert line["delta_book_dong"] == EXPECTED_LATE[loan] - EXPECTED[loan]
            assert sum(cause["amount_dong"] for cause in line["causes"]) == line["delta_book_dong"]


def test_the_totals_are_the_sums_of_the_posted_lines(played):
    posted = [PAID[number] for number in PAID if number not in VOIDED | HELD] + [TO_INTEREST]
    amount = sum(sum(lines.values()) for lines in posted)
    due_now = sum(EXPECTED_LATE[loan] for lines in posted for loan in lines)
    shown = sum(EXPECTED[loan] for lines in posted for loan in lines)
    assert played[1]["totals"] == {
        "amount_dong": amount,
        "due_now_dong": due_now,
        "delta_paid_dong": amount - shown,
        "delta_edge_dong": 0,
        "delta_book_dong": due_now - shown,
    }


def test_the_held_receipt_stays_in_expected_cash_and_the_shortage_is_named(played):
    expected = sum(cash_of(number) for number in PAID if number not in VOIDED)
    settlement = played[1]["cash"]["settlement"]
    assert settlement["expected_dong"] == expected
    assert settlement["counted_dong"] == expected - MISSING
    assert settlement["difference_dong"] == -MISSING
    assert settlement["open_dong"] == -MISSING
    assert played[1]["cash"]["owed_by"]["name"] == "Phạm Thị Lụa"


def test_the_states_add_up_to_everything_that_was_received(played):
    day = played[1]
    by_state = {one["state"]: one["amount_dong"] for one in day["states"]}
    moved = sum(TO_INTEREST.values()) + TO_PRINCIPAL
    assert by_state["held"] == sum(cash_of(number) for number in HELD)
    assert by_state["voided"] == sum(cash_of(number) for number in VOIDED)
    assert by_state["posted"] == sum(cash_of(n) for n in PAID if n not in VOIDED | HELD) + moved
    assert day["received_dong"] == sum(by_state.values())


def test_the_story_shows_the_statement_in_words_and_the_verdict_of_fsck(played):
    assert "verified from its bytes" in played[0]
    assert "Every đồng of difference has its owner" in played[0]
