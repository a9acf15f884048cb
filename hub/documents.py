"""What is stored, under which id (L14).

``<group>:seal:<writer>.<epoch>:<first seq>``            a branch seal: a second append at one place conflicts
``<group>:seal:<writer>.<epoch>:<first seq>:<SHA-256>``  a phone's seal, under the group that admitted its key
``<group>:text:<hash>``                                  a detached text (L4)
``~branch:group:<group>``                                a group that has been opened
``~branch:directory:<number>``                           areas, points and programmes as once exported
``~branch:writer:<writer>`` ``<group>:summary``          derived: see ``service.derived``

Facts are never changed. Bytes are base64, integers stay below 2⁵³. ``~`` starts no group code, and unlike
``_`` it may start an id on CouchDB.
"""

import base64
import binascii
import re
from hashlib import sha256

import msgspec

from hub.errors import DamagedError, StoreError
from protocol.exchange import DetachedText
from protocol.ids import LogId
from protocol.seal import AnyHeader, seal_hash

Json = bool | int | str | list["Json"] | dict[str, "Json"] | None
Document = dict[str, Json]

GROUPS = "~branch:group:"
WRITERS = "~branch:writer:"
DIRECTORIES = "~branch:directory:"
DOCUMENT_BYTES_MAX = 4_000_000
_INTEGER_MAX = 2**53 - 1
_ID = re.compile(r"\A[A-Za-z0-9~][A-Za-z0-9._-]*:[A-Za-z0-9:._-]{1,400}\Z")


def document_id(document: Document) -> str:
    """The ``_id`` of a document; raises StoreError when it has none that every engine takes."""
    found = document.get("_id")
    if not isinstance(found, str) or not _ID.match(found):
        raise StoreError(f"a document needs an id of the form <group>:<kind>:…, not {found!r}")
    return found


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


def branch_seal(log: LogId, first_seq: int, raw: bytes) -> Document:
    """A branch seal under its place."""
    return {"_id": f"{seals_of_log(log)}{first_seq:012d}", "seal": _text(raw)}


def phone_seal(group: str, header: AnyHeader, raw: bytes) -> Document:
    """A phone's seal under the group that admitted its key, whatever group the header names (L9)."""
    log = LogId(group, header.log.writer, header.log.epoch)
    return {"_id": f"{seals_of_log(log)}{header.first_seq:012d}:{seal_hash(raw).hex()}", "seal": _text(raw)}


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
    digest = sha256(msgspec.json.encode(directory, order="deterministic")).hexdigest()
    return {"_id": f"{DIRECTORIES}{number:08d}", "directory": directory, "digest": digest}


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
