"""``tovay-hub backup`` and ``restore`` as a person types them: what they say, what they leave."""

import gzip
import io
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import structs

from hub.app import initialise, opened
from hub.cli import main
from hub.service.upkeep.backup import Backup
from hub.settings import Settings, load, text
from protocol.roster_facts import MemberListed
from provisioning.founding import Passphrases, Places, found_branch
from tests.facts import an
from tests.hub.builders import GROUP, NOW, visit
from tests.hub.conftest import PASSPHRASE
from tests.hub.served import ENVIRON, ROOT, TOVAY_HUB, WAIT_S, Served, admit, tovay_hub

PAGE = (ROOT / "docs" / "operate" / "backup.md").read_text(encoding="utf-8")


@pytest.fixture
def typed(capfdbinary, monkeypatch):
    """Type one command: exit code, and what it told."""
    monkeypatch.setenv("TOVAY_NOW", ENVIRON["TOVAY_NOW"])
    monkeypatch.setenv("COLUMNS", "200")

    def typed(*words):
        with pytest.raises(SystemExit) as left:
            main([*map(str, words)])
        out, wrong = capfdbinary.readouterr()
        return left.value.code, (out + wrong).decode()

    return typed


@pytest.fixture
def file(directory, tmp_path, typed):
    """A backup of a directory with one phone."""
    admit(directory)
    assert typed("backup", tmp_path / "branch.backup", "--dir", directory)[0] == 0
    return tmp_path / "branch.backup"


def emptied(directory):
    """The store is lost; nothing else is."""
    for path in directory.glob("hub.sqlite*"):
        path.unlink()
    return directory


def stored(directory):
    with opened(directory, ENVIRON) as hub:
        return hub.store.ids("")


def test_a_backup_is_its_owners_alone_and_says_what_is_not_in_it(directory, tmp_path, typed):
    admit(directory)
    path = tmp_path / "branch.backup"
    code, told = typed("backup", path, "--dir", directory)
    assert (code, "Đã sao lưu 3 tài liệu của 1 tổ" in told, "Khóa và sổ đăng ký" in told) == (0, True, True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir() if "backup" in found.name] == ["branch.backup"]
    assert b'"taken_at":"2025-12-09T01:30:00+00:00"' in gzip.decompress(path.read_bytes())


def test_L15_the_page_on_backups_is_typed_as_it_is_written(directory):
    phone = admit(directory)
    backup, restore, restored = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert typed_block(directory, backup) == (0, "")
    with opened(directory, ENVIRON, sealing=True) as hub:
        hub.groups.append(phone.log.group, lambda _: [[an(MemberListed, ordinal=1, number="3000010001")]])
    emptied(directory)
    assert typed_block(directory, restore) == (1, f"LỖI {GROUP}: sổ ngắn hơn mốc đã ghi, hoặc khác mốc")
    assert typed_block(directory, restored) == (0, "")
    assert typed_block(directory, "tovay-hub fsck --dir branch") == (0, "")


def typed_block(directory, block):
    """Lines typed in the folder above the directory: exit code of the last, and the first fault it told."""
    environ = ENVIRON | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-c", block],
        cwd=directory.parent,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    fault = re.search(r"LỖI [^:]*: [^:;]*", done.stdout)
    return done.returncode, fault.group() if fault else ""


def test_a_backup_is_never_written_over(directory, file, typed):
    before = file.read_bytes()
    code, told = typed("backup", file, "--dir", directory)
    assert (code, "không ghi đè" in told, file.read_bytes()) == (1, True, before)


def test_a_backup_that_cannot_be_written_leaves_nothing(directory, tmp_path, typed):
    for path in (tmp_path / "nowhere" / "file", directory / "hub.toml" / "file", tmp_path / ("x" * 300)):
        code, told = typed("backup", path, "--dir", directory)
        assert (code, "Không ghi được vào tệp" in told) == (1, True)
    admit(directory)
    with opened(directory, ENVIRON) as hub:
        hub.store.add([{"_id": "KM-001:text:ff", "text": "x"}])
    shutil.copy(directory / "hub.sqlite", tmp_path / "whole.sqlite")
    raw = (directory / "hub.sqlite").read_bytes()
    (directory / "hub.sqlite").write_bytes(raw.replace(b'"_id":"KM-001:text:ff"', b'"_id":"KM-001:text:fe"'))
    code, told = typed("backup", tmp_path / "file", "--dir", directory)
    assert (code, list(tmp_path.glob("file*"))) == (1, [])


