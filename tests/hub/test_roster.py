"""An export becomes entries: each fact once, under the next ordinals, in every group that needs it."""

from datetime import date
from itertools import count

import pytest

from calc.book import Book, fold
from calc.dues import book_digest, dues
from hub.service.book_rows import BadRow, Reason
from hub.service.closing import end_run
from hub.service.directory import Directory
from hub.service.roster import Branch, close_books, plan_import
from hub.service.roster_state import roster_of
from protocol.codec import text_hash
from protocol.day import to_day
from protocol.entries import decode_entry, entry_bytes
from protocol.ids import Position
from protocol.loan_facts import (
    CoreMatched,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.posting_facts import BookReady, DayOpened
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    MemberMoved,
    PolicyAdopted,
    RateDecided,
    SavingsAccountListed,
    SavingsMoved,
)
from tests.facts import an
from tests.hub.exports import FILES, with_cells, with_row, write_export

DAY = to_day(date(2025, 12, 17))
NOTHING = Branch({}, Directory())


def salts():
    numbers = count(1)
    return lambda: next(numbers).to_bytes(16, "big")


def plan(folder, branch=NOTHING):
    return plan_import(folder, branch, salts())


def imported(folder, branch=NOTHING, entries=None, extra=()):
    """The branch after an import, and all entries by group; ``extra`` is appended to KM-001 besides."""
    made = plan(folder, branch)
    assert not made.refused
    logs = {group: list(before) for group, before in (entries or {}).items()}
    words = {text.hash: text.text.decode() for group in made.groups for text in group.texts}
    for group in made.groups:
        logs.setdefault(group.group, []).extend(group.entries)
    logs["KM-001"].extend(extra)
    rosters = {group: roster_of(group, log, words.get) for group, log in logs.items()}
    return Branch(rosters, made.directory), logs


def kinds(entries):
    return [type(entry) for entry in entries]


def refused(folder, branch=NOTHING):
    return [(row.file, row.line, row.column, row.reason) for row in plan(folder, branch).refused]


def test_the_log_of_a_new_group_begins_with_all_decisions(tmp_path):
    [group] = plan(write_export(tmp_path)).groups
    assert kinds(group.entries) == [
        *[PolicyAdopted] * 2,
        *[RateDecided] * 2,
        GroupListed,
        *[MemberListed] * 2,
        SavingsAccountListed,
        LoanBroughtForward,
        LoanOpened,
        Disbursed,
        PrincipalRepaid,
        SavingsMoved,
    ]
    assert [entry.number for entry in group.entries[:4]] == [1, 2, 3, 4]


def test_every_planned_entry_is_one_that_the_log_can_hold(tmp_path):
    [group] = plan(write_export(tmp_path)).groups
    for entry in group.entries:
        assert decode_entry(entry_bytes(entry)) == entry


def test_every_planned_entry_says_which_row_it_comes_from(tmp_path):
    [group] = plan(write_export(tmp_path)).groups
    places = [(planned.file, planned.line) for planned in group.planned]
    assert len(set(places)) == len(places)
    assert ("loan_events.csv", 3) in places


def test_rows_become_entries_word_for_word(tmp_path):
    _, logs = imported(write_export(tmp_path))
    listed, loan, other = (
        next(entry for entry in logs["KM-001"] if isinstance(entry, kind))
        for kind in (GroupListed, LoanBroughtForward, LoanOpened)
    )
    assert (listed.area, listed.point, listed.day_of_month, listed.organisation) == ("P1", "D17", 17, "HPN")
    assert listed.core_ref == "KM-001@2025-07-01"
    assert (loan.number, loan.opened_on, loan.as_of) == (
        "L1",
        to_day(date(2023, 4, 18)),
        to_day(date(2025, 11, 30)),
    )
    assert (loan.in_term, loan.numerator_in_term, loan.decided_by) == (50_000_000, 42_900_000_000_000, "core")
    assert [(rate.effective, rate.ppm) for rate in loan.rates] == [(loan.opened_on, 66_000)]
    assert (other.number, other.member, other.ppm, other.core_ref) == ("L2", 2, 90_000, "L2")


def test_L3_ordinals_go_on_densely_in_a_later_import(tmp_path):
    branch, logs = imported(write_export(tmp_path / "first"))
    later = write_export(
        tmp_path / "later",
        members=with_row("members", customer="C3"),
        savings=with_row("savings", account="S2", customer="C3"),
        loans=with_row("loans", loan="L3", customer="C3"),
    )
    _, logs = imported(later, branch, logs)
    for kind in (MemberListed, SavingsAccountListed, LoanBroughtForward | LoanOpened):
        ordinals = [entry.ordinal for entry in logs["KM-001"] if isinstance(entry, kind)]
        assert ordinals == list(range(1, len(ordinals) + 1))


def test_L3_the_ordinal_of_a_member_who_left_is_not_given_out_again(tmp_path):
    left = an(MemberMoved, member=2)
    branch, logs = imported(write_export(tmp_path / "first"), extra=[left])
    assert set(branch.rosters["KM-001"].members) == {"C1"}
    only = {"members": with_cells("members", 3, customer="C3")}
    _, logs = imported(write_export(tmp_path / "later", only=[], **only), branch, logs)
    assert [entry.ordinal for entry in logs["KM-001"] if isinstance(entry, MemberListed)] == [1, 2, 3]


