"""An import against a living branch: what it appends, and what may come between its plan and its end."""

from itertools import count

import pytest

from hub.documents import DIRECTORIES, directory_listing
from hub.errors import ImportOutrunError
from hub.service.loan_book.imports import Wish, directory_of, import_book, plan_book
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol.day import day_of
from protocol.exchange import Request
from protocol.posting_facts import BookReady, DayOpened
from protocol.roster_facts import MemberListed
from protocol.trust_facts import Received
from tests.hub.builders import GROUP, NOW, sqlite_branch, visit
from tests.hub.exports import FILES, write_export
from tests.hub.imports import kinds

NUMBERS = count(1)


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export")


def salt() -> bytes:
    return next(NUMBERS).to_bytes(16, "big")


def planned(branch, folder, groups=None):
    return plan_book(groups or branch.groups, Wish(folder, None, day_of(NOW), "core"), salt, lambda _: None)


def carried_out(branch, plan, groups=None):
    import_book(groups or branch.groups, plan, lambda _: None)
    return branch.another_process().load(GROUP)


def test_L12_an_import_ends_with_a_book_to_the_groups_transaction_day(branch, export):
    state = carried_out(branch, planned(branch, export))
    opened, ready = (placed.entry for placed in state.log.entries[-2:])
    assert (type(opened), type(ready)) == (DayOpened, BookReady)
    assert opened.day == ready.day == 20_439  # 17 December 2025, the day of the group's point
    assert state.text(next(iter(state.book.members.values())).listed.name) == "Phạm Thị Lụa"


def test_the_directory_is_kept_and_the_newest_counts(branch, export, tmp_path):
    carried_out(branch, planned(branch, export))
    assert [point.day_of_month for point in directory_of(branch.store).points] == [17]
    moved = write_export(tmp_path / "moved", ["points"], points=FILES["points"].replace(",17", ",19"))
    carried_out(branch, planned(branch, moved))
    assert [point.day_of_month for point in directory_of(branch.store).points] == [19]
    assert len(branch.store.ids("~branch:directory:")) == 2


def test_a_branch_without_an_import_has_an_empty_directory(branch):
    assert directory_of(branch.store).points == ()


def test_what_phones_bring_while_an_import_is_planned_does_not_outrun_it(branch, export):
    plan = planned(branch, export)
    phone = branch.admit()
    phone.write(visit())
    Intake(branch.groups, Quota()).exchange(Request(1, GROUP, None, (), (phone.seal(),), ()), phone.writer)
    state = carried_out(branch, plan)
    found = kinds(placed.entry for placed in state.log.entries)
    assert (found.count(Received), found.count(MemberListed), found[-1]) == (1, 2, BookReady)


def test_two_imports_planned_at_once_do_not_mix(branch, export, tmp_path):
    first, second = planned(branch, export), planned(branch, export)
    carried_out(branch, first)
    stored = branch.store.ids("KM-001:seal:")
    with pytest.raises(ImportOutrunError):
        carried_out(branch, second)
    assert branch.store.ids("KM-001:seal:") == stored
    assert planned(branch, export).plan.groups == ()


class Outrun:
    """A store in which another import kept its directory a moment ago."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def ids(self, prefix):
        return () if prefix == DIRECTORIES else self._store.ids(prefix)


def test_a_directory_that_another_import_kept_is_not_written_over(branch, export):
    plan = planned(branch, export)
    branch.store.add([directory_listing(1, {"areas": []})])
    groups = branch.another_process()
    groups.store = Outrun(branch.store)
    with pytest.raises(ImportOutrunError):
        carried_out(branch, plan, groups)
    assert branch.store.get(f"{DIRECTORIES}00000001")["directory"] == {"areas": []}


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


@pytest.mark.parametrize("appends", [0, 1, 2, 3])
def test_an_import_that_was_killed_is_finished_by_the_next_one(
    branch, export, tmp_path, monkeypatch, appends
):
    monkeypatch.setattr("hub.service.group.groups.SEAL_ENTRIES_MAX", 6)  # three seals instead of one
    (tmp_path / "whole").mkdir()
    whole = sqlite_branch(tmp_path / "whole")
    expected = kinds(placed.entry for placed in carried_out(whole, planned(whole, export)).log.entries)
    dying = branch.another_process()
    dying.store = HalfWay(branch.store, appends)
    with pytest.raises(SystemExit):
        carried_out(branch, planned(branch, export), dying)
    state = carried_out(branch, planned(branch, export))
    found = kinds(placed.entry for placed in state.log.entries)
    assert found == expected
    assert state.book.is_complete
