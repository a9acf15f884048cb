"""What a hub tells Prometheus: what it counts, to whom it tells it, and that no label names anybody."""

import ast
import re

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog import get_logger

from hub.errors import StoreError
from hub.logs import configure
from hub.metrics import WATCHED, Metrics
from hub.service.forks.checkpoints import make
from hub.wording import STOPS
from tests.hub.builders import GROUP, NOW, Phone, visit
from tests.hub.served import ROOT, Served, admit
from tests.hub.web import Web, answer, code

LOGGED = re.compile(r"\A(_log|get_logger\(\))\.(warning|error)\Z")
COMMANDS_ALONE = {"command_failed", "key_not_changed"}
"""What is logged where nothing is served."""


@pytest.fixture
def hub(directory):
    web = Web(directory)
    yield web
    web.close()


def told(page):
    """Every sample of a page, by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def samples(web):
    found = web.call("GET", "/metrics", headers=[("host", "127.0.0.1")])
    assert (found.status_code, found.headers["content-type"][:10]) == (200, "text/plain")
    return told(found.text)


def test_requests_are_counted_by_the_route_that_is_registered_and_their_status(hub):
    phone = hub.phone()
    answer(hub.exchange(phone, phone.seal()))
    answer(hub.exchange(phone, phone.seal()))
    hub.call("POST", "/v1/exchange", b"junk")
    hub.call("GET", "/groups/KM-404/days/2025-12-17", headers=[("host", "127.0.0.1")])
    for path in ("/nowhere/one", "/nowhere/two"):
        hub.call("GET", path)
    found = samples(hub)
    requests = {labels[1:]: count for labels, count in found.items() if labels[0] == "tovay_requests_total"}
    assert requests == {
        ("/v1/exchange", "200"): 2,
        ("/v1/exchange", "415"): 1,
        ("/groups/{group}/days/{day}", "404"): 1,
        ("none", "404"): 2,
    }
    assert found["tovay_request_seconds_count", "/v1/exchange"] == 3
    assert 0 < found["tovay_request_seconds_sum", "/v1/exchange"] < 30


def test_how_the_branch_is_comes_from_its_summaries(hub):
    assert ("tovay_checkpoint_age_days",) not in samples(hub)
    phone = hub.phone()
    answer(hub.exchange(phone, phone.seal()))
    make(hub.hub.groups, hub.hub.signer)
    found = samples(hub)
    counts = {
        name: found[f"tovay_{name}",] for name in ("groups", "phone_seals", "unreceived_seals", "forks")
    }
    assert counts == {"groups": 1, "phone_seals": 1, "unreceived_seals": 0, "forks": 0}
    assert (found["tovay_store_answers",], found["tovay_ok",], found["tovay_checkpoint_age_days",]) == (
        1,
        1,
        0,
    )
    assert {labels[1] for labels in found if labels[0] == "tovay_groups_stopped"} == set(STOPS)
    assert found["tovay_build_info", "0.1.0"] == 1


def test_a_stopped_group_is_counted_under_its_reason(hub):
    hub.phone()
    hub.hub.groups.marks.forget()
    found = samples(hub)
    assert (found["tovay_groups_stopped", "marks_missing"], found["tovay_ok",]) == (1, 0)


def test_a_store_that_does_not_answer_is_told_and_nothing_else_of_the_branch(hub, monkeypatch):
    hub.phone()

    def fail(_prefix):
        raise StoreError("no disk")

    monkeypatch.setattr(hub.hub.store, "ids", fail)
    found = samples(hub)
    assert (found["tovay_store_answers",], found["tovay_ok",], ("tovay_groups",) in found) == (0, 0, False)


def test_a_checkpoint_that_cannot_be_read_has_no_age(hub):
    hub.phone()
    hub.hub.store.add([{"_id": "~branch:checkpoint:0000000009", "checkpoint": "AAAA"}])
    assert ("tovay_checkpoint_age_days",) not in samples(hub)


def test_lines_of_the_log_are_counted_by_their_event_and_refusals_by_their_code(hub, quiet_log):
    metrics = Metrics(hub.hub.groups)
    configure(lambda: NOW, "warning", metrics.logged)
    log = get_logger()
    log.warning("seal_refused", group=GROUP)
    log.error("failed", status=503, code="store")
    log.error("internal_error")
    log.info("admitted")
    found = told(metrics.page().decode())
    events = {labels[1]: count for labels, count in found.items() if labels[0] == "tovay_events_total"}
    assert events.keys() == set(WATCHED)
    assert {event for event, count in events.items() if count} == {"seal_refused", "failed", "internal_error"}
    assert (found["tovay_problems_total", "store"], found["tovay_problems_total", "internal"]) == (1, 1)
    assert found["tovay_problems_total", "quota"] == 0


def test_every_warning_and_error_of_a_serving_hub_is_watched():
    logged = {
        node.args[0].value
        for path in (ROOT / "hub").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and LOGGED.match(ast.unparse(node.func))
    }
    assert logged - COMMANDS_ALONE == set(WATCHED)


def test_no_label_names_a_group_a_phone_or_a_person(hub):
    phone = hub.phone()
    hub.exchange(phone, phone.seal())
    labels = {str(label) for name in samples(hub) for label in name[1:]}
    assert not [one for one in labels if phone.log.group in one or phone.writer.hex() in one]


def test_nobody_but_this_machine_sees_them(hub):
    assert code(hub.call("GET", "/metrics")) == (403, "elsewhere")
    relayed = [("host", "127.0.0.1"), ("x-forwarded-for", "203.0.113.7")]
    assert code(hub.call("GET", "/metrics", headers=relayed)) == (403, "elsewhere")


def test_a_hub_that_serves_counts_what_it_logs(directory):
    phone = admit(directory)
    served = Served(directory)
    try:
        served.exchange(phone)
        found = told(httpx.get(served.address + "/metrics").text)
        assert found["tovay_requests_total", "/v1/exchange", "200"] == 1
        assert found["tovay_events_total", "seal_refused"] == 0
        stranger = Phone(GROUP, 9, 0)
        stranger.start(bytes(32), b"an admission that nobody wrote")
        stranger.write(visit())
        assert served.post(stranger, stranger.seal()).status_code == 401
        found = told(httpx.get(served.address + "/metrics").text)
        assert found["tovay_events_total", "seal_refused"] == 1
        assert found["tovay_problems_total", "request_refused"] == 1
        assert found["process_resident_memory_bytes",] > 10_000_000
    finally:
        served.stop()
