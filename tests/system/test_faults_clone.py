"""A phone whose folder was copied and used twice: found, proved to a stranger, decided (L16, P55)."""

import json
import shutil

from cast import Phone

from tests.system.conftest import GROUP

PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")


def cloned(village):
    """The leader's phone takes a receipt; its copy took another one under the same number."""
    shutil.copytree(village.leader.folder, village.folder / "phone-clone")
    clone = Phone(village.stage, "clone")
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("sync")
    clone.run("collect", 5, "--full", "--yes")
    return clone


def code(phone, number):
    """What the QR code on a receipt says."""
    return phone.ask("receipt", number)["proof"]


def test_P55_a_cloned_phone_is_found_proved_and_decided(village):
    village.hub.start()
    clone = cloned(village)
    paper = village.folder / "code.txt"
    paper.write_text(code(clone, 1), encoding="ascii")
    clone.attempt("sync")
    told = village.branch.attempt("forks", "--json")
    (fork,) = json.loads(told.stdout)["forks"]
    assert (told.returncode, fork["seq"], len(fork["sides"])) == (1, 1, 2)
    evidence, root = village.folder / "evidence", village.folder / "branch" / "root.spki"
    village.branch.run("evidence", "--group", GROUP, "--out", evidence)
    proved = village.stage.run("tovay-verify", "evidence", evidence, "--root", root)
    assert "ĐỨNG VỮNG" in proved
    assert proved.count("biên lai số 1, ") == 2
    assert "ĐỨNG VỮNG" in village.stage.run("tovay-verify", "receipt", "--file", paper, "--root", root)
    side = next(
        one for one in fork["sides"] if one["cash_dong"] == min(s["cash_dong"] for s in fork["sides"])
    )
    place = ("--group", GROUP, "--writer", fork["writer"], "--seq", 1, "--hash", side["hash"])
    assert "Đã ghi vào sổ của tổ" in village.branch.run("resolve-fork", *place, *PEOPLE)
    assert village.branch.attempt("forks").returncode == 0
    assert json.loads(village.verdict().stdout)["faults"] == []


def test_a_day_is_bound_by_a_checkpoint_that_outsiders_check(village):
    checkpoint, root = village.folder / "checkpoint", village.folder / "branch" / "root.spki"
    village.branch.run("checkpoint", "--out", checkpoint)
    told = village.stage.run("tovay-verify", "checkpoint", checkpoint, "--root", root)
    assert "Điểm chốt số 1 ngày 10/12/2025" in told
    assert village.branch.attempt("fsck", "--checkpoint", checkpoint).returncode == 0
