"""A hub whose store is in trouble (L14): no phone is told "stored" for what is not, and ``/health`` says why.

The store is a CouchDB behind a line that loses, delays and denies (``tests.couchdb.proxy``), asked with waits
far shorter than a hub's. Every fault ends while the hub runs on: nothing has to be restarted.
"""

import threading
import time

import pytest
from msgspec.structs import replace

from hub.app import opened
from hub.errors import EngineError
from hub.marks import MarkFile
from hub.service.group.groups import Groups
from hub.service.upkeep.fsck import check
from hub.web import web_app
from protocol.exchange import read_response
from protocol.ids import BranchTip
from tests.couchdb import proxy
from tests.hub.builders import GROUP, visit
from tests.hub.pushes import OTHER
from tests.hub.web import ENVIRON, ORIGIN, Web, code

WAITS = {"connect_s": 2.0, "read_s": 1.0, "pause_s": 0.3}
WHOLE_S = 8.0
"""How long an exchange may take on this machine when each request of the store is waited for in vain."""


class Wired(Web):
    """A hub over a CouchDB at the end of a line."""

    def __init__(self, directory, room, line):
        self._opened = opened(directory, ENVIRON, sealing=True)
        hub = self._opened.__enter__()
        self.room, self.line = room, line
        self.store = room.open(url=line.url, **WAITS)
        marks = MarkFile(directory / "couch.marks")
        marks.make()
        self.hub = replace(hub, store=self.store, groups=self.groups(hub, self.store, marks))
        self.app = web_app(self.hub, ORIGIN)
        self.phone = self.admit()

    def groups(self, hub, store, marks):
        return Groups(store, hub.groups.trust, hub.signer, hub.clock, marks, leaves_fresh_s=0)

    def close(self):
        self.hub.groups.marks.close()
        super().close()

    def send(self):
        """A new entry of the phone in a seal, as it answers."""
        self.phone.write(visit())
        return self.exchange(self.phone, self.phone.seal(len(self.phone.entries)))

    def again(self):
        """The phone's last seal once more."""
        return self.exchange(self.phone, self.phone.seal(len(self.phone.entries)))

    def verdict(self):
        """By a store of its own and no line: faults, the phone's seals, and how many are received."""
        hub = self.hub
        groups = self.groups(hub, self.room.open(), hub.groups.marks)
        seals = groups.load(GROUP).phone_seals
        received = [seal for seal in seals if seal.received is not None]
        return check(groups, lambda: None).faults, len(seals), len(received)


@pytest.fixture
def wired(directory, room, couch_line):
    wired = Wired(directory, room, couch_line)
    yield wired
    couch_line.meddle = proxy.straight
    wired.close()


def test_L14_a_hub_that_starts_beside_one_living_node_shows_no_seal_that_it_did_not_see_confirmed(wired):
    def one_copy(request, ask):
        is_append = request.is_write and own in request.body
        return proxy.one_node_left(request, ask) if is_append else ask()

    wired.send()
    mark, own = wired.hub.groups.mark(GROUP), b":seal:" + wired.hub.groups.writer.hex().encode()
    wired.line.meddle = one_copy
    assert code(wired.send()) == (503, "store")
    assert wired.hub.groups.mark(GROUP) == mark
    started = wired.groups(wired.hub, wired.room.open(url=wired.line.url, **WAITS), wired.hub.groups.marks)
    assert started.load(GROUP).log.length > mark.seq, "one copy shows it"
    with pytest.raises(EngineError) as failed:
        started.append(GROUP, lambda _: ())
    assert failed.value.why == "not_durable"
    wired.line.meddle = proxy.straight
    state = started.append(GROUP, lambda _: ())
    assert started.mark(GROUP) == state.log.tip


def is_well(wired):
    """The fault is over: the repeat is acknowledged, once, and everything verifies."""
    wired.line.meddle = proxy.straight
    deadline = time.monotonic() + WHOLE_S
    while (answer := wired.again()).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    faults, stored, received = wired.verdict()
    assert (faults, stored, received) == ((), 1, 1)
    assert wired.call("GET", "/health").json()["status"] == "ok"


FAULTS = {
    "down": (proxy.dropping, "unreachable"),
    "unheard": (proxy.losing, "unreachable"),
    "slow": (proxy.late(60), "slow"),
    "refusing": (proxy.instead(401, b'{"error":"unauthorized"}'), "refused"),
    "failing": (proxy.instead(500, b'{"error":"all_dbs_active"}'), "failed"),
    "half_gone": (proxy.one_node_left, None),
    "all_accepted": (lambda _, ask: ask()._replace(status=202), None),
}


@pytest.mark.parametrize("name", FAULTS)
def test_N82_no_phone_is_told_stored_and_health_says_why_until_the_store_is_back(wired, name):
    fault, why = FAULTS[name]
    wired.line.meddle = fault
    started = time.monotonic()
    answer = wired.send()
    assert time.monotonic() - started < WHOLE_S
    assert code(answer) == (503, "store")
    assert int(answer.headers["retry-after"]) > 0
    if why is not None:
        told = wired.call("GET", "/health")
        assert (told.status_code, told.json()["status"], told.json()["why"]) == (503, "store", why)
        assert "CouchDB" in told.json()["told"][0]
    is_well(wired)


@pytest.mark.parametrize("step", range(6))
def test_N82_whatever_write_is_not_durable_nothing_is_acknowledged_before_it_is(wired, step):
    seen = iter(range(1_000))

    def some(request, ask):
        if not request.is_write or next(seen) != step:
            return ask()
        return proxy.one_node_left(request, ask)

    wired.line.meddle = some
    answer = wired.send()
    if answer.status_code == 200:
        assert len(read_response(answer.content).branch_seals) == 3
        assert wired.verdict() == ((), 1, 1)
    else:
        assert code(answer) == (503, "store")
    is_well(wired)


def test_N82_a_group_that_the_store_answers_slowly_keeps_nobody_else_waiting(wired):
    other = wired.admit(OTHER)
    other.write(visit())
    partition = f"{GROUP}:".encode()

    def slow(request, ask):
        if partition in request.body or partition in request.path.encode():
            time.sleep(0.7)
        return ask()

    wired.line.meddle = slow
    waiting = threading.Thread(target=wired.send)
    waiting.start()
    started = time.monotonic()
    answer = wired.exchange(other, other.seal())
    assert (answer.status_code, waiting.is_alive()) == (200, True)
    assert wired.call("GET", "/health").status_code in (200, 503)
    assert time.monotonic() - started < WHOLE_S
    waiting.join()


def test_L15_a_database_that_was_put_back_is_stopped_by_the_mark(wired):
    wired.hub.groups.marks.put(GROUP, BranchTip(0, 9, bytes(32)))
    answer = wired.send()
    assert answer.status_code == 200, "the phone shows: sent"
    assert len(read_response(answer.content).branch_seals) == 2
    told = wired.call("GET", "/health").json()
    assert (told["status"], told["stopped"]) == ("stopped", {GROUP: "behind_mark"})


def test_L14_a_second_leaf_on_the_server_stops_its_group(wired):
    assert wired.send().status_code == 200
    seal_id = wired.store.ids(f"{GROUP}:seal:{wired.phone.writer.hex()}")[0]
    wired.room.couch.split(wired.room.name, {"_id": seal_id, "seal": "a"}, {"_id": seal_id, "seal": "b"})
    other = wired.admit(OTHER)
    other.write(visit())
    assert wired.call("GET", "/health").json()["stopped"] == {GROUP: "second_leaf"}
    assert len(read_response(wired.exchange(other, other.seal()).content).branch_seals) == 3
