"""What the hub proves to outsiders: each contradiction that it holds, as a file of evidence (L16)."""

import pytest
from msgspec import structs

from hub import ports
from hub.errors import CorrectionError
from hub.service.forks.proving import Wanted, contradictions, one_of
from hub.service.forks.receipts import look_up
from hub.service.forks.wording import contradiction_told
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol.evidence import check
from protocol.exchange import Request
from protocol.ids import BranchTip
from protocol.keys import fingerprint
from protocol.trust_facts import WriterRevoked
from tests.hub.builders import GROUP
from tests.hub.days import CollectionDay, both_phones_collected
from tests.hub.forking import code_of, copied, twin


def proved(day, **wanted):
    """What each contradiction's file proves to a stranger with the root's fingerprint."""
    groups = day.branch.another_process()
    found = contradictions(groups.store, groups.load(GROUP), groups.trust)
    trust = groups.trust
    return [
        check(one.file, fingerprint(trust.root_spki), trust.verifier)
        for one in found
        if Wanted(**wanted).fits(one.proved)
    ]


def send(day, phone, seal):
    Intake(day.groups, Quota()).exchange(Request(1, GROUP, None, (), (seal,), ()), phone.writer)


def test_honest_phones_contradict_nothing(tmp_path):
    assert proved(both_phones_collected(CollectionDay(tmp_path))) == []


def test_P55_a_cloned_phone_is_proved_by_two_of_its_seals(tmp_path):
    day = copied(tmp_path)
    (fork,) = proved(day)
    assert (fork.kind, fork.log, fork.seq) == ("phone_fork", day.leader.log, 2)
    assert {side.hash for side in fork.sides} == {day.leader.hashes[2], day.clone.hashes[2]}


def test_a_side_whose_beginning_is_missing_is_proved_all_the_same(tmp_path):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 100_000, 271_233)
    clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.sync(day.leader)
    day.collect(clone, 2, 50_000, 379_726, receipt=3)
    day.collect(clone, 3, 60_000, 162_740, receipt=4)
    send(day, clone, clone.seal(3))
    (fork,) = proved(day)
    assert (fork.kind, fork.seq) == ("phone_fork", 2)


def test_L18_what_a_revoked_phone_signs_behind_its_line_is_proved(tmp_path):
    day = CollectionDay(tmp_path)
    day.collect(day.leader, 1, 100_000, 271_233)
    day.sync(day.leader)
    line = WriterRevoked(1, 0, 1, day.leader.hashes[1], "lost", "it.hoa", None)
    day.groups.append(GROUP, lambda _: [[line]])
    day.collect(day.leader, 2, 90_000, 379_726)
    day.sync(day.leader)
    (behind,) = proved(day)
    assert (behind.kind, behind.seq, behind.signer.ordinal) == ("after_revocation", 2, 1)


def test_N42_a_phone_that_was_shown_another_branch_log_is_a_proved_contradiction(tmp_path):
    day = CollectionDay(tmp_path)
    place = day.state.log.tip
    day.leader.known = structs.replace(place, head=bytes(32))
    day.collect(day.leader, 1, 100_000, 271_233)
    day.sync(day.leader)
    (known,) = proved(day)
    assert (known.kind, known.seq, known.log.group) == ("branch_known", place.seq, GROUP)


def test_evidence_of_receipts_is_read_page_by_page_to_its_end(tmp_path, monkeypatch):
    day = CollectionDay(tmp_path)
    clone = twin(day.leader)
    for receipt in (1, 2, 3):
        day.collect(day.leader, 1, 90_000, 271_233, receipt=receipt)
        day.collect(clone, 1, 50_000, 271_233, receipt=receipt)
    day.sync(day.leader)
    for seq in (1, 2, 3):
        look_up(day.groups, code_of(day, clone, seq))

    monkeypatch.setattr(ports, "SCAN_MAX", 1)
    groups = day.branch.another_process()
    found = contradictions(groups.store, groups.load(GROUP), groups.trust)
    assert [one.proved.kind for one in found] == ["receipt"] * 3


def test_what_a_phone_says_of_a_place_that_nobody_holds_proves_nothing(tmp_path):
    day = CollectionDay(tmp_path)
    day.leader.known = BranchTip(0, day.state.log.length + 9, bytes(32))
    day.collect(day.leader, 1, 100_000, 271_233)
    day.sync(day.leader)
    assert proved(day) == []


def test_one_contradiction_is_picked_by_kind_phone_and_place(tmp_path):
    day = copied(tmp_path)
    groups = day.groups
    found = contradictions(groups.store, groups.load(GROUP), groups.trust)
    assert one_of(found, Wanted("phone_fork", 1, 0, 2), GROUP) == found[0]
    assert "điện thoại ký hai nội dung khác nhau (phone_fork)" in contradiction_told(found[0].proved)
    for wanted, candidates, code in (
        (Wanted(seq=9), found, "no_contradiction"),
        (Wanted(), found * 2, "several_contradictions"),
    ):
        with pytest.raises(CorrectionError) as caught:
            one_of(candidates, wanted, GROUP)
        assert caught.value.code == code
