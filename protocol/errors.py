"""Errors of the protocol, grouped by who must act.

ProtocolError
├── MalformedError      the sender's bytes are not in the one spelling (nobody signed this shape)
│   ├── VersionError    a message of a version that is not read here: one side needs an update
│   └── UnpackError     a seal that was signed all the same: keep it whole, set it aside (L9)
├── TrustError          bytes are well formed, but no key that counts stands behind them
│   ├── BadSignatureError
│   ├── UntrustedKeyError
│   └── SkewedClockError  all stands but the sender's clock: answer with the time and a challenge
├── ChainError          entries do not continue the log they claim
│   ├── GapError        earlier entries are missing: send them first
│   ├── ForkError       two different hashes at one place: keep both, tell the branch
│   └── OlderEpochError a branch seal of an older epoch that does not count: keep it beside the log (L15)
└── LimitError          legal in shape, over a protocol constant: send less at once
"""


class ProtocolError(Exception):
    """Base of everything that the protocol refuses; ``code`` is stable, the text is for developers."""

    code = "protocol"


class MalformedError(ProtocolError):
    """Bytes that do not decode, or decode from a second spelling."""

    code = "malformed"


class UnpackError(MalformedError):
    """A seal that cannot be unpacked; ``step`` is version, header, encoding, body, count or chain (L6)."""

    code = "undecodable"

    def __init__(self, step: str, text: str) -> None:
        """Remember the step at which it failed."""
        super().__init__(text)
        self.step = step


class VersionError(MalformedError):
    """A well-formed message of another version than is read here."""

    code = "message_version"


class TrustError(ProtocolError):
    """Nobody who counts stands behind these bytes."""

    code = "untrusted"


class BadSignatureError(TrustError):
    """The signature does not verify under the key that was named."""

    code = "bad_signature"


class UntrustedKeyError(TrustError):
    """The key is not stated, not admitted, superseded, or of another purpose."""

    code = "untrusted_key"


class SkewedClockError(TrustError):
    """A request that its ``writer`` really signed, with a clock outside the window."""

    code = "skewed_clock"

    def __init__(self, writer: bytes) -> None:
        """Remember whom to challenge."""
        super().__init__("the clock of the request is outside the window")
        self.writer = writer


class ChainError(ProtocolError):
    """A seal that does not fit the log it names."""

    code = "chain"


class GapError(ChainError):
    """Entries before this seal are missing; ``want`` is the first missing seq."""

    code = "gap"

    def __init__(self, want: int) -> None:
        """Remember which seq is wanted next."""
        super().__init__(f"entries from {want} are missing")
        self.want = want


class ForkError(ChainError):
    """Two different chain hashes at one seq; ``seq`` is the first that differs (L7)."""

    code = "fork"

    def __init__(self, seq: int) -> None:
        """Remember where the two histories part."""
        super().__init__(f"two histories at entry {seq}")
        self.seq = seq


class OlderEpochError(ChainError):
    """A branch seal above the base of a later epoch, or on another side of an older one: keep it (L15)."""

    code = "older_epoch"


class LimitError(ProtocolError):
    """Over a constant of ``protocol.limits``."""

    code = "limit"
