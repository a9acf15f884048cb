"""The branch changes its log key (L5, L17): by the real files, in every group, whatever dies in between."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from hub.app import opened
from hub.cli import main
from hub.errors import SettingsError
from hub.service.forks import checkpoints
from hub.service.upkeep.fsck import check
from hub.service.upkeep.key_change import change_key
from protocol.branch_log import BranchLog
from protocol.keys import read_statement, state_key
from protocol.native import NativeVerifier, generate_signer
from protocol.posting_facts import BookReady
from protocol.trust_facts import KeyStated
from provisioning.authority import load_hub_signer, load_log_key
from provisioning.errors import KeyChangeError, OldKeyError
from provisioning.founding import Passphrases, Places
from provisioning.log_keys import state_log_key
from provisioning.settings import LOG_KEY, LOG_KEY_NEXT
from tests.facts import an
from tests.hub.builders import NOW, sqlite_branch, visit
from tests.hub.conftest import PASSPHRASE
from tests.hub.days import OpenedBranch
from tests.hub.stopping import stop

GROUPS = ("KM-001", "KM-002", "KM-003")
AT = {"TOVAY_NOW": NOW.isoformat()}


@pytest.fixture
def places(founded, directory):
    """The branch directory of this test, and its root's medium."""
    return Places(directory, founded.parent / "root")


@pytest.fixture
def groups(directory):
    """Three groups, opened under the first key; a phone in the first."""
    with opened(directory, AT, sealing=True) as hub:
        for code in GROUPS:
            hub.groups.open(code)
    return GROUPS


