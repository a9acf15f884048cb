"""A leader's phone that was copied: one common receipt, then two histories, both received."""

import copy

from protocol.receipt import Marked, ReceiptProof, mark, write_qr
from tests.hub.builders import GROUP
from tests.hub.days import CollectionDay


def twin(phone):
    """Another phone with the same storage and key: a clone, or this one restored from a backup made now."""
    other = copy.copy(phone)
    other.entries, other.hashes = [*phone.entries], [*phone.hashes]
    return other


def copied(folder, branch=None, counted=None):
    """The day on which it happened; ``day.clone`` is the copy. Common: receipt 1 of 100,000 đ.

    The phone then writes receipt 2 of 90,000 đ and closes its round, the clone receipt 3 of 50,000 đ. The
    phone's side arrives first; where ``counted`` is given, that much is counted before the clone's arrives.
    """
    day = CollectionDay(folder, branch=branch)
    day.collect(day.leader, 1, 100_000, 271_233)
    day.sync(day.leader)
    day.clone = twin(day.leader)
    day.collect(day.leader, 2, 90_000, 379_726)
    day.close_round(day.leader, 190_000)
    day.collect(day.clone, 2, 50_000, 379_726, receipt=3)
    day.sync(day.leader)
    if counted is not None:
        day.count(counted)
    day.sync(day.clone)
    return day


def code_of(day, phone, seq):
    """Text of the QR code that a phone printed for its entry ``seq``."""
    groups = day.groups
    state = groups.load(GROUP)
    admitted = next(
        seal.raw
        for seal in state.seals
        if len(seal.placed) == 1 and getattr(seal.placed[0].entry, "writer", None) == phone.writer
    )
    marked = Marked(phone.log, seq, phone.hashes[seq - 1], phone.entries[seq - 1])
    return write_qr(ReceiptProof(marked, mark(marked, phone.signer), admitted, groups.trust.statements[0]))
