"""How a PIN and this device together open the ledger (L19).

    key-encryption key = HKDF-SHA256(PBKDF2(PIN) ‖ device output, salt)   wraps   256-bit random data key

The parameters and the count of wrong tries carry a code of authenticity under the device's own secret. So a
file copied to another machine, changed parameters and a flipped bit are told apart from a wrong PIN, before
any try. A try is counted, durably, before the PIN is checked; wrong tries lock for longer each time and
never destroy.
"""

import hmac
import re
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from sqlite_utils import Database

from edge.database import saving, told
from edge.errors import AccessError, BranchError, Fault, InputError
from protocol.codec import decode_as, encode
from protocol.day import DAY_MAX, Instant, to_instant, to_moment
from protocol.errors import BadSignatureError, MalformedError
from protocol.ports import Vault

ITERATIONS = 600_000
"""PBKDF2-HMAC-SHA256, the figure of OWASP's password storage cheat sheet: about 0.2 s on a desk."""
ITERATIONS_MAX = 2_000_000

FREE_TRIES = 4
FIRST_LOCK_MS = 20 * 60 * 1_000
_DAY_MS = 24 * 60 * 60 * 1_000
LONGEST_LOCK_MS = _DAY_MS

_CODE = b"tovay/keystore/code/1"
_DEVICE = b"tovay/keystore/device/1"
_WRAP = b"tovay/keystore/wrap/1"
_PIN = re.compile(r"[0-9]{6,12}")


class Wrapped(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The data key under the PIN, with the parameters that open it."""

    version: Literal[1]
    kdf: Literal["pbkdf2-sha256"]
    iterations: Annotated[int, Meta(ge=ITERATIONS, le=ITERATIONS_MAX)]
    salt: Annotated[bytes, Meta(min_length=32, max_length=32)]
    key: Annotated[bytes, Meta(min_length=60, max_length=60)]


class Tries(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Wrong tries since the last right one, and when the latest began."""

    wrong: Annotated[int, Meta(ge=0, le=2**31)]
    latest: Instant


def create(database: Database, vault: Vault, pin: str) -> bytes:
    """Make and wrap a data key; returns it, 32 bytes. Raises InputError for a PIN that is none."""
    key = vault.random(32)
    salt = vault.random(32)
    kek = _key_encryption_key(vault, pin, salt, ITERATIONS)
    wrapped = Wrapped(1, "pbkdf2-sha256", ITERATIONS, salt, vault.encrypt(kek, key, _aad(salt, ITERATIONS)))
    with saving(database):
        _write(database, vault, encode(wrapped), Tries(0, 0))
    return key


def exists(database: Database) -> bool:
    """Say whether a data key was made."""
    with told():
        return bool(database.execute("SELECT count(*) FROM keystore").fetchone()[0])


def unlock(database: Database, vault: Vault, pin: str, now: datetime) -> bytes:
    """The data key, 32 bytes.

    Raises:
        InputError: the PIN is not 6 to 12 digits; not counted as a try.
        AccessError: wrong PIN, or too many before.
        BranchError: the stored key is damaged, or belongs to another device.
    """
    wrapped, tries = _read(database, vault)
    checked_pin = _checked(pin)
    moment = to_instant(now)
    since = min(tries.latest, moment)  # a clock set back starts the wait again, and never lengthens it
    if since != tries.latest:
        with saving(database):
            _write(database, vault, encode(wrapped), Tries(tries.wrong, since))
    until = since + lock_ms(tries.wrong)
    if moment < until:
        raise AccessError(Fault.LOCKED, until=to_moment(min(until, DAY_MAX * _DAY_MS)))
    with saving(database):
        _write(database, vault, encode(wrapped), Tries(tries.wrong + 1, moment))
    kek = _key_encryption_key(vault, checked_pin, wrapped.salt, wrapped.iterations)
    try:
        key = vault.decrypt(kek, wrapped.key, _aad(wrapped.salt, wrapped.iterations))
    except BadSignatureError as error:
        raise AccessError(Fault.WRONG_PIN, left=max(0, FREE_TRIES - tries.wrong)) from error
    with saving(database):
        _write(database, vault, encode(wrapped), Tries(0, moment))
    return key


def lock_ms(wrong: int) -> int:
    """How long the door stays shut after that many wrong tries, in ms: 20 min, then twice that, and so on."""
    if wrong <= FREE_TRIES:
        return 0
    return min(FIRST_LOCK_MS << min(wrong - FREE_TRIES - 1, 16), LONGEST_LOCK_MS)


def subkey(key: bytes, label: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) of a uniform key, 32 bytes, for one named use."""
    return _hkdf(key, b"", label)


def _read(database: Database, vault: Vault) -> tuple[Wrapped, Tries]:
    with told():
        row = database.execute("SELECT wrapped, tries, code FROM keystore").fetchone()
    if row is None:
        raise AccessError(Fault.NOT_ENROLLED)
    wrapped, tries, code = row
    if not hmac.compare_digest(code, _code(vault, wrapped, tries)):
        raise BranchError(Fault.OTHER_DEVICE)
    try:
        return decode_as(wrapped, Wrapped, "wrapped key"), decode_as(tries, Tries, "tries")
    except MalformedError as error:
        # Whoever can forge the code still cannot weaken the function or stall the phone (P65).
        raise BranchError(Fault.DAMAGED) from error


def _write(database: Database, vault: Vault, wrapped: bytes, tries: Tries) -> None:
    counted = encode(tries)
    database.execute(
        "INSERT INTO keystore (only, wrapped, tries, code) VALUES (1, :wrapped, :tries, :code)"
        " ON CONFLICT (only) DO UPDATE SET wrapped = :wrapped, tries = :tries, code = :code",
        {"wrapped": wrapped, "tries": counted, "code": _code(vault, wrapped, counted)},
    )


def _code(vault: Vault, wrapped: bytes, tries: bytes) -> bytes:
    return hmac.digest(vault.device_output(_CODE), encode((wrapped, tries)), "sha256")


def _checked(pin: str) -> str:
    if not _PIN.fullmatch(pin):
        raise InputError(Fault.NOT_A_PIN)
    return pin


def _key_encryption_key(vault: Vault, pin: str, salt: bytes, iterations: int) -> bytes:
    slow = vault.derive(_checked(pin).encode(), salt, iterations)
    return _hkdf(slow + vault.device_output(_DEVICE), salt, _WRAP)


def _hkdf(secret: bytes, salt: bytes, label: bytes) -> bytes:
    extracted = hmac.digest(salt or bytes(32), secret, "sha256")
    return hmac.digest(extracted, label + b"\x01", "sha256")


def _aad(salt: bytes, iterations: int) -> bytes:
    return encode(("keystore", "pbkdf2-sha256", iterations, salt))
