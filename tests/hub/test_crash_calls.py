"""SIGKILL, a full disk, a failed flush, a power cut at every file-system call of an exchange (N74, N80, N86).

The deed is the hub's own: store the seal, append ``Received``, raise the mark, close. A trial starts from the
same files, forks a child that does it, and lets one call of it go wrong (``tests.fakes.traced``). Then it is
opened again: what was acknowledged is there, nothing is there twice, fsck finds no fault, and the next
exchanges of the phone end with everything received once.
"""

import shutil
from contextlib import closing, contextmanager

import pytest
import structlog

from hub.errors import StoppedGroupError, StoreError
from hub.marks import MarkFile
from hub.service.group.groups import Groups
from hub.service.group.stops import BEHIND_MARK
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.upkeep.fsck import check
from hub.store.sqlite import SqliteStore, create
from protocol.exchange import Request
from protocol.ids import BranchTip
from protocol.trust_facts import Received
from tests.fakes.traced import FLUSHES, PAGES, WRITES, Disk, changes, put, run
from tests.hub.builders import GROUP, Branch, visit

pytestmark = pytest.mark.crash
STORE, MARKS = "hub.sqlite", "hub.marks"
BEGUN, ACKNOWLEDGED, BUSY, CLOSED = "begun", "acknowledged", "busy", "closed"


