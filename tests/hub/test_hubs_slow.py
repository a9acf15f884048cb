"""A hub as a process, with a CouchDB that lets it wait: who waits keeps nobody else waiting (N82)."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from hub.app import opened
from hub.service.group.derived import rebuild
from tests.couchdb import proxy
from tests.hub.branches import on_couchdb
from tests.hub.builders import GROUP, visit
from tests.hub.served import ENVIRON, Served, admit

CROWD = 45
"""More than the threads that answer phones."""


@pytest.fixture
def served(directory, couch, couch_line, tmp_path):
    """A hub behind a line to its CouchDB, and an admitted phone."""
    with on_couchdb(directory, couch, couch_line.url, tmp_path / "couchdb.pass"):
        phone = admit(directory)
        with opened(directory, ENVIRON) as hub:
            rebuild(hub.store, [hub.groups.load(GROUP)])
        served = Served(directory)
        served.phone = phone
        yield served
        couch_line.meddle = proxy.straight
        served.stop()


def test_N82_health_answers_while_a_crowd_waits_for_a_group_that_the_store_does_not_give(served, couch_line):
    partition = f"{GROUP}:".encode()

    def stuck(request, ask):
        is_derived = "-derived" in request.path
        if not is_derived and (partition in request.body or partition in request.path.encode()):
            time.sleep(4)
        return ask()

    served.phone.write(visit())
    raw = served.phone.seal()
    couch_line.meddle = stuck
    with ThreadPoolExecutor(CROWD) as crowd:
        waiting = [crowd.submit(served.post, served.phone, raw) for _ in range(CROWD)]
        time.sleep(2)
        started = time.monotonic()
        told = httpx.get(served.address + "/health", timeout=30).json()
        seconds = time.monotonic() - started
        assert not all(one.done() for one in waiting)
        couch_line.meddle = proxy.straight
        statuses = {one.result().status_code for one in waiting}
    assert (told["groups"], seconds < 3) == (1, True)
    assert statuses <= {200, 503}
    assert served.post(served.phone, raw).status_code == 200
    assert httpx.get(served.address + "/health", timeout=30).json()["unreceived"] == 0


def test_N82_a_hub_whose_store_is_gone_tells_phones_to_wait_and_goes_on_when_it_is_back(served, couch_line):
    served.phone.write(visit())
    raw = served.phone.seal()
    couch_line.meddle = proxy.dropping
    answer = served.post(served.phone, raw)
    assert (answer.status_code, answer.json()["code"]) == (503, "store")
    assert int(answer.headers["retry-after"]) > 0
    told = httpx.get(served.address + "/health", timeout=30)
    assert (told.status_code, told.json()["status"], told.json()["why"]) == (503, "store", "unreachable")
    couch_line.meddle = proxy.straight
    assert len(served.exchange(served.phone, raw).branch_seals) == 3
    assert httpx.get(served.address + "/health", timeout=30).json()["status"] == "ok"
