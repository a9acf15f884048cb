"""Nonces of signed requests: each counts once, and the hub's own let a phone with a wrong clock in.

A challenge is ``time ‖ salt ‖ HMAC(key, writer, time ‖ salt)``: any worker of the hub can check it, and none
keeps it. The salt makes two challenges of one moment two nonces.
"""

import hmac
import secrets
from hashlib import sha256
from pathlib import Path

from protocol.request import WINDOW_S
from provisioning.database import writing

CHALLENGE_MS = WINDOW_S * 1_000
# A request is good from ``created`` − window to ``created`` + window.
_KEPT_MS = 2 * CHALLENGE_MS
_TIME_BYTES = _SALT_BYTES = 8
_LABEL = b"tovay/challenge/1\0"


class Nonces:
    """The nonces of one register file."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Remember the file, and the key that challenges are made with."""
        self._path = path
        self._key = key

    def challenge(self, writer: bytes, at: int) -> bytes:
        """A nonce of 32 bytes for this writer, good for one window from the instant ``at``."""
        return self._sealed(writer, at.to_bytes(_TIME_BYTES, "big") + secrets.token_bytes(_SALT_BYTES))

    def answered(self, writer: bytes, nonce: bytes, at: int) -> bool:
        """Say whether this is a challenge of ours to this writer, not older than the window."""
        made_at = int.from_bytes(nonce[:_TIME_BYTES], "big")
        if not 0 <= at - made_at <= CHALLENGE_MS:
            return False
        return hmac.compare_digest(self._sealed(writer, nonce[: _TIME_BYTES + _SALT_BYTES]), nonce)

    def spend(self, writer: bytes, nonce: bytes, at: int) -> bool:
        """Say whether this writer used this nonce for the first time; it is remembered while it matters."""
        with writing(self._path) as database:
            database.execute("DELETE FROM nonces WHERE seen_at < ?", [at - _KEPT_MS])
            spent = database.execute(
                "INSERT OR IGNORE INTO nonces (writer, nonce, seen_at) VALUES (?, ?, ?)", [writer, nonce, at]
            )
            return spent.rowcount == 1

    def _sealed(self, writer: bytes, drawn: bytes) -> bytes:
        return drawn + hmac.digest(self._key, _LABEL + writer + drawn, sha256)[:16]
