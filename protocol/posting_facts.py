"""What the branch decides on a transaction day: tags 112–127. Field lists are frozen (L2); kinds are B6."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.day import Day
from protocol.ids import Code, Count, EntryRef, Hash, Ordinal, Position
from protocol.limits import LINES_MAX
from protocol.money import AmountDong, Dong, PositiveDong, SignedDong
from protocol.phone_facts import Denominations, ReceiptNo, SavingsLines


class DayOpened(Struct, frozen=True, array_like=True, tag=112, forbid_unknown_fields=True):
    """Opens a transaction day; ``decisions`` is the highest branch-wide number (0: none), L12."""

    day: Day
    decisions: Count
    decided_by: Code


class BookReady(Struct, frozen=True, array_like=True, tag=113, forbid_unknown_fields=True):
    """Ends a run of facts: digest of [loan ordinal, signed due to D] in ordinal order (L12)."""

    day: Day
    digest: Hash


class PostedInterest(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Interest of one loan as allocated (a fact, never derived again: B1). The parts add up to it."""

    loan: Ordinal
    in_term: SignedDong
    overdue: SignedDong
    grace: SignedDong
    unallocated: SignedDong

    @property
    def total(self) -> Dong:
        """The interest that the parts add up to."""
        return self.in_term + self.overdue + self.grace + self.unallocated


class PostedPrincipal(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Principal paid out of savings, by the part that it lowered."""

    loan: Ordinal
    in_term: AmountDong
    overdue: AmountDong


class PostedSavings(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Change of one savings balance: positive for a deposit, negative for a transfer out."""

    account: Ordinal
    change: SignedDong


Flags = Annotated[tuple[Code, ...], Meta(max_length=16)]


class Posted(Struct, frozen=True, array_like=True, tag=114, forbid_unknown_fields=True):
    """A phone entry takes effect on transaction day ``day`` (B1). Voids and handovers have no lines."""

    entry: EntryRef
    day: Day
    interest: Annotated[tuple[PostedInterest, ...], Meta(max_length=LINES_MAX)]
    principal: Annotated[tuple[PostedPrincipal, ...], Meta(max_length=LINES_MAX)]
    savings: Annotated[tuple[PostedSavings, ...], Meta(max_length=LINES_MAX)]
    flags: Flags


class HeldInterest(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Interest of one line that waits in suspense."""

    loan: Ordinal
    interest: AmountDong


class Held(Struct, frozen=True, array_like=True, tag=115, forbid_unknown_fields=True):
    """A phone entry is kept in suspense; its cash stays expected (B17, B19)."""

    entry: EntryRef
    day: Day
    cause: Code
    interest: Annotated[tuple[HeldInterest, ...], Meta(max_length=LINES_MAX)]
    savings: SavingsLines


class ReceiptRekeyed(Struct, frozen=True, array_like=True, tag=116, forbid_unknown_fields=True):
    """A paper receipt of a phone that was lost, typed in by two people.

    ``writer`` hands in its cash; the number stays that of the phone that wrote the paper (L13).
    ``statement`` is the digest of what is kept of the paper beside the log (L4).
    """

    receipt_no: ReceiptNo
    writer: Ordinal
    member: Ordinal
    value_date: Day
    day: Day
    interest: Annotated[tuple[PostedInterest, ...], Meta(max_length=LINES_MAX)]
    savings: SavingsLines
    statement: Hash | None
    decided_by: Code
    confirmed_by: Code


class Reversed(Struct, frozen=True, array_like=True, tag=117, forbid_unknown_fields=True):
    """Mirrors a ``Posted``, ``Held`` or ``ReceiptRekeyed``, named by its place in the branch log (B17)."""

    posted: Position
    day: Day
    cause: Code
    statement: Hash | None
    decided_by: Code
    confirmed_by: Code


class CashCounted(Struct, frozen=True, array_like=True, tag=118, forbid_unknown_fields=True):
    """The teller's count of one bundle, naming every writer's ``RoundClosed`` it covers (B18)."""

    day: Day
    rounds: Annotated[tuple[EntryRef, ...], Meta(max_length=LINES_MAX)]
    expected: SignedDong
    counted: AmountDong
    denominations: Denominations
    decided_by: Code
    confirmed_by: Code | None


class DifferenceResolved(Struct, frozen=True, array_like=True, tag=119, forbid_unknown_fields=True):
    """Clears a surplus or shortage, or releases a held entry that the count covers (B17, B18).

    ``day`` is the transaction day whose count left the difference. A released entry gets its own ``Posted``.
    """

    day: Day
    kind: Literal["shortage", "surplus", "held"]
    entry: EntryRef | None
    amount: PositiveDong
    resolution: Code
    statement: Hash | None
    decided_by: Code
    confirmed_by: Code


class DaySettled(Struct, frozen=True, array_like=True, tag=120, forbid_unknown_fields=True):
    """Makes everything from ``first`` on effective, all or nothing, and closes the day (B4).

    ``difference`` is counted − expected: negative is a shortage that the leader owes.
    """

    day: Day
    first: Position
    expected: SignedDong
    counted: AmountDong
    difference: SignedDong
    decided_by: Code
    confirmed_by: Code


class PeriodClosed(Struct, frozen=True, array_like=True, tag=121, forbid_unknown_fields=True):
    """Closes the period of these days, both inclusive: nothing is booked in them after this entry (B4)."""

    first_day: Day
    last_day: Day
    decided_by: Code
    confirmed_by: Code
