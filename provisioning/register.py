"""The branch's register: vouchers, devices and certificates.

Every change and its audit row are one transaction: what is not in the audit did not happen. A voucher's
secret is never here, only its HMAC.
"""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict
from sqlite_utils import Database

from protocol.keys import writer_id
from provisioning.database import Audit, note, reading, writing
from provisioning.devices import DECIDABLE, Decision, Device, Role
from provisioning.errors import KnownKeyError, UnknownDeviceError, VoucherRefusedError, WrongStateError

_LOG = "branch log"


class VoucherRow(Struct, frozen=True):
    """A voucher as it is kept: the HMAC of its secret, what it is for, and until when (an instant)."""

    mac: bytes
    group_code: str
    role: Role
    made_by: str
    made_at: int
    expires_at: int


class Claim(Struct, frozen=True):
    """A phone's claim to the voucher with this HMAC; ``nonce`` was drawn after its key had come."""

    mac: bytes
    spki: bytes
    csr: bytes | None
    nonce: bytes
    at: int
    source: str


class CertificateRow(Struct, frozen=True):
    """A certificate (DER) as it is kept; a new one is made from ``renew_from`` on."""

    writer: bytes
    issued_at: int
    renew_from: int
    certificate: bytes


class Register:
    """One register file; methods may be called from any thread and process."""

    def __init__(self, path: Path) -> None:
        """Remember the path; nothing is opened yet."""
        self._path = path

    def add_voucher(self, voucher: VoucherRow) -> None:
        """Open a voucher; an unused one for the same group and role is superseded by it."""
        with writing(self._path) as database:
            database.execute(
                "UPDATE vouchers SET superseded_at = ?"
                " WHERE group_code = ? AND role = ? AND writer IS NULL AND superseded_at IS NULL",
                [voucher.made_at, voucher.group_code, voucher.role],
            )
            database.table("vouchers").insert(asdict(voucher))
            subject = f"{voucher.group_code}/{voucher.role}"
            note(database, Audit(voucher.made_at, voucher.made_by, "voucher", subject, "done"))

    def claim(self, claim: Claim) -> Device:
        """Turn a voucher into a waiting device: one winner, whoever races; the winner may repeat its claim.

        Raises:
            VoucherRefusedError: unknown, used by another, expired or superseded.
            KnownKeyError: the key came with another voucher before.
        """
        writer = writer_id(claim.spki)
        with writing(self._path) as database:
            taken = database.execute(
                "UPDATE vouchers SET used_at = :at, writer = :writer"
                " WHERE mac = :mac AND writer IS NULL AND superseded_at IS NULL AND expires_at > :at"
                " AND NOT EXISTS (SELECT 1 FROM devices WHERE writer = :writer)",
                {"at": claim.at, "writer": writer, "mac": claim.mac},
            )
            if taken.rowcount == 1:
                _add_device(database, claim, writer)
            else:
                _check_repeat(database, claim, writer)
            return _devices(database, "writer = ?", [writer])[0]

    def find(self, writer: bytes) -> Device | None:
        """The device with that writer id."""
        with reading(self._path) as database:
            return next(iter(_devices(database, "writer = ?", [writer])), None)

    def device(self, device_id: str) -> Device:
        """The device whose id begins like that; raises UnknownDeviceError when it is not exactly one."""
        with reading(self._path) as database:
            found = _devices(database, "substr(lower(hex(writer)), 1, ?) = ?", [len(device_id), device_id])
        if len(found) != 1:
            raise UnknownDeviceError(f"{len(found)} devices have an id that begins with {device_id!r}")
        return found[0]

    def devices(self) -> tuple[Device, ...]:
        """Every device, the oldest first."""
        with reading(self._path) as database:
            return _devices(database, "1", [])

    def decide(self, writer: bytes, decision: Decision) -> Device:
        """Take a decision about a device.

        Raises:
            UnknownDeviceError, WrongStateError: nothing has changed.
        """
        allowed = DECIDABLE[decision.decided]
        places = ", ".join("?" * len(allowed))
        with writing(self._path) as database:
            changed = database.execute(
                f"UPDATE devices SET state = ? WHERE writer = ? AND state IN ({places})",  # noqa: S608 (places)
                [decision.decided, writer, *allowed],
            )
            found = _devices(database, "writer = ?", [writer])
            if not found:
                raise UnknownDeviceError(f"no device {writer.hex()}")
            if changed.rowcount != 1:
                raise WrongStateError(found[0].state)
            _add_decision(database, writer, decision)
            note(database, Audit(decision.at, decision.by, decision.decided, writer.hex(), "done"))
            return _devices(database, "writer = ?", [writer])[0]

    def to_admit(self, group: str) -> tuple[Device, ...]:
        """Accepted devices that the group's branch log has not admitted yet, the oldest first."""
        with reading(self._path) as database:
            return _devices(database, "group_code = ? AND state = 'accepted' AND ordinal IS NULL", [group])

    def to_revoke(self, group: str) -> tuple[Device, ...]:
        """Admitted devices that were revoked here and not yet in the group's branch log."""
        where = "group_code = ? AND state = 'revoked' AND ordinal IS NOT NULL AND revoked_in_log = 0"
        with reading(self._path) as database:
            return _devices(database, where, [group])

    def of_group(self, group: str) -> tuple[Device, ...]:
        """Every device of a group, the oldest first."""
        with reading(self._path) as database:
            return _devices(database, "group_code = ?", [group])

    def adopt(self, group: str, spki: bytes, role: Role, ordinal: int, decision: Decision) -> None:
        """Keep a device that the branch log admits and this register does not, or not yet.

        The register is an older copy then. One that was decided otherwise here stays as it is.
        """
        writer = writer_id(spki)
        with writing(self._path) as database:
            changed = database.execute(
                "INSERT INTO devices"
                " (writer, spki, csr, group_code, role, nonce, enrolled_at, state, ordinal)"
                " VALUES (?, ?, NULL, ?, ?, zeroblob(16), ?, 'admitted', ?)"
                " ON CONFLICT (writer) DO UPDATE SET state = 'admitted', ordinal = excluded.ordinal"
                " WHERE state IN ('waiting', 'accepted')",
                [writer, spki, group, role, decision.at, ordinal],
            )
            if changed.rowcount == 1:
                _add_decision(database, writer, decision)
                note(database, Audit(decision.at, _LOG, "adopted", writer.hex(), "done"))

    def adopt_revocation(self, writer: bytes, decision: Decision) -> None:
        """Revoke a device that the branch log has revoked and this register, an older copy, has not."""
        with writing(self._path) as database:
            changed = database.execute(
                "UPDATE devices SET state = 'revoked', revoked_in_log = 1"
                " WHERE writer = ? AND state <> 'revoked'",
                [writer],
            )
            if changed.rowcount == 1:
                _add_decision(database, writer, decision)
                note(database, Audit(decision.at, _LOG, "revoked", writer.hex(), "done"))

    def mark_admitted(self, writer: bytes, ordinal: int, at: int) -> None:
        """Remember that ``WriterAdmitted`` is in the branch log; a repeat changes nothing.

        A device that was revoked in between stays revoked, and is now one ``to_revoke``.
        """
        with writing(self._path) as database:
            marked = database.execute(
                "UPDATE devices SET ordinal = ?, state = iif(state = 'accepted', 'admitted', state)"
                " WHERE writer = ? AND ordinal IS NULL",
                [ordinal, writer],
            )
            if marked.rowcount == 1:
                note(database, Audit(at, _LOG, "admitted", writer.hex(), "done"))

    def mark_revoked(self, writer: bytes, at: int) -> None:
        """Remember that ``WriterRevoked`` is in the branch log; a repeat changes nothing."""
        with writing(self._path) as database:
            marked = database.execute(
                "UPDATE devices SET revoked_in_log = 1 WHERE writer = ? AND revoked_in_log = 0", [writer]
            )
            if marked.rowcount == 1:
                note(database, Audit(at, _LOG, "revoked", writer.hex(), "done"))

    def add_certificate(self, row: CertificateRow) -> None:
        """Keep a certificate that was issued."""
        with writing(self._path) as database:
            database.table("certificates").insert(asdict(row))
            note(database, Audit(row.issued_at, "authority", "certificate", row.writer.hex(), "done"))

    def certificate(self, writer: bytes) -> CertificateRow | None:
        """The newest certificate of a device."""
        with reading(self._path) as database:
            rows = list(
                database.query(
                    "SELECT writer, issued_at, renew_from, certificate FROM certificates WHERE writer = ?"
                    " ORDER BY id DESC LIMIT 1",
                    [writer],
                )
            )
        return CertificateRow(**rows[0]) if rows else None


