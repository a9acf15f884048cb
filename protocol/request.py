"""Device requests: one fixed profile of HTTP Message Signatures (RFC 9421, RFC 9530).

A signature opens the hub's door; it says nothing about seals, which stand on their own (L11). There is
exactly one spelling of every header, so nothing is parsed that is not ours (``signature-input`` is one line;
the nonce may be absent)::

    content-digest: sha-256=:<base64>:
    signature-input: tovay=("@method" "@target-uri" "content-type" "content-digest")
                     ;created=<seconds>;keyid="<20 hex>"
                     ;nonce="<32 to 64 hex>";tag="tovay-device"
    signature: tovay=:<base64 of 64 bytes>:

A request is checked in this order:

1. each of the four headers stands once, and is short
2. ``signature-input`` and ``signature`` are in the one spelling
3. the content type is the route's, and the digest is that of the body
4. the key is known under its id
5. the signature verifies over the base that the receiver builds from its own configured origin
6. ``created`` is inside the window, or the nonce answers the receiver's challenge

When only step 6 fails, the 401 carries ``tovay-time`` (the receiver's time, milliseconds since 1970) and
``tovay-challenge`` (the nonce, in hexadecimal, with which the same request is let in once).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256

from msgspec import Struct

from protocol.errors import BadSignatureError, MalformedError, SkewedClockError, UntrustedKeyError
from protocol.keys import writer_id
from protocol.ports import Signer, Verifier

TAG = "tovay-device"
WINDOW_S = 300
TIME_HEADER = "tovay-time"
CHALLENGE_HEADER = "tovay-challenge"
NONCE_BYTES = 16
NONCE_BYTES_MAX = 32
_HEADER_BYTES_MAX = 512
_COMPONENTS = '("@method" "@target-uri" "content-type" "content-digest")'
_INPUT = re.compile(
    rb'tovay=\("@method" "@target-uri" "content-type" "content-digest"\)'
    rb';created=(?P<created>[1-9][0-9]{0,11});keyid="(?P<keyid>[0-9a-f]{20})"'
    rb'(?:;nonce="(?P<nonce>(?:[0-9a-f]{2}){16,32})")?;tag="tovay-device"'
)
_SIGNATURE = re.compile(rb"tovay=:(?P<value>[A-Za-z0-9+/]{86}==):")


class Call(Struct, frozen=True):
    """What both sides know of a request: the receiver takes method and URI from its own route and origin."""

    method: str
    target_uri: str
    content_type: str
    body: bytes


class Signed(Struct, frozen=True):
    """Who signed a request, when by the phone's clock (seconds since 1970), and with which nonce."""

    writer: bytes
    created_s: int
    nonce: bytes | None


class Door(Struct, frozen=True):
    """What a receiver checks against.

    ``key_of`` gives the SPKI of a writer id, or None. ``answered`` says whether a nonce is the receiver's own
    fresh challenge to that writer: it lets a phone with a wrong clock in.
    """

    verifier: Verifier
    key_of: Callable[[bytes], bytes | None]
    answered: Callable[[bytes, bytes], bool]
    window_s: int = WINDOW_S


def sign_request(call: Call, signer: Signer, created_s: int, nonce: bytes | None = None) -> dict[str, str]:
    """Headers of a signed request, names in lower case; ``nonce`` has 16 to 32 bytes."""
    if nonce is not None and not NONCE_BYTES <= len(nonce) <= NONCE_BYTES_MAX:
        raise MalformedError(f"a nonce has {NONCE_BYTES} to {NONCE_BYTES_MAX} bytes")
    digest = _digest(call.body)
    parameters = _parameters(Signed(writer_id(signer.spki), created_s, nonce))
    signature = signer.sign(_base(call, digest, parameters))
    return {
        "content-type": call.content_type,
        "content-digest": digest,
        "signature-input": f"tovay={parameters}",
        "signature": f"tovay=:{b64encode(signature).decode()}:",
    }


def check_request(call: Call, headers: Iterable[tuple[bytes, bytes]], door: Door, now_s: int) -> Signed:
    """Who signed this request; ``headers`` are all of its lines, lower-case names, as ASGI gives them.

    Raises:
        MalformedError: no signature, or not in the one spelling.
        BadSignatureError: body, method, URI, content type or a parameter is not what was signed.
        UntrustedKeyError: nobody is known under the key's id.
        SkewedClockError: everything stands but the phone's clock; answer with the time and a challenge.
    """
    lines = list(headers)
    signed = _read_input(_only(lines, b"signature-input"))
    signature = _read_signature(_only(lines, b"signature"))
    if _only(lines, b"content-type") != call.content_type.encode():
        raise BadSignatureError("the content type is not the one of this route")
    digest = _digest(call.body)
    if _only(lines, b"content-digest") != digest.encode():
        raise BadSignatureError("the digest is not that of the body")
    spki = door.key_of(signed.writer)
    if spki is None:
        raise UntrustedKeyError("no device is known under this key id")
    door.verifier.verify(spki, signature, _base(call, digest, _parameters(signed)))
    if abs(now_s - signed.created_s) > door.window_s and not _answers(signed, door):
        raise SkewedClockError(signed.writer)
    return signed


def _only(lines: list[tuple[bytes, bytes]], name: bytes) -> bytes:
    found = [value for key, value in lines if key == name]
    if len(found) != 1:
        raise MalformedError(f"{name.decode()} stands {len(found)} times, not once")
    if len(found[0]) > _HEADER_BYTES_MAX:
        raise MalformedError(f"{name.decode()} is longer than {_HEADER_BYTES_MAX} bytes")
    return found[0]


def _read_input(value: bytes) -> Signed:
    found = _INPUT.fullmatch(value)
    if found is None:
        raise MalformedError("signature-input is not in the one spelling of this profile")
    nonce = found["nonce"]
    return Signed(
        bytes.fromhex(found["keyid"].decode()),
        int(found["created"]),
        None if nonce is None else bytes.fromhex(nonce.decode()),
    )


def _read_signature(value: bytes) -> bytes:
    found = _SIGNATURE.fullmatch(value)
    signature = b64decode(found["value"]) if found else b""
    if found is None or b64encode(signature) != found["value"]:
        raise MalformedError("signature is not in the one spelling of this profile")
    return signature


def _digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def _parameters(signed: Signed) -> str:
    nonce = "" if signed.nonce is None else f';nonce="{signed.nonce.hex()}"'
    return f'{_COMPONENTS};created={signed.created_s};keyid="{signed.writer.hex()}"{nonce};tag="{TAG}"'


def _base(call: Call, digest: str, parameters: str) -> bytes:
    # A query string comes from the wire: a line break or a foreign byte in it must not reach the base.
    if not (call.target_uri.isascii() and call.target_uri.isprintable()):
        raise MalformedError("the target URI is not printable ASCII")
    return (
        f'"@method": {call.method}\n'
        f'"@target-uri": {call.target_uri}\n'
        f'"content-type": {call.content_type}\n'
        f'"content-digest": {digest}\n'
        f'"@signature-params": {parameters}'
    ).encode()


def _answers(signed: Signed, door: Door) -> bool:
    return signed.nonce is not None and door.answered(signed.writer, signed.nonce)
