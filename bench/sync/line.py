"""The lines between phones and a server: one port for each phone, counted, shaped, and ended in TLS.

phone → shaped and counted line → TLS ends → server, all on loopback. Bytes are those above TCP: TLS with its
handshakes, and HTTP. A new connection waits for one round trip, as TCP's own handshake takes it. A line is
shared by all connections of its phone. A start window of TCP (ten segments) is larger than what is under way
on the slow line, so that slow start would change nothing there.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")
UnderWay = asyncio.Queue[tuple[float, bytes]]
"""When a chunk arrives, and its bytes; an empty one is the end."""

_SEGMENT_BYTES = 1_400
_LARGE_READ_BYTES = 65_536
_BUFFER_S = 1.0
_CLOSING_S = 0.05
_BACKLOG = 512


class Profile(Struct, frozen=True):
    """A kind of network: bytes a second each way (0: as fast as loopback), and the round trip in seconds."""

    name: str
    up_bytes_per_s: float = 0
    down_bytes_per_s: float = 0
    round_trip_s: float = 0


LAN = Profile("LAN")
SLOW = Profile("2G", 20_000 / 8, 40_000 / 8, 0.6)


class Counted(Struct, frozen=True):
    """Bytes that went over the lines, and connections that were opened."""

    up: int
    down: int
    connections: int


class Lines:
    """Lines of one cell, in a thread of their own. ``ports`` has one for each phone."""

    def __init__(self, profile: Profile, phones: int, server_port: int, certificate: Path) -> None:
        """Open the ports; ``certificate`` is a PEM file with key and certificate."""
        self._profile = profile
        self._server_port = server_port
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(certificate)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._up, self._down, self._connections = 0, 0, 0
        self.ports = self._call(self._open(phones))

    def counted(self) -> Counted:
        """What went over the lines until now."""
        return Counted(self._up, self._down, self._connections)

    def close(self) -> None:
        """Cut every connection and end the thread."""
        self._call(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _open(self, phones: int) -> list[int]:
        ending = await asyncio.start_server(self._end_tls, "127.0.0.1", 0, ssl=self._tls, backlog=_BACKLOG)
        self._servers = [ending]
        self._tls_port = _port_of(ending)
        for _ in range(phones):
            profile = self._profile
            up = _Way(profile.up_bytes_per_s, profile.round_trip_s / 2, self._count_up)
            down = _Way(profile.down_bytes_per_s, profile.round_trip_s / 2, self._count_down)
            carry = partial(self._carry, up=up, down=down)
            self._servers.append(await asyncio.start_server(carry, "127.0.0.1", 0, backlog=_BACKLOG))
        return [_port_of(server) for server in self._servers[1:]]

    async def _cut(self) -> None:
        for server in self._servers:
            server.close()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await asyncio.sleep(_CLOSING_S)

    async def _carry(
        self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter, up: "_Way", down: "_Way"
    ) -> None:
        self._connections += 1
        opened = time.monotonic() + self._profile.round_trip_s
        with closing(to_phone), suppress(OSError, asyncio.CancelledError):
            server, to_server = await asyncio.open_connection("127.0.0.1", self._tls_port)
            with closing(to_server):
                await asyncio.gather(up.carry(phone, to_server, opened), down.carry(server, to_phone, 0))

    async def _end_tls(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        with closing(to_phone), suppress(OSError, asyncio.CancelledError):
            server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
            with closing(to_server):
                await asyncio.gather(_relay(phone, to_server), _relay(server, to_phone))

    def _count_up(self, count: int) -> None:
        self._up += count

    def _count_down(self, count: int) -> None:
        self._down += count


class _Way:
    """One direction of one phone's line."""

    def __init__(self, bytes_per_s: float, delay_s: float, count: Callable[[int], None]) -> None:
        self._bytes_per_s = bytes_per_s
        self._delay_s = delay_s
        self._count = count
        self._free_at = 0.0

    async def carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, not_before: float
    ) -> None:
        """Carry one connection's bytes in this direction until its sender ends it."""
        under_way: UnderWay = asyncio.Queue()
        await asyncio.gather(self._take(source, under_way, not_before), _deliver(under_way, target))

    async def _take(self, source: asyncio.StreamReader, under_way: UnderWay, not_before: float) -> None:
        size = _SEGMENT_BYTES if self._bytes_per_s else _LARGE_READ_BYTES
        chunk = b"."
        while chunk:
            try:
                chunk = await source.read(size)
            except OSError:
                chunk = b""
            self._count(len(chunk))
            now = time.monotonic()
            sent = max(now, not_before, self._free_at)
            if self._bytes_per_s:
                sent = self._free_at = sent + len(chunk) / self._bytes_per_s
            under_way.put_nowait((sent + self._delay_s, chunk))
            await asyncio.sleep(max(0.0, self._free_at - now - _BUFFER_S))


def _port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


async def _deliver(under_way: UnderWay, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not chunk:
                break
            target.write(chunk)
            await target.drain()
    target.close()


async def _relay(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while chunk := await source.read(_LARGE_READ_BYTES):
            target.write(chunk)
            await target.drain()
    target.close()
