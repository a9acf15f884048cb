"""The store in memory that the simulator gives the hub keeps the same contract as SQLite's."""

import pytest

from hub.errors import StoreError
from hub.ports import Added
from tests.fakes.store import MemoryStore, Shelves
from tests.hub.store_contract import StoreContract, document


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def open_store(self):
        shelves = Shelves()
        return lambda: MemoryStore(shelves)


def test_a_machine_that_stops_before_a_write_has_written_nothing_and_after_it_all():
    shelves = Shelves()
    store = MemoryStore(shelves)

    def stop(at):
        def trap(point):
            if point == at:
                raise StoreError("the power is gone")

        return trap

    for at, kept in (("before", None), ("after", document("KM-001:text:00"))):
        shelves.trap = stop(at)
        with pytest.raises(StoreError):
            store.add([document("KM-001:text:00")])
        shelves.trap = None
        assert store.get("KM-001:text:00") == kept


def test_a_backup_does_not_see_what_came_after_it():
    shelves = Shelves()
    store = MemoryStore(shelves)
    backup = shelves.copy()
    store.add([document("KM-001:text:00")])
    shelves.restore(backup)
    assert store.ids("") == ()
    assert store.add([document("KM-001:text:00")]) == (Added.NEW,)
