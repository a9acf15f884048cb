"""Two people who correct what was taken in, and what a test asks about it afterwards."""

from itertools import count as numbers

import pytest

from calc.cash import in_transit
from hub.errors import CorrectionError, DayError
from hub.service.corrections.decided import Signed, correct
from hub.service.group.known import known_facts
from protocol.exchange import DetachedText
from tests.hub.builders import GROUP
from tests.hub.days import DAY

SALTS = numbers(1_000)


def signed(paper=None, by="KSV01", confirmed_by="GDV01"):
    """Two people, and perhaps a paper; every paper that is read gets a salt of its own."""
    text = None if paper is None else DetachedText(next(SALTS).to_bytes(16, "big"), paper.encode())
    return Signed(by, confirmed_by, text)


def decide(day, decision, paper=None, **people):
    return correct(day.groups, GROUP, decision, signed(paper, **people))


def refusal(day, decision, paper=None, **people):
    """The code with which a correction is refused; nothing is written."""
    before = day.entries
    with pytest.raises((CorrectionError, DayError)) as caught:
        decide(day, decision, paper, **people)
    assert day.entries == before
    return caught.value.code


def settled(day, counted, on=DAY):
    day.count(counted, day=on)
    day.settle(day=on)
    return day


def transit(day):
    state = day.state
    return in_transit(state.book, known_facts(state))


def open_difference(day):
    return day.state.book.days[DAY].difference_open


def seems_to_have_paid_twice(day):
    """Member 1 seems to have paid both phones 272,000 đ; both rounds are closed and received."""
    for phone in (day.leader, day.deputy):
        day.collect(phone, 1, 272_000, 271_233)
        day.close_round(phone, 272_000)
    day.sync()
    return day
