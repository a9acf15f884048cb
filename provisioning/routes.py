"""The phones' two doors, as Litestar handlers that the hub mounts.

Bodies are read raw and bounded, and decoded strictly (``protocol.enrolment``). Every refusal is a 4xx with
``{"code", "message"}``, the message for the person at the phone. The target URI of a signed request is built
from the configured origin, never from what the request says about its host.
"""

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any, TypeAlias

import msgspec
from litestar import Request, Response, post
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody

from protocol.enrolment import CERTIFICATE_PATH, CONTENT_TYPE, PATH, REQUEST_BYTES_MAX
from protocol.request import CHALLENGE_HEADER, TIME_HEADER, Call
from provisioning.enrol import Desk, certify, enrol
from provisioning.errors import (
    BadMessageError,
    ClockError,
    MediaTypeError,
    ProvisioningError,
    TooManyGuessesError,
)
from provisioning.wording import sentence

Phone: TypeAlias = Request[Any, Any, Any]
RETRY_AFTER_S = 5
_STATUS = {
    "bad_message": 400,
    "request_refused": 401,
    "nonce": 401,
    "skewed_clock": 401,
    "voucher_refused": 403,
    "device_ended": 403,
    "known_key": 409,
    "media_type": 415,
    "too_many_guesses": 429,
}
_UNAVAILABLE = 503
_ONE_PLACE_BITS = 64


def handlers(desk: Desk, origin: str) -> list[HTTPRouteHandler]:
    """``POST /v1/enrol`` and ``POST /v1/enrol/certificate`` under the hub's public ``origin``."""

    @post(PATH, name="enrol", **_OPTIONS)
    def enrol_phone(body: RawBody, request: Phone) -> Response[bytes]:
        _check_media_type(request)
        return Response(
            enrol(desk, body, source_of(request.scope["client"])), media_type=CONTENT_TYPE, status_code=200
        )

    @post(CERTIFICATE_PATH, name="certify", **_OPTIONS)
    def certify_phone(body: RawBody, request: Phone) -> Response[bytes]:
        _check_media_type(request)
        call = posted(request, origin, CONTENT_TYPE, body)
        reply = certify(desk, call, request.scope["headers"], source_of(request.scope["client"]))
        if reply is None:
            wait = {"retry-after": str(RETRY_AFTER_S)}
            return Response(b"", media_type=CONTENT_TYPE, status_code=202, headers=wait)
        return Response(reply, media_type=CONTENT_TYPE, status_code=200)

    return [enrol_phone, certify_phone]


def is_of_type(request: Phone, content_type: str) -> bool:
    """Say whether a body has this one content type, once, and no encoding."""
    given = [value for name, value in request.scope["headers"] if name == b"content-type"]
    return given == [content_type.encode()] and "content-encoding" not in request.headers


def source_of(client: tuple[str, int] | None) -> str:
    """The place that limits count and logs name, by the address that the server believes.

    Of an IPv6 address it is the network of 64 bits: whoever has one address there has them all.
    """
    if client is None:
        return "unknown"
    try:
        address = ip_address(client[0])
    except ValueError:
        return client[0]
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((int(address), _ONE_PLACE_BITS), strict=False))


def posted(request: Phone, origin: str, content_type: str, body: bytes) -> Call:
    """A request as its signature must cover it under the configured ``origin``."""
    query = request.scope["query_string"].decode("latin-1")
    target = request.scope["path"] + (f"?{query}" if query else "")
    return Call("POST", origin + target, content_type, body)


def _check_media_type(request: Phone) -> None:
    if not is_of_type(request, CONTENT_TYPE):
        raise MediaTypeError(f"the body is not {CONTENT_TYPE}")


def _problem(_: Phone, error: ProvisioningError) -> Response[bytes]:
    headers = {}
    if isinstance(error, TooManyGuessesError):
        headers["retry-after"] = str(error.retry_after_s)
    if isinstance(error, ClockError):
        headers[TIME_HEADER] = str(error.hub_time)
        headers[CHALLENGE_HEADER] = error.challenge.hex()
    return Response(
        msgspec.json.encode({"code": error.code, "message": sentence(error)}),
        media_type="application/problem+json",
        status_code=_STATUS.get(error.code, _UNAVAILABLE),
        headers=headers,
    )


def _too_large(phone: Phone, _: RequestEntityTooLarge) -> Response[bytes]:
    problem = _problem(phone, BadMessageError(f"over {REQUEST_BYTES_MAX} bytes"))
    problem.status_code = 413
    return problem


_OPTIONS: dict[str, Any] = {
    "sync_to_thread": True,
    "request_max_body_size": REQUEST_BYTES_MAX,
    "exception_handlers": {ProvisioningError: _problem, RequestEntityTooLarge: _too_large},
}
