"""The line of a hub that does not append to the one that does (L14): a request goes on as it came.

Body and signature are passed on unchanged, so the appender judges what the phone signed. Every wait is
bounded below what a phone waits for, and only so many requests wait at once: the others are answered from
what is stored here.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from structlog import get_logger

from protocol.exchange import VERSIONS_HEADER
from protocol.limits import EXCHANGE_RESPONSE_BYTES_MAX
from protocol.ports import Reply
from protocol.request import CHALLENGE_HEADER, TIME_HEADER

PASSED_ON = b"tovay-passed-on"
"""A header that says that a hub has passed the request on: a second one never does."""
CONNECT_S, WHOLE_S = 5.0, 15.0
"""A phone waits 20 s for the first byte of an answer."""
ASKING_MAX = 16
"""Of the 40 threads that answer."""

_UP = (b"content-type", b"content-digest", b"signature-input", b"signature")
_DOWN = ("content-type", "retry-after", TIME_HEADER, CHALLENGE_HEADER, VERSIONS_HEADER)
_FAULTS = 500
_CHUNK_BYTES = 1 << 16

_log = get_logger()


class Line:
    """Asks the hub at an origin; any thread may."""

    def __init__(self, origin: str, connect_s: float = CONNECT_S, whole_s: float = WHOLE_S) -> None:
        """Connect to nothing yet."""
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._connect_s, self._whole_s = connect_s, whole_s
        self._places = threading.BoundedSemaphore(ASKING_MAX)

    def ask(
        self, path: str, body: bytes, headers: Iterable[tuple[bytes, bytes]], source: str
    ) -> Reply | None:
        """What the appender answers to a POST of ``source``; None when it does not, or has a fault itself."""
        if not self._places.acquire(blocking=False):
            _log.warning("appender_not_asked", waiting=ASKING_MAX)
            return None
        try:
            reply = self._post(path, body, headers, source)
        except (OSError, HTTPException) as error:
            _log.warning("appender_away", cause=str(error))
            return None
        finally:
            self._places.release()
        if reply.status >= _FAULTS:
            _log.warning("appender_failed", status=reply.status)
            return None
        return reply

    def _post(self, path: str, body: bytes, headers: Iterable[tuple[bytes, bytes]], source: str) -> Reply:
        deadline = time.monotonic() + self._whole_s
        with closing(self._connection()) as connection:
            connection.connect()
            connection.sock.settimeout(max(0.1, deadline - time.monotonic()))
            connection.putrequest("POST", path, skip_accept_encoding=True)
            for name, value in headers:
                if name in _UP:
                    connection.putheader(name, value)
            connection.putheader(PASSED_ON, b"1")
            connection.putheader(b"x-forwarded-for", source.encode())
            connection.putheader(b"content-length", str(len(body)).encode())
            connection.endheaders(body)
            reply = connection.getresponse()
            told = {name.lower(): value for name, value in reply.getheaders()}
            passed = {name: told[name] for name in _DOWN if name in told}
            return Reply(reply.status, passed, _read(reply, deadline))

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=self._connect_s)
        return HTTPSConnection(self._host, self._port, timeout=self._connect_s, context=self._tls)


def _read(reply: HTTPResponse, deadline: float) -> bytes:
    """The whole body; raises OSError for one that is cut, late, or longer than an exchange may be."""
    expected = reply.length  # None when the sender did not say
    body = bytearray()
    while chunk := reply.read1(_CHUNK_BYTES):
        body += chunk
        if len(body) > EXCHANGE_RESPONSE_BYTES_MAX:
            raise ConnectionError("the answer is longer than any")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer took too long")
    if expected is not None and len(body) < expected:
        raise ConnectionError("the answer was cut")
    return bytes(body)
