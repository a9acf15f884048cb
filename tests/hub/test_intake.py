"""The exchange as the hub's service has it: what is stored, what is acknowledged, who gets what."""

import threading

import pytest

from hub.errors import AccessError, QuotaError, UnsignedError
from hub.service.intake import Intake
from hub.service.quota import Quota
from protocol import seal as seals
from protocol.branch_log import BranchLog
from protocol.codec import encode
from protocol.exchange import DetachedText, Request, Response
from protocol.ids import BranchTip, LogId
from protocol.limits import DAILY_BYTES_PER_KEY_MAX
from protocol.phone_facts import MemberNoted
from protocol.roster_facts import MemberListed
from protocol.trust_facts import Received, WriterRevoked
from tests.hub.builders import GROUP, Branch, Phone, sqlite_branch, visit

OTHER = "KM-002"


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def phone(branch):
    return branch.admit()


def push(
    branch: Branch, *sealed: bytes, asker=None, group=GROUP, known=None, texts=(), quota=None
) -> Response:
    asker = asker.writer if isinstance(asker, Phone) else asker or UnsignedError("nobody")
    intake = Intake(branch.groups, quota or Quota())
    return intake.exchange(Request(1, group, known, tuple(sealed), tuple(texts)), asker)


def received(branch: Branch, group: str = GROUP) -> list[Received]:
    """The acceptances of a group, as another process finds them."""
    entries = branch.another_process().load(group).log.entries
    return [placed.entry for placed in entries if isinstance(placed.entry, Received)]


def branch_seal_sizes(branch: Branch) -> list[int]:
    return [seal.last_seq - seal.first_seq + 1 for seal in branch.another_process().load(GROUP).seals]


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


@pytest.mark.parametrize("fault", ["B42_other_content_at_one_place", "B43_wrong_previous_hash"])
def test_a_fork_is_received_and_both_sides_are_kept(branch, phone, fault):
    phone.write(visit(1), visit(2))
    push(branch, phone.seal(), asker=phone)
    other = Phone(GROUP, 1, 0)
    other.hashes = phone.hashes[:1]
    other.write(visit(7), visit(8))
    first, previous = (1, phone.hashes[0]) if fault.startswith("B42") else (3, bytes(32))
    push(branch, phone.seal_of(other.entries, first, previous), asker=phone)
    state = branch.another_process().load(GROUP)
    assert [fact.entry.member for fact in state.facts] == ([1, 2, 7, 8] if first == 1 else [1, 2])
    assert [seq for seq, _ in state.phones[1, 0].forks] == [1 if first == 1 else 2]
    assert len(received(branch)) == 2


def test_L9_a_body_that_does_not_decode_is_kept_whole_and_received(branch, phone):
    phone.write(visit())
    broken = resigned(phone, body=b"\x00 not zlib")
    push(branch, broken, asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.raw, seal.aside) == (broken, "undecodable")
    assert [(one.first_seq, one.count) for one in received(branch)] == [(1, 1)]


def test_B54_a_seal_of_a_version_that_is_not_known_is_kept_and_received(branch, phone):
    phone.write(visit())
    push(branch, resigned(phone, version=2), asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.aside, seal.received is not None) == ("undecodable", True)


def test_B46_a_seal_that_names_another_group_is_received_by_the_group_that_admitted_its_key(branch, phone):
    branch.admit(OTHER)
    phone.write(visit())
    push(branch, phone.seal(log=LogId(OTHER, phone.writer, 0)), asker=phone)
    assert len(received(branch)) == 1
    assert received(branch, OTHER) == []
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert seal.aside == "other_log"


def test_L9_a_seal_posted_for_another_group_is_received_by_its_own(branch, phone):
    stranger = branch.admit(OTHER)
    phone.write(visit())
    answer = push(branch, phone.seal(), asker=stranger, group=OTHER)
    assert len(received(branch)) == 1
    assert answer.refused == ()


def test_L9_a_seal_that_names_a_foreign_group_in_a_foreign_request_is_found_by_its_key(branch, phone):
    stranger = branch.admit(OTHER)
    push(branch, asker=phone)
    phone.write(visit())
    push(branch, phone.seal(log=LogId("KM-009", phone.writer, 0)), asker=stranger, group=OTHER)
    assert len(received(branch)) == 1


