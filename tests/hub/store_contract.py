"""What every document store must do, whatever its engine: subclass it with an ``open_store`` fixture."""

import threading

import pytest

from hub.errors import HeadMovedError, StoreError
from hub.ports import Added
from protocol import seal as seals
from protocol.chain import genesis
from protocol.entries import entry_bytes
from protocol.ids import LogId
from protocol.keys import writer_id
from protocol.native import generate_signer
from tests.hub.builders import GROUP, visit


class Appender:
    """A branch log as somebody who appends to it sees it: makes the next seal, or a rival of it."""

    def __init__(self):
        self.signer = generate_signer()
        self.log = LogId(GROUP, writer_id(self.signer.spki), 0)
        self.head = None
        self.first_seq = 1

    def next_seal(self, member=1):
        """A seal of one entry after the head; remembers nothing."""
        entry = entry_bytes(visit(member))
        previous = self.head or genesis(self.signer.spki, entry)
        cut = seals.Cut(
            log=self.log,
            first_seq=self.first_seq,
            previous=previous,
            entries=(entry,),
            known=None,
            wall_clock=0,
        )
        return seals.make(cut, self.signer)

    def append_to(self, store, member=1):
        """Append the next seal, and go on from it."""
        raw = self.next_seal(member)
        store.append(self.log, self.head, raw)
        self.head, self.first_seq = seals.read(raw).header.head, self.first_seq + 1
        return raw


def document(doc_id, **fields):
    return {"_id": doc_id, **fields}


