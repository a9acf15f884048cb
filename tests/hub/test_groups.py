"""Each group's state and the one way to append to it, with other processes at the same store."""

import base64
import sqlite3
from itertools import count

import pytest

from hub.errors import DamagedError, HeadMovedError, SettingsError, UnknownGroupError
from hub.service.group.groups import Groups
from protocol.exchange import DetachedText
from protocol.ids import BranchTip
from protocol.native import generate_signer
from protocol.roster_facts import MemberListed
from protocol.trust_facts import BranchEpochOpened
from tests.hub.builders import GROUP, NOW, Branch, Phone, sqlite_branch, visit

RANDOM = count(1)


@pytest.fixture
def branch(tmp_path):
    branch = sqlite_branch(tmp_path)
    branch.groups.open(GROUP)
    return branch


def member(ordinal: int, *hashes: bytes) -> MemberListed:
    name, identity, phone, address = hashes or (bytes(32), None, None, None)
    return MemberListed(ordinal, f"TV{ordinal}", name, identity, phone, address, f"C{ordinal}")


def members(branch: Branch) -> list[int]:
    entries = branch.another_process().load(GROUP).log.entries
    return [placed.entry.ordinal for placed in entries if isinstance(placed.entry, MemberListed)]


def test_L5_a_group_begins_with_its_opening_once(branch):
    branch.groups.open(GROUP)
    branch.another_process().open(GROUP)
    (opened,) = branch.groups.load(GROUP).log.entries
    assert isinstance(opened.entry, BranchEpochOpened)
    assert branch.groups.codes() == (GROUP,)


def test_a_group_that_was_never_opened_is_unknown(branch):
    with pytest.raises(UnknownGroupError):
        branch.groups.load("KM-404")
    with pytest.raises(UnknownGroupError):
        branch.groups.append("KM-404", lambda _: [[member(1)]])


def test_a_state_is_folded_again_only_when_something_was_added(branch):
    first = branch.groups.load(GROUP)
    assert branch.groups.load(GROUP) is first
    branch.another_process().append(GROUP, lambda _: [[member(1)]])
    assert len(branch.groups.load(GROUP).book.members) == 1
    assert first.book.members == {}


def test_L14_a_planner_is_asked_again_when_somebody_else_appended_first(branch):
    rival, asked = branch.another_process(), []

    def planner(state):
        asked.append(state.log.length)
        if len(asked) == 1:
            rival.append(GROUP, lambda _: [[member(1)]])
        return [[member(len(state.book.members) + 1, b"n" * 32, None, None, None)]]

    branch.groups.append(GROUP, planner)
    assert asked == [1, 2]
    assert members(branch) == [1, 2]


def test_L14_two_who_append_the_same_at_once_append_it_once(branch):
    rival = branch.another_process()

    def planner(state):
        if not state.book.members:
            rival.append(GROUP, lambda _: [[member(1)]])
        return [[member(1)]] if not state.book.members else []

    branch.groups.append(GROUP, planner)
    assert members(branch) == [1]


def test_who_is_outrun_for_ever_gives_up(branch):
    rival = branch.another_process()

    def planner(state):
        rival.append(GROUP, lambda rivals: [[member(len(rivals.book.members) + 1)]])
        return [[member(99)]]

    with pytest.raises(HeadMovedError):
        branch.groups.append(GROUP, planner)
    assert 99 not in members(branch)


def test_L8_a_run_is_cut_where_one_seal_does_not_take_it(branch):
    hashes = [bytes(generate_signer().sign(b"%d" % number))[:32] for number in range(2_000)]
    run = [member(number + 1, *hashes[4 * number : 4 * number + 4]) for number in range(500)]
    branch.groups.append(GROUP, lambda _: [run])
    assert members(branch) == list(range(1, 501))
    sizes = [seal.last_seq - seal.first_seq + 1 for seal in branch.groups.load(GROUP).seals]
    assert sizes == [1, 250, 250]


def test_each_run_starts_a_seal_of_its_own_and_an_empty_one_none(branch):
    branch.groups.append(GROUP, lambda _: [[member(1)], [], [member(2), member(3)]])
    assert [seal.last_seq - seal.first_seq for seal in branch.groups.load(GROUP).seals] == [0, 0, 1]


def test_L13_an_admission_among_other_entries_is_a_defect(branch):
    admission = Phone(GROUP, 1, 0).admission
    with pytest.raises(AssertionError, match="L13"):
        branch.groups.append(GROUP, lambda _: [[member(1), admission]])


@pytest.mark.parametrize("signer", [None, generate_signer()])
def test_L5_only_the_key_in_force_seals(branch, signer):
    other = Groups(branch.store, branch.trust, signer, lambda: NOW)
    with pytest.raises(SettingsError, match="wrong_key"):
        other.append(GROUP, lambda _: [[member(1)]])
    with pytest.raises(SettingsError, match="wrong_key"):
        other.open("KM-002")
    assert members(branch) == []


def test_a_group_with_more_documents_than_one_scan_gives_is_loaded_whole(branch):
    texts = [DetachedText(number.to_bytes(16, "big"), b"x") for number in range(1_500)]
    branch.groups.add_texts(GROUP, texts)
    assert len(branch.groups.load(GROUP).texts) == 1_500


def test_a_text_that_was_changed_in_the_store_is_not_written_over(branch, tmp_path):
    text = DetachedText(bytes(16), "Vắng nhà".encode())
    branch.groups.add_texts(GROUP, [text])
    with sqlite3.connect(tmp_path / "hub.sqlite") as connection:
        connection.execute("DROP TRIGGER fact_stays")
        connection.execute("UPDATE fact SET body = json_set(body, '$.text', 'AAAA') WHERE id LIKE '%:text:%'")
    with pytest.raises(DamagedError):
        branch.groups.add_texts(GROUP, [text])
    assert branch.another_process().load(GROUP).text(text.hash) is None


def test_a_seal_that_adds_nothing_to_its_log_is_damage(branch, tmp_path):
    (doc_id,) = branch.store.ids(f"{GROUP}:seal:")
    seal = branch.store.get(doc_id)["seal"]
    branch.store.add([{"_id": doc_id[:-12] + "000000000002", "seal": seal}])
    with pytest.raises(DamagedError, match="adds nothing"):
        branch.groups.load(GROUP)


def test_a_phone_seal_that_is_none_is_damage(branch):
    phone = branch.admit()
    junk = base64.b64encode(b"junk").decode()
    branch.store.add([{"_id": f"{GROUP}:seal:{phone.writer.hex()}.0:000000000001:00", "seal": junk}])
    with pytest.raises(DamagedError):
        branch.groups.load(GROUP)


def test_L15_a_tip_is_held_when_the_log_has_that_head_there(branch):
    state = branch.groups.load(GROUP)
    assert state.holds(BranchTip(0, 1, state.log.head))
    assert state.holds(BranchTip(0, 0, bytes(32)))
    assert not state.holds(BranchTip(0, 1, bytes(32)))
    assert not state.holds(BranchTip(0, 2, bytes(32)))
    assert not state.holds(BranchTip(1, 1, state.log.head))


def test_L4_words_that_are_not_there_are_none(branch):
    state = branch.groups.load(GROUP)
    assert state.text(None) is None
    assert state.text(bytes(32)) is None
    assert visit().note is None
