"""Every private key of a branch: made once, wrapped under a passphrase, loaded by the hub.

The offline root (Ed25519) states the others: the branch's log key (Ed25519), which seals, its authority
(P-256), which issues certificates for the HTTP door, and its bundle keys (X25519), to which phones without a
network encrypt (L17). A key file is the canonical array ``[1, purpose, salt, sealed]``; ``sealed`` is PKCS #8
(of bundle keys: the canonical array of all of them by number) under AES-256-GCM, whose key Argon2id makes
from the passphrase.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from msgspec import Meta, Struct

from protocol.certificate import Validity, authority_spki, issue, issue_authority, verify
from protocol.codec import decode_as, encode
from protocol.day import to_instant
from protocol.errors import MalformedError, ProtocolError
from protocol.keys import KeyStatement, newest, read_statement, state_key
from protocol.native import NativeHpke, NativeSigner, NativeVerifier
from provisioning.errors import (
    DamagedFileError,
    KeyChangeError,
    OldKeyError,
    OtherRootError,
    PassphraseFileError,
    WrongPassphraseError,
)
from provisioning.settings import (
    AUTHORITY_CERTIFICATE,
    AUTHORITY_KEY,
    LOG_KEY,
    LOG_KEY_NEXT,
    ROOT_KEY,
    ROOT_SPKI,
    STATEMENTS,
    load,
    read_file,
)

PASSPHRASE_BYTES_MIN = 12
PASSPHRASE_BYTES_MAX = 1_024
AUTHORITY_DAYS = 3_650
# RFC 9106, second recommended option. Pinned: no file can ask for another cost.
_PASSES, _LANES, _MEMORY_KIB, _SALT_BYTES = 3, 4, 64 * 1024, 16
_NONCE_BYTES = 12

Wrapped = Literal["root", "log", "authority", "bundle"]
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey


class KeyFile(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A wrapped private key."""

    version: Literal[1]
    purpose: Wrapped
    salt: Annotated[bytes, Meta(min_length=_SALT_BYTES, max_length=_SALT_BYTES)]
    sealed: bytes


class NewKeys(Struct, frozen=True):
    """The bytes of every file that a new branch begins with, by what they are."""

    root_key: bytes
    root_spki: bytes
    log_key: bytes
    authority_key: bytes
    bundle_keys: bytes
    authority_certificate: bytes
    statements: bytes


class Authority:
    """The branch authority: issues certificates for the keys of admitted devices."""

    def __init__(self, key: EllipticCurvePrivateKey, certificate: bytes) -> None:
        """Keep the key and its certificate (DER)."""
        self._key = key
        self.certificate = certificate

    def issue(self, spki: bytes, since: datetime, days: int) -> bytes:
        """A device's certificate, DER, good for ``days``; the library has verified its path."""
        validity = Validity(x509.random_serial_number(), since, since + timedelta(days=days))
        certificate = issue(self._key, self.certificate, spki, validity)
        verify(certificate, self.certificate, since)
        return certificate


def read_passphrase(path: Path) -> bytes:
    """The passphrase in a file, without its last line break; raises PassphraseFileError."""
    try:
        with path.open("rb") as file:
            raw = file.read(PASSPHRASE_BYTES_MAX + 3)
    except OSError as error:
        raise PassphraseFileError(path, str(error)) from error
    passphrase = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not PASSPHRASE_BYTES_MIN <= len(passphrase) <= PASSPHRASE_BYTES_MAX:
        raise PassphraseFileError(path, f"{PASSPHRASE_BYTES_MIN} to {PASSPHRASE_BYTES_MAX} bytes are needed")
    return passphrase


def make_keys(branch: str, passphrase: bytes, root_passphrase: bytes, now: datetime) -> NewKeys:
    """Fresh keys of a branch, wrapped, and the root's first statements. Takes a second of computing."""
    root_private = Ed25519PrivateKey.generate()
    log_private = Ed25519PrivateKey.generate()
    authority_private = generate_private_key(SECP256R1())
    until = now + timedelta(days=AUTHORITY_DAYS)
    certificate = issue_authority(
        authority_private, branch, Validity(x509.random_serial_number(), now, until)
    )
    root, hpke = NativeSigner(root_private), NativeHpke()
    bundle_private = hpke.new_private()

    def state(purpose: str, algorithm: str, spki: bytes) -> bytes:
        times = to_instant(now), to_instant(until)
        return state_key(KeyStatement(1, branch, purpose, 1, algorithm, spki, *times, None), root)

    stated = (
        state("log", "ed25519", NativeSigner(log_private).spki),
        state("authority", "p256", authority_spki(certificate)),
        state("bundle", "x25519", hpke.public_of(bundle_private)),
    )
    return NewKeys(
        root_key=wrap(root_private, "root", root_passphrase),
        root_spki=root.spki,
        log_key=wrap(log_private, "log", passphrase),
        authority_key=wrap(authority_private, "authority", passphrase),
        bundle_keys=wrap_bytes(encode((bundle_private,)), "bundle", passphrase),
        authority_certificate=certificate,
        statements=encode(stated),
    )


def root_spki(directory: Path) -> bytes:
    """Public key of the root that this branch belongs to; what vouchers pin."""
    return read_file(directory / ROOT_SPKI)


