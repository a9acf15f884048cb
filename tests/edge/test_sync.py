"""The exchange: idempotent, patient, believing nothing that is not proved (L7, L9–L11)."""

from datetime import timedelta

import pytest

from edge.cashless import VisitOrder, note_visit
from edge.contact import last_contact
from edge.household import household
from edge.members import find_member
from edge.standing import AT_BRANCH, ON_PHONE, SEALED, SENT, standing
from edge.sync import sync
from edge.transport import Outcome
from protocol import exchange
from protocol import seal as seals
from protocol.loan_facts import PrincipalRepaid
from protocol.phone_facts import Collected, LogTip, Visited
from protocol.ports import Reply
from tests.edge.steps import newest, take
from tests.edge.village import DAY, DUE_1, DUE_2
from tests.facts import an
from tests.fakes.hub import lost, portal, problem, unreachable
from tests.fakes.places import Place


def carriages(phone):
    return [one.carriage for one in standing(phone).entries]


def test_what_was_recorded_is_sealed_sent_and_acknowledged(hub, place, phone):
    take(phone, "1")
    assert carriages(phone) == [ON_PHONE]
    done = sync(phone, place.carrier)
    assert (done.outcome, done.sealed, done.acknowledged, done.waiting, done.learnt) == (
        Outcome.DONE,
        1,
        1,
        0,
        1,
    )
    assert carriages(phone) == [AT_BRANCH]
    assert hub.entries() == [newest(phone)]


def test_a_second_exchange_sends_nothing_again(hub, place, phone):
    take(phone, "1")
    sync(phone, place.carrier)
    before = hub.branch.log.length
    done = sync(phone, place.carrier)
    assert (done.sealed, done.acknowledged, done.learnt) == (0, 0, 0)
    assert hub.branch.log.length == before
    assert exchange.read_request(hub.requests[-1][1]).seals == ()


def test_N73_with_no_network_everything_stays_and_collecting_goes_on(hub, place, phone):
    take(phone, "1")
    hub.faults.append(unreachable)
    done = sync(phone, place.carrier)
    assert (done.outcome, done.sealed, done.waiting) == (Outcome.OFFLINE, 1, 1)
    assert carriages(phone) == [SEALED]
    take(phone, "2")
    assert carriages(phone) == [SEALED, ON_PHONE]


def test_N74_a_lost_reply_is_retried_with_the_same_bytes_and_counts_once(hub, place, phone):
    take(phone, "1")
    hub.faults.append(lost)
    assert sync(phone, place.carrier).outcome is Outcome.OFFLINE
    assert len(hub.entries()) == 1
    done = sync(phone, place.carrier)
    assert (done.outcome, done.acknowledged) == (Outcome.DONE, 1)
    (_, first), (_, second) = hub.requests[-2:]
    assert first == second
    assert len(hub.entries()) == 1


def test_N74_a_lost_reply_survives_a_restart_in_between(hub, place, phone):
    take(phone, "1")
    hub.faults.append(lost)
    sync(phone, place.carrier)
    phone.ledger.close()
    again = place.unlock()
    assert sync(again, place.carrier).acknowledged == 1
    assert len(hub.entries()) == 1
    again.ledger.close()


def test_N77_a_portals_page_acknowledges_nothing(hub, place, phone):
    take(phone, "1")
    hub.faults.append(portal)
    done = sync(phone, place.carrier)
    assert (done.outcome, done.acknowledged, done.waiting) == (Outcome.NOT_THE_HUB, 0, 1)
    assert carriages(phone) == [SEALED]


@pytest.mark.parametrize(
    "spoil", [lambda raw: raw[:-1], lambda raw: raw + b"\x00", lambda raw: b"", lambda raw: b"<html>"]
)
def test_N75_a_cut_or_foreign_body_of_the_right_type_is_not_the_hub(hub, place, phone, spoil):
    take(phone, "1")

    def cut(answer):
        honest = answer()
        return Reply(200, honest.headers, spoil(honest.body))

    hub.faults.append(cut)
    assert sync(phone, place.carrier).outcome is Outcome.NOT_THE_HUB
    assert carriages(phone) == [SEALED]
    assert sync(phone, place.carrier).acknowledged == 1


@pytest.mark.parametrize("status", [401, 403, 413, 429, 500, 503])
def test_a_refusal_keeps_everything_for_the_next_time(hub, place, phone, status):
    take(phone, "1")
    hub.faults.extend([lambda _: problem(status)] * 2)  # an unknown key asks a second time (L15)
    done = sync(phone, place.carrier)
    hub.faults.clear()
    assert done.outcome not in {Outcome.DONE, Outcome.OFFLINE}
    assert sync(phone, place.carrier).acknowledged == 1


def test_a_hub_that_stores_but_does_not_append_yet_leaves_the_seal_sent(hub, place, phone):
    """L9: only a branch seal with ``Received`` acknowledges."""
    take(phone, "1")

    def store_only(answer):
        honest = exchange.read_response(answer().body)
        kept = exchange.Response(1, honest.hub_time, honest.statements, (), (), (), (), 0, 0)
        return Reply(200, {"content-type": exchange.CONTENT_TYPE}, exchange.write_response(kept))

    hub.faults.append(store_only)
    done = sync(phone, place.carrier)
    assert (done.outcome, done.acknowledged, done.waiting) == (Outcome.DONE, 0, 1)
    assert carriages(phone) == [SENT]
    assert sync(phone, place.carrier).acknowledged == 1
    assert carriages(phone) == [AT_BRANCH]


