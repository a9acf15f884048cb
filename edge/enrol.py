"""Enrolment: from a one-time voucher to a phone that the branch has admitted (L17).

1. ``begin``    sends the voucher's secret with this phone's key; keeps the root that the voucher pins
2. two people compare the six digits, and the branch admits the phone
3. ``check``    asks whether that has happened; the book then comes with the first exchange

Every step may be repeated: the same voucher and key give the same answer.
"""

from typing import Annotated

from msgspec import Meta, Struct

from edge.agent import certificate_request, renew_signer
from edge.errors import AccessError, BranchError, DeviceError, Fault, InputError
from edge.ledger import NO_LOG
from edge.phone import IDENTITY, Device, Identity, Phone
from edge.transport import Caller, Carrier, Outcome, post, post_signed
from protocol import enrolment
from protocol.day import to_instant
from protocol.errors import BadSignatureError, LimitError, MalformedError, UntrustedKeyError
from protocol.request import NONCE_BYTES
from protocol.voucher import Voucher, read_voucher, secret_text

_VOUCHER = "voucher"
_CERTIFICATE = "certificate"


class Tried(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The voucher that this phone's key was offered with; it opens nothing once it was used."""

    secret: Annotated[str, Meta(min_length=13, max_length=13)]


class Certificate(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What opens the hub's HTTP door beside the signature; DER, nil where there is none."""

    certificate: bytes | None
    authority: bytes | None


class Begun(Struct, frozen=True):
    """How ``begin`` ended; the rest is there when it is ``WAITING``."""

    outcome: Outcome
    device: str | None = None
    group: str | None = None
    branch: str | None = None
    digits: str | None = None


def voucher_typed(typed: str) -> Voucher:
    """The voucher as typed; raises InputError when a character is wrong."""
    try:
        return read_voucher(typed)
    except MalformedError as error:
        raise InputError(Fault.NOT_A_VOUCHER) from error


def begin(device: Device, voucher: Voucher, carrier: Carrier) -> Begun:
    """Offer this phone's key with a voucher, and show the six digits.

    Raises:
        AccessError: the branch has admitted this phone before.
        BranchError: the voucher is used, expired or unknown; or the hub is not the one that it pins.
    """
    if any(True for _ in device.ledger.kept("branch seal")):
        raise AccessError(Fault.ALREADY_ENROLLED)
    device = _with_key_for(device, voucher)
    body = enrolment.write_enrol_request(secret_text(voucher), certificate_request(device), device.signer)
    answer = post(carrier, enrolment.PATH, enrolment.CONTENT_TYPE, body)
    if answer.outcome is Outcome.REFUSED:
        raise BranchError(Fault.VOUCHER_REFUSED)
    if answer.outcome is not Outcome.DONE:
        return Begun(answer.outcome)
    spki, verifier = device.signer.spki, device.host.verifier
    try:
        enrolled, statements = enrolment.read_enrol_reply(answer.body, spki, voucher.pins, verifier)
    except (MalformedError, LimitError):
        return Begun(Outcome.NOT_THE_HUB)
    except (BadSignatureError, UntrustedKeyError) as error:
        raise BranchError(Fault.WRONG_ROOT) from error
    identity = Identity(enrolled.device, enrolled.group, enrolled.branch, enrolled.root)
    with device.ledger.saving():
        device.ledger.set_note(IDENTITY, identity)
        device.ledger.keep_new("statement", ((NO_LOG, statement) for statement in statements))
    return Begun(
        Outcome.WAITING, enrolled.device, enrolled.group, enrolled.branch, enrolment.digits(enrolled)
    )


def check(phone: Phone, carrier: Carrier) -> Outcome:
    """Ask whether the branch has admitted this phone: DONE, WAITING, or why nobody knows."""
    device = phone.device
    caller = Caller(
        device.signer, lambda: to_instant(device.clock()), 0, device.host.vault.random(NONCE_BYTES)
    )
    answer = post_signed(
        carrier,
        enrolment.CERTIFICATE_PATH,
        enrolment.CONTENT_TYPE,
        enrolment.write_certificate_request(),
        caller,
    )
    if answer.outcome is not Outcome.DONE:
        return answer.outcome
    try:
        reply = enrolment.read_certificate_reply(answer.body)
    except (MalformedError, LimitError):
        return Outcome.NOT_THE_HUB
    with device.ledger.saving():
        device.ledger.set_note(_CERTIFICATE, Certificate(reply.certificate, reply.authority))
    return Outcome.DONE


def _with_key_for(device: Device, voucher: Voucher) -> Device:
    """A key enrols with one voucher only; another voucher gets another key."""
    tried = device.ledger.note(_VOUCHER, Tried)
    secret = secret_text(voucher)
    if tried is not None and tried.secret != secret:
        try:
            device = renew_signer(device)
        except OSError as error:
            raise DeviceError(Fault.STORAGE_FAILED) from error
    with device.ledger.saving():
        device.ledger.set_note(_VOUCHER, Tried(secret))
    return device
