"""An import is tried before it is sealed: every group ends with a book, or the rows to blame are named."""

from datetime import date

import pytest

from calc.book import Book, fold
from calc.dues import book_digest, dues
from hub.service.book_rows import BadRow, Reason
from hub.service.closing import end_run
from hub.service.directory import Directory
from hub.service.roster import Branch, close_books
from hub.service.roster_state import roster_of
from protocol.day import to_day
from protocol.ids import Position
from protocol.loan_facts import (
    Disbursed,
)
from protocol.posting_facts import BookReady, DayOpened
from protocol.roster_facts import (
    RateDecided,
)
from tests.facts import an
from tests.hub.exports import FILES, with_cells, with_row, write_export
from tests.hub.imports import DAY, imported, kinds, plan


def closed(made, books=None):
    ticks = []
    done = close_books(
        made,
        lambda group, run: end_run((books or {}).get(group, Book()), run, DAY, "CB001"),
        lambda: ticks.append(1),
    )
    assert len(ticks) == len(made.groups)
    return done


def test_L12_every_touched_group_ends_with_a_book_that_can_be_checked(tmp_path):
    [group] = closed(plan(write_export(tmp_path))).groups
    opened, ready = group.entries[-2:]
    assert (opened, ready.day) == (DayOpened(DAY, 4, "CB001"), DAY)
    book = fold((Position(0, seq), entry) for seq, entry in enumerate(group.entries, 1))
    assert ready == BookReady(DAY, book_digest(book, DAY))
    assert not book.problems
    # 17/11 to 17/12/2025 at 6.6 %: 50 m for 15 days (13 carried), 45 m for 15; 20 m at 9 % from 10/09.
    assert [due.payable for due in dues(book, DAY)] == [257_671, 483_288]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param({"amount": "50000001"}, ("loan_events.csv", 3), id="more repaid than was owed"),
        pytest.param(
            {"kind": "instalment_overdue", "amount": "60000000"}, ("loan_events.csv", 3), id="overdue"
        ),
        pytest.param({"kind": "freeze_lifted"}, ("loan_events.csv", 3), id="no freeze to lift"),
    ],
)
def test_a_book_that_cannot_be_is_refused_with_its_row(tmp_path, event, expected):
    folder = write_export(tmp_path, loan_events=with_cells("loan_events", 3, **event))
    done = closed(plan(folder))
    assert [(row.file, row.line) for row in done.refused] == [expected]
    assert {row.reason for row in done.refused} == {Reason.IMPOSSIBLE}
    assert done.groups == ()


def test_a_loan_whose_due_cannot_be_computed_is_refused_with_its_own_row(tmp_path):
    # 66,001 ppm × 1.3 is no whole number of ppm, and 1 m is overdue.
    loans = with_cells("loans", 2, ppm="66001", overdue="1000000")
    folder = write_export(tmp_path, loans=loans, loan_events=FILES["loan_events"].rsplit("G2", 1)[0])
    assert [(row.file, row.line) for row in closed(plan(folder)).refused] == [("loans.csv", 2)]


def test_an_unknown_policy_is_refused_before_it_is_signed(tmp_path):
    folder = write_export(tmp_path, policies=with_cells("policies", 2, policy="roundin"))
    assert [(row.file, row.line) for row in closed(plan(folder)).refused] == [("policies.csv", 2)]


def test_a_rate_that_is_no_whole_ppm_is_refused_with_the_decision(tmp_path):
    branch, logs = imported(write_export(tmp_path / "first"))
    books = {"KM-001": fold((Position(0, seq), entry) for seq, entry in enumerate(logs["KM-001"], 1))}
    factor = with_row("rate_decisions", reference="1990/QĐ-TTg", programme="HN", kind="factor", ppm="333333")
    made = plan(write_export(tmp_path / "later", only=[], rate_decisions=factor), branch)
    done = closed(made, books)
    assert [(row.file, row.line, row.reason) for row in done.refused] == [
        ("rate_decisions.csv", 4, Reason.IMPOSSIBLE)
    ]


def test_a_copied_decision_that_makes_a_book_impossible_is_blamed_on_no_row(tmp_path):
    two = {
        "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
        "members": with_row("members", group="KM-002", customer="C3"),
        "loans": with_row("loans", group="KM-002", customer="C3", loan="L3", programme="HN"),
    }
    _, logs = imported(write_export(tmp_path / "first", **two))
    factor = an(RateDecided, number=5, kind="factor", ppm=333_333, effective_from=to_day(date(2025, 10, 1)))
    logs["KM-001"].append(factor)
    logs["KM-002"].append(an(Disbursed, loan=1, effective=to_day(date(2025, 10, 10)), core_ref="G8"))
    rosters = {group: roster_of(group, log, lambda _: None) for group, log in logs.items()}
    books = {
        group: fold((Position(0, seq), entry) for seq, entry in enumerate(log, 1))
        for group, log in logs.items()
    }
    made = plan(write_export(tmp_path / "later", only=["programmes"]), Branch(rosters, Directory()))
    assert [(group.group, kinds(group.entries)) for group in made.groups] == [("KM-002", [RateDecided])]
    assert closed(made, books).refused == (BadRow("", 0, "", Reason.IMPOSSIBLE),)
