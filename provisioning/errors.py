"""Errors of provisioning, grouped by who must act; ``wording`` has the sentence that people read.

ProvisioningError
├── RehearsalError                whoever set TOVAY_NOW
├── DirectoryError                whoever set up the machine
│   ├── IncompleteDirectoryError  never initialised, or interrupted half-way
│   ├── OccupiedDirectoryError    initialised before: nothing is overwritten
│   ├── RootNotApartError         the offline medium is inside the branch directory, or shares its passphrase
│   ├── SettingsError             provision.toml says something else than it may
│   ├── UnwritableError           the disk is full or read-only, or not ours to write
│   ├── PassphraseFileError       no file, or not a passphrase in it
│   ├── WrongPassphraseError
│   ├── OtherRootError            the medium holds the root of another branch
│   ├── KeyChangeError            a new log key was stated, and the hub has not changed to it everywhere
│   ├── OldKeyError               the log key's file is an older copy
│   ├── DamagedFileError          a key file or certificate that is not what was written
│   └── RegisterError             the register is missing, damaged, locked, or its disk is full
├── DecisionError                 the person who decides about a device
│   ├── UnknownDeviceError
│   ├── WrongStateError           the device is not in a state in which this can be decided
│   ├── DigitsDifferError         the phone shows other digits than the branch
│   └── SecondPersonError         the confirming person is the deciding one
└── DoorError                     the person at the phone
    ├── MediaTypeError            the body is of another type, or encoded
    ├── BadMessageError           not a message of this protocol
    ├── VoucherRefusedError       unknown, used, expired or superseded: one answer for all
    ├── KnownKeyError             a key enrols once
    ├── TooManyGuessesError
    ├── RequestRefusedError       nobody known signed the request
    ├── NonceError                no nonce, or one that was seen before
    ├── ClockError                the phone's clock is wrong: comes with the time and a challenge
    └── DeviceEndedError          refused or revoked
"""

from pathlib import Path


class ProvisioningError(Exception):
    """Base of everything that provisioning refuses; ``code`` is stable, the text is for developers."""

    code = "provisioning"


class RehearsalError(ProvisioningError):
    """The rehearsal's moment is none, or has no offset from UTC."""

    code = "rehearsal"


class DirectoryError(ProvisioningError):
    """Something about the files of a branch; ``path`` says which."""

    code = "directory"

    def __init__(self, path: Path, detail: str = "") -> None:
        """Remember the path, and what a developer wants to know."""
        super().__init__(f"{path}: {detail or self.code}")
        self.path = path


class IncompleteDirectoryError(DirectoryError):
    """The directory lacks its last file."""

    code = "incomplete"


class OccupiedDirectoryError(DirectoryError):
    """The directory was initialised before."""

    code = "occupied"


class RootNotApartError(DirectoryError):
    """The root's medium or passphrase is the branch's own."""

    code = "root_not_apart"


class SettingsError(DirectoryError):
    """The settings file does not decode."""

    code = "settings"


class UnwritableError(DirectoryError):
    """The operating system refused to write."""

    code = "unwritable"


class PassphraseFileError(DirectoryError):
    """No passphrase can be read from the file."""

    code = "passphrase_file"


class WrongPassphraseError(DirectoryError):
    """The passphrase does not open the key file."""

    code = "wrong_passphrase"


class OtherRootError(DirectoryError):
    """The root on the medium is not the one that this branch belongs to."""

    code = "other_root"


class KeyChangeError(DirectoryError):
    """The root stated the next log key, and not every group's log has taken it over."""

    code = "key_change"


class OldKeyError(DirectoryError):
    """The file of the log key holds one that was superseded."""

    code = "old_key"


class DamagedFileError(DirectoryError):
    """A file is not what was written."""

    code = "damaged"


class RegisterError(DirectoryError):
    """SQLite could not use the register file; the text says why."""

    code = "register"


class DecisionError(ProvisioningError):
    """A decision that cannot be taken like this."""

    code = "decision"


class UnknownDeviceError(DecisionError):
    """No device, or more than one, has this id."""

    code = "unknown_device"


class WrongStateError(DecisionError):
    """The device's ``state`` does not allow the decision."""

    code = "wrong_state"

    def __init__(self, state: str) -> None:
        """Remember the state as it is."""
        super().__init__(f"the device is {state}")
        self.state = state


class DigitsDifferError(DecisionError):
    """Another phone than the one in the person's hand, or a slip of the fingers."""

    code = "digits_differ"


class SecondPersonError(DecisionError):
    """Two signatures need two people."""

    code = "second_person"


class DoorError(ProvisioningError):
    """A request of a phone that is not granted."""

    code = "door"


class MediaTypeError(DoorError):
    """Content type or encoding is not the one of this door."""

    code = "media_type"


class BadMessageError(DoorError):
    """Not one of the messages of ``protocol.enrolment``."""

    code = "bad_message"


class VoucherRefusedError(DoorError):
    """The voucher does not open anything; ``why`` is for the audit only."""

    code = "voucher_refused"

    def __init__(self, why: str) -> None:
        """Remember the reason that the sender must not learn."""
        super().__init__(why)
        self.why = why


class KnownKeyError(DoorError):
    """The key was enrolled before, with another voucher."""

    code = "known_key"


class TooManyGuessesError(DoorError):
    """Too many refusals; try again after ``retry_after_s`` seconds."""

    code = "too_many_guesses"

    def __init__(self, retry_after_s: int) -> None:
        """Remember how long to wait."""
        super().__init__(f"too many refusals, retry after {retry_after_s} s")
        self.retry_after_s = retry_after_s


class RequestRefusedError(DoorError):
    """The request's signature does not stand."""

    code = "request_refused"


class NonceError(DoorError):
    """The request needs a nonce that was never used."""

    code = "nonce"


class ClockError(DoorError):
    """The request stands but for its clock; ``hub_time`` is an instant, ``challenge`` the next nonce."""

    code = "skewed_clock"

    def __init__(self, hub_time: int, challenge: bytes) -> None:
        """Remember what the phone needs."""
        super().__init__("the phone's clock is outside the window")
        self.hub_time = hub_time
        self.challenge = challenge


class DeviceEndedError(DoorError):
    """The device was refused or revoked: ``state`` says which."""

    code = "device_ended"

    def __init__(self, state: str) -> None:
        """Remember the state."""
        super().__init__(f"the device is {state}")
        self.state = state
