"""A later export meets what the log holds already: nothing twice, nothing edited, changes as dated facts."""

from datetime import date

import pytest

from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch
from hub.service.loan_book.roster import roster_of
from hub.service.reading.reasons import Reason
from protocol.day import to_day
from protocol.entries import decode_entry, entry_bytes
from protocol.loan_facts import LoanExtended
from protocol.roster_facts import GroupListed, MemberListed
from tests.hub.exports import FILES, with_cells, with_row, write_export
from tests.hub.imports import CUT_OFF, imported, plan, refused


@pytest.fixture
def first(tmp_path):
    """The branch and its logs after the good export."""
    return imported(write_export(tmp_path / "first"))


@pytest.mark.parametrize(
    ("name", "line", "cells", "column"),
    [
        ("policies", 2, {"signed_on": "2015-06-04"}, ""),
        ("rate_decisions", 2, {"ppm": "66001"}, ""),
        ("savings", 2, {"balance": "1"}, "balance"),
        ("savings", 2, {"customer": "C2", "as_of": "2025-12-31"}, "customer"),
        ("loans", 2, {"in_term": "50000001"}, "in_term"),
        ("loans", 2, {"prepaid": "1"}, "prepaid"),
        ("loans", 2, {"programme": "NS", "as_of": "2025-12-31"}, "programme"),
        ("loans", 2, {"customer": "C2", "as_of": "2025-12-31"}, "customer"),
        ("loans", 2, {"ppm": "66001", "as_of": "2025-12-31"}, "ppm"),
        ("loans", 3, {"opened_on": "2025-09-11"}, "opened_on"),
        ("loans", 3, {"grace_end": "2026-09-10"}, "grace_end"),
        ("loans", 3, {"ppm": "84000"}, "ppm"),
        ("loan_events", 3, {"amount": "5000001"}, ""),
        ("savings_events", 2, {"kind": "withdrawal"}, ""),
    ],
)
def test_a_row_that_says_another_than_the_log_is_refused(tmp_path, first, name, line, cells, column):
    branch, _ = first
    spoiled = write_export(tmp_path / "later", only=[], **{name: with_cells(name, line, **cells)})
    assert refused(spoiled, branch) == [(name, line, column, Reason.CHANGED)]
    later = plan(spoiled, branch)
    assert (later.groups, later.imported, later.refused_rows) == ((), 0, 1)


def test_B21_a_reference_that_is_told_of_another_loan_is_refused(tmp_path, first):
    branch, _ = first
    told = with_cells("loan_events", 3, loan="L2")
    assert refused(write_export(tmp_path / "later", only=[], loan_events=told), branch) == [
        ("loan_events", 3, "", Reason.CHANGED)
    ]


@pytest.mark.parametrize(
    ("name", "line", "cells"),
    [
        pytest.param("savings", 2, {"balance": "1", "as_of": "2025-12-31"}, id="another balance"),
        pytest.param("loans", 2, {"in_term": "45000000", "as_of": "2025-12-31"}, id="another principal"),
        pytest.param("loans", 2, {"overdue": "1", "prepaid": "7", "as_of": "2026-01-31"}, id="other buckets"),
    ],
)
def test_B21_balances_of_a_later_day_are_never_posted_by_themselves(tmp_path, first, name, line, cells):
    branch, _ = first
    later = plan(write_export(tmp_path / "later", only=[], **{name: with_cells(name, line, **cells)}), branch)
    assert (later.groups, later.refused, later.unchanged) == ((), (), len(FILES[name].splitlines()) - 1)


@pytest.mark.parametrize(
    ("line", "cells", "effective"),
    [
        pytest.param(2, {"as_of": "2025-12-31"}, date(2025, 12, 31), id="from the day of its balances"),
        pytest.param(3, {}, date(2025, 12, 9), id="from the day of the export"),
    ],
)
def test_B14_a_later_due_day_is_an_extension_of_nothing_overdue(tmp_path, first, line, cells, effective):
    branch, logs = first
    folder = write_export(
        tmp_path / "later", only=[], loans=with_cells("loans", line, due_on="2030-01-01", **cells)
    )
    [group] = plan(folder, branch).groups
    [entry] = group.entries
    assert isinstance(entry, LoanExtended)
    assert (entry.loan, entry.amount, entry.due_on) == (line - 1, 0, to_day(date(2030, 1, 1)))
    assert entry.effective == to_day(effective)
    assert decode_entry(entry_bytes(entry)) == entry
    branch, _ = imported(folder, branch, logs)
    assert plan(folder, branch).groups == ()


def test_a_due_day_that_an_event_told_already_is_no_change(tmp_path):
    extended = FILES["loan_events"] + "G4,L2,loan_extended,2025-12-02,0,,,2029-09-10,\n"
    folder = write_export(tmp_path / "first", loan_events=extended)
    branch, _ = imported(folder)
    assert plan(folder, branch).groups == ()
    assert plan(folder, branch).refused == ()
    agreed = write_export(tmp_path / "later", only=[], loans=with_cells("loans", 3, due_on="2029-09-10"))
    assert plan(agreed, branch).groups == ()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"due_on": "2028-04-17", "as_of": "2025-12-31"}, Reason.EARLIER_DUE),
        ({"due_on": "2031-01-01", "as_of": "2025-12-30"}, Reason.OLDER_THAN_LOG),
    ],
)
def test_a_due_day_that_can_be_no_extension_is_refused(tmp_path, first, cells, reason):
    later = with_cells("loans", 2, due_on="2030-01-01", as_of="2025-12-31")
    branch, _ = imported(write_export(tmp_path / "later", only=[], loans=later), *first)
    again = write_export(tmp_path / "again", only=[], loans=with_cells("loans", 2, **cells))
    assert refused(again, branch) == [("loans", 2, "due_on", reason)]


