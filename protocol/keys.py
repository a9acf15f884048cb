"""Keys that the offline root states, and the voucher that pins the root (L17).

The voucher pins the root key and nothing else. The root signs numbered key statements per (branch, purpose);
they travel with every branch log. A phone refuses a lower number and never compares validity with its clock.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from protocol.codec import decode_as, encode
from protocol.day import Instant
from protocol.entries import Entry
from protocol.errors import UntrustedKeyError
from protocol.ids import Code, Hash, Number, Signature, WriterId
from protocol.ports import Signer, Verifier
from protocol.trust_facts import Spki, WriterAdmitted

_SIGNED = b"tovay/key/1\0"
_DIGITS = b"tovay/digits/1\0"
VERSION = 1
ALGORITHM = "ed25519"


class KeyStatement(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One key of a branch. ``number`` is dense per (branch, purpose); the times are for people only.

    Purposes are ``log`` (ed25519), ``bundle`` (x25519) and ``authority`` (p256); a reader passes over others.
    """

    version: Literal[1]
    branch: Code
    purpose: Code
    number: Number
    algorithm: Code
    spki: Spki
    valid_from: Instant
    valid_until: Instant
    supersedes: Hash | None


class SignedStatement(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A key statement as it travels: the canonical bytes of it and the root's signature."""

    statement: bytes
    signature: Signature


def writer_id(spki: bytes) -> WriterId:
    """Name of a writer: first 10 bytes of SHA-256 of its SPKI; the branch's is its root's, for ever (L1)."""
    return sha256(spki).digest()[:10]


def fingerprint(root_spki: bytes) -> bytes:
    """What a voucher pins: SHA-256 of the root's SPKI, 32 bytes."""
    return sha256(root_spki).digest()


def state_key(statement: KeyStatement, root: Signer) -> bytes:
    """Bytes of a signed key statement; made where the root key is, offline."""
    body = encode(statement)
    return encode(SignedStatement(body, root.sign(_SIGNED + body)))


def statement_digest(signed: bytes) -> bytes:
    """How a branch epoch names the statement of its key."""
    return sha256(signed).digest()


def read_statement(signed: bytes, root_spki: bytes, verifier: Verifier) -> KeyStatement:
    """A statement that the root signed; raises MalformedError or BadSignatureError."""
    outer = decode_as(signed, SignedStatement, "key statement")
    verifier.verify(root_spki, outer.signature, _SIGNED + outer.statement)
    return decode_as(outer.statement, KeyStatement, "key statement")


def signs_logs(statement: KeyStatement) -> bool:
    """Say whether the stated key is one that branch seals verify under."""
    return statement.purpose == "log" and statement.algorithm == ALGORITHM


def admission(entry: Entry) -> WriterAdmitted:
    """The entry as one whose key a reader verifies with (L1).

    Raises:
        UntrustedKeyError: it admits nobody, it names a writer that its key does not bear, or its algorithm is
            not known here.
    """
    if not isinstance(entry, WriterAdmitted):
        raise UntrustedKeyError("the entry admits nobody")
    if entry.writer != writer_id(entry.spki) or entry.algorithm != ALGORITHM:
        raise UntrustedKeyError(f"no {entry.algorithm} key of writer {entry.writer.hex()} is admitted here")
    return entry


def newest(statements: Iterable[KeyStatement], branch: str, purpose: str, least: int = 0) -> KeyStatement:
    """The statement with the highest number, refused below ``least`` (the highest ever seen), L17.

    Raises:
        UntrustedKeyError: none is stated, or only ones that were superseded before.
    """
    found = [s for s in statements if s.branch == branch and s.purpose == purpose]
    best = max(found, key=lambda s: s.number, default=None)
    if best is None or best.number < least:
        raise UntrustedKeyError(f"no {purpose} key of branch {branch} is stated from number {least} on")
    return best


def comparison_digits(device_spki: bytes, root_spki: bytes, nonce: bytes) -> str:
    """Six digits that two people compare: phone key, root, and the hub's later nonce (L17)."""
    digest = sha256(_DIGITS + encode((device_spki, root_spki, nonce))).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"
