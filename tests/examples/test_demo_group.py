"""Group KM-001: what its households owe to 17/12/2025, worked apart from the code."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from calc.book import fold
from calc.dues import dues
from hub.service.group.closing import end_run
from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch
from hub.service.loan_book.plan import plan_import
from hub.service.loan_book.roster import roster_of
from hub.service.reading.files import read_book
from protocol.day import to_day
from protocol.ids import Position

SAMPLE = Path(__file__).parents[2] / "examples" / "kinh_mon"
DAY = to_day(date(2025, 12, 17))
MILLION = 1_000_000


def half_up(amount):
    return int(amount + Fraction(1, 2)) if amount >= 0 else -int(-amount + Fraction(1, 2))


def interest(*parts):
    """Whole đồng of parts (millions of principal, % a year, days)."""
    return half_up(
        sum(Fraction(str(rate)) / 100 * millions * MILLION * days / 365 for millions, rate, days in parts)
    )


# 17/11 to 01/12/2025 is 14 days, to 17/12 another 16; to 02/12 is 15 days, and 15 more. Overdue is 130 %.
EXPECTED = {
    1: interest((50, 7.92, 14), (50, 7.488, 16)),
    2: 368_679,  # published: 70 m at 6.6 % until 01/12, then 6.24 %
    3: interest((40, 6.6, 14), (40, 6.24, 16)),
    4: interest((20, 9, 14), (20, 8.4, 16)),
    5: interest((30, 9, 29)) + interest((30, 11.7, 63)) + interest((30, 11.7, 14), (30, 10.14, 16)),
    6: 0,
    7: interest((20, 6.6, 14), (20, 6.24, 16)),
    8: interest((30, 6.6, 14), (30, 6.24, 16)),
    9: interest((30, 7.92, 14), (30, 7.488, 16)) - 200_000,
    10: 0,
    11: interest((50, 3.96, 30)),
    12: interest((40, 7.92, 61)) + interest((40, 7.92, 14), (40, 7.488, 16)),
    13: interest((25, 9, 14), (25, 8.4, 16)),
    14: interest((80, 7.92, 15), (70, 7.92, 15)),
    15: 137_425,
    16: interest((20, 9, 14), (20, 8.4, 16)),
    17: interest((60, 6.6, 15), (30, 8.58, 15), (90, 6.6, 15)),
    18: interest((15, 11.7, 30))
    + interest((30, 9, 14), (30, 7.8, 16), (15, 11.7, 14), (15, 10.14, 16))
    - 50_000,
    19: interest((60, 8.25, 14), (60, 7.8, 16)),
    20: interest((30, 6.6, 68), (20, 6.6, 54), (-5, 6.6, 14), (45, 6.6, 14), (45, 6.24, 16))
    - interest((30, 6.6, 68), (20, 6.6, 54), (-5, 6.6, 14)),
    21: 0,
}
# The decision that comes late takes 2 points off HN, CN and MTN from 30/11, where their history here begins:
# 13 days, 1 day, 16 days. Loan 2 has 10 m less from 12/12: 11 days of December, then 5.
EXPECTED_LATE = EXPECTED | {
    1: interest((50, 7.92, 13), (50, 5.92, 1), (50, 5.488, 16)),
    2: interest((70, 6.6, 13), (70, 4.6, 1), (70, 4.24, 11), (60, 4.24, 5)),
    3: interest((40, 6.6, 13), (40, 4.6, 1), (40, 4.24, 16)),
    7: interest((20, 6.6, 13), (20, 4.6, 1), (20, 4.24, 16)),
    8: interest((30, 6.6, 13), (30, 4.6, 1), (30, 4.24, 16)),
    9: interest((30, 7.92, 13), (30, 5.92, 1), (30, 5.488, 16)) - 200_000,
    12: interest((40, 7.92, 61)) + interest((40, 7.92, 13), (40, 5.92, 1), (40, 5.488, 16)),
    19: interest((60, 8.25, 13), (60, 6.25, 1), (60, 5.8, 16)),
    # Its whole history is here, so the points go off from 01/10: 30 m and 20 m for 21 and 7 days before that.
    20: interest(
        (30, 6.6, 21), (20, 6.6, 7), (50, 4.6, 33), (45, 4.6, 28), (45, 4.24, 16)
    ) - interest((30, 6.6, 68), (20, 6.6, 54), (-5, 6.6, 14)),
}  # fmt: skip


def imported(folder, directory, logs):
    """Directory and entries of every group after an import, every run closed."""
    rosters = {group: roster_of(group, entries, lambda _: None) for group, entries in logs.items()}
    done = plan_import(
        read_book(folder),
        Branch(rosters, directory),
        DAY,
        lambda: bytes(16),
        lambda group, run: end_run(book_of(logs.get(group, ())), run, DAY, "CB001"),
    )
    assert not done.refused
    return done.directory, {
        group.group: (*logs.get(group.group, ()), *group.entries) for group in done.groups
    }


def book_of(entries):
    return fold((Position(0, seq), entry) for seq, entry in enumerate(entries, 1))


@pytest.fixture(scope="module")
def logs():
    """Entries of every group after the export, and after the later one."""
    directory, first = imported(SAMPLE, Directory(), {})
    return first, imported(SAMPLE / "late", directory, first)[1]


def payable(entries):
    return {due.loan: due.payable for due in dues(book_of(entries), DAY)}


def test_each_loan_of_the_demo_group_is_due_what_was_worked_by_hand(logs):
    assert payable(logs[0]["KM-001"]) == EXPECTED


def test_after_the_later_export_the_dues_are_what_was_worked_by_hand(logs):
    assert payable(logs[1]["KM-001"]) == EXPECTED_LATE


def test_the_page_of_the_sample_tells_the_same_dues():
    page = (SAMPLE / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| \d+ \|.*\| (-?[\d,]+) \|$", page, re.MULTILINE)
    assert [int(due.replace(",", "")) for due in told] == list(EXPECTED.values())


def test_no_group_of_the_sample_has_an_odd_fact(logs):
    for entries in logs[0].values():
        assert not book_of(entries).problems


def test_loans_with_their_whole_history_were_paid_to_their_last_transaction_day(logs):
    day = to_day(date(2025, 11, 17))
    book = book_of(logs[0]["KM-001"])
    assert {due.loan: due.payable for due in dues(book, day) if due.loan == 20} == {20: 0}
