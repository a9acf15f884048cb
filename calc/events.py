"""What happens to a loan's principal: the vocabulary that accrual replays."""

from enum import IntEnum
from operator import attrgetter
from typing import final

from msgspec import Struct

from protocol.day import Day
from protocol.money import Dong


class Kind(IntEnum):
    """Kinds of events; the value is their order on one day (B24)."""

    DISBURSED = 0
    RATE = 1
    EXTENDED = 2
    OVERDUE = 3
    REPAID = 4
    FREEZE_LIFTED = 5
    FROZEN_IN_TERM = 6
    FROZEN_PART = 7
    FROZEN = 8
    WRITTEN_OFF = 9
    RESET = 10
    TICK = 11


@final
class Event(Struct, frozen=True):
    """One event of one loan; it takes effect at the start of its day. ``amount`` is in đồng.

    ==============  ======================================================================================
    disbursed       ``amount`` of principal paid out
    extended        ``amount`` of overdue principal returns to in term
    overdue         ``amount`` of in-term principal turns overdue
    repaid          ``amount`` of principal repaid, the overdue part first
    freeze lifted   ``amount`` of partly frozen principal bears interest again; the freeze that ends first
                    gives way first
    frozen in term  ``amount`` of in-term principal bears no interest before ``until``: the frozen part of
                    a loan that was brought forward (B22)
    frozen part     ``amount`` of principal, the overdue part first, bears no interest before ``until``
    frozen          the whole loan bears no interest before ``until``
    written off     nothing accrues from this day on
    reset           the cumulative starts anew: lưu vụ, or a new rounding policy (B12)
    ==============  ======================================================================================

    A rate is no `Event` but a `calc.rate.RateStep`; a tick changes nothing and only cuts the days.
    """

    on: Day
    kind: Kind
    amount: Dong = 0
    until: Day | None = None


ORDER = attrgetter("on", "kind")
"""Sort key of events and rate steps: by day, then by the order that B24 prescribes inside a day."""
