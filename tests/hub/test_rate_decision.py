"""A rate decision from its preview to every group's log (B2, B11, B13, B22, L12)."""

from datetime import date

import pytest

from calc.dues import book_digest, dues
from hub.errors import DecisionError
from hub.service.group.closing import end_run
from hub.service.rates.decision import GroupChange, Totals, decide
from hub.service.upkeep.fsck import Report, Unfinished, check
from hub.telling import tell_report
from protocol.day import day_of, to_day
from protocol.posting_facts import BookReady, DayOpened
from protocol.roster_facts import PolicyAdopted, RateDecided
from tests.hub.builders import NOW, sqlite_branch
from tests.hub.exports import with_cells, with_row, write_export
from tests.hub.imports import imported, kinds
from tests.hub.imports import plan as planned_import
from tests.hub.lenders import DAY, GROUPS, OPENED, SINCE, carried_out, lent, plan, wished
from tests.hub.stopping import stop


@pytest.fixture
def branch(tmp_path):
    return lent(sqlite_branch(tmp_path))


def entries(branch, group):
    return [placed.entry for placed in branch.another_process().load(group).log.entries]


def lengths(branch):
    return [branch.another_process().load(group).log.length for group in GROUPS]


def payables(branch, group="KM-001"):
    return [due.payable for due in dues(branch.another_process().load(group).book, DAY)]


def refused(call, *given, **named):
    with pytest.raises(DecisionError) as caught:
        call(*given, **named)
    return caught.value.code


def test_the_preview_counts_loans_credit_and_customers_over_all_groups_and_writes_nothing(branch):
    before = lengths(branch)
    deciding = plan(branch.groups)
    # in each group: 7,891 + 11,047 less; 263,342 - 269,000 leaves a credit of 5,658
    assert deciding.totals == Totals(
        groups=3,
        loans=6,
        changed=6,
        fallen=3 * (7_891 + 11_047),
        risen=0,
        credit=3 * 5_658,
        customers=3,
        behind=0,
        broken=0,
    )
    assert deciding.decision == wished(number=2)
    assert lengths(branch) == before


def test_L12_a_decision_goes_into_every_log_under_the_next_number_and_ends_with_a_book(branch):
    assert carried_out(branch.groups) == ()
    for group in GROUPS:
        decided, opened, ready = entries(branch, group)[-3:]
        assert decided == wished(number=2)
        assert opened == DayOpened(DAY, 2, "GD01")
        book = branch.another_process().load(group).book
        assert ready == BookReady(DAY, book_digest(book, DAY))
        assert book.is_complete
        assert payables(branch, group) == [263_342 - 269_000, 368_679]
    assert check(branch.another_process(), lambda: None).faults == ()


def test_what_the_preview_tells_is_what_changes(branch):
    before = payables(branch)
    deciding = plan(branch.groups, kind="points", ppm=20_000, effective_from=SINCE + 3)
    decide(branch.groups, deciding, lambda: None)
    (change, *_) = deciding.groups
    assert [loan.before for loan in change.loans] == before
    assert [loan.after for loan in change.loans] == payables(branch)


def test_the_same_decision_again_changes_nothing_whoever_enters_it(branch):
    carried_out(branch.groups)
    before = lengths(branch)
    again = plan(branch.groups, decided_by="GD03", confirmed_by="GD04")
    assert (again.is_known, again.groups, again.decision.decided_by) == (True, (), "GD01")
    assert decide(branch.groups, again, lambda: None) == ()
    assert lengths(branch) == before


@pytest.mark.parametrize(
    "other",
    [{"ppm": 62_500}, {"signed_on": SINCE}, {"reach": "existing"}, {"effective_to": DAY}],
)
def test_another_decision_about_the_same_matter_is_refused(branch, other):
    carried_out(branch.groups)
    before = lengths(branch)
    assert refused(plan, branch.groups, **other) == "decision_contradicts"
    assert lengths(branch) == before


