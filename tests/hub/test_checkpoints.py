"""The branch's daily checkpoint, and how a removed or rewritten fact is found with an older one."""

import shutil
import sqlite3
from datetime import UTC, datetime

import pytest
from msgspec import structs

from hub.documents import GROUPS, checkpoint_id, checkpoint_listing, seals_of_log
from hub.errors import CheckpointError, HeadMovedError
from hub.ports import Added
from hub.service.forks.checkpoints import latest, make, numbered, read, take_back, with_checkpoint
from hub.service.group.groups import Groups
from hub.service.group.state import Trust
from hub.service.upkeep.fsck import Report, check
from hub.store.sqlite import SqliteStore, create
from protocol.checkpoint import GroupHead, contradictions, publish
from protocol.posting_facts import DayOpened
from tests.facts import DAY, an
from tests.hub.builders import GROUP, NOW, Branch, sqlite_branch, visit
from tests.hub.copies import Hamlet
from tests.hub.pushes import OTHER, push

NOTHING = Report({}, {}, {}, ())


@pytest.fixture
def branch(tmp_path):
    """Two groups; the first has received three entries in two seals. ``branch.now`` is the clock."""
    create(tmp_path / "hub.sqlite")
    branch = Branch(SqliteStore(tmp_path / "hub.sqlite"), lambda: branch.now)
    branch.now = NOW
    phone = branch.admit()
    branch.admit(OTHER)
    phone.write(visit(1), visit(2))
    push(branch, phone.seal(), asker=phone)
    phone.write(visit(3))
    push(branch, phone.seal(3), asker=phone)
    branch.phone = phone
    return branch


def made(branch):
    return make(branch.groups, branch.key)


def said(branch, raw):
    return read(raw, branch.trust).checkpoint


def later(branch, day=10):
    branch.now = datetime(2025, 12, day, 2, tzinfo=UTC)


def faults(branch, older, groups=None):
    report = with_checkpoint(groups or branch.another_process(), older, NOTHING)
    return [fault.code for fault in report.faults]


def test_a_checkpoint_names_where_every_group_ends(branch):
    checkpoint = said(branch, made(branch))
    assert (checkpoint.number, checkpoint.branch, checkpoint.previous) == (1, "KM", None)
    expected = []
    for group in (GROUP, OTHER):
        log = branch.groups.load(group).log
        expected.append(GroupHead(group, 0, log.length, log.head))
    assert list(checkpoint.heads) == expected


def test_a_day_has_one_checkpoint_and_each_names_the_one_before(branch):
    first = made(branch)
    branch.groups.append(GROUP, lambda _: [[an(DayOpened)]])
    assert made(branch) == first
    later(branch)
    second = made(branch)
    assert (said(branch, second).number, said(branch, second).previous) == (
        2,
        read(first, branch.trust).digest,
    )
    assert (latest(branch.store), numbered(branch.store, 1)) == (second, first)
    assert numbered(branch.store, 3) is None
    assert contradictions(read(first, branch.trust), read(second, branch.trust)) == ()
    assert check(branch.another_process(), lambda: None).faults == ()


def test_a_clock_behind_the_newest_checkpoint_makes_none(branch):
    later(branch)
    made(branch)
    later(branch, day=9)
    with pytest.raises(CheckpointError) as caught:
        made(branch)
    assert caught.value.code == "clock_behind"


def test_a_key_that_the_root_did_not_state_makes_none(branch):
    with pytest.raises(CheckpointError) as caught:
        make(branch.groups, branch.phone.signer)
    assert caught.value.code == "wrong_key"


class Rival(SqliteStore):
    """Another process always adds its checkpoint first."""

    def add(self, documents):
        return (Added.CONFLICT,)


def test_of_two_processes_one_makes_the_checkpoint(branch, tmp_path):
    groups = Groups(Rival(tmp_path / "hub.sqlite"), branch.trust, branch.key, branch.clock)
    with pytest.raises(HeadMovedError):
        make(groups, branch.key)


def test_a_group_whose_log_has_not_begun_is_left_out(branch):
    branch.store.add([{"_id": f"{GROUPS}KM-009", "group": "KM-009"}])
    assert [head.group for head in said(branch, made(branch)).heads] == [GROUP, OTHER]


def test_every_head_of_an_older_checkpoint_is_still_on_the_log(branch):
    older = said(branch, made(branch))
    branch.groups.append(GROUP, lambda _: [[an(DayOpened)]])
    assert faults(branch, older) == []


