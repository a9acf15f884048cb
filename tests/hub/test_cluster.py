"""A hub on a cluster (L14): lists that lag, and documents of which the engine holds two versions."""

import pytest
from structlog.testing import capture_logs

from hub.errors import AppenderAwayError, HeadMovedError, StoppedGroupError
from hub.service.group.groups import Groups
from hub.service.phones.forwarding import Forwarding
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.upkeep.fsck import check
from hub.service.upkeep.health import health
from protocol.exchange import Request
from tests.fakes.cluster import ClusterStore
from tests.fakes.store import MemoryMarks, MemoryStore, Shelves
from tests.hub.builders import GROUP, Branch, visit
from tests.hub.pushes import OTHER, push


class Cluster:
    """A branch, its appender, and a second hub process that sees the same store through ``far``."""

    def __init__(self):
        shelves = Shelves()
        self.branch = Branch(MemoryStore(shelves), marks=MemoryMarks())
        self.phone = self.branch.admit()
        self.far = ClusterStore(shelves)
        branch = self.branch
        self.marks = MemoryMarks()
        self.there = Groups(self.far, branch.trust, branch.key, branch.clock, self.marks, leaves_fresh_s=0)

    def push(self):
        """A new entry, received by the appender; the phone holds the branch log up to there."""
        self.phone.write(visit())
        push(self.branch, self.phone.seal(len(self.phone.entries)), asker=self.phone)
        self.phone.known = self.branch.groups.load(GROUP).log.tip

    def seal_id(self):
        """Id of the phone's first seal."""
        return self.branch.store.ids(f"{GROUP}:seal:{self.phone.writer.hex()}")[0]

    def ask_there(self, *sealed, known=None):
        """The phone's exchange with the second hub."""
        request = Request(1, GROUP, known or self.phone.known, (), tuple(sealed), ())
        return Intake(self.there, Quota()).exchange(request, self.phone.writer)


@pytest.fixture
def cluster():
    return Cluster()


def test_L14_a_list_that_lags_takes_nothing_away_from_what_was_folded(cluster):
    before = cluster.far.ids("")
    cluster.push()
    seen = cluster.there.load(GROUP)
    cluster.far.fall_behind(before)
    assert cluster.there.load(GROUP) is seen
    cluster.phone.write(visit(2))
    cluster.ask_there(cluster.phone.seal(2))
    assert [seal.received is not None for seal in cluster.there.load(GROUP).phone_seals] == [True, True]
    cluster.far.catch_up()
    assert cluster.there.load(GROUP).log.tip == cluster.branch.groups.load(GROUP).log.tip


def test_L14_a_fold_from_the_start_holds_what_a_list_lacks_and_this_hub_knew(cluster):
    cluster.push()
    seen = cluster.there.load(GROUP)
    assert len(seen.phone_seals) == 1
    cluster.branch.admit(ordinal=2)  # an admission is folded from the start
    cluster.far.fall_behind(set(cluster.far.ids("")) - {cluster.seal_id()})
    state = cluster.there.load(GROUP)
    assert (len(state.writers), len(state.phone_seals)) == (2, 1)


@pytest.mark.parametrize("is_marked", [True, False])
def test_L15_a_phone_that_holds_more_than_a_list_shows_is_not_taken_for_a_contradiction(cluster, is_marked):
    cluster.there.load(GROUP)
    cluster.far.fall_behind()
    cluster.push()
    if is_marked:
        cluster.marks.put(GROUP, cluster.phone.known)
    answer = cluster.ask_there()
    assert answer.branch_seals == ()
    assert cluster.there.load(GROUP).claims == ()
    cluster.far.catch_up()
    assert health(cluster.branch.groups).stopped == {}
    assert cluster.there.why_stopped(cluster.there.load(GROUP), cluster.there.mark(GROUP)) is None


def test_L15_a_branch_seal_that_a_list_lacks_is_not_kept_as_given_back(cluster):
    cluster.there.load(GROUP)
    cluster.far.fall_behind()
    cluster.push()
    cluster.ask_there(cluster.branch.groups.load(GROUP).seals[-1].raw)
    assert cluster.there.store.ids(f"{GROUP}:returned:") == ()
    assert cluster.branch.groups.load(GROUP).log.lost == {}


def test_L14_a_hub_that_does_not_append_says_nothing_alone_while_a_list_lacks_a_received_seal(cluster):
    cluster.push()
    request = Request(1, GROUP, None, (), (), ())
    forwarding = Forwarding(cluster.there, Quota())
    cluster.far.fall_behind(set(cluster.far.ids("")) - {cluster.seal_id()})
    with pytest.raises(AppenderAwayError):
        forwarding.answer(request, cluster.phone.writer)
    cluster.far.catch_up()
    assert len(forwarding.answer(request, cluster.phone.writer).branch_seals) == 3


def test_L14_an_append_over_a_list_that_lags_writes_nothing_twice(cluster):
    cluster.there.load(GROUP)
    cluster.far.fall_behind()
    cluster.push()
    tip, cluster.phone.known = cluster.phone.known, None
    cluster.phone.write(visit(2))
    with pytest.raises(HeadMovedError):
        cluster.ask_there(cluster.phone.seal(2), known=cluster.there.load(GROUP).log.tip)
    assert cluster.branch.groups.load(GROUP).log.tip == tip
    cluster.far.catch_up()
    cluster.ask_there(cluster.phone.seal(2))
    report = check(cluster.branch.groups, lambda: None)
    assert (report.faults, report.counts["received"]) == ((), 2)


def test_L14_a_second_leaf_stops_its_group_alone_and_alarms(cluster):
    cluster.push()
    other = cluster.branch.admit(OTHER)
    cluster.far.leaves = (cluster.seal_id(),)
    with capture_logs() as logged:
        found = health(cluster.there)
    assert (found.status, found.stopped) == ("stopped", {GROUP: "second_leaf"})
    assert "hai bản khác nhau" in found.told[0]
    assert [line["ids"] for line in logged if line["event"] == "second_leaf"] == [cluster.far.leaves]
    cluster.phone.write(visit(2))
    cluster.ask_there(cluster.phone.seal(2))
    assert [seal.received is not None for seal in cluster.there.load(GROUP).phone_seals] == [True, False]
    with pytest.raises(StoppedGroupError):
        cluster.there.append(GROUP, lambda _: [[cluster.branch.admit(GROUP, 2).admission]])
    other.write(visit())
    request = Request(1, OTHER, None, (), (other.seal(),), ())
    assert len(Intake(cluster.there, Quota()).exchange(request, other.writer).branch_seals) == 3
    faults = [(fault.where, fault.code) for fault in check(cluster.there, lambda: None).faults]
    assert (GROUP, "second_leaf") in faults
    cluster.far.leaves = ()
    cluster.ask_there()
    assert cluster.there.load(GROUP).phone_seals[1].received is not None
    assert health(cluster.there).stopped == {}