class StoreContract:
    """``open_store()`` opens the same store again, as another process would."""

    @pytest.fixture
    def store(self, open_store):
        return open_store()

    def test_what_was_never_added_is_none(self, store):
        assert store.get("KM-001:text:00") is None
        assert store.get_derived("KM-001:summary") is None

    def test_a_fact_comes_back_as_it_was_added(self, store, open_store):
        kept = document("KM-001:text:00", text="Vắng nhà", count=2**53 - 1, parts=[1, None, {"deep": True}])
        assert store.add([kept]) == (Added.NEW,)
        assert open_store().get("KM-001:text:00") == kept

    def test_the_same_fact_again_changes_nothing(self, store):
        store.add([document("KM-001:text:00", first=1, second=2)])
        assert store.add([document("KM-001:text:00", second=2, first=1)]) == (Added.SAME,)

    def test_N83_each_document_of_a_batch_has_its_own_answer(self, store):
        store.add([document("KM-001:text:01", text="a"), document("KM-001:text:02", text="b")])
        batch = [
            document("KM-001:text:01", text="other"),
            document("KM-001:text:02", text="b"),
            document("KM-001:text:03", text="c"),
        ]
        assert store.add(batch) == (Added.CONFLICT, Added.SAME, Added.NEW)
        assert [one["text"] for one in store.scan("KM-001:text:")] == ["a", "b", "c"]

    def test_a_scan_goes_through_a_prefix_in_the_order_of_ids(self, store):
        names = ["KM-001:text:b", "KM-001:text:a", "KM-0010:text:a", "KM-001:seal:z", "~branch:group:KM-001"]
        store.add([document(name) for name in names])
        assert store.ids("KM-001:") == ("KM-001:seal:z", "KM-001:text:a", "KM-001:text:b")
        assert [one["_id"] for one in store.scan("KM-001:text:")] == ["KM-001:text:a", "KM-001:text:b"]
        assert store.ids("") == tuple(sorted(names))

    def test_a_scan_goes_on_after_an_id_and_ends_at_its_limit(self, store):
        store.add([document(f"KM-001:text:{number}") for number in range(5)])
        page = store.scan("KM-001:", limit=2)
        assert [one["_id"] for one in page] == ["KM-001:text:0", "KM-001:text:1"]
        rest = store.scan("KM-001:", after="KM-001:text:1", limit=9)
        assert [one["_id"] for one in rest] == [f"KM-001:text:{number}" for number in (2, 3, 4)]

    @pytest.mark.parametrize(
        "wrong",
        [
            document("no-colon"),
            document("_branch:group:KM-001"),
            document("KM-001:text:\n"),
            document("KM-001:text:ă"),
            {"text": "no id"},
            document("KM-001:text:00", big=2**53),
            document("KM-001:text:00", deep=[{"big": -(2**53)}]),
            document("KM-001:text:00", text="x" * 4_000_000),
        ],
        ids=["no kind", "reserved", "line break", "not ascii", "no id", "2^53", "deep", "too large"],
    )
    def test_what_some_engine_would_lose_is_refused_and_nothing_is_stored(self, store, wrong):
        with pytest.raises(StoreError):
            store.add([document("KM-001:text:01"), wrong])
        assert store.ids("") == ()

    def test_L14_seals_are_appended_one_after_another(self, store, open_store):
        log = Appender()
        raw = [log.append_to(store), log.append_to(open_store()), log.append_to(store)]
        assert len(store.ids(f"{GROUP}:seal:")) == 3
        assert store.ids(f"{GROUP}:seal:")[0].endswith(":000000000001")
        assert len(set(raw)) == 3

    def test_L14_a_seal_after_another_head_is_refused_and_not_stored(self, store):
        log, rival = Appender(), Appender()
        log.append_to(store)
        rival.signer, rival.log = log.signer, log.log
        with pytest.raises(HeadMovedError):
            store.append(log.log, None, rival.next_seal(2))
        rival.first_seq, rival.head = 2, bytes(32)
        with pytest.raises(HeadMovedError):
            store.append(log.log, rival.head, rival.next_seal())
        assert len(store.ids("")) == 1

    def test_L14_a_seal_onto_a_log_that_is_empty_needs_no_head(self, store):
        log = Appender()
        log.head, log.first_seq = bytes(32), 2
        with pytest.raises(HeadMovedError):
            store.append(log.log, log.head, log.next_seal())
        assert store.ids("") == ()

    def test_L14_an_append_whose_result_was_lost_is_repeated_with_the_same_bytes(self, store):
        log = Appender()
        raw = log.append_to(store)
        log.append_to(store)
        stored = store.ids("")
        store.append(log.log, None, raw)
        assert store.ids("") == stored

    def test_L14_of_many_who_append_at_one_head_one_wins(self, store, open_store):
        log = Appender()
        log.append_to(store)
        rivals = [(open_store(), log.next_seal(member)) for member in range(2, 18)]
        refused, start = [], threading.Barrier(len(rivals))

        def append(rival, raw):
            start.wait()
            try:
                rival.append(log.log, log.head, raw)
            except HeadMovedError:
                refused.append(raw)

        threads = [threading.Thread(target=append, args=rival) for rival in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == len(rivals) - 1
        assert len(store.ids("")) == 2

    def test_L14_no_fact_of_a_sound_store_has_two_leaves(self, store):
        Appender().append_to(store)
        store.add([document("KM-001:text:00")])
        assert store.two_leaves("") == ()

    def test_a_derived_document_is_written_over(self, store, open_store):
        store.put_derived(document("KM-001:summary", length=1))
        store.put_derived(document("KM-001:summary", length=2))
        assert open_store().get_derived("KM-001:summary") == document("KM-001:summary", length=2)

    def test_derived_documents_are_apart_from_facts_and_may_be_dropped(self, store):
        store.add([document("KM-001:summary", kind="fact")])
        store.put_derived(document("KM-001:summary", kind="derived"))
        store.put_derived(document("~branch:writer:00", groups=[GROUP]))
        assert [one["_id"] for one in store.scan_derived("")] == ["KM-001:summary", "~branch:writer:00"]
        assert len(store.scan_derived("", after="KM-001:summary")) == 1
        store.drop_derived()
        assert store.scan_derived("") == ()
        assert store.get("KM-001:summary") == document("KM-001:summary", kind="fact")

    def test_a_sound_store_has_no_faults(self, store):
        store.add([document("KM-001:text:00")])
        assert store.faults() == ()
