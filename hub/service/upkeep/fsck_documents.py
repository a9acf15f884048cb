"""Whether each stored document is the one that its id says, judged by its own bytes."""

from msgspec import Struct

from hub.documents import (
    DIRECTORIES,
    GROUPS,
    Document,
    branch_seal,
    bytes_of,
    detached_text,
    directory_listing,
    group_listing,
    phone_seal,
    seals_of_group,
    seals_of_log,
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
        except (StoreError, ProtocolError):
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
        if doc_id.startswith(DIRECTORIES) and (number := doc_id.removeprefix(DIRECTORIES)).isdecimal():
            return directory_listing(int(number), document.get("directory"))
        return group_listing(doc_id.removeprefix(GROUPS)) if doc_id.startswith(GROUPS) else None
    if doc_id.startswith(texts_of_group(log.group)):
        return detached_text(log.group, text_of(document))
    if not doc_id.startswith(seals_of_group(log.group)):
        return None
    raw = bytes_of(document, "seal")
    header = seals.read(raw).header
    if doc_id.startswith(seals_of_log(log)):
        return branch_seal(log, header.first_seq, raw)
    return phone_seal(log.group, header, raw)
