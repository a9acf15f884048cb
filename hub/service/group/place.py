"""Where something stands in a branch log, as people and programs read it."""

from msgspec import Struct


class Place(Struct, frozen=True):
    """A place in the branch log."""

    epoch: int
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"
