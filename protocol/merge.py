"""The one order in which phone entries stand (L10), and who said each of them.

A phone's entries stand where the ``Received`` of their seal stands in the branch log, then by seq; entries
without a ``Received`` follow, by (writer, epoch, seq). Arrival at a hub, retries and carriers change nothing.
"""

from collections.abc import Iterable, Mapping

from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Position
from protocol.phone_log import PhoneLog
from protocol.trust_facts import Received


def merge(
    received: Iterable[tuple[Position, Received]], logs: Mapping[tuple[int, int], PhoneLog]
) -> tuple[PhoneFact, ...]:
    """Phone entries of a group in their one order.

    ``logs`` maps (writer ordinal, epoch) to the verified log, with every side of a fork (L16). Of several
    ``Received`` that cover one entry the first decides (L7); one whose head nobody brought places nothing.
    """
    placed: dict[tuple[int, int, bytes], Position] = {}
    for position, acceptance in sorted(received):
        writer, epoch = acceptance.writer, acceptance.epoch
        if (log := logs.get((writer, epoch))) is not None:
            last_seq = acceptance.first_seq + acceptance.count - 1
            for signed in log.ending_in(acceptance.head, last_seq, acceptance.count):
                placed.setdefault((writer, epoch, signed.hash), position)
    facts = [
        PhoneFact(
            ref=EntryRef(writer, epoch, signed.seq, signed.hash),
            previous=signed.previous,
            entry=signed.entry,
            received=placed.get((writer, epoch, signed.hash)),
            forked=log.forked_at is not None and signed.seq >= log.forked_at,
            known=signed.known,
        )
        for (writer, epoch), log in logs.items()
        for signed in log.known
    ]
    return tuple(sorted(facts, key=_order))


def _order(fact: PhoneFact) -> tuple[bool, Position, EntryRef]:
    return fact.received is None, fact.received or Position(0, 0), fact.ref
