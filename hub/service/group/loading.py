"""The states that a process keeps of its groups, brought up to what the store holds now.

A state that is kept goes on with the documents that came in since (``stepping``), or is folded anew. What was
not asked for longest is let go when all of them are too many: it is folded again when somebody asks.
"""

import threading
from collections.abc import Sequence

from msgspec import Struct

from hub.documents import Document, by_id, document_id, seals_of_log
from hub.ports import Store, every
from hub.service.group.state import GroupState, Trust, fold_group
from hub.service.group.stepping import further

ENTRIES_MAX = 400_000
"""Entries and texts in the states that are kept, of 1.1 to 1.4 kB each: 0.55 GB at most (``bench/hub``)."""

_STEPS_MAX = 64
"""More documents than this at once are read with all the others, page by page."""


class Loaded(Struct, frozen=True):
    """A state and the ids of the documents that it was folded from."""

    ids: tuple[str, ...]
    state: GroupState


def make_durable(store: Store, state: GroupState) -> None:
    """Add the last branch seal again: nobody here saw its append confirmed, and it may be a lone copy (L14).

    Raises StoreError while it cannot be made durable; then nobody may be shown it.
    """
    last = store.get(store.ids(seals_of_log(state.log.log))[-1])
    if last is not None:
        store.add([last])


class Loading:
    """States by group; whoever calls ``load`` holds the lock of that group."""

    def __init__(self, store: Store, trust: Trust, entries_max: int = ENTRIES_MAX) -> None:
        """Start with nothing loaded."""
        self._store = store
        self._trust = trust
        self.entries_max = entries_max
        self._kept: dict[str, Loaded] = {}
        self._entries = 0
        self._locking = threading.Lock()

    @property
    def has_room(self) -> bool:
        """Say whether there are fewer entries in all states than are kept."""
        return self._entries < self.entries_max

    def last(self, group: str) -> GroupState | None:
        """The group as it was loaded last; None when it was not, or was let go."""
        loaded = self._kept.get(group)
        return None if loaded is None else loaded.state

    def load(self, group: str) -> GroupState:
        """The group as the store has it now; raises DamagedError when what is stored does not hold."""
        known = self._kept.get(group)
        ids = self._listed(group, known)
        loaded = known
        if known is None or known.ids != ids:
            loaded = (None if known is None else self._go_on(known, ids)) or self._fold(group, ids)
        assert loaded is not None
        self._keep(group, loaded)
        return loaded.state

    def take(self, group: str, documents: Sequence[Document]) -> GroupState:
        """The group as it was loaded last, with what its own appender has stored since; nobody is asked."""
        known = self._kept.get(group)
        if known is None:
            return self.load(group)
        loaded = self._with(known, tuple(sorted({*known.ids, *map(document_id, documents)})), documents)
        if loaded is None:
            return self.load(group)
        self._keep(group, loaded)
        return loaded.state

    def documents(self, group: str) -> dict[str, Document]:
        """Everything that is stored for a group."""
        return by_id(every(self._store, f"{group}:"))

    def _listed(self, group: str, known: Loaded | None) -> tuple[str, ...]:
        """Ids of a group's documents, as they are listed now.

        A list may lag behind what a quorum has (``hub.ports``), and a process never goes back behind what it
        has folded for that: what is missing of it is asked for by id. One that is gone was taken away.
        """
        ids = self._store.ids(f"{group}:")
        if known is None or known.ids == ids:
            return ids
        late = set(known.ids).difference(ids)
        return tuple(sorted({*ids, *late})) if late and all(map(self._store.get, late)) else ids

    def _go_on(self, loaded: Loaded, ids: tuple[str, ...]) -> Loaded | None:
        """What was loaded, with a few documents that came in since; None when it must be folded anew."""
        if not 0 < len(ids) - len(loaded.ids) <= _STEPS_MAX:
            return None
        known = set(loaded.ids)
        new = [found for doc_id in ids if doc_id not in known and (found := self._store.get(doc_id))]
        if len(known) + len(new) != len(ids):
            return None
        return self._with(loaded, ids, new)

    def _with(self, loaded: Loaded, ids: tuple[str, ...], new: Sequence[Document]) -> Loaded | None:
        state = further(loaded.state, new, self._trust)
        return None if state is None else Loaded(ids, state)

    def _fold(self, group: str, ids: tuple[str, ...]) -> Loaded:
        found = self.documents(group)
        late = (self._store.get(doc_id) for doc_id in ids if doc_id not in found)
        found |= by_id(document for document in late if document is not None)
        there = tuple(sorted(found))
        state = fold_group(group, {doc_id: found[doc_id] for doc_id in there}, self._trust)
        return Loaded(there, state)

    def _keep(self, group: str, loaded: Loaded) -> None:
        """Put a state behind all others, and let the first go while there are too many entries."""
        with self._locking:
            before = self._kept.pop(group, None)
            self._kept[group] = loaded
            self._entries += loaded.state.size - (0 if before is None else before.state.size)
            while self._entries > self.entries_max and len(self._kept) > 1:
                self._entries -= self._kept.pop(next(iter(self._kept))).state.size
