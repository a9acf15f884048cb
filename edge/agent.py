"""Where the phone is put together: ledger, key store, host and clock meet here and nowhere else."""

from functools import partial
from pathlib import Path

from edge import keystore
from edge.contact import observe
from edge.database import open_database
from edge.errors import AccessError, BranchError, Fault
from edge.ledger import Ledger
from edge.phone import IDENTITY, Clock, Device, Identity, Phone
from edge.ports import Host
from protocol.codec import encode
from protocol.ports import Signer

_KEY_PLACE = encode(("signing key", b"", 1))


def unlock(ledger: Path, pin: str, host: Host, clock: Clock) -> Phone:
    """Open an enrolled phone.

    Raises:
        AccessError: wrong PIN, locked, or never enrolled.
        DeviceError: the ledger is open elsewhere, or its storage fails.
        BranchError: the ledger is damaged or of another device.
    """
    if not ledger.exists():
        raise AccessError(Fault.NOT_ENROLLED)
    device = open_device(ledger, pin, host, clock, create=False)
    try:
        phone = Phone(device, _identity(device))
        observe(phone)
    except BaseException:
        device.ledger.close()
        raise
    return phone


def open_device(ledger: Path, pin: str, host: Host, clock: Clock, *, create: bool) -> Device:
    """Unlock a ledger, enrolled or not; with ``create`` make what is missing. Raises as ``unlock`` does."""
    database = open_database(ledger)
    try:
        if create and not keystore.exists(database):
            key = keystore.create(database, host.vault, pin)
        else:
            key = keystore.unlock(database, host.vault, pin, clock())
        shelves = Ledger(database, host.vault, key)
        signer = host.safe.signer(partial(shelves.decrypt, _KEY_PLACE))
        if signer is None:
            signer = _first_signer(shelves, host, create=create)
        return Device(host, clock, shelves, key, signer)
    except BaseException:
        database.close()
        raise


def renew_signer(device: Device) -> Device:
    """The same device with a new signing key; for a phone that the branch has not admitted yet."""
    signer = device.host.safe.create_signer(partial(device.ledger.encrypt, _KEY_PLACE))
    return Device(device.host, device.clock, device.ledger, device.key, signer)


def certificate_request(device: Device) -> bytes | None:
    """The CSR of this device's key; None on a host that makes none."""
    return device.host.safe.certificate_request(partial(device.ledger.decrypt, _KEY_PLACE))


def _identity(device: Device) -> Identity:
    identity = device.ledger.note(IDENTITY, Identity)
    if identity is None:
        raise AccessError(Fault.NOT_ENROLLED)
    return identity


def _first_signer(shelves: Ledger, host: Host, *, create: bool) -> Signer:
    if not create:
        raise BranchError(Fault.OTHER_DEVICE)
    return host.safe.create_signer(partial(shelves.encrypt, _KEY_PLACE))
