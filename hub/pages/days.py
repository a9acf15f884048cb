"""The pages of a transaction day: ``/`` (groups with their day) and ``/groups/{group}/days/{day}``.

A handler gathers, makes one frozen view, and fills one template. Everything works without a script; what
people or phones wrote is escaped by the template engine, and a name that is missing there is an error.
"""

import re
from collections.abc import Sequence
from datetime import date

from litestar import Response, Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import Guard
from msgspec import Struct

from hub.addresses import Asked, day_at, group_at
from hub.errors import FaultError, StoreError
from hub.pages.rendering import refuse, rendered
from hub.service.day.reconciliation import group_day
from hub.service.day.shown import GroupDay
from hub.service.day.staged import day_to_show, stage_of
from hub.service.day.statement import collection_statement
from hub.service.group.directory import Directory
from hub.service.group.groups import Groups
from hub.service.group.names import Heading, Names
from hub.service.group.state import GroupState
from hub.service.loan_book.imports import directory_of
from hub.service.tables.sheets import as_csv
from hub.wording import sentence
from protocol.day import Day, to_date

GROUPS_PER_PAGE = 50
_PAGE = re.compile(r"[1-9][0-9]{0,3}")


class DayPage(Struct, frozen=True):
    """A transaction day of a group, and all days that it opened, the newest first."""

    shown: GroupDay
    days: tuple[date, ...]


class GroupLine(Struct, frozen=True):
    """One group of the list, with its transaction day; or in ``fault`` why there is none to see."""

    code: str
    group: Heading | None = None
    day: date | None = None
    stage: str | None = None
    fault: str | None = None


class GroupList(Struct, frozen=True):
    """A page of the groups, numbered from 1."""

    lines: tuple[GroupLine, ...]
    page: int
    pages: int


def page_router(groups: Groups, here: Guard) -> Router:
    """Every page about transaction days, for a person whom ``here`` lets in."""
    return Router(
        path="/",
        route_handlers=_handlers(groups),
        guards=[here],
        exception_handlers={HTTPException: refuse, Exception: refuse},
    )


def _handlers(groups: Groups) -> Sequence[HTTPRouteHandler]:
    @get("/", sync_to_thread=True)
    def listing(request: Asked) -> Response[bytes]:
        typed = request.query_params.getall("page", ["1"])
        return rendered("groups.html", _group_list(groups, "".join(typed) if len(typed) == 1 else ""))

    @get("/groups/{group:str}/days/{day:str}", sync_to_thread=True)
    def shown(group: FromPath[str], day: FromPath[str]) -> Response[bytes]:
        return rendered("group_day.html", _day_page(groups, group_at(groups, group), day_at(day)))

    @get("/groups/{group:str}/days/{day:str}/statement.csv", sync_to_thread=True)
    def statement(group: FromPath[str], day: FromPath[str]) -> Response[bytes]:
        state, on = group_at(groups, group), day_at(day)
        sheet = collection_statement(state, directory_of(groups.store), on)
        name = f"13TD_{state.group}_{to_date(on)}.csv"
        return Response(
            as_csv(sheet),
            media_type="text/csv",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    return listing, shown, statement


def _day_page(groups: Groups, state: GroupState, day: Day) -> DayPage:
    opened = sorted((one.day for one in state.book.days.values() if one.opened is not None), reverse=True)
    return DayPage(group_day(state, directory_of(groups.store), day), tuple(map(to_date, opened)))


def _group_list(groups: Groups, typed: str) -> GroupList:
    codes = groups.codes()
    pages = max(1, -(-len(codes) // GROUPS_PER_PAGE))
    if not _PAGE.fullmatch(typed) or int(typed) > pages:
        raise NotFoundException
    page = int(typed)
    on_page = codes[(page - 1) * GROUPS_PER_PAGE : page * GROUPS_PER_PAGE]
    directory = directory_of(groups.store)
    return GroupList(tuple(_group_line(groups, directory, code) for code in on_page), page, pages)


def _group_line(groups: Groups, directory: Directory, code: str) -> GroupLine:
    """One group; one that is damaged does not hide the others."""
    try:
        state = groups.load(code)
        day = day_to_show(state)
    except FaultError as error:
        return GroupLine(code, fault=sentence(error.code, **error.shown))
    except StoreError as error:
        return GroupLine(code, fault=sentence(error.code))
    heading = Names(state, state.book, directory).heading(day)
    return GroupLine(code, heading, to_date(day), stage_of(state.book.days[day]))
