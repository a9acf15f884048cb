"""What the address of a page names; what it does not name exactly is not found."""

import re
from datetime import date
from typing import Any, TypeAlias

from litestar import Request
from litestar.exceptions import NotFoundException

from hub.service.group.groups import Groups
from hub.service.group.state import GroupState
from protocol.day import Day, to_day

Asked: TypeAlias = Request[Any, Any, Any]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def group_at(groups: Groups, typed: str) -> GroupState:
    """The group of a code."""
    if not _CODE.fullmatch(typed):
        raise NotFoundException
    return groups.load(typed)


def day_at(typed: str) -> Day:
    """A day written 2025-12-17."""
    try:
        return to_day(date.fromisoformat(typed if _ISO_DAY.fullmatch(typed) else ""))
    except ValueError as error:
        raise NotFoundException from error


def known_on(request: Asked) -> Day | None:
    """The date at whose end the log is to be read, if the address asks for one, once."""
    return day_asked(request, "known_on")


def day_asked(request: Asked, name: str) -> Day | None:
    """The day behind a question mark, if the address asks for one, once."""
    typed = request.query_params.getall(name, [])
    if not typed:
        return None
    return day_at("".join(typed) if len(typed) == 1 else "")
