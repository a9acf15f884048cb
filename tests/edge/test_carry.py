"""An exchange without a network (L11, L19): out and in by any carriers; only a branch seal acknowledges."""

from datetime import timedelta

import pytest
from msgspec import structs

from edge.carry import REPLY_KEY, ReplyKey, export, exported_at, note_exported, take_bundles
from edge.cashless import VisitOrder, note_visit
from edge.contact import last_contact, lease
from edge.errors import Fault
from edge.members import find_member
from edge.outgoing import outgoing
from edge.standing import AT_BRANCH, SEALED, SENT, standing
from edge.transport import Outcome
from protocol import bundle as bundles
from protocol import seal as seals
from protocol.day import to_instant
from protocol.errors import BadSignatureError
from protocol.exchange import Refused
from protocol.ids import BranchTip
from protocol.loan_facts import PrincipalRepaid
from tests.builders import signer, stated
from tests.edge.steps import fault_of, take
from tests.edge.village import DAY, a_village
from tests.facts import an
from tests.fakes.desk import HPKE, Desk
from tests.fakes.places import Place


@pytest.fixture
def desk(hub):
    """The branch's desk; the phones that enrol afterwards know its key."""
    return Desk(hub)


@pytest.fixture
def place(tmp_path, hub, desk):
    """The leader's place, nothing enrolled yet."""
    return Place(tmp_path / "leader", hub)


def handed_out(phone):
    """One bundle, which left the phone."""
    made = export(phone)
    note_exported(phone, made)
    (raw,) = made.bundles
    return raw


def faults(result):
    return [one.fault for one in result[1]]


def carriages(phone):
    return [one.carriage for one in standing(phone).entries]


def test_what_was_recorded_goes_out_comes_back_and_only_then_is_at_the_branch(hub, desk, place, phone):
    take(phone, "1")
    made = export(phone)
    assert (len(made.bundles), len(made.seals)) == (1, 1)
    assert carriages(phone) == [SEALED]
    assert exported_at(phone) is None
    note_exported(phone, made)
    assert carriages(phone) == [SENT]
    assert exported_at(phone) == to_instant(place.now)
    ((answer,),) = desk.ingest(*made.bundles)
    assert carriages(phone) == [SENT]
    imported, wrong = take_bundles(phone, [answer])
    assert wrong == ()
    assert (imported.outcome, imported.answers, imported.acknowledged, imported.waiting) == (
        Outcome.DONE,
        1,
        1,
        0,
    )
    assert carriages(phone) == [AT_BRANCH]
    place.reopen(phone)
    assert carriages(phone) == [AT_BRANCH]


def test_a_bundle_carries_whole_seals_signed_by_this_phone_and_what_it_holds(desk, phone):
    take(phone, "1")
    opened = desk.opened(handed_out(phone))
    bundles.check_up(opened, phone.device.signer.spki, phone.device.host.verifier)
    assert opened.letter.writer == phone.writer
    assert opened.request.known == phone.group.tip
    (raw,) = opened.request.seals
    assert raw == outgoing(phone)[0].raw
    seals.verify(seals.read(raw), phone.device.signer.spki, phone.device.host.verifier)


def test_a_bundle_that_never_arrives_goes_again_by_any_way(hub, desk, place, phone):
    take(phone, "1")
    lost = desk.opened(handed_out(phone)).request.seals
    take(phone, "2")
    again = desk.opened(handed_out(phone)).request.seals
    assert again[0] == lost[0]
    assert len(again) == 2
    assert place.synchronise(phone).acknowledged == 2
    assert desk.opened(handed_out(phone)).request.seals == ()


def test_answers_come_in_any_order_and_number(hub, desk, phone):
    take(phone, "1")
    first = handed_out(phone)
    take(phone, "2")
    second = handed_out(phone)
    late, early = desk.ingest(second, first, second, first)[:2]
    imported, wrong = take_bundles(phone, [*late, *early, *late])
    assert wrong == ()
    assert (imported.answers, imported.acknowledged, imported.waiting) == (3, 2, 0)
    imported, _ = take_bundles(phone, early)
    assert (imported.outcome, imported.learnt) == (Outcome.DONE, 0)
    assert len(hub.held) == 2


