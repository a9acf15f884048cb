"""Ed25519 on a native host: RFC 8032's own figures, and nothing else verifies."""

from hashlib import sha512

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_p256
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.errors import BadSignatureError
from protocol.native import NativeSigner, NativeVerifier, generate_signer

# RFC 8032, section 7.1, test 2
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
SPKI = bytes.fromhex("302a300506032b6570032100") + PUBLIC
ORDER = 2**252 + 27742317777372353535851937790883648493
FIELD = 2**255 - 19
SMALL_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


def verify(spki=SPKI, signature=SIGNATURE, message=b"\x72"):
    NativeVerifier().verify(spki, signature, message)


def test_a_signature_is_that_of_RFC_8032():
    key = NativeSigner(Ed25519PrivateKey.from_private_bytes(SEED))
    assert key.spki == SPKI
    assert key.sign(b"\x72") == SIGNATURE
    verify()


def test_S34_another_key_message_or_signature_does_not_verify():
    for wrong in (
        {"message": b"\x73"},
        {"signature": bytes(64)},
        {"signature": SIGNATURE[:-1]},
        {"signature": SIGNATURE + b"\0"},
        {"spki": generate_signer().spki},
    ):
        with pytest.raises(BadSignatureError):
            verify(**wrong)


def test_a_signature_has_one_spelling():
    scalar = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    with pytest.raises(BadSignatureError):
        verify(signature=SIGNATURE[:32] + scalar.to_bytes(32, "little"))


def test_a_key_that_is_no_Ed25519_key_verifies_nothing():
    p256 = generate_p256(SECP256R1()).public_key()
    spki = p256.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for key in (spki, b"", b"no key", SPKI[:-1]):
        with pytest.raises(BadSignatureError):
            verify(spki=key)


def encoded(y, sign=0):
    return (y | sign << 255).to_bytes(32, "little")


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [0, 1, FIELD - 1, FIELD, FIELD + 1, SMALL_8, FIELD - SMALL_8])
def test_a_point_of_small_order_or_in_a_second_spelling_verifies_nothing(y, sign):
    # Under the identity as key, (identity, 0) would be a signature of every message.
    for wrong in (
        {"spki": SPKI[:12] + encoded(y, sign), "signature": encoded(1) + bytes(32)},
        {"spki": SPKI[:12] + encoded(y, sign)},
        {"signature": encoded(y, sign) + SIGNATURE[32:]},
    ):
        with pytest.raises(BadSignatureError):
            verify(**wrong)


def test_a_signature_whose_first_half_is_the_identity_is_refused_though_its_signer_made_it():
    digest = sha512(SEED).digest()
    secret = int.from_bytes(digest[:32], "little") & ~7 & (2**254 - 1) | 2**254
    point = encoded(1)
    challenge = int.from_bytes(sha512(point + PUBLIC + b"\x72").digest(), "little")
    scalar = challenge * secret % ORDER
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(point + scalar.to_bytes(32, "little"), b"\x72")
    with pytest.raises(BadSignatureError, match="small"):
        verify(signature=point + scalar.to_bytes(32, "little"))
