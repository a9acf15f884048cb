"""Errors of the hub, grouped by who must act.

HubError
├── PhoneError          the phone asks differently
│   ├── AccessError     nobody who counts asks
│   └── QuotaError      too much for one day: wait
├── BranchError         a person at the branch decides or repairs
│   ├── UnknownGroupError
│   ├── StoppedGroupError   later evidence contradicts what is stored: nothing is appended any more
│   └── SettingsError
└── StoreError          the store does not do what was asked: try later, look at the machine
    ├── HeadMovedError  somebody else appended first: plan again
    └── DamagedError    what is stored does not hold: fsck, then the backup
"""


class HubError(Exception):
    """Base of everything that the hub refuses; ``code`` is stable, the text is for developers."""

    code = "hub"


class PhoneError(HubError):
    """The phone must ask differently."""

    code = "phone"


class AccessError(PhoneError):
    """The request is not one of an admitted, unrevoked key of the group (L11)."""

    code = "access"


class QuotaError(PhoneError):
    """The daily byte quota of a key is used up (L9); ``retry_after_s`` says when to come back."""

    code = "quota"

    def __init__(self, retry_after_s: int) -> None:
        """Remember how many seconds are left of the day."""
        super().__init__(f"the daily quota is used up for {retry_after_s} s")
        self.retry_after_s = retry_after_s


class BranchError(HubError):
    """A person at the branch must act."""

    code = "branch"


class UnknownGroupError(BranchError):
    """No group with this code has been opened here."""

    code = "unknown_group"


class StoppedGroupError(BranchError):
    """A phone of this group holds a later or another branch log than the one stored here (L14, L15)."""

    code = "stopped_group"


class SettingsError(BranchError):
    """The branch directory or its settings cannot be used."""

    code = "settings"


class StoreError(HubError):
    """The document store did not do what was asked."""

    code = "store"


class HeadMovedError(StoreError):
    """The log's head is not the expected one (L14)."""

    code = "head_moved"


class DamagedError(StoreError):
    """Something stored is not what was once written."""

    code = "damaged"
