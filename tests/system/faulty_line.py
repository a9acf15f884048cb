"""A relay on loopback between a phone and its hub that does to one request what networks do."""

import socket
import socketserver
import threading

PORTAL = b"<html>Xin moi dang nhap wifi</html>"
LOST_REQUEST, LOST_REPLY, DOUBLED, CAPTIVE = "lost_request", "lost_reply", "doubled", "captive"
CUT_UP, CUT_DOWN, FLIPPED_UP, FLIPPED_DOWN = "cut_up", "cut_down", "flipped_up", "flipped_down"
NONE = "none"


class FaultyLine:
    """Listens at ``address``; the hub behind it is at ``hub_address``. ``fault`` says what goes wrong."""

    def __init__(self, address):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.hub_address = probe.getsockname()
        self.fault = NONE
        line = self

        class Relay(socketserver.BaseRequestHandler):
            def handle(self):
                line.carry(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(address, Relay)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def carry(self, phone):
        """Carry one request and its answer, with the fault of the moment."""
        fault, request = self.fault, _read_request(phone)
        if fault == LOST_REQUEST:
            return
        if fault == CAPTIVE:
            phone.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PORTAL) + PORTAL)
            return
        if fault == CUT_UP:
            with socket.create_connection(self.hub_address, timeout=5) as hub:
                hub.sendall(request[:-40])
            return
        if fault == FLIPPED_UP:
            request = _flipped(request)
        if fault == DOUBLED:
            self._ask(request)
        answer = self._ask(request)
        if fault == CUT_DOWN:
            answer = answer[:-1]
        if fault == FLIPPED_DOWN:
            middle = len(answer) - 200
            answer = _flipped(answer[:middle]) + answer[middle:]
        if fault != LOST_REPLY:
            phone.sendall(answer)

    def close(self):
        """End the relay."""
        self._server.shutdown()
        self._server.server_close()

    def _ask(self, request):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        with socket.create_connection(self.hub_address, timeout=5) as hub:
            hub.sendall(b"\r\n".join([*lines, b"connection: close"]) + b"\r\n\r\n" + body)
            return b"".join(iter(lambda: hub.recv(65_536), b""))


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


def _flipped(raw):
    return raw[:-1] + bytes([raw[-1] ^ 1])
