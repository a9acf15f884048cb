"""Signatures and HPKE on a native host, by ``cryptography``. The browser host does not load this module."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from protocol.errors import BadSignatureError

_FIELD = 2**255 - 19
_SMALL_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL = frozenset({0, 1, _FIELD - 1, _SMALL_8, _FIELD - _SMALL_8})
"""The y of every point of order 1, 2, 4 or 8: such a key would verify what nobody signed."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class NativeSigner:
    """A ``Signer`` over an Ed25519 private key in memory."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Keep the key; its public half is computed once."""
        self._key = key
        self._spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def spki(self) -> bytes:
        """Public key as DER SubjectPublicKeyInfo."""
        return self._spki

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._key.sign(message)


class NativeVerifier:
    """A ``Verifier`` for Ed25519."""

    def verify(self, spki: bytes, signature: bytes, message: bytes) -> None:
        """Return None when the signature stands; raises BadSignatureError otherwise."""
        if _is_unsound(signature[:32]):
            raise BadSignatureError("the signature starts with a point of small order")
        try:
            _public_key(spki).verify(signature, message)
        except InvalidSignature as error:
            raise BadSignatureError("the signature does not verify") from error


class NativeHpke:
    """An ``Hpke``; holds nothing."""

    def new_private(self) -> bytes:
        """A fresh X25519 private key, 32 bytes, from the operating system's source."""
        return X25519PrivateKey.generate().private_bytes_raw()

    def public_of(self, private: bytes) -> bytes:
        """Its public key as DER SubjectPublicKeyInfo."""
        key = X25519PrivateKey.from_private_bytes(private).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def encrypt_to(self, spki: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Encapsulated key (32 bytes) ‖ ciphertext ‖ tag; raises BadSignatureError for a key that is none."""
        try:
            key = load_der_public_key(spki)
            if not isinstance(key, X25519PublicKey):
                raise BadSignatureError("the public key is not X25519")
            return _SUITE.encrypt(plaintext, key, bound_to)
        except (ValueError, UnsupportedAlgorithm) as error:  # a point of small order, too
            raise BadSignatureError("nothing is encrypted to this key") from error

    def decrypt_with(self, private: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Inverse of ``encrypt_to``; raises BadSignatureError when key, bytes or ``bound_to`` differ."""
        try:
            return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), bound_to)
        except InvalidTag as error:
            raise BadSignatureError("this is not what was encrypted to this key") from error


def generate_signer() -> NativeSigner:
    """A signer with a fresh key from the operating system's source."""
    return NativeSigner(Ed25519PrivateKey.generate())


@lru_cache(maxsize=1_024)
def _public_key(spki: bytes) -> Ed25519PublicKey:
    try:
        key = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignatureError("the public key does not parse") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadSignatureError("the public key is not Ed25519")
    if _is_unsound(spki[-32:]):
        raise BadSignatureError("the public key is a point of small order")
    return key


def _is_unsound(point: bytes) -> bool:
    """Say whether an encoded point is one that browsers refuse and OpenSSL does not."""
    y = int.from_bytes(point, "little") % 2**255
    return y >= _FIELD or y in _SMALL
