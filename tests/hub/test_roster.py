"""An export becomes entries: each fact once, under the next ordinals, in every group that needs it."""

from datetime import date

from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch
from hub.service.loan_book.roster import roster_of
from protocol.codec import text_hash
from protocol.day import to_day
from protocol.entries import decode_entry, entry_bytes
from protocol.loan_facts import (
    Disbursed,
    LoanBroughtForward,
    LoanOpened,
    PrincipalRepaid,
)
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
from tests.hub.exports import with_cells, with_row, write_export
from tests.hub.imports import imported, kinds, plan


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
    places = [(planned.table, planned.line) for planned in group.planned]
    assert len(set(places)) == len(places)
    assert ("loan_events", 3) in places


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
    assert (again.groups, again.refused) == ((), ())
    assert (again.imported, again.unchanged, again.refused_rows) == (0, 18, 0)
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
