"""Around the whole ASGI application, so that no answer escapes it, not even a 404.

Every answer carries the security headers and a request id; every request is logged with ids only, a refused
one with the address that limits count too; a body that does not come is given up, so that half-sent requests
cannot hold the hub (N89), and no more programs are let in at once than there is room for. What a program
asked for and got, which no browser shows as a page, goes without the headers that say how a page may behave.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from secrets import token_hex
from typing import Any

import anyio
from structlog import get_logger
from structlog.contextvars import bound_contextvars

from hub.errors import BusyError, HungUpError, SlowBodyError
from hub.problem import MEDIA_TYPE, Problem, problem
from provisioning.routes import source_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Answered = Callable[[str | None, int | None, float], None]
"""Gets the route's path as it is registered, the status, and the seconds that it took."""

PROGRAMS = "/v1/"
"""Below this path are the doors of programs, not of people."""

REQUESTS_MAX = 1_000
"""Requests of programs under way at once: each may hold a body in memory."""

BODY_GRACE_S = 30.0
BODY_BYTES_PER_S_MIN = 100
"""A phone on the slowest link sends more than this; the deadline of a body moves by what has arrived."""

_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
_HTTPS = {"strict-transport-security": "max-age=31536000"}
_HTML = b"text/html"
_REFUSED = 400
_log = get_logger()


class Gate:
    """An ASGI application around another."""

    def __init__(
        self,
        app: App,
        *,
        https: bool,
        body_grace_s: float = BODY_GRACE_S,
        requests_max: int = REQUESTS_MAX,
        answered: Answered = lambda _route, _status, _seconds: None,
    ) -> None:
        """``https`` says whether phones reach the hub by HTTPS; ``answered`` is told of each request."""
        self._app = app
        self._answered = answered
        named = _HEADERS | (_HTTPS if https else {})
        self._headers = _lines(named)
        self._page_headers = _lines(named | _PAGE_HEADERS)
        self._body_grace_s = body_grace_s
        self._requests_max = requests_max
        self._under_way = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or pass the server's own messages on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = token_hex(8)
        told = (b"x-request-id", request_id.encode())
        is_program = scope["path"].startswith(PROGRAMS)
        answer = _Answer(send, [*self._page_headers, told], [*self._headers, told] if is_program else None)
        started = time.monotonic()
        with bound_contextvars(request=request_id):
            try:
                await self._let_in(scope, receive, answer.send, is_program=is_program)
            except Exception as error:
                if answer.status is not None:
                    raise
                await _send(problem(error), answer.send)
            seconds = time.monotonic() - started
            _note(scope, answer.status, seconds)
            self._answered(scope.get("path_template"), answer.status, seconds)

    async def _let_in(self, scope: Message, receive: Receive, send: Send, *, is_program: bool) -> None:
        """Let the application answer; raises BusyError where a program finds no room."""
        if is_program and self._under_way >= self._requests_max:
            raise BusyError(f"{self._under_way} requests are under way")
        self._under_way += is_program
        try:
            await self._app(scope, _Body(receive, self._body_grace_s).receive, send)
        finally:
            self._under_way -= is_program


class _Answer:
    """Adds the headers to an answer and remembers its status."""

    def __init__(self, send: Send, headers: Headers, for_programs: Headers | None) -> None:
        self._send = send
        self._headers = headers
        self._for_programs = for_programs
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = {name.lower(): value for name, value in message.get("headers", ())}
            is_page = own.get(b"content-type", _HTML).startswith(_HTML) or self.status >= _REFUSED
            headers = self._headers if is_page or self._for_programs is None else self._for_programs
            added = [(name, value) for name, value in headers if name not in own]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await self._send(message)


class _Body:
    """Gives up on a body that comes too slowly or is cut off; raises SlowBodyError or HungUpError."""

    def __init__(self, receive: Receive, grace_s: float) -> None:
        self._receive = receive
        self._deadline = anyio.current_time() + grace_s
        self._more = True

    async def receive(self) -> Message:
        if not self._more:
            return await self._receive()
        try:
            with anyio.fail_after(self._deadline - anyio.current_time()):
                message = await self._receive()
        except TimeoutError as error:
            raise SlowBodyError("the body did not come in time") from error
        if message["type"] == "http.disconnect":
            raise HungUpError("the connection was closed in the middle of a request")
        if message["type"] == "http.request":
            self._deadline += len(message["body"]) / BODY_BYTES_PER_S_MIN
            self._more = message["more_body"]
        return message


def _lines(named: dict[str, str]) -> Headers:
    return [(name.encode(), value.encode()) for name, value in named.items()]


async def _send(answer: Problem, send: Send) -> None:
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(answer.body)), **answer.headers}
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _note(scope: Message, status: int | None, seconds: float) -> None:
    told = {
        "method": scope["method"],
        "path": scope["path"][:80],
        "status": status,
        "ms": int(seconds * 1_000),
    }
    if status is None or status >= _REFUSED:
        told["source"] = source_of(scope.get("client"))
    _log.info("request", **told)
