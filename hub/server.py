"""Serves the hub's doors over HTTP until it is told to stop.

The address is bound before the application is made, because requests are signed for it. On SIGTERM or SIGINT
running requests are finished, half-sent ones are dropped after a few seconds, and the process ends with 0. It
ends too where a store lets no request finish: such a one is cut as by a crash, and nothing is lost.
"""

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from types import FrameType
from typing import NoReturn

import uvicorn
from structlog import get_logger

from hub.app import Hub
from hub.errors import SettingsError
from hub.forwarder import forwarding_app
from hub.gate import Gate
from hub.logs import configure
from hub.metrics import Metrics
from hub.web import web_app

STOP_WITHIN_S = 5
CUT_AFTER_S = STOP_WITHIN_S + 5
CONNECTIONS_MAX = 2_000
"""More than requests may be under way: who finds no room is told when to come back (``gate``)."""
_BACKLOG = 512
_COLLECT_AFTER = 100_000, 20, 100
"""For ``gc``: a group's state is many objects that stay, and by default they are walked again and again."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 lets the system choose. Raises SettingsError when the address cannot be had."""
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        raise SettingsError("address", address=f"{host}:{port}") from error


def address_of(listening: socket.socket) -> str:
    """``http://host:port`` of a bound socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


def serve(hub: Hub, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until a signal says stop; ``ready`` is called once everything is open."""
    gc.set_threshold(*_COLLECT_AFTER)
    metrics = Metrics(hub.groups)
    configure(hub.clock, "info", metrics.logged)
    origin = hub.settings.origin or address_of(listening)
    if origin.startswith("https:") and not hub.settings.proxies:
        # Something in front ends TLS: it is one source for every limit, and may look like a person here.
        get_logger().warning("proxy_not_named", origin=origin)
    appends = hub.settings.appends
    app = web_app(hub, origin, metrics=metrics) if appends else forwarding_app(hub, metrics=metrics)
    run(app, listening, ready, hub.settings.proxies)


def run(app: Gate, listening: socket.socket, ready: Callable[[], None], proxies: Sequence[str] = ()) -> None:
    """Serve an application until a signal says stop; ``proxies`` are believed about who calls."""
    config = uvicorn.Config(
        app,
        access_log=False,
        # Said either way: left alone, uvicorn believes loopback, or whomever its environment names.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        log_config=None,
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    # Before uvicorn takes the signals over, and when it raises them again after its own shutdown.
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, _leave)
    server = _Server(config, ready)
    try:
        with closing(listening):
            server.run(sockets=[listening])
    finally:
        server.relent()


class _Server(uvicorn.Server):
    """Says when it is ready: requests are answered and signals heard. Once told to stop, it does."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._cutting = threading.Timer(CUT_AFTER_S, _cut)
        self._cutting.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            self._cutting.start()
        super().handle_exit(sig, frame)

    def relent(self) -> None:
        """All requests have ended by themselves."""
        self._cutting.cancel()


def _cut() -> NoReturn:
    """End the process while a request hangs in its thread, which nothing else interrupts."""
    get_logger().info("cut_off")
    os._exit(0)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
