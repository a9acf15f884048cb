"""A hub with the village's book, and enrolled phones at their places; every phone is closed at the end."""

import pytest

from tests.edge.village import a_village
from tests.fakes.places import Place


@pytest.fixture
def hub():
    """The village's hub in memory."""
    return a_village()


@pytest.fixture
def place(tmp_path, hub):
    """The leader's place, nothing enrolled yet."""
    return Place(tmp_path / "leader", hub)


@pytest.fixture
def phone(place):
    """The leader's phone, enrolled and synchronised, open."""
    opened = place.enrol()
    yield opened
    opened.ledger.close()


@pytest.fixture
def deputy(tmp_path, hub, place, phone):
    """The deputy's phone, open, and its place; each phone knows of the other."""
    elsewhere = Place(tmp_path / "deputy", hub)
    opened = elsewhere.enrol("deputy")
    place.synchronise(phone)
    yield opened, elsewhere
    opened.ledger.close()
