"""Hypothesis profiles for the whole suite, of which `CI` chooses ci, and which tests run without coverage."""

import os
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.couchdb.proxy import Proxy
from tests.couchdb.servers import Room, named_or_started

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=20_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

HERE = Path(__file__).parent
STORIES, HOUSE = HERE / "system", HERE / "house"


def pytest_addoption(parser):
    """``--store couchdb`` plays every story with the hub's documents on a CouchDB."""
    stores = {"choices": ("sqlite", "couchdb"), "default": "sqlite"}
    parser.addoption("--store", **stores, help="where the hub's documents are in the stories of tests/system")


def pytest_collection_modifyitems(items):
    """Mark laws, seeds, crashes, stories and house rules ``unmeasured``; stories, the longest, begin."""
    for test in items:
        marked = test.get_closest_marker("seeds") or test.get_closest_marker("crash")
        if marked or is_hypothesis_test(test.obj) or {STORIES, HOUSE} & set(test.path.parents):
            test.add_marker(pytest.mark.unmeasured)
    items.sort(key=lambda test: STORIES not in test.path.parents)


@pytest.fixture(scope="session")
def couch(tmp_path_factory):
    """The CouchDB of this run: the one that the environment names, or a stand-in (``tests.couchdb``)."""
    server, end = named_or_started(tmp_path_factory.mktemp("couchdb"))
    yield server
    server.http.close()
    end()


@pytest.fixture
def room(couch):
    """The databases of one branch, made as ``tovay-hub init`` makes them, gone after the test."""
    made = Room(couch)
    yield made.make()
    made.close()


@pytest.fixture
def couch_line(couch):
    """A line to that server that loses, delays or changes what the test tells it to."""
    made = Proxy(couch.url)
    yield made
    made.close()
