"""One signed POST to the hub, and what may come back, told apart.

A reply is believed only as far as it proves itself: a captive portal's page (threat N77) is not the hub,
whatever its status. A skewed clock is told the hub's time once and asks again (RFC 9421 ``created``).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from protocol.exchange import VERSIONS_HEADER
from protocol.ports import Reply, Signer, Transport
from protocol.request import (
    CHALLENGE_HEADER,
    NONCE_BYTES,
    NONCE_BYTES_MAX,
    TIME_HEADER,
    Call,
    sign_request,
)

OK = 200
ACCEPTED = 202
UNAUTHORIZED = 401
_REFUSALS = (401, 403)
_BUSY = (429, 503)
_TOO_LARGE = 413
_REDIRECTS = range(300, 400)
_LOGIN_NEEDED = 511
_CREATED_S_MAX = 999_999_999_999
RETRY_AFTER_S_MAX = 24 * 3_600


class Outcome(StrEnum):
    """How an exchange ended, in the order in which it is decided."""

    OFFLINE = "offline"
    NOT_THE_HUB = "not_the_hub"
    CLOCK_REFUSED = "clock_refused"
    REFUSED = "refused"
    BUSY = "busy"
    TOO_LARGE = "too_large"
    OUTDATED = "outdated"
    HUB_FAULT = "hub_fault"
    UNTRUSTED = "untrusted"
    TWO_HISTORIES = "two_histories"
    SHUT_OUT = "shut_out"
    WAITING = "waiting"
    DONE = "done"


class Carrier(Struct, frozen=True):
    """A transport and the origin that it reaches, which every signature names."""

    transport: Transport
    origin: str


class Answer(Struct, frozen=True):
    """``body`` is the hub's when ``outcome`` is DONE or WAITING, and empty otherwise.

    ``hub_time`` is there when a skewed clock was told it, milliseconds since 1970.
    """

    outcome: Outcome
    body: bytes = b""
    retry_after_s: int | None = None
    hub_time: int | None = None


class Caller(Struct, frozen=True):
    """Who signs, the phone's clock (ms), how far the hub's is ahead (ms), and a fresh nonce if one is due."""

    signer: Signer
    now: Callable[[], int]
    clock_offset_ms: int
    nonce: bytes | None = None


def post(carrier: Carrier, path: str, content_type: str, body: bytes) -> Answer:
    """POST without a signature: before the hub knows this phone."""
    reply = _send(carrier, path, body, {"content-type": content_type})
    return Answer(Outcome.OFFLINE) if reply is None else _judge(reply, content_type)


def post_signed(carrier: Carrier, path: str, content_type: str, body: bytes, caller: Caller) -> Answer:
    """POST signed by this phone; once more, with the hub's time, when the clock alone was refused."""
    call = Call("POST", carrier.origin + path, content_type, body)
    created_s = _signable(caller.now() + caller.clock_offset_ms)
    reply = _send(carrier, path, body, sign_request(call, caller.signer, created_s, caller.nonce))
    if reply is None:
        return Answer(Outcome.OFFLINE)
    told = _told_time(reply)
    if told is None:
        return _judge(reply, content_type)
    hub_time, challenge = told
    again = _send(carrier, path, body, sign_request(call, caller.signer, _signable(hub_time), challenge))
    if again is None:
        return Answer(Outcome.OFFLINE, hub_time=hub_time)
    if _told_time(again) is not None:
        return Answer(Outcome.CLOCK_REFUSED, hub_time=hub_time)
    judged = _judge(again, content_type)
    return Answer(judged.outcome, judged.body, judged.retry_after_s, hub_time)


def _send(carrier: Carrier, path: str, body: bytes, headers: Mapping[str, str]) -> Reply | None:
    try:
        return carrier.transport.post(path, body, headers)
    except ConnectionError:
        return None


def _signable(instant: int) -> int:
    """Seconds as a signature can say them: a clock that is off by ages is told the time, not refused."""
    return min(max(instant // 1_000, 1), _CREATED_S_MAX)


def _told_time(reply: Reply) -> tuple[int, bytes] | None:
    if reply.status != UNAUTHORIZED or TIME_HEADER not in reply.headers:
        return None
    time, challenge = reply.headers[TIME_HEADER], reply.headers.get(CHALLENGE_HEADER, "")
    if not (time.isascii() and time.isdigit() and len(time) <= 15):  # noqa: PLR2004 (ms until year 33658)
        return None
    try:
        nonce = bytes.fromhex(challenge)
    except ValueError:
        return None
    return (int(time), nonce) if NONCE_BYTES <= len(nonce) <= NONCE_BYTES_MAX else None


def _judge(reply: Reply, content_type: str) -> Answer:  # noqa: PLR0911 (one line per answer)
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status in (OK, ACCEPTED) and kind == content_type:
        return Answer(Outcome.DONE if reply.status == OK else Outcome.WAITING, reply.body)
    if reply.status in _BUSY:
        return Answer(Outcome.BUSY, retry_after_s=_retry_after(reply))
    if reply.status >= 500 and reply.status != _LOGIN_NEEDED:  # noqa: PLR2004 (server errors)
        return Answer(Outcome.HUB_FAULT)
    if not kind.endswith("json"):
        return Answer(Outcome.NOT_THE_HUB)
    if VERSIONS_HEADER in reply.headers:
        return Answer(Outcome.OUTDATED)
    if reply.status in _REFUSALS:
        return Answer(Outcome.REFUSED)
    if reply.status == _TOO_LARGE:
        return Answer(Outcome.TOO_LARGE)
    return Answer(Outcome.HUB_FAULT if reply.status >= 400 else Outcome.NOT_THE_HUB)  # noqa: PLR2004 (as above)


def _retry_after(reply: Reply) -> int | None:
    told = reply.headers.get("retry-after", "")
    if not (told.isascii() and told.isdigit() and len(told) <= 9):  # noqa: PLR2004 (longer is no wait)
        return None
    return min(int(told), RETRY_AFTER_S_MAX)
