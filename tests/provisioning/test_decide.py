"""What people decide about a device: six digits, two people, and an audit of what was refused."""

import pytest

from provisioning.decide import devices_with_digits
from provisioning.errors import (
    DecisionError,
    DigitsDifferError,
    IncompleteDirectoryError,
    SecondPersonError,
    UnknownDeviceError,
    WrongStateError,
)
from tests.provisioning.branch import Phone, admitted_phone


def test_R97_the_digits_of_the_phone_in_hand_admit_it(branch, client):
    phone = Phone()
    shown = phone.enrol(client, branch.voucher())
    ((device, digits),) = devices_with_digits(branch.directory)
    assert digits == shown
    accepted = branch.decide(device.id, "accepted", shown)
    assert (accepted.state, accepted.decision("accepted").by) == ("accepted", "it01")


def test_R97_a_thief_of_the_voucher_shows_other_digits_and_is_not_accepted(branch, client):
    text = branch.voucher()
    thief, honest = Phone(1), Phone(2)
    thief.enrol(client, text)
    honest_shows = honest.enrol(client, branch.voucher(role="deputy"))
    with pytest.raises(DigitsDifferError):
        branch.decide(thief.enrolled.device, "accepted", honest_shows)
    assert branch.register.device(thief.enrolled.device).state == "waiting"
    assert branch.audit()[-1] == ("it01", "accepted", thief.enrolled.device, "digits_differ")


@pytest.mark.parametrize("digits", [None, "", "12345", "\uff11\uff12\uff13\uff14\uff15\uff16"])
def test_R97_no_digits_are_no_comparison(branch, client, digits):
    phone = Phone()
    phone.enrol(client, branch.voucher())
    with pytest.raises(DigitsDifferError):
        branch.decide(phone.enrolled.device, "accepted", digits)


def test_the_confirming_person_is_another_one(branch, client):
    phone = admitted_phone(branch, client)
    with pytest.raises(SecondPersonError):
        branch.decide(phone.enrolled.device, "revoked", confirmed_by="it01")
    revoked = branch.decide(phone.enrolled.device, "revoked", confirmed_by="head")
    decision = revoked.decision("revoked")
    assert (decision.by, decision.confirmed_by, decision.reason) == ("it01", "head", "checked")


def test_every_refused_decision_is_in_the_audit(branch, client):
    phone = admitted_phone(branch, client)
    for device_id, error in (("ffff", UnknownDeviceError), (phone.enrolled.device, WrongStateError)):
        with pytest.raises(error):
            branch.decide(device_id, "refused")
        assert branch.audit()[-1] == ("it01", "refused", device_id, error.code)
        assert issubclass(error, DecisionError)


def test_the_audit_tells_the_whole_story_of_a_device(branch, client):
    phone = admitted_phone(branch, client)
    phone.certificate(client, branch.now)
    branch.decide(phone.enrolled.device, "revoked")
    branch.carry_out("KM-01")
    device = phone.enrolled.device
    assert branch.audit() == [
        ("it01", "voucher", "KM-01/leader", "done"),
        ("testclient", "enrol", device, "done"),
        ("it01", "accepted", device, "done"),
        ("branch log", "admitted", device, "done"),
        ("authority", "certificate", device, "done"),
        ("it01", "revoked", device, "done"),
        ("branch log", "revoked", device, "done"),
    ]


def test_nothing_is_decided_in_a_directory_that_was_never_finished(branch):
    (branch.directory / "provision.toml").unlink()
    with pytest.raises(IncompleteDirectoryError):
        branch.decide("ffff", "refused")
    with pytest.raises(IncompleteDirectoryError):
        devices_with_digits(branch.directory)
    with pytest.raises(IncompleteDirectoryError):
        branch.voucher()