@pytest.mark.parametrize("other", [{"reference": "1/QĐ"}, {"kind": "points"}, {"effective_from": DAY}])
def test_a_decision_about_another_matter_gets_the_next_number(branch, other):
    carried_out(branch.groups)
    assert plan(branch.groups, **other).decision.number == 3


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"confirmed_by": "gd01"}, "same_person"),
        ({"confirmed_by": None}, "same_person"),
        ({"effective_to": to_day(date(2025, 11, 30))}, "ends_before_it_begins"),
        ({"programme": "XX"}, "unknown_programme"),
        ({"above": 60_000}, "rate_above"),
        ({"signed_on": day_of(NOW) + 1}, "signed_future"),
        ({"kind": "factor", "ppm": 9_000}, "factor_small"),
    ],
)
def test_what_nobody_may_decide_is_refused(branch, terms, code):
    assert refused(plan, branch.groups, **terms) == code


def test_a_rate_that_is_no_whole_ppm_somewhere_refuses_the_decision_with_the_loans(branch):
    lent(branch, "KM-004", ppm=60_001)
    deciding = plan(branch.groups, kind="factor", ppm=900_000)
    assert [(group, loan.number) for group, loan in deciding.broken] == [
        ("KM-004", "KM-004/1"),
        ("KM-004", "KM-004/2"),
    ]
    with pytest.raises(AssertionError):
        decide(branch.groups, deciding, lambda: None)


def test_B22_loans_whose_history_begins_later_are_told(branch):
    deciding = plan(branch.groups, kind="points", ppm=20_000, effective_from=OPENED + 9, effective_to=DAY)
    assert deciding.totals.behind == 6


def test_L12_a_group_that_lacks_an_earlier_decision_gets_it_too(branch):
    early = wished(number=2)
    branch.groups.append("KM-001", lambda state: [[early, *end_run(state.book, [early], DAY, "x").entries]])
    deciding = plan(branch.groups, kind="points", ppm=20_000)
    assert deciding.decision.number == 3
    decide(branch.groups, deciding, lambda: None)
    for group in GROUPS:
        assert [one.number for one in entries(branch, group) if isinstance(one, RateDecided)] == [2, 3]
        assert payables(branch, group) == payables(branch, "KM-001")


def test_two_logs_that_differ_under_one_number_are_told(branch):
    for group, ppm in (("KM-001", 60_000), ("KM-002", 62_000)):
        branch.groups.append(group, lambda _, ppm=ppm: [[wished(number=2, ppm=ppm)]])
    assert refused(plan, branch.groups) == "decision_differs"


class HalfWay:
    """A store that dies after so many appends."""

    def __init__(self, store, appends):
        self._store, self._left = store, appends

    def __getattr__(self, name):
        return getattr(self._store, name)

    def append(self, log, expected_head, seal):
        if self._left == 0:
            raise SystemExit
        self._left -= 1
        self._store.append(log, expected_head, seal)


@pytest.mark.parametrize("appends", [0, 1, 2])
def test_N74_a_decision_that_was_killed_midway_is_finished_by_the_same_one(branch, appends):
    dying = branch.another_process()
    dying.store = HalfWay(branch.store, appends)
    with pytest.raises(SystemExit):
        carried_out(dying)
    found = check(branch.another_process(), lambda: None)
    assert (found.faults, found.unfinished) == ((), (Unfinished(2, 3 - appends, 3),) if appends else ())
    again = plan(branch.groups, decided_by="GD03", confirmed_by="GD04")
    assert (again.is_known, len(again.groups)) == (appends > 0, 3 - appends)
    decide(branch.groups, again, lambda: None)
    found = [[one for one in entries(branch, group) if isinstance(one, RateDecided)] for group in GROUPS]
    people = "GD01" if appends else "GD03"
    assert [[one.decided_by for one in decided] for decided in found] == [[people]] * 3
    assert plan(branch.groups).groups == ()
    found = check(branch.another_process(), lambda: None)
    assert (found.faults, found.unfinished) == ((), ())


