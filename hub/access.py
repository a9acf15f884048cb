"""Who asks: the phone behind a signed request (RFC 9421, the profile of ``protocol.request``), or a person.

There is no login yet, so pages for people are for a browser on the branch's own machine alone.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from hub.errors import AccessError, ClockError, ElsewhereError, UnknownGroupError, UnsignedError
from hub.service.group.groups import Groups
from protocol.day import to_instant
from protocol.errors import ProtocolError, SkewedClockError
from protocol.request import Call, Door, check_request
from provisioning.nonces import Nonces


class PhoneDoor:
    """Checks the requests of one group's phones against the keys that its branch log ever admitted."""

    def __init__(self, groups: Groups, nonces: Nonces, clock: Callable[[], datetime]) -> None:
        """Keep what it looks into."""
        self._groups = groups
        self._nonces = nonces
        self._clock = clock

    def asker(self, call: Call, headers: Iterable[tuple[bytes, bytes]], group: str) -> bytes | AccessError:
        """Writer id of the key that signed, or why nobody did: the seals are taken in all the same (L11)."""
        at = to_instant(self._clock())
        door = Door(
            verifier=self._groups.trust.verifier,
            key_of=lambda writer: self._key(group, writer),
            answered=lambda writer, nonce: self._nonces.answered(writer, nonce, at),
        )
        try:
            return check_request(call, headers, door, at // 1_000).writer
        except SkewedClockError as error:
            return ClockError(at, self._nonces.challenge(error.writer, at))
        except ProtocolError as error:
            return UnsignedError(str(error))

    def _key(self, group: str, writer: bytes) -> bytes | None:
        try:
            state = self._groups.last(group)
        except UnknownGroupError:
            return None
        # A key that only the lost part of the log admits is known by name, and told to wait (L15).
        found = state.writers.get(writer) or state.waiting.get(writer)
        return None if found is None else found.admitted.spki


_OWN_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
_RELAYED = ("forwarded", "via", "x-forwarded-", "x-real-ip")
"""How the names of headers begin by which a relay is known."""


def at_this_machine(proxies: Collection[str] = ()) -> Guard:
    """Let a person in who sits at this machine.

    The peer's address is loopback and none of the ``proxies``, which may forget to say for whom they ask; no
    relay speaks for somebody else; and the browser asked for this machine by its own name: a page of another
    site whose name was made to point here asks by that other name. Else the guard raises ElsewhereError.
    """
    relays = frozenset(map(ip_address, proxies))

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        named = connection.headers.getall("host", [])
        if (
            not _is_own(connection.client.host if connection.client else "", relays)
            or any(name.startswith(_RELAYED) for name in connection.headers)
            or len(named) != 1
            or _host_of(named[0]) not in _OWN_NAMES
        ):
            raise ElsewhereError("a page was asked for from elsewhere")

    return guard


def _is_own(peer: str, relays: Collection[IPv4Address | IPv6Address]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return address.is_loopback and address not in relays


def _host_of(authority: str) -> str | None:
    """The name in a ``Host`` header, without its port; None when it is none."""
    try:
        found = urlsplit(f"//{authority}")
    except ValueError:
        return None
    return found.hostname if found.netloc == authority else None
