"""A play is the same whenever it is played; what the command tells is enough to play it again."""

import os
import subprocess
import sys

import pytest
from msgspec import structs

from tests.system.simulate import __main__ as command
from tests.system.simulate.mutations import MUTATIONS
from tests.system.simulate.plan import STEPS_MAX, STEPS_MIN, draw
from tests.system.simulate.play import play

pytestmark = pytest.mark.seeds


@pytest.mark.parametrize("seed", [7, 1_000_003])
def test_a_seed_plays_the_same_byte_for_byte(seed):
    first, second = play(draw(seed)), play(draw(seed))
    assert first.violation is None
    assert (first.trace, first.digest) == (second.trace, second.digest)


def test_another_process_with_other_hashes_plays_the_same(capsys):
    assert command.main(["11"]) == 0
    here = capsys.readouterr().out
    for hashes in ("1", "2"):
        environ = {**os.environ, "PYTHONHASHSEED": hashes}
        there = subprocess.run(
            [sys.executable, "-m", "tests.system.simulate", "11"],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert there == here
    assert here.splitlines()[-1] == f"digest {play(draw(11)).digest}"


def test_a_world_has_few_phones_and_as_many_steps_as_are_asked_for():
    plans = [draw(seed) for seed in range(200)]
    assert {len(plan.size.groups) for plan in plans} == {1, 2}
    assert {len(plan.size.phones) for plan in plans} == {2, 3, 4}
    assert all(STEPS_MIN <= len(plan.steps) <= STEPS_MAX for plan in plans)
    assert len(draw(1, 12).steps) == 12


def test_many_seeds_are_told_as_one_line_a_thousand(capsys, monkeypatch):
    monkeypatch.setattr(command, "EVERY", 2)
    assert command.main(["20", "--count", "2", "--steps", "5"]) == 0
    assert capsys.readouterr().out == "2 seeds hold, the last is 21\n"


def test_several_processes_tell_what_one_tells(capsys):
    words = ["20", "--count", "5", "--steps", "5"]
    assert command.main(words) == 0
    told = capsys.readouterr().out
    assert command.main([*words, "--jobs", "2"]) == 0
    assert capsys.readouterr().out == told == "5 seeds hold, the last is 24\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_seed_that_fails_among_many_ends_the_run(monkeypatch, capsys, jobs):
    broken = MUTATIONS["a phone says saved too early"]
    monkeypatch.setattr(command, "play", lambda plan, _: play(plan, broken if plan.seed == 3 else None))
    monkeypatch.setattr(command, "shrunk", lambda plan, *_: structs.replace(plan, steps=plan.steps[:1]))
    assert command.main(["1", "--count", "9", "--jobs", jobs]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("seed 3 fails: ")
    assert told[-2:] == ["replay: python -m tests.system.simulate 3", "2 seeds hold before it"]


def test_a_run_that_is_cut_tells_how_many_seeds_held(monkeypatch, capsys):
    def cut(plan, parts):
        if plan.seed == 22:
            raise KeyboardInterrupt
        return play(plan, parts)

    monkeypatch.setattr(command, "play", cut)
    assert command.main(["20", "--count", "5", "--steps", "5"]) == 130
    assert capsys.readouterr().out == "cut: 2 seeds hold before seed 22\n"


def test_a_failure_tells_the_seed_the_steps_and_how_to_play_it_again(monkeypatch, capsys):
    broken = MUTATIONS["a phone says saved too early"]
    monkeypatch.setattr(command, "play", lambda plan, _: play(plan, broken))
    monkeypatch.setattr(command, "shrunk", lambda plan, *_: structs.replace(plan, steps=plan.steps[:1]))
    assert command.main(["3"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("seed 3 fails: ")
    assert told[1].startswith("1 of its ")
    assert told[-1] == "replay: python -m tests.system.simulate 3"
