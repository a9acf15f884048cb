"""The CouchDB that tests use, by plain HTTP: the store's own client is what they test.

``TOVAY_COUCHDB_URL``, ``TOVAY_COUCHDB_USER`` and ``TOVAY_COUCHDB_PASSWORD`` name a real server or cluster:
then nothing is started. Databases have unique names, and none is left behind.
"""

import os
from uuid import uuid4

import httpx
from msgspec.structs import replace

from hub.store.couch_server import Address, CouchServer
from hub.store.couchdb import CouchStore
from hub.store.design import Branch, create
from tests.couchdb.stand_in import StandIn

BRANCH = Branch("KM", "ab" * 32)
SUFFIXES = ("", "-derived", "-rollup")


class Couch:
    """A server and its administrator."""

    def __init__(self, url, user, password):
        self.url, self.user, self.password = url, user, password
        self.http = httpx.Client(base_url=url, auth=(user, password), trust_env=False, timeout=30)

    def address(self, **changes):
        """How the store reaches it."""
        return replace(Address(self.url, self.user, self.password), **changes)

    def put(self, path, body):
        """Write a document as it is told, behind the store's back; returns its revision."""
        answer = self.http.put(f"/{path}", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["rev"]

    def read(self, path):
        """A document as the server has it, or None."""
        answer = self.http.get(f"/{path}")
        return None if answer.status_code == 404 else answer.raise_for_status().json()

    def split(self, database, *versions):
        """Write versions of one document of which none follows from another: a second leaf."""
        docs = [{"_rev": f"1-{number:032x}", **version} for number, version in enumerate(versions, 1)]
        answer = self.http.post(f"/{database}/_bulk_docs", json={"docs": docs, "new_edits": False})
        assert answer.status_code == 201, answer.text

    def copy(self, database):
        """All documents of a branch's databases as they are now, by the database's suffix."""
        found = {suffix: self.read(f"{database}{suffix}/_all_docs?include_docs=true") for suffix in SUFFIXES}
        return {suffix: [row["doc"] for row in told["rows"]] for suffix, told in found.items() if told}

    def fill(self, database, copy):
        """Make databases that hold such a copy."""
        for suffix, documents in copy.items():
            name = f"{database}{suffix}"
            made = self.http.put(f"/{name}", params={} if suffix else {"partitioned": "true"})
            assert made.status_code in (201, 202), made.text
            bare = [{name: told for name, told in one.items() if name != "_rev"} for one in documents]
            rows = self.http.post(f"/{name}/_bulk_docs", json={"docs": bare}).raise_for_status().json()
            assert not [row for row in rows if "error" in row]

    def drop(self, database):
        """Remove the databases of a branch."""
        for suffix in SUFFIXES:
            self.http.delete(f"/{database}{suffix}")


class Room:
    """The databases of one branch on a server, under a name that nobody else has."""

    def __init__(self, couch):
        self.couch, self.name = couch, f"tovay-test-{uuid4().hex}"
        self._opened = []

    def make(self):
        """As ``tovay-hub init`` makes them."""
        server = CouchServer(self.couch.address())
        create(server, self.name, BRANCH)
        server.close()
        return self

    def open(self, **changes):
        """A store over them, as another process would open it; with another address by ``changes``."""
        self._opened.append(CouchStore(CouchServer(self.couch.address(**changes)), self.name, BRANCH))
        return self._opened[-1]

    def close(self):
        """Leave nothing behind."""
        for store in self._opened:
            store.close()
        self.couch.drop(self.name)


def named_or_started(folder):
    """The server that the environment names, or a stand-in in the folder; and how to end it."""
    url = os.environ.get("TOVAY_COUCHDB_URL")
    if url is not None:
        couch = Couch(url, os.environ["TOVAY_COUCHDB_USER"], os.environ["TOVAY_COUCHDB_PASSWORD"])
        return couch, lambda: None
    started = StandIn(folder)
    return Couch(started.url, started.user, started.password), started.stop
