"""A refused row takes along what needs it, and nothing else; every row is in exactly one outcome."""

import pytest

from calc.problems import Oddity
from hub.service.group.closing import Ending
from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch
from hub.service.reading.files import read_book
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow
from protocol.loan_facts import LoanBroughtForward, LoanOpened
from protocol.roster_facts import GroupListed, MemberListed, RateDecided, SavingsAccountListed
from tests.hub.exports import FILES, with_cells, with_row, write_export
from tests.hub.imports import imported, kinds, plan

EVERYTHING = 18
"""Rows of the good export."""

LOANS = {("loans", 2), ("loans", 3), ("loan_events", 2), ("loan_events", 3)}
OF_L1 = {("loans", 2), ("loan_events", 3)}
OF_L2 = {("loans", 3), ("loan_events", 2)}
OF_S1 = {("savings", 2), ("savings_events", 2)}
DECISIONS = {("policies", 2), ("policies", 3), ("rate_decisions", 2), ("rate_decisions", 3)}
OF_THE_GROUP = {("members", 2), ("members", 3)} | LOANS | OF_S1 | DECISIONS


def places(made):
    return {(row.table, row.line) for row in made.refused if row.line}


def reasons(made):
    return {(row.table, row.line): row.reason for row in made.refused}


@pytest.mark.parametrize(
    ("name", "line", "cells", "taken_along"),
    [
        pytest.param("loan_events", 3, {"amount": "x"}, OF_L1, id="an event that cannot be read"),
        pytest.param("loan_events", 3, {"amount": "0"}, OF_L1, id="an event that cannot be meant"),
        pytest.param("loan_events", 3, {"loan": "LX"}, set(), id="an event of a loan that nobody knows"),
        pytest.param("loan_events", 3, {"loan": "?"}, set(), id="an event of nobody knows which loan"),
        pytest.param("loans", 2, {"ppm": "6.6"}, OF_L1, id="a loan that cannot be read"),
        pytest.param("loans", 2, {"due_on": "2023-04-17"}, OF_L1, id="a loan that cannot be meant"),
        pytest.param("loans", 2, {"loan": "?"}, OF_L1, id="a loan without a readable number"),
        pytest.param("loans", 2, {"programme": "XX"}, OF_L1, id="a loan of an unknown programme"),
        pytest.param("savings", 2, {"balance": "x"}, OF_S1, id="an account"),
        pytest.param("savings_events", 2, {"amount": "-1"}, OF_S1, id="a movement"),
        pytest.param("members", 3, {"phone": "1"}, OF_L2, id="a member, with what is his"),
        pytest.param("members", 2, {"phone": "1"}, OF_L1 | OF_S1, id="a leader: the group goes on"),
        pytest.param("groups", 2, {"organisation": "X"}, OF_THE_GROUP, id="a new group"),
        pytest.param("points", 2, {"day_of_month": "32"}, OF_THE_GROUP | {("groups", 2)}, id="a new point"),
        pytest.param("areas", 3, {"kind": "X"}, set(), id="an area: a name is enough"),
        pytest.param("programmes", 2, {"name": "a\u200bb"}, set(), id="a programme: a name is enough"),
        pytest.param(
            "rate_decisions", 2, {"ppm": "x"}, OF_L1, id="a decision, with the loans of its programme"
        ),
        pytest.param("rate_decisions", 2, {"programme": "?"}, LOANS, id="a decision on nobody knows what"),
        pytest.param("policies", 2, {"choice": ""}, LOANS, id="a policy, with every loan"),
    ],
)
def test_what_needs_a_refused_row_is_refused_with_it(tmp_path, name, line, cells, taken_along):
    made = plan(write_export(tmp_path, **{name: with_cells(name, line, **cells)}))
    expected = {(name, line)} | taken_along
    assert places(made) == expected
    along = {reasons(made)[place] for place in taken_along - DECISIONS - {(name, line)}}
    assert along <= {Reason.REFUSED_WITH}
    assert {reasons(made)[place] for place in taken_along & DECISIONS} <= {Reason.NO_LOG}
    assert (made.imported, made.unchanged, made.refused_rows) == (
        EVERYTHING - len(expected),
        0,
        len(expected),
    )


def test_a_table_that_cannot_be_read_is_counted_row_by_row(tmp_path):
    made = plan(write_export(tmp_path, loans=FILES["loans"].replace("ppm", "rate", 1)))
    assert (made.imported, made.refused_rows) == (EVERYTHING - 4, 4)
    assert {(row.table, row.line, row.reason) for row in made.refused} == {
        ("loans", 1, Reason.UNKNOWN_COLUMN),
        ("loans", 1, Reason.MISSING_COLUMN),
        ("loan_events", 2, Reason.REFUSED_WITH),
        ("loan_events", 3, Reason.REFUSED_WITH),
    }