class Bench:
    """The files that each trial starts from, and a phone with two seals: three entries, and one."""

    def __init__(self, folder):
        self.folder = folder
        self.start, self.place = folder / "start", folder / "branch"
        self.start.mkdir()
        self.place.mkdir()
        create(self.start / STORE)
        store, marks = SqliteStore(self.start / STORE), MarkFile(self.start / MARKS)
        marks.make()
        self.branch = Branch(store, marks=marks)
        self.phone = self.branch.admit()
        self.phone.write(*map(visit, [1, 2, 3, 4]))
        self.sealed, self.later = self.phone.seal(1, 3), self.phone.seal(4, 4)
        store.close()
        marks.close()

    def fresh(self, files=None):
        """The hub's files as they were, or others."""
        shutil.rmtree(self.place)
        if files is None:
            shutil.copytree(self.start, self.place)
        else:
            self.place.mkdir()
            put(files, self.place)

    @contextmanager
    def opened(self):
        """The groups over what is there."""
        with (
            closing(SqliteStore(self.place / STORE)) as store,
            closing(MarkFile(self.place / MARKS)) as marks,
        ):
            yield Groups(store, self.branch.trust, self.branch.key, self.branch.clock, marks)

    def exchange(self, groups, *sealed):
        """The phone's exchange, in which everything it sent is acknowledged."""
        answer = Intake(groups, Quota()).exchange(Request(1, GROUP, None, (), sealed, ()), self.phone.writer)
        assert len(answer.branch_seals) == 2 + len(sealed)

    def run(self, fault="", *, attempts=1, early=False):
        """The exchange from the same files, with a fault; after an error once more if attempts are left."""
        self.fresh()
        structlog.configure(processors=[structlog.testing.LogCapture()])

        def deed(ready, show):
            if early:
                ready()
            with self.opened() as groups:
                groups.load(GROUP)
                groups.mark(GROUP)
                show(BEGUN)
                if not early:
                    ready()
                for _ in range(attempts):
                    try:
                        self.exchange(groups, self.sealed)
                        show(ACKNOWLEDGED)
                        break
                    except StoreError:
                        show(BUSY)
            show(CLOSED)

        return run(deed, self.folder / "log", fault)

    def check(self, shown):
        """Open what is there: what was acknowledged holds, and the next exchange completes the rest."""
        with self.opened() as groups:
            state = groups.load(GROUP)
            assert groups.why_stopped(state, groups.mark(GROUP)) is None
            assert check(groups, lambda: None).faults == ()
            if ACKNOWLEDGED in shown:
                self._has(groups, [1, 2, 3])
            self.exchange(groups, self.sealed)
            self._has(groups, [1, 2, 3])
            self.exchange(groups, self.sealed, self.later)
            self._has(groups, [1, 2, 3, 4])
            # A mark may lag behind a crash; the next append raises it.
            log = groups.load(GROUP).log
            assert groups.mark(GROUP) == BranchTip(0, log.length, log.head)

    def is_stopped(self):
        """The mark knows better than the store: the phone's seal is kept, and nothing is appended."""
        with self.opened() as groups:
            length = groups.load(GROUP).log.length
            with pytest.raises(StoppedGroupError, match=BEHIND_MARK):
                groups.append(GROUP, lambda _: [[self.phone.admission]])
            Intake(groups, Quota()).exchange(
                Request(1, GROUP, None, (), (self.sealed,), ()), self.phone.writer
            )
            state = groups.load(GROUP)
            assert (state.log.length, len(state.phone_seals)) == (length, 1)

    def _has(self, groups, members):
        """Each of these entries stands once, and there is nothing else to say."""
        state = groups.load(GROUP)
        assert [fact.entry.member for fact in state.facts] == members
        assert sum(isinstance(placed.entry, Received) for placed in state.log.entries) == len(members) - 2
        report = check(groups, lambda: None)
        assert (report.faults, report.notes) == ((), {})


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A bench, and what a run to the end does."""
    made = Bench(tmp_path_factory.mktemp("calls"))
    made.ended = made.run()
    assert made.ended == (0, [BEGUN, ACKNOWLEDGED, CLOSED], made.ended.calls)
    made.check(made.ended.shown)
    here = str(made.place)
    made.all = [call for call in made.ended.calls if call.path.startswith(here) and changes(call)]
    return made


def test_N80_killed_at_every_call_of_storing_a_seal_receiving_it_and_raising_the_mark(bench):
    assert {call.path.rsplit("/")[-1] for call in bench.all} >= {f"{STORE}-wal", f"{MARKS}-wal"}
    for call in bench.all:
        ended = bench.run(f"{call.name}:signal=KILL:when={call.nth}")
        assert ended.status == -9, (call, ended.shown)
        bench.check(ended.shown)


def fail_at_each(bench, names, error, attempts):
    """One run per call of these names, which fails once; returns how often that refused the exchange."""
    refused = 0
    for call in bench.all:
        if call.name in names:
            ended = bench.run(f"{call.name}:error={error}:when={call.nth}", attempts=attempts)
            assert (ended.status, ended.shown[-1:]) == (0, [CLOSED]), (call, ended.shown)
            assert attempts == 1 or ACKNOWLEDGED in ended.shown, (call, ended.shown)
            bench.check(ended.shown)
            refused += BUSY in ended.shown
    return refused


def test_N86_a_disk_that_is_full_at_any_write_refuses_the_exchange_and_loses_nothing(bench):
    assert fail_at_each(bench, {*WRITES, "openat"}, "ENOSPC", 2) > 1


@pytest.mark.parametrize("attempts", [1, 2])
def test_N86_a_flush_that_fails_refuses_the_exchange_and_loses_nothing(bench, attempts):
    assert fail_at_each(bench, FLUSHES, "EIO", attempts) > 1


def test_N80_a_power_cut_in_the_middle_of_any_page_loses_nothing_that_was_acknowledged(bench):
    disk = Disk(bench.start, bench.place)
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


@pytest.mark.parametrize("length", [None, 0, 100])
def test_N85_a_store_that_lost_its_write_ahead_log_or_the_end_of_it_is_noticed(bench, length):
    killed = bench.run("unlink:signal=KILL:when=1")
    assert (killed.status, killed.shown) == (-9, [BEGUN, ACKNOWLEDGED])
    log = bench.place / f"{STORE}-wal"
    whole = log.read_bytes()
    assert len(whole) > 100
    log.unlink()
    if length is not None:
        log.write_bytes(whole[:length])
    bench.is_stopped()


def test_N85_a_store_that_is_an_older_copy_is_noticed(bench):
    assert bench.run().status == 0
    shutil.copy(bench.start / STORE, bench.place / STORE)
    bench.is_stopped()