def test_two_backups_of_one_name_at_once_leave_one_that_is_whole(directory, tmp_path):
    admit(directory)
    with opened(directory, ENVIRON) as hub:
        hub.store.add([{"_id": f"{GROUP}:text:{n:06d}", "text": "x" * 2_000} for n in range(3_000)])
    path = tmp_path / "both.tovay"
    one = halted_backup(directory, path)
    other = halted_backup(directory, path)
    one.send_signal(signal.SIGCONT)
    assert one.wait(WAIT_S) == 0
    whole = path.read_bytes()
    assert Backup(io.BytesIO(whole)).verify(lambda _: None) == 3_003
    other.send_signal(signal.SIGCONT)
    assert other.wait(WAIT_S) == 1
    assert path.read_bytes() == whole
    assert [found.name for found in tmp_path.iterdir() if "both" in found.name] == ["both.tovay"]


def halted_backup(directory, path):
    """A backup that was stopped when it had begun to write its file."""
    known = begun(path)
    words = [*TOVAY_HUB, "backup", str(path), "--dir", str(directory)]
    running = subprocess.Popen(words, env=ENVIRON, cwd=ROOT, stderr=subprocess.DEVNULL)
    while begun(path) <= known:
        assert running.poll() is None
    running.send_signal(signal.SIGSTOP)
    return running


def begun(path):
    return {found.stat().st_ino for found in path.parent.glob(f"{path.name}*.new")}


def test_L15_a_store_that_was_lost_comes_back_and_its_marks_say_whether_it_is_older(directory, file, typed):
    before = stored(directory)
    code, told = typed("restore", file, "--dir", emptied(directory))
    assert (code, "Kho có 3 tài liệu của 1 tổ" in told, "3 mới được chép" in told) == (0, True, True)
    assert "tovay-hub fsck" in told
    assert stored(directory) == before
    assert typed("fsck", "--dir", directory)[0] == 0
    code, told = typed("restore", file, "--dir", directory)
    assert (code, "0 mới được chép" in told) == (0, True)


def test_L15_in_a_new_directory_without_marks_nothing_is_appended_until_two_people_say_so(
    directory, file, typed
):
    for path in directory.glob("marks.sqlite*"):
        path.unlink()
    emptied(directory)
    (directory / "hub.toml").unlink()
    initialise(directory, Settings(passphrase_file="passphrase"))
    assert typed("status", "--dir", directory)[0] == 0  # which begins with marks of nothing
    code, told = typed("restore", file, "--dir", directory)
    assert (code, "tovay-hub restored" in told) == (0, True)
    assert "không có tệp mốc sổ" in typed("fsck", "--dir", directory)[1].lower()
    code, told = typed("restored", "--dir", directory, "--by", "GD01", "--confirmed-by", "KSV01")
    assert (code, "Tổ KM-001: mở kỳ sổ 1." in told) == (0, True)
    assert typed("fsck", "--dir", directory)[0] == 0


def refused(typed, directory, path, sentence):
    """A restore that says so, ends with 1, and does not even make a store."""
    code, told = typed("restore", path, "--dir", directory)
    assert (code, sentence in told) == (1, True), told
    assert not (directory / "hub.sqlite").exists()


def test_a_file_that_does_not_do_is_refused_with_a_sentence_and_nothing_is_made(
    directory, file, tmp_path, typed
):
    emptied(directory)
    raw = file.read_bytes()
    wrong = tmp_path / "wrong"
    first, *rows = gzip.decompress(raw).splitlines(keepends=True)
    newer = gzip.compress(first.replace(b'"tovay_backup":1', b'"tovay_backup":2') + b"".join(rows))
    older = gzip.compress(first.replace(b'"schema":1', b'"schema":0') + b"".join(rows))
    for made, sentence in (
        (raw[:-1], "bị cắt, bị sửa"),
        (raw[:100] + bytes([raw[100] ^ 1]) + raw[101:], "bị cắt, bị sửa"),
        (b"SQLite format 3\0", "không phải bản sao lưu"),
        (b"", "không phải bản sao lưu"),
        (newer, "tovay-hub mới hơn"),
        (older, "tovay-hub cũ hơn"),
    ):
        wrong.write_bytes(made)
        refused(typed, directory, wrong, sentence)
    refused(typed, directory, tmp_path / "missing", "Không đọc được tệp")
    refused(typed, directory, tmp_path, "Không đọc được tệp")


