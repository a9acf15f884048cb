"""What the hub does when a phone enrols, and when it asks for its certificate.

``enrol`` checks in this order: 1 the source was not refused too often; 2 the message is in its one spelling
and its sender holds the key; 3 a CSR, if any, is for that key; 4 the voucher is open, and this key wins it.

``certify`` checks: 1 as above; 2 the request is signed by a known device, with a clock inside the window or
our challenge as its nonce; 3 the nonce is new; 4 the message; 5 the device was neither refused nor revoked.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from protocol.certificate import read_csr
from protocol.day import to_instant
from protocol.enrolment import (
    CertificateReply,
    Enrolled,
    read_certificate_request,
    read_enrol_request,
    write_certificate_reply,
    write_enrol_reply,
)
from protocol.errors import ProtocolError, SkewedClockError
from protocol.native import NativeVerifier
from protocol.ports import Signer
from protocol.request import Call, Door, Signed, check_request
from provisioning.authority import Authority, root_spki, statements
from provisioning.devices import Device
from provisioning.errors import (
    BadMessageError,
    ClockError,
    DeviceEndedError,
    DoorError,
    NonceError,
    RequestRefusedError,
)
from provisioning.guesses import Guesses
from provisioning.nonces import Nonces
from provisioning.register import CertificateRow, Claim, Register
from provisioning.settings import REGISTER, REGISTER_KEY, Settings, load, read_file
from provisioning.vouchers import voucher_mac

NONCE_BYTES = 16


class Admission(Protocol):
    """The branch log, as far as devices are concerned; the hub implements it."""

    def carry_out(self, group: str) -> None:
        """Append what the register decided for this group and its log lacks, and mark it in the register."""


class Desk(Struct, frozen=True):
    """Everything that the two doors of a branch need."""

    settings: Settings
    register: Register
    guesses: Guesses
    nonces: Nonces
    register_key: bytes
    root: bytes
    statements: tuple[bytes, ...]
    signer: Signer
    authority: Authority
    admission: Admission
    clock: Callable[[], datetime]


def open_desk(
    directory: Path,
    signer: Signer,
    authority: Authority,
    admission: Admission,
    clock: Callable[[], datetime],
) -> Desk:
    """The desk of a branch directory; ``signer`` is its log key. Raises a DirectoryError."""
    settings = load(directory)
    key = read_file(directory / REGISTER_KEY)
    return Desk(
        settings=settings,
        register=Register(directory / REGISTER),
        guesses=Guesses(directory / REGISTER, settings),
        nonces=Nonces(directory / REGISTER, key),
        register_key=key,
        root=root_spki(directory),
        statements=statements(directory),
        signer=signer,
        authority=authority,
        admission=admission,
        clock=clock,
    )


def enrol(desk: Desk, raw: bytes, source: str) -> bytes:
    """Body of the answer to a phone that shows its voucher; raises a DoorError, written to the audit."""
    at = to_instant(desk.clock())
    desk.guesses.check(source, at)
    try:
        device = _claim(desk, raw, source, at)
    except DoorError as error:
        raise desk.guesses.refused(error, "enrol", source, at) from error
    enrolled = Enrolled(device.id, device.spki, desk.root, device.nonce, device.group, desk.settings.branch)
    return write_enrol_reply(enrolled, desk.statements, desk.signer)


def certify(desk: Desk, call: Call, headers: Iterable[tuple[bytes, bytes]], source: str) -> bytes | None:
    """Body of the answer to an admitted device, None while it waits; raises a DoorError."""
    now = desk.clock()
    at = to_instant(now)
    desk.guesses.check(source, at)
    try:
        signed = _check_signed(desk, call, headers, at)
        _check_message(call.body)
        device = _admitted(desk, signed.writer)
    except ClockError:
        raise
    except DoorError as error:
        raise desk.guesses.refused(error, "certificate", source, at) from error
    if device.ordinal is None:
        return None
    certificate = None if device.csr is None else _certificate(desk, device, now)
    authority = None if device.csr is None else desk.authority.certificate
    return write_certificate_reply(CertificateReply(1, certificate, authority, device.group, device.ordinal))


def _claim(desk: Desk, raw: bytes, source: str, at: int) -> Device:
    try:
        request = read_enrol_request(raw, NativeVerifier())
        csr_spki = request.spki if request.csr is None else read_csr(request.csr)
    except ProtocolError as error:
        raise BadMessageError(str(error)) from error
    if csr_spki != request.spki:
        raise BadMessageError("the certificate request is for another key")
    mac = voucher_mac(desk.register_key, request.secret)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return desk.register.claim(Claim(mac, request.spki, request.csr, nonce, at, source))


def _check_signed(desk: Desk, call: Call, headers: Iterable[tuple[bytes, bytes]], at: int) -> Signed:
    door = Door(
        verifier=NativeVerifier(),
        key_of=lambda writer: device.spki if (device := desk.register.find(writer)) else None,
        answered=lambda writer, nonce: desk.nonces.answered(writer, nonce, at),
    )
    try:
        signed = check_request(call, headers, door, at // 1_000)
    except SkewedClockError as error:
        raise ClockError(at, desk.nonces.challenge(error.writer, at)) from error
    except ProtocolError as error:
        raise RequestRefusedError(str(error)) from error
    if signed.nonce is None or not desk.nonces.spend(signed.writer, signed.nonce, at):
        raise NonceError("the request has no nonce, or one that was seen before")
    return signed


def _check_message(raw: bytes) -> None:
    try:
        read_certificate_request(raw)
    except ProtocolError as error:
        raise BadMessageError(str(error)) from error


def _admitted(desk: Desk, writer: bytes) -> Device:
    device = desk.register.device(writer.hex())
    if device.state == "accepted":
        desk.admission.carry_out(device.group)
        device = desk.register.device(writer.hex())
    if device.state in ("refused", "revoked"):
        raise DeviceEndedError(device.state)
    return device


def _certificate(desk: Desk, device: Device, now: datetime) -> bytes:
    """The device's certificate, made anew when a third of its life is left: its key signed this request."""
    kept = desk.register.certificate(device.writer)
    at = to_instant(now)
    if kept is not None and at < kept.renew_from:
        return kept.certificate
    days = desk.settings.certificate_days
    certificate = desk.authority.issue(device.spki, now.replace(microsecond=0), days)
    renew_from = to_instant(now + timedelta(days=days) * 2 / 3)
    desk.register.add_certificate(CertificateRow(device.writer, at, renew_from, certificate))
    return certificate
