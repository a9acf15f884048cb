"""What a cluster's lists and a replicated database show: lists that lag, two versions of one fact, pages."""

import pytest

from hub.documents import branch_seal
from hub.errors import DamagedError, HeadMovedError
from hub.ports import Added
from tests.couchdb import proxy
from tests.hub.store_contract import Appender, document

HERE = "KM-001:text:00"


@pytest.fixture
def line(couch_line):
    return couch_line


@pytest.fixture
def store(room, line):
    """A store behind the line."""
    return room.open(url=line.url)


class TestTwoLeaves:
    SPLIT = ({"_id": HERE, "text": "a"}, {"_id": HERE, "text": "b"})

    def test_L14_a_fact_of_two_versions_is_told(self, room, store):
        store.add([document("KM-001:text:01"), document("KM-002:text:00")])
        room.couch.split(room.name, *self.SPLIT)
        assert store.two_leaves("") == (HERE,)
        assert store.two_leaves("KM-001:") == (HERE,)
        assert store.two_leaves("KM-002:") == ()
        assert store.get(HERE)["text"] in "ab"

    def test_L14_nothing_is_appended_after_a_seal_of_two_versions(self, room, store):
        log, rival = Appender(), Appender()
        log.append_to(store)
        rival.signer, rival.log = log.signer, log.log
        raws = log.next_seal(1), log.next_seal(2)
        place = store.ids("")[0]
        room.couch.split(room.name, *(branch_seal(log.log, 1, raw) for raw in raws))
        with pytest.raises(DamagedError) as damaged:
            log.append_to(store)
        assert damaged.value.where == place
        assert store.two_leaves(f"{log.log.group}:") == (place,)


class TestLists:
    NAMES = tuple(f"KM-001:text:{number}" for number in range(6))

    def test_a_list_that_lags_shows_what_was_written_here(self, line, store):
        store.add([document(name) for name in self.NAMES])
        line.meddle = proxy.hiding({self.NAMES[0], self.NAMES[3], self.NAMES[5]})
        assert store.ids("") == self.NAMES
        assert store.ids("KM-001:text:") == self.NAMES
        assert [one["_id"] for one in store.scan("KM-001:")] == list(self.NAMES)

    def test_the_pages_of_a_list_that_lags_leave_nothing_out(self, line, store):
        store.add([document(name) for name in self.NAMES])
        line.meddle = proxy.hiding({self.NAMES[0], self.NAMES[3], self.NAMES[5]})
        pages, after = [], ""
        while page := store.scan("KM-001:", after, 2):
            pages.append([one["_id"] for one in page])
            after = pages[-1][-1]
        assert pages == [list(self.NAMES[start : start + 2]) for start in (0, 2, 4)]

    def test_what_was_read_once_stays_in_the_list(self, line, room, store):
        room.open().add([document(name) for name in self.NAMES])
        line.meddle = proxy.hiding({self.NAMES[1]})
        assert self.NAMES[1] not in store.ids("")
        assert store.get(self.NAMES[1]) is not None
        assert store.ids("") == self.NAMES

    def test_L14_an_append_sees_the_seal_before_it_where_the_list_lags(self, line, store):
        log = Appender()
        log.append_to(store)
        first = store.ids("")
        log.append_to(store)
        line.meddle = proxy.hiding(set(store.ids("")) - set(first))
        log.append_to(store)
        assert len(store.ids("")) == 3

    def test_L14_an_append_by_a_list_that_lags_meets_what_stands_there(self, line, room, store):
        log, rival = Appender(), Appender()
        log.append_to(store)
        rival.signer, rival.log, rival.head, rival.first_seq = log.signer, log.log, log.head, log.first_seq
        rival.append_to(room.open(), 2)
        line.meddle = proxy.hiding(set(store.ids("")[1:]))
        with pytest.raises(HeadMovedError):
            room.open(url=line.url).append(log.log, log.head, log.next_seal(3))

    def test_what_was_dropped_stays_gone_where_the_list_lags(self, line, store):
        store.put_derived(document("KM-001:summary", length=1))
        store.put_derived(document("KM-002:summary", length=1))
        assert len(store.scan_derived("")) == 2
        told = []

        def keep(request, ask):
            if request.is_list and told:
                return told[0]
            answer = ask()
            if request.is_list:
                told.append(answer)
            return answer

        line.meddle = keep
        assert len(store.scan_derived("")) == 2
        line.meddle = proxy.straight
        store.drop_derived()
        store.put_derived(document("KM-002:summary", length=2))
        line.meddle = keep
        assert [one["_id"] for one in store.scan_derived("")] == ["KM-002:summary"]

    def test_design_documents_are_no_facts_on_any_page(self, room, store):
        names = ["KM-001:text:0", "a-001:text:0", "~branch:group:KM-001"]
        store.add([document(name) for name in names])
        room.couch.put(f"{room.name}/_design/another", {"views": {}})
        assert list(store.ids("")) == names
        for limit in (1, 2, 3, 9):
            assert [one["_id"] for one in store.scan("", limit=limit)] == names[:limit]
        assert [one["_id"] for one in store.scan("", "KM-001:text:0", 1)] == ["a-001:text:0"]
        assert store.get("_design/tovay") is None
        assert store.get("no-colon") is None


def test_a_batch_may_name_a_document_twice(store):
    batch = [document(HERE, n=1), document(HERE, n=1), document(HERE, n=2)]
    assert store.add(batch) == (Added.NEW, Added.SAME, Added.CONFLICT)
    assert store.add(batch[2:] + batch[:1]) == (Added.CONFLICT, Added.SAME)
    assert store.get(HERE) == document(HERE, n=1)


def test_many_documents_go_in_several_requests(line, store):
    names = [f"KM-001:text:{number:04d}" for number in range(1_100)]
    assert set(store.add([document(name) for name in names])) == {Added.NEW}
    assert list(store.ids("")) == names
    assert len(store.scan("", limit=2_000)) == 1_100
    assert line.asked < 20
