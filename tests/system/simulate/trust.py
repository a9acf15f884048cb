"""Keys from a seed, signatures checked once, and ciphers whose randomness is the world's."""

import hashlib
import hmac
from functools import lru_cache
from random import Random

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_public_key

from protocol.errors import BadSignatureError
from protocol.keys import KeyStatement, state_key
from protocol.native import NativeHpke, NativeSigner, NativeVerifier
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


class QuickHpke:
    """An ``Hpke`` of the same keys, whose randomness is the world's: what it writes is no RFC 9180."""

    def __init__(self, chance):
        self._chance = chance

    def new_private(self):
        return self._chance.randbytes(32)

    def public_of(self, private):
        return NativeHpke().public_of(private)

    def encrypt_to(self, spki, plaintext, bound_to):
        private = X25519PrivateKey.from_private_bytes(self.new_private())
        sent = private.public_key().public_bytes_raw()
        key = _agreed(private, load_der_public_key(spki), sent)
        return sent + _cipher(key).encrypt(bytes(12), plaintext, bound_to)

    def decrypt_with(self, private, sealed, bound_to):
        try:
            public = X25519PublicKey.from_public_bytes(sealed[:32])
            key = _agreed(X25519PrivateKey.from_private_bytes(private), public, sealed[:32])
            return _cipher(key).decrypt(bytes(12), sealed[32:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise BadSignatureError("this is not what was encrypted to this key") from error


class QuickVault(QuickHpke):
    """A ``Vault``: one round of the slow function, and randomness from the seed."""

    def __init__(self, secret, chance):
        super().__init__(chance)
        self._secret = secret

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


def _agreed(private, public, sent):
    # The key as it was sent counts, as in the RFC: X25519 itself passes over one of its bits.
    return hashlib.sha256(private.exchange(public) + sent).digest()


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
    return _stated(root, "log", number, "ed25519", key.spki, supersedes)


def stated_for_bundles(root, spki):
    """The root's statement of the key to which phones encrypt bundles."""
    return _stated(root, "bundle", 1, "x25519", spki, None)


def _stated(root, purpose, number, algorithm, spki, supersedes):
    return state_key(
        KeyStatement(
            version=1,
            branch=BRANCH,
            purpose=purpose,
            number=number,
            algorithm=algorithm,
            spki=spki,
            valid_from=MOMENT,
            valid_until=MOMENT,
            supersedes=supersedes,
        ),
        root,
    )
