"""The browser host's ports over the functions that ``host.mjs`` registers; imported inside Pyodide only."""

from pathlib import Path

import host_crypto
from pyodide.ffi import to_js

from edge.ports import Seal
from protocol.errors import BadSignatureError
from tests.protocol.rfc9180 import Rfc9180

SPKI_HEAD = bytes.fromhex("302a300506032b656e032100")


class HostSigner:
    """An Ed25519 key that stays outside Python."""

    def __init__(self, seed: bytes) -> None:
        """Load the key of 32 bytes ``seed`` into the host."""
        self._key = host_crypto.signer(to_js(seed))

    @property
    def spki(self) -> bytes:
        """Public key as DER SubjectPublicKeyInfo."""
        return self._key.spki.to_bytes()

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._key.sign(to_js(message)).to_bytes()


class HostVerifier:
    """Checks signatures in the host."""

    def verify(self, spki: bytes, signature: bytes, message: bytes) -> None:
        """Return None when the signature stands."""
        if not host_crypto.verify(to_js(spki), to_js(signature), to_js(message)):
            raise BadSignatureError


class HostPrimitives:
    """What HPKE builds on, from the host: X25519 and AES-GCM under a given nonce."""

    def public(self, private: bytes) -> bytes:
        """X25519 public key, 32 bytes."""
        return host_crypto.publicOf(to_js(private)).to_bytes()

    def exchange(self, private: bytes, public: bytes) -> bytes:
        """Shared secret; raises BadSignatureError for a key that is none."""
        shared = host_crypto.exchange(to_js(private), to_js(public))
        if shared is None:
            raise BadSignatureError
        return shared.to_bytes()

    def seal(self, key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Ciphertext ‖ tag."""
        return host_crypto.sealUnder(to_js(key), to_js(nonce), to_js(plaintext), to_js(aad)).to_bytes()

    def open(self, key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """Inverse of ``seal``."""
        opened = host_crypto.decrypt(to_js(key), to_js(nonce + ciphertext), to_js(aad))
        if opened is None:
            raise BadSignatureError
        return opened.to_bytes()


class HostHpke:
    """HPKE from the host's primitives, by the text of RFC 9180."""

    _suite = Rfc9180(HostPrimitives())

    def new_private(self) -> bytes:
        """A fresh X25519 private key, 32 bytes."""
        return host_crypto.random(32).to_bytes()

    def public_of(self, private: bytes) -> bytes:
        """Its public key as DER SubjectPublicKeyInfo."""
        return SPKI_HEAD + self._suite.public(private)

    def encrypt_to(self, spki: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Encapsulated key ‖ ciphertext ‖ tag."""
        if len(spki) != len(SPKI_HEAD) + 32 or not spki.startswith(SPKI_HEAD):
            raise BadSignatureError
        enc, context = self._suite.sender(self.new_private(), spki[len(SPKI_HEAD) :], bound_to)
        return enc + context.seal(b"", plaintext)

    def decrypt_with(self, private: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """Inverse of ``encrypt_to``."""
        return self._suite.recipient(private, sealed[:32], bound_to).open(b"", sealed[32:])


class HostVault(HostHpke):
    """Authenticated encryption, key derivation and randomness of the host, bound to ``device_secret``."""

    def __init__(self, device_secret: bytes) -> None:
        """Keep the secret that only this device has."""
        self._device_secret = device_secret

    def random(self, count: int) -> bytes:
        """That many bytes from the host's cryptographic source."""
        return host_crypto.random(count).to_bytes()

    def derive(self, pin: bytes, salt: bytes, iterations: int) -> bytes:
        """PBKDF2-HMAC-SHA256, 32 bytes."""
        return host_crypto.derive(to_js(pin), to_js(salt), iterations).to_bytes()

    def device_output(self, label: bytes) -> bytes:
        """HMAC-SHA256 of ``label`` under the device's secret."""
        return host_crypto.hmac(to_js(self._device_secret), to_js(label)).to_bytes()

    def encrypt(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """AES-256-GCM: fresh 12-byte nonce ‖ ciphertext ‖ tag."""
        return host_crypto.encrypt(to_js(key), to_js(plaintext), to_js(aad)).to_bytes()

    def decrypt(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Inverse of ``encrypt``."""
        opened = host_crypto.decrypt(to_js(key), to_js(sealed), to_js(aad))
        if opened is None:
            raise BadSignatureError
        return opened.to_bytes()


class HostSafe:
    """A ``Safe`` of files; its only key comes from ``seed``, so that a story can be told twice."""

    def __init__(self, directory: Path, seed: bytes) -> None:
        """Keep the key and the mark in ``directory``."""
        self._directory = directory
        self._seed = seed

    def create_signer(self, encrypt: Seal) -> HostSigner:
        """The key of the seed, stored encrypted."""
        (self._directory / "key").write_bytes(encrypt(self._seed))
        return HostSigner(self._seed)

    def signer(self, decrypt: Seal) -> HostSigner | None:
        """The key made before, None when there is none."""
        raw = self._read("key")
        return None if raw is None else HostSigner(decrypt(raw))

    def certificate_request(self, decrypt: Seal) -> None:
        """A browser makes none."""

    def mark(self) -> bytes | None:
        """The fork mark last stored."""
        return self._read("mark")

    def set_mark(self, mark: bytes) -> None:
        """Replace the fork mark."""
        (self._directory / "mark").write_bytes(mark)

    def _read(self, name: str) -> bytes | None:
        path = self._directory / name
        return path.read_bytes() if path.exists() else None
