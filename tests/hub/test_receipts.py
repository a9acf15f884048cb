"""A household's receipt, looked up: received, not yet, or contradicted (L13)."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.documents import evidence_of_group, phone_seal
from hub.errors import CrowdedError, ReceiptError
from hub.service.forks.proving import contradictions
from hub.service.forks.receipts import KEPT_PER_LOG_MAX, WINDOW, Answer, Door, look_up
from hub.service.group.groups import Groups
from hub.service.group.state import Trust
from hub.service.upkeep.fsck import check
from protocol.receipt import QR_PREFIX, write_qr
from protocol.seal import read
from tests.builders import VERIFIER, a_group, signer
from tests.hub.builders import GROUP, sqlite_branch
from tests.hub.days import CollectionDay
from tests.hub.forking import code_of, copied, twin
from tests.protocol.test_receipt import a_proof

NOW = datetime(2025, 12, 17, tzinfo=UTC)


@pytest.fixture
def day(tmp_path):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 100_000, 271_233)
    return day


def test_a_receipt_that_was_received_is_answered_with_its_place_and_day(day):
    text = code_of(day, day.leader, 1)
    assert look_up(day.groups, text) == Answer("not_yet")
    day.sync(day.leader)
    found = look_up(day.groups, text)
    assert found.answer == "received"
    assert (found.place.epoch, found.place.seq) == (0, day.state.log.length)
    assert found.day.isoformat() == "2025-12-17"


def test_a_receipt_of_an_entry_behind_what_was_sent_is_not_yet_received(day):
    day.sync(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    assert look_up(day.groups, code_of(day, day.leader, 2)) == Answer("not_yet")


def test_L13_a_mark_that_contradicts_the_chain_is_told_and_its_evidence_is_kept(day):
    clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.collect(clone, 2, 50_000, 379_726, receipt=2)
    day.sync(day.leader)
    text = code_of(day, clone, 2)
    for _ in range(2):
        assert look_up(day.groups, text) == Answer("contradicts")
    groups = day.branch.another_process()
    (kept,) = contradictions(groups.store, groups.load(GROUP), groups.trust)
    assert (kept.proved.kind, kept.proved.seq) == ("receipt", 2)
    assert check(groups, lambda: None).faults == ()


def test_H111_a_phone_that_marks_at_will_does_not_fill_the_store(day):
    clone = twin(day.leader)
    for number in range(KEPT_PER_LOG_MAX + 2):
        day.collect(day.leader, 2, 90_000, 379_726, receipt=100 + number)
        day.collect(clone, 2, 50_000, 379_726, receipt=100 + number)
    day.sync(day.leader)
    for seq in range(2, len(clone.entries) + 1):
        assert look_up(day.groups, code_of(day, clone, seq)) == Answer("contradicts")
    assert len(day.branch.store.ids(evidence_of_group(GROUP))) == KEPT_PER_LOG_MAX


def test_an_entry_that_is_stored_and_not_yet_received_is_answered_as_that(day):
    seal = day.leader.seal()
    day.branch.store.add([phone_seal(GROUP, read(seal).header, seal)])
    assert look_up(day.groups, code_of(day, day.leader, 1)) == Answer("not_yet")


def test_a_receipt_of_either_side_of_a_known_fork_is_received(tmp_path):
    day = copied(tmp_path)
    for phone in (day.leader, day.clone):
        assert look_up(day.groups, code_of(day, phone, 2)).answer == "received"


def test_a_receipt_whose_predecessor_differs_contradicts_too(day):
    clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.collect(clone, 2, 50_000, 379_726, receipt=2)
    day.collect(clone, 3, 60_000, 162_740, receipt=3)
    day.sync(day.leader)
    assert look_up(day.groups, code_of(day, clone, 3)) == Answer("contradicts")


def test_what_the_root_does_not_prove_learns_nothing(day):
    text = code_of(day, day.leader, 1)
    for other in ("", QR_PREFIX, text[:-8], text.lower(), write_qr(a_proof())):
        with pytest.raises(ReceiptError):
            look_up(day.groups, other)


def test_a_code_of_a_group_or_a_phone_that_this_hub_does_not_hold_is_not_yet_received(tmp_path):
    branch = a_group()
    text = write_qr(a_proof(branch))
    trust = Trust(branch.root.spki, VERIFIER, tuple(branch.statements))
    groups = sqlite_branch(tmp_path).groups
    restored = Groups(groups.store, trust, signer("branch key 1"), lambda: NOW)
    assert look_up(restored, text) == Answer("not_yet")
    restored.open(branch.group)
    assert look_up(restored, text) == Answer("not_yet")


def test_the_door_counts_each_source_and_all_of_them():
    door = Door(per_source=2, in_all=3)
    door.enter("a", NOW)
    door.enter("a", NOW)
    with pytest.raises(CrowdedError) as caught:
        door.enter("a", NOW + timedelta(minutes=1))
    assert caught.value.retry_after_s == 9 * 60 + 1
    door.enter("b", NOW)
    with pytest.raises(CrowdedError):
        door.enter("c", NOW)
    door.enter("a", NOW + WINDOW)
