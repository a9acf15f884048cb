"""The drill: a backup in the middle of a collection day, a lost store, a day settled to the đồng (L15)."""

import json

import pytest

from tests.system.conftest import DAY, GROUP, copied

PEOPLE = ("--by", "GD01", "--confirmed-by", "KSV01")


@pytest.fixture
def lucky(tmp_path, founded):
    """The same branch on a day on which nothing is lost: what every sum must be."""
    with copied(founded, tmp_path / "lucky") as made:
        yield made


def morning(village):
    village.leader.run("collect", 3, "--full", "--yes")
    village.leader.run("collect", 5, "--full", "--savings", 50_000, "--yes")
    village.leader.run("sync")
    village.deputy.run("collect", 10, "--full", "--yes")
    village.deputy.run("sync")


def afternoon(village):
    village.leader.run("collect", 4, "--amount", 500_000, "--yes")
    village.leader.run("sync")
    village.deputy.run("collect", 14, "--savings", 60_000, "--yes")
    village.deputy.run("void", 10_002, "--yes")
    village.deputy.run("collect", 14, "--savings", 70_000, "--yes")
    village.deputy.run("sync")


def evening(village):
    """Rounds, count and settlement; returns what people sign: the day's figures and the statement."""
    village.stage.now = f"{DAY}T07:30:00+07:00"
    handed_in = 0
    for phone in (village.leader, village.deputy):
        phone.run("sync")
        expected = phone.ask("status")["cash"]["expected_dong"]
        phone.run("close-round", "--counted", expected, "--yes")
        phone.run("sync")
        handed_in += expected
    day = ("--group", GROUP, "--day", DAY)
    village.branch.run("count", *day, "--counted", handed_in, "--by", "GDV01")
    village.branch.run("settle", *day, "--by", "KSV01", "--confirmed-by", "GDV01")
    statement = village.branch.run("statement", *day, "--format", "csv")
    balances = village.branch.run("balances", "--group", GROUP, "--format", "csv")
    return handed_in, *map(sums, (statement, balances))


def sums(table):
    """The lines of a table without its last, which names the length of the log."""
    return table.splitlines()[:-1]


def test_L15_the_drill_ends_with_the_sums_of_a_day_on_which_nothing_was_lost(village, lucky):
    backup = village.folder / "noon.backup"
    for one in (village, lucky):
        one.hub.start()
        morning(one)
    village.branch.run("backup", backup)
    for one in (village, lucky):
        afternoon(one)
    village.hub.stop()
    village.store.lose(village.folder / "branch")
    assert village.branch.attempt("status").returncode == 1
    assert "tovay-hub restored" in village.branch.run("restore", backup)
    assert {fault["code"] for fault in json.loads(village.verdict().stdout)["faults"]} == {"behind_mark"}
    village.branch.run("restored", *PEOPLE)
    village.hub.start()
    settled = evening(village)
    assert settled == evening(lucky)
    assert settled[0] > 500_000 + 50_000 + 70_000
    assert "mọi dòng sổ cũ đã về" in village.branch.run("status")
    verdict = json.loads(village.verdict().stdout)
    assert (verdict["faults"], verdict["notes"]) == ([], json.loads(lucky.verdict().stdout)["notes"])
