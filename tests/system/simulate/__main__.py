"""Play seeds: ``python -m tests.system.simulate SEED [--steps N] [--count N] [--jobs N] [--store STORE]``."""

import argparse
import signal
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pool
from pathlib import Path

from tests.couchdb.servers import named_or_started
from tests.system.simulate.plan import draw
from tests.system.simulate.play import play
from tests.system.simulate.shelves import CouchShelves, SqliteShelves
from tests.system.simulate.shrink import shrunk
from tests.system.simulate.world import Parts

EVERY = 1_000
TOGETHER = 8
CUT = 128 + signal.SIGINT
"""What a shell expects of a program that was interrupted."""


def main(words=None):
    """Play one seed and tell its trace, or ``--count`` seeds from it on and tell how far it is."""
    given = _parser().parse_args(words)
    with _parts(given.store) as parts:
        return _many(given, parts) if given.count > 1 else _one(given, parts)


def _one(given, parts):
    plan = draw(given.seed, given.steps)
    played = play(plan, parts)
    if played.violation:
        _tell(failure(plan, played, parts, _options(given)))
    else:
        _tell("\n".join([*played.trace, f"digest {played.digest}\n"]))
    return int(played.violation is not None)


def failure(plan, played, parts=None, options=""):
    """What a person needs of a failing seed: the shortest play that still fails, and the command."""
    short = shrunk(plan, played, parts)
    *raised, violation = played.violation.splitlines()
    told = [f"seed {plan.seed} fails: {violation}"]
    told += [f"{len(short.steps)} of its {len(plan.steps)} steps are enough:"]
    told += ["  " + line for line in play(short, parts).trace]
    told += raised
    told += [f"replay: python -m tests.system.simulate {plan.seed}{options}", ""]
    return "\n".join(told)


def _many(given, parts):
    """Seeds in their order, up to the first that fails; says how many held, also when it is cut."""
    seeds = range(given.seed, given.seed + given.count)
    held = 0
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs behind it pass over one
    try:
        with _playing(seeds, given, parts) as holding:
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
        _tell(failure(plan, play(plan, parts), parts, _options(given)) + f"{held} seeds hold before it\n")
    return int(held < given.count)


@contextmanager
def _playing(seeds, given, parts):
    """Whether each of the seeds holds, in their order, from so many processes."""
    one = partial(_holds, steps=given.steps, parts=parts)
    if given.jobs == 1:
        yield map(one, seeds)
        return
    with Pool(given.jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        yield pool.imap(one, seeds, TOGETHER)


def _holds(seed, steps, parts):
    return play(draw(seed, steps), parts).violation is None


@contextmanager
def _parts(store):
    """What worlds are made of that keep the branch's documents there."""
    if store != "couchdb":
        yield Parts() if store == "memory" else Parts(shelves=SqliteShelves)
        return
    with tempfile.TemporaryDirectory() as folder:
        couch, end = named_or_started(Path(folder))
        couch.http.close()  # each play asks by itself
        try:
            yield Parts(shelves=partial(CouchShelves, couch.url, couch.user, couch.password))
        finally:
            end()


def _options(given):
    """The words that a play takes to be played again."""
    store = "" if given.store == "memory" else f" --store {given.store}"
    return store if given.steps is None else f"{store} --steps {given.steps}"


def _tell(told):
    sys.stdout.write(told)
    sys.stdout.flush()


def _parser():
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int, default=None, help="how many steps a world has")
    stores = {"choices": ("memory", "sqlite", "couchdb"), "default": "memory"}
    parser.add_argument("--store", **stores, help="where the branch's documents are")
    parser.add_argument("--count", type=int, default=1, help="how many seeds, from this one on")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes play them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