def test_a_backup_of_another_branch_or_root_is_refused(directory, file, tmp_path, typed):
    for code, sentence in (("KT", "của chi nhánh KM"), ("KM", "khóa gốc khác")):
        places = Places(tmp_path / f"{code}-branch", tmp_path / f"{code}-root")
        found_branch(places, code, Passphrases(PASSPHRASE, b"mat khau cua khoa goc"), NOW)
        initialise(places.branch, Settings())
        refused(typed, emptied(places.branch), file, sentence)


def test_a_store_with_something_else_is_not_written_to(directory, file, typed):
    emptied(directory)
    (directory / "hub.toml").unlink()
    initialise(directory, Settings(passphrase_file="passphrase"))
    with opened(directory, ENVIRON, sealing=True) as hub:
        hub.groups.open("KM-002")
    before = stored(directory)
    code, told = typed("restore", file, "--dir", directory)
    assert (code, "Chỉ chép lại vào một kho trống" in told) == (1, True)
    assert stored(directory) == before


def test_a_backup_of_a_hub_that_serves_is_sound(directory, tmp_path, typed):
    phone = admit(directory)
    served = Served(directory)
    phone.write(visit(1))
    served.exchange(phone, phone.seal(1))
    code, _ = typed("backup", tmp_path / "file", "--dir", directory)
    served.exchange(phone, phone.seal(1))
    assert (code, served.stop()) == (0, 0)
    before = stored(directory)
    assert typed("restore", tmp_path / "file", "--dir", emptied(directory))[0] == 0
    assert stored(directory) == before
    assert typed("fsck", "--dir", directory)[0] == 0


def test_L15_a_branch_moves_to_couchdb_and_goes_on_as_if_nothing_had_been(directory, file, typed, couch):
    before, database = stored(directory), f"tovay-test-{uuid4().hex}"
    (directory / "couchdb.pass").write_text(couch.password)
    settings = load(directory, {})
    there = structs.replace(
        settings,
        store="couchdb",
        url=couch.url,
        user=couch.user,
        password_file="couchdb.pass",
        database=database,
    )
    (directory / "hub.toml").write_text(text(there), encoding="utf-8")
    try:
        code, told = typed("restore", file, "--dir", directory)
        assert (code, "3 mới được chép" in told) == (0, True), told
        assert stored(directory) == before
        assert typed("fsck", "--dir", directory)[0] == 0
        with opened(directory, ENVIRON, sealing=True) as hub:
            hub.groups.append(GROUP, lambda _: [[an(MemberListed, ordinal=1, number="3000010001")]])
        code, told = typed("restore", file, "--dir", directory)
        assert (code, "Chỉ chép lại vào một kho trống" in told) == (1, True)
    finally:
        couch.drop(database)


@pytest.mark.crash
def test_a_restore_that_is_killed_is_finished_by_the_same_command(directory, tmp_path):
    admit(directory)
    with opened(directory, ENVIRON) as hub:
        for start in range(0, 20_000, 500):
            hub.store.add([{"_id": f"{GROUP}:text:{n:06d}", "text": "x"} for n in range(start, start + 500)])
        whole = hub.store.ids("")
    assert tovay_hub("backup", tmp_path / "file", "--dir", directory).returncode == 0
    emptied(directory)
    words = ("restore", str(tmp_path / "file"), "--dir", str(directory))
    with subprocess.Popen([*TOVAY_HUB, *words], env=ENVIRON, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None and not holds_some(directory):
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    there = len(stored(directory))
    assert 0 < there < len(whole)
    done = tovay_hub(*words)
    assert (done.returncode, f"{len(whole) - there} mới được chép" in done.stdout) == (0, True)
    assert stored(directory) == whole


def holds_some(directory):
    return (directory / "hub.sqlite").exists() and bool(stored(directory))
