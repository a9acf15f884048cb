"""The messages of enrolment: what the phone asks, and what it believes of the answer (L17)."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from protocol.codec import encode
from protocol.enrolment import (
    CertificateReply,
    Enrolled,
    EnrolRequest,
    digits,
    read_certificate_reply,
    read_certificate_request,
    read_enrol_reply,
    read_enrol_request,
    write_certificate_reply,
    write_certificate_request,
    write_enrol_reply,
    write_enrol_request,
)
from protocol.errors import BadSignatureError, LimitError, MalformedError, UntrustedKeyError
from protocol.keys import KeyStatement, comparison_digits, fingerprint, state_key
from protocol.native import NativeSigner
from tests.builders import VERIFIER, signer

SECRET = "0123456789ABC"
PHONE, ROOT, BRANCH_KEY = signer("phone"), signer("root"), signer("branch")
NONCE = bytes(range(16))
# RFC 9421 B.1.4, as in docs/spec/enrolment.md; its bytes there were made with openssl.
RFC_PHONE = NativeSigner(
    load_der_private_key(b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"), None)
)


def stated(root=ROOT, key=BRANCH_KEY, branch="KM", purpose="log", number=1, algorithm="ed25519"):
    return state_key(KeyStatement(1, branch, purpose, number, algorithm, key.spki, 0, 1, None), root)


def an_answer(statements=None, key=BRANCH_KEY, **fields):
    usual = {
        "device": "a1",
        "spki": PHONE.spki,
        "root": ROOT.spki,
        "nonce": NONCE,
        "group": "KM-01",
        "branch": "KM",
    }
    return write_enrol_reply(Enrolled(**usual | fields), statements or (stated(),), key)


def read(answer):
    return read_enrol_reply(answer, PHONE.spki, lambda mark: mark == fingerprint(ROOT.spki), VERIFIER)


def test_a_claim_travels_with_the_proof_that_its_sender_holds_the_key():
    raw = write_enrol_request(SECRET, None, PHONE)
    request = read_enrol_request(raw, VERIFIER)
    assert (request.secret, request.spki, request.csr) == (SECRET, PHONE.spki, None)
    VERIFIER.verify(PHONE.spki, request.proof, b"tovay/enrol/1\0" + encode((SECRET, PHONE.spki)))


def test_the_claim_of_the_specification_is_these_bytes():
    assert write_enrol_request(SECRET, None, RFC_PHONE) == bytes.fromhex(
        "9501ad30313233343536373839414243"
        "c42c302a300506032b657003210026b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bbc0"
        "c440156829d3c496795c6d2af64393411c5a4fdbf6c9a2e12f84ea62e4fdedb0571b"
        "e6728463ef15606b334b7c72415f518bbc2fb26ae153b24b5b80a3b0f40e9e00"
    )


def test_the_digits_of_the_specification_are_these():
    root = NativeSigner(Ed25519PrivateKey.from_private_bytes(b"\7" * 32))
    assert (
        digits(Enrolled("34571606cb7a0d71be37", RFC_PHONE.spki, root.spki, NONCE, "KM-01", "KM")) == "467882"
    )


def test_a_claim_for_somebody_elses_key_is_refused():
    request = read_enrol_request(write_enrol_request(SECRET, None, PHONE), VERIFIER)
    stolen = encode(EnrolRequest(1, SECRET, signer("thief").spki, None, request.proof))
    with pytest.raises(BadSignatureError):
        read_enrol_request(stolen, VERIFIER)


def test_a_proof_for_another_voucher_is_refused():
    request = read_enrol_request(write_enrol_request(SECRET, None, PHONE), VERIFIER)
    with pytest.raises(BadSignatureError):
        read_enrol_request(encode(EnrolRequest(1, "0" * 13, PHONE.spki, None, request.proof)), VERIFIER)


@pytest.mark.parametrize(
    "secret", ["", "0123456789AB", "0123456789ABCD", "0123456789ABI", "0123456789AB\n", "ô" * 13]
)
def test_a_secret_has_thirteen_crockford_characters(secret):
    raw = encode((1, secret, PHONE.spki, None, PHONE.sign(b"tovay/enrol/1\0" + encode((secret, PHONE.spki)))))
    with pytest.raises(MalformedError):
        read_enrol_request(raw, VERIFIER)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"{}",
        b"\x95" * 4_000,
        encode((2, SECRET, PHONE.spki, None, bytes(64))),
        encode((1, SECRET, PHONE.spki, None, bytes(64), 1)),
        encode((1, SECRET, PHONE.spki, bytes(2_049), bytes(64))),
        encode((1, 7, PHONE.spki, None, bytes(64))),
        encode((1, SECRET, PHONE.spki, None, bytes(63))),
        write_enrol_request(SECRET, None, PHONE) + b"\0",
    ],
)
def test_a_claim_in_another_spelling_is_refused(raw):
    with pytest.raises(MalformedError):
        read_enrol_request(raw, VERIFIER)


@pytest.mark.parametrize("reader", [lambda raw: read_enrol_request(raw, VERIFIER), read_certificate_request])
def test_a_request_over_its_bound_is_not_decoded(reader):
    with pytest.raises(LimitError):
        reader(bytes(4_097))


def test_the_phone_believes_the_root_that_its_voucher_pins():
    enrolled, statements = read(an_answer())
    assert (enrolled.device, enrolled.group, enrolled.branch) == ("a1", "KM-01", "KM")
    assert statements == (stated(),)
    assert digits(enrolled) == comparison_digits(PHONE.spki, ROOT.spki, NONCE)


def test_the_phone_refuses_a_root_that_its_voucher_does_not_pin():
    thief = signer("thief")
    with pytest.raises(UntrustedKeyError):
        read(an_answer((stated(thief),), root=thief.spki))


def test_the_phone_refuses_a_statement_that_its_root_did_not_sign():
    with pytest.raises(BadSignatureError):
        read(an_answer((stated(), stated(signer("thief"), number=2))))


def test_nobody_between_phone_and_hub_can_choose_the_nonce():
    with pytest.raises(BadSignatureError):
        read(an_answer(key=signer("thief"), nonce=bytes(16)))


def test_the_newest_log_key_signs_the_answer():
    successor = signer("successor")
    statements = stated(), stated(key=successor, number=2)
    with pytest.raises(BadSignatureError):
        read(an_answer(statements))
    assert read(an_answer(statements, key=successor))[0].group == "KM-01"
    passed_over = stated(key=signer("tomorrow"), number=3, algorithm="ml-dsa-44")
    assert read(an_answer((*statements, passed_over), key=successor))[0].group == "KM-01"


@pytest.mark.parametrize("other", [{"purpose": "authority"}, {"branch": "CL"}])
def test_a_key_that_is_stated_for_something_else_signs_no_answer(other):
    with pytest.raises(UntrustedKeyError):
        read(an_answer((stated(**other),)))


def test_the_phone_refuses_an_answer_about_another_phone():
    with pytest.raises(UntrustedKeyError):
        read(an_answer(spki=signer("thief").spki))


def test_an_answer_over_its_bound_is_not_decoded():
    with pytest.raises(LimitError):
        read(bytes(80_001))
    with pytest.raises(LimitError):
        read_certificate_reply(bytes(80_001))


def test_the_certificate_request_is_one_array():
    assert write_certificate_request() == b"\x91\x01"
    assert read_certificate_request(b"\x91\x01").version == 1
    with pytest.raises(MalformedError):
        read_certificate_request(b"\x91\x02")


@pytest.mark.parametrize("certificate", [None, bytes(300)])
def test_the_certificate_reply_comes_back_as_it_was_written(certificate):
    reply = CertificateReply(1, certificate, certificate, "KM-01", 3)
    assert read_certificate_reply(write_certificate_reply(reply)) == reply
