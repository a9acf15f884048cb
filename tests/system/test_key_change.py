"""The branch changes its log key in the middle of a round, by the real programs (L5, L17, fault class 45)."""

import json
import shutil

from cast import Phone

from tests.system.conftest import GROUP


def change_key(village):
    """What IT types: the root's medium comes back for a minute; the hub does not run meanwhile."""
    folder = village.folder
    keys = (
        "--passphrase-file",
        folder / "branch-passphrase",
        "--root-passphrase-file",
        folder / "root-passphrase",
    )
    words = village.branch.words("log-key", "--root", folder / "root", *keys)
    assert "số 2" in village.stage.run("tovay-provision", *words)
    refused = village.branch.attempt("checkpoint", "--out", folder / "early")
    assert "chưa đổi xong ở mọi tổ: hãy chạy tovay-hub change-key" in refused.stderr
    assert village.branch.ask("change-key", "--json")["number"] == 2


def verified(village, kind, path):
    told = village.stage.run("tovay-verify", kind, *path, "--root", village.folder / "branch" / "root.spki")
    assert "ĐỨNG VỮNG" in told or "Điểm chốt" in told
    return told


def receipt(village, phone, number):
    """The code of a receipt, checked without any network."""
    paper = village.folder / f"code-{number}"
    paper.write_text(phone.ask("receipt", number)["proof"], encoding="ascii")
    return verified(village, "receipt", ("--file", paper))


def test_class45_the_key_changes_and_nobody_loses_anything(village, tmp_path):
    village.hub.start()
    shutil.copytree(village.leader.folder, village.folder / "phone-clone")
    clone = Phone(village.stage, "clone")
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("sync")
    village.deputy.run("collect", 5, "--savings", 20_000, "--yes")
    clone.run("collect", 5, "--full", "--yes")
    village.branch.run("checkpoint", "--out", tmp_path / "before")
    village.hub.stop()

    change_key(village)

    village.hub.start()
    village.leader.run("sync")
    village.leader.run("collect", 2, "--full", "--yes")
    village.leader.run("sync")
    village.deputy.run("sync")
    assert {one["carriage"] for one in village.leader.ask("status")["entries"]} == {"at_branch"}
    assert {one["carriage"] for one in village.deputy.ask("status")["entries"]} == {"at_branch"}
    receipt(village, village.leader, 1)
    receipt(village, village.leader, 2)

    # A phone of another group learns of the new key by its first answer.
    shutil.move(village.folder / "phone-leader", village.folder / "phone-first")
    village.branch.enrol("leader", "KM-002", village.hub.url).run("sync")

    # A contradiction from before the change, proved after it.
    clone.attempt("sync")
    village.branch.run("evidence", "--group", GROUP, "--out", tmp_path / "evidence")
    verified(village, "evidence", (tmp_path / "evidence",))

    # A carrier brings a bundle, and the answer is signed by the new key.
    village.deputy.run("collect", 4, "--savings", 5_000, "--yes")
    village.deputy.run("export", "--file", tmp_path / "stick")
    village.branch.run("ingest", tmp_path / "stick", "--reply", tmp_path / "reply")
    assert village.deputy.ask("import", tmp_path / "reply")["acknowledged"] == 1

    village.stage.now = "2025-12-11T08:30:00+07:00"
    village.branch.run("checkpoint", "--out", tmp_path / "after")
    for file in ("before", "after"):
        verified(village, "checkpoint", (tmp_path / file,))
        assert village.branch.attempt("fsck", "--checkpoint", tmp_path / file).returncode == 0
    assert json.loads(village.verdict().stdout)["faults"] == []
