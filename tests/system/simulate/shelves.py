"""What is durable at the branch, in the stores that branches really have: SQLite's file, CouchDB's databases.

Each is what ``tests.fakes.store.Shelves`` are in memory: ``open`` a store as another process would, ``copy``
and ``restore`` a backup, ``overwrite`` a fact behind every store's back, and ``trap`` each write.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.documents import document_bytes, document_id
from hub.store.sqlite import SqliteStore, create
from tests.couchdb.servers import Couch, Room
from tests.fakes.store import Trapped


class SqliteShelves(Trapped):
    """A file in a folder of its own; a backup is another file there, and is put back under a new name."""

    def __init__(self):
        super().__init__()
        self._folder, self._opened, self._files = TemporaryDirectory(), [], 0
        self._path = self._new_file()
        create(self._path)

    def open(self):
        self._opened.append(SqliteStore(self._path))
        return TrappedStore(self._opened[-1], self.write)

    def copy(self):
        return self._copied(self._path)

    def restore(self, backup):
        self._path = self._copied(backup)

    def overwrite(self, document):
        # No trigger holds this up, as none holds up whoever writes into the file.
        with closing(sqlite3.connect(self._path)) as file, file:
            row = document_id(document), document_bytes(document).decode()
            file.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", row)

    def close(self):
        for store in self._opened:
            store.close()
        self._folder.cleanup()

    def _copied(self, path):
        made = self._new_file()
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(made)) as target:
            source.backup(target)
        return made

    def _new_file(self):
        self._files += 1
        return Path(self._folder.name) / f"{self._files}.sqlite"


class CouchShelves(Trapped):
    """Databases of their own on the server at ``url``; a backup that is put back is put into new ones."""

    def __init__(self, url, user, password):
        super().__init__()
        self._couch = Couch(url, user, password)
        self._room = Room(self._couch).make()

    def open(self):
        return TrappedStore(self._room.open(), self.write)

    def copy(self):
        return self._couch.copy(self._room.name)

    def restore(self, backup):
        self._room.close()
        self._room = Room(self._couch)
        self._couch.fill(self._room.name, backup)

    def overwrite(self, document):
        path = f"{self._room.name}/{document['_id']}"
        self._couch.put(path, {**document, "_rev": self._couch.read(path)["_rev"]})

    def close(self):
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