def test_a_seal_that_the_hub_refuses_is_named_and_kept(hub, place, phone):
    take(phone, "1")

    def refuse(answer):
        honest = exchange.read_response(answer().body)
        refused = (exchange.Refused(0, "bad_signature"),)
        kept = exchange.Response(1, honest.hub_time, honest.statements, (), (), (), refused, 0, 0)
        return Reply(200, {"content-type": exchange.CONTENT_TYPE}, exchange.write_response(kept))

    hub.faults.append(refuse)
    assert sync(phone, place.carrier).refused == ("bad_signature",)
    assert carriages(phone) == [SEALED]


def test_a_hub_that_takes_few_seals_at_once_gets_few(hub, place, phone):
    for _ in range(5):
        take(phone, "1", 1_000, again=True)
        phone.seal()
    answered = []

    def at_most_two(answer):
        hub.faults.append(at_most_two)
        seals_sent = len(exchange.read_request(hub.requests[-1][1]).seals)
        answered.append(seals_sent)
        return problem(413) if seals_sent > 2 else answer()

    hub.faults.append(at_most_two)
    assert sync(phone, place.carrier).acknowledged == 5
    assert answered == [5, 2, 2, 1]


@pytest.mark.unmeasured
def test_a_request_is_never_larger_than_the_protocol_allows(hub, place, phone):
    """Many notes of the largest size: the first request carries what fits, the next the rest."""
    with phone.ledger.saving():
        for no in range(1_100):
            phone.own.append(*_noted(no))
            if no % 100 == 99:
                phone.seal()
    phone.reload()
    assert sync(phone, place.carrier).waiting == 0
    assert all(len(body) <= exchange.EXCHANGE_REQUEST_BYTES_MAX for _, body in hub.requests)
    assert len(hub.texts()) == 1_100 + 4


def _noted(no):
    text = exchange.DetachedText(no.to_bytes(16, "big"), f"{no:>05}".encode() * 200)
    return an(Visited, note=text.hash), (text,)


def test_the_branch_log_comes_in_pages(hub, tmp_path):
    hub.page = 2
    phone = Place(tmp_path / "leader", hub).enrol()
    assert phone.group.tip.seq == hub.branch.log.length
    phone.ledger.close()


def test_always_sealed_before_any_branch_seal_is_taken_in(hub, place, phone):
    """L7: the seal names the branch log as it was when the entries were made."""
    take(phone, "1")
    before = phone.group.tip
    hub.say(an(PrincipalRepaid, loan=1, effective=DAY - 3, amount=1_000_000, core_ref="CB-1"))
    hub.ready(DAY)
    sync(phone, place.carrier)
    header = seals.unpack(seals.read(phone.own.seals[0].raw)).header
    assert header.known == before
    assert phone.group.tip.seq > before.seq


def test_new_facts_of_the_branch_change_the_dues_shown(hub, place, phone):
    hub.say(an(PrincipalRepaid, loan=1, effective=DAY - 3, amount=10_000_000, core_ref="CB-1"))
    hub.ready(DAY)
    sync(phone, place.carrier)
    # Three days less on 10,000,000 đ: (50,000,000 × (66,000 × 14 + 62,400 × 13) + 40,000,000 × 62,400 × 3)
    # / 365,000,000 = 258,213.69… → 258,214
    shown = household(phone, find_member(phone, "1"))
    assert [loan.asked_dong for loan in shown.loans] == [258_214, DUE_2]
    assert shown.agrees


def test_notes_travel_beside_the_entries_and_come_to_the_other_phone(hub, place, phone, deputy):
    note_visit(phone, find_member(phone, "2"), VisitOrder("promised", DAY, 50_000, "Bà hẹn chiều"))
    sync(phone, place.carrier)
    assert "Bà hẹn chiều" in hub.texts()
    other, elsewhere = deputy
    sync(other, elsewhere.carrier)
    assert household(other, find_member(other, "2")).promise.note == "Bà hẹn chiều"


def test_what_one_phone_took_lowers_the_due_on_the_other(hub, place, phone, deputy):
    take(phone, "1", DUE_1)
    sync(phone, place.carrier)
    other, elsewhere = deputy
    assert sync(other, elsewhere.carrier).outcome is Outcome.DONE
    assert household(other, find_member(other, "1")).asked_dong == DUE_2
    take(other, "1", again=True)
    assert newest(other).knows.logs == (LogTip(1, 0, 1, phone.own.head),)


def test_P58_a_phone_whose_clock_is_a_year_off_is_told_the_time_once(hub, place, phone):
    take(phone, "1")
    place.wait(days=365)
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    asked = len(hub.requests)
    sync(phone, place.carrier)
    assert len(hub.requests) == asked + 1
    contact = last_contact(phone)
    assert contact.clock_offset_ms == -365 * 86_400_000
    assert isinstance(newest(phone), Collected)


def test_the_hubs_time_is_remembered_even_when_the_second_attempt_is_lost(hub, place, phone):
    place.wait(days=-40)
    hub.faults.extend([lambda answer: answer(), unreachable])
    assert sync(phone, place.carrier).outcome is Outcome.OFFLINE
    assert last_contact(phone).clock_offset_ms == 40 * 86_400_000
    asked = len(hub.requests)
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert len(hub.requests) == asked + 1


def test_the_last_contact_is_remembered_with_how_it_ended(hub, place, phone):
    first = last_contact(phone)
    assert (first.outcome, first.done_at) == ("done", first.at)
    place.wait(hours=1)
    hub.faults.append(unreachable)
    sync(phone, place.carrier)
    contact = last_contact(phone)
    assert (contact.outcome, contact.done_at) == ("offline", first.at)
    assert contact.at - first.at == timedelta(hours=1) // timedelta(milliseconds=1)
