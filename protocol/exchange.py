"""The one idempotent round trip between a phone and a hub (L11).

Up: the phone's new seals, their detached texts, and the branch position it holds; to a restored hub also the
branch seals that it lacks (L15). Down: key statements, branch seals after that position, the other phones'
seals that those branch seals receive, and their texts. Each seal is judged by its own signature; that of the
request only opens the door to the group's facts.
"""

from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from protocol.codec import Salt, decode_as, encode, text_hash
from protocol.day import Instant
from protocol.errors import LimitError, MalformedError, VersionError
from protocol.ids import BranchTip, Code, GroupCode, Number
from protocol.limits import (
    EXCHANGE_BRANCH_SEALS_MAX,
    EXCHANGE_REQUEST_BYTES_MAX,
    EXCHANGE_RESPONSE_BYTES_MAX,
    EXCHANGE_SEALS_MAX,
    EXCHANGE_TIPS_MAX,
    KEY_STATEMENTS_MAX,
    TEXT_BYTES_MAX,
    TEXTS_PER_EXCHANGE_MAX,
)
from protocol.seal import Encoding

VERSION = 1
PATH = "/v1/exchange"
CONTENT_TYPE = "application/vnd.tovay.exchange"
VERSIONS_HEADER = "tovay-versions"
"""With a refusal of another version: those that the hub reads, separated by commas."""

T = TypeVar("T")


class _Versioned(Struct, frozen=True, array_like=True):
    """What every version of a message starts with."""

    version: Number


class DetachedText(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Salt and UTF-8 text whose hash stands in an entry; erasable (L4)."""

    salt: Salt
    text: Annotated[bytes, Meta(min_length=1, max_length=TEXT_BYTES_MAX)]

    @property
    def hash(self) -> bytes:
        """The hash that an entry carries for it; raises MalformedError when it is no text of L4."""
        try:
            return text_hash(self.salt, self.text.decode())
        except UnicodeDecodeError as error:
            raise MalformedError("a detached text is UTF-8") from error


Texts = Annotated[tuple[DetachedText, ...], Meta(max_length=TEXTS_PER_EXCHANGE_MAX)]


class Request(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a phone sends; ``known`` is nil before its first branch seal.

    ``other_tips`` is empty in ordinary life. A phone that was told two histories names there, newest first,
    the tips of the other sides and earlier places of its log; the hub goes on from the newest tip that counts
    for it (L15).
    """

    version: Literal[1]
    group: GroupCode
    known: BranchTip | None
    other_tips: Annotated[tuple[BranchTip, ...], Meta(max_length=EXCHANGE_TIPS_MAX)]
    seals: Annotated[tuple[bytes, ...], Meta(max_length=EXCHANGE_SEALS_MAX)]
    texts: Texts


class Refused(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A seal of the request that no admitted key signed: its index and a stable code of the reason."""

    index: Annotated[int, Meta(ge=0, le=EXCHANGE_SEALS_MAX - 1)]
    code: Code


class Response(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the hub answers; ``more`` is 1 when another round trip brings further branch seals.

    ``encoding`` is the newest body encoding that everybody at this branch reads; phones write no newer one.
    """

    version: Literal[1]
    hub_time: Instant
    statements: Annotated[tuple[bytes, ...], Meta(max_length=KEY_STATEMENTS_MAX)]
    branch_seals: Annotated[tuple[bytes, ...], Meta(max_length=EXCHANGE_BRANCH_SEALS_MAX)]
    phone_seals: tuple[bytes, ...]
    texts: Texts
    refused: Annotated[tuple[Refused, ...], Meta(max_length=EXCHANGE_SEALS_MAX)]
    more: Literal[0, 1]
    encoding: Encoding


def write_request(request: Request) -> bytes:
    """Body of the POST; raises LimitError when it is too large: send fewer seals at once."""
    return _bounded(encode(request), EXCHANGE_REQUEST_BYTES_MAX, "request")


def read_request(raw: bytes) -> Request:
    """Raises MalformedError, VersionError or LimitError."""
    return _read(_bounded(raw, EXCHANGE_REQUEST_BYTES_MAX, "request"), Request, "exchange request")


def write_response(response: Response) -> bytes:
    """Body of the answer; raises LimitError when the caller put too much into one page."""
    return _bounded(encode(response), EXCHANGE_RESPONSE_BYTES_MAX, "response")


def read_response(raw: bytes) -> Response:
    """Raises MalformedError, VersionError or LimitError; nothing in it is trusted yet."""
    return _read(_bounded(raw, EXCHANGE_RESPONSE_BYTES_MAX, "response"), Response, "exchange response")


def _read(raw: bytes, kind: type[T], name: str) -> T:
    try:
        return decode_as(raw, kind, name)
    except MalformedError as error:
        version = _version(raw)
        if version in (None, VERSION):
            raise
        raise VersionError(f"{name}: version {version} is not read here") from error


def _version(raw: bytes) -> int | None:
    try:
        return decode_as(raw, _Versioned, "message").version
    except MalformedError:
        return None


def _bounded(raw: bytes, limit: int, name: str) -> bytes:
    if len(raw) > limit:
        raise LimitError(f"an exchange {name} of {len(raw)} bytes is over {limit}")
    return raw
