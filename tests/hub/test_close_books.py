"""An import is tried before it is sealed: every group ends with a book, or the rows to blame are named."""

from datetime import date

import pytest

from calc.book import Book, fold
from calc.dues import book_digest, dues
from hub.service.group.closing import end_run
from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch
from hub.service.loan_book.roster import roster_of
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow
from protocol.day import to_day
from protocol.ids import Position
from protocol.loan_facts import Disbursed
from protocol.posting_facts import BookReady, DayOpened
from protocol.roster_facts import RateDecided
from tests.facts import an
from tests.hub.exports import FILES, with_cells, with_row, write_export
from tests.hub.imports import DAY, imported, kinds, plan


def books_of(logs):
    return {
        group: fold((Position(0, seq), entry) for seq, entry in enumerate(log, 1))
        for group, log in logs.items()
    }


def tried(folder, branch=None, books=None):
    """A plan whose runs are tried on books, as an import does it."""

    def close(group, run):
        return end_run((books or {}).get(group, Book()), run, DAY, "CB001")

    return plan(folder, branch, close) if branch else plan(folder, close=close)


def blamed(made):
    return [(row.table, row.line, row.reason) for row in made.refused]


def test_L12_every_touched_group_ends_with_a_book_that_can_be_checked(tmp_path):
    [group] = tried(write_export(tmp_path)).groups
    opened, ready = group.entries[-2:]
    assert (opened, ready.day) == (DayOpened(DAY, 4, "CB001"), DAY)
    book = fold((Position(0, seq), entry) for seq, entry in enumerate(group.entries, 1))
    assert ready == BookReady(DAY, book_digest(book, DAY))
    assert not book.problems
    # 17/11 to 17/12/2025 at 6.6 %: 50 m for 15 days (13 carried), 45 m for 15; 20 m at 9 % from 10/09.
    assert [due.payable for due in dues(book, DAY)] == [257_671, 483_288]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        pytest.param({"amount": "50000001"}, Reason.OVER_REPAYMENT, id="more repaid than was owed"),
        pytest.param(
            {"kind": "instalment_overdue", "amount": "60000000"}, Reason.OVERDUE_EXCEEDS_IN_TERM, id="overdue"
        ),
        pytest.param({"kind": "freeze_lifted"}, Reason.LIFT_EXCEEDS_FROZEN, id="no freeze to lift"),
    ],
)
def test_an_event_that_cannot_be_is_refused_with_its_loan_and_the_rest_is_imported(tmp_path, event, reason):
    folder = write_export(tmp_path, loan_events=with_cells("loan_events", 3, **event))
    made = tried(folder)
    assert blamed(made) == [("loan_events", 3, reason), ("loans", 2, Reason.REFUSED_WITH)]
    [group] = made.groups
    book = fold((Position(0, seq), entry) for seq, entry in enumerate(group.entries, 1))
    assert [(loan.ordinal, loan.number) for loan in book.loans.values()] == [(1, "L2")]
    assert [due.payable for due in dues(book, DAY)] == [483_288]
    assert (made.imported, made.unchanged, made.refused_rows) == (16, 0, 2)


def test_a_loan_whose_due_cannot_be_computed_is_refused_with_its_own_row(tmp_path):
    # 66,001 ppm × 1.3 is no whole number of ppm, and 1 m is overdue.
    loans = with_cells("loans", 2, ppm="66001", overdue="1000000")
    folder = write_export(tmp_path, loans=loans, loan_events=FILES["loan_events"].rsplit("G2", 1)[0])
    made = tried(folder)
    assert blamed(made) == [("loans", 2, Reason.IMPOSSIBLE)]
    assert [len(group.planned) for group in made.groups] == [4 + 1 + 2 + 1 + 1 + 1 + 1 + 2]


