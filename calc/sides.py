"""The sides of phone logs, where histories part: chains back, and what continues them (L1, L16)."""

from collections.abc import Iterator, Mapping

from protocol.entries import PhoneFact
from protocol.ids import EntryRef, Position


class Sides:
    """Phone entries by name; each knows the hash before it, and so its own side."""

    def __init__(self, by_ref: Mapping[EntryRef, PhoneFact]) -> None:
        """Look into entries that do not change any more."""
        self._by_ref = by_ref
        self._places = {(ref.writer, ref.epoch, ref.seq) for ref in by_ref}
        self._chains: dict[EntryRef, frozenset[EntryRef]] = {}

    def chain(self, tip: EntryRef) -> frozenset[EntryRef]:
        """Entries up to a tip on its side of the log; where nothing stands at its seq, all before it."""
        if tip not in self._chains:
            self._chains[tip] = frozenset(self._back_from(tip))
        return self._chains[tip]

    def side(self, choice: EntryRef) -> frozenset[EntryRef]:
        """The chain of an entry, and whatever continues it (L16); none for one that nobody brought."""
        found = set(self.chain(choice)) if choice in self._by_ref else set()
        for ref in sorted(self._log_of(choice)):
            before = EntryRef(ref.writer, ref.epoch, ref.seq - 1, self._by_ref[ref].previous)
            if ref.seq > choice.seq and before in found:
                found.add(ref)
        return frozenset(found)

    def goes_on(self, choice: EntryRef, ref: EntryRef, at: Position) -> bool:
        """Say whether an entry is on a chosen side, before any place where that side itself parts again.

        Only what was received at a place of the branch log makes it part.
        """
        side = self.side(choice)
        if ref not in side:
            return False
        behind = [one.seq for one in side if choice.seq < one.seq <= ref.seq and self._is_received(one, at)]
        return len(set(behind)) == len(behind)

    def _back_from(self, tip: EntryRef) -> Iterator[EntryRef]:
        if (tip.writer, tip.epoch, tip.seq) not in self._places:
            yield from (ref for ref in self._log_of(tip) if ref.seq < tip.seq)
        while (fact := self._by_ref.get(tip)) is not None:
            yield tip
            tip = EntryRef(tip.writer, tip.epoch, tip.seq - 1, fact.previous)

    def _log_of(self, ref: EntryRef) -> Iterator[EntryRef]:
        return (one for one in self._by_ref if (one.writer, one.epoch) == (ref.writer, ref.epoch))

    def _is_received(self, ref: EntryRef, at: Position) -> bool:
        received = self._by_ref[ref].received
        return received is not None and received <= at
