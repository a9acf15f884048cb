"""A round with no network at all (L11, L19): files and codes go there and back by two carriers."""

import json
import shutil

import pytest

DUE_OF_MEMBER_3 = 353_359
"""Worked apart from the code in tests/examples/test_demo_group.py: loans 3 and 4."""
DEPOSIT = 20_000
SETTLING = ("--by", "KSV01", "--confirmed-by", "GDV01")


def carriages(phone):
    return [one["carriage"] for one in phone.ask("status")["entries"]]


def phases(phone):
    return [one["phase"] for one in phone.ask("status")["entries"]]


def whole(village):
    """The verdict on everything that is stored, which must be good."""
    verdict = json.loads(village.verdict().stdout)
    assert verdict["faults"] == []
    return verdict


def test_a_round_is_collected_posted_and_shown_without_any_network(village, tmp_path):
    leader, deputy, branch = village.leader, village.deputy, village.branch
    stick, codes = tmp_path / "stick", tmp_path / "codes"
    reply, shown = tmp_path / "reply", tmp_path / "shown"

    leader.run("collect", 3, "--full", "--yes")
    leader.run("export", "--file", tmp_path / "early")
    deputy.run("collect", 5, "--savings", DEPOSIT, "--yes")
    village.stage.now = "2025-12-16T19:00:00+07:00"
    leader.run("close-round", "--counted", DUE_OF_MEMBER_3, "--yes")
    deputy.run("close-round", "--counted", DEPOSIT, "--yes")
    leader.run("export", "--file", stick)
    deputy.run("export", "--qr", codes)
    assert carriages(leader) == ["sent", "sent"]
    shutil.copy(stick, tmp_path / "copy")

    # Two carriers, the codes photographed, the newer file before the older, and all of it once more.
    village.stage.now = "2025-12-17T08:00:00+07:00"
    photos = sorted(codes.glob("*.png"), reverse=True)
    assert "2 gói" in branch.run("ingest", tmp_path / "copy")
    branch.run("ingest", *photos, tmp_path / "early")
    length = whole(village)["counts"]["branch_entries"]
    told = branch.ask("ingest", stick, codes / photos[0].name, *photos, "--reply", reply, "--reply-qr", shown)
    assert [one["writer"] for one in told["answers"]] == [1, 2]
    assert whole(village)["counts"]["branch_entries"] == length
    assert whole(village)["counts"]["phone_seals"] == 3

    assert leader.ask("import", reply)["acknowledged"] == 2
    deputys = deputy.ask("import", shown)
    assert (deputys["answers"], deputys["foreign"], deputys["acknowledged"]) == (1, 1, 1)
    for phone in (leader, deputy):
        assert set(carriages(phone)) == {"at_branch"}
    assert leader.ask("import", reply)["learnt"] == 0

    village.day("count", "--counted", DUE_OF_MEMBER_3 + DEPOSIT, "--by", "GDV01")
    village.day("settle", *SETTLING)
    leader.run("export", "--file", stick)
    branch.run("ingest", stick, "--reply", reply)
    leader.run("import", reply)
    assert phases(leader)[0] == "posted"
    (day,) = leader.ask("status")["results"]
    assert (day["counted_dong"], day["difference_dong"]) == (DUE_OF_MEMBER_3 + DEPOSIT, 0)
    assert not (village.folder / "branch" / "hub.log").read_bytes().count(b"/v1/exchange 2")
    assert whole(village)["cash_dong"] == {"posted": DUE_OF_MEMBER_3 + DEPOSIT}


@pytest.mark.crash
def test_a_kill_in_the_middle_of_carrying_loses_and_doubles_nothing(village, tmp_path):
    leader, branch = village.leader, village.branch
    stick, reply = tmp_path / "stick", tmp_path / "reply"
    killed = {"export": 0, "ingest": 0, "import": 0}
    for number, delay_s in enumerate((0.2, 0.6, 1.0), 1):
        leader.run("collect", 3, "--savings", 1_000 * number, "--again", "--yes")
        for name, program, words in (
            ("export", "tovay-edge", leader.words("export", "--file", stick)),
            ("ingest", "tovay-hub", branch.words("ingest", stick, "--reply", reply)),
            ("import", "tovay-edge", leader.words("import", reply)),
        ):
            killed[name] += not village.stage.kill_after(program, *words, delay_s=delay_s, shown="kiện")
            village.stage.run(program, *words)
        assert set(carriages(leader)) == {"at_branch"}
    assert min(killed.values()) > 0
    verdict = whole(village)
    assert verdict["counts"]["phone_seals"] == 3
    assert len(leader.ask("status")["entries"]) == 3
    assert leader.ask("status")["stopped"] is None


def test_what_is_brought_to_another_branch_changes_nothing(village, tmp_path):
    stick = tmp_path / "stick"
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("export", "--file", stick)
    raw = bytearray(stick.read_bytes())
    length = whole(village)["counts"]["branch_entries"]
    for place in (0, 3, 9, 40, len(raw) // 2, -1):
        wrong = raw.copy()
        wrong[place] ^= 1
        stick.write_bytes(wrong)
        refused = village.branch.attempt("ingest", stick)
        assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
        assert refused.stderr.strip().endswith(".")
    assert whole(village)["counts"]["branch_entries"] == length
