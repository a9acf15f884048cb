"""A group's log as it goes on after a restore: cut at a base, and what was lost restated in a later epoch."""

from hashlib import sha256

from msgspec.structs import replace

from calc.book import Book
from calc.states import Facts
from protocol.entries import Placed
from protocol.ids import BranchTip, Position
from protocol.loan_facts import LoanBroughtForward, LoanOpened
from protocol.roster_facts import MemberListed, SavingsAccountListed
from protocol.trust_facts import BranchEpochOpened, Restated, WriterAdmitted
from tests.calc.merging import forks_of, merged
from tests.facts import an

OPENINGS = {
    MemberListed: "members",
    SavingsAccountListed: "accounts",
    LoanOpened: "loans",
    LoanBroughtForward: "loans",
    WriterAdmitted: "writers",
}


def placed(log):
    """Entries of a log with made-up hashes, each after the one before it."""
    found, before = [], b""
    for position, entry in log:
        name = sha256(before + f"{position}{entry}".encode()).digest()
        found.append(Placed(position, entry, b"", name, before))
        before = name
    return found


class Restored:
    """What readers hold after a restore: a book that goes on over a base, and the lost entries."""

    def __init__(self, log, base):
        """Cut a log behind its first ``base`` entries, and open the next epoch."""
        self.lost, self.log, self.book = {}, [], None
        self._begin(placed(log), base, 1)

    def _begin(self, entries, base, epoch):
        self.cut = entries[base:]
        self.lost |= {(one.position, one.hash): one for one in self.cut}
        self.log = entries[:base]
        self.book = Book(self.lost)
        for one in self.log:
            self.book.apply(one.position, one.entry)
        self.epoch = epoch
        last = self.log[-1]
        over = BranchTip(last.position.epoch, last.position.seq, last.hash)
        self.tell(an(BranchEpochOpened, epoch=epoch, base=over))

    def again(self, base):
        """Cut once more, behind ``base`` entries of all that counts, and open another epoch."""
        self._begin(self.log, base, self.epoch + 1)

    def tell(self, *entries):
        """Append branch entries; returns the place of the last."""
        for entry in entries:
            last = self.log[-1]
            seq = last.position.seq + 1 if last.position.epoch == self.epoch else 1
            place = Position(self.epoch, seq)
            name = sha256(last.hash + f"{place}{entry}".encode()).digest()
            self.log.append(Placed(place, entry, b"", name, last.hash if seq > 1 else b"genesis"))
            self.book.apply(place, entry)
        return self.book.position

    def restate(self, *entries):
        """Restate lost entries, all that this cut lost by default; openings get the next free ordinals."""
        for one in entries or self.cut:
            ordinal = None
            if type(one.entry) in OPENINGS:
                taken = getattr(self.book, OPENINGS[type(one.entry)])
                same = self.book.restated.named(one.entry)
                ordinal = same or len(taken) + 1
            self.tell(Restated(one.position, one.hash, ordinal, "CB001"))

    def tip(self):
        """Where the log that was cut ended, as a phone says that it held it."""
        last = self.cut[-1] if self.cut else self.log[-1]
        return BranchTip(last.position.epoch, last.position.seq, last.hash)

    def counts_at(self, place):
        """Where what stood at a place of the cut log counts now."""
        keys = [key for key in self.lost if key[0] == place]
        return self.book.restated.places[keys[0]] if keys else place

    def facts(self, known):
        """Phone entries as they mean something now, each by what its phone held of the log that was cut."""
        moved = [
            replace(
                fact,
                known=self._held(fact.known),
                ref=replace(fact.ref, writer=self.writer(fact.ref.writer)),
                received=None if fact.received is None else self.counts_at(fact.received),
            )
            for fact in known.all
        ]
        facts = merged(self.book.restated.facts(moved))
        return Facts(facts, forks_of(facts))

    def _held(self, known):
        """The tip of a made-up log, with the chain hash that it has there."""
        place = Position(known.epoch, known.seq)
        names = [name for at, name in self.lost if at == place]
        return replace(known, head=names[0]) if names else known

    def writer(self, ordinal):
        """The ordinal that counts of a phone."""
        return self.number("writers", ordinal)

    def number(self, space, ordinal):
        """The ordinal that counts of what the cut log called by an ordinal."""
        for one in self.lost.values():
            if OPENINGS.get(type(one.entry)) == space and one.entry.ordinal == ordinal:
                return self.book.restated.named(one.entry)
        return ordinal
