"""A hub that does not append (L14): what it stores, what it passes on, and what it says alone."""

from datetime import timedelta

import pytest

from hub.app import opened
from hub.forwarder import forwarding_app
from hub.service.upkeep.health import health
from protocol.exchange import CONTENT_TYPE, PATH, read_response
from protocol.ids import BranchTip
from protocol.trust_facts import WriterRevoked
from tests.hub.branches import NOBODY, ORIGIN, PUBLIC, append_at, beside, forward_at, free_port, join
from tests.hub.builders import GROUP, NOW, Phone, visit
from tests.hub.served import ENVIRON, Served, admit, tovay_hub
from tests.hub.web import Web, asked, code, signed


class Edge(Web):
    """A forwarder in this process, called as phones call it."""

    def __init__(self, directory):
        self._opened = opened(directory, ENVIRON)
        self.hub = self._opened.__enter__()
        self.app = forwarding_app(self.hub)


@pytest.fixture
def phone(directory):
    phone = admit(directory)
    phone.write(visit())
    return phone


@pytest.fixture
def edge(directory, phone, tmp_path):
    folder = beside(directory, tmp_path / "edge")
    assert join(folder, "--yes").returncode == 0
    edge = Edge(folder)
    yield edge
    edge.close()


def stored(edge, phone):
    """Places of a phone's seals in the store, and whether each is received."""
    seals = edge.hub.groups.load(phone.log.group).phone_seals
    return [(seal.place[2], seal.received is not None) for seal in seals]


def test_L14_alone_it_stores_a_seal_and_says_nothing_of_having_received_it(edge, phone):
    answer = edge.exchange(phone, phone.seal())
    assert answer.status_code == 200
    told = read_response(answer.content)
    assert stored(edge, phone) == [(1, False)]
    assert (len(told.branch_seals), told.phone_seals, told.refused) == (2, (), ())
    assert not (edge.hub.directory / "log.key").exists()
    again = edge.exchange(phone, phone.seal())
    assert (again.content, stored(edge, phone)) == (answer.content, [(1, False)])


def test_L14_what_it_stored_alone_is_received_when_the_appender_starts(edge, phone, directory):
    edge.exchange(phone, phone.seal())
    web = Web(directory)
    web.close()
    assert stored(edge, phone) == [(1, True)]
    assert len(read_response(edge.exchange(phone, phone.seal()).content).branch_seals) == 3


def test_L11_only_a_request_that_an_admitted_key_signed_is_answered_alone(edge, phone):
    body = asked(GROUP, phone.seal())
    for headers in (signed(phone, body, body=b"another"), signed(stranger := Phone(GROUP, 2, 0), body)):
        answer = edge.post(body, headers)
        assert code(answer) == (503, "appender_away")
        assert int(answer.headers["retry-after"]) > 0
    stranger.hashes = phone.hashes[:1]
    stranger.write(visit())
    assert code(edge.exchange(stranger, stranger.seal())) == (503, "appender_away")
    assert stored(edge, phone) == [(1, False)]  # judged by its own signature, whoever carried it


def test_L18_a_revoked_key_is_told_nothing_alone(edge, phone, directory):
    with opened(directory, ENVIRON, sealing=True) as hub:
        log = hub.groups.load(GROUP).phones[1, 0]
        line = WriterRevoked(1, 0, log.length, log.head, "lost", "it.hoa", None)
        hub.groups.append(GROUP, lambda _: [[line]])
    assert code(edge.exchange(phone, phone.seal())) == (503, "appender_away")


def test_L15_where_something_is_open_it_keeps_the_seals_and_says_nothing(edge, phone, directory):
    branch_seal = edge.hub.groups.load(GROUP).seals[0].raw
    for body in (asked(GROUP, phone.seal(), branch_seal), asked(GROUP, known=BranchTip(0, 9, bytes(32)))):
        assert code(edge.post(body, signed(phone, body))) == (503, "appender_away")
    assert stored(edge, phone) == [(1, False)]
    edge.hub.groups.marks.put(GROUP, BranchTip(0, 9, bytes(32)))
    assert code(edge.exchange(phone, phone.seal())) == (503, "appender_away")
    assert edge.hub.groups.load(GROUP).claims == ()


def test_L15_it_raises_its_marks_by_what_others_appended(edge, phone, directory):
    with opened(directory, ENVIRON, sealing=True) as hub:
        tip = hub.groups.append(GROUP, lambda _: [[Phone(GROUP, 2, 0).admission]]).log.tip
    assert edge.hub.groups.mark(GROUP) != tip
    edge.exchange(phone)
    assert edge.hub.groups.mark(GROUP) == tip


