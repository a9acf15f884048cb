"""Names of logs, writers, groups and places in a log (clauses L1, L3)."""

from typing import Annotated

from msgspec import Meta, Struct

GroupCode = Annotated[str, Meta(min_length=1, max_length=24, pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
"""Code of a savings and credit group; safe inside document ids and URLs."""

LATIN = "\\A[\x20-\x7e\u00c0-\u024f\u1ea0-\u1eff]*\\Z"
"""Alphabet of every short text (L2): printable ASCII and the Latin letters of Vietnamese.

There is no combining mark in it and no letter that NFC changes, in any version of Unicode.
"""

Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=LATIN)]
"""Short text that names something (a programme, a staff id, a bank reference); never personal."""

WriterId = Annotated[bytes, Meta(min_length=10, max_length=10)]
"""First 10 bytes of SHA-256 of the writer's SPKI: a name, not a proof (L1)."""

Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""A SHA-256 digest."""

Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]
"""An Ed25519 signature."""

Ordinal = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""Number of a member, loan, savings account or writer inside its group, dense from 1 (L3)."""

Epoch = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Seq = Annotated[int, Meta(ge=1, le=2**53)]
SeqOrZero = Annotated[int, Meta(ge=0, le=2**53)]
"""A sequence number, or 0 for "before the first entry"."""

Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""How many of something."""

Ppm = Annotated[int, Meta(ge=0, le=10**9)]
"""Parts per million: a yearly rate (66,000 = 6.6 %) or a factor."""

Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
"""Number of a decision (L12) or a key statement (L17), a version, or how many of at least one."""


class LogId(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, order=True):
    """One log: a single writer's entries of one epoch in one group (L1)."""

    group: GroupCode
    writer: WriterId
    epoch: Epoch


class Position(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, order=True):
    """Place in the branch log (L3); seq 0 stands before the first entry of the epoch."""

    epoch: Epoch
    seq: SeqOrZero


class BranchTip(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The branch log as far as somebody holds it: a position and the chain hash there."""

    epoch: Epoch
    seq: SeqOrZero
    head: Hash


class EntryRef(Struct, frozen=True, array_like=True, forbid_unknown_fields=True, order=True):
    """A phone entry, named so that it is unambiguous in a fork (L1)."""

    writer: Ordinal
    epoch: Epoch
    seq: Seq
    hash: Hash
