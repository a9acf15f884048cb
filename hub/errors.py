"""Errors of the hub, grouped by who must act.

HubError
├── PhoneError          the phone asks differently
│   ├── MediaTypeError  another content type or encoding than the route's
│   ├── SlowBodyError   the body came slower than any link that phones have
│   ├── HungUpError     nobody waits for the answer any more
│   ├── QuotaError      too much for one day: wait
│   ├── CrowdedError    too many questions in a short time: wait
│   ├── ReceiptError    a code that proves no receipt
│   └── AccessError     the key behind the request is not admitted, or was revoked
│       ├── UnsignedError   no key that is known here signed the request
│       └── ClockError      signed, by a clock that is wrong: comes with the time and a challenge
├── BranchError         a person at the branch decides or repairs
│   ├── UnknownGroupError
│   ├── UnknownMemberError
│   ├── StoppedGroupError   later evidence contradicts what is stored: nothing is appended any more
│   ├── AppenderAwayError   this hub only stores and passes on, and the hub that appends does not answer
│   ├── ElsewhereError      a page was asked for from elsewhere than the branch's own machine
│   ├── ImportOutrunError   a group's log went on while its import was planned: import again
│   └── FaultError          what was asked for cannot be done, and the sentence says why
│       ├── SettingsError   the branch directory or what was typed cannot be used
│       ├── DayError        a transaction day does not allow it
│       ├── PeriodError     a period cannot be closed, or is not closed yet
│       ├── CorrectionError what was booked does not allow the correction
│       ├── DecisionError   a rate decision that nobody may make, or not now
│       ├── CheckpointError the branch's daily checkpoint cannot be made or read
│       ├── BackupError     a backup cannot be made, read or put into this store
│       ├── BundleError     what a carrier brought, or is to take along, does not do
│       └── CoreError       a transaction of the core that cannot be keyed at the table
└── StoreError          the store does not do what was asked: try later, look at the machine
    ├── EngineError     its server could not be asked, or does not keep what it was given
    ├── HeadMovedError  somebody else appended first: plan again
    └── DamagedError    what is stored does not hold: fsck, then the backup
"""


class HubError(Exception):
    """Base of everything that the hub refuses; ``code`` is stable, the text is for developers."""

    code = "hub"


class PhoneError(HubError):
    """The phone must ask differently."""

    code = "phone"


class MediaTypeError(PhoneError):
    """The content type is not the route's, or the body is encoded."""

    code = "media_type"


class SlowBodyError(PhoneError):
    """The request's body did not come in the time that its size allows."""

    code = "slow_body"


class HungUpError(PhoneError):
    """The other side closed the connection before its request was whole (N75)."""

    code = "hung_up"


class QuotaError(PhoneError):
    """The daily byte quota of a key is used up (L9); ``retry_after_s`` says when to come back."""

    code = "quota"

    def __init__(self, retry_after_s: int) -> None:
        """Remember how many seconds are left of the day."""
        super().__init__(f"the daily quota is used up for {retry_after_s} s")
        self.retry_after_s = retry_after_s


class CrowdedError(PhoneError):
    """Too many questions from one source, or from all; ``retry_after_s`` says when to come back."""

    code = "crowded"

    def __init__(self, retry_after_s: int) -> None:
        """Remember how many seconds are left of the window."""
        super().__init__(f"too many questions for {retry_after_s} s")
        self.retry_after_s = retry_after_s


class ReceiptError(PhoneError):
    """What was shown as a receipt's code is not proved by the root."""

    code = "receipt_refused"


class AccessError(PhoneError):
    """The request is not one of an admitted, unrevoked key of the group (L11)."""

    code = "access"


class UnsignedError(AccessError):
    """The request carries no signature of a key that the group ever admitted."""

    code = "request_refused"


class ClockError(AccessError):
    """The signature stands, its time does not; the nonce ``challenge`` lets the phone in."""

    code = "skewed_clock"

    def __init__(self, hub_time: int, challenge: bytes) -> None:
        """Remember the hub's time (an instant) and the nonce to answer with."""
        super().__init__(f"the phone's clock is not at {hub_time}")
        self.hub_time = hub_time
        self.challenge = challenge


class BranchError(HubError):
    """A person at the branch must act."""

    code = "branch"


class UnknownGroupError(BranchError):
    """No group with this code has been opened here."""

    code = "unknown_group"


class UnknownMemberError(BranchError):
    """The group has no member under this number."""

    code = "unknown_member"


class StoppedGroupError(BranchError):
    """A group's branch log is not the newest there is (L14, L15); ``why`` is a code of the reason.

    For a program the code is one; a person is told the reason.
    """

    code = "stopped_group"

    def __init__(self, group: str, why: str) -> None:
        """Remember what the sentence shows."""
        super().__init__(f"group {group} is stopped: {why}")
        self.group = group
        self.why = why


class AppenderAwayError(BranchError):
    """Only the hub that appends can answer, and it does not (L14)."""

    code = "appender_away"


class BusyError(BranchError):
    """As many requests are under way as the hub has room for."""

    code = "busy"


class ElsewhereError(BranchError):
    """A page for people was asked for from another machine, through a relay, or under another name."""

    code = "elsewhere"


class ImportOutrunError(BranchError):
    """A plan of an import no longer fits."""

    code = "import_outrun"


class FaultError(BranchError):
    """What a person asked for cannot be done; ``fault`` is the code."""

    def __init__(self, fault: str, **shown: object) -> None:
        """Remember what the sentence shows."""
        super().__init__(f"{fault} {shown}")
        self.code = fault
        self.shown = shown


class SettingsError(FaultError):
    """The branch directory, its settings or what was typed cannot be used."""


class DayError(FaultError):
    """A transaction day of a group does not allow what was asked."""


class PeriodError(FaultError):
    """A period of a group does not allow what was asked."""


class DecisionError(FaultError):
    """A decision of the bank cannot be written as it was told."""


class CorrectionError(FaultError):
    """What was booked does not allow the correction that was asked for."""


class CheckpointError(FaultError):
    """A checkpoint of the branch cannot be made, read or taken back."""


class BackupError(FaultError):
    """A backup cannot be made, or is not one that this store takes."""


class BundleError(FaultError):
    """What a carrier brought is not what it should be, or an answer cannot be handed out."""


class CoreError(FaultError):
    """A transaction of the core cannot be keyed at the table."""


class StoreError(HubError):
    """The document store did not do what was asked."""

    code = "store"


class EngineError(StoreError):
    """The server of the store could not be asked, or did not keep what it was given; ``why`` is a code.

    For a program the code is one; a person at the branch is told the reason.
    """

    def __init__(self, why: str, cause: object) -> None:
        """Remember the reason."""
        super().__init__(f"{why}: {cause}")
        self.why = why


class HeadMovedError(StoreError):
    """The log's head is not the expected one (L14)."""

    code = "head_moved"


class DamagedError(StoreError):
    """Something stored is not what was once written; ``where`` is the id of a document, or a group."""

    code = "damaged"

    def __init__(self, where: str, why: str) -> None:
        """Remember which document."""
        super().__init__(f"{where}: {why}")
        self.where = where
