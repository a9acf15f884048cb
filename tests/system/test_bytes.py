"""What a phone and its hub send each other, counted on a real socket: all HTTP, both ways, before TLS."""

import socket
import socketserver
import threading
from datetime import datetime
from hashlib import sha256

import pytest
from cast import PIN

from edge import agent, native
from edge.settings import Settings
from edge.sync import sync
from edge.transport import Carrier, Outcome
from protocol import seal as seals
from protocol.exchange import read_request
from protocol.phone_facts import Collected, InterestLine, SavingsLine
from protocol.transit import is_short
from tests.facts import an

MEETING = 60
MEETING_BYTES_MAX, IDLE_BYTES_MAX, URGENT_BYTES_MAX, ENTRY_BYTES_MAX = 1_500, 800, 200, 12
NOW = datetime.fromisoformat("2025-12-10T08:30:00+07:00")


class CountingLine:
    """A relay that keeps what it carries; ``hub_address`` is the hub's, which listens behind it."""

    def __init__(self, hub):
        self.up, self.down, self.last = [], [], b""
        line = self

        class Relay(socketserver.BaseRequestHandler):
            def handle(self):
                with socket.create_connection(hub, timeout=10) as behind:
                    line.up.append(line.carry(self.request, behind))
                    line.down.append(line.carry(behind, self.request))

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)
        self.address = self._server.server_address
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def carry(self, source, target):
        """One whole message."""
        read, length = b"", None
        while length is None or len(read) < length:
            read += source.recv(65_536)
            head, end, _ = read.partition(b"\r\n\r\n")
            if end and length is None:
                (told,) = (one for one in head.lower().split(b"\r\n") if one.startswith(b"content-length"))
                length = len(head) + 4 + int(told.split(b":")[1])
        target.sendall(read)
        return read

    def counted(self):
        """Bytes since the last count."""
        found = sum(map(len, [*self.up, *self.down]))
        self.last = self.up[-1]
        self.up.clear()
        self.down.clear()
        return found

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def line(village):
    village.hub.start()
    made = CountingLine(village.hub.address)
    yield made
    made.close()


@pytest.fixture
def phone(village):
    folder = village.folder / "phone-leader"
    opened = agent.unlock(folder / native.LEDGER, PIN, native.open_host(folder), lambda: NOW)
    yield opened
    opened.ledger.close()


@pytest.fixture
def carry(village, line, phone):
    """One synchronisation over the line; returns its bytes and what it did."""
    host, port = line.address
    carrier = Carrier(native.HttpTransport(Settings(hub=f"http://{host}:{port}")), village.hub.url)

    def carry():
        done = sync(phone, carrier)
        assert (done.outcome, done.waiting) == (Outcome.DONE, 0)
        return line.counted()

    carry()
    return carry


def collected(phone, place):
    """What a household pays: interest to the đồng, or less; some have a second loan, some save."""
    neighbour = (place - 1 ^ 1) + 1  # who came a little earlier or later
    drawn = sha256(place.to_bytes(2, "big")).digest()
    dues = [
        60_000 + int.from_bytes(drawn[at : at + 4], "big") % 340_000 for at in (0, 4)[: 1 + (place % 7 == 0)]
    ]
    return an(
        Collected,
        receipt_no=101 + place,
        member=neighbour,
        value_date=20_432,
        due_to=20_439,
        lines=tuple(
            InterestLine(neighbour + 60 * loan, due if place % 11 else due // 2_000 * 1_000, due)
            for loan, due in enumerate(dues)
        ),
        savings=(SavingsLine(neighbour, (1 + drawn[8] % 5) * 10_000),) if drawn[9] % 2 else (),
        knows=((0, phone.group.tip.seq), ()),
    )


def test_L11_a_sync_that_brings_nothing_new_is_small(carry):
    assert 0 < carry() <= IDLE_BYTES_MAX


def test_L6_a_meeting_of_60_collections_is_small(phone, carry):
    for place in range(1, MEETING + 1):
        phone.say(collected(phone, place))
    counted = carry()
    sealed = seals.read(phone.own.seals[-1].raw)
    assert len(seals.unpack(sealed).entries) == MEETING
    assert 0 < counted <= MEETING_BYTES_MAX
    assert len(sealed.envelope.body) <= ENTRY_BYTES_MAX * MEETING


def test_an_urgent_entry_is_small_on_its_way(phone, carry, line):
    phone.say(collected(phone, 7))
    carry()
    (raw,) = read_request(line.last.partition(b"\r\n\r\n")[2]).seals
    assert is_short(raw)
    assert len(raw) <= URGENT_BYTES_MAX
    assert len(phone.own.seals[-1].raw) > len(raw) + 100
