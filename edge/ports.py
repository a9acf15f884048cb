"""What a host supplies to the agent: protocol's ports, and a safe place beside the ledger."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from protocol.ports import Signer, Vault, Verifier

Seal = Callable[[bytes], bytes]
"""Encrypts or decrypts under the ledger's data key."""


class Safe(Protocol):
    """The device's signing key and the fork mark, kept apart from the ledger file."""

    def create_signer(self, encrypt: Seal) -> Signer:
        """A new Ed25519 key, on the disk before this returns; one that was there before is gone."""

    def signer(self, decrypt: Seal) -> Signer | None:
        """The key made before, None when there is none; what ``decrypt`` raises passes through."""

    def certificate_request(self, decrypt: Seal) -> bytes | None:
        """A PKCS #10 request in DER for that key; None on a host that makes none."""

    def mark(self) -> bytes | None:
        """The fork mark last stored, None when there is none."""

    def set_mark(self, mark: bytes) -> None:
        """Replace the fork mark durably and atomically; raises OSError when that fails."""


class Host(Struct, frozen=True):
    """Everything that differs between a computer and the phone's browser, but the network."""

    vault: Vault
    verifier: Verifier
    safe: Safe
