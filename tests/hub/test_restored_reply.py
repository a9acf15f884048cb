"""What a hub that began anew sends down, and what fsck finds in what was given back (L15)."""

import base64
import sqlite3

import pytest

from hub.documents import returned_of_group
from hub.errors import AccessError
from hub.service.phones.quota import Quota
from hub.service.phones.reply import page, place_to_go_on
from hub.service.upkeep.fsck import check
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.errors import OlderEpochError
from protocol.ids import BranchTip, Position
from protocol.phone_facts import Visited
from protocol.trust_facts import Received
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.copies import Follower, Hamlet
from tests.hub.pushes import push
from tests.hub.test_restored import afternoon


@pytest.fixture
def hamlet(tmp_path):
    hamlet = Hamlet(tmp_path)
    afternoon(hamlet)
    return hamlet


def restored(hamlet):
    """The copy is back, and the leader has given back what it held."""
    hamlet.put_back()
    hamlet.begin_anew()
    hamlet.followers[1].come_back()
    return hamlet.state


def test_L15_lost_seals_come_down_before_the_seal_that_restates_them(hamlet):
    state = restored(hamlet)
    log = BranchLog(GROUP, hamlet.branch.root.spki, hamlet.branch.trust.verifier)
    log.add_statements(hamlet.branch.trust.statements)
    units, more = page(state, (), None)
    for raw in (raw for unit in units for raw in unit.branch_seals):
        try:
            log.add(raw)
        except OlderEpochError:
            assert log.keep(raw)
    assert (log.tip, log.lost.keys(), more) == (state.log.tip, state.log.lost.keys(), False)


def test_L15_a_reader_learns_the_lost_line_on_which_a_phones_seal_was_written_up_to_where_it_had_read(
    tmp_path,
):
    """The leader had read an acceptance when it wrote: its numbers and places are those of that line."""
    hamlet = Hamlet(tmp_path)
    leader, deputy = hamlet.followers[1], hamlet.followers[2]
    leader.sync()
    deputy.sync()
    hamlet.copy()
    hamlet.lower_the_rate()
    leader.write(an(Visited))
    leader.sync()
    held = leader.log.tip
    leader.write(an(Visited, member=2))
    hamlet.put_back()
    hamlet.begin_anew()
    leader.sync()
    assert isinstance(hamlet.state.log.lost[Position(held.epoch, held.seq), held.head].entry, Received)
    assert [seal.known for seal in hamlet.state.phone_seals][-1] == held
    deputy.sync()
    assert (Position(held.epoch, held.seq), held.head) in deputy.log.lost
    leader.sync()
    deputy.sync()
    received = [placed.entry for placed in hamlet.state.log.entries if isinstance(placed.entry, Received)]
    assert [(one.first_seq, one.count) for one in received] == [(1, 1), (2, 1)]
    hamlet.put_back()
    hamlet.begin_anew()
    leader.sync()
    late = Follower(hamlet, hamlet.deputy)
    late.sync()
    assert (Position(held.epoch, held.seq), held.head) in late.log.lost


def test_L15_a_reader_that_holds_the_lost_seals_is_spared_them_and_goes_on_where_they_depart(hamlet):
    before = hamlet.state
    state = restored(hamlet)
    base = state.log.entries[0].position
    departs = max(one.position for one in state.log.entries if one.position.epoch == base.epoch)
    assert place_to_go_on(state, before.log.tip, ()) == departs
    units, _ = page(state, (), before.log.tip)
    assert all(unit.lost == () for unit in units)
    assert units[0].seal.epoch == 1


def test_L15_a_hub_that_is_behind_a_phone_sends_it_nothing_old(hamlet):
    ahead = hamlet.state.log.tip
    hamlet.put_back()
    state = hamlet.state
    assert page(state, (), ahead) == ((), False)
    assert place_to_go_on(state, ahead, (BranchTip(0, 1, state.log.entries[0].hash),)) == Position(0, 1)
    assert place_to_go_on(state, BranchTip(0, 3, bytes(32)), ()) == Position(0, 0)


