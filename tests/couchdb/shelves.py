"""What is durable at a branch, in databases on a CouchDB: as ``tests.fakes.store.Shelves`` in memory."""

from tests.couchdb.servers import Couch, Room
from tests.fakes.store import Trapped


class CouchShelves(Trapped):
    """Databases of their own on the server at ``url``; a backup that is put back is put into new ones."""

    def __init__(self, url, user, password):
        super().__init__()
        self._couch = Couch(url, user, password)
        self._room = Room(self._couch).make()

    def open(self):
        """A store over them, as another process would open it."""
        return TrappedStore(self._room.open(), self.write)

    def copy(self):
        """A backup: what was durable at this moment."""
        return self._couch.copy(self._room.name)

    def restore(self, backup):
        """Put a backup back in place of what is here; stores that are open now know nothing any more."""
        self._room.close()
        self._room = Room(self._couch)
        self._couch.fill(self._room.name, backup)

    def overwrite(self, document):
        """Somebody writes another document in place of a fact, which no store would."""
        path = f"{self._room.name}/{document['_id']}"
        self._couch.put(path, {**document, "_rev": self._couch.read(path)["_rev"]})

    def close(self):
        """Leave nothing behind."""
        self._room.close()
        self._couch.http.close()


class TrappedStore:
    """A store whose writes pass the trap; all the rest is the store's own."""

    def __init__(self, store, write):
        self._store, self._write = store, write

    def __getattr__(self, name):
        return getattr(self._store, name)

    def add(self, documents):
        return self._write(lambda: self._store.add(documents))

    def append(self, log, expected_head, seal):
        return self._write(lambda: self._store.append(log, expected_head, seal))

    def put_derived(self, document):
        return self._write(lambda: self._store.put_derived(document))

    def drop_derived(self):
        return self._write(self._store.drop_derived)
