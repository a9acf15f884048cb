"""One-time vouchers: a secret that only the paper has, and the root's fingerprint (L17).

The register keeps the HMAC of a secret under the branch's register key: who copies the register cannot enrol.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from protocol.day import to_instant
from protocol.keys import fingerprint
from protocol.voucher import SECRET_BITS, secret_text, voucher, write_voucher
from provisioning.authority import root_spki
from provisioning.devices import Role
from provisioning.register import Register, VoucherRow
from provisioning.settings import REGISTER, REGISTER_KEY, load, read_file

_LABEL = b"tovay/voucher/1\0"


class Wish(Struct, frozen=True):
    """For whom a voucher is made, by which staff id, and how many days it is good (None: as set)."""

    group: str
    role: Role
    by: str
    days: int | None = None


class NewVoucher(Struct, frozen=True):
    """What is printed and handed over, once; nobody can read it from the register again."""

    text: str
    fingerprint: bytes
    expires: datetime


def make_voucher(directory: Path, wish: Wish, now: datetime) -> NewVoucher:
    """A fresh voucher, open in the register; raises a DirectoryError."""
    settings = load(directory)
    pinned = fingerprint(root_spki(directory))
    made = voucher(secrets.randbits(SECRET_BITS), pinned)
    secret = secret_text(made)
    expires = now + timedelta(days=wish.days or settings.voucher_days)
    Register(directory / REGISTER).add_voucher(
        VoucherRow(
            mac=voucher_mac(read_file(directory / REGISTER_KEY), secret),
            group_code=wish.group,
            role=wish.role,
            made_by=wish.by,
            made_at=to_instant(now),
            expires_at=to_instant(expires),
        )
    )
    return NewVoucher(write_voucher(made), pinned, expires)


def voucher_mac(key: bytes, secret: str) -> bytes:
    """What the register keeps of a voucher's secret."""
    return hmac.digest(key, _LABEL + secret.encode(), sha256)
