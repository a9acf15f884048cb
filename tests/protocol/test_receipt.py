"""The household's receipt (L13): a mark, and a QR code that needs only the root key to be checked."""

import io

import pytest
import segno
import zxingcpp
from msgspec import structs
from PIL import Image

from protocol import seal as seals
from protocol.chain import link
from protocol.codec import encode
from protocol.entries import entry_bytes
from protocol.errors import BadSignatureError, LimitError, MalformedError, ProtocolError, UntrustedKeyError
from protocol.ids import LogId
from protocol.phone_facts import Collected
from protocol.posting_facts import DayOpened
from protocol.qr import TEXT_MAX
from protocol.receipt import (
    Marked,
    ReceiptProof,
    check_mark,
    check_offline,
    mark,
    marked_hash,
    read_qr,
    write_qr,
)
from protocol.trust_facts import WriterAdmitted
from tests.builders import VERIFIER, Branch, a_group, signer, stated
from tests.facts import an

ROOT = signer("root")


def a_receipt(**given):
    """The usual collection: three loans and savings."""
    lines = tuple((loan, 88_000 + loan, 87_654) for loan in (1, 2, 3))
    return an(
        Collected, **({"receipt_no": 17, "member": 3, "lines": lines, "savings": ((3, 50_000),)} | given)
    )


def a_proof(branch=None, entry=None, phone=None):
    """What the QR code of a phone's first entry carries."""
    branch = branch or a_group()
    phone = phone or branch.phones[0]
    marked = Marked(phone.log, 1, phone.head, entry_bytes(entry or a_receipt()))
    return ReceiptProof(marked, mark(marked, phone.key), phone.admitted_in, branch.statements[0])


def scanned(text):
    """The code as a printer makes it and a camera reads it."""
    image = io.BytesIO()
    segno.make(text, error="m", micro=False).save(image, kind="png", scale=3, border=4)
    (found,) = zxingcpp.read_barcodes(Image.open(image))
    return found.text


def test_a_mark_is_the_writers_signature_over_the_entry_in_its_place():
    marked = a_proof().marked
    phone = a_group().phones[0]
    assert mark(marked, phone.key) == phone.key.sign(b"tovay/receipt/1\0" + encode(marked))
    check_mark(marked, mark(marked, phone.key), phone.key.spki, VERIFIER)


