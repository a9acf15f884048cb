"""A phone that is revoked or refused: nobody tells it what a restored branch has lost (L15, L18)."""

from edge.carry import export
from edge.errors import Fault
from edge.sync import sync
from edge.transport import Outcome
from protocol.posting_facts import DayOpened
from protocol.trust_facts import WriterAdmitted, WriterRevoked
from tests.builders import signer
from tests.edge.answers import changed
from tests.edge.losing import requests
from tests.edge.steps import take
from tests.edge.village import DUE_1
from tests.facts import an
from tests.fakes.desk import Desk
from tests.fakes.hub import problem
from tests.fakes.places import Place


def shut_out(hub, place, phone):
    """Two receipts arrived; of the second, nothing came back but its acknowledgement."""
    take(phone, "1", DUE_1)
    sync(phone, place.carrier)
    take(phone, "2")
    ordinal = phone.admission.entry.ordinal
    hub.say(an(WriterRevoked, writer=ordinal, seq=0, head=phone.own.hash_at(0)))
    hub.faults.append(changed(branch_seals=lambda seals: seals[-1:]))
    assert sync(phone, place.carrier).outcome is Outcome.SHUT_OUT
    assert phone.stopped is Fault.REVOKED


def test_L18_a_phone_that_was_shut_out_says_all_of_its_own_again_each_time(hub, place, phone):
    shut_out(hub, place, phone)
    own = {one.raw for one in phone.own.seals}
    for _ in range(2):
        done = sync(phone, place.carrier)
        assert (done.acknowledged, done.waiting) == (0, 0)
        assert set(requests(hub)[-1].seals) == own
    assert len(hub.hashes()) == 2


def test_L18_a_carrier_takes_all_that_a_phone_said_which_was_shut_out(tmp_path, hub):
    Desk(hub)
    place = Place(tmp_path / "leader", hub)
    phone = place.enrol()
    shut_out(hub, place, phone)
    assert {one.raw for one in export(phone).seals} == {one.raw for one in phone.own.seals}
    phone.ledger.close()


def test_L15_a_phone_that_is_refused_sends_all_of_its_own_and_stays_refused_when_it_learns_nothing(
    hub, place, phone
):
    take(phone, "1")
    sync(phone, place.carrier)
    hub.faults.append(lambda _: problem(403))
    hub.faults.append(changed(branch_seals=()))
    assert sync(phone, place.carrier).outcome is Outcome.REFUSED
    assert phone.own.seals[0].raw in requests(hub)[-1].seals


def test_L15_what_leads_to_an_admission_goes_with_it(hub, place, phone):
    """A hub takes in only what continues that which it has: here a day, and another phone's admission."""
    hub.say(an(DayOpened, decisions=6))
    hub.say(an(WriterAdmitted, ordinal=9, writer=b"0123456789", spki=signer("later").spki))
    sync(phone, place.carrier)
    hub.faults.append(lambda _: problem(403))
    sync(phone, place.carrier)
    proof = [raw for raw in requests(hub)[-1].seals if raw in hub.branch.seals]
    admitted = hub.branch.seals.index(phone.admission.seal)
    assert proof == hub.branch.seals[: admitted + 1]
