"""What is stored, under which id (L14).

``<group>:seal:<writer>.<epoch>:<first seq>``            a branch seal: a second append at one place conflicts
``<group>:seal:<writer>.<epoch>:<first seq>:<SHA-256>``  a phone's seal, under the group that admitted its key
``<group>:returned:<epoch>:<first seq>:<SHA-256>``       a branch seal that a phone gave back (L15)
``<group>:claim:<writer>:<epoch>:<seq>:<head>``          a branch place that a phone holds, not the log
``<group>:back:<epoch>:<writer>``                        a phone with nothing more for a branch epoch
``<group>:text:<hash>``                                  a detached text (L4)
``<group>:evidence:<writer>.<epoch>:<seq>``              a receipt that contradicts its phone's log (L13, L16)
``~branch:group:<group>``                                a group that has been opened
``~branch:checkpoint:<number>``                          where the branch said that its logs end
``~branch:directory:<number>``                           areas, points and programmes as once exported
``~branch:restored:<number>``                            people said that the store is an older copy (L15)
``~branch:rollup:<day>:<number>``                        totals of the branch for a day, for those above it
``~branch:writer:<writer>`` ``<group>:summary``          derived: see ``service.derived``

Facts are never changed. Bytes are base64, integers stay below 2⁵³. ``~`` starts no group code, and unlike
``_`` it may start an id on CouchDB.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from hub.errors import DamagedError, StoreError
from protocol.checkpoint import number_claimed
from protocol.codec import decode_as
from protocol.evidence import Mark, read_evidence
from protocol.exchange import DetachedText
from protocol.ids import BranchTip, LogId
from protocol.seal import AnyHeader, seal_hash

Json = bool | int | str | list["Json"] | dict[str, "Json"] | None
Document = dict[str, Json]

SCHEMA = 1
"""Of everything above: the number that an engine keeps beside it, and a backup tells."""

BRANCH = "~branch:"
GROUPS = "~branch:group:"
WRITERS = "~branch:writer:"
DIRECTORIES = "~branch:directory:"
CHECKPOINTS = "~branch:checkpoint:"
RESTORATIONS = "~branch:restored:"
ROLLUPS = "~branch:rollup:"
DOCUMENT_BYTES_MAX = 4_000_000
_INTEGER_MAX = 2**53 - 1
_ID = re.compile(r"\A[A-Za-z0-9~][A-Za-z0-9._-]*:[A-Za-z0-9:._-]{1,400}\Z")


def document_id(document: Document) -> str:
    """The ``_id`` of a document; raises StoreError when it has none that every engine takes."""
    found = document.get("_id")
    if not isinstance(found, str) or not _ID.match(found):
        raise StoreError(f"a document needs an id of the form <group>:<kind>:…, not {found!r}")
    return found


def by_id(documents: Iterable[Document]) -> dict[str, Document]:
    """Documents under their ids, in the order in which they come; raises StoreError as ``document_id``."""
    return {document_id(document): document for document in documents}


def document_bytes(document: Document) -> bytes:
    """Canonical JSON; raises StoreError for what some engine would round, refuse or lose."""
    document_id(document)
    _check(document)
    raw = msgspec.json.encode(document, order="deterministic")
    if len(raw) > DOCUMENT_BYTES_MAX:
        raise StoreError(f"a document of {len(raw)} bytes is over {DOCUMENT_BYTES_MAX}")
    return raw


def seals_of_group(group: str) -> str:
    """Prefix of every seal stored for a group."""
    return f"{group}:seal:"


def seals_of_log(log: LogId) -> str:
    """Prefix of the seals of one log, in order of their first seq."""
    return f"{log.group}:seal:{log.writer.hex()}.{log.epoch}:"


def seals_of_branch(group: str, writer: bytes) -> str:
    """Prefix of the branch's own seals of every epoch; ``writer`` is the branch's."""
    return f"{group}:seal:{writer.hex()}."


def branch_place(doc_id: str) -> tuple[int, int]:
    """Epoch and first seq of a branch seal, by its id: ids of different epochs do not order by themselves."""
    log, seq = doc_id.rsplit(":", maxsplit=2)[-2:]
    return int(log.rsplit(".", maxsplit=1)[-1]), int(seq)


def branch_seal(log: LogId, first_seq: int, raw: bytes) -> Document:
    """A branch seal under its place."""
    return {"_id": f"{seals_of_log(log)}{first_seq:012d}", "seal": _text(raw)}


def phone_seal(group: str, header: AnyHeader, raw: bytes, writer: bytes | None = None) -> Document:
    """A phone's seal under the group that admitted its key, whatever group the header names (L9).

    ``writer`` is the signer where the header names the branch, under whose id only the branch's own may be.
    """
    log = LogId(group, writer or header.log.writer, header.log.epoch)
    return {"_id": f"{seals_of_log(log)}{header.first_seq:012d}:{seal_hash(raw).hex()}", "seal": _text(raw)}


def seal_writer(doc_id: str) -> bytes:
    """Writer under whose id a seal is stored; raises ValueError."""
    return bytes.fromhex(doc_id.split(":")[2].partition(".")[0])


def returned_of_group(group: str) -> str:
    """Prefix of the branch seals that phones of a group gave back."""
    return f"{group}:returned:"


def returned_seal(group: str, header: AnyHeader, raw: bytes) -> Document:
    """A branch seal that a phone gave back; its id leaves room for every side of an epoch (L15)."""
    place = f"{header.log.epoch}:{header.first_seq:012d}"
    return {"_id": f"{returned_of_group(group)}{place}:{seal_hash(raw).hex()}", "seal": _text(raw)}


def returned_place(doc_id: str) -> tuple[int, int]:
    """Epoch and first seq of a returned seal, by its id."""
    epoch, seq, _ = doc_id.rsplit(":", maxsplit=3)[-3:]
    return int(epoch), int(seq)


def claims_of_group(group: str) -> str:
    """Prefix of what phones of a group said that they hold, and its log does not."""
    return f"{group}:claim:"


def claim(group: str, writer: bytes, tip: BranchTip) -> Document:
    """A branch place that a phone signed that it holds: all of it is in the id."""
    place = f"{tip.epoch}:{tip.seq:012d}:{tip.head.hex()}"
    return {"_id": f"{claims_of_group(group)}{writer.hex()}:{place}"}


def claimed(doc_id: str) -> tuple[bytes, BranchTip]:
    """Writer and tip of a claim, by its id; raises ValueError."""
    writer, epoch, seq, head = doc_id.rsplit(":", maxsplit=4)[-4:]
    return bytes.fromhex(writer), BranchTip(int(epoch), int(seq), bytes.fromhex(head))


def backs_of_group(group: str) -> str:
    """Prefix of the phones that gave back all that they had, after a branch epoch was opened."""
    return f"{group}:back:"


def back(group: str, epoch: int, writer: bytes) -> Document:
    """A phone that had nothing more to give back."""
    return {"_id": f"{backs_of_group(group)}{epoch}:{writer.hex()}"}


def came_back(doc_id: str) -> tuple[int, bytes]:
    """Branch epoch and writer, by such an id; raises ValueError."""
    epoch, writer = doc_id.rsplit(":", maxsplit=2)[-2:]
    return int(epoch), bytes.fromhex(writer)


def restoration_listing(number: int, restoration: Json) -> Document:
    """A restoration as two people said it, under its number."""
    return {"_id": f"{RESTORATIONS}{number:08d}", "restoration": restoration, "digest": _digest(restoration)}


def rollup_listing(day: str, number: int, rollup: Json) -> Document:
    """A roll-up of a day (written 2025-12-17) under its number."""
    return {"_id": f"{ROLLUPS}{day}:{number:06d}", "rollup": rollup, "digest": _digest(rollup)}


def rollups_of_branch(branch: str) -> str:
    """Prefix of a branch's roll-ups where they travel, in a database that holds nothing else."""
    return f"{branch}:rollup:"


