"""Rows that can be read but make no sense, by themselves or beside the others."""

import pytest

from hub.service.loan_book.references import Holding, Known, check_references
from hub.service.reading.files import read_book
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import LOAN_EVENT_KINDS, BadRow
from hub.service.reading.terms import check_terms
from tests.hub.exports import FILES, with_cells, with_row, write_export


def contradictions(folder):
    book, bad = read_book(folder)
    assert not bad
    return [(row.table, row.line, row.column, row.reason) for row in check_terms(book)]


def strangers(folder, known=None):
    return list(check_references(read_book(folder)[0], known or Known()))


def test_a_good_export_contradicts_nothing(tmp_path):
    folder = write_export(tmp_path)
    assert not contradictions(folder)
    assert not strangers(folder)


@pytest.mark.parametrize(
    ("name", "line", "cells", "column", "reason"),
    [
        ("areas", 3, {"valid_to": "2025-06-30"}, "valid_to", Reason.WRONG_ORDER),
        ("policies", 2, {"choice": ""}, "choice", Reason.EMPTY_CELL),
        ("policies", 2, {"amount": "1"}, "amount", Reason.MUST_BE_EMPTY),
        ("rate_decisions", 2, {"effective_to": "2015-06-04"}, "effective_to", Reason.WRONG_ORDER),
        ("rate_decisions", 2, {"above_ppm": "60000"}, "above_ppm", Reason.MUST_BE_EMPTY),
        ("loans", 2, {"due_on": "2023-04-17"}, "due_on", Reason.WRONG_ORDER),
        ("loans", 2, {"grace_end": "2023-04-17"}, "grace_end", Reason.WRONG_ORDER),
        ("loans", 2, {"in_term": ""}, "in_term", Reason.EMPTY_CELL),
        ("loans", 2, {"frozen": "1"}, "frozen_until", Reason.EMPTY_CELL),
        ("loans", 2, {"frozen_until": "2028-01-01"}, "frozen_until", Reason.MUST_BE_EMPTY),
        ("loans", 3, {"prepaid": "1"}, "prepaid", Reason.MUST_BE_EMPTY),
        ("loans", 3, {"in_term": "0"}, "in_term", Reason.MUST_BE_EMPTY),
        ("loan_events", 2, {"effective_on": "2025-09-09"}, "effective_on", Reason.WRONG_ORDER),
        ("loan_events", 3, {"amount": "0"}, "amount", Reason.OUT_OF_RANGE),
        ("loan_events", 3, {"amount": ""}, "amount", Reason.EMPTY_CELL),
        ("loan_events", 3, {"interest": "1"}, "interest", Reason.MUST_BE_EMPTY),
    ],
)
def test_a_row_that_contradicts_itself_is_named(tmp_path, name, line, cells, column, reason):
    folder = write_export(tmp_path, **{name: with_cells(name, line, **cells)})
    assert contradictions(folder) == [(name, line, column, reason)]


def test_balances_before_the_loan_was_opened_are_refused(tmp_path):
    folder = write_export(tmp_path, loans=with_cells("loans", 2, as_of="2023-04-17"))
    assert ("loans", 2, "as_of", Reason.WRONG_ORDER) in contradictions(folder)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("disbursed", {"amount": "1"}),
        ("instalment_scheduled", {"amount": "1"}),
        ("principal_repaid", {"amount": "1"}),
        ("interest_received", {"amount": "1"}),
        ("instalment_overdue", {"amount": "1"}),
        ("loan_extended", {"amount": "0", "due_on": "2030-01-01"}),
        ("loan_frozen", {"amount": "1", "until": "2028-01-01"}),
        ("freeze_lifted", {"amount": "1"}),
        ("loan_renewed", {"due_on": "2030-01-01", "ppm": "62400"}),
        ("loan_written_off", {"amount": "0"}),
        ("recovered_after_write_off", {"amount": "0", "interest": "1"}),
        ("loan_closed", {}),
    ],
)
def test_each_kind_of_event_needs_its_own_cells_and_no_others(tmp_path, kind, cells):
    blank = dict.fromkeys(("amount", "interest", "until", "due_on", "ppm"), "")
    right = with_cells("loan_events", 3, kind=kind, **blank | cells)
    assert not contradictions(write_export(tmp_path, loan_events=right))
    bare = contradictions(
        write_export(tmp_path, loan_events=with_cells("loan_events", 3, kind=kind, **blank))
    )
    assert sorted(column for *_, column, _ in bare) == sorted(cells)
    full = blank | {"amount": "1", "interest": "1", "until": "2028-01-01", "due_on": "2030-01-01", "ppm": "1"}
    stuffed = contradictions(
        write_export(tmp_path, loan_events=with_cells("loan_events", 3, kind=kind, **full))
    )
    assert sorted(column for *_, column, _ in stuffed) == sorted(set(full) - set(cells))


