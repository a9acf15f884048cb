"""What the appender does in the background: it reads its groups, and receives what other hubs stored (L14).

After a start the groups are read into memory while there is room, so that a morning's first phones do not
wait for that, with pauses as long as the reading: phones that come meanwhile go first. From then on each
round looks at a bounded number of groups and the next one goes on from there, so that a large branch costs no
more at a time than a small one. A phone that comes again is faster: its exchange receives at once.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Callable

from structlog import get_logger

from hub.errors import DamagedError, HubError
from hub.service.group.groups import Groups
from hub.service.phones.intake import Intake

ROUND_GROUPS_MAX = 200
_END_WITHIN_S = 5.0

_log = get_logger()


class Sweep:
    """A thread that ends with the hub; ``every_s`` lies between two rounds."""

    def __init__(self, groups: Groups, intake: Intake, every_s: float) -> None:
        """Do nothing yet."""
        self._groups = groups
        self._intake = intake
        self._every_s = every_s
        self._after = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin, with the first round after one wait: the hub has just caught up."""
        self._thread.start()

    def stop(self) -> None:
        """End after the group that is being looked at."""
        self._ended.set()
        self._thread.join(_END_WITHIN_S)

    def warm(self) -> None:
        """Read groups into memory until all are there, or as many as are kept."""
        for code in self._groups.codes():
            started = time.monotonic()
            if not self._groups.loading.has_room:
                return
            try:
                self._groups.load(code)
            except DamagedError as error:
                _log.error("group_damaged", group=code, cause=str(error))
            if self._ended.wait(time.monotonic() - started):
                return

    def once(self) -> None:
        """Look at the next groups, the first again behind the last."""
        codes = self._groups.codes()
        first = bisect_right(codes, self._after)
        for code in codes[first : first + ROUND_GROUPS_MAX]:
            if self._ended.is_set():
                return
            self._intake.catch_up([code])
        self._after = codes[first + ROUND_GROUPS_MAX - 1] if first + ROUND_GROUPS_MAX < len(codes) else ""

    def _run(self) -> None:
        self._guarded(self.warm)
        while not self._ended.wait(self._every_s):
            self._guarded(self.once)

    @staticmethod
    def _guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except HubError as error:
            _log.error("not_swept", cause=str(error))
        except Exception as error:  # noqa: BLE001 (work that fails must not end what comes after it)
            _log.error("internal_error", exc_info=error)
