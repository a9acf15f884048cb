"""What may happen to a branch's store and to phones' folders: copies, kills, rivals (L15, N80, N85, P55)."""

import json
import shutil
import subprocess

from stage import SCRIPTS

from tests.system.conftest import GROUP, SAMPLE

AGAIN = ("collect", 3, "--savings", 10_000, "--again", "--yes")
SETTLING = ("--by", "KSV01", "--confirmed-by", "GDV01")
DUE_OF_MEMBER_3 = 353_359
"""Worked apart from the code in tests/examples/test_demo_group.py: loans 3 and 4."""


def at_once(village, *commands):
    """Run commands side by side; returns what each printed, none of it a traceback."""
    running = [
        subprocess.Popen(
            [SCRIPTS / program, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=village.stage.environment(),
        )
        for program, words in commands
    ]
    told = [one.communicate(timeout=60) for one in running]
    assert not [out + err for out, err in told if "Traceback" in out + err]
    return [(one.returncode, out, err) for one, (out, err) in zip(running, told, strict=True)]


def close_round(village):
    village.leader.run("collect", 3, "--full", "--yes")
    village.stage.now = "2025-12-17T07:30:00+07:00"
    village.leader.run("close-round", "--counted", DUE_OF_MEMBER_3, "--yes")
    village.leader.run("sync")


def test_N85_a_restored_hub_takes_nothing_in_where_a_phone_knows_better(village):
    village.back_up()
    village.hub.start()
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("sync")
    village.hub.stop()
    village.put_back()
    for _ in range(2):
        village.hub.start()
        village.leader.run("collect", 4, "--savings", 10_000, "--again", "--yes")
        tried = village.leader.attempt("sync")
        assert (tried.returncode, "chưa nhận hết" in tried.stdout) == (1, True)
        village.hub.stop()
    refused = village.branch.attempt("import-book", SAMPLE / "late")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    verdict = village.verdict()
    assert verdict.returncode == 1
    assert {fault["code"] for fault in json.loads(verdict.stdout)["faults"]} == {"log_contradicted"}
    assert len(village.leader.receipts()) == 3


def test_P55_of_a_cloned_phone_both_sides_are_kept_and_both_phones_stop(village):
    village.hub.start()
    shutil.copytree(village.leader.folder, village.folder / "phone-clone")
    clone = type(village.leader)(village.stage, "clone")
    village.leader.run("collect", 3, "--full", "--yes")
    clone.run("collect", 5, "--full", "--yes")
    village.leader.run("sync")
    assert "Đừng thu tiếp" in clone.attempt("sync").stderr
    assert "Đừng thu tiếp" in village.leader.attempt("sync").stderr
    for phone in (village.leader, clone):
        assert phone.attempt("collect", 8, "--full", "--yes").returncode == 1
    verdict = json.loads(village.verdict().stdout)
    assert (verdict["faults"], verdict["notes"]["forks"]) == ([], 1)
    assert verdict["counts"]["phone_seals"] == 2


def test_P56_an_older_ledger_beside_a_newer_mark_stops_the_phone(village):
    old = (village.leader.folder / "ledger.sqlite").read_bytes()
    village.leader.run("collect", 3, "--full", "--yes")
    (village.leader.folder / "ledger.sqlite").write_bytes(old)
    refused = village.leader.attempt("collect", 4, "--full", "--yes")
    assert (refused.returncode, "cũ hơn lần dùng trước" in refused.stderr) == (1, True)


def test_two_settlements_at_one_moment_settle_once(village):
    village.hub.start()
    close_round(village)
    count = ("--counted", DUE_OF_MEMBER_3, "--by", "GDV01")
    assert village.day("count", *count).returncode == 0
    words = village.branch.words("settle", "--group", GROUP, "--day", "2025-12-17", *SETTLING, "--json")
    sync = village.leader.words("sync")
    both = at_once(village, ("tovay-hub", words), ("tovay-hub", words), ("tovay-edge", sync))
    told = [json.loads(out) for _, out, _ in both[:2]]
    assert {one["cash"]["settlement"]["counted_dong"] for one in told} == {DUE_OF_MEMBER_3}
    counts = json.loads(village.verdict().stdout)["counts"]
    assert (counts["posted"], counts["held"], counts["days_settled"]) == (1, 0, 1)


def test_N80_a_settlement_that_is_killed_is_finished_by_the_next(village):
    village.hub.start()
    close_round(village)
    village.day("count", "--counted", DUE_OF_MEMBER_3, "--by", "GDV01")
    words = village.branch.words("settle", "--group", GROUP, "--day", "2025-12-17", *SETTLING)
    for delay in (0.3, 0.6):
        village.stage.kill_after("tovay-hub", *words, delay_s=delay, shown="Đã kết toán")
    assert village.day("settle", *SETTLING).returncode == 0
    verdict = json.loads(village.verdict().stdout)
    assert (verdict["faults"], verdict["cash_dong"]) == ([], {"posted": DUE_OF_MEMBER_3})


def test_what_was_saved_is_told_in_every_locale_and_a_full_output_says_so(village):
    environ = village.stage.environment()
    words = [SCRIPTS / "tovay-edge", *map(str, village.leader.words("collect", 3, "--full", "--yes"))]
    ascii_only = {**environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(words, env=ascii_only, capture_output=True, check=True)
    assert "Đã lưu trên máy." in done.stdout.decode()
    with open("/dev/full", "wb") as full:  # noqa: PTH123 (a device, not a file)
        again = [SCRIPTS / "tovay-edge", *map(str, village.leader.words(*AGAIN))]
        done = subprocess.run(again, env=environ, stdout=full, stderr=subprocess.PIPE, check=False)
    told = done.stderr.decode()
    assert (done.returncode, "Hãy chạy status" in told, "Traceback" in told) == (1, True, False)
    assert village.leader.receipts() == [1, 2]