def test_no_kind_of_event_was_forgotten():
    [needed] = [
        mark.args[1]
        for mark in test_each_kind_of_event_needs_its_own_cells_and_no_others.pytestmark
        if mark.name == "parametrize"
    ]
    assert {kind for kind, _ in needed} == set(LOAN_EVENT_KINDS)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"kind": "loan_frozen", "until": "2025-12-02"}, "until"),
        ({"kind": "loan_extended", "due_on": "2025-12-01"}, "due_on"),
    ],
)
def test_a_second_day_before_the_first_is_refused(tmp_path, cells, column):
    folder = write_export(tmp_path, loan_events=with_cells("loan_events", 3, **cells))
    assert contradictions(folder) == [("loan_events", 3, column, Reason.WRONG_ORDER)]


@pytest.mark.parametrize(
    ("name", "line", "column"),
    [
        ("areas", 3, "parent"),
        ("areas", 3, "successor"),
        ("points", 2, "area"),
        ("rate_decisions", 2, "programme"),
        ("groups", 2, "area"),
        ("groups", 2, "point"),
        ("groups", 2, "leader"),
        ("groups", 2, "deputy"),
        ("members", 2, "group"),
        ("savings", 2, "group"),
        ("savings", 2, "customer"),
        ("savings_events", 2, "account"),
        ("loans", 2, "group"),
        ("loans", 2, "customer"),
        ("loans", 2, "programme"),
        ("loan_events", 2, "loan"),
    ],
)
def test_a_name_that_nothing_carries_is_named(tmp_path, name, line, column):
    folder = write_export(tmp_path, **{name: with_cells(name, line, **{column: "X"})})
    assert BadRow(name, line, column, Reason.UNKNOWN_NAME) in strangers(folder)


def test_names_that_the_branch_holds_are_known(tmp_path):
    folder = write_export(tmp_path, only=["loan_events", "savings_events", "rate_decisions"])
    assert len(strangers(folder)) == 5
    known = Known(
        programmes=frozenset({"HN", "NS"}),
        loans={"L1": Holding("KM-001", "C1"), "L2": Holding("KM-001", "C2")},
        accounts={"S1": Holding("KM-001", "C1")},
    )
    assert not strangers(folder, known)


def test_one_bad_row_is_listed_once_though_others_name_it(tmp_path):
    folder = write_export(tmp_path, members=with_cells("members", 2, phone="x"))
    assert not strangers(folder)
    unreadable = FILES["members"].replace("KM-001,C2,Y Blâm,,,", "KM-001;C2;Y Blâm;;;")
    folder = write_export(tmp_path, members=unreadable)
    assert not strangers(folder)


@pytest.mark.parametrize(
    ("held", "file", "column"),
    [
        ({"members": {"C2": "KM-002"}}, "members", "group"),
        ({"accounts": {"S1": Holding("KM-002", "C9")}}, "savings", "account"),
        ({"loans": {"L1": Holding("KM-002", "C9")}}, "loans", "loan"),
        ({"members": {"C1": "KM-002"}}, "groups", "leader"),
        ({"members": {"C2": "KM-002"}}, "groups", "deputy"),
        ({"members": {"C1": "KM-002"}}, "loans", "customer"),
    ],
)
def test_what_belongs_to_another_group_is_refused(tmp_path, held, file, column):
    found = strangers(write_export(tmp_path), Known(**held))
    assert (
        BadRow(file, 2 if (file, column) != ("members", "group") else 3, column, Reason.OTHER_GROUP) in found
    )


def test_an_event_that_the_balances_contain_already_is_refused_where_they_open_the_loan(tmp_path):
    folder = write_export(tmp_path, loan_events=with_cells("loan_events", 3, effective_on="2025-11-29"))
    assert strangers(folder) == [BadRow("loan_events", 3, "effective_on", Reason.BEFORE_CUT_OFF)]
    held = {"L1": Holding("KM-001", "C1")}
    assert strangers(folder, Known(loans=held)) == []


def test_the_leader_cannot_be_the_deputy_too(tmp_path):
    folder = write_export(tmp_path, groups=with_cells("groups", 2, deputy="C1"))
    assert strangers(folder) == [BadRow("groups", 2, "deputy", Reason.REPEATED_KEY)]


def test_a_group_may_do_without_a_deputy(tmp_path):
    assert not strangers(write_export(tmp_path, groups=with_cells("groups", 2, deputy="")))


def test_a_group_of_more_than_sixty_is_refused(tmp_path):
    more = FILES["members"] + "".join(f"KM-001,N{number},Tên,,,\n" for number in range(59))
    assert strangers(write_export(tmp_path, members=more)) == [
        BadRow("members", 62, "group", Reason.TOO_MANY_MEMBERS)
    ]
    held = Known(members={f"H{number}": "KM-001" for number in range(59)} | {"C1": "KM-001"})
    assert strangers(write_export(tmp_path / "later"), held) == [
        BadRow("members", 3, "group", Reason.TOO_MANY_MEMBERS)
    ]


def test_one_reference_cannot_name_two_facts(tmp_path):
    folder = write_export(tmp_path, savings_events=with_row("savings_events", core_ref="G1"))
    assert strangers(folder) == [BadRow("savings_events", 3, "core_ref", Reason.REPEATED_KEY)]