def test_pages_in_the_wrong_order_are_put_right_and_a_missing_one_is_told(hub, desk, phone):
    sent = handed_out(phone)
    for amount in (1_000, 2_000, 3_000):
        hub.say(an(PrincipalRepaid, loan=1, amount=amount, core_ref=f"C{amount}"))
    desk.page = 1
    ((first, second, third),) = desk.ingest(sent)
    result = take_bundles(phone, [third, second])
    assert (result[0].answers, result[0].learnt) == (0, 0)
    assert faults(result) == [Fault.BUNDLE_TOO_EARLY] * 2
    assert phone.stopped is None
    imported, wrong = take_bundles(phone, [third, second, first])
    assert (imported.answers, imported.learnt, wrong) == (3, 3, ())


def test_L7_what_was_collected_in_the_meantime_is_sealed_before_an_answer_is_taken_in(hub, desk, phone):
    take(phone, "1")
    ((answer,),) = desk.ingest(handed_out(phone))
    take(phone, "2")
    tip = phone.group.tip
    take_bundles(phone, [answer])
    assert seals.unpack(seals.read(outgoing(phone)[-1].raw)).header.known == tip
    assert carriages(phone) == [AT_BRANCH, SEALED]


def test_the_next_book_is_shown_after_it_was_brought(hub, desk, phone):
    sent = handed_out(phone)
    hub.ready(DAY + 31)
    ((answer,),) = desk.ingest(sent)
    take_bundles(phone, [answer])
    assert standing(phone).days_left == 33


def test_a_deputys_answer_opens_nothing_on_the_leaders_phone(hub, desk, phone, deputy):
    other, _ = deputy
    take(phone, "1")
    take(other, "2")
    mine, theirs = desk.ingest(handed_out(phone), handed_out(other))
    imported, wrong = take_bundles(phone, [*theirs, *mine])
    assert (imported.answers, imported.foreign, imported.acknowledged, wrong) == (1, 1, 1, ())
    assert take_bundles(other, theirs)[0].acknowledged == 1
    assert len(phone.facts().all) == 2


def test_the_key_for_answers_is_made_once_and_is_not_on_the_disk_in_clear(desk, place, phone):
    first = desk.opened(handed_out(phone)).letter.reply_to
    place.reopen(phone)
    assert desk.opened(handed_out(phone)).letter.reply_to == first
    private = phone.ledger.note(REPLY_KEY, ReplyKey).private
    assert HPKE.public_of(private) == first
    phone.ledger.close()
    assert all(private not in path.read_bytes() for path in place.directory.iterdir())
    place.reopen(phone)


def test_L17_the_newest_key_that_is_held_is_used(hub, desk, place, phone):
    assert bundles.read(handed_out(phone)).number == 1
    desk.renew()
    old = handed_out(phone)
    assert bundles.read(old).number == 1
    take_bundles(phone, desk.ingest(old)[0])
    assert bundles.read(handed_out(phone)).number == 2


def test_what_is_no_answer_of_the_branch_is_told_and_changes_nothing(hub, desk, phone):
    take(phone, "1")
    sent = handed_out(phone)
    opened = desk.opened(sent)
    ((good,),) = desk.ingest(sent)
    response = desk.response(hub.branch.seals)
    known = opened.request.known
    forged = (signer("branch key 1 of somebody else"), signer("leader"))
    foreign = stated(signer("x"), signer("other root"))
    wrong = {
        sent: Fault.BUNDLE_GOES_UP,
        desk.written(opened, response, known, branch="HD"): Fault.BUNDLE_ELSEWHERE,
        desk.written(opened, response, known, group="KM-009"): Fault.BUNDLE_UNTRUSTED,
        desk.written(opened, response, known, writer=bytes(10)): Fault.BUNDLE_UNTRUSTED,
        desk.written(opened, response, known, key=forged[0]): Fault.BUNDLE_UNTRUSTED,
        desk.written(opened, response, known, key=forged[1]): Fault.BUNDLE_UNTRUSTED,
        desk.written(opened, structs.replace(response, statements=(foreign,)), known): Fault.BUNDLE_UNTRUSTED,
        desk.written(opened, response, BranchTip(0, 3, bytes(32))): Fault.BUNDLE_TOO_EARLY,
        good[:-1]: Fault.NOT_A_BUNDLE,
        b"": Fault.NOT_A_BUNDLE,
    }
    for raw, fault in wrong.items():
        assert faults(take_bundles(phone, [raw])) == [fault], fault
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    result = take_bundles(phone, [flipped])
    assert (result[0].foreign, result[0].outcome, result[1]) == (1, None, ())
    assert carriages(phone) == [SENT]
    result = take_bundles(phone, [*wrong, flipped, good])
    assert (result[0].acknowledged, len(result[1])) == (1, len(wrong))


