"""The plays of some seeds on the stores that branches really have: nothing else may differ."""

from functools import partial

import pytest

from tests.system.simulate import __main__ as command
from tests.system.simulate.plan import draw
from tests.system.simulate.play import play
from tests.system.simulate.restores import ACTS as RESTORES
from tests.system.simulate.shelves import CouchShelves, SqliteShelves
from tests.system.simulate.world import Parts

pytestmark = pytest.mark.seeds

SEEDS = (617, 795, 964)
BEFALLS_A_STORE = {"hub crash", "result unknown", "two workers", "tampered", "stale", *RESTORES}


def played(seed, store, parts):
    """The play of a seed on this store, in which everything must hold."""
    plan = draw(seed)
    found = play(plan, parts)
    assert found.violation is None, command.failure(plan, found, parts, f" --store {store}")
    assert ", documents " in found.trace[-1]
    return found


def test_these_seeds_do_to_a_store_all_that_a_seed_can():
    assert {step.act for seed in SEEDS for step in draw(seed).steps} >= BEFALLS_A_STORE


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_plays_the_same_on_every_store_and_ends_in_the_same_documents(seed, couch):
    on_sqlite = Parts(shelves=SqliteShelves)
    on_couchdb = Parts(shelves=partial(CouchShelves, couch.url, couch.user, couch.password))
    in_memory = play(draw(seed))
    assert played(seed, "sqlite", on_sqlite) == in_memory
    assert played(seed, "couchdb", on_couchdb) == in_memory


def test_the_store_is_chosen_on_the_command_line(capsys):
    told = set()
    for words in ((), ("--store", "sqlite"), ("--store", "couchdb")):
        assert command.main(["7", "--steps", "3", *words]) == 0
        told.add(capsys.readouterr().out)
    assert len(told) == 1
