"""What people wrote down beside the phones: the truth that no chain, seal or fold has touched."""

from msgspec import Struct


class Line(Struct, frozen=True):
    """One thing that a phone said is saved: its chain hash, its seq in which epoch, and the cash it took."""

    epoch: int
    seq: int
    hash: bytes
    cash: int


class Paper:
    """One holder's notebook.

    ``saved`` are lines in the order in which the phone said "saved"; ``torn`` are lines whose storage was
    destroyed or put back by hand, which the phone cannot be blamed for; ``acknowledged`` are runs that the
    phone showed as acknowledged.
    """

    def __init__(self, saved=(), torn=()):
        self.saved, self.torn = list(saved), list(torn)
        self.acknowledged = set()

    def copy(self):
        """The notebook of somebody who took the phone over as it is now."""
        return Paper(self.saved, self.torn)

    def write(self, line):
        """The phone said that it is saved."""
        self.saved.append(line)

    def back_to(self, kept):
        """The storage was put back to when these hashes were on it, and no others."""
        lines = sorted({*self.saved, *self.torn}, key=lambda line: (line.epoch, line.seq, line.hash))
        self.saved = [line for line in lines if line.hash in kept]
        self.torn = [line for line in lines if line.hash not in kept]