@pytest.mark.parametrize(
    "other",
    [
        {"log": LogId("KM-002", b"0123456789", 0)},
        {"seq": 2},
        {"previous": bytes(32)},
        {"entry": entry_bytes(a_receipt(receipt_no=18))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_mark_stands_for_one_entry_in_one_place_only(other):
    marked = a_proof().marked
    phone = a_group().phones[0]
    with pytest.raises(BadSignatureError):
        check_mark(structs.replace(marked, **other), mark(marked, phone.key), phone.key.spki, VERIFIER)


def test_a_marks_hash_is_the_chains_own_or_evidence_of_a_fork():
    branch = a_group()
    phone = branch.phones[0]
    proof = a_proof(branch)
    phone.seal(a_receipt())
    assert marked_hash(proof.marked) == link(proof.marked.previous, proof.marked.entry) == phone.head
    forked = a_group().phones[0]
    forked.seal(a_receipt(receipt_no=18))
    assert forked.head != marked_hash(proof.marked)


def test_a_receipt_is_checked_with_the_root_key_alone():
    proof = read_qr(write_qr(a_proof()))
    assert check_offline(proof, ROOT.spki, VERIFIER) == a_receipt()


def test_the_usual_receipts_code_is_printed_and_scanned():
    text = write_qr(a_proof())
    assert len(text) < TEXT_MAX
    assert scanned(text) == text


def test_the_longest_code_is_still_scanned_and_a_longer_one_is_not_written():
    lines = tuple((loan, 88_000 + loan, 87_654) for loan in range(1, 65))
    sizes = {}
    for count in range(1, 65):
        try:
            sizes[count] = write_qr(a_proof(entry=a_receipt(lines=lines[:count])))
        except LimitError:
            break
    most = max(sizes)
    assert 12 <= most < 64
    assert scanned(sizes[most]) == sizes[most]
    with pytest.raises(LimitError):
        write_qr(a_proof(entry=a_receipt(lines=lines)))


def test_a_receipt_of_another_root_is_refused():
    with pytest.raises(BadSignatureError):
        check_offline(a_proof(), signer("other root").spki, VERIFIER)


def test_a_receipt_by_a_phone_that_the_branch_did_not_admit_is_refused():
    branch = a_group()
    thief = branch.phones[0].twin()
    thief.key = signer("thief")
    with pytest.raises(BadSignatureError):
        check_offline(a_proof(branch, phone=thief), ROOT.spki, VERIFIER)


def test_a_receipt_of_another_writer_epoch_or_group_than_admitted_is_refused():
    branch = a_group()
    leader, deputy = branch.phones
    for wrong in (
        deputy.log,
        LogId(branch.group, leader.log.writer, 1),
        LogId("KM-002", leader.log.writer, 0),
    ):
        other = leader.twin()
        other.log = wrong
        with pytest.raises(UntrustedKeyError, match="writer"):
            check_offline(a_proof(branch, phone=other), ROOT.spki, VERIFIER)


def test_an_admission_that_is_not_alone_or_is_none_is_refused():
    branch = Branch()
    key = signer("leader")
    admission = branch.admit("leader").admission
    phone = branch.phones[0]
    for raw, why in (
        (branch.seal(an(DayOpened)), "nobody"),
        (branch.seal(admission, an(DayOpened)), "alone"),
    ):
        proof = structs.replace(a_proof(branch, phone=phone), admitted=raw)
        with pytest.raises(UntrustedKeyError, match=why):
            check_offline(proof, ROOT.spki, VERIFIER)
    assert key.spki == phone.admission.spki


def test_an_admission_under_an_id_that_is_not_its_keys_is_refused():
    branch = Branch()
    phone = branch.admit("leader", writer=b"0123456789")
    with pytest.raises(UntrustedKeyError, match="writer"):
        check_offline(a_proof(branch, phone=phone), ROOT.spki, VERIFIER)


def test_L1_an_admission_with_an_algorithm_of_tomorrow_proves_nothing_here():
    branch = Branch()
    phone = branch.admit("leader", algorithm="p256")
    with pytest.raises(UntrustedKeyError, match="p256"):
        check_offline(a_proof(branch, phone=phone), ROOT.spki, VERIFIER)


@pytest.mark.parametrize("other", [{"purpose": "bundle"}, {"algorithm": "ml-dsa-44"}])
def test_an_admission_by_a_key_for_another_purpose_or_algorithm_is_refused(other):
    branch = a_group()
    statement = stated(signer("branch key 1"), **other)
    with pytest.raises(UntrustedKeyError, match="branch"):
        check_offline(structs.replace(a_proof(branch), statement=statement), ROOT.spki, VERIFIER)


@pytest.mark.parametrize("entry", [entry_bytes(an(DayOpened)), encode((32,)), encode((1_000, 7)), b"\x05"])
def test_a_mark_on_what_no_phone_says_is_no_receipt(entry):
    branch = a_group()
    phone = branch.phones[0]
    marked = Marked(phone.log, 1, phone.head, entry)
    proof = ReceiptProof(marked, mark(marked, phone.key), phone.admitted_in, branch.statements[0])
    with pytest.raises(MalformedError):
        check_offline(proof, ROOT.spki, VERIFIER)


def test_an_admission_in_a_phones_own_log_is_refused():
    branch = a_group()
    phone = branch.phones[0]
    own = phone.seal(an(WriterAdmitted))
    with pytest.raises(UntrustedKeyError, match="branch"):
        check_offline(structs.replace(a_proof(branch), admitted=own), ROOT.spki, VERIFIER)


def test_every_changed_character_of_a_code_is_refused():
    text = write_qr(a_proof())
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(ProtocolError):
            check_offline(read_qr(changed), ROOT.spki, VERIFIER)


def test_a_code_of_something_else_is_no_receipt():
    for text in ("", "https://example.vn", write_qr(a_proof())[:-8]):
        with pytest.raises(MalformedError):
            read_qr(text)


def test_the_code_says_nothing_of_what_the_branch_learnt_later():
    branch = a_group()
    proof = a_proof(branch)
    branch.state_new_key()
    assert check_offline(proof, ROOT.spki, VERIFIER) == a_receipt()
    assert seals.read(proof.admitted).header.log == branch.log.log
