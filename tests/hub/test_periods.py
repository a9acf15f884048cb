"""Closing a period in a branch: groups that are stopped or change meanwhile, and what fsck adds up."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from calc.chart import Control, Line
from calc.journal import journal
from calc.periods import Hindrance, period_in
from hub.errors import PeriodError
from hub.service.accounts.journal import balance_sheet, balanced
from hub.service.accounts.periods import close_period, plan_closing
from hub.service.accounts.wording import CAUSES, HINDRANCES, detail_name
from hub.service.day.posting import Counting, Settling, count, settle
from hub.service.group.directory import Directory
from hub.service.group.known import known_facts
from hub.service.group.names import Names
from hub.service.upkeep import fsck_books
from hub.service.upkeep.fsck_books import check_books
from hub.store.sqlite import SqliteStore, create
from protocol.posting_facts import DayOpened
from tests.calc.days import on
from tests.hub.builders import Branch
from tests.hub.lenders import DAY, GROUPS, lent
from tests.hub.stopping import stop

DECEMBER = period_in(2025, 12)


class Year:
    """A branch whose three groups were settled on 17/12/2025, at the new year."""

    def __init__(self, folder):
        create(folder / "hub.sqlite")
        self.now = datetime(2025, 12, 17, 5, tzinfo=UTC)
        self.branch = lent(Branch(SqliteStore(folder / "hub.sqlite"), lambda: self.now))
        self.groups = self.branch.groups
        for group in GROUPS:
            count(self.groups, group, Counting(DAY, 0, (), "GDV01", None))
            settle(self.groups, group, Settling(DAY, "KSV01", "GDV01"))
        self.now = datetime(2026, 1, 2, 5, tzinfo=UTC)

    def plan(self):
        """What closing December would do."""
        return plan_closing(self.groups, DECEMBER, lambda: None)

    def close(self, plan):
        """Close December by a plan."""
        return close_period(self.groups, plan, "KTT01", "GD01", lambda: None)


@pytest.fixture
def year(tmp_path):
    return Year(tmp_path)


def test_L15_a_group_that_is_stopped_is_named_and_left_open(year):
    stop(year.groups, "KM-002")
    assert year.close(year.plan()) == ("KM-002",)
    assert [len(year.groups.load(group).book.periods) for group in GROUPS] == [1, 0, 1]
    assert year.plan().open == ("KM-002",)


def test_B4_a_group_that_opened_a_day_meanwhile_is_not_closed(year):
    plan = year.plan()
    opened = DayOpened(on("2025-12-30"), 1, "CB001")
    year.groups.append("KM-002", lambda _: [[opened]])
    with pytest.raises(PeriodError) as caught:
        year.close(plan)
    assert caught.value.code == "period_hindered"
    assert [len(year.groups.load(group).book.periods) for group in GROUPS] == [1, 0, 0]


def test_a_group_that_others_closed_meanwhile_is_closed_once(year):
    plan = year.plan()
    year.close(plan)
    year.close(plan)
    assert [len(year.groups.load(group).book.periods) for group in GROUPS] == [1, 1, 1]


def lost(book, facts):
    """A journal that has lost a line of its last entry, as a defect would leave it."""
    *kept, last = journal(book, facts)
    return (*kept, structs.replace(last, lines=last.lines[:1]))


def test_B19_fsck_finds_a_journal_that_does_not_add_up(year, monkeypatch):
    state = year.groups.load("KM-001")
    assert check_books(state) == []
    monkeypatch.setattr(fsck_books, "journal", lost)
    assert [(fault.where, fault.code) for fault in check_books(state)] == [
        ("KM-001 0.12", "journal"),
        ("KM-001 interest_due_contra", "control"),
    ]


def test_B19_balances_say_which_detail_does_not_agree(year):
    found = balanced(year.groups.load("KM-001"))
    (check, *_) = [one for one in found.checks if one.account is Control.PRINCIPAL]
    wrong = structs.replace(check, journal=check.journal + 1)
    line = (Line(Control.PRINCIPAL, 1, 1),)
    more = structs.replace(found.entries[-1], lines=line)
    broken = structs.replace(found, entries=(*found.entries, more), checks=(wrong,))
    sheet = balance_sheet([broken], "thử")
    assert sheet.totals[-1] == 1
    assert sheet.closing[0][1].startswith("KHÔNG:")
    assert sheet.closing[1] == (
        "LỆCH tổ KM-001, Dư nợ gốc 1",
        "sổ cái 50.000.001\N{NO-BREAK SPACE}đ, chi tiết 50.000.000\N{NO-BREAK SPACE}đ",
    )


def test_every_word_of_a_journal_has_its_vietnamese(year):
    state = year.groups.load("KM-001")
    assert {entry.cause for entry in journal(state.book, known_facts(state))} <= CAUSES.keys()
    names = Names(state, state.book, Directory())
    roles = {1: "leader", 3: "teller"}
    assert [detail_name(names, roles, Control.CASH_IN_TRANSIT, writer) for writer in (1, 2, 3)] == [
        "máy 1 (tổ trưởng)",
        "máy 2",
        "máy 3",
    ]
    assert detail_name(names, roles, Control.SAVINGS, 9) == "9"
    assert detail_name(names, roles, Control.SHORTAGE, DAY) == "17/12/2025"
    assert HINDRANCES.keys() == set(Hindrance)
