"""The one registry of entry kinds: which struct has which tag, and entry ↔ canonical bytes (L2).

A tag's field list is frozen. A new shape is a new tag; old tags decode for ever. Bytes of a tag that this
release does not know are checked generically and kept as ``Unknown``.
"""

from typing import get_args

import msgspec

from protocol.codec import encode, scan
from protocol.errors import MalformedError
from protocol.ids import BranchTip, EntryRef, Position
from protocol.limits import ENTRY_BYTES_MAX
from protocol.loan_facts import (
    CoreMatched,
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestAdjusted,
    InterestReceived,
    LoanBroughtForward,
    LoanClosed,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.phone_facts import (
    CashAccepted,
    CashHandedOver,
    Collected,
    MemberNoted,
    RoundClosed,
    TransferRequested,
    Visited,
    Voided,
)
from protocol.posting_facts import (
    BookReady,
    CashCounted,
    DayOpened,
    DaySettled,
    DifferenceResolved,
    Held,
    PeriodClosed,
    Posted,
    ReceiptRekeyed,
    Reversed,
)
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    MemberMoved,
    PolicyAdopted,
    RateDecided,
    SavingsAccountListed,
    SavingsMoved,
)
from protocol.trust_facts import (
    BranchEpochOpened,
    ForkResolved,
    KeyStated,
    Received,
    Restated,
    WriterAdmitted,
    WriterRevoked,
)

PhoneEntry = (
    Collected
    | Voided
    | TransferRequested
    | Visited
    | MemberNoted
    | CashHandedOver
    | CashAccepted
    | RoundClosed
)
BranchEntry = (
    BranchEpochOpened
    | KeyStated
    | Restated
    | Received
    | WriterAdmitted
    | WriterRevoked
    | ForkResolved
    | GroupListed
    | MemberListed
    | MemberMoved
    | SavingsAccountListed
    | SavingsMoved
    | PolicyAdopted
    | RateDecided
    | LoanOpened
    | LoanBroughtForward
    | Disbursed
    | InstalmentScheduled
    | PrincipalRepaid
    | InterestReceived
    | InstalmentOverdue
    | LoanExtended
    | LoanFrozen
    | FreezeLifted
    | LoanRenewed
    | LoanWrittenOff
    | RecoveredAfterWriteOff
    | LoanClosed
    | InterestAdjusted
    | CreditRefunded
    | CoreMatched
    | DayOpened
    | BookReady
    | Posted
    | Held
    | ReceiptRekeyed
    | Reversed
    | CashCounted
    | DifferenceResolved
    | DaySettled
    | PeriodClosed
)
Known = PhoneEntry | BranchEntry


class Unknown(msgspec.Struct, frozen=True):
    """A well-formed entry of a kind this release does not know: chained, stored, set aside."""

    tag: int
    raw: bytes


Entry = PhoneEntry | BranchEntry | Unknown


class Placed(msgspec.Struct, frozen=True):
    """A branch entry at its place, with its bytes, its chain hash and the chain hash before it."""

    position: Position
    entry: Entry
    raw: bytes
    hash: bytes
    previous: bytes


class PhoneFact(msgspec.Struct, frozen=True):
    """A phone entry with its unambiguous name, and where the branch received it (None: not yet).

    ``previous`` is the chain hash before it: it says on which side of a fork the entry stands. ``forked``
    marks an entry at or behind a place where its log has two histories (L16). ``known`` is the branch log
    that its phone held when it sealed the entry, None when that is the log as it counts here (L15).
    """

    ref: EntryRef
    previous: bytes
    entry: Entry
    received: Position | None
    forked: bool = False
    known: BranchTip | None = None


PHONE_TAGS = range(1, 32)
PHONE_KINDS: tuple[type[msgspec.Struct], ...] = get_args(PhoneEntry)
BRANCH_KINDS: tuple[type[msgspec.Struct], ...] = get_args(BranchEntry)
TAGS: dict[int, type[msgspec.Struct]] = {
    int(str(kind.__struct_config__.tag)): kind for kind in (*PHONE_KINDS, *BRANCH_KINDS)
}

_known: msgspec.msgpack.Decoder[Known] = msgspec.msgpack.Decoder(Known)


def entry_bytes(entry: Known) -> bytes:
    """Canonical bytes of an entry; raises MalformedError for what its own field list forbids."""
    raw = encode(entry)
    decode_entry(raw)
    return raw


def decode_entry(raw: bytes) -> Entry:
    """Entry of canonical bytes; raises MalformedError for every second spelling (L2)."""
    if len(raw) > ENTRY_BYTES_MAX:
        raise MalformedError(f"an entry of {len(raw)} bytes is over {ENTRY_BYTES_MAX}")
    try:
        entry = _known.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        tag = entry_tag(raw)
        if tag not in TAGS:
            return Unknown(tag, raw)
        raise MalformedError(f"entry of kind {TAGS[tag].__name__}: {error}") from error
    # The fields allow canonical values only, so that one check is left: that these are the shortest forms.
    if encode(entry) != raw:
        raise MalformedError(f"entry of kind {type(entry).__name__} is not in its one spelling")
    return entry


def is_phones(entry: Entry) -> bool:
    """Say whether only a phone may say this, also in a release that knows more kinds (tags 1–31)."""
    return entry.tag in PHONE_TAGS if isinstance(entry, Unknown) else isinstance(entry, PHONE_KINDS)


def entry_tag(raw: bytes) -> int:
    """Kind of an entry: its first element, a small integer; raises MalformedError."""
    if scan(raw, 0) != len(raw):
        raise MalformedError("bytes follow the entry")
    array = msgspec.msgpack.decode(raw)
    if not isinstance(array, list) or not array or not isinstance(array[0], int) or array[0] < 1:
        raise MalformedError("an entry is an array that starts with its kind")
    return array[0]
