"""Plays a plan, step by step, and looks at everything after each step: the same plan, the same play."""

from contextlib import closing
from hashlib import sha256
from traceback import format_exception

from msgspec import Struct
from structlog.testing import capture_logs

from tests.system.simulate.ending import heal
from tests.system.simulate.invariants import Eye
from tests.system.simulate.once import collecting_after, reading_once
from tests.system.simulate.plan import ACTS
from tests.system.simulate.trust import chance_of
from tests.system.simulate.world import Parts, World


class Played(Struct, frozen=True):
    """What a play was: a line for each step, what was violated (None: nothing), and whatever it touched."""

    trace: tuple[str, ...]
    violation: str | None

    @property
    def digest(self):
        """One hash over every line."""
        return sha256("\n".join(self.trace).encode()).hexdigest()


def play(plan, parts=None):
    """Play a plan to its end, or to the first violation; whatever is raised is one."""
    trace = []
    with collecting_after(), capture_logs(), reading_once():
        try:
            trace.extend(_lines(plan, parts or Parts()))
        except AssertionError as error:
            return _violated(trace, plan, str(error) or repr(error))
        except Exception as error:  # noqa: BLE001 (whatever a fault brings out is a finding)
            return _violated(trace, plan, "".join(format_exception(error)))
    return Played(tuple(trace), None)


def _lines(plan, parts):
    with closing(parts.shelves()) as shelves:
        world = World(plan.seed, plan.size, parts, shelves)
        eye = Eye(world)
        for step in plan.steps:
            told = ACTS[step.act](world, chance_of(f"{plan.seed} step {step.number}"))
            yield f"{step.number} {step.act}: {told}; {eye.look()}"
        yield heal(world, eye)


def _violated(trace, plan, told):
    """The line of the step in which it happened, or of the ending."""
    at = plan.steps[len(trace)] if len(trace) < len(plan.steps) else None
    place = "at rest" if at is None else f"{at.number} {at.act}"
    return Played((*trace, f"{place}: VIOLATION {told.splitlines()[-1]}"), told)
