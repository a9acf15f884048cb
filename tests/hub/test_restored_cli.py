"""The page on putting a copy back, typed as it is written, and what the commands say meanwhile."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from hub.app import opened
from hub.cli import main
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol.exchange import Request
from protocol.roster_facts import MemberListed
from tests.facts import an
from tests.hub.builders import GROUP, visit
from tests.hub.copies import Follower
from tests.hub.served import ENVIRON, ROOT, admit

PAGE = (ROOT / "docs" / "operate" / "restore.md").read_text(encoding="utf-8")
PUT_BACK, RESTORED, STATUS, VERIFY = (
    dedent(block) for block in re.findall(r"( +)```sh\n(.*?)```", PAGE, re.DOTALL) for block in block[1:]
)


@pytest.fixture
def shell(directory):
    """Type a block in the folder above the branch directory: exit code, and what it told."""
    environ = ENVIRON | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}

    def shell(block):
        command = ["bash", "-c", block]
        ended = subprocess.run(
            command,
            cwd=directory.parent,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    return shell


@pytest.fixture
def typed(directory, shell, capfdbinary, monkeypatch):
    """As ``shell``, our commands in this process; of a block, what its last line told."""
    monkeypatch.chdir(directory.parent)
    monkeypatch.setenv("TOVAY_NOW", ENVIRON["TOVAY_NOW"])
    monkeypatch.setenv("COLUMNS", "200")

    def typed(block):
        for line in block.splitlines():
            program, *words = shlex.split(line)
            if program == "tovay-hub":
                with pytest.raises(SystemExit) as left:
                    main(words)
                out, wrong = capfdbinary.readouterr()
                ended = left.value.code, (out + wrong).decode()
            else:
                ended = shell(line)
        return ended

    return typed


def said(told):
    """The one line of JSON among what a command told."""
    return next(json.loads(line) for line in told.splitlines() if line.startswith('{"'))


class Desk:
    """What a follower asks of a hamlet, over a branch directory that is opened anew each time."""

    def __init__(self, directory, hub):
        self.directory, self.groups, self.branch = directory, hub.groups, self
        self.root, self.trust = type("Root", (), {"spki": hub.groups.trust.root_spki}), hub.groups.trust


@contextmanager
def desk_of(directory):
    with opened(directory, ENVIRON, sealing=True) as hub:
        yield hub


def sync(directory, follower):
    with desk_of(directory) as hub:
        follower.hamlet.groups = hub.groups
        follower.sync()


@pytest.fixture
def follower(directory):
    phone = admit(directory)
    with desk_of(directory) as hub:
        follower = Follower(Desk(directory, hub), phone)
    sync(directory, follower)
    return follower


def go_on(directory, follower):
    """What happens after the copy: a member, and a visit that is received."""
    with desk_of(directory) as hub:
        hub.groups.append(GROUP, lambda _: [[an(MemberListed, ordinal=1, number="3000010001")]])
    follower.write(visit(1))
    sync(directory, follower)


def test_N85_the_page_on_putting_a_copy_back_is_typed_as_it_is_written(shell, directory, follower):
    shutil.copy(directory / "hub.sqlite", directory.parent / "copy.sqlite")
    go_on(directory, follower)
    code, told = shell(PUT_BACK)
    assert (code, told.count("LỖI")) == (1, 1)
    assert f"LỖI {GROUP}: sổ ngắn hơn mốc đã ghi" in told
    assert "TẠM DỪNG tổ KM-001: Sổ của tổ ngắn hơn mốc" in shell(STATUS)[1]
    code, told = shell(RESTORED)
    assert (code, "Tổ KM-001: mở kỳ sổ 1." in told) == (0, True)
    assert "GD01 quyết định, KSV01 xác nhận" in told
    code, told = shell(RESTORED)
    assert (code, "Không còn gì phải làm" in told) == (0, True)
    assert "Tổ KM-001 còn chờ: 2 dòng sổ cũ, 1 máy" in shell(STATUS)[1]
    sync(directory, follower)
    assert "Tổ KM-001: mọi dòng sổ cũ đã về." in shell(STATUS)[1]
    code, told = shell(VERIFY)
    assert (code, "NGUYÊN VẸN: mọi chữ ký" in told, "chưa máy nào gửi lại" in told) == (0, True, False)


def test_L15_commands_that_append_say_why_they_do_not_and_what_to_do(typed, directory, follower):
    shutil.copy(directory / "hub.sqlite", directory.parent / "copy.sqlite")
    go_on(directory, follower)
    typed(PUT_BACK)
    code, told = typed("tovay-hub status --dir branch --json")
    found = said(told)
    assert (code, found["stopped"]) == (0, {GROUP: "behind_mark"})
    assert "tovay-hub restored" in found["told"][0]
    (directory / "marks.sqlite").unlink()
    code, told = typed(f"{RESTORED.strip()} --group {GROUP}")
    assert (code, "không có --group" in told) == (1, True)
    code, told = typed("tovay-hub restored --dir branch --by GD01 --confirmed-by gd01")
    assert (code, "hai người khác nhau" in told) == (1, True)
    code, told = typed(f"{RESTORED.strip()} --json")
    assert (code, said(told)["opened"]) == (0, [GROUP])
    assert typed(f"{RESTORED.strip()} --group KM-404")[0] == 1


def test_L15_a_store_that_nothing_speaks_against_begins_anew_only_when_people_insist(typed, follower):
    assert follower.own == []
    code, told = typed(RESTORED)
    assert (code, "Không có gì cho thấy kho là bản cũ" in told, "--again" in told) == (1, True, True)
    assert "còn chờ" not in typed(STATUS)[1]
    code, told = typed(f"{RESTORED.strip()} --again")
    assert (code, "Tổ KM-001: mở kỳ sổ 1." in told) == (0, True)
    code, told = typed(RESTORED)
    assert (code, "Không còn gì phải làm" in told) == (0, True)


def test_L15_a_group_that_is_damaged_is_named_and_the_others_begin_anew(typed, directory, follower):
    with desk_of(directory) as hub:
        hub.groups.open("KM-002")
        hub.store.add([{"_id": "KM-002:seal:junk", "seal": "junk"}])
    code, told = typed(f"{RESTORED.strip()} --again")
    assert (code, "Tổ KM-002: dữ liệu hỏng" in told, "Tổ KM-001: mở kỳ sổ 1" in told) == (1, True, True)


def test_L15_a_group_that_was_opened_after_the_copy_comes_back_whole(typed, directory, tmp_path):
    shutil.copy(directory / "hub.sqlite", tmp_path / "copy.sqlite")
    phone = admit(directory)
    with desk_of(directory) as hub:
        follower = Follower(Desk(directory, hub), phone)
    sync(directory, follower)
    go_on(directory, follower)
    assert "not_listed" not in typed(PUT_BACK)[1]
    assert "Tổ KM-001: mở kỳ sổ 1." in typed(RESTORED)[1]
    with desk_of(directory) as hub:
        seals = (*follower.held.values(), *follower.own)
        Intake(hub.groups, Quota()).exchange(Request(1, GROUP, None, (), seals, ()), phone.writer)
    sync(directory, follower)
    assert "mọi dòng sổ cũ đã về" in typed(STATUS)[1]
    assert typed(VERIFY)[0] == 0


def test_L15_entries_that_no_phone_can_bring_back_are_told_and_never_called_back(typed, directory):
    with desk_of(directory) as hub:
        hub.groups.open(GROUP)
    shutil.copy(directory / "hub.sqlite", directory.parent / "copy.sqlite")
    with desk_of(directory) as hub:
        hub.groups.append(GROUP, lambda _: [[an(MemberListed, ordinal=1, number="3000010001")]])
    typed(PUT_BACK)
    assert typed(RESTORED)[0] == 0
    code, told = typed(STATUS)
    assert (code, "mọi dòng sổ cũ đã về" in told) == (0, False)
    assert "Tổ KM-001: 1 dòng sổ cũ không về nữa" in told
    assert "tovay-hub import-book" in told
