"""The one place of the phone that reads the time; everything else takes a clock."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from edge.errors import Fault, InputError

REHEARSAL = "TOVAY_NOW"
"""Environment variable with an ISO 8601 instant and its offset: rehearsals stand still at that moment."""

_REHEARSED_YEARS = range(2000, 2100)


def clock(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """The host's clock, or the rehearsal's; raises InputError when the rehearsal's moment is none."""
    told = environ.get(REHEARSAL)
    if told is None:
        return lambda: datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise InputError(Fault.NOT_A_MOMENT, typed=told) from error
    if moment.tzinfo is None or moment.year not in _REHEARSED_YEARS:
        raise InputError(Fault.NOT_A_MOMENT, typed=told)
    return lambda: moment
