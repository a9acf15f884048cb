"""The page of one household, ``/groups/{group}/days/{day}/members/{number}``: every loan laid open."""

from litestar import Response, Router, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.types import Guard

from hub.addresses import Asked, day_at, group_at, known_on
from hub.pages.rendering import refuse, rendered
from hub.service.group.groups import Groups
from hub.service.loan_book.imports import directory_of
from hub.service.reports.explaining import household_explained


def household_router(groups: Groups, here: Guard) -> Router:
    """The household page, for a person whom ``here`` lets in."""

    @get("/groups/{group:str}/days/{day:str}/members/{number:str}", sync_to_thread=True)
    def household(
        request: Asked, group: FromPath[str], day: FromPath[str], number: FromPath[str]
    ) -> Response[bytes]:
        directory = directory_of(groups.store)
        state = group_at(groups, group)
        return rendered(
            "household.html", household_explained(state, directory, number, day_at(day), known_on(request))
        )

    return Router(
        path="/",
        route_handlers=[household],
        guards=[here],
        exception_handlers={HTTPException: refuse, Exception: refuse},
    )
