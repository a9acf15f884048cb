"""The document store on CouchDB keeps the contract, against the server of ``tests.couchdb``."""

import pytest

from tests.hub.store_contract import StoreContract


class TestCouchStore(StoreContract):
    @pytest.fixture
    def open_store(self, room):
        return room.open
