"""A hub with the village's book, enrolled phones at their places, a terminal; all closed at the end."""

import pytest

from edge import native
from tests.edge.terminal import Terminal
from tests.edge.village import a_village
from tests.fakes.places import Place, QuickVault
from tests.fakes.web import served


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


@pytest.fixture
def terminal(tmp_path, capsys, monkeypatch):
    """A terminal beside an empty directory; the slow function is quick."""
    monkeypatch.setattr(native, "NativeVault", QuickVault)
    return Terminal(tmp_path, capsys, monkeypatch)


@pytest.fixture
def web(hub):
    """The hub on the loopback."""
    with served(hub) as origin:
        yield origin


@pytest.fixture
def enrolled(terminal, hub, web):
    """A terminal whose phone is enrolled and has its book."""
    assert terminal.type("enrol", "--hub", web, "--voucher", hub.voucher())[0] == 0
    hub.admit()
    assert terminal.type("enrol", "--check")[0] == 0
    return terminal