def test_N42_a_removed_fact_is_found(branch, tmp_path):
    older = said(branch, made(branch))
    last = branch.store.ids(seals_of_log(branch.groups.load(GROUP).log.log))[-1]
    cut = tmp_path / "cut.sqlite"
    branch.store.close()
    shutil.copy(tmp_path / "hub.sqlite", cut)
    with sqlite3.connect(cut) as database:
        database.execute("DROP TRIGGER fact_remains")
        database.execute("DELETE FROM fact WHERE id = ?", [last])
    database.close()
    groups = Groups(SqliteStore(cut), branch.trust, None, branch.clock)
    assert faults(branch, older, groups) == ["checkpoint_contradicted"]


def rewritten(branch, tmp_path, change):
    """The same branch, everything sealed anew with its key, ``change`` made to the entries of the group."""
    create(tmp_path / "again.sqlite")
    again = Groups(SqliteStore(tmp_path / "again.sqlite"), branch.trust, branch.key, branch.clock)
    for group in (GROUP, OTHER):
        again.open(group)
        entries = [placed.entry for placed in branch.groups.load(group).log.entries[1:]]
        for entry in change(entries) if group == GROUP else entries:
            again.append(group, lambda _, entry=entry: [[entry]])
    return again


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [*entries[:-1], structs.replace(entries[-1], seen_at=7)],
        lambda entries: [structs.replace(entries[0], role="deputy"), *entries[1:]],
        lambda entries: entries[:-1],
        lambda entries: [*entries[:-2], entries[-1], an(DayOpened), an(DayOpened, day=DAY + 1)],
    ],
    ids=["the last fact", "the first fact", "one removed", "one removed, others added"],
)
def test_N42_a_log_that_was_sealed_anew_with_the_branchs_own_key_is_found(branch, tmp_path, change):
    older = said(branch, made(branch))
    assert faults(branch, older, rewritten(branch, tmp_path, lambda entries: entries)) == []
    (tmp_path / "again.sqlite").unlink()
    assert faults(branch, older, rewritten(branch, tmp_path, change)) == ["checkpoint_contradicted"]


def test_a_group_that_is_gone_is_found(branch):
    older = said(branch, made(branch))
    more = structs.replace(older, heads=(*older.heads, GroupHead("KM-999", 0, 1, bytes(32))))
    assert faults(branch, more) == ["checkpoint_missing"]


def test_a_damaged_group_is_left_to_the_rest_of_fsck(branch):
    older = said(branch, made(branch))
    state = branch.groups.load(GROUP)
    broken = Trust(branch.trust.root_spki, branch.trust.verifier, ())
    groups = Groups(branch.store, broken, None, branch.clock)
    assert state.log.length > 0
    assert faults(branch, older, groups) == []


def test_L15_a_restored_hub_takes_back_what_it_had_published(branch, tmp_path):
    first = made(branch)
    later(branch)
    second = made(branch)
    (tmp_path / "new").mkdir()
    restored = sqlite_branch(tmp_path / "new")
    groups = Groups(restored.store, branch.trust, branch.key, branch.clock)
    assert take_back(groups, second) == 2
    assert take_back(groups, second) == 2
    later(branch, day=11)
    third = said(branch, make(groups, branch.key))
    assert (third.number, third.previous) == (3, read(second, branch.trust).digest)
    other = structs.replace(said(branch, first), day=said(branch, first).day - 1)
    forged = publish(other, branch.root.spki, branch.trust.statements[0], branch.key)
    take_back(groups, first)
    with pytest.raises(CheckpointError) as caught:
        take_back(groups, forged)
    assert caught.value.code == "checkpoint_twice"
    for raw in (b"", first[:-1]):
        with pytest.raises(CheckpointError):
            take_back(groups, raw)


def test_L15_a_head_on_a_lost_side_is_told_once_it_came_back_and_is_no_fault(tmp_path):
    hamlet = Hamlet(tmp_path)
    hamlet.followers[1].sync()
    hamlet.copy()
    hamlet.lower_the_rate()
    older = said(hamlet.branch, make(hamlet.groups, hamlet.branch.key))
    hamlet.followers[1].sync()
    hamlet.put_back()
    hamlet.begin_anew()
    assert faults(hamlet.branch, older) == ["checkpoint_contradicted"]
    hamlet.followers[1].come_back()
    report = with_checkpoint(hamlet.branch.another_process(), older, NOTHING)
    assert (report.faults, report.notes) == ((), {"checkpoint_lost": 1})


def test_a_checkpoint_under_another_number_than_its_own_is_misfiled(branch):
    raw = made(branch)
    branch.store.add([checkpoint_listing(raw) | {"_id": checkpoint_id(7)}])
    assert [fault.code for fault in check(branch.another_process(), lambda: None).faults] == ["misfiled"]
