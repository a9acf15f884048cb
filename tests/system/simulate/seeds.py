"""What the test modules share: a quarter of the seeds each, so that they can run side by side."""

from tests.system.simulate.__main__ import failure
from tests.system.simulate.plan import draw
from tests.system.simulate.play import play

EACH = 250


def all_hold(quarter):
    """Play a quarter of the seeds; raises with the shortest failing play."""
    for seed in range(quarter * EACH, (quarter + 1) * EACH):
        plan = draw(seed)
        played = play(plan)
        assert played.violation is None, failure(plan, played)