def travelling(branch: str, listing: Document) -> Document:
    """A roll-up as it leaves the branch: the same under an id that names the branch."""
    place = document_id(listing).removeprefix(ROLLUPS)
    return {**listing, "_id": f"{rollups_of_branch(branch)}{place}"}


def detached_text(group: str, text: DetachedText) -> Document:
    """A text that an entry names by its hash."""
    doc_id = f"{texts_of_group(group)}{text.hash.hex()}"
    return {"_id": doc_id, "salt": _text(text.salt), "text": _text(text.text)}


def texts_of_group(group: str) -> str:
    """Prefix of a group's detached texts."""
    return f"{group}:text:"


def group_listing(group: str) -> Document:
    """Says that a group has a branch log here."""
    return {"_id": f"{GROUPS}{group}", "group": group}


def directory_listing(number: int, directory: Json) -> Document:
    """The directory as it stands after its change of that number."""
    return {"_id": f"{DIRECTORIES}{number:08d}", "directory": directory, "digest": _digest(directory)}


def evidence_of_group(group: str) -> str:
    """Prefix of the evidence that households' receipts made against phones of a group."""
    return f"{group}:evidence:"


def evidence_of_log(group: str, log: LogId) -> str:
    """Prefix of such evidence about one phone's log."""
    return f"{evidence_of_group(group)}{log.writer.hex()}.{log.epoch}:"


def receipt_evidence(group: str, raw: bytes) -> Document:
    """Evidence of a receipt under the place that it is about, one for each; raises a ProtocolError."""
    marked = decode_as(read_evidence(raw).first, Mark, "mark").marked
    return {"_id": f"{evidence_of_log(group, marked.log)}{marked.seq:016d}", "evidence": _text(raw)}


def checkpoint_listing(raw: bytes) -> Document:
    """A checkpoint file under the number that it bears; raises a ProtocolError."""
    return {"_id": checkpoint_id(number_claimed(raw)), "checkpoint": _text(raw)}


def checkpoint_id(number: int) -> str:
    """Where the checkpoint of a number is."""
    return f"{CHECKPOINTS}{number:010d}"


def bytes_of(document: Document, field: str) -> bytes:
    """A bytes field; raises DamagedError when it is missing or not the one base64 spelling."""
    found = document.get(field)
    try:
        raw = base64.b64decode(found, validate=True) if isinstance(found, str) else None
    except (binascii.Error, ValueError):
        raw = None
    if raw is None or _text(raw) != found:
        raise DamagedError(document_id(document), f"no bytes in {field}")
    return raw


def text_of(document: Document) -> DetachedText:
    """The detached text that a document holds; raises DamagedError."""
    return DetachedText(bytes_of(document, "salt"), bytes_of(document, "text"))


def _digest(told: Json) -> str:
    return sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _check(value: Json) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _check(inner)
    elif isinstance(value, list):
        for inner in value:
            _check(inner)
    elif isinstance(value, int) and not -_INTEGER_MAX <= value <= _INTEGER_MAX:
        raise StoreError(f"the integer {value} is not exact on every engine: store it as a string")
