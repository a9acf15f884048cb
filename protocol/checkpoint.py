r"""The branch's daily checkpoint: one signature over the head of every group's branch log.

A checkpoint binds the branch: a head that later goes back, is rewritten or vanishes contradicts it, and both
are signed. Checkpoints are numbered 1, 2, 3 … and each names the one before it by its digest. A file is
``"tovay/checkpoint/1\0"`` and one canonical array; it is checked in this order:

1. the root in it is the one that the reader trusts
2. that root stated the log key in it, and the checkpoint names that statement and its branch
3. the key signed ``"tovay/checkpoint/1\0" ‖ checkpoint``
4. the checkpoint is in its one spelling; its groups ascend, each once
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from protocol.codec import decode_as, encode
from protocol.day import Day
from protocol.errors import LimitError, MalformedError, UntrustedKeyError
from protocol.ids import Code, Epoch, GroupCode, Hash, Number, Seq, Signature
from protocol.keys import fingerprint, read_statement, signs_logs, statement_digest
from protocol.limits import CHECKPOINT_BYTES_MAX, CHECKPOINT_GROUPS_MAX
from protocol.ports import Signer, Verifier
from protocol.trust_facts import Spki, StatementBytes

CONTENT_TYPE = "application/vnd.tovay.checkpoint"
_DOMAIN = b"tovay/checkpoint/1\0"


class GroupHead(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where the branch log of a group ends: its newest epoch, last seq and chain hash."""

    group: GroupCode
    epoch: Epoch
    seq: Seq
    head: Hash


GroupHeads = Annotated[tuple[GroupHead, ...], Meta(max_length=CHECKPOINT_GROUPS_MAX)]


class Checkpoint(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """``statement`` is the digest of the key's statement; ``previous`` that of the checkpoint before it."""

    version: Literal[1]
    branch: Code
    number: Number
    day: Day
    previous: Hash | None
    statement: Hash
    heads: GroupHeads

    def __post_init__(self) -> None:
        """Refuse a second spelling: each group once, ascending; only the first has no previous."""
        codes = [head.group for head in self.heads]
        if any(later <= earlier for earlier, later in pairwise(codes)):
            raise ValueError("the groups of a checkpoint ascend, each once")
        if (self.previous is None) != (self.number == 1):
            raise ValueError("every checkpoint but the first names the one before it")


class SignedCheckpoint(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A checkpoint as it is published: with the root, the signed key statement and the signature."""

    root: Spki
    statement: StatementBytes
    checkpoint: bytes
    signature: Signature


class Published(Struct, frozen=True):
    """A checkpoint that was checked, and the digest by which the next one names it."""

    checkpoint: Checkpoint
    digest: bytes


class Contradiction(Struct, frozen=True, order=True):
    """What two checkpoints cannot both say honestly.

    ``code`` is, with its group, ``head_missing`` (the group is gone), ``head_back`` (a lower epoch or seq) or
    ``head_rewritten`` (another hash at one place); or, of the branch, ``twice`` (two under one number),
    ``not_linked`` (the next one names another before it) or ``day_back``.
    """

    code: str
    group: str = ""


def publish(checkpoint: Checkpoint, root: bytes, statement: bytes, signer: Signer) -> bytes:
    """Bytes of a checkpoint file; raises LimitError when the branch has more groups than one can name."""
    if len(checkpoint.heads) > CHECKPOINT_GROUPS_MAX:
        raise LimitError(f"a checkpoint names at most {CHECKPOINT_GROUPS_MAX} groups")
    body = encode(checkpoint)
    return _DOMAIN + encode(SignedCheckpoint(root, statement, body, signer.sign(_DOMAIN + body)))


def read_checkpoint(raw: bytes, trusted: bytes, verifier: Verifier) -> Published:
    """A checkpoint of a branch of the root with this fingerprint; raises a ProtocolError otherwise."""
    outer = _opened(raw)
    if fingerprint(outer.root) != trusted:
        raise UntrustedKeyError("the checkpoint is of another root")
    stated = read_statement(outer.statement, outer.root, verifier)
    if not signs_logs(stated):
        raise UntrustedKeyError("the checkpoint's key is not stated for logs")
    verifier.verify(stated.spki, outer.signature, _DOMAIN + outer.checkpoint)
    checkpoint = decode_as(outer.checkpoint, Checkpoint, "checkpoint")
    if (checkpoint.branch, checkpoint.statement) != (stated.branch, statement_digest(outer.statement)):
        raise UntrustedKeyError("the checkpoint names another branch or statement")
    return Published(checkpoint, sha256(outer.checkpoint).digest())


def number_claimed(raw: bytes) -> int:
    """The number of a checkpoint file, of which nothing is checked; raises MalformedError or LimitError."""
    return decode_as(_opened(raw).checkpoint, Checkpoint, "checkpoint").number


def contradictions(older: Published, newer: Published) -> tuple[Contradiction, ...]:
    """What of an older checkpoint a newer one takes back; nothing when both can be true.

    That a higher head continues the lower one is for the log itself to show: checkpoints cannot.

    Raises:
        MalformedError: the two are of two branches, or stand in the other order.
    """
    first, last = older.checkpoint, newer.checkpoint
    if first.branch != last.branch or first.number > last.number:
        raise MalformedError("these are not an older and a newer checkpoint of one branch")
    if first.number == last.number:
        return () if older.digest == newer.digest else (Contradiction("twice"),)
    return tuple(sorted((*_of_branch(older, newer), *_of_groups(first, last))))


def _opened(raw: bytes) -> SignedCheckpoint:
    if len(raw) > CHECKPOINT_BYTES_MAX:
        raise LimitError(f"a checkpoint of {len(raw)} bytes is over {CHECKPOINT_BYTES_MAX}")
    if not raw.startswith(_DOMAIN):
        raise MalformedError("this is no checkpoint")
    return decode_as(raw[len(_DOMAIN) :], SignedCheckpoint, "checkpoint file")


def _of_branch(older: Published, newer: Published) -> Iterator[Contradiction]:
    if newer.checkpoint.number == older.checkpoint.number + 1 and newer.checkpoint.previous != older.digest:
        yield Contradiction("not_linked")
    if newer.checkpoint.day < older.checkpoint.day:
        yield Contradiction("day_back")


def _of_groups(first: Checkpoint, last: Checkpoint) -> Iterator[Contradiction]:
    now = {head.group: head for head in last.heads}
    for head in first.heads:
        found = now.get(head.group)
        if found is None:
            yield Contradiction("head_missing", head.group)
        elif (found.epoch, found.seq) < (head.epoch, head.seq):
            yield Contradiction("head_back", head.group)
        elif (found.epoch, found.seq) == (head.epoch, head.seq) and found.head != head.head:
            yield Contradiction("head_rewritten", head.group)
