"""The line to the hub that appends: what is passed on, and when nobody waits for it any longer (L14)."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from hub.line import ASKING_MAX, Line
from protocol.exchange import PATH
from protocol.limits import EXCHANGE_RESPONSE_BYTES_MAX

HEADERS = [
    (b"content-type", b"a/b"),
    (b"signature", b"x"),
    (b"cookie", b"y"),
    (b"x-forwarded-for", b"6.6.6.6"),
]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nSet-Cookie: z\r\nRetry-After: 7\r\n"


def request_of(connection):
    """A request with its body, in however many pieces it comes."""
    heard = connection.recv(65_536)
    wanted = b"\r\n\r\nbody" if b"content-length: 4" in heard.lower() else b"\r\n\r\n"
    while not heard.endswith(wanted) and (more := connection.recv(65_536)):
        heard += more
    return heard


@contextmanager
def listening(answer):
    """A server that reads a request and then does as ``answer`` does with the connection."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection):
            with connection:
                heard.append(request_of(connection))
                try:
                    answer(connection)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield "http://127.0.0.1:{}".format(*server.getsockname()[1:]), heard
        server.shutdown(socket.SHUT_RDWR)


def asked(answer, whole_s=0.6):
    """What is told of such an answer, after how long, and what the server heard."""
    with listening(answer) as (address, heard):
        started = time.monotonic()
        reply = Line(address, 0.3, whole_s).ask(PATH, b"body", HEADERS, "10.0.0.9")
        return reply, time.monotonic() - started, heard[0] if heard else b""


def saying(*parts, every_s=0.0):
    def answer(connection):
        for part in parts:
            time.sleep(every_s)
            connection.sendall(part)

    return answer


def test_a_request_goes_on_with_what_was_signed_and_the_address_it_came_from():
    reply, _, heard = asked(saying(OK + b"Content-Length: 4\r\n\r\nabcd"))
    assert (reply.status, reply.body) == (200, b"abcd")
    assert reply.headers == {"content-type": "a/b", "retry-after": "7"}
    lines = heard.lower().split(b"\r\n")
    assert lines[0] == b"post /v1/exchange http/1.1"
    assert {b"content-type: a/b", b"signature: x", b"tovay-passed-on: 1"} <= set(lines)
    assert [line for line in lines if line.startswith(b"x-forwarded-for")] == [b"x-forwarded-for: 10.0.0.9"]
    assert not any(line.startswith(b"cookie") for line in lines)
    assert heard.endswith(b"\r\n\r\nbody")


BROKEN = {
    "silent": lambda _: time.sleep(2),
    "hung_up": lambda _: None,
    "cut": saying(OK + b"Content-Length: 9\r\n\r\nabcd"),
    "no_http": saying(b"220 mail.example.vn ESMTP\r\n\r\n"),
    "failing": saying(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
    "endless": saying(OK + b"\r\n", b"x" * (EXCHANGE_RESPONSE_BYTES_MAX + 1)),
    "dribbling": saying(OK + b"Content-Length: 99\r\n\r\n", *[b"x"] * 99, every_s=0.1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_no_answer_is_awaited_for_long_and_a_broken_one_is_none(name):
    reply, seconds, _ = asked(BROKEN[name])
    assert (reply, seconds < 1.8) == (None, True)


def test_nobody_listens_or_only_pretends_to():
    assert Line("http://127.0.0.1:9").ask(PATH, b"", (), "") is None
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = "http://127.0.0.1:{}".format(*server.getsockname()[1:])
        assert Line(address, 0.2, 0.4).ask(PATH, b"", (), "") is None
    assert Line("https://127.0.0.1:9").ask(PATH, b"", (), "") is None


def test_only_so_many_requests_wait_at_once_and_the_next_ones_not_at_all():
    released = threading.Event()

    def hold(connection):
        released.wait(5)
        connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

    with listening(hold) as (address, heard):
        line = Line(address, 2, 5)
        found = []
        waiting = [
            threading.Thread(target=lambda: found.append(line.ask(PATH, b"", (), "")))
            for _ in range(ASKING_MAX)
        ]
        for one in waiting:
            one.start()
        while len(heard) < ASKING_MAX:
            time.sleep(0.01)
        started = time.monotonic()
        assert line.ask(PATH, b"", (), "") is None
        assert time.monotonic() - started < 0.5
        released.set()
        for one in waiting:
            one.join()
        assert [reply.status for reply in found] == [200] * ASKING_MAX
        assert line.ask(PATH, b"", (), "").status == 200
