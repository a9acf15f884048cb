r"""Seals: one signature over a batch of entries (L6–L9).

A seal travels as the canonical array ``[header, signature, body]`` of byte strings. It is read in this order,
and nothing later is touched before the earlier step stands:

1. ``read``      bounds, canonical envelope, the seven header fields that every version has
2. ``verify``    signature over ``"tovay/seal/1\0" ‖ header``, then the digest of the body as carried
3. ``unpack``    version, bounded decompression, split into entries, count, chain from previous head to head
"""

import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, TypeVar

from msgspec import Meta, Struct

from protocol import columnar
from protocol.chain import Run, links
from protocol.codec import decode_as, encode, split
from protocol.day import Instant
from protocol.errors import BadSignatureError, LimitError, MalformedError, UnpackError
from protocol.ids import BranchTip, Hash, LogId, Number, Seq, Signature
from protocol.limits import (
    HEADER_BYTES_MAX,
    SEAL_BODY_BYTES_MAX,
    SEAL_BYTES_MAX,
    SEAL_ENTRIES_MAX,
    SEAL_INFLATED_BYTES_MAX,
)
from protocol.ports import Signer, Verifier

VERSION = 1
ENCODING_ZLIB = 0
ENCODING_COLUMNS = 1
ENCODING = ENCODING_COLUMNS
"""The newest body encoding that this release reads and writes."""

RULES_VERSION = 1
Encoding = Annotated[int, Meta(ge=0, le=255)]
T = TypeVar("T")
_SIGNED = b"tovay/seal/1\0"


class AnyHeader(Struct, frozen=True, array_like=True):
    """The seven fields that start the header of every version; what follows is signed all the same."""

    version: Number
    log: LogId
    first_seq: Seq
    count: Number
    previous: Hash
    head: Hash
    digest: Hash


class Header(Struct, frozen=True, array_like=True):
    """Header of version 1. ``known`` is nil in a branch seal; ``wall_clock`` is a claim (L6)."""

    version: Number
    log: LogId
    first_seq: Seq
    count: Number
    previous: Hash
    head: Hash
    digest: Hash
    encoding: Encoding
    known: BranchTip | None
    rules: Number
    wall_clock: Instant


