"""HTTP statuses: the one place that turns an error into an answer (``application/problem+json``)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from structlog import get_logger

from hub.errors import (
    AccessError,
    AppenderAwayError,
    BusyError,
    ClockError,
    CrowdedError,
    DayError,
    ElsewhereError,
    HubError,
    HungUpError,
    MediaTypeError,
    QuotaError,
    ReceiptError,
    SlowBodyError,
    StoppedGroupError,
    StoreError,
    UnknownGroupError,
    UnknownMemberError,
    UnsignedError,
)
from hub.wording import sentence
from protocol.errors import LimitError, MalformedError, ProtocolError, VersionError
from protocol.exchange import VERSION, VERSIONS_HEADER
from protocol.request import CHALLENGE_HEADER, TIME_HEADER

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 30
BUSY_RETRY_AFTER_S = 5
_STATUS: dict[type[Exception], int] = {
    MalformedError: 400,
    HungUpError: 400,
    ReceiptError: 400,
    UnsignedError: 401,
    ClockError: 401,
    AccessError: 403,
    ElsewhereError: 403,
    UnknownGroupError: 404,
    UnknownMemberError: 404,
    DayError: 404,
    SlowBodyError: 408,
    LimitError: 413,
    MediaTypeError: 415,
    QuotaError: 429,
    CrowdedError: 429,
    AppenderAwayError: 503,
    BusyError: 503,
    StoppedGroupError: 503,
    StoreError: 503,
}
_CODES = {400: "request", 404: "not_found", 405: "method", 413: "limit", 415: "media_type"}
_INTERNAL = 500

_log = get_logger()


class Problem(msgspec.Struct, frozen=True):
    """An answer to a request that was not granted; header names in lower case."""

    status: int
    code: str
    headers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        """JSON for the client: the stable code, and a sentence for a person."""
        return msgspec.json.encode(
            {"status": self.status, "code": self.code, "message": sentence(self.code)}, order="deterministic"
        )


def problem(error: Exception) -> Problem:
    """The answer to an error, logged; whatever is not expected becomes a 500."""
    found = _expected(error)
    if found is None:
        _log.error("internal_error", exc_info=error)
        return Problem(_INTERNAL, "internal", {})
    if found.status < _INTERNAL:
        _log.info("refused", status=found.status, code=found.code)
    else:
        _log.error("failed", status=found.status, code=found.code, cause=str(error))
    return found


def refuse(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The answer to an error, for a program."""
    answer = problem(error)
    return Response(
        answer.body, media_type=MEDIA_TYPE, status_code=answer.status, headers=dict(answer.headers)
    )


def _expected(error: Exception) -> Problem | None:
    if isinstance(error, HTTPException):
        status = error.status_code
        if status < _INTERNAL:
            return Problem(status, _CODES.get(status, "request"), dict(error.headers or {}))
    elif isinstance(error, HubError | ProtocolError):
        for kind in type(error).__mro__:
            if kind in _STATUS:
                return Problem(_STATUS[kind], error.code, _headers(error))
    return None


def _headers(error: HubError | ProtocolError) -> dict[str, str]:
    match error:
        case ClockError():
            return {TIME_HEADER: str(error.hub_time), CHALLENGE_HEADER: error.challenge.hex()}
        case QuotaError() | CrowdedError():
            return {"retry-after": str(error.retry_after_s)}
        case StoreError() | StoppedGroupError() | AppenderAwayError() | BusyError():
            is_busy = isinstance(error, BusyError)
            return {"retry-after": str(BUSY_RETRY_AFTER_S if is_busy else RETRY_AFTER_S)}
        case VersionError():
            return {VERSIONS_HEADER: str(VERSION)}
        case SlowBodyError():
            return {"connection": "close"}
        case _:
            return {}
