"""Members who leave, and loans and accounts that go with them from group to group (B22)."""

from datetime import date

import pytest

from calc.book import Book, fold
from calc.dues import dues
from hub.service.group.closing import end_run
from hub.service.reading.reasons import Reason
from protocol.day import to_day
from protocol.ids import Position
from protocol.loan_facts import LoanBroughtForward, LoanClosed
from protocol.roster_facts import MemberListed, MemberMoved, SavingsAccountListed
from tests.hub.exports import FILES, with_cells, with_row, write_export
from tests.hub.imports import imported, kinds, plan, refused

TWO = {
    "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
    "members": with_row("members", group="KM-002", customer="C3"),
}
AS_OF = "2025-12-15"
MOVED = {
    "member_moves": FILES["member_moves"] + f"M1,C1,{AS_OF},KM-002,moved\n",
    "members": with_cells("members", 2, group="KM-002"),
    "loans": with_cells("loans", 2, group="KM-002", as_of=AS_OF, in_term="45000000", numerator_in_term="0"),
    "savings": with_cells("savings", 2, group="KM-002", as_of=AS_OF, balance="1895200"),
}


@pytest.fixture
def first(tmp_path):
    return imported(write_export(tmp_path / "first", **TWO))


@pytest.fixture
def later(tmp_path):
    return write_export(tmp_path / "later", only=[], **MOVED)


def by_group(made):
    return {group.group: group.entries for group in made.groups}


def test_B22_a_loan_is_closed_in_one_group_and_brought_forward_in_the_other(first, later):
    branch, logs = first
    found = by_group(plan(later, branch))
    assert kinds(found["KM-001"]) == [MemberMoved, LoanClosed]
    assert kinds(found["KM-002"]) == [MemberListed, SavingsAccountListed, LoanBroughtForward]
    moved, closed = found["KM-001"]
    listed, account, opened = found["KM-002"]
    day = to_day(date(2025, 12, 15))
    assert (moved.member, moved.to_group, moved.effective, moved.core_ref) == (1, "KM-002", day, "M1")
    assert (closed.loan, closed.effective, opened.as_of, opened.in_term) == (1, day, day, 45_000_000)
    assert (listed.ordinal, listed.number, opened.number, account.balance) == (2, "C1", "L1", 1_895_200)
    branch, _ = imported(later, branch, logs)
    again = plan(later, branch)
    assert (again.groups, again.refused, again.unchanged) == ((), (), 6)


def test_B22_the_books_of_both_groups_bear_a_move(tmp_path, first, later):
    branch, logs = first
    books = {
        group: fold((Position(0, seq), entry) for seq, entry in enumerate(log, 1))
        for group, log in logs.items()
    }
    day = to_day(date(2025, 12, 17))
    made = plan(later, branch, lambda group, run: end_run(books.get(group, Book()), run, day, "CB001"))
    assert made.refused == ()
    _, logs = imported(later, branch, logs)
    book = fold((Position(0, seq), entry) for seq, entry in enumerate(logs["KM-002"], 1))
    # 45 m for two days at 6.6 %.
    assert [due.payable for due in dues(book, day)] == [16_274]
    assert not book.problems


def test_what_happened_before_the_move_stays_in_the_log_that_has_it(tmp_path, first, later):
    branch, _ = imported(later, *first)
    assert (
        plan(write_export(tmp_path / "again", only=["loan_events", "savings_events"]), branch).unchanged == 3
    )


def test_a_move_that_was_cut_between_two_groups_is_finished_by_the_next_import(tmp_path, first, later):
    branch, logs = first
    whole = by_group(plan(later, branch))
    left = write_export(tmp_path / "left", only=[], member_moves=MOVED["member_moves"])
    halfway, _ = imported(left, branch, logs)
    assert kinds(by_group(plan(later, halfway))["KM-001"]) == [LoanClosed]
    assert kinds(by_group(plan(later, halfway))["KM-002"]) == kinds(whole["KM-002"])


