"""Whether each stored document is the one that its id says, judged by its own bytes."""

from collections.abc import Callable

from msgspec import Struct

from hub.documents import (
    CHECKPOINTS,
    DIRECTORIES,
    GROUPS,
    RESTORATIONS,
    ROLLUPS,
    Document,
    back,
    backs_of_group,
    branch_seal,
    bytes_of,
    came_back,
    checkpoint_listing,
    claim,
    claimed,
    claims_of_group,
    detached_text,
    directory_listing,
    evidence_of_group,
    group_listing,
    phone_seal,
    receipt_evidence,
    restoration_listing,
    returned_of_group,
    returned_seal,
    rollup_listing,
    seal_writer,
    seals_of_branch,
    seals_of_group,
    text_of,
    texts_of_group,
)
from hub.errors import StoreError
from hub.ports import Store
from protocol import seal as seals
from protocol.errors import ProtocolError
from protocol.ids import LogId


class Fault(Struct, frozen=True, order=True):
    """Something that does not hold: a document's id or a place in a group's log, and a stable code."""

    where: str
    code: str


def read_documents(
    store: Store, ids: tuple[str, ...], log: LogId | None
) -> tuple[list[Document], list[Fault]]:
    """Documents that are what their ids say, and a fault for each other; ``log`` is the group's own."""
    good, faults = [], []
    for doc_id in ids:
        try:
            document = store.get(doc_id)
            holds = document is not None and document == _expected(doc_id, document, log)
        except (StoreError, ProtocolError, ValueError):
            faults.append(Fault(doc_id, "unreadable"))
        else:
            if document is not None and holds:
                good.append(document)
            else:
                faults.append(Fault(doc_id, "misfiled"))
    return good, faults


def _expected(doc_id: str, document: Document, log: LogId | None) -> Document | None:
    """The document that these contents make; None for a kind that nothing here writes."""
    if log is None:
        return _of_the_branch(doc_id, document)
    group = log.group
    made: dict[str, Callable[[], Document]] = {
        claims_of_group(group): lambda: claim(group, *claimed(doc_id)),
        backs_of_group(group): lambda: back(group, *came_back(doc_id)),
        texts_of_group(group): lambda: detached_text(group, text_of(document)),
        evidence_of_group(group): lambda: receipt_evidence(group, bytes_of(document, "evidence")),
        returned_of_group(group): lambda: returned_seal(group, *_seal(document)),
        seals_of_branch(group, log.writer): lambda: _own(*_seal(document)),
        seals_of_group(group): lambda: _of_a_phone(doc_id, log, *_seal(document)),
    }
    return next((make() for prefix, make in made.items() if doc_id.startswith(prefix)), None)


def _of_the_branch(doc_id: str, document: Document) -> Document | None:
    day, number = doc_id.split(":")[-2:]
    if doc_id.startswith(GROUPS):
        return group_listing(number)
    made: dict[str, Callable[[], Document]] = {
        CHECKPOINTS: lambda: checkpoint_listing(bytes_of(document, "checkpoint")),
        DIRECTORIES: lambda: directory_listing(int(number), document.get("directory")),
        RESTORATIONS: lambda: restoration_listing(int(number), document.get("restoration")),
        ROLLUPS: lambda: rollup_listing(day, int(number), document.get("rollup")),
    }
    return next((make() for prefix, make in made.items() if doc_id.startswith(prefix)), None)


def _seal(document: Document) -> tuple[seals.AnyHeader, bytes]:
    raw = bytes_of(document, "seal")
    return seals.read(raw).header, raw


def _of_a_phone(doc_id: str, log: LogId, header: seals.AnyHeader, raw: bytes) -> Document:
    """A phone's seal; one that names the branch as its writer is under another's id (L9)."""
    signer = seal_writer(doc_id) if header.log.writer == log.writer else None
    return phone_seal(log.group, header, raw, signer)


def _own(header: seals.AnyHeader, raw: bytes) -> Document:
    return branch_seal(header.log, header.first_seq, raw)
