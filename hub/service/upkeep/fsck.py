"""Verifies everything that is stored again, from its bytes: nothing that was computed before is believed.

1. the engine's own check of its files
2. each document is the one that its id says (``fsck_documents``)
3. each group's branch log and phone logs verify from the pinned root (``group_state``)
4. what each log says about money follows from what stands before it (``fsck_books``)
5. branch-wide decisions are the same in every group (L12)
6. derived documents are what a rebuild would write; older ones are told, and are no fault
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from calc.states import cash_of, states
from hub.documents import GROUPS, Document, by_id, document_id
from hub.errors import DamagedError, StoreError
from hub.ports import SCAN_MAX, Store
from hub.service.group.derived import derive
from hub.service.group.groups import Groups
from hub.service.group.known import stored_facts
from hub.service.group.restating import unrestated
from hub.service.group.state import GroupState, fold_group
from hub.service.group.stops import CONTRADICTED
from hub.service.group.waiting import unseen_entries, unseen_seals
from hub.service.phones.texts import text_hashes
from hub.service.upkeep.fsck_books import check_books
from hub.service.upkeep.fsck_documents import Fault, read_documents
from protocol.ids import LogId
from protocol.roster_facts import PolicyAdopted, RateDecided

_BRANCH_WIDE = GROUPS.split(":", maxsplit=1)[0]
_COUNTED = {
    "Received": "received",
    "BookReady": "books_ready",
    "Posted": "posted",
    "Held": "held",
    "DaySettled": "days_settled",
}


class Unfinished(Struct, frozen=True):
    """A branch-wide decision that so many ``groups`` of ``listed`` ones lack (L12)."""

    number: int
    groups: int
    listed: int


class Report(Struct, frozen=True):
    """What was verified, counted; what does not hold; and what a person may want to know besides.

    ``cash_dong`` sums the cash of phone entries by their state: every entry is in exactly one. ``unfinished``
    is no fault: the command that was cut, or whose groups were restored, finishes it when it is run again.
    """

    counts: dict[str, int]
    cash_dong: dict[str, int]
    notes: dict[str, int]
    faults: tuple[Fault, ...]
    unfinished: tuple[Unfinished, ...] = ()


def check(groups: Groups, tick: Callable[[], None]) -> Report:
    """Verify a whole store. ``tick`` is called after each group."""
    store = groups.store
    faults = [Fault("store", "engine")] if store.faults() else []
    try:
        ids = store.ids("")
        faults += [Fault(doc_id, "second_leaf") for doc_id in store.two_leaves("")]
    except StoreError:
        return Report({}, {}, {}, tuple(faults))
    owned: dict[str, list[str]] = {}
    for doc_id in ids:
        owned.setdefault(doc_id.split(":", maxsplit=1)[0], []).append(doc_id)
    faults += read_documents(store, tuple(owned.pop(_BRANCH_WIDE, ())), None)[1]
    found = []
    for group in sorted({*owned, *groups.codes()}):
        state, in_group = _check_group(groups, group, tuple(owned.get(group, ())))
        faults += in_group
        if state is not None:
            found.append(state)
        tick()
    faults += _decisions(found)
    whole = len(found) == len(groups.codes())
    stale, in_derived = _derived(store, found) if whole else (0, [])
    every = tuple(sorted({*faults, *in_derived}))
    return Report(_counts(found), _cash(found), _notes(found, stale), every, _unfinished(found))


def _check_group(groups: Groups, group: str, ids: tuple[str, ...]) -> tuple[GroupState | None, list[Fault]]:
    mark = groups.mark(group)
    documents, faults = read_documents(groups.store, ids, LogId(group, groups.writer, 0))
    if group not in groups.codes():
        faults.append(Fault(group, "not_listed"))
    try:
        state = fold_group(group, by_id(documents), groups.trust)
    except DamagedError as error:
        return None, [*faults, Fault(error.where, "does_not_verify")]
    stop = groups.why_stopped(state, mark)
    if stop not in (None, CONTRADICTED):
        faults.append(Fault(group, str(stop)))
    return state, faults + check_books(state)


def _decisions(found: Iterable[GroupState]) -> list[Fault]:
    """Groups whose copy of a branch-wide decision is not that of the groups before them."""
    decided: dict[int, PolicyAdopted | RateDecided] = {}
    faults = []
    for state in found:
        for position, entry in state.book.log:
            if isinstance(entry, PolicyAdopted | RateDecided):
                known = decided.setdefault(entry.number, entry)
                if known != entry:
                    faults.append(Fault(f"{state.group} {position.epoch}.{position.seq}", "decision_differs"))
    return faults


def _unfinished(found: Iterable[GroupState]) -> tuple[Unfinished, ...]:
    """Decisions that stand in some groups only; a group that is not listed yet waits for all of them."""
    listed = [state for state in found if state.book.group is not None]
    having = Counter(number for state in listed for number in state.book.decisions.numbers)
    return tuple(
        Unfinished(number, len(listed) - count, len(listed))
        for number, count in sorted(having.items())
        if count < len(listed)
    )


def _derived(store: Store, found: Iterable[GroupState]) -> tuple[int, list[Fault]]:
    """How many derived documents are missing or of an earlier head, and those that are wrong."""
    expected = derive(found)
    try:
        kept = _all_derived(store)
    except StoreError:
        return 0, [Fault("derived", "unreadable")]
    judged = {doc_id: _derived_fault(document, expected.get(doc_id)) for doc_id, document in kept.items()}
    same = sum(kept.get(doc_id) == document for doc_id, document in expected.items())
    faults = [Fault(doc_id, code) for doc_id, code in judged.items() if code is not None]
    return len(expected) - same - len(faults), faults


def _all_derived(store: Store) -> dict[str, Document]:
    kept: dict[str, Document] = {}
    while page := store.scan_derived("", max(kept, default="")):
        kept |= {document_id(document): document for document in page}
        if len(page) < SCAN_MAX:
            break
    return kept


def _derived_fault(kept: Document, expected: Document | None) -> str | None:
    """None for what a rebuild writes, and for what one wrote before the newest facts came."""
    if kept == expected:
        return None
    if expected is None or kept.keys() != expected.keys():
        return "derived"
    if "groups" in kept:
        return None if _names(kept) < _names(expected) else "derived"
    age, newest = _age(kept), _age(expected)
    if age[:2] > newest[:2]:
        return "cut_short"
    return None if age < newest else "derived"


def _names(card: Document) -> set[object]:
    groups = card["groups"]
    return set(groups) if isinstance(groups, list) else set()


def _age(summary: Document) -> tuple[int, ...]:
    told = (summary[key] for key in ("epoch", "seq", "phone_seals", "brought"))
    return tuple(one if isinstance(one, int) else 0 for one in told)


def _counts(found: Sequence[GroupState]) -> dict[str, int]:
    entries = Counter(type(entry).__name__ for state in found for _, entry in state.book.log)
    return {
        "groups": len(found),
        "branch_seals": sum(len(state.seals) for state in found),
        "branch_entries": entries.total(),
        "phone_seals": sum(len(state.phone_seals) for state in found),
        "phone_entries": sum(len(state.facts) for state in found),
        "texts": sum(len(state.texts) for state in found),
        **{name: entries[kind] for kind, name in _COUNTED.items()},
    }


def _cash(found: Sequence[GroupState]) -> dict[str, int]:
    cash: Counter[str] = Counter()
    for state in found:
        known = states(state.book, stored_facts(state))
        assert known.keys() == {fact.ref for fact in state.facts}, "every entry is in exactly one state"
        for fact in state.facts:
            cash[known[fact.ref].phase.value] += cash_of(fact)
    received = sum(cash_of(fact) for state in found for fact in state.facts)
    assert sum(cash.values()) == received, "the states add up to what was received"
    return {phase: amount for phase, amount in sorted(cash.items()) if amount}


def _notes(found: Iterable[GroupState], stale: int) -> dict[str, int]:
    notes = Counter({"derived_stale": stale})
    for state in found:
        entries = [entry for _, entry in state.book.log] + [fact.entry for fact in state.facts]
        named = {digest for entry in entries for digest in text_hashes(entry)}
        notes["unreceived"] += sum(seal.received is None for seal in state.phone_seals)
        notes["aside"] += sum(seal.aside is not None for seal in state.phone_seals)
        notes["forks"] += sum(len(phone.forks) for phone in state.phones.values())
        notes["texts_missing"] += len(named - state.texts.keys())
        notes["texts_unnamed"] += len(state.texts.keys() - named)
        notes["oddities"] += len(state.book.problems)
        notes["lost"] += len(unrestated(state).all)
        notes["seals_unseen"] += len(unseen_seals(state))
        notes["entries_unseen"] += len(unseen_entries(state))
    return {name: count for name, count in sorted(notes.items()) if count}
