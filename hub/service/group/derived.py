"""Caches that are made from seals at any time: one summary per group, one card per writer.

``<group>:summary``      what the group's log holds, counted; good for one branch head
``~branch:writer:<id>``  the groups that ever admitted a key, to find a seal that names the wrong group (L9)
"""

from collections.abc import Iterable

from hub.documents import (
    WRITERS,
    Document,
    Json,
    branch_place,
    bytes_of,
    document_id,
    seals_of_branch,
    seals_of_group,
)
from hub.errors import DamagedError
from hub.ports import Store
from hub.service.group.restating import unrestated
from hub.service.group.state import GroupState
from hub.service.group.stops import evidence_against
from protocol.errors import ProtocolError
from protocol.seal import read


def summary_id(group: str) -> str:
    """Id of a group's summary."""
    return f"{group}:summary"


def summary(state: GroupState) -> Document:
    """What a group's log holds: its head, and how many of what."""
    return {
        "_id": summary_id(state.group),
        "head": state.log.head.hex() if state.log.head else "",
        "epoch": state.log.log.epoch,
        "seq": state.log.length,
        "length": len(state.log.entries),
        "phone_seals": len(state.phone_seals),
        "unreceived": sum(seal.received is None for seal in state.phone_seals),
        "aside": sum(seal.aside is not None for seal in state.phone_seals),
        "forks": sum(len(phone.forks) for phone in state.phones.values()),
        "lost": len(unrestated(state).all),
        "brought": len(state.stored.lost) + len(state.claims) + len(state.back),
        "against": evidence_against(state) or "",
    }


def publish(store: Store, state: GroupState) -> None:
    """Bring a group's summary, and the cards of its writers, up to this state."""
    _put(store, summary(state))
    for writer in state.writers:
        _put(store, _card(writer, {state.group, *groups_admitting(store, writer)}))


def groups_admitting(store: Store, writer: bytes) -> tuple[str, ...]:
    """Groups on a writer's card, ascending; none for a writer without one."""
    card = store.get_derived(f"{WRITERS}{writer.hex()}")
    found = card["groups"] if card else ()
    return tuple(str(group) for group in found) if isinstance(found, list) else ()


def is_current(store: Store, group: str, writer: bytes) -> bool:
    """Say whether a group's summary is that of what is stored, and nothing in it waits to be received."""
    ids = store.ids(seals_of_group(group))
    branch_ids = [doc_id for doc_id in ids if doc_id.startswith(seals_of_branch(group, writer))]
    known = store.get_derived(summary_id(group))
    newest = store.get(max(branch_ids, key=branch_place)) if branch_ids else None
    if known is None or newest is None:
        return False
    try:
        head = read(bytes_of(newest, "seal")).header.head.hex()
    except ProtocolError as error:
        raise DamagedError(document_id(newest), str(error)) from error
    counted = known["head"], known["phone_seals"], known["unreceived"], known["lost"]
    return counted == (head, len(ids) - len(branch_ids), 0, 0)


def rebuild(store: Store, states: Iterable[GroupState]) -> int:
    """Make every derived document again from the facts; returns their number."""
    store.drop_derived()
    documents = derive(states)
    for document in documents.values():
        store.put_derived(document)
    return len(documents)


def derive(states: Iterable[GroupState]) -> dict[str, Document]:
    """Every derived document of these groups, by id: what a rebuild writes."""
    found: dict[str, Document] = {}
    admitted: dict[bytes, set[str]] = {}
    for state in states:
        found[summary_id(state.group)] = summary(state)
        for writer in state.writers:
            admitted.setdefault(writer, set()).add(state.group)
    cards = (_card(writer, groups) for writer, groups in admitted.items())
    return found | {document_id(card): card for card in cards}


def _card(writer: bytes, groups: set[str]) -> Document:
    return {"_id": f"{WRITERS}{writer.hex()}", "groups": list[Json](sorted(groups))}


def _put(store: Store, document: Document) -> None:
    if store.get_derived(document_id(document)) != document:
        store.put_derived(document)
