"""Keys from a seed, signatures checked once, and ciphers whose randomness is the world's."""

import hashlib
import hmac
from functools import lru_cache
from random import Random

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protocol.errors import BadSignatureError
from protocol.keys import KeyStatement, state_key
from protocol.native import NativeSigner, NativeVerifier
from tests.facts import MOMENT

BRANCH = "KM"


_made = set()
"""What the keys of a world signed, as (public key, signature, message)."""


class NotingKey:
    """A private key. What it signs is noted: that it stands need not be found out."""

    def __init__(self, key):
        self._key, self._spki = key, NativeSigner(key).spki

    def public_key(self):
        return self._key.public_key()

    def sign(self, message):
        signature = self._key.sign(message)
        _made.add((self._spki, signature, message))
        return signature


class RememberingVerifier:
    """The real verifier, asked once for each signature that no key of this world was seen to make."""

    def __init__(self):
        self._real, self._known = NativeVerifier(), {}
        _made.clear()  # a world begins with its verifier

    def verify(self, spki, signature, message):
        asked = (spki, signature, message)
        if asked not in self._known:
            self._known[asked] = self._stands(asked)
        if not self._known[asked]:
            raise BadSignatureError("the signature does not verify")

    def _stands(self, asked):
        if asked in _made:
            return True
        try:
            self._real.verify(*asked)
        except BadSignatureError:
            return False
        return True


class QuickVault:
    """A ``Vault``: one round of the slow function, and randomness from the seed."""

    def __init__(self, secret, chance):
        self._secret, self._chance = secret, chance

    def random(self, count):
        return self._chance.randbytes(count)

    def derive(self, pin, salt, iterations):
        return hashlib.pbkdf2_hmac("sha256", pin, salt + iterations.to_bytes(4, "big"), 1)

    def device_output(self, label):
        return _output(self._secret, label)

    def encrypt(self, key, plaintext, aad):
        nonce = self._chance.randbytes(12)
        return nonce + _cipher(key).encrypt(nonce, plaintext, aad)

    def decrypt(self, key, sealed, aad):
        return _decrypted(key, sealed, aad)


_cipher = lru_cache(64)(AESGCM)


@lru_cache(1_024)
def _output(secret, label):
    return hmac.digest(secret, label, "sha256")


@lru_cache(1 << 14)
def _decrypted(key, sealed, aad):
    """What is in these very bytes: asked again, the answer is remembered; a changed bit is other bytes."""
    try:
        return _cipher(key).decrypt(sealed[:12], sealed[12:], aad)
    except (InvalidTag, ValueError) as error:
        raise BadSignatureError("this is not what was encrypted") from error


def chance_of(name):
    """The chance of this name: the same draws for the same name, always."""
    return Random(name)  # noqa: S311 (a play must be played again)


def private_key(*names):
    """The private key that these names always give."""
    seed = hashlib.sha256(repr(names).encode()).digest()
    return NotingKey(Ed25519PrivateKey.from_private_bytes(seed))


def signer(*names):
    """A signer with that key."""
    return NativeSigner(private_key(*names))


def stated(root, key, number, supersedes=None):
    """The root's statement of a log key of the branch."""
    return state_key(
        KeyStatement(
            version=1,
            branch=BRANCH,
            purpose="log",
            number=number,
            algorithm="ed25519",
            spki=key.spki,
            valid_from=MOMENT,
            valid_until=MOMENT,
            supersedes=supersedes,
        ),
        root,
    )
