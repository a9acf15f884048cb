"""``GET /api/groups/{group}/days/{day}/members/{number}``: why a household is asked for what it is, as JSON.

For programs on this machine; ``known_on=2025-12-03`` asks as the log was known at the end of that date.
"""

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.types import Guard

from hub.addresses import Asked, day_at, group_at, known_on
from hub.service.group.groups import Groups
from hub.service.loan_book.imports import directory_of
from hub.service.reports.explaining import household_explained


def explanation_router(groups: Groups, here: Guard) -> Router:
    """The explanation of a household's dues, for a program that ``here`` lets in."""

    @get("/groups/{group:str}/days/{day:str}/members/{number:str}", sync_to_thread=True)
    def explanation(
        request: Asked, group: FromPath[str], day: FromPath[str], number: FromPath[str]
    ) -> Response[bytes]:
        found = household_explained(
            group_at(groups, group), directory_of(groups.store), number, day_at(day), known_on(request)
        )
        return Response(msgspec.json.encode(found), media_type="application/json")

    return Router(path="/api", route_handlers=[explanation], guards=[here])
