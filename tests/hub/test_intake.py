"""The exchange as the hub's service has it: what is stored, what is acknowledged, who gets what."""

import threading
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from hub.documents import phone_seal
from hub.errors import AccessError, QuotaError, StoppedGroupError, StoreError, UnsignedError
from hub.service.group.groups import Groups
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.exchange import DetachedText
from protocol.ids import BranchTip
from protocol.limits import DAILY_BYTES_PER_KEY_MAX
from protocol.native import generate_signer
from protocol.phone_facts import MemberNoted
from protocol.roster_facts import GroupListed
from tests.facts import an
from tests.hub.builders import GROUP, NOW, sqlite_branch, visit
from tests.hub.pushes import OTHER, branch_seal_sizes, push, received, revoke
from tests.hub.stopping import stopped


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def phone(branch):
    return branch.admit()


def test_L10_a_seal_is_stored_and_received_and_its_acknowledgement_is_a_branch_seal(branch, phone):
    phone.write(visit(1), visit(2))
    answer = push(branch, phone.seal(), asker=phone)
    (acceptance,) = received(branch)
    assert (acceptance.writer, acceptance.epoch, acceptance.first_seq, acceptance.count) == (1, 0, 1, 2)
    assert acceptance.head == phone.hashes[-1]
    log = BranchLog(GROUP, branch.root.spki, branch.trust.verifier)
    log.add_statements(answer.statements)
    assert [placed.entry for seal in answer.branch_seals for placed in log.add(seal)][-1] == acceptance


def test_B38_the_same_seal_again_changes_nothing(branch, phone):
    phone.write(visit())
    first = push(branch, phone.seal(), asker=phone)
    stored = branch.store.ids("")
    assert push(branch, phone.seal(), phone.seal(), asker=phone) == first
    assert branch.store.ids("") == stored


