"""Every code has its sentence, and every sentence its blanks."""

import string
import unicodedata

import pytest

from calc.states import Phase
from edge import entry_wording, standing
from edge.errors import Fault
from edge.exchange_wording import OUTCOMES, saved
from edge.fault_wording import FAULTS, sentence
from edge.transport import Outcome
from edge.wording import named
from tests.fakes.hub import NOW

EVERYTHING = {
    "typed": "x",
    "until": NOW,
    "left": 4,
    "noted": 1_000,
    "counted": 2_000,
    "member": "Nguyễn Thị Ánh",
    "loan": 1,
    "account": 2,
    "receipt": 3,
    "entry": 4,
    "writer": 5,
    "amount": 105_000,
    "handed": 200_000,
    "day": 20_439,
    "available": 0,
    "principal": 1,
    "file": "pin",
    "directory": "phone",
    "branch": "KM",
    "count": 5,
    "id": "ABCDEFGH",
    "most": 1_000,
    "text": "TOVAY-B1:",
    "wanted": "1, 3",
}


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_has_one_sentence_that_says_what_to_do(fault):
    said = sentence(fault, EVERYTHING)
    assert said.endswith(".")
    assert "{" not in said
    assert unicodedata.is_normalized("NFC", said)


def test_there_is_a_sentence_for_each_outcome_and_words_for_each_state():
    assert set(OUTCOMES) == set(Outcome)
    assert set(entry_wording.PHASES) == set(Phase)
    assert set(entry_wording.CARRIAGES) == set(standing.CARRIAGES)


def test_no_sentence_has_a_blank_that_nothing_fills():
    blanks = {name for said in FAULTS.values() for _, name, _, _ in string.Formatter().parse(said) if name}
    assert blanks <= set(EVERYTHING)


def test_amounts_days_and_moments_are_written_as_in_vietnam():
    assert sentence(Fault.COUNT_DIFFERS, EVERYTHING).startswith("Kê từng loại tiền được 1.000\u00a0đ,")
    assert "ngày 17/12/2025" in sentence(Fault.ALREADY_COLLECTED, EVERYTHING)
    assert "08:00 ngày 15/12/2025" in sentence(Fault.LOCKED, EVERYTHING)


def test_a_code_of_a_newer_branch_is_shown_as_it_is():
    assert named(entry_wording.CAUSES, "brand_new") == "brand_new"
    assert named(entry_wording.CAUSES, None) == ""


def test_the_saved_state_says_how_much_the_branch_lacks():
    assert saved(7, 0) == "Đã lưu trên máy: 7 dòng – chi nhánh đã nhận đủ."
    assert saved(7, 3) == "Đã lưu trên máy: 7 dòng – 3 dòng chi nhánh chưa nhận. Vẫn thu tiếp được."
