"""From a voucher to an admitted phone (L17; threats R95–R97)."""

import pytest

from edge import enrol, native
from edge.errors import Fault
from edge.transport import Outcome
from protocol.enrolment import read_certificate_reply, write_certificate_reply
from protocol.keys import comparison_digits
from protocol.ports import Reply
from tests.builders import signer
from tests.edge.steps import fault_of, take
from tests.fakes.hub import lost, portal, problem, unreachable
from tests.fakes.places import Place


def begin(place, typed):
    device = place.device()
    try:
        return enrol.begin(device, enrol.voucher_typed(typed), place.carrier)
    finally:
        device.ledger.close()


def check(place):
    phone = place.unlock()
    try:
        return enrol.check(phone, place.carrier)
    finally:
        phone.ledger.close()


def test_a_phone_enrols_shows_six_digits_waits_and_is_admitted(hub, place):
    begun = begin(place, hub.voucher())
    assert begun.outcome is Outcome.WAITING
    assert (begun.group, begun.branch) == ("KM-001", "KM")
    device = place.device()
    expected = comparison_digits(device.signer.spki, hub.branch.root.spki, b"\x07" * 16)
    device.ledger.close()
    assert begun.digits == expected
    assert check(place) is Outcome.WAITING
    hub.admit()
    assert check(place) is Outcome.DONE
    phone = place.synchronised()
    assert phone.admission.entry.ordinal == 1
    take(phone, "1")
    phone.ledger.close()


def test_a_voucher_is_typed_with_forgiveness_but_not_with_a_wrong_character(hub):
    typed = hub.voucher()
    assert enrol.voucher_typed(f" {typed.lower()} ") == enrol.voucher_typed(typed)
    wrong = typed[:-1] + ("0" if typed[-1] != "0" else "1")
    for text in (wrong, "", typed[:-1], typed + "A", "ü" * 26):
        assert fault_of(enrol.voucher_typed, text) is Fault.NOT_A_VOUCHER


def test_a_lost_answer_is_asked_for_again_with_the_same_key(hub, place):
    typed = hub.voucher()
    hub.faults.append(lost)
    assert begin(place, typed).outcome is Outcome.OFFLINE
    assert begin(place, typed).outcome is Outcome.WAITING
    assert len(hub.waiting) == 1


def test_R95_a_used_voucher_is_refused_and_a_new_one_works(hub, place, tmp_path):
    typed = hub.voucher()
    begin(place, typed)
    late = Place(tmp_path / "late", hub)
    assert fault_of(begin, late, typed) is Fault.VOUCHER_REFUSED
    assert begin(late, hub.voucher()).outcome is Outcome.WAITING


def test_another_voucher_gets_another_key(hub, place):
    begin(place, hub.voucher())
    device = place.device()
    first = device.signer.spki
    device.ledger.close()
    begin(place, hub.voucher())
    device = place.device()
    assert device.signer.spki != first
    device.ledger.close()


def test_L17_a_hub_of_another_root_is_refused(hub, place):
    typed = hub.voucher()
    hub.branch.root = signer("another root")
    assert fault_of(begin, place, typed) is Fault.WRONG_ROOT
    assert fault_of(place.unlock) is Fault.NOT_ENROLLED


def test_L17_an_answer_that_was_changed_is_refused_before_anything_is_kept(hub, place):
    typed = hub.voucher()
    impostor = Place(place.directory, _Impostor(hub))
    assert fault_of(begin, impostor, typed) is Fault.WRONG_ROOT
    assert fault_of(place.unlock) is Fault.NOT_ENROLLED


class _Impostor:
    """Somebody between the phone and the hub."""

    def __init__(self, hub):
        self.hub, self.origin = hub, hub.origin

    def post(self, path, body, headers):
        honest = self.hub.post(path, body, headers)
        reply = bytearray(honest.body)
        reply[-1] ^= 1
        return Reply(200, honest.headers, bytes(reply))


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (unreachable, Outcome.OFFLINE),
        (portal, Outcome.NOT_THE_HUB),
        (lambda _: problem(500), Outcome.HUB_FAULT),
        (lambda _: problem(429), Outcome.BUSY),
        (lambda answer: Reply(200, answer().headers, b"\xc0"), Outcome.NOT_THE_HUB),
        (lambda answer: Reply(200, answer().headers, b"x" * 100_000), Outcome.NOT_THE_HUB),
    ],
)
def test_enrolment_goes_on_after_any_trouble_with_the_network(hub, place, fault, outcome):
    typed = hub.voucher()
    hub.faults.append(fault)
    assert begin(place, typed).outcome is outcome
    assert begin(place, typed).outcome is Outcome.WAITING
    hub.admit()
    hub.faults.append(fault)
    assert check(place) is outcome
    assert check(place) is Outcome.DONE


def test_a_phone_that_was_admitted_does_not_enrol_again(hub, place, phone):
    phone.ledger.close()
    assert fault_of(begin, place, hub.voucher()) is Fault.ALREADY_ENROLLED


def test_a_key_that_cannot_be_written_is_a_fault_of_the_storage(hub, place, monkeypatch):
    begin(place, hub.voucher())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(native, "replace_file", full)
    assert fault_of(begin, place, hub.voucher()) is Fault.STORAGE_FAILED


def test_a_directory_without_its_signing_key_is_of_another_device(place, phone):
    phone.ledger.close()
    (place.directory / native.KEY).unlink()
    assert fault_of(place.unlock) is Fault.OTHER_DEVICE


def test_a_signing_key_that_is_damaged_or_of_another_ledger_is_told(place, phone):
    phone.ledger.close()
    key = place.directory / native.KEY
    key.write_bytes(key.read_bytes()[:-1] + b"\x00")
    assert fault_of(place.unlock) is Fault.DAMAGED


def test_a_ledger_that_is_not_there_was_never_enrolled(place):
    assert fault_of(place.unlock) is Fault.NOT_ENROLLED


def test_the_certificate_is_kept(hub, place):
    begin(place, hub.voucher())
    hub.admit()

    def with_certificate(answer):
        honest = read_certificate_reply(answer().body)
        told = type(honest)(1, b"c" * 64, b"a" * 64, honest.group, honest.ordinal)
        return Reply(200, {"content-type": "application/vnd.tovay.enrolment"}, write_certificate_reply(told))

    hub.faults.append(with_certificate)
    phone = place.unlock()
    enrol.check(phone, place.carrier)
    kept = phone.ledger.note("certificate", enrol.Certificate)
    assert (kept.certificate, kept.authority) == (b"c" * 64, b"a" * 64)
    phone.ledger.close()
