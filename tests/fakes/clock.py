"""Clocks in a world without one: the world's own time, and phones that have an opinion about it."""

from datetime import UTC, datetime, timedelta

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Time:
    """The true time; it moves when it is told to."""

    def __init__(self, now):
        self.now = now

    def wait(self, **given):
        """Let time pass."""
        self.now += timedelta(**given)


class Clock:
    """A clock that is set and runs as its owner's does: ``skew`` off, ``drift`` seconds more each hour."""

    def __init__(self, time):
        self._time, self._since = time, time.now
        self.skew, self.drift = timedelta(), 0

    def __call__(self):
        """What this clock shows."""
        gone = self._time.now - self._since
        shown = self._time.now + self.skew + gone * self.drift / 3_600
        return min(max(shown, EARLIEST), LATEST)

    def set(self, moment):
        """Set it to a moment, whatever the true time."""
        self._since = self._time.now
        self.skew = moment - self._time.now
