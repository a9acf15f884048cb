"""What travels up, composed: the outbox of a branch, and the doors of a province, which holds no branch.

A province, like the nation above it, has a file of settings and a database of roll-ups: no key, no register,
no group, and nobody's name.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from litestar import Litestar
from litestar.exceptions import HTTPException
from msgspec import Struct

from hub.access import at_this_machine
from hub.app import Hub, clock
from hub.gate import Gate
from hub.pages.province import province_router
from hub.pages.rendering import stylesheet
from hub.ports import Rollups
from hub.problem import refuse
from hub.province_settings import ProvinceSettings, load
from hub.service.rollup.reading import Asked, Gathered, gather
from hub.store.opening import open_outbox, open_rollups
from protocol.day import Day, day_of
from provisioning import settings as branch_settings


class Province(Struct, frozen=True):
    """A database of roll-ups, opened."""

    settings: ProvinceSettings
    rollups: Rollups
    clock: Callable[[], datetime]

    def gathered(self, day: Day | None = None) -> Gathered:
        """What is there of every branch, looking back from a day, by default today."""
        on = day_of(self.clock()) if day is None else day
        return gather(self.rollups, Asked(self.settings.branches, on, self.settings.old_days))


@contextmanager
def outbox_of(hub: Hub) -> Iterator[Rollups | None]:
    """Where a branch's roll-ups travel from; None where its store does not replicate.

    Raises:
        SettingsError, StoreError: it cannot be used.
    """
    outbox = open_outbox(hub.directory, hub.settings, branch_settings.load(hub.directory).branch)
    with nullcontext() if outbox is None else closing(outbox):
        yield outbox


@contextmanager
def province_of(path: Path, environ: Mapping[str, str]) -> Iterator[Province]:
    """The province of a file of settings.

    Raises:
        SettingsError, StoreError: the file or the database cannot be used.
    """
    settings = load(path)
    with closing(open_rollups(path.parent, settings)) as rollups:
        yield Province(settings, rollups, clock(environ))


def province_app(province: Province) -> Gate:
    """The page of a province, for a person at its own machine."""
    router = province_router(province.gathered, province.settings.title, at_this_machine())
    app = Litestar(
        route_handlers=[router, stylesheet()],
        exception_handlers={HTTPException: refuse, Exception: refuse},
        openapi_config=None,
        logging_config=None,
    )
    return Gate(app, https=False)
