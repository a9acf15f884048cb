"""What a phone may sign: tags 1–31. Field lists are frozen (L2); the list of kinds is B5.

Ordinals are the group's own (L3). Dates are value dates: evidence that never enters an amount (B3).
"""

from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.day import Day
from protocol.ids import Code, Count, EntryRef, Epoch, Hash, Ordinal, Position, SeqOrZero
from protocol.limits import LINES_MAX
from protocol.money import AmountDong, PositiveDong, SignedDong

ReceiptNo = Annotated[int, Meta(ge=1, le=2**53)]
"""Number of a paper receipt, from the range of its writer (L13)."""


class LogTip(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, order=True):
    """How far the phone had read another log of its group, and on which side if that log forks (L1)."""

    writer: Ordinal
    epoch: Epoch
    seq: SeqOrZero
    head: Hash


class Knows(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the shown dues were computed from (B5): a ``BookReady``, and other logs, ascending."""

    book: Position
    logs: Annotated[tuple[LogTip, ...], Meta(max_length=LINES_MAX)]

    def __post_init__(self) -> None:
        """Refuse a second spelling: each other log once, ascending."""
        if any((later.writer, later.epoch) <= (one.writer, one.epoch) for one, later in pairwise(self.logs)):
            raise ValueError("the logs of `knows` ascend, each once")


class InterestLine(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Interest taken on one loan, beside the signed due that was shown for it."""

    loan: Ordinal
    interest: AmountDong
    due_shown: SignedDong


class SavingsLine(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Savings taken for one account."""

    account: Ordinal
    amount: PositiveDong


class Denomination(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Notes of one face value."""

    face: PositiveDong
    count: Count


InterestLines = Annotated[tuple[InterestLine, ...], Meta(max_length=LINES_MAX)]
SavingsLines = Annotated[tuple[SavingsLine, ...], Meta(max_length=LINES_MAX)]
Denominations = Annotated[tuple[Denomination, ...], Meta(max_length=LINES_MAX)]


class Collected(Struct, frozen=True, array_like=True, tag=1, forbid_unknown_fields=True):
    """Cash taken from one member, with one line per open loan, also when it is 0 (B5).

    The cash is the sum of the lines; there is no field for it.
    """

    receipt_no: ReceiptNo
    member: Ordinal
    value_date: Day
    due_to: Day
    lines: InterestLines
    savings: SavingsLines
    knows: Knows


class Voided(Struct, frozen=True, array_like=True, tag=2, forbid_unknown_fields=True):
    """Takes back the writer's own ``Collected`` or ``TransferRequested`` (B8)."""

    target: EntryRef
    reason: Code
    note: Hash | None


class TransferRequested(Struct, frozen=True, array_like=True, tag=3, forbid_unknown_fields=True):
    """Asks the bank to move savings to a loan; moves no cash, takes effect when posted (B9)."""

    member: Ordinal
    value_date: Day
    due_to: Day
    account: Ordinal
    loan: Ordinal
    purpose: Literal["interest", "principal"]
    amount: PositiveDong
    due_shown: SignedDong
    knows: Knows


class Visited(Struct, frozen=True, array_like=True, tag=4, forbid_unknown_fields=True):
    """A visit that took no money: why, and until when the member promised to pay."""

    member: Ordinal
    value_date: Day
    outcome: Code
    promised_on: Day | None
    promised: AmountDong | None
    note: Hash | None


class MemberNoted(Struct, frozen=True, array_like=True, tag=5, forbid_unknown_fields=True):
    """Something the branch should know about a member; the words are detached (L4)."""

    member: Ordinal
    value_date: Day
    subject: Code
    note: Hash


class CashHandedOver(Struct, frozen=True, array_like=True, tag=6, forbid_unknown_fields=True):
    """Cash given to another writer of the group; moves only once accepted (B18)."""

    to_writer: Ordinal
    due_to: Day
    amount: PositiveDong


class CashAccepted(Struct, frozen=True, array_like=True, tag=7, forbid_unknown_fields=True):
    """The receiver's answer to a ``CashHandedOver``."""

    handed: EntryRef
    amount: PositiveDong


class RoundClosed(Struct, frozen=True, array_like=True, tag=8, forbid_unknown_fields=True):
    """Cumulative close of this writer's round for one transaction day (B8, B18).

    ``difference`` is counted − expected, signed, and blocks nothing. ``receipts`` and ``voided`` say how many
    receipts the round wrote and took back.
    """

    due_to: Day
    expected: SignedDong
    counted: AmountDong
    difference: SignedDong
    denominations: Denominations
    receipts: Count
    voided: Count
