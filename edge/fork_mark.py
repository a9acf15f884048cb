"""The fork guard: how far the ledger had got, kept outside of the ledger (L5, L19).

A ledger that is behind its mark was restored from an older copy. Going on with it would give one number to
two different entries, a fork. So the phone stops and asks; only the branch opens another epoch.
"""

import hmac
from typing import Annotated, Literal

from msgspec import Meta, Struct

from edge.keystore import subkey
from edge.own_log import OwnLog
from protocol.codec import decode_as, encode
from protocol.errors import MalformedError
from protocol.ids import LogId, SeqOrZero

_LABEL = b"tovay/fork-mark/1"


class Mark(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """``code`` is an HMAC of (log, seq, head) under a key that only the opened ledger has."""

    version: Literal[1]
    log: LogId
    seq: SeqOrZero
    code: Annotated[bytes, Meta(min_length=32, max_length=32)]


def write_mark(key: bytes, own: OwnLog) -> bytes:
    """Mark of the log as it stands; ``key`` is the ledger's data key."""
    return encode(Mark(1, own.log, own.length, _code(key, own.log, own.length, own.head)))


def continues(raw: bytes | None, key: bytes, own: OwnLog) -> bool:
    """Say whether this log is the marked one, or goes on from it.

    A mark of an earlier epoch is fine: the branch opened this one. So is a log that is ahead of its mark: the
    process ended between the commit and the mark. A missing mark fits an empty log only.
    """
    if raw is None:
        return own.length == 0
    try:
        mark = decode_as(raw, Mark, "fork mark")
    except MalformedError:
        return False
    if mark.log != own.log:
        earlier = (mark.log.group, mark.log.writer) == (own.log.group, own.log.writer)
        return earlier and mark.log.epoch < own.log.epoch
    if mark.seq > own.length:
        return False
    return hmac.compare_digest(mark.code, _code(key, mark.log, mark.seq, own.hash_at(mark.seq)))


def _code(key: bytes, log: LogId, seq: int, head: bytes) -> bytes:
    return hmac.digest(subkey(key, _LABEL), encode((log, seq, head)), "sha256")