def test_L12_a_decision_that_some_groups_lack_is_told_with_what_finishes_it(capsys):
    tell_report(Report({}, {}, {}, (), (Unfinished(2, 1, 3),)))
    *_, told, verdict = capsys.readouterr().out.strip().splitlines()
    assert told.startswith("Lưu ý: 1 trong 3 tổ còn thiếu quyết định chung số 2. Hãy chạy lại lệnh đã ghi nó")
    assert verdict.startswith("NGUYÊN VẸN")


def test_L12_of_two_decisions_at_once_the_second_finds_its_number_taken_and_writes_nothing(branch):
    first, second = plan(branch.groups), plan(branch.another_process(), kind="points", ppm=20_000)
    assert first.decision.number == second.decision.number == 2
    decide(branch.groups, first, lambda: None)
    before = lengths(branch)
    assert refused(decide, branch.another_process(), second, lambda: None) == "decision_outrun"
    assert lengths(branch) == before
    assert plan(branch.groups, kind="points", ppm=20_000).decision.number == 3


def test_facts_that_came_in_since_the_preview_are_in_the_book_that_ends_the_run(branch):
    deciding = plan(branch.groups)
    branch.admit("KM-002", 1)
    decide(branch.groups, deciding, lambda: None)
    state = branch.another_process().load("KM-002")
    assert kinds(placed.entry for placed in state.log.entries)[-3:] == [RateDecided, DayOpened, BookReady]
    assert state.book.ready.digest == book_digest(state.book, DAY)


def test_a_book_that_can_no_longer_bear_the_decision_is_not_sealed(branch):
    deciding = plan(branch.groups, kind="factor", ppm=900_000)
    late = wished(number=3, kind="rate", ppm=66_001, effective_from=SINCE)
    branch.groups.append("KM-001", lambda _: [[late]])
    before = lengths(branch)
    assert refused(decide, branch.groups, deciding, lambda: None) == "decision_outrun"
    assert lengths(branch) == before


def test_L15_a_stopped_group_is_told_and_the_others_go_on(branch):
    stop(branch.groups, "KM-002")
    assert carried_out(branch.groups) == ("KM-002",)
    assert payables(branch, "KM-003") == [263_342 - 269_000, 368_679]
    assert payables(branch, "KM-002") == [271_233 - 269_000, 379_726]
    again = plan(branch.another_process())
    assert (again.is_known, [change.group for change in again.groups]) == (True, ["KM-002"])


def test_L12_a_group_that_is_not_listed_yet_gets_the_decision_alone(branch):
    branch.groups.open("KM-000")
    deciding = plan(branch.groups)
    assert deciding.groups[0] == GroupChange("KM-000", None, ())
    decide(branch.groups, deciding, lambda: None)
    assert kinds(entries(branch, "KM-000"))[1:] == [PolicyAdopted, RateDecided]


def test_B21_an_export_that_brings_a_known_decision_adds_nothing_whoever_entered_it(tmp_path):
    held, _ = imported(write_export(tmp_path / "first"), extra=[wished(number=5)])
    row = with_row(
        "rate_decisions",
        reference="2553/QĐ-TTg",
        signed_on="2025-11-20",
        programme="HN",
        ppm="62400",
        effective_from="2025-12-01",
    )
    later = planned_import(write_export(tmp_path / "later", only=[], rate_decisions=row), held)
    assert (later.groups, later.refused) == ((), ())


def test_L12_an_import_writes_its_decisions_into_new_groups_last(tmp_path):
    held, _ = imported(write_export(tmp_path / "first"))
    later = write_export(
        tmp_path / "later",
        only=[],
        groups=with_cells("groups", 2, code="KM-000", leader="C3", deputy="C4"),
        members="group,customer,full_name,identity,phone,address\nKM-000,C3,Hà,,,\nKM-000,C4,Hải,,,\n",
        rate_decisions=with_row("rate_decisions", reference="2654/QĐ-TTg"),
    )
    assert [group.group for group in planned_import(later, held).groups] == ["KM-001", "KM-000"]
