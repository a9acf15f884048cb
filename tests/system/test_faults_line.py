"""Each fault of a line, and a cut in each class of bytes, before a real hub (N73–N81, N88).

The phone is the real agent over real sockets, in this process: what its program adds is the matter of
``test_faults_network``. Whatever the line does, only the hub acknowledges, and a receipt arrives once.
"""

from contextlib import closing
from datetime import datetime

import pytest
from cast import PIN
from msgspec import structs

from edge import agent, native
from edge.collection import Deposit
from edge.settings import Settings
from edge.sync import sync
from edge.transport import Carrier
from hub.app import opened
from hub.service.upkeep.fsck import check
from tests.authorities import authority
from tests.edge.steps import take
from tests.system.conftest import copied
from tests.system.faulty_line import (
    HALF_OPEN,
    NONE,
    PLACES,
    RETRY_AFTER_S,
    SLOW,
    STRIPPED_DOWN,
    STRIPPED_UP,
    Busy,
    Cut,
    FaultyLine,
    Flip,
)

NOT_BY_THE_HUB = {"offline", "not_the_hub"}


class Away:
    """The leader's phone in this process, far from its hub; ``taken`` is what it collected so far."""

    def __init__(self, village):
        self.village = village
        folder = village.leader.folder
        ledger, host = folder / native.LEDGER, native.open_host(folder)
        self.phone = agent.unlock(ledger, PIN, host, lambda: datetime.fromisoformat(village.stage.now))
        self.settings = Settings(village.hub.url)
        self.taken = 0

    def collect(self):
        """One more deposit, each of another amount."""
        self.taken += 1
        take(self.phone, "14", "none", [Deposit(10_000 + self.taken)], again=True)

    def sync(self, **given):
        """One synchronisation over the line, with settings of its own."""
        transport = native.HttpTransport(structs.replace(self.settings, **given))
        return sync(self.phone, Carrier(transport, self.settings.hub))

    def arrived_once(self):
        """Fsck finds each receipt in the hub's store, once, and the hub's log shows no accident."""
        branch = self.village.folder / "branch"
        with opened(branch, self.village.stage.environment()) as hub:
            found = check(hub.groups, lambda: None)
        assert (found.faults, found.counts["phone_entries"]) == ((), self.taken)
        assert found.cash_dong == {"pending": sum(10_000 + one for one in range(1, self.taken + 1))}
        assert "Traceback" not in (branch / "hub.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def village(tmp_path_factory, founded):
    with copied(founded, tmp_path_factory.mktemp("line") / "village") as made:
        yield made


@pytest.fixture(scope="module")
def wire(village):
    made = FaultyLine(village.hub.address)
    village.hub.start(behind=made.hub_address)
    yield made
    made.close()


@pytest.fixture(scope="module")
def walker(village, wire):
    made = Away(village)
    with closing(made.phone.ledger):
        yield made


@pytest.fixture
def line(wire):
    """The line between the phone and the hub of this module, without a fault."""
    yield wire
    wire.heal()


@pytest.fixture
def away(walker):
    """The phone of this module with one more receipt that the hub does not have."""
    walker.collect()
    yield walker
    walker.arrived_once()


def test_N75_N76_a_line_that_dies_in_any_class_of_bytes_loses_and_doubles_nothing(line, away):
    for fault in [Cut(up, place) for up in (True, False) for place in range(PLACES)]:
        line.fault = fault
        tried = away.sync()
        assert (tried.outcome in NOT_BY_THE_HUB, tried.acknowledged, tried.waiting) == (True, 0, 1), fault
        line.fault = NONE
        done = away.sync()
        assert (done.outcome, done.acknowledged, done.waiting) == ("done", 1, 0), fault
        away.collect()
    assert away.sync().acknowledged == 1


def test_N77_one_bit_changed_in_any_class_of_bytes_loses_and_doubles_nothing(line, away):
    for fault in [Flip(up, place) for up in (True, False) for place in range(PLACES)]:
        line.fault = fault
        tried = away.sync()
        # Some bits mean nothing: of a header that nobody reads, of the time. What is done was signed.
        assert tried.acknowledged == (tried.outcome == "done"), fault
        line.fault = NONE
        assert away.sync().waiting == 0, fault
        away.collect()
    assert away.sync().acknowledged == 1


def test_N79_headers_that_somebody_strips_acknowledge_nothing(line, away):
    for fault, outcome in ((STRIPPED_UP, "refused"), (STRIPPED_DOWN, "not_the_hub")):
        line.fault = fault
        tried = away.sync()
        assert (tried.outcome, tried.acknowledged, tried.waiting) == (outcome, 0, 1)
        line.fault = NONE
        assert away.sync().acknowledged == 1
        away.collect()
    assert away.sync().acknowledged == 1


def test_N81_N88_in_a_storm_of_429_and_503_the_phone_waits_as_told_and_keeps_its_seal(line, away):
    before = line.asked
    for status in (429, 503) * 5:
        line.fault = Busy(status)
        tried = away.sync()
        assert (tried.outcome, tried.retry_after_s, tried.waiting) == ("busy", RETRY_AFTER_S, 1)
    assert line.asked == before
    line.fault = NONE
    assert away.sync().acknowledged == 1


def test_a_half_open_line_ends_in_a_time_out_and_not_in_a_second_receipt(line, away):
    line.fault = HALF_OPEN
    before = line.asked
    tried = away.sync(read_timeout_s=1)
    assert (tried.outcome, tried.waiting, line.asked) == ("offline", 1, before + 1)
    line.heal()
    assert away.sync().acknowledged == 1


def test_N78_at_200_bytes_a_second_an_exchange_comes_through(line, away):
    line.fault = SLOW
    done = away.sync()
    assert (done.outcome, done.acknowledged) == ("done", 1)


def test_where_another_authority_than_the_pinned_one_answers_the_phone_sends_nothing(line, away, tmp_path):
    branch, pinned = authority(tmp_path, "branch")
    impostor, _ = authority(tmp_path, "impostor")
    for context, outcome in ((impostor, "offline"), (branch, "done")):
        tls = FaultyLine(("127.0.0.1", 0), context)
        tls.hub_address = line.hub_address
        tried = away.sync(hub="https://{}:{}".format(*tls.address), ca_file=str(pinned))
        tls.close()
        assert (tried.outcome, tried.waiting, tls.asked) == (outcome, outcome == "offline", outcome == "done")