def test_a_renewed_loan_may_be_told_with_either_rate(tmp_path):
    renewed = FILES["loan_events"] + "G4,L2,loan_renewed,2025-12-02,,,,2030-09-10,84000\n"
    branch, _ = imported(write_export(tmp_path / "first", loan_events=renewed))
    for ppm in ("84000", "90000"):
        later = with_cells("loans", 3, due_on="2030-09-10", ppm=ppm)
        made = plan(write_export(tmp_path / ppm, only=[], loans=later), branch)
        assert (made.groups, made.refused) == ((), ())


def test_a_reference_of_our_own_fits_however_long_the_number_is(tmp_path):
    number = "L" * 40
    loans = with_row("loans", loan=number)
    branch, logs = imported(write_export(tmp_path / "first", loans=loans))
    later = loans.replace(f"{number},NS,2025-09-10,2028-09-10", f"{number},NS,2025-09-10,2029-09-10")
    [group] = plan(write_export(tmp_path / "later", only=[], loans=later), branch).groups
    assert decode_entry(entry_bytes(group.entries[0])) == group.entries[0]
    assert logs


def test_a_changed_telephone_is_a_new_listing_of_the_same_member(tmp_path, first):
    branch, logs = first
    changed = write_export(
        tmp_path / "later", members=with_cells("members", 2, phone="0100001009", address="")
    )
    [group] = plan(changed, branch).groups
    [entry] = group.entries
    [before, _] = [entry for entry in logs["KM-001"] if isinstance(entry, MemberListed)]
    assert isinstance(entry, MemberListed)
    assert (entry.ordinal, entry.number, entry.address) == (1, "C1", None)
    assert (entry.name, entry.identity) == (before.name, before.identity)
    assert [text.text.decode() for text in group.texts] == ["0100001009"]
    branch, _ = imported(changed, branch, logs)
    again = branch.rosters["KM-001"]
    assert (again.last_member, again.members["C1"].phone) == (2, group.texts[0].hash)


def test_L4_a_text_that_was_erased_is_not_compared(tmp_path, first):
    _, logs = first
    erased = Branch({"KM-001": roster_of("KM-001", logs["KM-001"], lambda _: None)}, Directory())
    assert plan(write_export(tmp_path), erased).groups == ()


def test_a_reference_that_another_group_holds_is_refused(tmp_path):
    two = {
        "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
        "members": with_row("members", group="KM-002", customer="C3"),
        "loans": with_row("loans", group="KM-002", customer="C3", loan="L3"),
    }
    branch, _ = imported(write_export(tmp_path / "first", **two))
    stolen = with_cells("loan_events", 2, loan="L3", effective_on="2025-09-11")
    assert refused(write_export(tmp_path / "later", only=[], loan_events=stolen), branch) == [
        ("loan_events", 2, "core_ref", Reason.REPEATED_KEY)
    ]


def test_a_group_listed_anew_from_a_later_day_is_a_new_fact(tmp_path, first):
    branch, _ = first
    moved = with_cells("groups", 2, valid_from="2026-01-01")
    points = with_cells("points", 2, day_of_month="20")
    later = plan(write_export(tmp_path / "later", only=[], groups=moved, points=points), branch)
    [entry] = later.groups[0].entries
    assert (entry.effective, entry.day_of_month) == (to_day(date(2026, 1, 1)), 20)
    assert [row.code for row in later.directory.groups] == ["KM-001", "KM-001"]
    assert [row.day_of_month for row in later.directory.points] == [20]


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"organisation": "HND"}, "organisation", "HND"),
        ({"area": "HP"}, "area", "HP"),
        ({"name": "Tổ số 2"}, "area", "P1"),
    ],
)
def test_a_group_that_changed_without_a_day_of_its_own_is_listed_from_the_cut_off_on(
    tmp_path, first, cells, field, value
):
    branch, logs = first
    folder = write_export(tmp_path / "later", groups=with_cells("groups", 2, **cells))
    [group] = plan(folder, branch).groups
    [entry] = group.entries
    before = next(entry for entry in logs["KM-001"] if isinstance(entry, GroupListed))
    assert (entry.effective, getattr(entry, field)) == (CUT_OFF, value)
    assert entry.core_ref != before.core_ref
    assert (entry.name == before.name) is ("name" not in cells)
    assert len(group.texts) == ("name" in cells)
    branch, _ = imported(folder, branch, logs)
    assert plan(folder, branch).groups == ()
    # An older export that still has the group as it was changes nothing back.
    older = plan(write_export(tmp_path / "older"), branch, cut_off=CUT_OFF - 1)
    assert (older.groups, older.refused) == ((), ())


def test_a_third_place_for_a_group_from_before_the_log_knew_better_is_refused(tmp_path, first):
    changed = write_export(tmp_path / "later", groups=with_cells("groups", 2, organisation="HND"))
    branch, _ = imported(changed, *first)
    third = write_export(tmp_path / "third", groups=with_cells("groups", 2, organisation="DTN"))
    assert ("groups", 2, "", Reason.OLDER_THAN_LOG) in refused(third, branch)


def test_another_day_of_a_transaction_point_reaches_every_group_that_it_has(tmp_path, first):
    branch, logs = first
    folder = write_export(tmp_path / "later", only=[], points=with_cells("points", 2, day_of_month="20"))
    [group] = plan(folder, branch).groups
    [entry] = group.entries
    assert (entry.day_of_month, entry.effective, group.texts) == (20, CUT_OFF, ())
    branch, _ = imported(folder, branch, logs)
    assert plan(folder, branch).groups == ()
    assert plan(write_export(tmp_path / "older", ["points"]), branch, cut_off=CUT_OFF - 1).groups == ()