def test_B39_the_same_seal_from_32_threads_is_received_once(branch, phone):
    phone.write(visit())
    raw = phone.seal()
    answers = []
    start = threading.Barrier(32)

    def send():
        start.wait()
        answers.append(push(branch, raw, asker=phone))

    threads = [threading.Thread(target=send) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(received(branch)) == 1
    assert len(answers) == 32
    assert all(answer.branch_seals == answers[0].branch_seals for answer in answers)


def test_B40_a_seal_behind_a_gap_is_received_and_its_entries_wait(branch, phone):
    phone.write(visit(1), visit(2), visit(3))
    push(branch, phone.seal(3), asker=phone)
    assert [acceptance.first_seq for acceptance in received(branch)] == [3]
    assert branch.groups.load(GROUP).facts == ()
    push(branch, phone.seal(1, 2), asker=phone)
    facts = branch.another_process().load(GROUP).facts
    assert [(fact.ref.seq, fact.entry.member) for fact in facts] == [(3, 3), (1, 1), (2, 2)]


def test_B41_reordered_seals_of_one_push_are_received_in_their_order(branch, phone):
    phone.write(visit(1), visit(2), visit(3))
    push(branch, phone.seal(3), phone.seal(1, 2), asker=phone)
    assert [acceptance.first_seq for acceptance in received(branch)] == [1, 3]
    assert [fact.ref.seq for fact in branch.groups.load(GROUP).facts] == [1, 2, 3]


def test_L7_an_overlap_that_agrees_is_no_fork(branch, phone):
    phone.write(visit(1), visit(2), visit(3))
    push(branch, phone.seal(1, 2), asker=phone)
    push(branch, phone.seal(2, 3), asker=phone)
    state = branch.another_process().load(GROUP)
    assert [fact.ref.seq for fact in state.facts] == [1, 2, 3]
    assert state.phones[1, 0].forks == []
    assert len(received(branch)) == 2


def test_L7_the_same_entries_sealed_at_another_time_are_a_repeat(branch, phone):
    phone.write(visit())
    push(branch, phone.seal(), asker=phone)
    push(branch, phone.seal(wall_clock=1), asker=phone)
    assert len(received(branch)) == 1
    assert len(branch.another_process().load(GROUP).phone_seals) == 2


def test_L11_seals_are_taken_in_even_when_nobody_signed_the_request(branch, phone):
    phone.write(visit())
    with pytest.raises(UnsignedError):
        push(branch, phone.seal())
    assert len(received(branch)) == 1


def test_L11_a_key_of_another_group_gets_nothing_of_this_one(branch, phone):
    stranger = branch.admit(OTHER)
    phone.write(visit())
    with pytest.raises(AccessError):
        push(branch, phone.seal(), asker=stranger)
    assert len(received(branch)) == 1


def test_a_group_that_was_never_opened_is_nobodys(branch, phone):
    with pytest.raises(AccessError):
        push(branch, asker=phone, group="KM-404")


def test_L11_a_phone_gets_what_follows_its_place_and_the_phone_seals_that_it_did_not_send(branch, phone):
    deputy = branch.admit(ordinal=2)
    text = DetachedText(bytes(16), "Vắng nhà".encode())
    deputy.write(MemberNoted(1, 20_431, "absence", text.hash))
    phone.write(visit())
    before = branch.groups.load(GROUP).log
    known = BranchTip(0, before.length, before.head)
    own = push(branch, phone.seal(), asker=phone, known=known)
    assert (len(own.branch_seals), own.phone_seals, own.texts) == (1, (), ())
    push(branch, deputy.seal(), asker=deputy, texts=[text, DetachedText(bytes(16), b"nobody names this")])
    other = push(branch, asker=phone, known=known)
    assert other.phone_seals == (phone.seal(), deputy.seal())
    again = push(branch, phone.seal(), asker=phone, known=known)
    assert again.phone_seals == (deputy.seal(),)
    assert other.texts == (text,)
    assert branch.another_process().load(GROUP).text(text.hash) == "Vắng nhà"


def test_L18_a_revoked_phone_gets_its_acknowledgement_and_nothing_else(branch, phone):
    deputy = branch.admit(ordinal=2)
    phone.write(visit(1))
    early = push(branch, phone.seal(), asker=phone).branch_seals[-1]
    revoke(branch, phone)
    phone.write(visit(2), visit(3))
    deputy.write(visit(4))
    answer = push(branch, phone.seal(2, 2), phone.seal(3, 3), deputy.seal(), asker=phone)
    assert len(answer.branch_seals) == 2
    assert all(seals.read(raw).header.count == 1 for raw in answer.branch_seals)
    assert (answer.phone_seals, answer.texts, answer.more) == ((), (), 0)
    again = push(branch, phone.seal(1, 1), asker=phone)
    assert again.branch_seals == (early,)


def test_R91_a_revoked_phone_that_brings_nothing_gets_nothing(branch, phone):
    revoke(branch, phone)
    with pytest.raises(AccessError):
        push(branch, asker=phone)


def test_L10_acceptances_are_sealed_per_writer(branch, phone):
    deputy = branch.admit(ordinal=2)
    phone.write(visit(1), visit(2))
    deputy.write(visit(3))
    sizes = branch_seal_sizes(branch)
    push(branch, deputy.seal(), phone.seal(1, 1), phone.seal(2, 2), asker=phone)
    assert branch_seal_sizes(branch) == [*sizes, 2, 1]
    assert [(one.writer, one.first_seq) for one in received(branch)] == [(1, 1), (1, 2), (2, 1)]


def test_a_seal_that_was_stored_before_a_crash_is_received_at_the_next_exchange(branch, phone):
    phone.write(visit())
    raw = phone.seal()
    branch.store.add([phone_seal(GROUP, seals.read(raw).header, raw)])
    assert received(branch) == []
    push(branch, asker=phone)
    assert len(received(branch)) == 1


@pytest.mark.parametrize("seq_ahead", [0, 1])
def test_L15_a_phone_with_another_branch_log_stops_its_group_and_its_seals_are_kept(branch, phone, seq_ahead):
    phone.write(visit())
    tip = BranchTip(0, branch.groups.load(GROUP).log.length + seq_ahead, bytes(32))
    push(branch, phone.seal(), asker=phone, known=tip)
    assert received(branch) == []
    assert len(branch.another_process().load(GROUP).phone_seals) == 1
    assert stopped(branch.another_process()) == {GROUP: "contradicted"}


def test_L15_a_stored_seal_that_contradicts_the_log_stops_its_group_in_every_process(branch, phone):
    phone.write(visit())
    phone.known = BranchTip(0, branch.groups.load(GROUP).log.length, bytes(32))
    push(branch, phone.seal(), asker=phone, known=phone.known)
    branch.groups = branch.another_process()
    Intake(branch.groups, Quota()).catch_up()
    assert received(branch) == []
    with pytest.raises(StoppedGroupError):
        branch.groups.append(GROUP, lambda _: [[an(GroupListed)]])
    revoke(branch, phone)
    push(branch, phone.seal(), asker=phone)
    assert len(received(branch)) == 1


def test_L15_a_revoked_phones_claim_stops_nothing(branch, phone):
    phone.write(visit())
    revoke(branch, phone)
    push(branch, phone.seal(), asker=phone, known=BranchTip(0, 99, bytes(32)))
    assert stopped(branch.groups) == {}
    assert len(received(branch)) == 1


def test_L15_an_unsigned_claim_stops_nothing(branch, phone):
    with pytest.raises(UnsignedError):
        push(branch, known=BranchTip(0, 99, bytes(32)))
    assert stopped(branch.groups) == {}


def test_L9_a_key_over_its_daily_quota_waits_and_the_others_do_not(branch, phone):
    deputy = branch.admit(ordinal=2)
    phone.write(visit(1), visit(2))
    deputy.write(visit(3))
    quota = Quota(bytes_max=len(phone.seal(1, 1)))
    push(branch, phone.seal(1, 1), asker=phone, quota=quota)
    push(branch, phone.seal(1, 1), asker=phone, quota=quota)
    with pytest.raises(QuotaError) as waiting:
        push(branch, phone.seal(2, 2), deputy.seal(), asker=phone, quota=quota)
    assert waiting.value.retry_after_s == 81_001  # the first second after 22.5 h, from 01:30 UTC to midnight
    assert [one.writer for one in received(branch)] == [1, 2]


def test_L9_the_quota_is_far_above_honest_use():
    assert DAILY_BYTES_PER_KEY_MAX > 500 * 66_000


def test_a_damaged_group_does_not_keep_the_others_from_being_caught_up(branch, phone):
    branch.admit(OTHER)
    branch.store.add([{"_id": f"{GROUP}:seal:junk", "seal": "junk"}])
    branch.store.drop_derived()
    Intake(branch.another_process(), Quota()).catch_up()
    assert [summary["_id"] for summary in branch.store.scan_derived(OTHER)] == [f"{OTHER}:summary"]
    assert branch.store.get_derived(f"{GROUP}:summary") is None


def test_L5_a_group_whose_log_has_another_key_stops_no_other_at_the_start(branch, phone):
    phone.write(visit())
    raw = phone.seal()
    branch.store.add([phone_seal(GROUP, seals.read(raw).header, raw)])
    other = Groups(branch.store, branch.trust, generate_signer(), branch.clock)
    with capture_logs() as logged:
        Intake(other, Quota()).catch_up()
    assert [(line["event"], line["cause"]) for line in logged] == [("group_waits_for_its_key", "wrong_key")]
    assert received(branch) == []
    Intake(branch.another_process(), Quota()).catch_up()
    assert len(received(branch)) == 1


def test_L9_what_could_not_be_stored_uses_up_no_quota(branch, phone, monkeypatch):
    phone.write(*(visit(1) for _ in range(300)))
    raw = phone.seal()
    quota = Quota(2 * sum(map(len, phone.entries)))

    def full(_):
        raise StoreError("the disk is full")

    with monkeypatch.context() as trouble:
        trouble.setattr(branch.store, "add", full)
        for _ in range(20):
            with pytest.raises(StoreError):
                push(branch, raw, asker=phone, quota=quota)
    push(branch, raw, asker=phone, quota=quota)
    assert len(received(branch)) == 1


def test_L9_the_quota_begins_anew_at_midnight():
    quota = Quota(bytes_max=10)
    quota.take(b"w", 10, NOW)
    quota.take(b"other", 10, NOW)
    with pytest.raises(QuotaError):
        quota.take(b"w", 1, NOW)
    quota.take(b"w", 10, NOW + timedelta(hours=23))
