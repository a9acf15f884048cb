"""A founded branch, the side of the hub that provisioning asks, and phones that enrol."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar
from litestar.testing import TestClient

from protocol.certificate import write_csr
from protocol.day import to_instant
from protocol.enrolment import (
    CERTIFICATE_PATH,
    CONTENT_TYPE,
    PATH,
    digits,
    read_certificate_reply,
    read_enrol_reply,
    write_certificate_request,
    write_enrol_request,
)
from protocol.native import NativeSigner, NativeVerifier
from protocol.request import Call, sign_request
from protocol.voucher import read_voucher, secret_text
from provisioning.decide import decide
from provisioning.devices import Decision
from provisioning.enrol import open_desk
from provisioning.founding import Passphrases, Places, found_branch
from provisioning.register import Register
from provisioning.routes import handlers
from provisioning.settings import REGISTER, SETTINGS
from provisioning.vouchers import Wish, make_voucher

NOW = datetime(2025, 12, 2, 1, 0, tzinfo=UTC)
ORIGIN = "https://hub.kinhmon.example"
PASSPHRASE = b"ba con cho cua may chu"
ROOT_PASSPHRASE = b"bon con meo cua khoa goc"


def found(folder):
    """Found a branch under ``folder``; returns its two places."""
    places = Places(folder / "branch", folder / "medium")
    found_branch(places, "KM", Passphrases(PASSPHRASE, ROOT_PASSPHRASE), NOW)
    return places


class Branch:
    """A copy of a founded branch, with its clock, its doors and a hub that appends at once."""

    def __init__(self, founded, keys, folder):
        self.directory = shutil.copytree(founded.branch, folder / "branch")
        self.now = NOW
        self.keys = keys
        self.register = Register(self.directory / REGISTER)
        self.branch_log = []
        self.hub_is_up = True

    def tune(self, **settings):
        """Set numbers in ``provision.toml``."""
        with (self.directory / SETTINGS).open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        return self

    def desk(self):
        """The doors' desk, as the hub opens it."""
        return open_desk(self.directory, *self.keys, self, lambda: self.now)

    def client(self):
        """An HTTP client of the two doors."""
        return TestClient(Litestar(handlers(self.desk(), ORIGIN), openapi_config=None), base_url=ORIGIN)

    def carry_out(self, group):
        """What the hub does at its next step: appends admissions and revocations, and marks them."""
        if not self.hub_is_up:
            return
        at = to_instant(self.now)
        for device in self.register.to_admit(group):
            self.branch_log.append(("admitted", device.id))
            self.register.mark_admitted(device.writer, len(self.branch_log), at)
        for device in self.register.to_revoke(group):
            self.branch_log.append(("revoked", device.id))
            self.register.mark_revoked(device.writer, at)

    def voucher(self, group="KM-01", role="leader", days=None):
        """The text of a new voucher."""
        return make_voucher(self.directory, Wish(group, role, "it01", days), self.now).text

    def decide(self, device_id, decided, digits=None, confirmed_by=None):
        """What IT decides about a device."""
        decision = Decision(decided, "it01", confirmed_by, "checked", to_instant(self.now))
        return decide(self.directory, device_id, decision, digits)

    def later(self, **time):
        """Let time pass."""
        self.now += timedelta(**time)

    def audit(self):
        """Every row of the audit as (actor, action, subject, outcome)."""
        return [
            (row["actor"], row["action"], row["subject"], row["outcome"])
            for row in rows(self.directory, "SELECT * FROM audit ORDER BY id")
        ]


def rows(directory, sql):
    """What the register's file says, read past all of our code."""
    with closing(sqlite3.connect(directory / REGISTER)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


class Phone:
    """A phone with its own key, clock and voucher."""

    def __init__(self, seed=1, *, native=True):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.signer = NativeSigner(key)
        self.csr = write_csr(key) if native else None
        self.clock_ahead = timedelta(0)
        self.nonces = 0
        self.enrolled = None

    def claim(self, text, csr=None):
        """Body of a claim to the voucher that was typed."""
        return write_enrol_request(secret_text(read_voucher(text)), csr or self.csr, self.signer)

    def enrol(self, client, text):
        """Enrol; returns the six digits that this phone shows."""
        reply = client.post(PATH, content=self.claim(text), headers={"content-type": CONTENT_TYPE})
        assert reply.status_code == 200, reply.text
        self.enrolled, _ = read_enrol_reply(
            reply.content, self.signer.spki, read_voucher(text).pins, NativeVerifier()
        )
        return digits(self.enrolled)

    def signed(self, now, nonce=None, body=None, path=CERTIFICATE_PATH):
        """Headers and body of a signed request for a certificate."""
        self.nonces += 1
        body = write_certificate_request() if body is None else body
        call = Call("POST", ORIGIN + path, CONTENT_TYPE, body)
        nonce = nonce or self.nonces.to_bytes(16, "big")
        created = to_instant(now + self.clock_ahead) // 1_000
        return {"headers": sign_request(call, self.signer, created, nonce), "content": body}

    def certify(self, client, now, nonce=None):
        """Ask for the certificate; returns the HTTP response."""
        return client.post(CERTIFICATE_PATH, **self.signed(now, nonce))

    def certificate(self, client, now):
        """Ask for the certificate of an admitted device."""
        response = self.certify(client, now)
        assert response.status_code == 200, response.text
        return read_certificate_reply(response.content)


def admitted_phone(branch, client, **phone):
    """A phone that went all the way."""
    phone = Phone(**phone)
    shown = phone.enrol(client, branch.voucher())
    branch.decide(phone.enrolled.device, "accepted", shown)
    branch.carry_out("KM-01")
    return phone