def test_enrolment_is_for_the_appender_and_a_request_is_passed_on_once(edge):
    assert code(edge.call("POST", "/v1/enrol", b"anything")) == (503, "appender_away")
    passed = [("tovay-passed-on", "1")]
    assert code(edge.call("POST", PATH, b"", passed)) == (503, "appender_away")
    assert code(edge.call("POST", "/v1/enrol", b"", passed)) == (503, "appender_away")


def test_its_other_doors_are_those_that_read(edge):
    assert edge.call("GET", "/health").json()["groups"] == 1
    assert edge.call("GET", "/v1/checkpoints/latest").status_code == 404
    assert edge.call("GET", "/receipts").status_code == 200
    assert edge.call("GET", "/").status_code == 404
    assert code(edge.post(b"", {"content-type": "text/plain"})) == (415, "media_type")


@pytest.fixture
def appender(directory, edge):
    """The hub that appends, as a process of its own, and named to the one that does not."""
    append_at(directory)
    served = Served(directory)
    forward_at(edge.hub.directory, served.address)
    yield served
    served.stop()


@pytest.fixture
def passing(appender, edge):
    """The hub that passes on, started anew after the appender was named."""
    passing = Edge(edge.hub.directory)
    yield passing
    passing.close()


def test_L14_the_appenders_answer_is_passed_on_as_it_is(passing, appender, phone):
    told = read_response((first := passing.exchange(phone, phone.seal())).content)
    assert (first.status_code, first.headers["content-type"]) == (200, CONTENT_TYPE)
    assert len(told.branch_seals) == 3  # the group's opening, the phone's, and what acknowledges the seal
    assert stored(passing, phone) == [(1, True)]
    body = asked(GROUP)
    refused = passing.post(body, signed(phone, body, body=b"another"))
    assert code(refused) == (401, "request_refused")
    late = passing.post(body, signed(phone, body, at=NOW - timedelta(days=1)))
    assert (code(late), len(late.headers["tovay-challenge"])) == ((401, "skewed_clock"), 64)
    challenge = bytes.fromhex(late.headers["tovay-challenge"])
    assert (
        passing.post(body, signed(phone, body, at=NOW - timedelta(days=1), nonce=challenge)).status_code
        == 200
    )
    assert passing.call("POST", "/v1/enrol", b"", [("content-type", "text/plain")]).status_code == 415


def test_two_hubs_that_name_each_other_do_not_ask_for_ever(directory, edge, phone, tmp_path):
    other = beside(directory, tmp_path / "other")
    port = free_port()
    assert join(other, "--yes").returncode == 0
    forward_at(edge.hub.directory, f"http://127.0.0.1:{port}")
    one = Served(edge.hub.directory)
    forward_at(other, one.address)
    two = Served(other, words=("serve", "--port", str(port)))
    answer = one.post(phone, phone.seal(), origin=ORIGIN)
    assert (one.stop(), two.stop()) == (0, 0)
    assert (answer.status_code, stored(edge, phone)) == (200, [(1, False)])


def test_a_command_that_appends_is_refused_where_another_hub_does(edge, directory):
    people = ("--by", "GD01", "--confirmed-by", "KSV01")
    done = tovay_hub("restored", "--dir", edge.hub.directory, *people)
    assert (done.returncode, NOBODY in done.stderr) == (1, True)
    assert tovay_hub("fsck", "--dir", edge.hub.directory).returncode == 0
    forward_at(directory, "")
    done = tovay_hub("serve", "--dir", directory)
    assert (done.returncode, "forward_to" in done.stderr) == (1, True)


def test_L15_a_hub_joins_a_store_in_use_only_when_a_person_says_that_it_is_the_newest(
    directory, phone, tmp_path
):
    folder = beside(directory, tmp_path / "new")
    told = join(folder)
    assert (told.returncode, "--yes" in told.stderr) == (1, True)
    assert {path.name for path in folder.iterdir()} == {*PUBLIC, "hub.sqlite"}
    said = join(folder, "--yes")
    with opened(directory, ENVIRON) as hub:
        heads, tip = health(hub.groups).heads, hub.groups.load(GROUP).log.tip
    assert heads in told.stdout
    assert heads in said.stdout
    with opened(folder, ENVIRON) as hub:
        assert (hub.groups.mark(GROUP), health(hub.groups).stopped) == (tip, {})
    assert "không có gì bị ghi đè" in join(folder, "--yes").stderr
    assert tovay_hub("init", "--dir", folder, "--forward-to", NOBODY).returncode == 2
    assert tovay_hub("init", "--dir", folder, "--yes").returncode == 2
