"""Ids that were written or read here lately.

A cluster lists the ids of one copy of each shard, which may lag behind a write that a quorum has confirmed.
Whoever wrote or saw a document must not miss it in the next list (``hub.store.couchdb``).
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

KEPT_S = 60.0
KEPT_MAX = 200_000


class Seen:
    """Ids, each with the moment and with whether it was there; any thread may ask."""

    def __init__(self, kept_s: float = KEPT_S, kept_max: int = KEPT_MAX) -> None:
        """Remember nothing."""
        self._kept_s, self._kept_max = kept_s, kept_max
        self._lock = threading.Lock()
        self._when: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        self._by_partition: dict[str, set[str]] = {}

    def note(self, ids: Iterable[str], *, is_there: bool = True) -> None:
        """Remember that these are there, or no longer are."""
        now = time.monotonic()
        with self._lock:
            for doc_id in ids:
                self._when[doc_id] = now, is_there
                self._when.move_to_end(doc_id)
                self._by_partition.setdefault(_partition(doc_id), set()).add(doc_id)
            while self._when and (
                len(self._when) > self._kept_max or next(iter(self._when.values()))[0] < now - self._kept_s
            ):
                self._drop_oldest()

    def within(self, prefix: str, after: str) -> tuple[frozenset[str], frozenset[str]]:
        """Ids that start with ``prefix`` and are above ``after``: those that were there, and those gone."""
        with self._lock:
            ids = self._by_partition.get(_partition(prefix), ()) if ":" in prefix else self._when
            found = [doc_id for doc_id in ids if doc_id > after and doc_id.startswith(prefix)]
            there = frozenset(doc_id for doc_id in found if self._when[doc_id][1])
        return there, frozenset(found) - there

    def _drop_oldest(self) -> None:
        doc_id, _ = self._when.popitem(last=False)
        partition = _partition(doc_id)
        self._by_partition[partition].discard(doc_id)
        if not self._by_partition[partition]:
            del self._by_partition[partition]


def _partition(doc_id: str) -> str:
    return doc_id.split(":", maxsplit=1)[0]
