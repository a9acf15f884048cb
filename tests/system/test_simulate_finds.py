"""The simulator can fail: each of these defects is found within a few hundred seeds, and made short."""

import pytest
from msgspec import structs

from tests.system.simulate.mutations import MUTATIONS
from tests.system.simulate.plan import draw
from tests.system.simulate.play import play
from tests.system.simulate.shrink import shrunk

pytestmark = pytest.mark.seeds

SEEDS = 300


def first_found(parts):
    """The first plan that holds as it is and fails with the broken part, and that play."""
    for seed in range(SEEDS):
        plan = draw(seed)
        played = play(plan, parts)
        if played.violation is not None and play(plan).violation is None:
            return plan, played
    raise AssertionError("no seed finds it")


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_defect_is_found_within_some_hundred_seeds(name):
    plan, played = first_found(MUTATIONS[name])
    assert play(plan, MUTATIONS[name]) == played


def test_a_failing_play_is_made_short_and_still_fails():
    parts = MUTATIONS["a phone says saved too early"]
    plan, played = first_found(parts)
    short = shrunk(plan, played, parts)
    assert len(short.steps) < len(plan.steps)
    assert len(short.steps) <= 12
    assert play(short, parts).violation is not None
    without_one = [structs.replace(short, steps=(*short.steps[:n], *short.steps[n + 1 :])) for n in range(2)]
    assert all(play(plan, parts).violation is None for plan in without_one)
