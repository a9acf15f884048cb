"""The appender receives in the background what other hubs of the branch stored while it was away (L14).

Each round looks at a bounded number of groups and the next one goes on from there, so that a large branch
costs no more at a time than a small one. A phone that comes again is faster: its exchange receives at once.
"""

import threading
from bisect import bisect_right

from structlog import get_logger

from hub.errors import HubError
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
        while not self._ended.wait(self._every_s):
            try:
                self.once()
            except HubError as error:
                _log.error("not_swept", cause=str(error))
            except Exception as error:  # noqa: BLE001 (a round that fails must not end all later ones)
                _log.error("internal_error", exc_info=error)
