"""A branch whose store is put back to an older copy, and phones that follow its log as real ones do (L15)."""

import shutil
import sqlite3
from contextlib import closing, suppress

from hub.errors import AccessError
from hub.marks import MarkFile
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.upkeep.restoring import Wish, restore
from hub.store.sqlite import SqliteStore, create
from protocol.branch_log import BranchLog
from protocol.errors import ForkError, GapError, OlderEpochError
from protocol.exchange import Request
from protocol.trust_facts import Restated
from tests.hub.builders import GROUP, Branch, Phone
from tests.hub.days import CollectionDay

PEOPLE = ("GD01", "KSV01")


class Hamlet(CollectionDay):
    """A collection day with marks, copies of its store, and phones that keep what they were sent."""

    def __init__(self, folder):
        self.folder = folder
        create(folder / "hub.sqlite")
        self.marks = MarkFile(folder / "marks.sqlite")
        self.marks.make()
        branch = Branch(SqliteStore(folder / "hub.sqlite"), lambda: self.now, self.marks)
        super().__init__(folder, branch=branch)
        self.followers = {1: Follower(self, self.leader), 2: Follower(self, self.deputy)}

    def copy(self, name="noon"):
        """A consistent copy of the store, as the page on running the hub makes one."""
        target = self.folder / f"{name}.sqlite"
        with (
            closing(sqlite3.connect(self.folder / "hub.sqlite")) as source,
            closing(sqlite3.connect(target)) as copied,
        ):
            source.backup(copied)

    def put_back(self, name="noon"):
        """The copy in the place of the store; the marks stay."""
        self.branch.store.close()
        for rest in ("", "-wal", "-shm"):
            (self.folder / f"hub.sqlite{rest}").unlink(missing_ok=True)
        shutil.copy(self.folder / f"{name}.sqlite", self.folder / "hub.sqlite")
        self.branch.store = SqliteStore(self.folder / "hub.sqlite")
        self.open_again()

    def open_again(self):
        """The hub's process begins anew."""
        self.branch.groups = self.groups = self.branch.another_process()
        Intake(self.groups, Quota()).catch_up()

    def begin_anew(self, group=None, *, again=False):
        """What ``tovay-hub restored`` does; returns the groups whose epoch was opened."""
        return restore(self.groups, Wish(*PEOPLE, group, again), lambda _: None).opened

    def admit(self, ordinal):
        """One more phone, and what it follows."""
        phone = self.branch.admit(GROUP, ordinal)
        self.followers[ordinal] = Follower(self, phone)
        return phone


class Follower:
    """What a phone holds of its branch, and its exchange: seals of its own, then what it gives back."""

    def __init__(self, hamlet, phone: Phone):
        self.hamlet, self.phone = hamlet, phone
        self.log = BranchLog(GROUP, hamlet.branch.root.spki, hamlet.branch.trust.verifier)
        self.log.add_statements(hamlet.branch.trust.statements)
        self.held: dict[bytes, bytes] = {}  # branch seals by the hash of their last entry
        self.own: list[bytes] = []
        self.others: list[bytes] = []
        self.given: set[tuple[int, bytes]] = set()

    def write(self, *entries):
        """New entries in a seal of their own."""
        first = len(self.phone.entries) + 1
        self.phone.known = self.log.tip
        self.phone.write(*entries)
        self.seal(first)

    def seal(self, first):
        """What was written from a seq on, sealed."""
        self.phone.known = self.log.tip
        self.own.append(self.phone.seal(first))

    def sync(self, times=3, other_tips=()):
        """Exchanges until nothing is left to say; returns the last answer."""
        for _ in range(times):
            seals = (*self.own, *self.given_back(), *self.others)
            request = Request(1, GROUP, self.log.tip, other_tips, seals, ())
            intake = Intake(self.hamlet.groups, Quota())
            answer = intake.exchange(request, self.phone.writer)
            self.given |= {(self.log.log.epoch, raw) for raw in seals}
            self.take_in(answer)
        return answer

    def come_back(self):
        """As ``sync``, of a phone that may be revoked, and that brings its admission where it is unknown."""
        state = self.hamlet.state
        if self.phone.writer not in state.writers:
            seals = (*self.held.values(), *self.own)
            Intake(self.hamlet.groups, Quota()).exchange(
                Request(1, GROUP, None, (), seals, ()), self.phone.writer
            )
        with suppress(AccessError):
            self.sync()

    def take_in(self, answer):
        """Branch seals as a reader takes them, and other phones' seals."""
        for raw in answer.branch_seals:
            try:
                added = self.log.add(raw)
            except GapError:
                break  # a revoked phone gets acknowledgements alone
            except (OlderEpochError, ForkError):
                added = self.log.keep(raw)
            if added:
                self.held[added[-1].hash] = raw
        self.others += [raw for raw in answer.phone_seals if raw not in self.others]

    def given_back(self):
        """Branch seals of older epochs with entries that count for nothing, once to every epoch."""
        said = {
            (one.entry.entry, one.entry.hash) for one in self.log.entries if isinstance(one.entry, Restated)
        }
        epoch = self.log.log.epoch
        ends = [
            digest
            for (place, digest) in sorted(self.log.lost)
            if digest in self.held and place.epoch < epoch and (place, digest) not in said
        ]
        return [raw for digest in ends if (epoch, (raw := self.held[digest])) not in self.given]
