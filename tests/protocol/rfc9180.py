"""HPKE written a second time from the text of RFC 9180: base mode, X25519, HKDF-SHA256, AES-256-GCM.

Only HMAC, X25519 and AES-GCM are a library's; labels, key schedule and nonces are written out here.
"""

import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM = b"KEM" + (0x0020).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0002))


class Context:
    """One direction of an encryption context (section 5.2)."""

    def __init__(self, shared_secret, bound_to):
        """The key schedule of base mode (section 5.1)."""
        psk_id_hash = labeled_extract(SUITE, b"", b"psk_id_hash", b"")
        info_hash = labeled_extract(SUITE, b"", b"info_hash", bound_to)
        context = b"\0" + psk_id_hash + info_hash
        secret = labeled_extract(SUITE, shared_secret, b"secret", b"")
        self._key = labeled_expand(SUITE, secret, b"key", context, 32)
        self._nonce = labeled_expand(SUITE, secret, b"base_nonce", context, 12)
        self._sequence = 0

    def seal(self, aad, plaintext):
        return AESGCM(self._key).encrypt(self._next_nonce(), plaintext, aad)

    def open(self, aad, ciphertext):
        return AESGCM(self._key).decrypt(self._next_nonce(), ciphertext, aad)

    def _next_nonce(self):
        sequence = self._sequence.to_bytes(12, "big")
        self._sequence += 1
        return bytes(a ^ b for a, b in zip(self._nonce, sequence, strict=True))


def derive_private(ikm):
    """Section 7.1.3, for X25519."""
    return labeled_expand(KEM, labeled_extract(KEM, b"", b"dkp_prk", ikm), b"sk", b"", 32)


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sender(ephemeral, recipient, bound_to):
    """Encapsulated key and context of whoever encrypts (sections 4.1 and 5.1)."""
    enc = public(ephemeral)
    return enc, Context(_shared(ephemeral, recipient, enc + recipient), bound_to)


def recipient(private, enc, bound_to):
    """Context of whoever decrypts."""
    return Context(_shared(private, enc, enc + public(private)), bound_to)


def labeled_extract(suite, salt, label, ikm):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def labeled_expand(suite, prk, label, bound_to, length):
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + bound_to
    block, out = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + labeled + bytes([count]), "sha256")
        out += block
    return out[:length]


def _shared(private, other, kem_context):
    key = X25519PrivateKey.from_private_bytes(private)
    prk = labeled_extract(KEM, b"", b"eae_prk", key.exchange(X25519PublicKey.from_public_bytes(other)))
    return labeled_expand(KEM, prk, b"shared_secret", kem_context, 32)
