"""What people decide about a device; every decision and every refused one is in the audit.

The register only remembers decisions. The hub carries them into the group's branch log at its next step, and
``WriterAdmitted`` and ``WriterRevoked`` there are what counts for seals (L17, L18).
"""

import hmac
from pathlib import Path

from protocol.keys import comparison_digits
from provisioning.authority import root_spki
from provisioning.database import Audit, note, writing
from provisioning.devices import Decision, Device
from provisioning.errors import DecisionError, DigitsDifferError, SecondPersonError
from provisioning.register import Register
from provisioning.settings import REGISTER, load


def devices_with_digits(directory: Path) -> tuple[tuple[Device, str], ...]:
    """Every device with the six digits that its phone must show; raises a DirectoryError."""
    load(directory)
    root = root_spki(directory)
    return tuple((device, _digits(device, root)) for device in Register(directory / REGISTER).devices())


def decide(directory: Path, device_id: str, decision: Decision, digits: str | None = None) -> Device:
    """Take a decision about the device whose id begins like that; ``digits`` are needed to accept.

    Raises:
        UnknownDeviceError, WrongStateError, DigitsDifferError, SecondPersonError: nothing has changed.
        DirectoryError: the branch directory cannot be used.
    """
    load(directory)
    try:
        return _decide(directory, device_id, decision, digits)
    except DecisionError as error:
        with writing(directory / REGISTER) as database:
            note(database, Audit(decision.at, decision.by, decision.decided, device_id, error.code))
        raise


def _decide(directory: Path, device_id: str, decision: Decision, digits: str | None) -> Device:
    if decision.confirmed_by == decision.by:
        raise SecondPersonError("the same person twice")
    register = Register(directory / REGISTER)
    device = register.device(device_id)
    if decision.decided == "accepted":
        shown = _digits(device, root_spki(directory))
        if not hmac.compare_digest(shown.encode(), (digits or "").encode()):
            raise DigitsDifferError(f"device {device.id} shows other digits")
    return register.decide(device.writer, decision)


def _digits(device: Device, root: bytes) -> str:
    return comparison_digits(device.spki, root, device.nonce)
