"""Whose turn it is with a group in this process: one thread at a time, and nobody waits for ever.

A store that answers one group slowly keeps whoever asks about that group waiting. A hub has a few dozen
threads: those that wait too long give up, so that the phones of other groups are served.
"""

import threading
from weakref import WeakValueDictionary

from hub.errors import StoreError

WAIT_S = 15.0
"""A phone waits 20 s for the first byte of an answer."""


class Turn:
    """A lock of one group, as a context: a thread may take it again while it has it."""

    def __init__(self, group: str, wait_s: float) -> None:
        """Nobody has it yet."""
        self._group = group
        self._wait_s = wait_s
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        """Wait for it; raises StoreError when others have it for too long."""
        if not self._lock.acquire(timeout=self._wait_s):
            raise StoreError(f"others work on group {self._group} for longer than {self._wait_s} s")

    def __exit__(self, *_: object) -> None:
        """Let the next one in."""
        self._lock.release()


class Turns:
    """The turns of all groups."""

    def __init__(self, wait_s: float = WAIT_S) -> None:
        """Start with none."""
        self._wait_s = wait_s
        # Names of groups are anybody's to invent: only those that somebody has or waits for are kept.
        self._turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()
        self._making = threading.Lock()

    def of(self, group: str) -> Turn:
        """The turn of a group, the same for every thread."""
        with self._making:
            return self._turns.setdefault(group, Turn(group, self._wait_s))

    def __len__(self) -> int:
        """How many groups somebody works on, or waits for."""
        return len(self._turns)
