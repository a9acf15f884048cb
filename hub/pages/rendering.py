"""How a page is made: one template, one frozen view, filters that write figures as people in Vietnam do.

What people or phones wrote is escaped by the template engine, and a name that is missing there is an error.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from calc.words import day as written
from calc.words import grouped, in_words, money
from hub.addresses import Asked
from hub.errors import FaultError
from hub.problem import problem
from hub.service.day import wording as day_wording
from hub.wording import sentence
from protocol.day import to_day

_HERE = Path(__file__).parent.parent


def rendered(template: str, view: object, status: int = 200) -> Response[bytes]:
    """A template filled with one view."""
    made = _templates.get_template(template).render(view=view)
    return Response(made.encode(), media_type="text/html", status_code=status)


def refuse(_: Asked, error: Exception) -> Response[bytes]:
    """A page that says why there is none; an unexpected error is logged, and not shown."""
    answer = problem(error)
    told = error.shown if isinstance(error, FaultError) else {}
    return rendered("problem.html", sentence(answer.code, **told), answer.status)


def stylesheet() -> HTTPRouteHandler:
    """The one style sheet of all pages."""
    style = (_HERE / "static" / "tovay.css").read_bytes()

    @get("/static/tovay.css", sync_to_thread=False)
    def tovay_css() -> Response[bytes]:
        return Response(style, media_type="text/css")

    return tovay_css


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=lambda value: written(to_day(value)),
        figure=grouped,
        money=money,
        signed=day_wording.signed,
        words=in_words,
        title=day_wording.entry_title,
        opened=lambda words: words[:1].upper() + words[1:],
        role=lambda role: day_wording.ROLES.get(role, role),
        round_flag=lambda flag: day_wording.ROUND_FLAGS[flag],
        organisation=lambda code: day_wording.ORGANISATIONS.get(code, code),
    )
    made.globals.update(stages=day_wording.STAGES, states=day_wording.STATES, planned=day_wording.PLANNED)
    return made


_templates = _environment()
