"""Who asks: the phone behind a signed request (RFC 9421, the profile of ``protocol.request``)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from hub.errors import AccessError, ClockError, UnknownGroupError, UnsignedError
from hub.service.groups import Groups
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
            found = self._groups.load(group).writers.get(writer)
        except UnknownGroupError:
            return None
        return None if found is None else found.admitted.spki
