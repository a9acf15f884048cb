"""What a host supplies: a few small ports, so that the same Python runs natively and in a browser.

The native host implements them with ``cryptography`` (``protocol.native``, ``edge.native``), the browser host
with WebCrypto. All are synchronous.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Signer(Protocol):
    """Holds one private key, which may not be extractable."""

    @property
    def spki(self) -> bytes:
        """Public key as DER SubjectPublicKeyInfo."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""


class Verifier(Protocol):
    """Checks signatures; holds nothing.

    Ed25519 by RFC 8032 without the cofactor, and no point of small order, neither as key nor in the
    signature: what WebCrypto asks for, so that every host says the same of the same bytes.
    """

    def verify(self, spki: bytes, signature: bytes, message: bytes) -> None:
        """Return None when the signature stands; raises BadSignatureError otherwise, also for a bad key."""


class Hpke(Protocol):
    """Encryption to a public key: RFC 9180 in base mode, X25519, HKDF-SHA256, AES-256-GCM (L19).

    One message for each encapsulation, no additional data; ``bound_to`` is the ``info`` of
    the RFC: what stands around the ciphertext.
    """

    def new_private(self) -> bytes:
        """A fresh X25519 private key, 32 bytes."""

    def public_of(self, private: bytes) -> bytes:
        """Its public key as DER SubjectPublicKeyInfo."""

    def encrypt_to(self, spki: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Encapsulated key (32 bytes) ‖ ciphertext ‖ tag; raises BadSignatureError for a key that is none."""

    def decrypt_with(self, private: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Inverse of ``encrypt_to``; raises BadSignatureError when key, bytes or ``bound_to`` differ."""


class Vault(Hpke, Protocol):
    """Authenticated encryption and the randomness of the host (L19)."""

    def random(self, count: int) -> bytes:
        """That many bytes from the host's cryptographic source."""

    def derive(self, pin: bytes, salt: bytes, iterations: int) -> bytes:
        """PBKDF2-HMAC-SHA256, 32 bytes: the one slow function that both hosts have."""

    def device_output(self, label: bytes) -> bytes:
        """32 bytes that only this device can make again from ``label`` (HMAC under its bound secret)."""

    def encrypt(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """AES-256-GCM: fresh 12-byte nonce ‖ ciphertext ‖ tag."""

    def decrypt(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Inverse of ``encrypt``; raises BadSignatureError when key, bytes or ``aad`` differ."""


class Reply(msgspec.Struct, frozen=True):
    """What came back over a carrier; ``headers`` has lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport(Protocol):
    """One HTTP request to the hub. Raises ConnectionError when no reply came."""

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """POST ``body`` to ``path`` under the hub's configured origin."""
