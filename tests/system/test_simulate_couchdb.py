"""The plays of some seeds with the branch's documents on a CouchDB: nothing else may differ."""

from functools import partial

import pytest

from tests.couchdb.shelves import CouchShelves
from tests.system.simulate import __main__ as command
from tests.system.simulate.plan import draw
from tests.system.simulate.play import play
from tests.system.simulate.restores import ACTS as RESTORES
from tests.system.simulate.world import Parts

pytestmark = pytest.mark.seeds

SEEDS = (617, 795, 964)
BEFALLS_A_STORE = {"hub crash", "result unknown", "two workers", "tampered", "stale", *RESTORES}


def test_these_seeds_do_to_a_store_all_that_a_seed_can():
    assert {step.act for seed in SEEDS for step in draw(seed).steps} >= BEFALLS_A_STORE


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_plays_the_same_on_a_couchdb_and_ends_in_the_same_documents(seed, couch):
    plan, parts = draw(seed), Parts(shelves=partial(CouchShelves, couch.url, couch.user, couch.password))
    played = play(plan, parts)
    assert played.violation is None, command.failure(plan, played, parts, " --store couchdb")
    assert ", documents " in played.trace[-1]
    assert played == play(plan)


def test_the_store_is_chosen_on_the_command_line(capsys):
    words = ["7", "--steps", "3"]
    assert command.main(words) == 0
    there = capsys.readouterr().out
    assert command.main([*words, "--store", "couchdb"]) == 0
    assert capsys.readouterr().out == there
