"""SIGKILL, a full disk, a failed flush, a power cut at every file-system call of the phone (P60–P62).

A trial starts from the same files, forks a child that does one deed on the real agent, and lets one call of
it go wrong (``tests.fakes.traced``). Then the phone is opened again: nothing that was shown as saved is lost,
nothing is there twice, the chain goes on, and a synchronisation ends with the hub holding each entry once.
"""

import copy
import shutil

import pytest

from edge.collection import Deposit
from edge.errors import DeviceError, Fault
from edge.transport import Outcome
from tests.edge.steps import take
from tests.edge.village import a_village
from tests.fakes.places import Place
from tests.fakes.traced import FLUSHES, PAGES, WRITES, Disk, changes, put, run

pytestmark = pytest.mark.crash
DEEDS = ("open", "save", "seal", "acknowledge")
BEGUN, OPENED, SAVED, SEALED, WAITING, CLOSED = "begun", "opened", "saved", "sealed", "waiting", "closed"
STORAGE = {Fault.STORAGE_FULL, Fault.STORAGE_FAILED}
UNSEALED = 3
LENGTH = 2 + UNSEALED
"""Five entries: two are acknowledged; three are not sealed, or sealed and received and not acknowledged."""


def save(phone):
    """One more receipt."""
    return take(phone, "4", "none", [Deposit(5_000)], again=True)


class Bench:
    """The files that each trial of a deed starts from, and the hub at the other end."""

    def __init__(self, folder, deed):
        self.deed = deed
        self.folder = folder
        self.hub = a_village()
        self.start = Place(folder / "start", self.hub)
        phone = self.start.enrol()
        for _ in range(2):
            save(phone)
        self.start.synchronise(phone)
        for _ in range(UNSEALED):
            save(phone)
        if deed == "acknowledge":
            phone.seal()
            # The hub received, and its answer was lost: this time it reaches the phone.
            self.hub.receive(phone.own.seals[-1].raw)
        phone.ledger.close()
        self.place = Place(folder / "phone", self.hub)

    def fresh(self, files=None):
        """The phone's directory as it was, or with other files."""
        shutil.rmtree(self.place.directory)
        if files is None:
            shutil.copytree(self.start.directory, self.place.directory)
        else:
            self.place.directory.mkdir()
            put(files, self.place.directory)

    def run(self, fault="", *, attempts=1, early=False):
        """Do the deed from the beginning, with a fault; after an error once more if there are attempts left.

        With ``early`` the opening before it is watched too.
        """
        self.fresh()

        def deed(ready, show):
            if early:
                ready()
            phone = None if self.deed == "open" else self.place.unlock()
            show(BEGUN)
            if not early:
                ready()
            for _ in range(attempts):
                try:
                    phone = phone or self.place.unlock()
                    self._do(phone, show)
                    break
                except DeviceError as error:
                    show(error.fault)
            if phone is not None:
                phone.ledger.close()
            show(CLOSED)

        return run(deed, self.folder / "log", fault)

    def _do(self, phone, show):
        if self.deed == "open":
            show(OPENED)
        if self.deed == "save":
            show(f"{SAVED} {save(phone)}")
        if self.deed == "seal":
            show(f"{SEALED} {phone.seal()}")
        if self.deed == "acknowledge":
            done = self.place.synchronise(phone)
            assert done.outcome is Outcome.DONE
            show(f"{WAITING} {done.waiting}")

    def calls(self):
        """Every call of the deed that may change the phone's files, from a run to the end; and that run."""
        ended = self.run()
        assert (ended.status, ended.shown[-1]) == (0, CLOSED)
        self.check(ended.shown)
        here = str(self.place.directory)
        return ended, [call for call in ended.calls if call.path.startswith(here) and changes(call)]

    def check(self, shown):
        """Open what is there: what was shown holds, and everything goes on."""
        place = Place(self.place.directory, copy.deepcopy(self.hub))
        phone = place.unlock()
        assert phone.stopped is None
        length = phone.own.length
        assert [entry.seq for entry in phone.own.entries] == list(range(1, length + 1))
        least = max((int(word.split()[1]) for word in shown if word.startswith(SAVED)), default=LENGTH)
        assert least <= length <= LENGTH + (self.deed == "save")
        if f"{SEALED} 1" in shown:
            assert phone.own.sealed == LENGTH
        if f"{WAITING} 0" in shown:
            assert len(phone.group.book.received) == 2
        assert save(phone) == length + 1
        done = place.synchronise(phone)
        assert (done.outcome, done.waiting) == (Outcome.DONE, 0)
        assert place.hub.hashes() == [phone.own.hash_at(seq) for seq in range(1, length + 2)]
        assert [len(phone.own.mark(seq)) for seq in range(1, length + 2)] == [64] * (length + 1)
        phone.ledger.close()
        self.reopens(length + 1)

    def reopens(self, length):
        """Once more from the disk, with nothing left to do."""
        phone = self.place.unlock()
        assert (phone.stopped, phone.own.length, phone.own.sealed) == (None, length, length)
        phone.ledger.close()


@pytest.fixture(scope="module", params=DEEDS)
def bench(request, tmp_path_factory):
    """A bench for each deed, and what its run to the end did."""
    made = Bench(tmp_path_factory.mktemp(request.param), request.param)
    made.ended, made.all = made.calls()
    return made


def test_P60_killed_at_every_call_of_opening_saving_sealing_and_acknowledging(bench):
    assert len(bench.all) > 3
    for call in bench.all:
        ended = bench.run(f"{call.name}:signal=KILL:when={call.nth}")
        assert ended.status == -9, (call, ended.shown)
        bench.check(ended.shown)


def fail_at_each(bench, names, error, attempts):
    """One run per call of these names, which fails once; returns the faults that were told.

    What was not done the first time is done the second.
    """
    told = set()
    for call in bench.all:
        if call.name in names:
            ended = bench.run(f"{call.name}:error={error}:when={call.nth}", attempts=attempts)
            assert (ended.status, ended.shown[-1:]) == (0, [CLOSED]), (call, ended.shown)
            assert attempts == 1 or ended.shown[-2:] == bench.ended.shown[-2:], (call, ended.shown)
            bench.check(ended.shown)
            told |= STORAGE.intersection(ended.shown)
    return told


def test_P61_a_disk_that_is_full_at_any_write_is_told_and_nothing_is_lost(bench):
    assert Fault.STORAGE_FULL in fail_at_each(bench, {*WRITES, "openat", "rename"}, "ENOSPC", 2)


@pytest.mark.parametrize("attempts", [1, 2])
def test_P61_a_flush_that_fails_is_told_and_nothing_is_lost(bench, attempts):
    assert fail_at_each(bench, FLUSHES, "EIO", attempts) == {Fault.STORAGE_FAILED}


def test_P62_a_power_cut_in_the_middle_of_any_page_loses_nothing_that_was_shown(bench):
    disk = Disk(bench.start.directory, bench.place.directory)
    ended = bench.run(early=True)
    shown = []
    for call in ended.calls:
        if call.path.startswith(disk.place):
            if BEGUN in shown and call.name in PAGES:
                for files in disk.torn(call):
                    bench.fresh(files)
                    bench.check(shown)
            disk.do(call)
        elif call.name == "write":
            shown += call.texts[0].decode().splitlines()
    assert shown == ended.shown == bench.ended.shown
