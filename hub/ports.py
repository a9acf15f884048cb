"""What the services ask of a document store, small enough for SQLite and for a CouchDB cluster.

Facts are documents that are added once and never change; derived documents are caches that may be lost and
are made again from facts. Ids order as ASCII strings. Every method may be called from any thread.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Protocol

from hub.documents import Document, document_id
from protocol.ids import BranchTip, LogId

SCAN_MAX = 1_000


class Added(Enum):
    """What became of a document that was to be added."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


class Store(Protocol):
    """Facts and derived documents of one branch. Raises StoreError when the engine fails.

    ``get`` knows every acknowledged write of any process; ``ids`` and ``scan`` may lag behind others' writes.
    """

    def get(self, doc_id: str) -> Document | None:
        """A fact, or None."""

    def add(self, documents: Sequence[Document]) -> tuple[Added, ...]:
        """Add facts durably; one answer per document, whatever became of the others.

        The same bytes again change nothing; other bytes under a stored id are a conflict and not stored.
        """

    def ids(self, prefix: str) -> tuple[str, ...]:
        """Ids of all facts that start with ``prefix``, ascending."""

    def scan(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """Facts whose id starts with ``prefix`` and is above ``after``, ascending, at most ``limit``."""

    def append(self, log: LogId, expected_head: bytes | None, seal: bytes) -> None:
        """Append a branch seal durably, in one transaction, where the log ends in ``expected_head`` (L14).

        None stands for an empty log. The same seal again, at its place, changes nothing.

        Raises:
            HeadMovedError: the log ends elsewhere.
        """

    def two_leaves(self, prefix: str) -> tuple[str, ...]:
        """Ids of facts that start with ``prefix`` and of which the engine holds two versions (L14)."""

    def get_derived(self, doc_id: str) -> Document | None:
        """A derived document, or None."""

    def put_derived(self, document: Document) -> None:
        """Write a derived document over the one that was there."""

    def scan_derived(self, prefix: str, after: str = "", limit: int = SCAN_MAX) -> tuple[Document, ...]:
        """As ``scan``, over derived documents."""

    def drop_derived(self) -> None:
        """Forget every derived document."""

    def faults(self) -> tuple[str, ...]:
        """What the engine's own check finds wrong; empty when all is well."""

    def close(self) -> None:
        """Let go of the engine."""


class Rollups(Protocol):
    """A database of roll-ups and nothing else, as replication fills and empties it (``hub.documents``).

    Raises SettingsError where something else is in it, EngineError when the engine fails.
    """

    def ids(self, prefix: str) -> tuple[str, ...]:
        """Ids that start with ``prefix``, ascending."""

    def add(self, documents: Sequence[Document]) -> tuple[Added, ...]:
        """Add documents durably, as ``Store.add``."""

    def branches(self) -> tuple[str, ...]:
        """Codes of the branches of which there is a roll-up, ascending."""

    def newest(self, branch: str, upto: str) -> tuple[Document, bool] | None:
        """The newest roll-up of a branch of a day up to one (written 2025-12-17), or None.

        With it, whether the engine holds a second version, of which neither follows from the other.
        """

    def close(self) -> None:
        """Let go of the engine."""


class Marks(Protocol):
    """How far each group's branch log had come, kept outside the backup of the store (L15).

    Every method may be called from any thread and process. What cannot be read is missing.
    """

    @property
    def are_missing(self) -> bool:
        """Say whether nothing is known of any group: then the store beside them counts as restored."""

    @property
    def finished(self) -> int:
        """Number of the restoration that was carried out last; 0 for none."""

    def make(self) -> None:
        """Begin with no mark, where they are missing."""

    def forget(self) -> None:
        """Lose them: a store beside them that is not empty counts as restored then."""

    def tip(self, group: str) -> BranchTip | None:
        """How far a group's log had come at least; None when that is not known."""

    def groups(self) -> tuple[str, ...]:
        """Codes of the groups that have a mark, ascending."""

    def put(self, group: str, tip: BranchTip) -> None:
        """Raise a group's mark, after an append was confirmed; one that lags is no error."""

    def finish(self, restoration: int) -> None:
        """Remember a restoration that was carried out in every group that it names."""

    @property
    def log_key(self) -> int:
        """Number of the newest log key that the branch changed to; 1 when nothing else is known."""

    def put_log_key(self, number: int) -> None:
        """Remember a log key to which the logs change."""

    def close(self) -> None:
        """Let go of them."""


def every(store: Store, prefix: str) -> Iterator[Document]:
    """All facts whose id starts with ``prefix``, ascending, however many pages they are."""
    after = ""
    page: Sequence[Document] = ()
    while not after or len(page) == SCAN_MAX:
        page = store.scan(prefix, after, SCAN_MAX)
        yield from page
        if not page:
            return
        after = document_id(page[-1])
