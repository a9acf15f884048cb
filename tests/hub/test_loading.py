"""States that a hub keeps: of many groups only as many as fit, and each is what the store has."""

import gc
import sqlite3

import pytest

from hub.service.group.loading import Loading
from hub.service.group.turns import Turns
from tests.hub.builders import GROUP, sqlite_branch, visit
from tests.hub.pushes import OTHER, push


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


def test_what_was_asked_for_longest_ago_is_let_go_when_there_is_too_much(branch):
    for code in (GROUP, OTHER, "KM-003"):
        branch.admit(code)
    loading = Loading(branch.store, branch.trust, entries_max=4)
    first = loading.load(GROUP)
    loading.load(OTHER)
    assert loading.last(GROUP) is first
    loading.load(GROUP)
    loading.load("KM-003")
    assert loading.last(OTHER) is None
    assert loading.last(GROUP) is first
    assert loading.load(OTHER).log.length == 2
    assert loading.last(GROUP) is None


def test_a_branch_says_how_much_is_kept(branch):
    for code in (GROUP, OTHER):
        branch.admit(code)
    state = branch.groups.load(GROUP)
    branch.groups.load(OTHER)
    assert branch.groups.load(GROUP) is state
    branch.groups.loading.entries_max = 1
    branch.groups.load(OTHER)
    assert branch.groups.load(GROUP) is not state


def test_one_group_is_kept_however_large_it_is(branch):
    phone = branch.admit()
    loading = Loading(branch.store, branch.trust, entries_max=1)
    phone.write(*(visit(1) for _ in range(9)))
    push(branch, phone.seal(), asker=phone)
    state = loading.load(GROUP)
    assert loading.load(GROUP) is state


def test_a_removed_document_is_folded_away_and_not_remembered(branch, tmp_path):
    phone = branch.admit()
    loading = Loading(branch.store, branch.trust)
    phone.write(visit())
    push(branch, phone.seal(), asker=phone)
    whole = loading.load(GROUP)
    assert len(whole.phone_seals) == 1
    with sqlite3.connect(tmp_path / "hub.sqlite") as database:
        database.execute("DROP TRIGGER fact_remains")
        database.execute("DELETE FROM fact WHERE id LIKE '%:seal:' || ? || '%'", (phone.writer.hex(),))
    database.close()
    assert loading.load(GROUP).phone_seals == ()


def test_what_waits_behind_a_gap_counts_too(branch):
    phone = branch.admit()
    phone.write(*(visit(1) for _ in range(9)))
    push(branch, phone.seal(2, 9), asker=phone)
    branch.admit(OTHER)
    loading = Loading(branch.store, branch.trust, entries_max=10)
    assert loading.load(GROUP).phones[1, 0].length == 0
    loading.load(OTHER)
    assert loading.last(GROUP) is None


def test_the_name_of_a_group_that_a_stranger_invents_is_not_kept():
    turns = Turns()
    with turns.of("KM-001"), turns.of("KM-001"):
        assert turns.of("KM-001") is turns.of("KM-001")
    for number in range(100):
        with turns.of(f"ZZ-{number}"):
            pass
    gc.collect()
    assert len(turns) == 0