def _add_device(database: Database, claim: Claim, writer: bytes) -> None:
    database.execute(
        "INSERT INTO devices (writer, spki, csr, group_code, role, nonce, enrolled_at, state)"
        " SELECT ?, ?, ?, group_code, role, ?, ?, 'waiting' FROM vouchers WHERE mac = ?",
        [writer, claim.spki, claim.csr, claim.nonce, claim.at, claim.mac],
    )
    note(database, Audit(claim.at, claim.source, "enrol", writer.hex(), "done"))


def _check_repeat(database: Database, claim: Claim, writer: bytes) -> None:
    voucher = next(iter(database.query("SELECT * FROM vouchers WHERE mac = ?", [claim.mac])), None)
    if voucher is None:
        raise VoucherRefusedError("unknown")
    if voucher["writer"] == writer:
        return
    if voucher["writer"] is not None:
        raise VoucherRefusedError("used")
    if voucher["superseded_at"] is not None:
        raise VoucherRefusedError("superseded")
    if voucher["expires_at"] <= claim.at:
        raise VoucherRefusedError("expired")
    raise KnownKeyError(f"key {writer.hex()} came with another voucher")


def _devices(database: Database, where: str, arguments: list[object]) -> tuple[Device, ...]:
    rows = database.query(
        f"SELECT * FROM devices WHERE {where} ORDER BY enrolled_at, writer",  # noqa: S608 (our own constants)
        arguments,
    )
    return tuple(
        Device(
            writer=row["writer"],
            spki=row["spki"],
            csr=row["csr"],
            group=row["group_code"],
            role=row["role"],
            nonce=row["nonce"],
            enrolled_at=row["enrolled_at"],
            state=row["state"],
            ordinal=row["ordinal"],
            revoked_in_log=bool(row["revoked_in_log"]),
            decisions=_decisions(database, row["writer"]),
        )
        for row in rows
    )


def _add_decision(database: Database, writer: bytes, decision: Decision) -> None:
    database.execute(
        "INSERT INTO decisions (writer, decided, decided_by, confirmed_by, reason, decided_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (writer, decided) DO NOTHING",
        [writer, decision.decided, decision.by, decision.confirmed_by, decision.reason, decision.at],
    )


def _decisions(database: Database, writer: bytes) -> tuple[Decision, ...]:
    rows = database.query(
        "SELECT decided, decided_by, confirmed_by, reason, decided_at FROM decisions WHERE writer = ?"
        " ORDER BY decided_at",
        [writer],
    )
    return tuple(Decision(*row.values()) for row in rows)
