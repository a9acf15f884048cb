"""A line between the store and its server, on loopback, that does what a test tells it to.

``meddle(request, ask)`` stands in the way of every request: it may ask the server, once, often or never, and
returns what the store is answered, or None to hang up.
"""

import http.client
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

HEADERS = ("authorization", "content-type", "accept")


class Request(NamedTuple):
    """What the store asks."""

    method: str
    path: str
    body: bytes
    headers: dict

    @property
    def is_write(self):
        """Whether it would change anything."""
        return self.method == "PUT" or self.path.endswith("/_bulk_docs")

    @property
    def is_list(self):
        """Whether it asks one copy of each shard for a range of ids."""
        return self.path.endswith("/_all_docs") and b'"keys"' not in self.body


class Answer(NamedTuple):
    """What is answered."""

    status: int
    body: bytes
    media_type: str = "application/json"
    location: str = ""
    cut_at: int | None = None
    """After so many bytes of the body nothing comes any more, and the line ends ``then_s`` seconds later."""
    then_s: float = 0.0

    def changed(self, change):
        """With its JSON as ``change`` returns it."""
        return self._replace(body=json.dumps(change(json.loads(self.body))).encode())


class Proxy:
    """Listens at ``url``, by TLS where a ``context`` is given; the server is at ``upstream``."""

    def __init__(self, upstream, context=None):
        self._upstream = urlsplit(upstream)
        self.meddle = straight
        self.asked = 0
        line = self

        class Line(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                line.carry(self)

            def do_PUT(self):
                line.carry(self)

            def do_POST(self):
                line.carry(self)

            def log_message(self, *_):
                """Say nothing on the terminal."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """A store that did not wait for its answer is no matter of the line."""

        self._server = Server(("127.0.0.1", 0), Line)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def carry(self, handler):
        """Carry one request and its answer."""
        length = int(handler.headers.get("content-length") or 0)
        headers = {name: handler.headers[name] for name in HEADERS if name in handler.headers}
        request = Request(handler.command, handler.path.split("?")[0], handler.rfile.read(length), headers)
        self.asked += 1
        answer = self.meddle(request, lambda: self._ask(handler.path, request))
        if answer is None:
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(answer.status)
        handler.send_header("content-type", answer.media_type)
        handler.send_header("content-length", str(len(answer.body)))
        if answer.location:
            handler.send_header("location", answer.location)
        handler.end_headers()
        handler.wfile.write(answer.body[: answer.cut_at])
        if answer.cut_at is not None:
            time.sleep(answer.then_s)
            handler.close_connection = True

    def close(self):
        """Nobody listens any more."""
        self._server.shutdown()
        self._server.server_close()

    def _ask(self, target, request):
        line = http.client.HTTPConnection(self._upstream.hostname, self._upstream.port, timeout=30)
        try:
            line.request(request.method, target, request.body or None, request.headers)
            told = line.getresponse()
            return Answer(told.status, told.read(), told.headers.get("content-type", ""))
        finally:
            line.close()


def straight(_, ask):
    """A line that does nothing."""
    return ask()


def one_node_left(request, ask):
    """Of three copies one can be reached: it is written, and that is answered with 202.

    A conflict is one on every copy that answers, so the answer to it is an ordinary one.
    """
    answer = ask()
    if request.is_write and answer.status == 201 and (b'"ok"' in answer.body):
        return answer._replace(status=202)
    return answer


def hiding(hidden):
    """A copy that lags: it lists none of these ids yet."""

    def meddle(request, ask):
        answer = ask()
        if not request.is_list:
            return answer
        return answer.changed(
            lambda told: told | {"rows": [row for row in told["rows"] if row["id"] not in hidden]}
        )

    return meddle


def only(is_meant, fault, times=1):
    """Do it to so many of the requests that are meant, and then nothing."""
    left = [times]

    def meddle(request, ask):
        if left[0] and is_meant(request):
            left[0] -= 1
            return fault(request, ask)
        return ask()

    return meddle


def losing(_, ask):
    """The server does it, and its answer is lost."""
    ask()


def dropping(_, __):
    """The request is lost on its way."""


def late(seconds):
    """The server does it at once, and answers when nobody waits any more."""

    def meddle(_, ask):
        answer = ask()
        time.sleep(seconds)
        return answer

    return meddle


def cut(at, then_s=0.0):
    """The server does it, and of its answer only the first bytes arrive."""
    return lambda _, ask: ask()._replace(cut_at=at, then_s=then_s)


def instead(status, body, media_type="application/json", location=""):
    """Somebody else answers."""
    return lambda *_: Answer(status, body, media_type, location)
