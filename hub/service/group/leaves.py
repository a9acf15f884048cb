"""Groups of which the store's engine holds two versions of one document (L14).

Facts never change, so nothing of ours writes a second version: two appenders that could not see each other
did, or somebody who copied from another cluster. Which of them counts is for people to find out.
"""

import threading
import time
from collections.abc import Mapping

from structlog import get_logger

from hub.documents import GROUPS
from hub.ports import Store

FRESH_S = 10.0
"""For how long an answer of the engine is good: it is asked about the whole store at once."""

_log = get_logger()


class Leaves:
    """What the engine says of second versions, asked again when the last answer is no longer fresh.

    What belongs to no group stands under a name that no group has: it is told in the log, and stops nothing.
    """

    def __init__(self, store: Store, fresh_s: float = FRESH_S) -> None:
        """Ask nothing yet."""
        self._store = store
        self._fresh_s = fresh_s
        self._asking = threading.Lock()
        self._asked_at: float | None = None
        self._found: Mapping[str, tuple[str, ...]] = {}

    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of documents of which there are two versions, by group; raises StoreError."""
        with self._asking:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at > self._fresh_s:
                self._look()
                self._asked_at = now
            return self._found

    def _look(self) -> None:
        found: dict[str, tuple[str, ...]] = {}
        for doc_id in self._store.two_leaves(""):
            group = doc_id.removeprefix(GROUPS).split(":", maxsplit=1)[0]
            found[group] = (*found.get(group, ()), doc_id)
        for group in found.keys() - self._found.keys():
            _log.error("second_leaf", group=group, ids=found[group])
        self._found = found
