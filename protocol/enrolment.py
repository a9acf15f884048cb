"""Enrolment of a phone: the messages between it and the hub (L17).

1. The phone sends the voucher's secret, its public key and a proof that it holds the private half
   (``EnrolRequest``; a native host adds a CSR).
2. The hub answers with the root, the key statements, its nonce, and its own signature (``EnrolReply``). The
   phone trusts the answer only when the voucher pins the root and the root states the key that signed it: so
   nobody in between can choose the nonce until six digits collide.
3. Two people compare six digits; the branch admits the writer; the phone asks for its certificate with a
   signed request (``protocol.request``) until the answer is no longer 202 (``CertificateReply``).
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from protocol.codec import Salt, decode_as, encode
from protocol.errors import LimitError, UntrustedKeyError
from protocol.ids import Code, GroupCode, Ordinal, Signature
from protocol.keys import comparison_digits, fingerprint, newest, read_statement, signs_logs
from protocol.limits import KEY_STATEMENTS_MAX
from protocol.ports import Signer, Verifier
from protocol.trust_facts import Spki, StatementBytes

VERSION: Final = 1
PATH = "/v1/enrol"
CERTIFICATE_PATH = "/v1/enrol/certificate"
CONTENT_TYPE = "application/vnd.tovay.enrolment"
REQUEST_BYTES_MAX = 4_096
REPLY_BYTES_MAX = 80_000
CSR_BYTES_MAX = 2_048
CERTIFICATE_BYTES_MAX = 4_096
_PROOF = b"tovay/enrol/1\0"
_ANSWER = b"tovay/enrolled/1\0"

Secret = Annotated[str, Meta(pattern=r"\A[0-9A-HJKMNP-TV-Z]{13}\Z")]
"""The voucher's secret as 13 Crockford characters."""

_Certificate = Annotated[bytes, Meta(min_length=64, max_length=CERTIFICATE_BYTES_MAX)]


class EnrolRequest(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A phone's claim to a voucher; ``csr`` is nil from a browser."""

    version: Literal[1]
    secret: Secret
    spki: Spki
    csr: Annotated[bytes, Meta(min_length=64, max_length=CSR_BYTES_MAX)] | None
    proof: Signature


class Enrolled(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the hub says about a phone that waits; ``nonce`` was drawn after the phone's key had come."""

    device: Code
    spki: Spki
    root: Spki
    nonce: Salt
    group: GroupCode
    branch: Code


class EnrolReply(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The canonical bytes of ``Enrolled``, the branch's signature over them, and what proves its key."""

    version: Literal[1]
    enrolled: bytes
    signature: Signature
    statements: Annotated[tuple[StatementBytes, ...], Meta(max_length=KEY_STATEMENTS_MAX)]


class CertificateRequest(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Asks for the certificate of the device that signed the request, also to renew it."""

    version: Literal[1]


class CertificateReply(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The phone is admitted. Both certificates are DER, and nil for a phone that sent no CSR."""

    version: Literal[1]
    certificate: _Certificate | None
    authority: _Certificate | None
    group: GroupCode
    ordinal: Ordinal


def write_enrol_request(secret: str, csr: bytes | None, signer: Signer) -> bytes:
    """Body of ``POST /v1/enrol``."""
    proof = signer.sign(_PROOF + encode((secret, signer.spki)))
    return encode(EnrolRequest(VERSION, secret, signer.spki, csr, proof))


def read_enrol_request(raw: bytes, verifier: Verifier) -> EnrolRequest:
    """A claim whose key is held by its sender; raises MalformedError, LimitError or BadSignatureError."""
    request = decode_as(_bounded(raw, REQUEST_BYTES_MAX), EnrolRequest, "enrolment request")
    verifier.verify(request.spki, request.proof, _PROOF + encode((request.secret, request.spki)))
    return request


def write_enrol_reply(enrolled: Enrolled, statements: tuple[bytes, ...], branch: Signer) -> bytes:
    """Body of the answer, signed by the branch's log key."""
    body = encode(enrolled)
    return encode(EnrolReply(VERSION, body, branch.sign(_ANSWER + body), statements))


def read_enrol_reply(
    raw: bytes, spki: bytes, pins: Callable[[bytes], bool], verifier: Verifier
) -> tuple[Enrolled, tuple[bytes, ...]]:
    """The answer to the phone with key ``spki``, and the key statements that prove it, all verified.

    Steps: 1 the voucher pins the root (``pins`` takes its fingerprint); 2 the root made every statement;
    3 the newest log key of that branch signed the answer; 4 the answer is about this phone's key.

    Raises:
        MalformedError, LimitError: not an answer in its one spelling.
        BadSignatureError: a signature does not stand.
        UntrustedKeyError: another root, another phone, or no stated key.
    """
    reply = decode_as(_bounded(raw, REPLY_BYTES_MAX), EnrolReply, "enrolment reply")
    enrolled = decode_as(reply.enrolled, Enrolled, "enrolment reply")
    if not pins(fingerprint(enrolled.root)):
        raise UntrustedKeyError("the voucher pins another root")
    stated = [read_statement(raw, enrolled.root, verifier) for raw in reply.statements]
    branch_key = newest(filter(signs_logs, stated), enrolled.branch, "log").spki
    verifier.verify(branch_key, reply.signature, _ANSWER + reply.enrolled)
    if enrolled.spki != spki:
        raise UntrustedKeyError("the answer is about another phone")
    return enrolled, reply.statements


def digits(enrolled: Enrolled) -> str:
    """The six digits that the phone shows and the branch compares."""
    return comparison_digits(enrolled.spki, enrolled.root, enrolled.nonce)


def write_certificate_request() -> bytes:
    """Body of ``POST /v1/enrol/certificate``; the request is signed, with a nonce."""
    return encode(CertificateRequest(VERSION))


def read_certificate_request(raw: bytes) -> CertificateRequest:
    """Raises MalformedError or LimitError."""
    return decode_as(_bounded(raw, REQUEST_BYTES_MAX), CertificateRequest, "certificate request")


def write_certificate_reply(reply: CertificateReply) -> bytes:
    """Body of the 200 answer."""
    return encode(reply)


def read_certificate_reply(raw: bytes) -> CertificateReply:
    """Raises MalformedError or LimitError; the certificates in it are for the HTTP door only."""
    return decode_as(_bounded(raw, REPLY_BYTES_MAX), CertificateReply, "certificate reply")


def _bounded(raw: bytes, limit: int) -> bytes:
    if len(raw) > limit:
        raise LimitError(f"an enrolment message of {len(raw)} bytes is over {limit}")
    return raw