def test_a_member_may_leave_for_no_group(tmp_path, first):
    branch, logs = first
    moves = FILES["member_moves"] + f"M1,C2,{AS_OF},,died\n"
    folder = write_export(tmp_path / "later", only=[], member_moves=moves)
    [moved] = by_group(plan(folder, branch))["KM-001"]
    assert (moved.member, moved.to_group, moved.reason) == (2, None, "died")
    branch, _ = imported(folder, branch, logs)
    assert set(branch.rosters["KM-001"].members) == {"C1"}
    assert plan(folder, branch).unchanged == 1
    other = write_export(tmp_path / "other", only=[], member_moves=moves.replace("died", "moved"))
    assert refused(other, branch) == [("member_moves", 2, "", Reason.CHANGED)]


def test_a_member_who_comes_back_gets_a_new_ordinal(tmp_path, first):
    gone = write_export(
        tmp_path / "gone", only=[], member_moves=FILES["member_moves"] + f"M1,C2,{AS_OF},,left\n"
    )
    branch, logs = imported(gone, *first)
    [listed] = by_group(plan(write_export(tmp_path / "back", only=["members"]), branch))["KM-001"]
    assert (listed.ordinal, listed.number) == (3, "C2")
    assert logs


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(
            {"members": with_cells("members", 2, group="KM-002", phone="1")},
            {"members": Reason.NOT_A_PHONE, "member_moves": Reason.REFUSED_WITH},
            id="a member who cannot be listed stays",
        ),
        pytest.param(
            {"member_moves": FILES["member_moves"] + "M1,C1,x,KM-002,moved\n"},
            {"member_moves": Reason.NOT_A_DAY, "members": Reason.OTHER_GROUP},
            id="without his move he is elsewhere",
        ),
        pytest.param(
            {"member_moves": FILES["member_moves"] + "M1,C1,2025-12-16,KM-002,moved\n"},
            {"loans": Reason.WRONG_ORDER},
            id="balances from before the move",
        ),
        pytest.param(
            {"member_moves": FILES["member_moves"] + f"M1,C1,{AS_OF},KM-001,moved\n"},
            {"member_moves": Reason.OTHER_GROUP, "members": Reason.OTHER_GROUP},
            id="to where he is",
        ),
        pytest.param(
            {
                "loans": FILES["loans"]
                .replace("KM-001,C1,L1", "KM-002,C1,L1")
                .replace("2025-11-30,50000000,0,0,,0,0,0,0,42900000000000,0,0", ",,,,,,,,,,,")
            },
            {"loans": Reason.EMPTY_CELL},
            id="a loan without its balances",
        ),
    ],
)
def test_half_a_move_is_refused_and_closes_no_loan(tmp_path, first, changed, expected):
    branch, _ = first
    made = plan(write_export(tmp_path / "later", only=[], **MOVED | changed), branch)
    found = {
        row.table: row.reason
        for row in made.refused
        if row.reason is not Reason.REFUSED_WITH or row.table in expected
    }
    assert {table: found.get(table) for table in expected} == expected
    for entries in by_group(made).values():
        assert not {LoanClosed, LoanBroughtForward} & set(kinds(entries))


def test_a_loan_that_the_other_group_cannot_take_is_not_closed_in_the_first(tmp_path, first, later):
    branch, _ = first

    def close(group, run):
        """The other group's book bears no loan."""
        book = Book()
        bad = [nth for nth, entry in enumerate(run) if isinstance(entry, LoanBroughtForward)]
        ending = end_run(book, [], to_day(date(2025, 12, 17)), "CB001")
        return type(ending)(loans=(1,)) if bad and group == "KM-002" else ending

    made = plan(later, branch, close)
    assert {(row.table, row.reason) for row in made.refused} == {("loans", Reason.IMPOSSIBLE)}
    assert kinds(by_group(made)["KM-001"])[:1] == [MemberMoved]
    assert LoanClosed not in kinds(by_group(made)["KM-001"])
    assert LoanBroughtForward not in kinds(by_group(made)["KM-002"])


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("M1,C9,2025-12-15,KM-002,moved", "customer", Reason.UNKNOWN_NAME),
        ("M1,C1,2025-12-15,KM-009,moved", "to_group", Reason.UNKNOWN_NAME),
        ("G1,C1,2025-12-15,KM-002,moved", "core_ref", Reason.REPEATED_KEY),
        ("G1,C3,2025-12-15,KM-001,moved", "core_ref", Reason.REPEATED_KEY),
    ],
)
def test_a_move_of_nobody_or_to_nowhere_is_refused(tmp_path, first, row, column, reason):
    branch, _ = first
    folder = write_export(
        tmp_path / "later", only=["loan_events"], member_moves=FILES["member_moves"] + row + "\n"
    )
    assert ("member_moves", 2, column, reason) in refused(folder, branch)


