"""The computer's side of the ports: ``cryptography``, files and HTTP. The browser does not load this module.

A phone's directory, mode 0700:

    ledger.sqlite   the encrypted ledger (and its -wal while open)
    device.secret   32 random bytes of this device, mode 0600: a ledger copied without it cannot be opened
    device.key      the Ed25519 signing key, encrypted under the ledger's data key
    fork.mark       how far the ledger had got (L5)
    phone.toml      the hub's address
"""

import hashlib
import hmac
import os
import secrets
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding

from edge.errors import BranchError, Fault, InputError
from edge.ports import Host, Seal
from edge.settings import FILE, Settings
from protocol.errors import BadSignatureError
from protocol.limits import EXCHANGE_RESPONSE_BYTES_MAX
from protocol.native import NativeHpke, NativeSigner, NativeVerifier
from protocol.ports import Reply

LEDGER = "ledger.sqlite"
SECRET = "device.secret"  # noqa: S105 (the name of the file)
KEY = "device.key"
MARK = "fork.mark"
_SECRET_BYTES = 32
_NONCE_BYTES = 12
_CHUNK_BYTES = 65_536
_BYTES_PER_S_MIN = 100  # the slowest line that counts; a hub waits for a body as patiently
_CARRYING_S_MAX = 240


class NativeVault(NativeHpke):
    """A ``Vault`` bound to the device's secret."""

    def __init__(self, device_secret: bytes) -> None:
        """Keep the secret that only this device has."""
        self._device_secret = device_secret

    def random(self, count: int) -> bytes:
        """That many bytes from the operating system's source."""
        return secrets.token_bytes(count)

    def derive(self, pin: bytes, salt: bytes, iterations: int) -> bytes:
        """PBKDF2-HMAC-SHA256, 32 bytes."""
        return hashlib.pbkdf2_hmac("sha256", pin, salt, iterations)

    def device_output(self, label: bytes) -> bytes:
        """HMAC-SHA256 of ``label`` under the device's secret."""
        return hmac.digest(self._device_secret, label, "sha256")

    def encrypt(self, key: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """AES-256-GCM: fresh 12-byte nonce ‖ ciphertext ‖ tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)

    def decrypt(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Inverse of ``encrypt``; raises BadSignatureError."""
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], aad)
        except (InvalidTag, ValueError) as error:
            raise BadSignatureError("this is not what was encrypted") from error


class NativeSafe:
    """A ``Safe`` of files beside the ledger."""

    def __init__(self, directory: Path) -> None:
        """Use the phone's directory."""
        self._directory = directory

    def create_signer(self, encrypt: Seal) -> NativeSigner:
        """A new Ed25519 key, encrypted on the disk before this returns."""
        key = Ed25519PrivateKey.generate()
        replace_file(self._directory / KEY, encrypt(key.private_bytes_raw()))
        return NativeSigner(key)

    def signer(self, decrypt: Seal) -> NativeSigner | None:
        """The key made before, None when there is none."""
        raw = _read(self._directory / KEY)
        return None if raw is None else NativeSigner(Ed25519PrivateKey.from_private_bytes(decrypt(raw)))

    def certificate_request(self, decrypt: Seal) -> bytes | None:
        """A CSR in DER for the key; its empty subject says nothing, because the branch's records decide."""
        raw = (self._directory / KEY).read_bytes()
        key = Ed25519PrivateKey.from_private_bytes(decrypt(raw))
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        return builder.sign(key, None).public_bytes(Encoding.DER)

    def mark(self) -> bytes | None:
        """The fork mark last stored."""
        return _read(self._directory / MARK)

    def set_mark(self, mark: bytes) -> None:
        """Replace the fork mark durably and atomically."""
        replace_file(self._directory / MARK, mark)


class HttpTransport:
    """A ``Transport`` over HTTP(S): one connection per request, no proxy, no redirect, every wait bounded."""

    def __init__(self, settings: Settings) -> None:
        """Reach the hub that the settings name."""
        self._settings = settings
        parts = urlsplit(settings.hub)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._tls = _trusted(settings) if parts.scheme == "https" else None

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """POST to the hub; raises ConnectionError when no whole reply came in time."""
        # The system takes a body at once and carries it for as long as the line needs (N78).
        carrying_s = min(len(body) // _BYTES_PER_S_MIN, _CARRYING_S_MAX)
        deadline = time.monotonic() + self._settings.deadline_s + carrying_s
        try:
            with closing(self._connection()) as connection:
                connection.connect()
                connection.sock.settimeout(self._settings.read_timeout_s + carrying_s)
                connection.putrequest("POST", path, skip_accept_encoding=True)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                reply = connection.getresponse()
                names = {name.lower(): value for name, value in reply.getheaders()}
                return Reply(reply.status, names, _read_reply(reply, deadline))
        except (OSError, HTTPException) as error:
            raise ConnectionError(str(error)) from error

    def _connection(self) -> HTTPConnection:
        timeout = self._settings.connect_timeout_s
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=timeout)
        return HTTPSConnection(self._host, self._port, timeout=timeout, context=self._tls)


def create_directory(directory: Path) -> None:
    """Make a phone's directory and device secret, or keep what is there; durable when this returns."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync_directory(directory.parent)
    if not (directory / SECRET).exists():
        replace_file(directory / SECRET, secrets.token_bytes(_SECRET_BYTES))


def open_host(directory: Path) -> Host:
    """The ports of an existing directory; raises BranchError when the device's secret is not there."""
    secret = _read(directory / SECRET)
    if secret is None or len(secret) != _SECRET_BYTES:
        raise BranchError(Fault.OTHER_DEVICE)
    return Host(NativeVault(secret), NativeVerifier(), NativeSafe(directory))


def replace_file(path: Path, content: bytes) -> None:
    """Put a whole new file, mode 0600, in the place of the old one: a power cut leaves one or the other."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _trusted(settings: Settings) -> ssl.SSLContext:
    """The authorities of the machine, or the one of the settings; raises InputError when that is none."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise InputError(Fault.NOT_A_SETTING, file=FILE) from error


def _read_reply(reply: HTTPResponse, deadline: float) -> bytes:
    """The whole body, one byte over the protocol's limit at most: longer is no reply of the hub."""
    expected = reply.length  # None when the sender did not say
    most = EXCHANGE_RESPONSE_BYTES_MAX + 1
    body = bytearray()
    while len(body) < (most if expected is None else min(most, expected)):
        chunk = reply.read1(min(most - len(body), _CHUNK_BYTES))
        if not chunk:
            break
        body += chunk
        if time.monotonic() > deadline:
            raise TimeoutError("the reply took too long")
    if expected is not None and len(body) < min(most, expected):
        raise ConnectionError("the reply was cut")
    return bytes(body)