def test_before_the_first_export_nothing_is_for_this_phone(hub, desk, phone, deputy):
    other, _ = deputy
    (answer,) = desk.ingest(handed_out(other))
    imported, wrong = take_bundles(phone, answer)
    assert (imported.foreign, imported.outcome, wrong) == (1, None, ())


def test_an_answer_under_a_key_that_the_answer_itself_states_is_believed(hub, desk, phone):
    sent = handed_out(phone)
    hub.branch.state_new_key()
    opened = desk.opened(sent)
    response = desk.response(hub.branch.seals[-1:])
    key = hub.branch.writer.key
    raw = desk.written(opened, response, opened.request.known, key=key)
    assert take_bundles(phone, [raw])[0].learnt == 1


def test_seals_that_the_branch_refused_are_told_by_their_code(hub, desk, phone):
    opened = desk.opened(handed_out(phone))
    response = structs.replace(desk.response([]), refused=(Refused(0, "malformed"),))
    imported, _ = take_bundles(phone, [desk.written(opened, response, opened.request.known)])
    assert imported.refused == ("malformed",)


def test_more_than_one_bundle_takes_is_as_many_as_are_needed(desk, phone, monkeypatch):
    for member in ("1", "2", "3"):
        note_visit(phone, find_member(phone, member), VisitOrder("absent", None, None, f"vắng {member}"))
        phone.seal()
    monkeypatch.setattr("edge.carry.EXCHANGE_SEALS_MAX", 2)
    made = export(phone)
    assert [len(desk.opened(raw).request.seals) for raw in made.bundles] == [2, 1]
    size = len(desk.opened(made.bundles[1]).letter.request)
    monkeypatch.setattr("protocol.exchange.EXCHANGE_REQUEST_BYTES_MAX", size + 100)
    made = export(phone)
    assert [len(desk.opened(raw).request.seals) for raw in made.bundles] == [1, 1, 1]
    assert [one.text.decode() for raw in made.bundles for one in desk.opened(raw).request.texts] == [
        "vắng 1",
        "vắng 2",
        "vắng 3",
    ]
    answers = [raw for answer in desk.ingest(*reversed(made.bundles)) for raw in answer]
    assert take_bundles(phone, answers)[0].acknowledged == 3


def test_P58_the_time_in_an_answer_is_the_time_of_writing_and_corrects_no_clock(hub, desk, place, phone):
    offset = last_contact(phone).clock_offset_ms
    sent = handed_out(phone)
    hub.now += timedelta(days=1)
    (answer,) = desk.ingest(sent)
    place.wait(days=9)
    take_bundles(phone, answer)
    contact = last_contact(phone)
    assert contact.clock_offset_ms == offset
    assert (contact.outcome, contact.done_at) == (Outcome.DONE, to_instant(place.now))
    assert lease(phone).days_silent == 8


def test_a_phone_that_is_not_admitted_has_nothing_to_hand_out(hub, desk, place):
    place.begin_enrolment()
    phone = place.unlock()
    assert fault_of(export, phone) is Fault.NOT_ADMITTED
    assert fault_of(take_bundles, phone, []) is Fault.NOT_ADMITTED
    phone.ledger.close()


def test_a_branch_without_a_bundle_key_is_told(tmp_path):
    elsewhere = Place(tmp_path / "elsewhere", a_village())
    phone = elsewhere.enrol()
    assert fault_of(export, phone) is Fault.NO_BUNDLE_KEY
    phone.ledger.close()


def test_a_carried_first_contact_is_remembered(hub, desk, tmp_path):
    elsewhere = Place(tmp_path / "elsewhere", hub)
    phone = elsewhere.enrol()
    with phone.ledger.saving():
        phone.ledger._database.execute("DELETE FROM notes WHERE name = 'contact'")  # noqa: SLF001 (as if new)
    assert last_contact(phone) is None
    (answer,) = desk.ingest(handed_out(phone))
    take_bundles(phone, answer)
    assert last_contact(phone).clock_offset_ms == 0
    with pytest.raises(BadSignatureError):
        bundles.check_down(
            bundles.open_down(bundles.read(answer[0]), phone.ledger.note(REPLY_KEY, ReplyKey).private, HPKE),
            phone.device.signer.spki,
            phone.device.host.verifier,
        )
    phone.ledger.close()
