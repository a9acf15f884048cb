"""What RFC 9180 builds on, from ``cryptography``, one primitive at a time."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.protocol.rfc9180 import Rfc9180


class NativePrimitives:
    """X25519 and AES-GCM of this machine."""

    def public(self, private):
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def exchange(self, private, public):
        key = X25519PrivateKey.from_private_bytes(private)
        return key.exchange(X25519PublicKey.from_public_bytes(public))

    def seal(self, key, nonce, plaintext, aad):
        return AESGCM(key).encrypt(nonce, plaintext, aad)

    def open(self, key, nonce, ciphertext, aad):
        return AESGCM(key).decrypt(nonce, ciphertext, aad)


SECOND = Rfc9180(NativePrimitives())
"""The second implementation, on this machine."""