class Envelope(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The three byte strings of a seal."""

    header: bytes
    signature: Signature
    body: bytes


class SealRead(Struct, frozen=True):
    """A seal whose envelope was read; nothing in it is trusted yet."""

    raw: bytes
    envelope: Envelope
    header: AnyHeader


class SealedRun(Struct, frozen=True):
    """An unpacked seal: version-1 header, the bytes of its entries and their chain hashes."""

    header: Header
    entries: tuple[bytes, ...]
    hashes: tuple[bytes, ...]

    @property
    def run(self) -> Run:
        """The chain hashes, ready for ``chain.fit``."""
        return Run(self.header.first_seq, self.header.previous, self.hashes)


class Cut(Struct, frozen=True, kw_only=True):
    """What to seal: consecutive entries of one log."""

    log: LogId
    first_seq: int
    previous: bytes
    entries: tuple[bytes, ...]
    known: BranchTip | None
    wall_clock: int


def read(raw: bytes) -> SealRead:
    """Step 1: envelope and common header; raises MalformedError or LimitError."""
    if len(raw) > SEAL_BYTES_MAX:
        raise LimitError(f"a seal of {len(raw)} bytes is over {SEAL_BYTES_MAX}")
    envelope = decode_as(raw, Envelope, "seal")
    if len(envelope.header) > HEADER_BYTES_MAX:
        raise LimitError(f"a seal header of {len(envelope.header)} bytes is over {HEADER_BYTES_MAX}")
    return SealRead(raw, envelope, decode_as(envelope.header, AnyHeader, "seal header"))


def verify(seal: SealRead, spki: bytes, verifier: Verifier) -> None:
    """Step 2: signature and body digest; raises BadSignatureError. Decompresses nothing."""
    verifier.verify(spki, seal.envelope.signature, _SIGNED + seal.envelope.header)
    if digest(seal.envelope.body) != seal.header.digest:
        raise BadSignatureError("the body is not the one that was signed")


def unpack(seal: SealRead) -> SealedRun:
    """Step 3: entries and chain; raises UnpackError. The entries themselves are not decoded here."""
    if seal.header.version != VERSION:
        raise UnpackError("version", f"seal version {seal.header.version} is not known here")
    header = _at("header", lambda: decode_as(seal.envelope.header, Header, "seal header"))
    entries = open_body(header.encoding, seal.envelope.body, header.count)
    if len(entries) != header.count:
        raise UnpackError("count", f"the header counts {header.count} entries, the body has {len(entries)}")
    hashes = links(header.previous, entries)
    if hashes[-1] != header.head:
        raise UnpackError("chain", "the entries do not lead from the previous head to the head")
    return SealedRun(header, entries, hashes)


def make(cut: Cut, signer: Signer, newest: int = ENCODING_ZLIB) -> bytes:
    """Bytes of a new seal, to be committed before they are sent (L7); raises LimitError.

    ``newest`` is the newest body encoding that every reader knows, as the branch says; of the encodings up to
    it, the one with the shortest body is written.
    """
    if not 0 < len(cut.entries) <= SEAL_ENTRIES_MAX:
        raise LimitError(f"a seal has 1 to {SEAL_ENTRIES_MAX} entries, not {len(cut.entries)}")
    encoding, body = _packed(cut.entries, newest)
    if sum(map(len, cut.entries)) > SEAL_INFLATED_BYTES_MAX or len(body) > SEAL_BODY_BYTES_MAX:
        raise LimitError(f"a seal body of {len(body)} bytes is over the limit: seal fewer entries")
    header = encode(
        Header(
            version=VERSION,
            log=cut.log,
            first_seq=cut.first_seq,
            count=len(cut.entries),
            previous=cut.previous,
            head=links(cut.previous, cut.entries)[-1],
            digest=digest(body),
            encoding=encoding,
            known=cut.known,
            rules=RULES_VERSION,
            wall_clock=cut.wall_clock,
        )
    )
    return encode(Envelope(header, signer.sign(_SIGNED + header), body))


def open_body(encoding: int, body: bytes, likely: int = 0) -> tuple[bytes, ...]:
    """The entries of a body, canonical values, none of them decoded; raises UnpackError.

    It opens faster when it has as many as is ``likely``.
    """
    if len(body) > SEAL_BODY_BYTES_MAX:
        raise UnpackError("body", f"a seal body of {len(body)} bytes is over {SEAL_BODY_BYTES_MAX}")
    if encoding == ENCODING_COLUMNS:
        return _at("body", lambda: columnar.unpack(body))
    if encoding == ENCODING_ZLIB:
        plain = _inflate(body)
        return _at("body", lambda: split(plain, SEAL_ENTRIES_MAX, likely))
    raise UnpackError("encoding", f"body encoding {encoding} is not known here")


def digest(body: bytes) -> bytes:
    """What a header says of a body as carried."""
    return sha256(body).digest()


def seal_hash(raw: bytes) -> bytes:
    """SHA-256 of a seal's bytes: part of the id under which a phone's seal is stored (L14)."""
    return sha256(raw).digest()


def _at(step: str, read_it: Callable[[], T]) -> T:
    try:
        return read_it()
    except MalformedError as error:
        raise UnpackError(step, str(error)) from error


def _packed(entries: tuple[bytes, ...], newest: int) -> tuple[int, bytes]:
    found = [(ENCODING_ZLIB, zlib.compress(b"".join(entries), 9))]
    if newest >= ENCODING_COLUMNS:
        found.append((ENCODING_COLUMNS, columnar.pack(entries)))
    return min(found, key=lambda one: len(one[1]))


def _inflate(body: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(body, SEAL_INFLATED_BYTES_MAX + 1)
    except zlib.error as error:
        raise UnpackError("body", f"the body does not decompress: {error}") from error
    if not inflater.eof or inflater.unused_data or len(plain) > SEAL_INFLATED_BYTES_MAX:
        raise UnpackError("body", "the body is cut, too large, or followed by other bytes")
    return plain
