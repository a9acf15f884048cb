"""A leader's phone is lost with a receipt that nobody has but the household; later it is found (L13, R92)."""

import json
import shutil

from cast import Phone

from tests.system.conftest import GROUP

PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")


def revoke(village, device):
    words = village.branch.words("revoke", "--reason", "lost", "--by", "IT01", "--confirmed-by", "IT02")
    village.stage.run("tovay-provision", words[0], device, *words[1:])


def sums(village):
    """What every member of the group owes and holds, and the cash, as the branch says."""
    found = json.loads(village.day("status", "--json").stdout)
    return found["totals"], found["cash"]["expected_dong"]


def test_R92_a_paper_is_typed_in_and_the_phone_that_is_found_is_matched(village, tmp_path):
    branch, lost = village.branch, village.leader
    village.hub.start()
    first = lost.ask("collect", 3, "--full", "--yes")["receipt"]
    lost.run("sync")
    second = lost.ask("collect", 2, "--full", "--yes")["receipt"]
    (device,) = [
        one["device"]
        for one in village.stage.ask("tovay-provision", *branch.words("devices"))
        if (one["group"], one["role"]) == (GROUP, "leader")
    ]
    revoke(village, device)
    shutil.move(lost.folder, village.folder / "phone-lost")
    leader = branch.enrol("leader", GROUP, village.hub.url)
    leader.run("sync")

    # From the paper: what the household was given, under two names.
    paper = tmp_path / "bien-lai.jpg"
    paper.write_bytes(b"a photograph of the receipt")
    lines = [f"--interest={one['number']}={one['interest_dong']}" for one in second["interest"]]
    total = sum(one["interest_dong"] for one in second["interest"])
    told = ("--group", GROUP, "--member", second["member_number"], "--receipt", second["receipt_no"], *lines)
    told = (*told, "--value-date", "2025-12-10", "--paper", paper, *PEOPLE)
    assert "Đã ghi vào sổ" in branch.run("rekey-receipt", *told)
    assert "đã được ghi từ trước" in branch.run("rekey-receipt", *told)
    came = branch.attempt("rekey-receipt", *told, "--receipt", first["receipt_no"])
    assert (came.returncode, "đã về từ điện thoại" in came.stderr) == (1, True)
    before = sums(village)

    # Found behind the cupboard: it synchronises once, and its line is set aside with its sum.
    found = Phone(village.stage, "lost")
    found.attempt("sync")
    day = json.loads(village.day("status", "--json").stdout)
    aside = [one for one in day["entries"] if one["receipt_no"] == second["receipt_no"]]
    assert [(one["state"], one["cash_dong"], one["posted_dong"]) for one in aside] == [
        ("set_aside", total, 0)
    ]
    assert sums(village) == before

    village.stage.now = "2025-12-17T08:30:00+07:00"
    leader.run("close-round", "--counted", total, "--yes")
    leader.run("sync")
    village.day("count", "--counted", total, "--by", "GDV01")
    assert village.day("settle", *PEOPLE).returncode == 0
    assert json.loads(village.day("status", "--json").stdout)["cash"]["count"]["difference_dong"] == 0
    assert json.loads(village.verdict().stdout)["faults"] == []