def statements(directory: Path) -> tuple[bytes, ...]:
    """The signed key statements of the branch, as they travel; raises DamagedFileError unless the root's."""
    path = directory / STATEMENTS
    verifier = NativeVerifier()
    root = root_spki(directory)
    try:
        signed = decode_as(read_file(path), tuple[bytes, ...], "statements")
        for one in signed:
            read_statement(one, root, verifier)
    except ProtocolError as error:
        raise DamagedFileError(path, str(error)) from error
    return signed


def load_hub_signer(directory: Path, passphrase: bytes) -> NativeSigner:
    """The branch's log key, which seals.

    Raises:
        KeyChangeError: the root stated the next one, and not every log has taken it over.
        OldKeyError: the file holds a key that was superseded.
        DirectoryError: it cannot be opened, or is none that the root stated.
    """
    signer = load_log_key(directory / LOG_KEY, passphrase)
    try:
        _check_stated(directory, "log", signer.spki)
    except DamagedFileError as error:
        if (directory / LOG_KEY_NEXT).exists():
            raise KeyChangeError(directory) from error
        if signer.spki in {one.spki for one in _read(directory) if one.purpose == "log"}:
            raise OldKeyError(directory / LOG_KEY) from error
        raise
    return signer


def load_log_key(path: Path, passphrase: bytes) -> NativeSigner:
    """The log key in a key file, stated or not; raises a DirectoryError."""
    key = open_key(path, "log", passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise DamagedFileError(path, "not an Ed25519 key")
    return NativeSigner(key)


def new_log_key(passphrase: bytes) -> bytes:
    """Bytes of the key file of a fresh log key."""
    return wrap(Ed25519PrivateKey.generate(), "log", passphrase)


def load_root(medium: Path, passphrase: bytes, spki: bytes) -> NativeSigner:
    """The branch's offline root, from its medium; raises a DirectoryError, OtherRootError for another's."""
    key = open_key(medium / ROOT_KEY, "root", passphrase)
    if isinstance(key, Ed25519PrivateKey) and NativeSigner(key).spki == spki:
        return NativeSigner(key)
    raise OtherRootError(medium)


def load_authority(directory: Path, passphrase: bytes) -> Authority:
    """The branch authority; raises a DirectoryError when key, certificate and statement do not agree."""
    path = directory / AUTHORITY_CERTIFICATE
    certificate = read_file(path)
    key = open_key(directory / AUTHORITY_KEY, "authority", passphrase)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise DamagedFileError(path, "not a P-256 key")
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        certified = authority_spki(certificate)
    except MalformedError as error:
        raise DamagedFileError(path, str(error)) from error
    if certified != spki:
        raise DamagedFileError(path, "the certificate is not of this key")
    _check_stated(directory, "authority", spki)
    return Authority(key, certificate)


def wrap(key: PrivateKey, purpose: Wrapped, passphrase: bytes) -> bytes:
    """Bytes of the key file of one private key."""
    return wrap_bytes(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), purpose, passphrase
    )


def wrap_bytes(plain: bytes, purpose: Wrapped, passphrase: bytes) -> bytes:
    """Bytes of a key file around whatever stands for its private keys."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    sealed = nonce + AESGCM(_derive(passphrase, salt)).encrypt(nonce, plain, _bound_to(purpose))
    return encode(KeyFile(1, purpose, salt, sealed))


def open_key(path: Path, purpose: Wrapped, passphrase: bytes) -> PrivateKey:
    """The private key in a key file; raises as ``open_bytes``."""
    key = load_der_private_key(open_bytes(path, purpose, passphrase), None)
    assert isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey)
    return key


def open_bytes(path: Path, purpose: Wrapped, passphrase: bytes) -> bytes:
    """What ``wrap_bytes`` put into a key file.

    Raises:
        DamagedFileError: missing, not a key file, or one of another purpose.
        WrongPassphraseError: the passphrase (or a flipped bit) does not open it.
    """
    try:
        file = decode_as(read_file(path), KeyFile, "key file")
    except MalformedError as error:
        raise DamagedFileError(path, str(error)) from error
    if file.purpose != purpose or len(file.sealed) <= _NONCE_BYTES:
        raise DamagedFileError(path, f"a key file for {file.purpose}, not for {purpose}")
    nonce, ciphertext = file.sealed[:_NONCE_BYTES], file.sealed[_NONCE_BYTES:]
    try:
        return AESGCM(_derive(passphrase, file.salt)).decrypt(nonce, ciphertext, _bound_to(purpose))
    except InvalidTag as error:
        raise WrongPassphraseError(path) from error


def _derive(passphrase: bytes, salt: bytes) -> bytes:
    kdf = Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive(passphrase)


def _bound_to(purpose: Wrapped) -> bytes:
    return b"tovay/key-file/1\0" + purpose.encode()


def _check_stated(directory: Path, purpose: str, spki: bytes) -> None:
    try:
        best = newest(_read(directory), load(directory).branch, purpose)
    except ProtocolError as error:
        raise DamagedFileError(directory / STATEMENTS, str(error)) from error
    if best.spki != spki:
        raise DamagedFileError(directory / STATEMENTS, f"the root states another {purpose} key")


def _read(directory: Path) -> list[KeyStatement]:
    root, verifier = root_spki(directory), NativeVerifier()
    return [read_statement(one, root, verifier) for one in statements(directory)]