def test_an_unknown_policy_is_refused_before_it_is_signed_and_no_loan_goes_in_without_it(tmp_path):
    folder = write_export(tmp_path, policies=with_cells("policies", 2, policy="roundin"))
    made = tried(folder)
    assert blamed(made) == [
        ("loan_events", 2, Reason.REFUSED_WITH),
        ("loan_events", 3, Reason.REFUSED_WITH),
        ("loans", 2, Reason.REFUSED_WITH),
        ("loans", 3, Reason.REFUSED_WITH),
        ("policies", 2, Reason.UNKNOWN_POLICY),
    ]
    [group] = made.groups
    assert [entry.number for entry in group.entries if isinstance(entry, RateDecided)] == [2, 3]


def test_a_rate_that_is_no_whole_ppm_is_refused_with_the_decision(tmp_path):
    branch, logs = imported(write_export(tmp_path / "first"))
    factor = with_row("rate_decisions", reference="1990/QĐ-TTg", programme="HN", kind="factor", ppm="333333")
    later = write_export(tmp_path / "later", only=[], rate_decisions=factor)
    assert blamed(tried(later, branch, books_of(logs))) == [("rate_decisions", 4, Reason.IMPOSSIBLE)]


def test_of_several_new_decisions_the_one_that_no_loan_bears_is_refused(tmp_path):
    branch, logs = imported(write_export(tmp_path / "first"))
    factor = with_row("rate_decisions", reference="1/QĐ", programme="NS", kind="points", ppm="1000")
    factor += (
        factor.splitlines()[-1].replace("1/QĐ", "2/QĐ").replace("NS,points,1000", "HN,factor,333333") + "\n"
    )
    made = tried(write_export(tmp_path / "later", only=[], rate_decisions=factor), branch, books_of(logs))
    assert blamed(made) == [("rate_decisions", 5, Reason.IMPOSSIBLE)]
    assert [entry.reference for entry in made.groups[0].entries if isinstance(entry, RateDecided)] == ["1/QĐ"]


def test_a_new_decision_under_which_no_new_loan_can_be_computed_is_to_blame_itself(tmp_path):
    factor = with_row("rate_decisions", reference="1990/QĐ-TTg", programme="HN", kind="factor", ppm="333333")
    made = tried(write_export(tmp_path, rate_decisions=factor))
    assert ("rate_decisions", 4, Reason.IMPOSSIBLE) in blamed(made)
    [group] = made.groups
    assert not any(isinstance(entry, RateDecided) and entry.kind == "factor" for entry in group.entries)
    book = fold((Position(0, seq), entry) for seq, entry in enumerate(group.entries, 1))
    assert [loan.number for loan in book.loans.values()] == ["L2"]


def test_one_new_loan_that_a_decision_does_not_fit_leaves_the_decision_alone(tmp_path):
    factor = with_row("rate_decisions", reference="1990/QĐ-TTg", programme="HN", kind="factor", ppm="900000")
    loans = (
        FILES["loans"] + FILES["loans"].splitlines()[1].replace("L1", "L3").replace("66000", "66001") + "\n"
    )
    made = tried(write_export(tmp_path, rate_decisions=factor, loans=loans))
    assert blamed(made) == [("loans", 4, Reason.IMPOSSIBLE)]


def test_a_copied_decision_that_makes_a_book_impossible_holds_up_its_group_alone(tmp_path):
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
    branch, books = Branch(rosters, Directory()), books_of(logs)
    made = tried(write_export(tmp_path / "later", only=["programmes"]), branch, books)
    assert made.refused == (BadRow("", 0, "KM-002", Reason.IMPOSSIBLE),)
    assert made.groups == ()
    more = FILES["members"] + "KM-001,C8,Người mới,,,\nKM-002,C9,Người mới,,,\n"
    made = tried(write_export(tmp_path / "more", only=[], members=more), branch, books)
    assert made.refused == (
        BadRow("", 0, "KM-002", Reason.IMPOSSIBLE),
        BadRow("members", 5, "", Reason.REFUSED_WITH),
    )
    assert [(group.group, len(group.planned)) for group in made.groups] == [("KM-001", 3)]
    assert kinds(made.groups[0].entries)[-1] is BookReady
