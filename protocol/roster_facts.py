"""Group, members, savings accounts and branch-wide decisions: tags 64–79. Field lists are frozen (L2).

Opening entries carry their ordinal; readers look it up and never count (L3). Personal texts are salted
hashes (L4). ``core_ref`` is the bank's own reference; facts are idempotent on it (B21).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.day import Day
from protocol.ids import Code, GroupCode, Hash, Number, Ordinal, Ppm
from protocol.money import PositiveDong, SignedDong


class GroupListed(Struct, frozen=True, array_like=True, tag=64, forbid_unknown_fields=True):
    """Where the group belongs from a day on: area, transaction point and its day of the month."""

    group: GroupCode
    effective: Day
    area: Code
    point: Code
    day_of_month: Annotated[int, Meta(ge=1, le=31)]
    organisation: Code
    name: Hash
    core_ref: Code


class MemberListed(Struct, frozen=True, array_like=True, tag=65, forbid_unknown_fields=True):
    """A member of the group; name, identity number and the rest are detached texts (L4)."""

    ordinal: Ordinal
    number: Code
    name: Hash
    identity: Hash | None
    phone: Hash | None
    address: Hash | None
    core_ref: Code


class MemberMoved(Struct, frozen=True, array_like=True, tag=66, forbid_unknown_fields=True):
    """A member who left the group, and for which group, if any."""

    member: Ordinal
    effective: Day
    to_group: GroupCode | None
    reason: Code
    core_ref: Code


class SavingsAccountListed(Struct, frozen=True, array_like=True, tag=67, forbid_unknown_fields=True):
    """A savings account and its balance at the start of day ``as_of``."""

    ordinal: Ordinal
    member: Ordinal
    number: Code
    as_of: Day
    balance: SignedDong
    core_ref: Code


class SavingsMoved(Struct, frozen=True, array_like=True, tag=68, forbid_unknown_fields=True):
    """A movement that the core made: the kind decides the sign (withdrawal and transfer lower it)."""

    account: Ordinal
    kind: Literal["deposit", "withdrawal", "interest", "transfer"]
    effective: Day
    amount: PositiveDong
    core_ref: Code | None
    decided_by: Code


class PolicyAdopted(Struct, frozen=True, array_like=True, tag=72, forbid_unknown_fields=True):
    """A dated policy that can change an amount (B2): a code, or a number, under a policy's name."""

    number: Number
    policy: Code
    effective: Day
    choice: Code | None
    amount: SignedDong | None
    reference: Code
    signed_on: Day
    decided_by: Code
    confirmed_by: Code | None


class RateDecided(Struct, frozen=True, array_like=True, tag=73, forbid_unknown_fields=True):
    """One programme's part of a rate decision (B13). Legal dates are inclusive at both ends.

    ``ppm`` is the new rate, the factor, the points off, or the points that the budget pays, by ``kind``;
    ``reach`` is new for loans opened on or after ``effective_from``, existing for those opened before it;
    ``above`` limits it to loans whose rate exceeds that many ppm.
    """

    number: Number
    programme: Code
    kind: Literal["rate", "factor", "points", "support"]
    ppm: Ppm
    effective_from: Day
    effective_to: Day | None
    reach: Literal["new", "existing", "all"]
    overdue_reach: Literal["surcharge_on_reduced", "full_surcharge_then_reduce", "excluded"]
    above: Ppm | None
    reference: Code
    signed_on: Day
    decided_by: Code
    confirmed_by: Code | None
