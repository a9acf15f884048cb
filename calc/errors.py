"""Errors of calc, grouped by who must act. ``code`` is stable; the exception's text is for developers.

CalcError
├── LineError      the writer of the line: its form is not the one that B24 prescribes
└── LoanError      the branch: what it knows of a loan cannot be calculated
    ├── HistoryError   facts contradict each other
    └── RateError      a day that bears interest has no rate, or none that is a whole ppm
"""

from enum import StrEnum

from protocol.day import Day, to_date


class LineFault(StrEnum):
    """What can be wrong in the form of a line; of several, the first in this order is told."""

    LINE_TOO_LONG = "line_too_long"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    BAD_ID = "bad_id"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    NOT_A_LIST = "not_a_list"
    UNKNOWN_KIND = "unknown_kind"
    NOT_A_DATE = "not_a_date"
    NOT_AN_INTEGER = "not_an_integer"
    INTEGER_TOO_LONG = "integer_too_long"
    NEGATIVE = "negative"
    FREEZE_REVERSED = "freeze_reversed"
    NO_FIRST_EVENT = "no_first_event"
    WINDOW_REVERSED = "window_reversed"


class HistoryFault(StrEnum):
    """How the facts of one loan can contradict each other."""

    OVER_REPAYMENT = "over_repayment"
    OVERDUE_EXCEEDS_IN_TERM = "overdue_exceeds_in_term"
    EXTENSION_EXCEEDS_OVERDUE = "extension_exceeds_overdue"
    LIFT_EXCEEDS_FROZEN = "lift_exceeds_frozen"


class RateFault(StrEnum):
    """Why a day that bears interest has no usable rate."""

    NO_RATE = "no_rate"
    NO_WHOLE_PPM = "no_whole_ppm"


class CalcError(Exception):
    """Base of everything that calc refuses."""

    def __init__(self, fault: LineFault | HistoryFault | RateFault, text: str) -> None:
        """Remember the fault; its value is the stable ``code``."""
        super().__init__(text)
        self.fault = fault
        self.code = fault.value


class LineError(CalcError):
    """A line in another form than B24; ``event`` counts from 1, ``key`` is the member concerned."""

    def __init__(self, fault: LineFault, *, event: int | None = None, key: str | None = None) -> None:
        """Remember the fault and where it stands."""
        super().__init__(fault, f"{fault} (event {event}, key {key!a})")
        self.event = event
        self.key = key


class LoanError(CalcError):
    """A loan that cannot be accrued from ``on`` on."""

    def __init__(self, fault: HistoryFault | RateFault, on: Day) -> None:
        """Remember the fault and the first day that shows it."""
        super().__init__(fault, f"{fault} on {to_date(on)}")
        self.on = on


class HistoryError(LoanError):
    """Facts of a loan that cannot all be true."""


class RateError(LoanError):
    """A day with interest-bearing principal and no usable rate."""