def test_B52_a_seal_of_an_epoch_that_was_never_opened_is_received_and_set_aside(branch, phone):
    phone.write(visit())
    push(branch, phone.seal(log=LogId(GROUP, phone.writer, 7)), asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.aside, received(branch)[0].epoch) == ("other_log", 7)


def test_L9_a_seal_that_names_another_writer_belongs_to_the_key_that_signed_it(branch, phone):
    deputy = branch.admit(ordinal=2)
    phone.write(visit())
    push(branch, phone.seal(log=LogId(GROUP, deputy.writer, 0)), asker=phone)
    (seal,) = branch.another_process().load(GROUP).phone_seals
    assert (seal.writer, seal.aside) == (1, "other_log")


def test_a_seal_that_no_admitted_key_signed_is_refused_and_the_others_are_taken_in(branch, phone):
    stranger = Phone(GROUP, 9, 0)
    stranger.hashes = [bytes(32)]
    stranger.write(visit())
    phone.write(visit())
    raw = phone.seal()
    flipped = raw[:-1] + bytes([raw[-1] ^ 1])
    answer = push(branch, stranger.seal(), flipped, raw, raw[:-1], bytes(66_001), asker=phone)
    assert [(one.index, one.code) for one in answer.refused] == [
        (0, "untrusted_key"),
        (1, "untrusted_key"),
        (3, "malformed"),
        (4, "limit"),
    ]
    assert [seal.raw for seal in branch.another_process().load(GROUP).phone_seals] == [raw]


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


def test_L11_a_phone_gets_what_follows_its_place_and_the_other_phones_seals_with_their_texts(branch, phone):
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
    assert other.phone_seals == (deputy.seal(),)
    assert other.texts == (text,)
    assert branch.another_process().load(GROUP).text(text.hash) == "Vắng nhà"


def test_a_text_that_is_not_utf_8_is_left_out(branch, phone):
    phone.write(visit())
    push(branch, phone.seal(), asker=phone, texts=[DetachedText(bytes(16), b"\xff")])
    assert branch.groups.load(GROUP).texts == {}


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
    groups = branch.another_process()
    groups.stop(GROUP)  # stands for a hub that died between the two writes
    Intake(groups, Quota()).exchange(Request(1, GROUP, None, (phone.seal(),), ()), phone.writer)
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
    assert branch.groups.stopped == (GROUP,)


def test_L15_an_unsigned_claim_stops_nothing(branch, phone):
    with pytest.raises(UnsignedError):
        push(branch, known=BranchTip(0, 99, bytes(32)))
    assert branch.groups.stopped == ()


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


def test_a_long_branch_log_comes_in_pages(branch, phone):
    for member in range(1, 60):
        branch.groups.append(GROUP, lambda _, member=member: [[listed(member)], [listed(member)]])
    log = BranchLog(GROUP, branch.root.spki, branch.trust.verifier)
    log.add_statements(branch.trust.statements)
    trips, more = 0, 1
    while more:
        known = BranchTip(0, log.length, log.head) if log.head else None
        answer = push(branch, asker=phone, known=known)
        more, trips = answer.more, trips + 1
        for raw in answer.branch_seals:
            log.add(raw)
    assert log.head == branch.groups.load(GROUP).log.head
    assert trips == 1


def revoke(branch: Branch, phone: Phone) -> None:
    kept = branch.groups.load(GROUP).phones[phone.ordinal, 0]
    line = WriterRevoked(phone.ordinal, 0, kept.length, kept.head, "lost", "it.hoa", None)
    branch.groups.append(GROUP, lambda _: [[line]])


def resigned(phone: Phone, *, body: bytes | None = None, version: int = 1) -> bytes:
    """A seal whose header says so, properly signed by the phone's key."""
    sealed = seals.read(phone.seal())
    header = seals.unpack(sealed).header
    body = sealed.envelope.body if body is None else body
    fields = [getattr(header, name) for name in header.__struct_fields__]
    fields[0], fields[6] = version, seals.sha256(body).digest()
    raw = encode(tuple(fields))
    return encode(seals.Envelope(raw, phone.signer.sign(b"tovay/seal/1\0" + raw), body))


def listed(member: int) -> MemberListed:
    return MemberListed(member, f"TV{member}", bytes(32), None, None, None, f"C{member}")