def test_nobody_leaves_twice_at_once(tmp_path, first):
    branch, _ = first
    moves = FILES["member_moves"] + "M1,C1,2025-12-15,,left\nM2,C1,2025-12-16,,left\n"
    found = refused(write_export(tmp_path / "later", only=[], member_moves=moves), branch)
    assert ("member_moves", 2, "customer", Reason.REPEATED_KEY) in found


def test_a_loan_with_a_hole_in_its_history_does_not_move(tmp_path, first):
    branch, _ = first
    events = FILES["loan_events"] + "G8,L1,principal_repaid,2025-12-16,x,,,,\n"
    made = plan(write_export(tmp_path / "later", only=[], **MOVED, loan_events=events), branch)
    assert {(row.table, row.reason) for row in made.refused} == {
        ("loan_events", Reason.NOT_A_NUMBER),
        ("loans", Reason.REFUSED_WITH),
    }
    assert kinds(by_group(made)["KM-001"]) == [MemberMoved]
    assert kinds(by_group(made)["KM-002"]) == [MemberListed, SavingsAccountListed]


def test_who_goes_the_other_way_is_found_where_he_is_now(tmp_path):
    two = TWO | {
        "loans": with_row("loans", group="KM-002", customer="C3", loan="L3"),
        "savings": with_row("savings", group="KM-002", customer="C3", account="S3"),
    }
    branch, logs = imported(write_export(tmp_path / "first", **two))
    balances = (
        FILES["loans"]
        .splitlines()[1]
        .replace("KM-001,C1,L1,HN", "KM-001,C3,L3,NS")
        .replace("2025-11-30", AS_OF)
    )
    balances = balances.replace("2023-04-18,2028-04-18", "2025-09-10,2028-09-10").replace(
        ",66000,", ",90000,"
    )
    back = write_export(
        tmp_path / "later",
        only=[],
        member_moves=FILES["member_moves"] + f"M1,C3,{AS_OF},KM-001,moved\n",
        members=FILES["members"] + "KM-001,C3,Y Blâm,,,\n",
        savings=FILES["savings"] + f"KM-001,C3,S3,{AS_OF},5\n",
        loans=FILES["loans"].splitlines()[0] + "\n" + balances + "\n",
    )
    branch, _ = imported(back, branch, logs)
    again = plan(back, branch)
    assert (again.groups, again.refused) == ((), ())
    later = write_export(
        tmp_path / "next",
        only=[],
        loan_events=FILES["loan_events"] + "G8,L3,principal_repaid,2025-12-16,1,,,,\n",
        savings_events=FILES["savings_events"] + "G9,S3,deposit,2025-12-16,1\n",
    )
    assert [group.group for group in plan(later, branch).groups] == ["KM-001"]


def test_a_second_move_of_somebody_who_has_left_changes_nothing_more(first):
    branch, _ = first
    roster = branch.rosters["KM-001"].copy()
    for reference in ("M1", "M2"):
        roster.take(MemberMoved(1, to_day(date(2025, 12, 15)), None, "left", reference))
    assert set(roster.members) == {"C2"}


def test_a_move_under_the_reference_of_another_groups_fact_is_refused(tmp_path, first):
    branch, _ = first
    moves = FILES["member_moves"] + "G1,C3,2025-12-15,,left\n"
    folder = write_export(tmp_path / "later", only=[], member_moves=moves)
    assert refused(folder, branch) == [("member_moves", 2, "core_ref", Reason.REPEATED_KEY)]
