"""A hub that is killed at any moment: nothing that it acknowledged is lost, nothing is there twice."""

import signal
import sys

import httpx
import pytest

from hub.app import opened
from hub.documents import phone_seal
from hub.service.upkeep.fsck import check
from protocol.seal import read
from protocol.trust_facts import Received
from tests.hub.builders import GROUP, visit
from tests.hub.served import ENVIRON, TOVAY_HUB, Served, admit

pytestmark = pytest.mark.crash

DYING_HUB = (sys.executable, "-m", "tests.hub.dying_hub")
FLUSHES = "fdatasync,fsync"


@pytest.fixture
def phone(directory):
    phone = admit(directory)
    phone.write(visit(1), visit(2), visit(3))
    return phone


def what_is_there(directory):
    """Entries of the phone, acceptances, and what fsck finds, from the file alone."""
    with opened(directory, ENVIRON) as hub:
        state = hub.groups.load(GROUP)
        report = check(hub.groups, lambda: None)
    received = [placed.entry for placed in state.log.entries if isinstance(placed.entry, Received)]
    return [fact.entry.member for fact in state.facts], len(received), report


def test_N74_killed_between_the_durable_write_and_the_reply(directory, phone):
    dying = Served(directory, DYING_HUB, words=())
    with pytest.raises(httpx.TransportError):
        dying.post(phone, phone.seal())
    assert dying.ended() == -signal.SIGKILL
    members, received, report = what_is_there(directory)
    assert (members, received, report.faults) == ([1, 2, 3], 1, ())
    hub = Served(directory)
    answer = hub.exchange(phone, phone.seal())
    assert hub.stop() == 0
    assert len(answer.branch_seals) == 3
    assert what_is_there(directory)[:2] == ([1, 2, 3], 1)


@pytest.mark.parametrize("flush", [1, 2, 3, 4])
def test_N80_killed_at_a_flush(directory, phone, flush):
    inject = f"inject={FLUSHES}:signal=KILL:when={flush}"
    program = (
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        f"trace={FLUSHES}",
        "-e",
        inject,
        *TOVAY_HUB,
    )
    dying = Served(directory, program)
    try:
        acknowledged = len(dying.exchange(phone, phone.seal()).branch_seals) == 3
    except httpx.TransportError:
        acknowledged = False
    assert dying.ended() == -signal.SIGKILL, "the hub was not killed at this flush"
    members, received, report = what_is_there(directory)
    assert report.faults == ()
    assert not acknowledged or (members, received) == ([1, 2, 3], 1)
    hub = Served(directory)
    hub.exchange(phone, phone.seal())
    assert hub.stop() == 0
    members, received, report = what_is_there(directory)
    assert (members, received, report.faults, report.notes) == ([1, 2, 3], 1, (), {})


def test_what_was_stored_and_not_received_is_received_when_the_hub_starts(directory, phone):
    with opened(directory, ENVIRON) as hub:
        raw = phone.seal()
        hub.store.add([phone_seal(GROUP, read(raw).header, raw)])
    assert what_is_there(directory)[1] == 0
    assert what_is_there(directory)[2].notes["unreceived"] == 1
    assert Served(directory).stop() == 0
    assert what_is_there(directory)[1] == 1