@pytest.fixture
def run(capfdbinary, monkeypatch, directory):
    """Run a command on the branch directory: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOW.isoformat())

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(directory), *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode(), wrong.decode()

    return run


def state_next(places):
    return state_log_key(places, Passphrases(PASSPHRASE, b"mat khau cua khoa goc"), NOW)


def said_by(directory):
    """How often each group's log states a key, and whether the key in force is the hub's."""
    with opened(directory, AT, sealing=True) as hub:
        states = [hub.groups.load(code) for code in hub.groups.codes()]
        said = [
            [isinstance(one.entry, KeyStated) for one in state.log.entries].count(True) for state in states
        ]
        return (
            said,
            {state.log.key == hub.signer.spki for state in states},
            check(hub.groups, lambda: None).faults,
        )


def test_L5_every_log_changes_once_and_the_hub_goes_on_with_the_new_key(places, groups, run):
    directory = places.branch
    old = load_log_key(directory / LOG_KEY, PASSPHRASE).spki
    assert state_next(places) == 2
    code, said, _ = run("change-key")
    assert (code, said) == (0, "Đã đổi sang khóa ghi sổ số 2; 3 tổ vừa đổi. Khóa cũ đã bỏ.\n")
    assert load_hub_signer(directory, PASSPHRASE).spki != old
    assert not (directory / LOG_KEY_NEXT).exists()
    assert said_by(directory) == ([1, 1, 1], {True}, ())
    assert run("change-key")[:2] == (0, "Không có khóa mới nào chờ đổi; không có gì thay đổi.\n")
    assert (run("change-key", "--json")[1], said_by(directory)[0]) == ("null\n", [1, 1, 1])


def test_a_phone_that_was_there_and_a_group_that_comes_later_go_on_under_the_new_key(places, groups, run):
    directory = places.branch
    with opened(directory, AT, sealing=True) as hub:
        phone = OpenedBranch(hub).admit(GROUPS[0], 1)
    state_next(places)
    assert run("change-key", "--json")[0] == 0
    phone.write(visit())
    with opened(directory, AT, sealing=True) as hub:
        branch = OpenedBranch(hub)
        second = branch.admit(GROUPS[0], 2)
        hub.groups.open("KM-009")
        trust, state = hub.groups.trust, hub.groups.load("KM-009")
        assert state.log.key == hub.signer.spki
        assert not any(isinstance(one.entry, KeyStated) for one in state.log.entries)
        reader = BranchLog(GROUPS[0], trust.root_spki, NativeVerifier())
        reader.add_statements(trust.statements[:1])  # a phone has the first one alone
        for seal in hub.groups.load(GROUPS[0]).seals:
            reader.add(seal.raw)
        assert reader.tip == hub.groups.load(GROUPS[0]).log.tip
        assert hub.groups.load(GROUPS[0]).writers.keys() == {phone.writer, second.writer}


def test_checkpoints_on_both_sides_of_the_change_hold(places, groups, run, tmp_path):
    assert groups
    with opened(places.branch, AT, sealing=True) as hub:
        before = checkpoints.make(hub.groups, hub.signer)
    state_next(places)
    run("change-key")
    with opened(places.branch, {"TOVAY_NOW": "2025-12-10T08:00:00+07:00"}, sealing=True) as hub:
        after = checkpoints.make(hub.groups, hub.signer)
        first, second = (checkpoints.read(raw, hub.groups.trust) for raw in (before, after))
        assert (first.checkpoint.number, second.checkpoint.number) == (1, 2)
        assert second.checkpoint.previous == first.digest
        assert second.checkpoint.statement != first.checkpoint.statement
        report = check(hub.groups, lambda: None)
        assert checkpoints.with_checkpoint(hub.groups, first.checkpoint, report).faults == ()


@pytest.mark.crash
def test_class45_a_change_that_is_killed_between_two_groups_is_finished_by_the_next_call(places, groups, run):
    directory = places.branch
    state_next(places)
    dying = Path(__file__).with_name("dying_command.py")
    root = Path(__file__).parents[2]
    for left in range(len(groups), 0, -1):
        ended = subprocess.run(
            [sys.executable, dying, "1", "change-key", "--dir", directory],
            env=AT | {"PYTHONPATH": str(root)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL
        with opened(directory, AT) as hub:
            changed = [isinstance(hub.groups.load(code).log.entries[-1].entry, KeyStated) for code in groups]
        assert changed.count(False) == left - 1
        with pytest.raises(KeyChangeError), opened(directory, AT, sealing=True):
            pass
        assert "change-key" in run("restored", "--by", "GD01", "--confirmed-by", "KSV01")[2]
    assert json.loads(run("change-key", "--json")[1]) == {"number": 2, "changed": [], "left": []}
    assert said_by(directory) == ([1, 1, 1], {True}, ())


def test_N38_a_restored_directory_with_the_older_key_is_told_so(places, groups, run, tmp_path):
    """Key file alone, all files of the branch, and the store alone: three older copies."""
    directory = places.branch
    shutil.copytree(directory, tmp_path / "copy")
    state_next(places)
    run("change-key")
    newest = (directory / LOG_KEY).read_bytes()
    shutil.copy(tmp_path / "copy" / LOG_KEY, directory / LOG_KEY)
    with pytest.raises(OldKeyError), opened(directory, AT, sealing=True):
        pass
    assert "là khóa ghi sổ cũ" in run("change-key")[2] + run("checkpoint", "--out", tmp_path / "c")[2]
    kept = (directory / "statements").read_bytes()
    shutil.copy(tmp_path / "copy" / "statements", directory / "statements")
    with pytest.raises(SettingsError, match="older_key"), opened(directory, AT, sealing=True):
        pass
    assert "đã dùng khóa ghi sổ số 2, mà tệp khóa ở đây là bản cũ hơn" in run("checkpoint", "--out", "c")[2]
    (directory / LOG_KEY).write_bytes(newest)
    (directory / "statements").write_bytes(kept)
    for rest in ("-wal", "-shm"):
        (directory / f"hub.sqlite{rest}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy" / "hub.sqlite", directory / "hub.sqlite")
    code, said, wrong = run("restored", "--by", "GD01", "--confirmed-by", "KSV01")
    assert (code, "Đã mở kỳ sổ mới cho 3 tổ" in said) == (0, True), wrong
    assert said_by(directory) == ([0, 0, 0], {True}, ())


def test_a_group_that_is_stopped_is_told_and_begins_anew_under_the_new_key(places, groups, run):
    directory = places.branch
    state_next(places)
    with opened(directory, AT) as hub:
        stop(hub.groups, groups[1])
    code, said, _ = run("change-key")
    assert (code, said.splitlines()[1]) == (
        1,
        "Tổ KM-002: chưa đổi được; hãy chạy tovay-hub restored --again --group KM-002.",
    )
    run("restored", "--again", "--group", groups[1], "--by", "GD01", "--confirmed-by", "KSV01")
    assert said_by(directory) == ([1, 0, 1], {True}, ())


def test_a_lost_key_is_replaced_through_a_new_epoch(places, groups, run, tmp_path):
    """Only the superseded file is left: the root states a third key, and every log begins anew under it."""
    directory = places.branch
    shutil.copy(directory / LOG_KEY, tmp_path / LOG_KEY)
    state_next(places)
    run("change-key")
    shutil.copy(tmp_path / LOG_KEY, directory / LOG_KEY)
    assert state_next(places) == 3
    code, said, _ = run("change-key", "--json")
    assert (code, json.loads(said)) == (1, {"number": 3, "changed": [], "left": list(groups)})
    code, said, wrong = run("restored", "--again", "--by", "GD01", "--confirmed-by", "KSV01")
    assert (code, said_by(directory)) == (0, ([1, 1, 1], {True}, ())), wrong


def test_a_server_that_was_not_stopped_says_nothing_with_the_old_key(places, groups, run):
    with opened(places.branch, AT, sealing=True) as late:
        state_next(places)
        run("change-key")
        with pytest.raises(SettingsError, match="wrong_key"):
            late.groups.append(groups[0], lambda _: [[an(BookReady)]])
    assert said_by(places.branch) == ([1, 1, 1], {True}, ())


def test_a_branch_without_marks_changes_too(tmp_path):
    branch, following = sqlite_branch(tmp_path), generate_signer()
    branch.groups.open("KM-001")
    first = read_statement(branch.trust.statements[0], branch.root.spki, NativeVerifier())
    second = state_key(structs.replace(first, number=2, spki=following.spki), branch.root)
    assert change_key(branch.groups, branch.key.spki, second, lambda _: None).changed == ("KM-001",)
    assert branch.another_process().load("KM-001").log.key == following.spki
