"""HPKE written a second time from the text of RFC 9180: base mode, X25519, HKDF-SHA256, AES-256-GCM.

Labels, key schedule and nonces are written out here over X25519 and AES-GCM, which any host has, a browser's
too: ``primitives`` has ``public(private)``, ``exchange(private, public)``, ``seal(key, nonce, plaintext,
aad)`` and ``open(key, nonce, ciphertext, aad)``; keys are 32 bytes.
"""

import hmac

KEM = b"KEM" + (0x0020).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0020, 0x0001, 0x0002))


class Rfc9180:
    """The suite over one host's primitives."""

    def __init__(self, primitives):
        self._primitives = primitives

    def derive_private(self, ikm):
        """Section 7.1.3, for X25519."""
        return labeled_expand(KEM, labeled_extract(KEM, b"", b"dkp_prk", ikm), b"sk", b"", 32)

    def public(self, private):
        """The public key of a private one."""
        return self._primitives.public(private)

    def sender(self, ephemeral, recipient, bound_to):
        """Encapsulated key and context of whoever encrypts (sections 4.1 and 5.1)."""
        enc = self.public(ephemeral)
        return enc, Context(self._primitives, self._shared(ephemeral, recipient, enc + recipient), bound_to)

    def recipient(self, private, enc, bound_to):
        """Context of whoever decrypts."""
        shared = self._shared(private, enc, enc + self.public(private))
        return Context(self._primitives, shared, bound_to)

    def _shared(self, private, other, kem_context):
        prk = labeled_extract(KEM, b"", b"eae_prk", self._primitives.exchange(private, other))
        return labeled_expand(KEM, prk, b"shared_secret", kem_context, 32)


class Context:
    """One direction of an encryption context (section 5.2)."""

    def __init__(self, primitives, shared_secret, bound_to):
        """The key schedule of base mode (section 5.1)."""
        psk_id_hash = labeled_extract(SUITE, b"", b"psk_id_hash", b"")
        info_hash = labeled_extract(SUITE, b"", b"info_hash", bound_to)
        context = b"\0" + psk_id_hash + info_hash
        secret = labeled_extract(SUITE, shared_secret, b"secret", b"")
        self._primitives = primitives
        self._key = labeled_expand(SUITE, secret, b"key", context, 32)
        self._nonce = labeled_expand(SUITE, secret, b"base_nonce", context, 12)
        self._sequence = 0

    def seal(self, aad, plaintext):
        """The next ciphertext."""
        return self._primitives.seal(self._key, self._next_nonce(), plaintext, aad)

    def open(self, aad, ciphertext):
        """The next plaintext."""
        return self._primitives.open(self._key, self._next_nonce(), ciphertext, aad)

    def _next_nonce(self):
        sequence = self._sequence.to_bytes(12, "big")
        self._sequence += 1
        return bytes(a ^ b for a, b in zip(self._nonce, sequence, strict=True))


def labeled_extract(suite, salt, label, ikm):
    """Section 4."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def labeled_expand(suite, prk, label, context, length):
    """Section 4."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
    block, out = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.digest(prk, block + labeled + bytes([count]), "sha256")
        out += block
    return out[:length]
