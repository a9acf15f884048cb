"""``tovay-hub rollup`` on both stores: what people read, what is written, and exit codes."""

import json
import shutil

import pytest

from hub.app import initialise, opened
from hub.cli import main
from hub.service.rollup.document import judged
from hub.settings import Settings
from tests.couchdb.servers import Room
from tests.hub.days import NOON, OpenedBranch, told

AT_NOON = {"TOVAY_NOW": NOON.isoformat()}
MADE = (
    "Đã lập số liệu tổng hợp ngày 17/12/2025, bản số 1, tại điểm chốt số 1: 1 tổ, 3 hộ, dư nợ gốc"
    " 139.520.000 đ."
)
SAME = MADE.replace("Đã lập", "Sổ không đổi, vẫn là")


@pytest.fixture(scope="module")
def settled(founded, tmp_path_factory):
    """The settled story of ``told`` in a branch directory, for copies."""
    directory = shutil.copytree(founded, tmp_path_factory.mktemp("settled") / "branch")
    play(directory)
    return directory


def play(directory):
    with opened(directory, AT_NOON, sealing=True) as hub:
        day = told(directory.parent, branch=OpenedBranch(hub))
        day.count(1_043_726)
        day.settle()


@pytest.fixture
def branch(settled, tmp_path):
    """That directory as this test's own."""
    return shutil.copytree(settled, tmp_path / "branch")


@pytest.fixture(scope="module")
def sent(founded, tmp_path_factory, couch):
    """A branch on CouchDB that has made a roll-up: its directory and its database."""
    directory = shutil.copytree(founded, tmp_path_factory.mktemp("couchdb") / "branch")
    (directory / "password").write_text(f"{couch.password}\n", encoding="utf-8")
    for made in ("hub.toml", "hub.sqlite"):
        (directory / made).unlink()
    room = Room(couch)
    reached = Settings(
        store="couchdb",
        url=couch.url,
        user=couch.user,
        password_file="password",
        database=room.name,
        passphrase_file="passphrase",
    )
    initialise(directory, reached)
    play(directory)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOVAY_NOW", NOON.isoformat())
        for command in ("checkpoint", "rollup"):
            with pytest.raises(SystemExit) as left:
                main([command, "--dir", str(directory)])
            assert left.value.code == 0
    yield directory, room.name
    room.close()


def test_a_roll_up_that_says_the_same_is_sent_once(run, sent):
    code, said, _ = run("rollup", "--dir", sent[0])
    assert (code, said[0]) == (0, SAME)
    assert said[1:] == ["Đã đưa 0 bản mới vào cơ sở dữ liệu tổng hợp để chuyển lên cấp trên."]


def test_a_roll_up_of_a_branch_on_sqlite_goes_to_a_file(run, branch, tmp_path):
    assert run("checkpoint", "--dir", branch)[0] == 0
    kept = "Kho SQLite không tự chuyển lên cấp trên: hãy gửi tệp của --out."
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert run("rollup", "--dir", branch, "--out", first)[:2] == (0, [MADE, kept])
    assert run("rollup", "--dir", branch, "--day", "17/12/2025", "--out", second)[:2] == (0, [SAME, kept])
    assert first.read_bytes() == second.read_bytes()
    document = json.loads(first.read_bytes())
    assert document["_id"] == "KM:rollup:2025-12-17:000001"
    assert judged(document, "KM").totals.principal_dong == 139_520_000
    assert run("fsck", "--dir", branch)[0] == 0


def test_a_roll_up_needs_a_checkpoint_of_its_day_or_a_later_one(run, branch, tmp_path):
    code, said, wrong = run("rollup", "--dir", branch)
    assert (code, said) == (1, [])
    assert wrong.startswith("Chưa có điểm chốt nào để lập số liệu tổng hợp")
    assert run("checkpoint", "--dir", branch)[0] == 0
    code, said, wrong = run("rollup", "--dir", branch, "--day", "2025-12-18")
    assert (code, said) == (1, [])
    assert wrong.startswith("Điểm chốt mới nhất (số 1) của ngày 17/12/2025, chưa biết hết ngày")
    code, said, wrong = run("rollup", "--dir", branch, "--out", tmp_path)
    assert (code, said, wrong.splitlines()[-1]) == (1, [], f"Không ghi được vào tệp {tmp_path}.")
