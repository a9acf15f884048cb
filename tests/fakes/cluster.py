"""What one hub sees of a cluster: lists that may lag behind others' writes, and documents in two versions."""

from tests.fakes.store import MemoryStore


class ClusterStore(MemoryStore):
    """A ``hub.ports.Store`` whose lists come from a copy of its shard that may be behind."""

    def __init__(self, shelves):
        super().__init__(shelves)
        self._copy = None
        self.leaves = ()

    def fall_behind(self, ids=None):
        """Lists show these ids, or what there is now, and what this hub writes itself."""
        self._copy = set(self._shelves.ids if ids is None else ids)

    def catch_up(self):
        """Lists show everything again."""
        self._copy = None

    def ids(self, prefix):
        found = super().ids(prefix)
        return found if self._copy is None else tuple(one for one in found if one in self._copy)

    def add(self, documents):
        answers = super().add(documents)
        self._note(str(document["_id"]) for document in documents)
        return answers

    def append(self, log, expected_head, seal):
        # A cluster refuses a second document of one id wherever its lists are.
        before, copy, self._copy = set(self._shelves.ids), self._copy, None
        try:
            super().append(log, expected_head, seal)
        finally:
            self._copy = copy
        self._note(set(self._shelves.ids) - before)

    def two_leaves(self, prefix):
        return tuple(doc_id for doc_id in self.leaves if doc_id.startswith(prefix))

    def _note(self, ids):
        if self._copy is not None:
            self._copy.update(ids)
