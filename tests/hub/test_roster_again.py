"""A later export meets what the log holds already: nothing twice, nothing edited, nothing by halves."""

from datetime import date

import pytest

from hub.service.book_rows import BadRow, Reason
from hub.service.directory import Directory
from hub.service.roster import Branch
from hub.service.roster_state import roster_of
from protocol.day import to_day
from tests.hub.exports import with_cells, with_row, write_export
from tests.hub.imports import imported, plan, refused


@pytest.mark.parametrize(
    ("name", "line", "cells"),
    [
        ("policies", 2, {"signed_on": "2015-06-04"}),
        ("rate_decisions", 2, {"ppm": "66001"}),
        ("groups", 2, {"organisation": "HND"}),
        ("savings", 2, {"balance": "1"}),
        ("savings", 2, {"customer": "C2", "as_of": "2025-12-31"}),
        ("loans", 2, {"in_term": "50000001"}),
        ("loans", 2, {"programme": "NS", "as_of": "2025-12-31"}),
        ("loans", 3, {"ppm": "84000"}),
        ("loan_events", 3, {"amount": "5000001"}),
        ("loan_events", 3, {"loan": "L2"}),
        ("savings_events", 2, {"kind": "withdrawal"}),
    ],
)
def test_a_row_that_says_another_than_the_log_is_refused(tmp_path, name, line, cells):
    branch, _ = imported(write_export(tmp_path / "first"))
    spoiled = write_export(tmp_path / "later", only=[], **{name: with_cells(name, line, **cells)})
    assert refused(spoiled, branch) == [(f"{name}.csv", line, "", Reason.CHANGED)]
    assert not plan(spoiled, branch).groups


@pytest.mark.parametrize(
    ("name", "line", "cells"),
    [
        ("savings", 2, {"balance": "1", "as_of": "2025-12-31"}),
        ("loans", 2, {"in_term": "45000000", "as_of": "2025-12-31", "due_on": "2030-01-01"}),
        ("loans", 3, {"due_on": "2030-01-01"}),
    ],
)
def test_what_later_days_change_is_no_contradiction_and_no_fact(tmp_path, name, line, cells):
    branch, _ = imported(write_export(tmp_path / "first"))
    later = plan(write_export(tmp_path / "later", only=[], **{name: with_cells(name, line, **cells)}), branch)
    assert (later.groups, later.refused) == ((), ())


def test_another_name_or_telephone_is_told_and_changes_nothing(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    folder = write_export(
        tmp_path / "later",
        groups=with_cells("groups", 2, name="Tổ số 2"),
        members=with_cells("members", 2, phone="0100001009", address=""),
    )
    later = plan(folder, branch)
    assert (later.groups, later.refused) == ((), ())
    assert later.changed == (
        BadRow("groups.csv", 2, "name", Reason.CHANGED),
        BadRow("members.csv", 2, "address", Reason.CHANGED),
        BadRow("members.csv", 2, "phone", Reason.CHANGED),
    )


def test_an_erased_text_is_not_compared(tmp_path):
    folder = write_export(tmp_path)
    _, logs = imported(folder)
    erased = Branch({"KM-001": roster_of("KM-001", logs["KM-001"], lambda _: None)}, Directory())
    assert plan(folder, erased).changed == ()


def test_a_reference_that_another_group_holds_is_refused(tmp_path):
    two = {
        "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
        "members": with_row("members", group="KM-002", customer="C3"),
        "loans": with_row("loans", group="KM-002", customer="C3", loan="L3"),
    }
    branch, _ = imported(write_export(tmp_path / "first", **two))
    stolen = with_cells("loan_events", 2, loan="L3", effective_on="2025-09-11")
    found = refused(write_export(tmp_path / "later", only=[], loan_events=stolen), branch)
    assert found == [("loan_events.csv", 2, "core_ref", Reason.REPEATED_KEY)]


def test_a_group_listed_anew_from_a_later_day_is_a_new_fact(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    moved = with_cells("groups", 2, valid_from="2026-01-01")
    points = with_cells("points", 2, day_of_month="20")
    later = plan(write_export(tmp_path / "later", only=[], groups=moved, points=points), branch)
    [entry] = later.groups[0].entries
    assert (entry.effective, entry.day_of_month) == (to_day(date(2026, 1, 1)), 20)
    assert [row.code for row in later.directory.groups] == ["KM-001", "KM-001"]
    assert [row.day_of_month for row in later.directory.points] == [20]


def test_one_bad_row_in_the_middle_plans_nothing_and_lists_every_bad_row(tmp_path):
    folder = write_export(
        tmp_path,
        loans=with_cells("loans", 2, in_term="x"),
        loan_events=with_cells("loan_events", 3, effective_on="2025-13-01"),
        policies=with_cells("policies", 2, choice=""),
        savings=with_cells("savings", 2, customer="C9"),
    )
    assert refused(folder) == [
        ("loan_events.csv", 3, "effective_on", Reason.NOT_A_DAY),
        ("loans.csv", 2, "in_term", Reason.NOT_A_NUMBER),
        ("policies.csv", 2, "choice", Reason.EMPTY_CELL),
        ("savings.csv", 2, "customer", Reason.UNKNOWN_NAME),
    ]
    made = plan(folder)
    assert (made.groups, made.directory) == ((), Directory())
