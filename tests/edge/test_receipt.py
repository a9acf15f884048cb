"""The household's receipt and its proof (L13; threat P72)."""

import pytest

from edge.cashless import own_receipt, void
from edge.collection import Deposit
from edge.receipt import InterestPaid, SavingsPaid, proof, receipt
from protocol.errors import ProtocolError
from protocol.receipt import check_offline, read_qr, write_qr
from tests.builders import VERIFIER, signer
from tests.edge.steps import newest, take
from tests.edge.village import DUE_1, DUE_2
from tests.fakes.places import Place


@pytest.fixture
def paid(phone):
    """One receipt with everything on it."""
    take(phone, "1", "rounded", [Deposit(20_000)])
    return phone


def test_a_receipt_says_who_paid_what_in_digits_and_words(paid):
    shown = receipt(paid, own_receipt(paid, 1), copy=False)
    assert (shown.receipt_no, shown.name, shown.group, shown.branch) == (1, "Nguyễn Thị Ánh", "KM-001", "KM")
    assert shown.interest == (
        InterestPaid(1, "660001", DUE_1 + 973, DUE_1),
        InterestPaid(2, "660002", DUE_2, DUE_2),
    )
    assert shown.savings == (SavingsPaid(1, "TK1", 20_000),)
    assert (shown.prepaid_dong, shown.total_dong) == (973, 427_000)
    assert shown.total_words == "Bốn trăm hai mươi bảy nghìn đồng"
    assert (shown.phase, shown.copy) == ("pending", False)


def test_P72_a_second_print_is_a_copy_and_says_that_it_was_taken_back(paid):
    void(paid, own_receipt(paid, 1), "mistyped")
    shown = receipt(paid, own_receipt(paid, 1), copy=True)
    assert (shown.phase, shown.copy) == ("voided", True)


def test_the_code_proves_the_receipt_with_the_root_key_alone(paid):
    text = proof(paid, own_receipt(paid, 1).ref)
    assert len(text) <= 2_000
    assert check_offline(read_qr(text), paid.identity.root, VERIFIER) == newest(paid)


def test_a_code_for_another_root_or_with_another_amount_proves_nothing(paid):
    found = read_qr(proof(paid, own_receipt(paid, 1).ref))
    with pytest.raises(ProtocolError):
        check_offline(found, signer("another root").spki, VERIFIER)
    marked = type(found.marked)(
        found.marked.log, found.marked.seq, found.marked.previous, found.marked.entry[:-1] + b"\x01"
    )
    changed = type(found)(marked, found.mark, found.admitted, found.statement)
    with pytest.raises(ProtocolError):
        check_offline(read_qr(write_qr(changed)), paid.identity.root, VERIFIER)


def test_a_receipt_after_a_change_of_the_branch_key_names_the_key_of_its_admission(hub, place, phone):
    hub.branch.state_new_key()
    take(phone, "1")
    place.synchronise(phone)
    text = proof(phone, own_receipt(phone, 1).ref)
    assert check_offline(read_qr(text), phone.identity.root, VERIFIER) == newest(phone)


def test_a_phone_that_was_admitted_under_the_next_branch_key_names_that_key(tmp_path, hub):
    place = Place(tmp_path / "late", hub)
    place.begin_enrolment()
    hub.branch.state_new_key()
    hub.admit()
    phone = place.synchronised()
    take(phone, "1")
    text = proof(phone, own_receipt(phone, 1).ref)
    assert check_offline(read_qr(text), phone.identity.root, VERIFIER) == newest(phone)
    phone.ledger.close()
