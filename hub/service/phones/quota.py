"""The daily byte quota of a key (L9): far above honest use, so that reaching it is an alarm.

What is counted of a seal are its bytes as they are opened, because every fold opens them again, and the texts
that came with it.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from hub.errors import QuotaError, StoreError
from protocol.limits import DAILY_BYTES_PER_KEY_MAX


class Quota:
    """New bytes taken from each key on the current day (UTC). It starts anew with the process."""

    def __init__(self, bytes_max: int = DAILY_BYTES_PER_KEY_MAX) -> None:
        """Start a day on which nothing was taken."""
        self._bytes_max = bytes_max
        self._taking = threading.Lock()
        self._midnight = datetime.min.replace(tzinfo=UTC)
        self._taken: dict[bytes, int] = {}

    def take(self, writer: bytes, count: int, now: datetime) -> None:
        """Count bytes of a key; raises QuotaError where they are over its quota, which is used up then."""
        with self._taking:
            if now >= self._midnight:
                today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
                self._midnight = today + timedelta(days=1)
                self._taken = {}
            taken = self._taken.get(writer, 0) + count
            if taken > self._bytes_max:
                self._taken[writer] = self._bytes_max
                raise QuotaError((self._midnight - now) // timedelta(seconds=1) + 1)
            self._taken[writer] = taken

    @contextmanager
    def bill(self, now: datetime) -> Iterator[Callable[[bytes, int], None]]:
        """Within it, what it gives does as ``take``; what could not be stored counts no longer."""
        taken: Counter[bytes] = Counter()

        def take(writer: bytes, count: int) -> None:
            self.take(writer, count, now)
            taken[writer] += count

        try:
            yield take
        except StoreError:
            with self._taking:
                for writer, count in taken.items():
                    self._taken[writer] = max(0, self._taken.get(writer, 0) - count)
            raise
