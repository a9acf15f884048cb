"""What the phone knows of its group."""

from edge.sync import sync
from protocol.trust_facts import WriterAdmitted
from tests.builders import signer
from tests.facts import an


def test_L1_a_writer_under_a_name_that_its_key_does_not_bear_opens_no_log(hub, place, phone):
    hub.say(an(WriterAdmitted, ordinal=9, writer=b"0123456789", spki=signer("stranger").spki))
    sync(phone, place.carrier)
    assert (9, 0) not in phone.group.phones
    assert phone.stopped is None


def test_a_group_without_a_branch_seal_has_no_tip(place):
    place.begin_enrolment()
    phone = place.unlock()
    assert phone.group.tip is None
    assert phone.group.text(None) is None
    phone.ledger.close()