def test_L4_no_personal_text_is_in_an_entry_and_each_is_detached_under_its_own_salt(tmp_path):
    [group] = plan(write_export(tmp_path)).groups
    sealed = b"".join(entry_bytes(entry) for entry in group.entries)
    texts = {text.text.decode(): text for text in group.texts}
    assert set(texts) == {
        "Tổ số 1",
        "Phạm Thị Lụa",
        "030908001001",
        "0100001001",
        "Số 3, Khu dân cư Đông",
        "Y Blâm",
    }
    assert len({text.salt for text in group.texts}) == len(group.texts)
    for words, text in texts.items():
        assert words.encode() not in sealed
        assert text_hash(text.salt, words) in sealed


def test_the_same_export_twice_adds_nothing(tmp_path):
    folder = write_export(tmp_path)
    branch, _ = imported(folder)
    again = plan(folder, branch)
    assert (again.groups, again.refused, again.changed) == ((), (), ())
    assert again.directory == branch.directory


def test_an_export_of_what_is_new_adds_just_that(tmp_path):
    branch, _ = imported(write_export(tmp_path / "first"))
    events = with_row("loan_events", core_ref="G9", effective_on="2025-12-12", amount="1")
    [group] = plan(write_export(tmp_path / "later", only=[], loan_events=events), branch).groups
    assert [(entry.loan, entry.amount, entry.core_ref) for entry in group.entries] == [(1, 1, "G9")]
    assert kinds(group.entries) == [PrincipalRepaid]


def test_L12_a_decision_goes_into_every_group_under_the_next_number(tmp_path):
    two = {
        "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
        "members": with_row("members", group="KM-002", customer="C3"),
    }
    branch, logs = imported(write_export(tmp_path / "first", **two))
    assert kinds(logs["KM-002"])[:5] == [PolicyAdopted, PolicyAdopted, RateDecided, RateDecided, GroupListed]
    late = with_row("rate_decisions", reference="2654/QĐ-TTg", kind="points", ppm="20000")
    later = plan(write_export(tmp_path / "later", only=[], rate_decisions=late), branch)
    assert [group.group for group in later.groups] == ["KM-001", "KM-002"]
    for group in later.groups:
        assert [(entry.number, entry.kind) for entry in group.entries] == [(5, "points")]


def test_L12_a_fan_out_that_was_cut_goes_on_with_the_same_numbers(tmp_path):
    two = {
        "groups": with_row("groups", code="KM-002", leader="C3", deputy=""),
        "members": with_row("members", group="KM-002", customer="C3"),
    }
    folder = write_export(tmp_path, **two)
    _, logs = imported(folder)
    cut = {"KM-001": logs["KM-001"], "KM-002": logs["KM-002"][:3]}
    rosters = {group: roster_of(group, log, lambda _: None) for group, log in cut.items()}
    [rest] = plan(folder, Branch(rosters, Directory())).groups
    assert rest.group == "KM-002"
    assert rest.entries[0] == logs["KM-002"][3]
    assert kinds(rest.entries) == kinds(logs["KM-002"][3:])


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


EVENTS = {
    "disbursed": Disbursed,
    "instalment_scheduled": InstalmentScheduled,
    "principal_repaid": PrincipalRepaid,
    "interest_received": InterestReceived,
    "instalment_overdue": InstalmentOverdue,
    "loan_extended": LoanExtended,
    "loan_frozen": LoanFrozen,
    "freeze_lifted": FreezeLifted,
    "loan_renewed": LoanRenewed,
    "loan_written_off": LoanWrittenOff,
    "recovered_after_write_off": RecoveredAfterWriteOff,
    "loan_closed": LoanClosed,
}
NEEDS = {
    "loan_extended": {"due_on": "2030-01-01"},
    "loan_frozen": {"until": "2028-01-01"},
    "loan_renewed": {"due_on": "2030-01-01", "ppm": "62400", "amount": ""},
    "recovered_after_write_off": {"interest": "7"},
    "loan_closed": {"amount": ""},
}


@pytest.mark.parametrize("kind", EVENTS)
def test_each_kind_of_event_is_its_own_entry(tmp_path, kind):
    cells = {"kind": kind} | NEEDS.get(kind, {})
    [group] = plan(write_export(tmp_path, loan_events=with_cells("loan_events", 3, **cells))).groups
    entry = next(
        planned.entry for planned in group.planned if planned.line == 3 and planned.file == "loan_events.csv"
    )
    assert type(entry) is EVENTS[kind]
    assert (entry.loan, entry.core_ref) == (1, "G2")
    assert decode_entry(entry_bytes(entry)) == entry


def test_events_stand_in_the_order_in_which_they_count(tmp_path):
    header = FILES["loan_events"].splitlines()[0]
    rows = [
        "E1,L1,principal_repaid,2025-12-02,5000000,,,,",
        "E2,L1,interest_received,2025-12-01,100000,,,,",
        "E3,L1,disbursed,2025-12-02,10000000,,,,",
    ]
    events = "\n".join([header, *rows, ""])
    [group] = plan(write_export(tmp_path, loan_events=events)).groups
    assert [entry.core_ref for entry in group.entries if getattr(entry, "loan", None)] == ["E2", "E3", "E1"]


def test_facts_without_a_reference_of_the_bank_are_not_mixed_up(tmp_path):
    keyed = an(PrincipalRepaid, core_ref=None)
    branch, _ = imported(write_export(tmp_path), extra=[keyed, an(CoreMatched)])
    assert set(branch.rosters["KM-001"].facts) == {"G1", "G2", "G3"}


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
