"""Why a group is stopped, and the number of the epoch that ends it (L15)."""

import pytest

from hub.fsck_wording import FAULTS
from hub.service.group.restorations import restorations
from hub.service.group.stops import EPOCHS_AHEAD_MAX, next_epoch
from hub.service.upkeep.fsck import check
from hub.service.upkeep.health import health
from hub.wording import STOPS, stopped
from protocol.ids import BranchTip
from protocol.trust_facts import WriterRevoked
from tests.hub.builders import GROUP, visit
from tests.hub.copies import Hamlet
from tests.hub.pushes import push


@pytest.fixture
def hamlet(tmp_path):
    return Hamlet(tmp_path)


@pytest.mark.parametrize(("claimed", "opened"), [(4, 5), (EPOCHS_AHEAD_MAX, 1_001), (2**31 - 1, 1)])
def test_L15_an_epoch_is_above_every_one_that_a_phone_names_unless_it_lies(hamlet, claimed, opened):
    push(hamlet.branch, asker=hamlet.leader, known=BranchTip(claimed, 3, bytes(32)))
    assert next_epoch(hamlet.state, None) == opened


def test_L15_a_phone_that_holds_a_later_epoch_leads_past_it(hamlet):
    push(hamlet.branch, asker=hamlet.leader, known=BranchTip(4, 3, bytes(32)))
    assert health(hamlet.groups).stopped == {GROUP: "contradicted"}
    assert hamlet.begin_anew(GROUP) == (GROUP,)
    assert hamlet.state.log.log.epoch == 5
    assert health(hamlet.groups).stopped == {}


def test_L14_a_seal_that_contradicts_the_log_stops_its_group_where_people_look_until_its_key_is_revoked(
    hamlet,
):
    hamlet.leader.known = BranchTip(0, 90, bytes(32))
    hamlet.leader.write(visit())
    push(hamlet.branch, hamlet.leader.seal(), asker=hamlet.leader)
    assert health(hamlet.groups).stopped == {GROUP: "contradicted"}
    assert [fault.code for fault in check(hamlet.groups, lambda: None).faults] == ["log_contradicted"]
    genesis = hamlet.state.phones[1, 0].head
    line = WriterRevoked(1, 0, 0, genesis, "lost", "it.hoa", None)
    hamlet.groups.append(GROUP, lambda _: [[line]])
    push(hamlet.branch, asker=hamlet.deputy)
    assert health(hamlet.groups).stopped == {}
    assert check(hamlet.groups, lambda: None).faults == ()


def test_L15_only_the_first_claim_against_a_log_is_kept(hamlet):
    for seq in (90, 91, 92):
        push(hamlet.branch, asker=hamlet.leader, known=BranchTip(0, seq, bytes(32)))
    assert len(hamlet.state.claims) == 1


def test_L15_a_mark_that_lags_stops_nothing(hamlet):
    tip = hamlet.state.log.tip
    (hamlet.folder / "marks.sqlite").unlink()
    hamlet.marks.close()
    hamlet.marks.make()
    hamlet.marks.put(GROUP, BranchTip(0, 1, hamlet.state.log.entries[0].hash))
    hamlet.lower_the_rate()
    assert hamlet.state.log.tip != tip
    assert hamlet.marks.tip(GROUP) == hamlet.state.log.tip


def test_L15_a_mark_that_a_dying_process_left_behind_is_made_good_before_anything_is_said(hamlet):
    tip = hamlet.state.log.tip
    hamlet.marks.close()
    (hamlet.folder / "marks.sqlite").unlink()
    hamlet.marks.make()
    hamlet.marks.put(GROUP, BranchTip(0, 1, hamlet.state.log.entries[0].hash))
    hamlet.groups.append(GROUP, lambda _: ())
    assert (hamlet.state.log.tip, hamlet.marks.tip(GROUP)) == (tip, tip)


def test_every_reason_has_its_words(hamlet):
    assert all("tovay-hub" in told for told in STOPS.values())
    assert STOPS.keys() - {"contradicted"} <= FAULTS.keys()
    assert GROUP in stopped(GROUP, "behind_mark")
    assert restorations(hamlet.branch.store) == ()
