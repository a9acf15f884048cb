"""Whose address the hub believes, over real sockets: its own peer's, or what a named proxy says of it (R94).

The proxy calls from 127.0.0.2, everybody else of this machine from 127.0.0.1, as docs/operate/hub.md tells.
"""

import json
import shutil
import sqlite3
from itertools import count
from urllib.parse import urlencode

import httpx
import pytest
from msgspec import structs

from hub.api.receipts import PATH
from hub.service.forks.receipts import PER_SOURCE_MAX
from hub.settings import load, text
from protocol.enrolment import CONTENT_TYPE
from protocol.enrolment import PATH as ENROL
from provisioning.routes import source_of
from provisioning.settings import REGISTER
from tests.hub.served import ENVIRON, Served

PROXY = "127.0.0.2"
HERE = "127.0.0.1"
TEXT = {"content-type": "text/plain"}
_clients = count(1)


def tune(directory, **settings):
    changed = structs.replace(load(directory, {}), **settings)
    (directory / "hub.toml").write_text(text(changed), encoding="utf-8")


class Fronted:
    """A hub behind a proxy, and what each of them is asked."""

    def __init__(self, directory):
        tune(directory, proxies=(PROXY,))
        self.directory = directory
        self.served = Served(directory)

    def ask(self, method, path, *told, peer=PROXY, headers=None, content=b""):
        """A request from ``peer`` with one ``X-Forwarded-For`` for each of ``told``."""
        lines = [*(headers or {}).items(), *(("x-forwarded-for", one) for one in told)]
        transport = httpx.HTTPTransport(local_address=peer)
        with httpx.Client(transport=transport, base_url=self.served.address, timeout=30) as client:
            return client.request(method, path, content=content, headers=lines)

    def look_up(self, *told, peer=PROXY):
        return self.ask("POST", PATH, *told, peer=peer, headers=TEXT, content=b"x").status_code

    def sources(self):
        """The addresses that the log names in refused receipts."""
        lines = map(json.loads, (self.directory / "hub.log").read_text(encoding="utf-8").splitlines())
        return [line["source"] for line in lines if line.get("path") == PATH]


@pytest.fixture(scope="module")
def hub(founded, tmp_path_factory):
    directory = tmp_path_factory.mktemp("fronted") / "branch"
    shutil.copytree(founded, directory)
    with pytest.MonkeyPatch.context() as environment:
        # The server's own variable for the same thing opens nothing.
        environment.setitem(ENVIRON, "FORWARDED_ALLOW_IPS", "*")
        hub = Fronted(directory)
    yield hub
    assert hub.served.stop() == 0


@pytest.fixture
def client():
    """A public address that no other test uses."""
    return f"203.0.113.{next(_clients)}"


def exhaust(ask):
    assert [ask() for _ in range(PER_SOURCE_MAX)] == [400] * PER_SOURCE_MAX
    assert ask() == 429


def test_R94_behind_the_proxy_each_client_is_a_source_of_its_own(hub, client):
    exhaust(lambda: hub.look_up(client))
    assert hub.sources()[-1] == client
    assert hub.look_up("198.51.100.7") == 400
    assert hub.sources()[-1] == "198.51.100.7"


def test_R94_what_a_client_says_of_itself_before_the_proxy_is_not_believed(hub, client):
    said = count(1)
    exhaust(lambda: hub.look_up(f"192.0.2.{next(said)}, {client}"))
    assert hub.look_up(HERE, client) == 429  # two lines of one header are read as one
    assert hub.sources()[-1] == client


def test_R94_a_proxy_that_nobody_named_is_not_believed(hub):
    said = count(1)
    exhaust(lambda: hub.look_up(f"192.0.2.{next(said)}", peer=HERE))
    assert set(hub.sources()[-PER_SOURCE_MAX:]) == {HERE}


def test_R94_who_has_one_IPv6_address_has_its_network(hub):
    said = count(1)
    exhaust(lambda: hub.look_up(f"2001:db8:0:7::{next(said):x}"))
    assert hub.sources()[-1] == "2001:db8:0:7::/64"
    assert hub.look_up("2001:db8:0:8::1") == 400


@pytest.mark.parametrize(
    ("client", "source"),
    [
        (("203.0.113.9", 50_000), "203.0.113.9"),
        (("::ffff:203.0.113.9", 1), "203.0.113.9"),
        (("2001:db8:0:7:1::9", 1), "2001:db8:0:7::/64"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("a name", 0), "a name"),
        (None, "unknown"),
    ],
)
def test_R94_a_source_is_an_address_or_the_network_of_one_household(client, source):
    assert source_of(client) == source


def test_R94_enrolment_and_the_page_count_the_same_address(hub, client):
    form = {"content-type": "application/x-www-form-urlencoded"}
    asked = {"headers": form, "content": urlencode({"code": "x"}).encode()}
    exhaust(lambda: hub.ask("POST", "/receipts", client, **asked).status_code)
    assert hub.look_up(client) == 429
    refused = hub.ask("POST", ENROL, client, headers={"content-type": CONTENT_TYPE}, content=b"guess")
    assert refused.status_code == 400
    with sqlite3.connect(hub.directory / REGISTER) as register:
        told = register.execute("SELECT actor FROM audit ORDER BY rowid DESC LIMIT 1").fetchone()
    register.close()
    assert told == (client,)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    "path", ["/", "/groups/KM-001/days/2025-12-17", "/api/groups/KM-001/days/2025-12-17/members/1"]
)
@pytest.mark.parametrize(
    ("peer", "told"),
    [
        (PROXY, ()),  # a proxy that forgets to say for whom it asks
        (PROXY, ("203.0.113.200",)),
        (PROXY, (HERE,)),
        (PROXY, ("::1",)),
        (PROXY, (f"{HERE}, 203.0.113.200",)),
        (PROXY, ("",)),
        (PROXY, (PROXY,)),
        (HERE, (HERE,)),
        (HERE, ("203.0.113.200",)),
    ],
)
def test_H112_no_word_of_a_proxy_opens_the_pages(hub, host, path, peer, told):
    answer = hub.ask("GET", path, *told, peer=peer, headers={"host": host})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP", "Via", "Forwarded"]
)
def test_H112_a_relay_that_nobody_named_is_known_by_any_of_its_headers(hub, header):
    assert hub.ask("GET", "/", peer=HERE, headers={header: "https"}).status_code == 403


def test_H112_a_person_at_this_machine_is_let_in_beside_the_proxy(hub):
    assert hub.ask("GET", "/", peer=HERE).status_code == 200


@pytest.mark.parametrize(
    ("origin", "proxies", "warned"),
    [
        ("https://hub.example.vn", (), ["proxy_not_named"]),
        ("https://hub.example.vn", (PROXY,), []),
        ("http://hub.example.vn", (), []),
    ],
)
def test_a_hub_behind_a_proxy_that_nobody_named_says_so_when_it_starts(directory, origin, proxies, warned):
    tune(directory, origin=origin, proxies=proxies)
    assert Served(directory).stop() == 0
    lines = (directory / "hub.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == warned
