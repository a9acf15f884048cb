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

    ``logs`` maps (writer ordinal, epoch) to the verified log. Of several ``Received`` that cover one entry the
    first decides (L7); one whose head is not on the kept side places nothing.
    """
    placed: dict[EntryRef, Position] = {}
    for position, acceptance in received:
        log = logs.get((acceptance.writer, acceptance.epoch))
        last = acceptance.first_seq + acceptance.count - 1
        if log is None or last > log.length or log.hash_at(last) != acceptance.head:
            continue
        for signed in log.entries[acceptance.first_seq - 1 : last]:
            placed.setdefault(
                EntryRef(acceptance.writer, acceptance.epoch, signed.seq, signed.hash), position
            )
    facts = [
        PhoneFact(ref := EntryRef(writer, epoch, signed.seq, signed.hash), signed.entry, placed.get(ref))
        for (writer, epoch), log in logs.items()
        for signed in log.entries
    ]
    return tuple(sorted(facts, key=_order))


def _order(fact: PhoneFact) -> tuple[int, int, int, int, int, int]:
    place = fact.received
    ref = fact.ref
    if place is None:
        return (1, 0, 0, ref.writer, ref.epoch, ref.seq)
    return (0, place.epoch, place.seq, ref.writer, ref.epoch, ref.seq)
