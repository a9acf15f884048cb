"""The instrument of `bench/sync`: a line that counts wrongly or is too quick would flatter everybody."""

import socket
import ssl
import threading
import time

import pytest

from bench.sync.__main__ import make_certificate
from bench.sync.line import LAN, Lines, Profile
from bench.sync.workload import MEMBERS, cash, collections, identity

SENT = bytes(5_000)
QUARTER = Profile("test", up_bytes_per_s=10_000, down_bytes_per_s=20_000, round_trip_s=0.2)
"""5,000 bytes take 0.5 s up and 0.25 s down; connecting, the handshake and the way there and back 0.6 s."""


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path / "server.pem")


@pytest.fixture
def echo_port():
    """A server that sends back what it gets, to as many as ask."""
    listening = socket.create_server(("127.0.0.1", 0))

    def echo(asking):
        with asking:
            while chunk := asking.recv(65_536):
                asking.sendall(chunk)

    def serve():
        while True:
            try:
                asking, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(asking,), daemon=True).start()

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    serving.join()
    listening.close()


def round_trip(port, certificate):
    """Seconds until everything that was sent is back."""
    trusted = ssl.create_default_context(cafile=certificate)
    started = time.monotonic()
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        trusted.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        line.sendall(SENT)
        left = len(SENT)
        while left:
            left -= len(line.recv(65_536))
    return time.monotonic() - started


def test_a_line_takes_the_time_that_its_bytes_and_round_trips_take(certificate, echo_port):
    lines = Lines(QUARTER, 1, echo_port, certificate)
    took = round_trip(lines.ports[0], certificate)
    lines.close()
    assert took >= 1.35


def test_an_unshaped_line_waits_for_nothing_and_counts_the_handshake_too(certificate, echo_port):
    lines = Lines(LAN, 1, echo_port, certificate)
    round_trip(lines.ports[0], certificate)
    counted = lines.counted()
    lines.close()
    assert counted.connections == 1
    assert 200 < counted.up - len(SENT) < 1_500
    assert 500 < counted.down - len(SENT) < 3_000


def test_phones_do_not_share_a_line(certificate, echo_port):
    lines = Lines(QUARTER, 4, echo_port, certificate)
    took = []
    phones = [
        threading.Thread(target=lambda port=port: took.append(round_trip(port, certificate)))
        for port in lines.ports
    ]
    started = time.monotonic()
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    lines.close()
    assert len(took) == 4
    assert time.monotonic() - started < 2 * min(took)


def test_every_collection_of_the_workload_has_its_own_name_and_takes_cash():
    made = [(phone, one) for phone in range(3) for one in collections(phone, 2 * MEMBERS)]
    assert len({identity(phone, one["receipt"]) for phone, one in made}) == 3 * 2 * MEMBERS
    assert all(cash(one) > 0 for _, one in made)
    assert {one["member"] for _, one in made} == set(range(1, MEMBERS + 1))
