"""Refusals at the phones' doors: counted, written to the audit, and bounded (threat R94).

Inside one window a source with too many refusals is not heard any more. When the refusals of all sources
together are too many, right requests are still granted (a secret of 65 bits is not guessed), wrong ones
are answered 429 and no longer written one by one, so that nobody can fill the disk. Both raise one alarm a
window.
"""

from pathlib import Path

from sqlite_utils import Database

from provisioning.database import Audit, note, reading, writing
from provisioning.errors import DoorError, TooManyGuessesError
from provisioning.settings import Settings

REFUSED = "door"
ALARM = "alarm"


class Guesses:
    """The refusals of one register file."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Remember the file and the bounds."""
        self._path = path
        self._window_ms = settings.guess_window_s * 1_000
        self._retry = TooManyGuessesError(settings.guess_window_s)
        self._per_source = settings.guesses_per_source
        self._in_all = settings.guesses_in_all

    def check(self, source: str, at: int) -> None:
        """Raise TooManyGuessesError when this source was refused too often."""
        with reading(self._path) as database:
            if self._count(database, at, "AND actor = ?", source) < self._per_source:
                return
        with writing(self._path) as database:
            self._alarm(database, at, source)
        raise self._retry

    def refused(self, error: DoorError, subject: str, source: str, at: int) -> DoorError:
        """Write down a refusal; returns the error to answer with."""
        with writing(self._path) as database:
            if self._count(database, at) < self._in_all:
                note(database, Audit(at, source, REFUSED, subject, error.code))
                return error
            self._alarm(database, at, source)
        return self._retry

    def _count(self, database: Database, at: int, condition: str = "", *arguments: str) -> int:
        counted = database.execute(
            f"SELECT count(*) FROM audit WHERE action = ? AND at > ? {condition}",  # noqa: S608 (our constant)
            [REFUSED, at - self._window_ms, *arguments],
        )
        return int(counted.fetchone()[0])

    def _alarm(self, database: Database, at: int, source: str) -> None:
        database.execute(
            "INSERT INTO audit (at, actor, action, subject, outcome)"
            " SELECT :at, :source, :alarm, 'enrolment', :outcome"
            " WHERE NOT EXISTS (SELECT 1 FROM audit WHERE action = :alarm AND at > :since)",
            {
                "at": at,
                "source": source,
                "alarm": ALARM,
                "outcome": self._retry.code,
                "since": at - self._window_ms,
            },
        )