def test_L8_lost_seals_that_overflow_a_page_come_first_and_the_reader_says_from_where_to_go_on(
    hamlet, monkeypatch
):
    state = restored(hamlet)
    monkeypatch.setattr("hub.service.phones.reply.EXCHANGE_BRANCH_SEALS_MAX", 3)
    log = BranchLog(GROUP, hamlet.branch.root.spki, hamlet.branch.trust.verifier)
    log.add_statements(hamlet.branch.trust.statements)
    for _ in range(40):
        ends = [BranchTip(place.epoch, place.seq, digest) for place, digest in sorted(log.lost)]
        units, more = page(state, (), log.tip, tuple(reversed(ends)))
        for raw in (raw for unit in units for raw in unit.branch_seals):
            try:
                log.add(raw)
            except OlderEpochError:
                log.keep(raw)
        if not more:
            break
    assert (log.tip, log.lost.keys()) == (state.log.tip, state.log.lost.keys())


def test_L15_any_flipped_byte_of_a_seal_that_was_given_back_is_found(hamlet):
    restored(hamlet)
    doc_id = hamlet.branch.store.ids(returned_of_group(GROUP))[-1]
    raw = bytearray(base64.b64decode(hamlet.branch.store.get(doc_id)["seal"]))
    for place in range(0, len(raw), 7):
        raw[place] ^= 1
        with sqlite3.connect(hamlet.folder / "hub.sqlite") as connection:
            connection.execute("DROP TRIGGER IF EXISTS fact_stays")
            told = base64.b64encode(raw).decode()
            connection.execute(
                "UPDATE fact SET body = json_set(body, '$.seal', ?) WHERE id = ?", (told, doc_id)
            )
        connection.close()
        assert doc_id in {fault.where for fault in check(hamlet.groups, lambda: None).faults}
        raw[place] ^= 1


def test_L15_a_seal_that_no_branch_key_signed_is_refused_and_one_that_was_changed_is_not_kept(
    hamlet, tmp_path_factory
):
    restored(hamlet)
    other = Hamlet(tmp_path_factory.mktemp("other"))
    other.followers[1].sync()
    foreign = list(other.followers[1].held.values())[-1]
    ours = list(hamlet.followers[3].held.values())[-1]
    stored = hamlet.branch.store.ids("")
    answer = push(hamlet.branch, foreign, ours[:-3] + b"abc", asker=hamlet.leader)
    assert [(one.index, one.code) for one in answer.refused] == [(0, "untrusted_key")]
    assert hamlet.branch.store.ids("") == stored


def test_L15_a_seal_that_continues_nothing_is_refused_until_what_it_continues_is_given_back(hamlet):
    hamlet.put_back()
    hamlet.begin_anew()
    leader = hamlet.followers[1]
    lost = [raw for raw in leader.held.values() if not hamlet.state.holds(tip_of(raw))]
    answer = push(hamlet.branch, lost[-1], asker=hamlet.leader)
    assert [(one.index, one.code) for one in answer.refused] == [(0, "gap")]
    answer = push(hamlet.branch, *lost, asker=hamlet.leader)
    assert answer.refused == ()


def test_L9_what_is_given_back_has_a_quota_and_what_follows_waits_with_it(hamlet):
    hamlet.put_back()
    hamlet.begin_anew()
    leader = hamlet.followers[1]
    lost = [raw for raw in leader.held.values() if not hamlet.state.holds(tip_of(raw))]
    quota = Quota(bytes_max=len(lost[0]))
    answer = push(hamlet.branch, *lost, asker=hamlet.leader, quota=quota)
    assert [one.code for one in answer.refused] == ["quota"] * (len(lost) - 1)
    hamlet.open_again()
    leader.come_back()
    assert check(hamlet.groups, lambda: None).faults == ()


def test_L9_branch_seals_of_a_group_that_was_never_opened_are_refused(hamlet):
    raw = next(iter(hamlet.followers[1].held.values()))
    with pytest.raises(AccessError):
        push(hamlet.branch, raw, asker=hamlet.leader, group="KM-404")


def tip_of(raw):
    header = seals.read(raw).header
    return BranchTip(header.log.epoch, header.first_seq + header.count - 1, header.head)
