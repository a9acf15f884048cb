"""What the branch says about keys, writers and logs: tags 32–63. Field lists are frozen (L2)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.day import Instant
from protocol.ids import (
    BranchTip,
    Code,
    Epoch,
    GroupCode,
    Hash,
    Number,
    Ordinal,
    Position,
    Seq,
    SeqOrZero,
    WriterId,
)
from protocol.limits import SPKI_BYTES_MAX
from protocol.phone_facts import ReceiptNo

Spki = Annotated[bytes, Meta(min_length=32, max_length=SPKI_BYTES_MAX)]
"""A public key as DER SubjectPublicKeyInfo."""

StatementBytes = Annotated[bytes, Meta(min_length=64, max_length=1_024)]


class BranchEpochOpened(Struct, frozen=True, array_like=True, tag=32, forbid_unknown_fields=True):
    """Entry 1 of a branch epoch; ``base`` is where it goes on, nil when its hub held nothing before (L15)."""

    group: GroupCode
    epoch: Epoch
    statement: Hash
    base: BranchTip | None


class KeyStated(Struct, frozen=True, array_like=True, tag=33, forbid_unknown_fields=True):
    """Changes the branch key: from the next seal only the key stated here verifies (L5)."""

    statement: StatementBytes


class Restated(Struct, frozen=True, array_like=True, tag=34, forbid_unknown_fields=True):
    """Lets an entry of an older branch epoch, above the base, count in this one (L15).

    ``hash`` is its chain hash; ``ordinal`` is the new number of what it opens, nil when it opens nothing.
    """

    entry: Position
    hash: Hash
    ordinal: Ordinal | None
    decided_by: Code


class Received(Struct, frozen=True, array_like=True, tag=35, forbid_unknown_fields=True):
    """Acceptance of one phone seal; the branch seal around it is the acknowledgement (L10)."""

    writer: Ordinal
    epoch: Epoch
    first_seq: Seq
    count: Number
    head: Hash
    seen_at: Instant


class LeftAt(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a writer's previous epoch was last known to stand; seq 0 with the genesis when it was empty."""

    seq: SeqOrZero
    head: Hash


class WriterAdmitted(Struct, frozen=True, array_like=True, tag=36, forbid_unknown_fields=True):
    """Opens one epoch of one phone; its bytes are the phone log's genesis (L5). Sealed alone (L13).

    A later epoch of the same writer repeats its ordinal and says where the previous one was ``left``.
    ``algorithm`` is ``ed25519`` for now; a reader that meets another verifies nothing of that writer (L1).
    """

    ordinal: Ordinal
    writer: WriterId
    epoch: Epoch
    spki: Spki
    algorithm: Code
    role: Literal["leader", "deputy"]
    first_receipt: ReceiptNo
    last_receipt: ReceiptNo
    left: LeftAt | None
    decided_by: Code
    confirmed_by: Code | None


class WriterRevoked(Struct, frozen=True, array_like=True, tag=37, forbid_unknown_fields=True):
    """Draws the line: entries ≤ seq on the chain that ends in head count, the rest is set aside (L18)."""

    writer: Ordinal
    epoch: Epoch
    seq: SeqOrZero
    head: Hash
    reason: Code
    decided_by: Code
    confirmed_by: Code | None


class ForkResolved(Struct, frozen=True, array_like=True, tag=38, forbid_unknown_fields=True):
    """A person's choice of which side of a fork goes on: its chain hash at ``seq`` is ``hash`` (L16)."""

    writer: Ordinal
    epoch: Epoch
    seq: Seq
    hash: Hash
    statement: Hash | None
    decided_by: Code
    confirmed_by: Code
