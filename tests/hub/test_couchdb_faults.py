"""What only a store behind HTTP suffers: lost, late, partial and false answers, and copies that disagree.

Between the store and a real server of CouchDB's protocol stands a line (``tests.couchdb.proxy``) that does
what a network, a cluster with dead nodes, or a stranger at the address would do.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.errors import EngineError, HeadMovedError
from hub.ports import Added
from protocol.seal import read
from tests.couchdb import proxy
from tests.hub.store_contract import Appender, document

HERE = "KM-001:text:00"
WAITS = {"connect_s": 2.0, "read_s": 0.4, "pause_s": 0.6}


@pytest.fixture
def line(couch_line):
    return couch_line


@pytest.fixture
def store(room, line):
    """A store behind the line."""
    return room.open(url=line.url, **WAITS)


def why(call, *words):
    with pytest.raises(EngineError) as failed:
        call(*words)
    return failed.value.why


def everything(store):
    """Each question and wish that the port knows."""
    log = Appender()
    return [
        lambda: store.get(HERE),
        lambda: store.add([document(HERE)]),
        lambda: store.ids(""),
        lambda: store.scan(""),
        lambda: store.append(log.log, None, log.next_seal()),
        lambda: store.two_leaves(""),
        lambda: store.get_derived(HERE),
        lambda: store.put_derived(document(HERE)),
        lambda: store.scan_derived(""),
        store.drop_derived,
    ]


class TestNotDurable:
    def test_L14_a_fact_that_too_few_copies_hold_is_not_stored_for_anybody(self, line, store, room):
        line.meddle = proxy.one_node_left
        assert why(store.add, [document(HERE, text="a")]) == "not_durable"
        assert room.couch.read(f"{room.name}/{HERE}") is not None, "one copy has it"
        for look in (lambda: store.get(HERE), lambda: store.ids(""), lambda: store.scan("KM-001:")):
            assert why(look) == "not_durable"

    def test_L14_the_same_fact_again_is_not_stored_before_enough_copies_hold_it(self, line, store, room):
        line.meddle = proxy.one_node_left
        assert why(store.add, [document(HERE, text="a")]) == "not_durable"
        assert why(store.add, [document(HERE, text="a")]) == "not_durable"
        another = room.open(url=line.url, **WAITS)
        assert why(another.add, [document(HERE, text="a")]) == "not_durable", (
            "nor for a hub that just started"
        )
        line.meddle = proxy.straight
        assert another.add([document(HERE, text="a")]) == (Added.SAME,)
        assert store.get(HERE) == document(HERE, text="a")
        assert store.add([document(HERE, text="b")]) == (Added.CONFLICT,)

    def test_L14_a_branch_seal_that_too_few_copies_hold_leaves_the_store_to_nobody(self, line, store):
        log = Appender()
        log.append_to(store)
        raw, head = log.next_seal(), log.head
        line.meddle = proxy.one_node_left
        assert why(store.append, log.log, head, raw) == "not_durable"
        assert why(store.append, log.log, head, raw) == "not_durable"
        assert why(store.scan, "KM-001:seal:") == "not_durable"
        line.meddle = proxy.straight
        store.append(log.log, head, raw)
        assert len(store.ids("KM-001:seal:")) == 2

    def test_L14_nothing_is_appended_to_a_seal_that_too_few_copies_hold(self, line, store, room):
        log = Appender()
        line.meddle = proxy.one_node_left
        raw = log.next_seal()
        assert why(store.append, log.log, None, raw) == "not_durable"
        log.head, log.first_seq = read(raw).header.head, 2
        assert why(log.append_to, store) == "not_durable"
        assert len(room.open().ids("")) == 1, "the second was not even tried"
        line.meddle = proxy.straight
        log.append_to(store)
        first, second = store.scan("")
        revision = room.couch.read(f"{room.name}/{first['_id']}")["_rev"]
        assert not revision.startswith("1-"), "the first was written again"
        assert second["_id"].endswith(":000000000002")

    def test_N83_each_row_of_an_answer_is_read(self, line, store):
        def refuse(request, ask):
            forbidden = {"id": HERE, "error": "forbidden", "reason": "no"}
            return ask().changed(lambda rows: [forbidden if row["id"] == HERE else row for row in rows])

        line.meddle = proxy.only(lambda request: request.is_write, refuse)
        assert why(store.add, [document(HERE), document("KM-001:text:01")]) == "failed"
        line.meddle = proxy.only(lambda request: request.is_write, lambda _, ask: ask().changed(lambda _: []))
        assert why(store.add, [document("KM-001:text:02")]) == "failed"

    def test_N83_a_document_that_no_copy_could_be_asked_for_is_not_taken_for_a_missing_one(self, line, store):
        store.add([document(HERE, text="a")])
        told = b'{"rows": [{"key": "KM-001:text:00", "error": "timeout"}]}'
        by_id = proxy.only(lambda request: b'"keys"' in request.body, proxy.instead(200, told))
        line.meddle = by_id
        assert why(store.add, [document(HERE, text="a")]) == "failed"

    def test_N83_a_row_that_one_copy_accepted_is_not_stored(self, line, store):
        def accept(request, ask):
            return ask().changed(lambda rows: [row | {"accepted": True} for row in rows])

        line.meddle = proxy.only(lambda request: request.is_write, accept)
        assert why(store.add, [document(HERE)]) == "not_durable"

    def test_N83_a_batch_that_some_nodes_failed_is_shown_to_nobody_before_it_is_written_again(
        self, line, store, room
    ):
        def failing(request, ask):
            # CouchDB answers 500 with a row for each document when no copy of one can be asked.
            ask()
            rows = [{"id": HERE, "error": "internal_server_error", "reason": None}]
            return proxy.Answer(500, json.dumps(rows).encode())

        line.meddle = proxy.only(lambda request: request.is_write, failing)
        assert why(store.add, [document(HERE, text="a")]) == "failed"
        assert store.get(HERE) == document(HERE, text="a")
        assert room.couch.read(f"{room.name}/{HERE}")["_rev"].startswith("2-"), "it was written again"

    def test_a_repeated_fact_keeps_its_bytes_while_many_write_it_again(self, room):
        stores = [room.open(), room.open()]
        stores[0].add([document(HERE, text="a")])
        with ThreadPoolExecutor(8) as threads:
            adding = [threads.submit(stores[n % 2].add, [document(HERE, text="a")]) for n in range(8)]
        assert [one.result() for one in adding] == [(Added.SAME,)] * 8
        assert stores[1].get(HERE) == document(HERE, text="a")
        assert stores[0].two_leaves("") == ()


class TestLostAnswers:
    def test_N74_a_fact_whose_answer_is_lost_is_stored_once(self, line, store):
        line.meddle = proxy.only(lambda request: request.is_write, proxy.losing)
        assert store.add([document(HERE)]) == (Added.SAME,)
        assert store.ids("") == (HERE,)

    def test_N73_a_request_that_is_lost_is_sent_again(self, line, store):
        line.meddle = proxy.only(lambda request: request.is_write, proxy.dropping)
        assert store.add([document(HERE)]) == (Added.NEW,)

    def test_N76_an_answer_that_breaks_off_is_asked_for_once_more(self, line, store):
        store.add([document(HERE)])
        line.meddle = proxy.only(lambda _: True, proxy.cut(9))
        assert store.get(HERE) == document(HERE)
        line.meddle = proxy.only(lambda request: request.is_list, proxy.cut(30), 4)
        assert [why(store.ids, ""), why(store.scan, "")] == ["unreachable"] * 2
        assert store.ids("") == (HERE,)

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_N74_an_append_whose_answer_is_lost_is_repeated_with_the_same_bytes(self, line, store, times):
        log = Appender()
        log.append_to(store)
        line.meddle = proxy.only(lambda request: request.is_write, proxy.losing, times)
        log.append_to(store)
        log.append_to(store)
        assert len(store.ids("")) == 3
        assert store.two_leaves("") == ()

    def test_N74_an_append_of_which_nothing_is_heard_fails_and_may_be_repeated(self, line, store):
        log = Appender()
        line.meddle = proxy.only(lambda request: request.is_write, proxy.losing, 4)
        raw = log.next_seal()
        assert why(store.append, log.log, None, raw) == "unreachable"
        store.append(log.log, None, raw)
        rival = Appender()
        rival.signer, rival.log = log.signer, log.log
        with pytest.raises(HeadMovedError):
            store.append(log.log, None, rival.next_seal(2))
        assert len(store.ids("")) == 1


class TestSilence:
    def test_N82_an_append_that_was_done_and_answered_too_late_is_done_once(self, line, store):
        log = Appender()
        line.meddle = proxy.only(lambda request: request.is_write, proxy.late(1))
        log.append_to(store)
        assert len(store.ids("")) == 1

    def test_N82_a_silent_server_makes_nobody_wait_after_the_second(self, line, store):
        line.meddle = proxy.late(1)
        assert [why(store.get, HERE), why(store.get, HERE)] == ["slow", "slow"]
        began, asked = time.monotonic(), line.asked
        assert [why(store.get, HERE) for _ in range(20)] == ["slow"] * 20
        assert time.monotonic() - began < 0.3
        assert line.asked == asked, "nothing was sent"

    def test_N82_one_request_tries_whether_the_server_is_back(self, line, store):
        line.meddle = proxy.late(1)
        assert [why(store.get, HERE), why(store.get, HERE)] == ["slow", "slow"]
        time.sleep(WAITS["pause_s"] + 0.05)
        asked = line.asked
        with ThreadPoolExecutor(8) as threads:
            asking = [threads.submit(why, store.get, HERE) for _ in range(8)]
        assert [one.result() for one in asking] == ["slow"] * 8
        assert line.asked == asked + 1
        line.meddle = proxy.straight
        time.sleep(WAITS["pause_s"] + 0.05)
        assert store.get(HERE) is None
        assert store.add([document(HERE)]) == (Added.NEW,)

    def test_N82_an_answer_that_stalls_half_way_is_a_wait_like_any_other(self, line, store):
        store.add([document(HERE)])
        line.meddle, asked = proxy.cut(9, then_s=1), line.asked
        assert [why(store.get, HERE) for _ in range(7)] == ["slow"] * 7
        assert line.asked == asked + 2

    def test_N81_with_no_server_every_question_and_wish_fails(self, line, store):
        line.meddle = proxy.dropping
        line.close()
        assert {why(call) for call in everything(store)} == {"unreachable"}
        assert store.faults() != ()


class TestStrangers:
    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param(proxy.instead(200, b"<html>Wifi</html>", "text/html"), id="N79 a captive portal"),
            pytest.param(
                proxy.instead(302, b"", "text/html", "http://192.0.2.1/login"), id="N79 one that sends on"
            ),
            pytest.param(proxy.instead(200, b""), id="nothing"),
            pytest.param(proxy.instead(200, b'{"ok": true, "rows": 7}'), id="another service"),
            pytest.param(proxy.instead(201, b'["stored"]'), id="a service that says yes"),
            pytest.param(proxy.instead(200, b'{"_id": "KM-0'), id="a cut body"),
            pytest.param(proxy.instead(404, b"<html>404</html>", "text/html"), id="a web server"),
            pytest.param(proxy.instead(200, b"[" * 100_000), id="a bottomless answer"),
            pytest.param(proxy.instead(201, b"[" + b"9" * 5_000 + b"]"), id="a number without end"),
        ],
    )
    def test_who_is_no_couchdb_is_not_believed(self, line, store, answer):
        line.meddle = answer
        assert {why(call) for call in everything(store)} == {"not_couchdb"}

    @pytest.mark.parametrize(
        ("status", "reason"), [(401, "refused"), (403, "refused"), (500, "failed"), (503, "failed")]
    )
    def test_an_answer_that_says_no_is_told_as_what_it_is(self, line, store, status, reason):
        line.meddle = proxy.instead(status, b'{"error": "no", "reason": "no"}')
        assert {why(call) for call in everything(store)} == {reason}

    @pytest.mark.parametrize("body", [b"[]", b"null", b'"no"', b"7", b"[" * 100_000, b"9" * 5_000])
    def test_an_answer_that_says_no_in_another_shape_is_a_failure_too(self, line, store, body):
        line.meddle = proxy.instead(500, body)
        assert {why(call) for call in everything(store)} == {"failed"}

    def test_a_database_that_is_gone_is_no_empty_one(self, room, store):
        room.couch.drop(room.name)
        assert {why(call) for call in everything(store)} == {"missing"}
        assert store.faults() != ()
