"""The hub that appends is killed and another one is named, while phones exchange through a third (L14).

Every hub is a process of its own over one store: a file, or a CouchDB. The phones talk to the one that passes
on; its settings and those of the two machines that may append are changed as a person changes them.
"""

import random
import signal
import time
from collections import Counter
from contextlib import closing

import httpx
import pytest

from hub.app import opened
from hub.service.upkeep.fsck import check
from protocol.trust_facts import Received
from tests.hub.branches import ORIGIN, append_at, beside, forward_at, free_port, on_couchdb, stand_by, tell
from tests.hub.builders import GROUP, Phone
from tests.hub.pushes import OTHER
from tests.hub.senders import Sender
from tests.hub.served import ENVIRON, Served, tovay_hub

SWITCHES, ENTRIES, SEED = 4, 12, 20_251_217
ALL_DONE_S = 120


class Machines:
    """Two machines that may append, and one that passes on; each has an address that stays its own."""

    def __init__(self, directory, folder, words):
        self.able = [directory, stand_by(directory, folder / "second")]
        self.edge = beside(directory, folder / "edge")
        for place, more in ((self.able[1], ("--passphrase-file", "passphrase")), (self.edge, EDGE)):
            done = tovay_hub("init", "--join", "--yes", "--origin", ORIGIN, *words, *more, "--dir", place)
            assert done.returncode == 0, done.stderr
        tell(self.able[1], passphrase_file="passphrase", sweep_s=1)
        tell(self.able[0], origin=ORIGIN, sweep_s=1)
        self.ports = {place: free_port() for place in (*self.able, self.edge)}
        self.running = {}
        self.named = 0

    def address(self, place):
        """Where a machine is reached."""
        return f"http://127.0.0.1:{self.ports[place]}"

    def start(self, place):
        """Start a machine's hub."""
        self.running[place] = Served(place, words=("serve", "--port", str(self.ports[place])))

    def end(self, place, told=signal.SIGTERM):
        """End it, if it runs."""
        if place in self.running:
            self.running.pop(place).stop(told)

    def name(self, number):
        """Name a machine to append: two settings are changed, and two hubs started anew."""
        chosen, other = self.able[number], self.able[1 - number]
        append_at(chosen)
        forward_at(other, self.address(chosen))
        forward_at(self.edge, self.address(chosen))
        self.end(self.edge)
        self.start(self.edge)
        self.end(chosen)
        self.start(chosen)
        self.named = number

    def close(self):
        """End all."""
        for place in list(self.running):
            self.end(place)


EDGE = ("--forward-to", "http://127.0.0.1:9")


@pytest.fixture
def couchdb(directory, couch, tmp_path):
    """The branch on a CouchDB; options that say so to every hub of it."""
    with on_couchdb(directory, couch, couch.url, tmp_path / "couchdb.pass") as words:
        yield words


@pytest.fixture(params=["sqlite", "couchdb"])
def machines(request, directory, tmp_path):
    words = request.getfixturevalue("couchdb") if request.param == "couchdb" else ()
    with closing(Machines(directory, tmp_path, words)) as machines:
        yield machines


def admitted(directory):
    """Two phones of one group and one of another, and what their log is verified with."""
    phones = []
    with opened(directory, ENVIRON, sealing=True) as hub:
        for group, ordinal in ((GROUP, 1), (GROUP, 2), (OTHER, 1)):
            phone = Phone(group, ordinal, 0)
            hub.groups.open(group)
            state = hub.groups.append(group, lambda _, phone=phone: [[phone.admission]])
            phone.start(hub.groups.trust.root_spki, state.log.entries[-1].raw)
            phones.append(phone)
        return phones, hub.groups.trust


def test_N44_L14_killing_the_appender_and_naming_another_loses_and_doubles_nothing(machines):
    phones, trust = admitted(machines.able[0])
    machines.name(0)
    senders = [Sender(phone, trust, machines.address(machines.edge), ENTRIES) for phone in phones]
    for sender in senders:
        sender.start()
    drawn = random.Random(SEED)  # noqa: S311 (no secret)
    for switch in range(SWITCHES):
        time.sleep(drawn.uniform(0.2, 1.5))
        # Now and then the old one is not dead, only cut off: it goes on for a while beside the new one.
        if switch % 3 != 2:
            machines.end(machines.able[machines.named], signal.SIGKILL)
        machines.name(1 - machines.named)
    deadline = time.monotonic() + ALL_DONE_S
    for sender in senders:
        sender.join(max(0.1, deadline - time.monotonic()))
    for sender in senders:
        sender.halt()
    assert [(sender.faults, sender.waiting) for sender in senders] == [([], set())] * len(senders)
    assert any(sender.sent_alone for sender in senders), "nobody was ever without an appender"
    health_of = [httpx.get(f"{machines.address(place)}/health").json() for place in machines.running]
    assert {(told["status"], told["unreceived"], told["heads"]) for told in health_of} == {
        ("ok", 0, health_of[0]["heads"])
    }
    machines.close()
    for directory in machines.able:
        append_at(directory)
        with opened(directory, ENVIRON) as hub:
            report = check(hub.groups, lambda: None)
            assert (report.faults, report.counts["phone_entries"]) == ((), ENTRIES * len(phones))
            for sender in senders:
                is_whole(hub.groups.load(sender.phone.log.group), sender)


def is_whole(state, sender):
    """Each entry of a phone is there once, received once, and the phone holds the branch's own log."""
    phone = sender.phone
    kept = state.phones[phone.ordinal, 0]
    assert [kept.hash_at(seq + 1) for seq in range(kept.length)] == phone.hashes[1:]
    received = Counter(
        placed.entry.first_seq
        for placed in state.log.entries
        if isinstance(placed.entry, Received) and placed.entry.writer == phone.ordinal
    )
    assert received == Counter(range(1, ENTRIES + 1))
    assert state.holds(sender.log.tip)
