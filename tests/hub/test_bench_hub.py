"""The bench of the hub runs in small, and says FAILED when the store lacks what was sent."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import hub
from bench.hub_branch import LostError, cash_of, compare, found, held, meeting
from bench.ledgers import admitted

ROOT = Path(__file__).parents[2]


def test_a_storm_and_five_years_are_measured_in_small_and_nothing_is_lost():
    told = subprocess.run(
        [sys.executable, "-m", "bench.hub", "storm", "history", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "720 entries, 0 lost" in told
    assert re.search(r"all acknowledged, alone +[\d,]+ entries/s +\d\.\d{3} +\d+\.\d\d\n", told)
    assert "0 lost, all posted" in told
    assert "a sync is flat" in told


def test_what_was_sealed_and_never_came_fails_a_part(monkeypatch, capsys):
    def losing(place, _asked):
        found(place, 1)
        with place.opened(sealing=True) as opened:
            ledger = admitted(opened, "KM-001")
            collected = meeting(opened.groups.last("KM-001"), ledger.knows)
        compare(cash_of("KM-001", collected), held(place, ["KM-001"]))

    monkeypatch.setitem(hub.PARTS, "losing", losing)
    monkeypatch.setattr(sys, "argv", ["hub", "losing"])
    with pytest.raises(SystemExit) as left:
        hub.main()
    assert left.value.code == 1
    why = r"losing FAILED: (\d+) of \1 not there, 0 strange, 0 with another sum"
    assert re.search(why, capsys.readouterr().out)


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({("A", 1): 5}, "1 of 2 not there, 0 strange, 0 with another sum"),
        ({("A", 1): 5, ("A", 2): 8}, "0 of 2 not there, 0 strange, 1 with another sum"),
        ({("A", 1): 5, ("A", 2): 7, ("B", 1): 1}, "0 of 2 not there, 1 strange, 0 with another sum"),
    ],
)
def test_a_set_and_its_sum_are_compared(there, why):
    made = {("A", 1): 5, ("A", 2): 7}
    compare(made, dict(made))
    with pytest.raises(LostError, match=why):
        compare(made, there)
