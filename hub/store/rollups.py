"""A database of roll-ups on CouchDB: documents that never change, filled and emptied by its replication.

It bears no mark of its own, because a design document is replicated by an administrator alone: what is in it
says what it is. Each branch's documents lie together, so the newest of each is found without the others.
"""

import re
from collections.abc import Sequence

import msgspec

from hub.documents import Document, document_bytes, document_id, rollups_of_branch
from hub.errors import EngineError, SettingsError
from hub.ports import Added
from hub.store.couch_server import CouchServer
from hub.store.design import BEYOND

_PAGE, _BATCH = 1_000, 50
_ROLLUP = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,23}):rollup:[0-9]{4}-[0-9]{2}-[0-9]{2}:[0-9]{6}")
_DESIGNS, _BEHIND_DESIGNS = "_design/", "_design0"


def rollups_of(database: str) -> str:
    """Name of the database of a branch's roll-ups."""
    return f"{database}-rollup"


class CouchRollups:
    """A ``hub.ports.Rollups`` in one database."""

    def __init__(self, server: CouchServer, database: str) -> None:
        """Open it; raises SettingsError where there is no such database."""
        server.greet()
        if not server.has(database):
            raise SettingsError("rollups_missing", database=database)
        self._server, self._database = server, database

    def ids(self, prefix: str) -> tuple[str, ...]:
        """Ids that start with ``prefix``, ascending."""
        found: list[str] = []
        first, last, full = prefix, prefix + BEYOND, True
        while full:
            page = self._server.page(self._database, first, last, _PAGE, bodies=False)
            found += [leaf.doc_id for leaf in page]
            full = len(page) == _PAGE
            first = f"{found[-1]} " if found else last
        return tuple(found)

    def add(self, documents: Sequence[Document]) -> tuple[Added, ...]:
        """Add documents of different ids durably; one answer per document."""
        answers: list[Added] = []
        for start in range(0, len(documents), _BATCH):
            answers += self._add(documents[start : start + _BATCH])
        return tuple(answers)

    def branches(self) -> tuple[str, ...]:
        """Codes of the branches of which there is a roll-up; raises SettingsError for anything else."""
        found, first = [], ""
        while page := self._server.page(self._database, first, BEYOND, 1, bodies=False):
            doc_id = page[0].doc_id
            if doc_id.startswith(_DESIGNS):
                first = _BEHIND_DESIGNS
            else:
                found.append(self._branch_of(doc_id))
                first = f"{found[-1]};"  # the sign behind the colon
        return tuple(found)

    def newest(self, branch: str, upto: str) -> tuple[Document, bool] | None:
        """The newest roll-up of a branch of a day up to one, and whether it has a rival; or None."""
        first = rollups_of_branch(branch)
        last = f"{first}{upto}:{BEYOND}"
        for leaf in self._server.page(self._database, last, first, 1, bodies=True, descending=True):
            self._branch_of(leaf.doc_id)
            if leaf.document is not None:
                return leaf.document, leaf.has_rivals
        return None

    def close(self) -> None:
        """Close every connection."""
        self._server.close()

    def _branch_of(self, doc_id: str) -> str:
        found = _ROLLUP.fullmatch(doc_id)
        if found is None:
            raise SettingsError("no_rollups", database=self._database)
        return found[1]

    def _add(self, documents: Sequence[Document]) -> list[Added]:
        sent = {document_id(document): document_bytes(document) for document in documents}
        taken = sorted(self._server.put_all(self._database, documents))
        stored = {leaf.doc_id: leaf.document for leaf in self._server.read_all(self._database, taken)}
        if len(stored) < len(taken):
            raise EngineError("not_durable", "a conflict with what no quorum has")
        raw = {one: msgspec.json.encode(found, order="deterministic") for one, found in stored.items()}
        return [
            Added.NEW if one not in raw else Added.SAME if raw[one] == body else Added.CONFLICT
            for one, body in sent.items()
        ]
