"""The household's receipt: a mark that proves it, and what its QR code carries (L13).

An offline check needs the root key only. It knows nothing of revocation, and nothing of whether the branch has
received the entry: that is the online answer ``Received``.
"""

import base64
import binascii

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import genesis, link
from protocol.codec import decode_as, encode
from protocol.entries import Entry, decode_entry
from protocol.errors import MalformedError, UntrustedKeyError
from protocol.ids import Hash, LogId, Seq
from protocol.keys import read_statement, writer_id
from protocol.ports import Signer, Verifier
from protocol.trust_facts import WriterAdmitted

_SIGNED = b"tovay/receipt/1\0"
_PREFIX = "TOVAY1:"
QR_TEXT_MAX = 2_000


class Marked(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a mark signs: the entry in its place."""

    log: LogId
    seq: Seq
    previous: Hash
    entry: bytes


class ReceiptProof(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The QR code's content: the marked entry, the seal that admitted its writer, that seal's key statement."""

    marked: Marked
    mark: bytes
    admitted: bytes
    statement: bytes


def mark(marked: Marked, signer: Signer) -> bytes:
    """The writer's signature, made right after the commit and kept with the entry."""
    return signer.sign(_SIGNED + encode(marked))


def check_mark(marked: Marked, signature: bytes, spki: bytes, verifier: Verifier) -> None:
    """Raise BadSignatureError unless the writer with this key signed exactly this place."""
    verifier.verify(spki, signature, _SIGNED + encode(marked))


def write_qr(proof: ReceiptProof) -> str:
    """Text of the QR code, in its alphanumeric alphabet; raises MalformedError when over the limit."""
    text = _PREFIX + base64.b32encode(encode(proof)).decode().rstrip("=")
    if len(text) > QR_TEXT_MAX:
        message = f"a receipt of {len(text)} characters does not fit its QR code of {QR_TEXT_MAX}"
        raise MalformedError(message)
    return text


def read_qr(text: str) -> ReceiptProof:
    """Content of a scanned code; raises MalformedError. Nothing in it is trusted yet."""
    body = text.removeprefix(_PREFIX)
    if body == text or len(text) > QR_TEXT_MAX:
        message = "this is not a receipt's code"
        raise MalformedError(message)
    try:
        raw = base64.b32decode(body + "=" * (-len(body) % 8))
    except binascii.Error as error:
        message = f"the receipt's code is damaged: {error}"
        raise MalformedError(message) from error
    return decode_as(raw, ReceiptProof, "receipt")


def check_offline(proof: ReceiptProof, root_spki: bytes, verifier: Verifier) -> Entry:
    """The entry that the branch's own phone really signed; raises a ProtocolError otherwise.

    Steps: 1 the root stated the branch key; 2 that key sealed the admission; 3 the admission names the marking
    writer's log; 4 the mark verifies under the admitted key.
    """
    statement = read_statement(proof.statement, root_spki, verifier)
    admitted_seal = seals.read(proof.admitted)
    if statement.purpose != "log" or admitted_seal.header.log.writer != writer_id(root_spki):
        message = "the receipt names a key or a log that is not the branch's"
        raise UntrustedKeyError(message)
    seals.verify(admitted_seal, statement.spki, verifier)
    admission = decode_entry(seals.unpack(admitted_seal).entries[0])
    log = proof.marked.log
    if (
        not isinstance(admission, WriterAdmitted)
        or admission.writer != writer_id(admission.spki)
        or (log.group, log.writer, log.epoch) != (admitted_seal.header.log.group, admission.writer, admission.epoch)
    ):
        message = "the receipt's writer is not the one that the branch admitted"
        raise UntrustedKeyError(message)
    check_mark(proof.marked, proof.mark, admission.spki, verifier)
    return decode_entry(proof.marked.entry)


def marked_hash(marked: Marked) -> bytes:
    """Chain hash that this place must have; another hash at it is fork evidence (L13, L16)."""
    return link(marked.previous, marked.entry)


def phone_genesis(root_spki: bytes, admission: bytes) -> bytes:
    """``h_0`` of a phone's log from the bytes of its ``WriterAdmitted``."""
    return genesis(root_spki, admission)
