"""Phones on one event loop: signed requests that are sent at a moment, again and again until acknowledged.

A phone that is told to wait (429, 503), or whose connection breaks, sends the very same request again, as
the protocol lets it (L11). The seconds of a phone run from the common start until its answer is there.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from msgspec import Struct

from bench.ledgers import Ledger
from bench.sync.tovay_branch import NOW, ORIGIN
from protocol import exchange
from protocol.day import to_instant
from protocol.request import Call, sign_request

LIMIT_S = 600
_AGAIN_AFTER_S = 1
_BUSY = (429, 503)
_DONE = 200


class Told(Struct, frozen=True):
    """An acknowledgement: seconds until it came, and how often the phone was sent away before."""

    seconds: float
    sent_away: int


class Stormed(Struct, frozen=True):
    """What phones were told, and how often the heavy one was answered while they waited."""

    told: Sequence[Told]
    heavy: int

    @property
    def seconds(self) -> list[float]:
        """Until each acknowledgement."""
        return [one.seconds for one in self.told]


class NotTakenError(Exception):
    """A hub answered something else than an acknowledgement."""


def signed(ledger: Ledger, sealed: Sequence[bytes]) -> bytes:
    """The bytes of an HTTP request that carries these seals of a phone."""
    body = ledger.carrying(sealed)
    call = Call("POST", ORIGIN + exchange.PATH, exchange.CONTENT_TYPE, body)
    headers = sign_request(call, ledger.signer, to_instant(NOW) // 1_000)
    told = {"host": "hub", "content-length": len(body), "connection": "close", **headers}
    lines = [f"POST {exchange.PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def storm(address: str, requests: Sequence[bytes], heavy: Sequence[bytes] = ()) -> Stormed:
    """Send all requests at one moment; beside them the heavy phone's, one after another."""
    return asyncio.run(asyncio.wait_for(_storm(address, requests, heavy), LIMIT_S))


def in_turn(address: str, requests: Sequence[bytes], senders: int) -> Stormed:
    """Send requests as they are answered, so many at a time; seconds run from each one's own start."""
    return asyncio.run(_in_turn(address, requests, senders))


async def _storm(address: str, requests: Sequence[bytes], heavy: Sequence[bytes]) -> Stormed:
    barrier, answered = asyncio.Event(), 0

    async def wait(request: bytes) -> Told:
        await barrier.wait()
        return await _acknowledged(address, request)

    async def weigh() -> None:
        nonlocal answered
        await barrier.wait()
        for request in heavy:
            await _acknowledged(address, request)
            answered += 1

    waiting = [asyncio.create_task(wait(request)) for request in requests]
    weighing = asyncio.create_task(weigh())
    await asyncio.sleep(0)
    barrier.set()
    told = await asyncio.gather(*waiting)
    beside = answered
    # What the heavy phone has on the way is finished, so that all that was acknowledged can be counted.
    await weighing
    return Stormed(told, beside)


async def _in_turn(address: str, requests: Sequence[bytes], senders: int) -> Stormed:
    left, told = iter(requests), list[Told]()

    async def send() -> None:
        for request in left:
            told.append(await _acknowledged(address, request))

    await asyncio.gather(*(send() for _ in range(senders)))
    return Stormed(told, 0)


async def _acknowledged(address: str, request: bytes) -> Told:
    """Seconds until a request was answered with every seal taken; raises NotTakenError."""
    now = asyncio.get_running_loop().time
    started, sent_away = now(), 0
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            status, body = await _post(address, request)
            if status == _DONE and not exchange.read_response(body).refused:
                return Told(now() - started, sent_away)
            if status not in _BUSY:
                raise NotTakenError(f"answered {status}: {body[:200]!r}")
        sent_away += 1
        await asyncio.sleep(_AGAIN_AFTER_S)


async def _post(address: str, request: bytes) -> tuple[int, bytes]:
    reached = urlsplit(address)
    reader, writer = await asyncio.open_connection(reached.hostname, reached.port)
    try:
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in head if line.startswith("content-length:"))
        return int(head[0].split()[1]), await reader.readexactly(length)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
