"""HPKE on a native host (L19): what RFC 9180 says, held to a second implementation and to its vectors."""

from hashlib import shake_128

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadSignatureError
from protocol.native import NativeHpke, generate_signer
from tests.protocol.primitives import SECOND

HPKE = NativeHpke()
SPKI_HEAD = bytes.fromhex("302a300506032b656e032100")
INFO = b"tovay/bundle/1\0"

# RFC 9180's vector of exactly this suite (mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002). A thousand
# encryptions stand as one digest: inputs are drawn from SHAKE128 of nothing, ciphertexts go into another.
VECTOR_INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
IKM_E = bytes.fromhex("2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9")
IKM_R = bytes.fromhex("dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee")
PRIVATE = bytes.fromhex("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d")
PUBLIC = bytes.fromhex("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
ENC = bytes.fromhex("6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256")
ENCRYPTIONS = "1702e73e1e71705faa8241022af1deea"


def test_the_second_implementation_is_RFC_9180():
    assert SECOND.derive_private(IKM_R) == PRIVATE
    assert SECOND.public(PRIVATE) == PUBLIC
    enc, context = SECOND.sender(SECOND.derive_private(IKM_E), PUBLIC, VECTOR_INFO)
    assert enc == ENC
    source, drawn = shake_128().digest(600_000), 0

    def draw():
        nonlocal drawn
        length, start = source[drawn], drawn + 1
        drawn = start + length
        return source[start:drawn]

    sealed = []
    for _ in range(1_000):
        aad = draw()
        sealed.append(context.seal(aad, draw()))
    assert drawn < len(source)
    assert shake_128(b"".join(sealed)).hexdigest(16) == ENCRYPTIONS


def test_the_public_key_of_RFC_9180_is_made_from_its_private_key():
    assert HPKE.public_of(PRIVATE) == SPKI_HEAD + PUBLIC


@given(st.binary(max_size=2_000), st.binary(max_size=60))
def test_what_the_second_implementation_encrypts_is_opened(plaintext, bound_to):
    ephemeral = HPKE.new_private()
    enc, context = SECOND.sender(ephemeral, PUBLIC, bound_to)
    assert HPKE.decrypt_with(PRIVATE, enc + context.seal(b"", plaintext), bound_to) == plaintext


@given(st.binary(max_size=2_000), st.binary(max_size=60))
def test_what_is_encrypted_the_second_implementation_opens(plaintext, bound_to):
    sealed = HPKE.encrypt_to(SPKI_HEAD + PUBLIC, plaintext, bound_to)
    assert len(sealed) == len(plaintext) + 48
    assert SECOND.recipient(PRIVATE, sealed[:32], bound_to).open(b"", sealed[32:]) == plaintext


def test_each_encryption_has_its_own_key():
    spki = HPKE.public_of(HPKE.new_private())
    assert HPKE.encrypt_to(spki, b"100000", INFO) != HPKE.encrypt_to(spki, b"100000", INFO)


def test_any_change_of_key_bytes_or_info_opens_nothing():
    private = HPKE.new_private()
    sealed = HPKE.encrypt_to(HPKE.public_of(private), b"100000", INFO)
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for wrong in (*flipped, sealed[:-1], sealed[:40], b"", bytes(32) + sealed[32:]):
        with pytest.raises(BadSignatureError):
            HPKE.decrypt_with(private, wrong, INFO)
    with pytest.raises(BadSignatureError):
        HPKE.decrypt_with(private, sealed, INFO + b"!")
    with pytest.raises(BadSignatureError):
        HPKE.decrypt_with(HPKE.new_private(), sealed, INFO)


@pytest.mark.parametrize(
    "spki",
    [b"", b"no key", generate_signer().spki, SPKI_HEAD + bytes(32), SPKI_HEAD + b"\1" + bytes(31), SPKI_HEAD],
    ids=["empty", "text", "Ed25519", "order 4", "order 1", "cut"],
)
def test_nothing_is_encrypted_to_what_is_no_key(spki):
    with pytest.raises(BadSignatureError):
        HPKE.encrypt_to(spki, b"100000", INFO)
