"""A relay on loopback between a phone and its hub that does to one request what networks do."""

import socket
import socketserver
import threading
import time
from typing import NamedTuple

PORTAL = b"<html>Xin moi dang nhap wifi</html>"
LOST_REQUEST, LOST_REPLY, DOUBLED, CAPTIVE = "lost_request", "lost_reply", "doubled", "captive"
CUT_UP, CUT_DOWN, FLIPPED_UP, FLIPPED_DOWN = "cut_up", "cut_down", "flipped_up", "flipped_down"
STRIPPED_UP, STRIPPED_DOWN, SLOW, HALF_OPEN = "stripped_up", "stripped_down", "slow", "half_open"
NONE = "none"
RETRY_AFTER_S = 7
SLOW_BYTES = 20
"""Ten times a second: 200 B/s."""
HALF_OPEN_S_MAX = 10
STRIPPED = b"signature", b"content-digest", b"content-type"


class Cut(NamedTuple):
    """A fault: the line is dead after a part of the request (``up``) or of the answer."""

    up: bool
    place: int


class Flip(NamedTuple):
    """A fault: one bit of the request (``up``) or of the answer comes out changed."""

    up: bool
    place: int


class Busy(NamedTuple):
    """A fault: somebody before the hub answers with this status, and when to come back."""

    status: int


class FaultyLine:
    """Listens at ``address``; the hub behind it is at ``hub_address``. ``fault`` says what goes wrong.

    ``tls`` is a server's context, to speak HTTPS to the phone; ``asked`` counts what reached the hub whole.
    """

    def __init__(self, address, tls=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.hub_address = probe.getsockname()
        self.fault = NONE
        self.asked = 0
        self._tls = tls
        self._healed = threading.Event()
        line = self

        class Relay(socketserver.BaseRequestHandler):
            def handle(self):
                line.carry(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(address, Relay)
        self.address = self._server.server_address
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def carry(self, phone):
        """Carry one request and its answer, with the fault of the moment."""
        if self._tls is not None:
            try:
                phone = self._tls.wrap_socket(phone, server_side=True)
            except OSError:
                return  # the phone does not trust this end
        self._carry(phone, _read_request(phone))
        phone.close()

    def _carry(self, phone, request):
        fault = self.fault
        if fault == LOST_REQUEST:
            return
        if fault == CAPTIVE:
            phone.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PORTAL) + PORTAL)
            return
        if isinstance(fault, Busy):
            head = b"HTTP/1.1 %d Busy\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"
            phone.sendall(head % (fault.status, RETRY_AFTER_S))
            return
        if fault == CUT_UP or (isinstance(fault, Cut) and fault.up):
            end = len(request) - 40 if fault == CUT_UP else places(request)[fault.place]
            with socket.create_connection(self.hub_address, timeout=5) as hub:
                hub.sendall(request[:end])
            return
        if fault == FLIPPED_UP:
            request = _flipped_at(request, len(request) - 1)
        if isinstance(fault, Flip) and fault.up:
            request = _flipped_at(request, places(request)[fault.place])
        if fault == STRIPPED_UP:
            request = _stripped(request, STRIPPED[:2])
        if fault == SLOW:
            _dribble(request, lambda _: None)
        if fault == DOUBLED:
            self._ask(request)
        self._answer(phone, self._ask(request), fault)

    def _answer(self, phone, answer, fault):
        if fault == HALF_OPEN:
            self._healed.wait(HALF_OPEN_S_MAX)
        elif fault == SLOW:
            _dribble(answer, phone.sendall)
        elif fault != LOST_REPLY:
            phone.sendall(_spoilt(answer, fault))

    def heal(self):
        """No fault from now on; whoever hangs in a half-open connection is let go."""
        self.fault = NONE
        self._healed.set()

    def close(self):
        """End the relay."""
        self._server.shutdown()
        self._server.server_close()

    def _ask(self, request):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        with socket.create_connection(self.hub_address, timeout=5) as hub:
            hub.sendall(b"\r\n".join([*lines, b"connection: close"]) + b"\r\n\r\n" + body)
            self.asked += 1
            return b"".join(iter(lambda: hub.recv(65_536), b""))


def places(message):
    """Where a message may be cut: a place in each class of its bytes, and at each border between two."""
    line, head = message.index(b"\r\n"), message.index(b"\r\n\r\n") + 4
    return (
        0,
        5,
        line + 2,
        (line + head) // 2,
        head - 2,
        head,
        head + 1,
        (head + len(message)) // 2,
        len(message) - 1,
    )


PLACES = 9


def _read_request(phone):
    read = b""
    while b"\r\n\r\n" not in read:
        read += phone.recv(65_536)
    head, _, body = read.partition(b"\r\n\r\n")
    (length,) = (
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line
    )
    while len(body) < length:
        body += phone.recv(65_536)
    return head + b"\r\n\r\n" + body


def _flipped_at(raw, place):
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _spoilt(answer, fault):
    if fault == CUT_DOWN:
        return answer[:-1]
    if isinstance(fault, Cut):
        return answer[: places(answer)[fault.place]]
    if fault == FLIPPED_DOWN:
        return _flipped_at(answer, (answer.index(b"\r\n\r\n") + len(answer)) // 2)
    if isinstance(fault, Flip) and not fault.up:
        return _flipped_at(answer, places(answer)[fault.place])
    return _stripped(answer, STRIPPED[2:]) if fault == STRIPPED_DOWN else answer


def _stripped(message, names):
    head, _, body = message.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(names)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _dribble(message, send):
    for start in range(0, len(message), SLOW_BYTES):
        time.sleep(0.1)
        send(message[start : start + SLOW_BYTES])
