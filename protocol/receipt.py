"""The household's receipt: a mark that proves it, and what its QR code carries (L13).

An offline check needs the root key only. It knows nothing of revocation, and nothing of whether the branch
has received the entry: that is the online answer ``Received``.
"""

from msgspec import Struct

from protocol import seal as seals
from protocol.chain import link
from protocol.codec import decode_as, encode
from protocol.entries import Entry, decode_entry, is_phones
from protocol.errors import MalformedError, UntrustedKeyError
from protocol.ids import Hash, LogId, Seq, Signature
from protocol.keys import admission, read_statement, signs_logs, writer_id
from protocol.ports import Signer, Verifier
from protocol.qr import read_text, write_text

_SIGNED = b"tovay/receipt/1\0"
QR_PREFIX = "TOVAY-R1:"


class Marked(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a mark signs: the entry in its place."""

    log: LogId
    seq: Seq
    previous: Hash
    entry: bytes


class ReceiptProof(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The code's content: the marked entry, the seal that admitted its writer, that seal's key statement."""

    marked: Marked
    mark: Signature
    admitted: bytes
    statement: bytes


def mark(marked: Marked, signer: Signer) -> bytes:
    """The writer's signature, made right after the commit and kept with the entry."""
    return signer.sign(_SIGNED + encode(marked))


def check_mark(marked: Marked, signature: bytes, spki: bytes, verifier: Verifier) -> None:
    """Raise BadSignatureError unless the writer with this key signed exactly this place."""
    verifier.verify(spki, signature, _SIGNED + encode(marked))


def write_qr(proof: ReceiptProof) -> str:
    """Text of the QR code; raises LimitError when the entry is too large for one."""
    return write_text(QR_PREFIX, encode(proof))


def read_qr(text: str) -> ReceiptProof:
    """Content of a scanned code; raises MalformedError. Nothing in it is trusted yet."""
    return decode_as(read_text(QR_PREFIX, text), ReceiptProof, "receipt")


def check_offline(proof: ReceiptProof, root_spki: bytes, verifier: Verifier) -> Entry:
    """The entry that the branch's own phone really signed; raises a ProtocolError otherwise.

    Steps: 1 the root stated the branch key; 2 that key sealed the admission; 3 the admission stands alone in
    its seal and names the marking writer's log; 4 the mark verifies under the admitted key; 5 what it marks
    is an entry that a phone may say.
    """
    statement = read_statement(proof.statement, root_spki, verifier)
    sealed = seals.read(proof.admitted)
    if not signs_logs(statement) or sealed.header.log.writer != writer_id(root_spki):
        raise UntrustedKeyError("the receipt names a key or a log that is not the branch's")
    seals.verify(sealed, statement.spki, verifier)
    entries = seals.unpack(sealed).entries
    if len(entries) != 1:
        raise UntrustedKeyError("the receipt brings an admission that was not sealed alone")
    admitted = admission(decode_entry(entries[0]))
    if proof.marked.log != LogId(sealed.header.log.group, admitted.writer, admitted.epoch):
        raise UntrustedKeyError("the receipt's writer is not the one that the branch admitted")
    check_mark(proof.marked, proof.mark, admitted.spki, verifier)
    entry = decode_entry(proof.marked.entry)
    if not is_phones(entry):
        raise MalformedError("what the receipt marks is nothing that a phone says")
    return entry


def marked_hash(marked: Marked) -> bytes:
    """Chain hash that this place must have; another hash at it is fork evidence (L13, L16)."""
    return link(marked.previous, marked.entry)
