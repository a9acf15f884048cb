"""Phone entries in their one order, and where the histories of a log part, as a hub works them out."""

from calc.states import Fork
from protocol.ids import Position


def forks_of(facts):
    """Where the histories that were received contradict what was received before (L16)."""
    known, found = {}, {}
    for fact in facts:
        ref = fact.ref
        if fact.received and known.setdefault((ref.writer, ref.epoch, ref.seq), ref.hash) != ref.hash:
            found.setdefault((ref.writer, ref.epoch), []).append(Fork(ref.seq, fact.received))
    return {log: tuple(forks) for log, forks in found.items()}


def merged(facts):
    """Facts in the order in which the branch received them, then by writer, epoch and seq (L10)."""
    last = Position(2**31 - 1, 0)

    def place(fact):
        ref = fact.ref
        return fact.received or last, ref.writer, ref.epoch, ref.seq

    return sorted(facts, key=place)
