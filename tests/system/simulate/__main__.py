"""Play seeds: ``python -m tests.system.simulate SEED [--steps N] [--count N]``."""

import argparse
import sys

from tests.system.simulate.plan import draw
from tests.system.simulate.play import play
from tests.system.simulate.shrink import shrunk

EVERY = 1_000


def main(words=None):
    """Play one seed and tell its trace, or ``--count`` seeds from it on and tell how far it is."""
    given = _parser().parse_args(words)
    for number in range(given.count):
        seed = given.seed + number
        plan = draw(seed, given.steps)
        played = play(plan)
        if played.violation is not None:
            sys.stdout.write(failure(plan, played, given.steps))
            return 1
        if given.count == 1:
            sys.stdout.write("\n".join([*played.trace, f"digest {played.digest}", ""]))
        elif (number + 1) % EVERY == 0:
            sys.stdout.write(f"{number + 1} seeds hold, the last is {seed}\n")
            sys.stdout.flush()
    return 0


def failure(plan, played, steps=None):
    """What a person needs of a failing seed: the shortest play that still fails, and the command."""
    short = shrunk(plan, played)
    *raised, violation = played.violation.splitlines()
    told = [f"seed {plan.seed} fails: {violation}"]
    told += [f"{len(short.steps)} of its {len(plan.steps)} steps are enough:"]
    told += ["  " + line for line in play(short).trace]
    told += raised
    option = "" if steps is None else f" --steps {steps}"
    told += [f"replay: python -m tests.system.simulate {plan.seed}{option}", ""]
    return "\n".join(told)


def _parser():
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int, default=None, help="how many steps a world has")
    parser.add_argument("--count", type=int, default=1, help="how many seeds, from this one on")
    return parser


if __name__ == "__main__":
    sys.exit(main())
