"""The appender receives what other hubs stored while it runs itself (L14)."""

import threading
import time

from structlog.testing import capture_logs

from hub.documents import phone_seal
from hub.errors import EngineError
from hub.service.group.loading import Loading
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.phones.sweeping import ROUND_GROUPS_MAX, Sweep
from protocol.seal import read
from tests.fakes.store import MemoryMarks, MemoryStore, Shelves
from tests.hub.builders import Branch, visit


class Office:
    """A branch with groups of one phone each, in the store of a machine that may fail."""

    def __init__(self, groups):
        self.shelves = Shelves()
        self.branch = Branch(MemoryStore(self.shelves), marks=MemoryMarks())
        self.codes = [f"G-{number:04d}" for number in range(groups)]
        self.phones = [self.branch.admit(code) for code in self.codes]
        intake = Intake(self.branch.groups, Quota())
        intake.catch_up()
        self.sweep = Sweep(self.branch.groups, intake, 0.05)

    def store_elsewhere(self, number):
        """A seal that another hub took in: stored, and nothing else."""
        phone = self.phones[number]
        phone.write(visit())
        raw = phone.seal()
        self.branch.store.add([phone_seal(phone.log.group, read(raw).header, raw)])

    def damage(self, number):
        last = self.branch.store.ids(f"{self.codes[number]}:seal:{self.branch.groups.writer.hex()}")[-1]
        self.shelves.facts[last] = self.shelves.facts[last].replace(b'"seal":"', b'"seal":"AAAA')

    def received(self, number):
        seals = self.branch.groups.load(self.codes[number]).phone_seals
        return [seal.received is not None for seal in seals]


def test_L14_a_sweep_goes_on_where_the_last_one_ended_and_begins_again():
    office = Office(ROUND_GROUPS_MAX + 3)
    office.store_elsewhere(0)
    office.store_elsewhere(ROUND_GROUPS_MAX + 2)
    office.sweep.once()
    assert (office.received(0), office.received(ROUND_GROUPS_MAX + 2)) == ([True], [False])
    office.sweep.once()
    assert office.received(ROUND_GROUPS_MAX + 2) == [True]
    office.store_elsewhere(1)
    office.sweep.once()
    assert office.received(1) == [True]


def test_L14_a_damaged_group_keeps_the_sweep_from_no_other():
    office = Office(2)
    office.store_elsewhere(0)
    office.store_elsewhere(1)
    office.damage(0)
    office.sweep.once()
    assert office.received(1) == [True]


def test_groups_are_read_before_their_phones_come_as_many_as_are_kept():
    office = Office(3)
    loading = office.branch.groups.loading = Loading(office.branch.store, office.branch.trust)
    office.sweep.warm()
    assert [loading.last(code) is not None for code in office.codes] == [True, True, True]
    loading = office.branch.groups.loading = Loading(office.branch.store, office.branch.trust, entries_max=1)
    office.sweep.warm()
    assert [loading.last(code) is not None for code in office.codes] == [True, False, False]


def test_a_damaged_group_keeps_no_other_from_being_read():
    office = Office(2)
    office.damage(0)
    loading = office.branch.groups.loading = Loading(office.branch.store, office.branch.trust)
    with capture_logs() as said:
        office.sweep.warm()
    assert [loading.last(code) is not None for code in office.codes] == [False, True]
    assert [(line["event"], line["group"]) for line in said] == [("group_damaged", office.codes[0])]


def test_a_sweep_outlives_a_store_that_fails_and_ends_with_the_hub():
    office = Office(1)
    office.store_elsewhere(0)
    failing = threading.Event()

    def trap(_):
        failing.set()
        raise EngineError("unreachable", "a test")

    office.shelves.trap = trap
    office.sweep.start()
    try:
        assert failing.wait(5)
        office.shelves.trap = None
        deadline = time.monotonic() + 5
        while office.received(0) != [True] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert office.received(0) == [True]
    finally:
        office.sweep.stop()
    assert not any(thread.name == "sweep" for thread in threading.enumerate())