def test_a_known_loan_goes_on_though_another_one_is_refused(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    events = (
        FILES["loan_events"] + "G8,L1,principal_repaid,2025-12-03,1,,,,\nG9,L2,principal_repaid,x,1,,,,\n"
    )
    made = plan(write_export(tmp_path / "later", only=[], loan_events=events), branch)
    assert places(made) == {("loan_events", 5)}
    assert [entry.core_ref for entry in made.groups[0].entries] == ["G8"]
    assert (made.imported, made.unchanged, made.refused_rows) == (1, 2, 1)


def test_a_history_with_a_hole_is_not_sealed_but_what_was_is_unchanged(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    events = (
        FILES["loan_events"] + "G8,L1,principal_repaid,2025-12-03,1,,,,\nG9,L1,principal_repaid,x,1,,,,\n"
    )
    made = plan(write_export(tmp_path / "later", only=[], loan_events=events), branch)
    assert reasons(made) == {("loan_events", 4): Reason.REFUSED_WITH, ("loan_events", 5): Reason.NOT_A_DAY}
    assert (made.groups, made.unchanged) == ((), 2)


def test_B21_a_fact_that_contradicts_the_log_holds_up_its_loan(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    events = with_cells("loan_events", 3, amount="1") + "G8,L1,principal_repaid,2025-12-03,1,,,,\n"
    made = plan(write_export(tmp_path / "later", only=[], loan_events=events), branch)
    assert reasons(made) == {("loan_events", 3): Reason.CHANGED, ("loan_events", 4): Reason.REFUSED_WITH}
    assert made.groups == ()


def test_a_decision_that_contradicts_the_log_leaves_no_hole(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    changed = {
        "rate_decisions": with_cells("rate_decisions", 2, ppm="66001"),
        "loan_events": FILES["loan_events"] + "G8,L1,principal_repaid,2025-12-03,1,,,,\n",
    }
    made = plan(write_export(tmp_path / "later", only=[], **changed), branch)
    assert reasons(made) == {("rate_decisions", 2): Reason.CHANGED}
    assert [entry.core_ref for entry in made.groups[0].entries] == ["G8"]


def test_a_member_who_is_known_needs_no_good_row(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    changed = {
        "members": with_cells("members", 3, phone="1"),
        "loans": with_row("loans", loan="L3", customer="C2"),
    }
    made = plan(write_export(tmp_path / "later", only=[], **changed), branch)
    assert places(made) == {("members", 3)}
    assert kinds(made.groups[0].entries) == [LoanOpened]


def test_L3_ordinals_stay_dense_where_rows_are_refused(tmp_path):
    changed = {
        "members": with_cells("members", 2, phone="1") + "KM-001,C3,Người thứ ba,,,\n",
        "loans": with_row("loans", loan="L3", customer="C3"),
    }
    [group] = plan(write_export(tmp_path, **changed)).groups
    for kind in (MemberListed, SavingsAccountListed, LoanBroughtForward | LoanOpened):
        ordinals = [entry.ordinal for entry in group.entries if isinstance(entry, kind)]
        assert ordinals == list(range(1, len(ordinals) + 1))
    texts = {text.text.decode() for text in group.texts}
    assert texts == {"Tổ số 1", "Y Blâm", "Người thứ ba"}


def test_L12_a_refused_decision_takes_no_number(tmp_path):
    made = plan(write_export(tmp_path, rate_decisions=with_cells("rate_decisions", 2, ppm="x")))
    decided = [entry for entry in made.groups[0].entries if isinstance(entry, RateDecided)]
    assert [(entry.number, entry.programme) for entry in decided] == [(3, "NS")]


def test_the_directory_takes_in_no_refused_row(tmp_path):
    made = plan(write_export(tmp_path, areas=with_cells("areas", 3, valid_to="2025-06-30")))
    assert [area.code for area in made.directory.areas] == ["HP"]
    known = plan(write_export(tmp_path / "again", only=["areas"]), Branch({}, made.directory))
    assert (known.imported, known.unchanged) == (1, 1)


def test_L15_a_stopped_group_takes_nothing_and_holds_up_nobody_else(tmp_path):
    two = {
        "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
        "members": with_row("members", group="KM-002", customer="C3"),
    }
    branch, _ = imported(write_export(tmp_path / "first", **two))
    stopped = Branch(branch.rosters, branch.directory, frozenset({"KM-001"}))
    late = with_row("rate_decisions", reference="2654/QĐ-TTg", kind="points", ppm="20000")
    members = two["members"] + "KM-001,C8,Người mới,,,\nKM-002,C9,Người mới,,,\n"
    made = plan(write_export(tmp_path / "later", only=[], members=members, rate_decisions=late), stopped)
    assert made.refused == (
        BadRow("", 0, "KM-001", Reason.GROUP_STOPPED),
        BadRow("members", 5, "", Reason.REFUSED_WITH),
    )
    assert [(group.group, kinds(group.entries)) for group in made.groups] == [
        ("KM-002", [RateDecided, MemberListed])
    ]
    assert plan(write_export(tmp_path / "same", **two), stopped).refused == ()


def test_a_group_is_drawn_up_anew_until_its_book_bears_the_rest(tmp_path):
    tried = []

    def close(_group, run):
        """A book that bears no member but the first."""
        tried.append(len(run))
        places = [
            place for place, entry in enumerate(run) if isinstance(entry, MemberListed) and entry.ordinal > 1
        ]
        return (
            Ending(faults=tuple(places), oddities=(Oddity.ORDINAL_TAKEN,) * len(places))
            if places
            else Ending()
        )

    folder = write_export(tmp_path, members=FILES["members"] + "KM-001,C3,Người thứ ba,,,\n")
    made = plan(folder, Branch({}, Directory()), close)
    assert (tried, len(read_book(folder)[0].members)) == ([14, 10], 3)
    assert reasons(made)["members", 3] is reasons(made)["members", 4] is Reason.IMPOSSIBLE
    assert sum(isinstance(entry, GroupListed) for entry in made.groups[0].entries) == 1


def test_a_table_of_an_unknown_name_is_told_and_the_others_go_on(tmp_path):
    folder = write_export(tmp_path)
    (folder / "loan.csv").write_text("x")
    made = plan(folder)
    assert made.refused == (BadRow("loan", 0, "", Reason.UNKNOWN_TABLE),)
    assert (made.imported, made.refused_rows) == (EVERYTHING, 0)


def test_a_group_whose_book_fails_for_no_reason_that_a_row_gives_takes_nothing(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    members = FILES["members"] + "KM-001,C3,Người mới,,,\n"
    late = with_row("rate_decisions", reference="2654/QĐ-TTg", kind="points", ppm="20000")
    changed = write_export(tmp_path / "later", only=[], members=members, rate_decisions=late)
    made = plan(changed, branch, lambda _, run: Ending(loans=(1,)) if len(run) > 1 else Ending())
    assert made.refused == (
        BadRow("", 0, "KM-001", Reason.IMPOSSIBLE),
        BadRow("members", 4, "", Reason.REFUSED_WITH),
        BadRow("rate_decisions", 4, "", Reason.NO_LOG),
    )


def test_B9_a_withdrawal_of_more_than_an_account_holds_is_refused_with_its_account(tmp_path):
    movements = (
        FILES["savings_events"] + "G8,S1,withdrawal,2025-12-03,90000000\n" + "G9,S1,interest,2025-12-04,1\n"
    )
    made = plan(write_export(tmp_path, savings_events=movements))
    assert BadRow("savings_events", 3, "amount", Reason.OVERDRAWN) in made.refused
    assert places(made) == {
        ("savings", 2),
        ("savings_events", 2),
        ("savings_events", 3),
        ("savings_events", 4),
    }


@pytest.mark.parametrize(("amount", "is_refused"), [(1_895_200, False), (1_895_201, True)])
def test_B9_an_account_may_be_emptied_to_the_last_dong(tmp_path, amount, is_refused):
    branch, _ = imported(write_export(tmp_path / "first"))
    # 1,845,200 and the 50,000 of 02/12
    movements = f"{FILES['savings_events']}G8,S1,withdrawal,2025-12-04,{amount}\n"
    made = plan(write_export(tmp_path / "later", only=[], savings_events=movements), branch)
    assert (places(made) == {("savings_events", 3)}) == is_refused


def test_B9_what_comes_in_later_in_the_file_counts_before_what_goes_out(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    movements = "core_ref,account,kind,effective_on,amount\n"
    movements += "G8,S1,withdrawal,2025-12-04,2000000\nG9,S1,deposit,2025-12-04,200000\n"
    made = plan(write_export(tmp_path / "later", only=[], savings_events=movements), branch)
    assert (made.refused, made.imported) == ((), 2)
    late = movements + "G10,S1,deposit,2025-12-05,1000000\nG11,S1,transfer,2025-12-04,100000\n"
    made = plan(write_export(tmp_path / "early", only=[], savings_events=late), branch)
    assert reasons(made)["savings_events", 5] is Reason.OVERDRAWN


@pytest.mark.parametrize(
    ("name", "line", "cells", "needing"),
    [
        ("rate_decisions", 2, {"ppm": "x"}, {("loans", 2), ("loan_events", 3)}),
        ("policies", 2, {"choice": ""}, LOANS),
        ("members", 3, {"phone": "1"}, OF_L2),
        ("savings_events", 2, {"amount": "-1"}, {("savings", 2)}),
        ("groups", 2, {"organisation": "X"}, {("members", 2), ("members", 3)} | LOANS | OF_S1),
        ("points", 2, {"day_of_month": "32"}, {("groups", 2)} | LOANS | OF_S1),
    ],
)
def test_what_is_refused_with_a_row_names_that_row(tmp_path, name, line, cells, needing):
    made = plan(write_export(tmp_path, **{name: with_cells(name, line, **cells)}))
    along = [row for row in made.refused if row.reason is Reason.REFUSED_WITH]
    assert needing <= {(row.table, row.line) for row in along}
    assert {row.needs for row in along} == {(name, line)}
