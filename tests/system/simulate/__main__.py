"""Play seeds: ``python -m tests.system.simulate SEED [--steps N] [--count N] [--jobs N]``."""

import argparse
import signal
import sys
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pool

from tests.system.simulate.plan import draw
from tests.system.simulate.play import play
from tests.system.simulate.shrink import shrunk

EVERY = 1_000
TOGETHER = 8
CUT = 128 + signal.SIGINT
"""What a shell expects of a program that was interrupted."""


def main(words=None):
    """Play one seed and tell its trace, or ``--count`` seeds from it on and tell how far it is."""
    given = _parser().parse_args(words)
    if given.count > 1:
        return _many(given)
    plan = draw(given.seed, given.steps)
    played = play(plan)
    told = failure(plan, played, given.steps) if played.violation else "\n".join([*played.trace, ""])
    sys.stdout.write(told if played.violation else f"{told}digest {played.digest}\n")
    return int(played.violation is not None)


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


def _many(given):
    """Seeds in their order, up to the first that fails; says how many held, also when it is cut."""
    seeds = range(given.seed, given.seed + given.count)
    held = 0
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs behind it pass over one
    try:
        with _playing(seeds, given.jobs, given.steps) as holding:
            for holds in holding:
                if not holds:
                    break
                held += 1
                if held % EVERY == 0 or held == given.count:
                    _tell(f"{held} seeds hold, the last is {seeds[held - 1]}\n")
    except KeyboardInterrupt:
        _tell(f"cut: {held} seeds hold before seed {seeds[held]}\n")
        return CUT
    if held < given.count:
        plan = draw(seeds[held], given.steps)
        _tell(failure(plan, play(plan), given.steps) + f"{held} seeds hold before it\n")
    return int(held < given.count)


@contextmanager
def _playing(seeds, jobs, steps):
    """Whether each of the seeds holds, in their order, from so many processes."""
    one = partial(_holds, steps=steps)
    if jobs == 1:
        yield map(one, seeds)
        return
    with Pool(jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield pool.imap(one, seeds, TOGETHER)


def _holds(seed, steps):
    return play(draw(seed, steps)).violation is None


def _tell(told):
    sys.stdout.write(told)
    sys.stdout.flush()


def _parser():
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int, default=None, help="how many steps a world has")
    parser.add_argument("--count", type=int, default=1, help="how many seeds, from this one on")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes play them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
