"""Holds requests back from a server that let others wait in vain (N82).

A hub has a few dozen threads. If each of them waited for a server that hangs, nobody would get an answer, not
even that the server hangs.
"""

import threading
import time

from hub.errors import EngineError
from hub.store.couch_answers import is_wait


class Fuse:
    """Holds requests back from a server that let two in a row wait; a context around each request."""

    def __init__(self, wait_s: float, pause_s: float) -> None:
        """``wait_s`` is how long a request waits; ``pause_s`` for how long none is sent after two in vain."""
        self._wait_s, self._pause_s = wait_s, pause_s
        self._lock = threading.Lock()
        self._waits = 0
        self._shut_until = 0.0

    def __enter__(self) -> None:
        """Raise EngineError while no request may be sent."""
        with self._lock:
            now = time.monotonic()
            if now < self._shut_until:
                raise EngineError("slow", "the server let others wait")
            if self._shut_until:
                self._shut_until = now + self._wait_s

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Learn how the request ended."""
        waited = isinstance(error, EngineError) and is_wait(error.__cause__)
        with self._lock:
            self._waits = self._waits + 1 if waited else 0
            self._shut_until = time.monotonic() + self._pause_s if self._waits > 1 else 0.0
