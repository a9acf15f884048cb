"""A loan told by branch facts in any order owes what an independent oracle finds (B10, B12, B22)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calc.dues import loan_due
from protocol.day import to_day
from protocol.loan_facts import Disbursed, InstalmentOverdue, LoanFrozen, LoanRenewed, PrincipalRepaid
from tests.calc import oracle
from tests.calc.groups import Group
from tests.facts import an

OPENED = date(2025, 3, 10)
LENT = 10**9
LENGTH = 60
AMOUNTS = st.integers(1, 10**6) | st.sampled_from([2_500, 94_687_000])
OFFSETS = st.integers(0, LENGTH)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["disbursed", "repaid", "overdue"]), OFFSETS, AMOUNTS), max_size=6
)
FREEZES = st.lists(st.tuples(OFFSETS, st.integers(1, 30), AMOUNTS), max_size=2)
RATES = st.dictionaries(st.integers(1, LENGTH), st.sampled_from([62_400, 73_000, 90_000]), max_size=3)
RENEWALS = st.sets(st.integers(1, LENGTH), max_size=2)
KINDS = {"disbursed": Disbursed, "repaid": PrincipalRepaid, "overdue": InstalmentOverdue}


@st.composite
def stories(draw):
    """Branch facts in some order, and the same as events of the oracle."""
    facts, events = [], [happening("disbursed", 0, amount=LENT), happening("rate", 0, ppm=66_000)]
    for kind, offset, amount in draw(EVENTS):
        facts.append(KINDS[kind](1, day(offset), amount, None, "core"))
        events.append(happening(kind, offset, amount=amount))
    for offset, days, amount in draw(FREEZES):
        facts.append(LoanFrozen(1, day(offset), day(offset + days), amount, None, "core"))
        until = (OPENED + timedelta(offset + days)).isoformat()
        events.append(happening("frozen_part", offset, amount=amount, until=until))
    rates = draw(RATES)
    for offset in draw(RENEWALS) - rates.keys():
        facts.append(an(LoanRenewed, loan=1, effective=day(offset), ppm=66_000, core_ref=None))
        events += [happening("reset", offset), happening("rate", offset, ppm=66_000)]
    events += [happening("rate", offset, ppm=ppm) for offset, ppm in rates.items()]
    return draw(st.permutations([*facts, *rates.items()])), events


def happening(kind, offset, **fields):
    """One event of the oracle so many days after the loan was opened."""
    return {"on": (OPENED + timedelta(offset)).isoformat(), "kind": kind, **fields}


def day(offset):
    """Day number so many days after the loan was opened."""
    return to_day(OPENED) + offset


@given(stories(), st.integers(0, LENGTH + 10), st.none() | OFFSETS)
def test_a_loan_told_in_any_order_owes_what_the_oracle_finds(story, to, grace):
    told, events = story
    made = Group()
    grace_end = None if grace is None else day(grace)
    made.lend(made.member(), LENT, opened=OPENED.isoformat(), grace_end=grace_end)
    for one in told:
        if isinstance(one, tuple):
            made.decide(ppm=one[1], effective_from=(OPENED + timedelta(one[0])).isoformat())
        else:
            made.tell(one)
    assert made.oddities == []
    found = loan_due(made.book, made.book.loans[1], day(to))
    ends = None if grace is None else OPENED + timedelta(grace)
    in_term = overdue = in_grace = 0
    for exact in oracle.chapters(events, OPENED, OPENED + timedelta(to), ends):
        first = oracle.round_up_half(exact[0])
        both = oracle.round_up_half(exact[0] + exact[1])
        in_term += first
        overdue += both - first
        in_grace += oracle.round_up_half(sum(exact)) - both
    assert (found.accrued.in_term, found.accrued.overdue, found.accrued.grace) == (in_term, overdue, in_grace)
    joined = grace is None or to >= grace
    assert found.payable == in_term + overdue + (in_grace if joined else 0)
