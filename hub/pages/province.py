"""The page of a province, ``/``: what came of every branch, the sums, and whoever is missing from them.

Its tables are the sheets that the command writes, also as CSV under ``/tables/``.
"""

from collections.abc import Callable, Iterable

from litestar import Response, Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath
from litestar.types import Guard
from msgspec import Struct

from calc.words import day as written
from calc.words import money, percent
from hub.addresses import Asked, day_asked
from hub.pages.rendering import refuse, rendered
from hub.service.rollup.province import TABLES, collected, overdue, table
from hub.service.rollup.reading import Gathered
from hub.service.rollup.wording import days_told, heading, warnings
from hub.service.tables.sheets import Cell, Sheet, as_csv, shown
from protocol.day import Day

Gathering = Callable[[Day | None], Gathered]


class Shown(Struct, frozen=True):
    """A table: headings and cells as people read them, each with whether it is words."""

    kind: str
    title: str
    headings: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, bool], ...], ...]
    totals: tuple[tuple[str, bool], ...]


class ProvincePage(Struct, frozen=True):
    """Over how many branches the sums are, of which days, and what must be known before them."""

    title: str
    heading: str
    days: str
    on: str
    asked: str
    warnings: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    tables: tuple[Shown, ...]


def province_router(gathering: Gathering, title: str, here: Guard) -> Router:
    """The page and its tables, for a person whom ``here`` lets in."""

    @get("/", sync_to_thread=True)
    def page(request: Asked) -> Response[bytes]:
        asked = day_asked(request, "day")
        typed = "" if asked is None else request.query_params["day"]
        return rendered("province.html", _page(gathering(asked), title, typed))

    @get("/tables/{name:str}", sync_to_thread=True)
    def csv(request: Asked, name: FromPath[str]) -> Response[bytes]:
        kind, dot, form = name.partition(".")
        if kind not in TABLES or (dot, form) != (".", "csv"):
            raise NotFoundException
        made = as_csv(table(kind, gathering(day_asked(request, "day"))))
        named = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(made, media_type="text/csv", headers=named)

    return Router(
        path="/",
        route_handlers=[page, csv],
        guards=[here],
        exception_handlers={HTTPException: refuse, Exception: refuse},
    )


def _page(found: Gathered, title: str, asked: str) -> ProvincePage:
    totals = found.totals
    return ProvincePage(
        title=title,
        heading=heading(found),
        days=days_told(one.day for one in found.counted if one.day is not None),
        on=written(found.asked.on),
        asked=asked,
        warnings=warnings(found),
        figures=(
            ("Dư nợ gốc", money(totals.principal_dong)),
            ("Nợ quá hạn", money(totals.overdue_dong)),
            ("Tỷ lệ quá hạn", _rate(overdue(totals).ppm)),
            ("Tiền gửi", money(totals.savings_dong)),
            ("Lãi thu trong tháng", money(totals.received_dong)),
            ("Tỷ lệ thu trên lãi trong tháng", _rate(collected(totals).ppm)),
        ),
        tables=tuple(_shown(kind, table(kind, found)) for kind in TABLES),
    )


def _shown(kind: str, sheet: Sheet) -> Shown:
    words = [column.kind == "text" for column in sheet.columns]

    def cells(row: Iterable[Cell]) -> tuple[tuple[str, bool], ...]:
        return tuple(zip(map(shown, sheet.columns, row), words, strict=True))

    headings = tuple(zip((column.heading for column in sheet.columns), words, strict=True))
    return Shown(kind, sheet.title.capitalize(), headings, tuple(map(cells, sheet.rows)), cells(sheet.totals))


def _rate(ppm: int | None) -> str:
    return "chưa có" if ppm is None else percent(ppm)
