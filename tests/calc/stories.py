"""Random lives of one loan, told by branch facts of every kind in any order, sense or nonsense.

What contradicts itself is refused by the book; ``accepted`` says what counted, so that an oracle can be asked
about the same facts.
"""

from datetime import date, timedelta
from fractions import Fraction
from operator import add

from hypothesis import strategies as st
from msgspec.structs import replace

from calc.principal import replayed
from calc.problems import Oddity
from protocol.day import to_date, to_day
from protocol.loan_facts import (
    CreditRefunded,
    Disbursed,
    FreezeLifted,
    InstalmentOverdue,
    InstalmentScheduled,
    InterestAdjusted,
    InterestReceived,
    LoanBroughtForward,
    LoanExtended,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RateFrom,
    RecoveredAfterWriteOff,
)
from tests.calc import oracle
from tests.calc.groups import Group
from tests.facts import an

OPENED = date(2024, 2, 20)  # a leap day lies in every long story
FIRST = to_day(OPENED)
LENGTH = 60
LENT = 60_000_000
DAYS = st.integers(0, LENGTH).map(lambda offset: FIRST + offset)
AHEAD = st.integers(0, LENGTH + 30)
AMOUNTS = st.sampled_from([1, 2_500, 5_000_000, 10_000_000, 20_000_000, LENT])
INTEREST = st.integers(1, 900_000)
RATES = (62_400, 66_000, 79_200, 82_500)
BY = (None, "CB001")
MONEY = (InterestReceived, CreditRefunded)
KINDS = (
    *(Disbursed, LoanRenewed, LoanWrittenOff, RecoveredAfterWriteOff, InterestAdjusted, CreditRefunded),
    *(InterestReceived, LoanExtended, FreezeLifted),
    *(PrincipalRepaid, InstalmentOverdue, LoanFrozen, InstalmentScheduled) * 2,
)


def happening(fact, event):
    """What a fact says to the oracle: one event or none."""
    amount, until = getattr(fact, "amount", 0), getattr(fact, "until", None)
    event = {"on": to_date(fact.effective).isoformat(), "kind": event, "amount": amount}
    return event if until is None else event | {"until": to_date(until).isoformat()}


EVENTS = {
    Disbursed: "disbursed",
    PrincipalRepaid: "repaid",
    InstalmentOverdue: "overdue",
    LoanExtended: "extended",
    LoanFrozen: "frozen_part",
    FreezeLifted: "freeze_lifted",
    LoanWrittenOff: "written_off",
}


def fact_about(draw, kind):
    """One fact of a kind about loan 1."""
    day, amount = draw(DAYS), draw(INTEREST if kind in MONEY else AMOUNTS)
    more = {
        LoanExtended: lambda: (amount, day + draw(AHEAD), *BY),
        LoanFrozen: lambda: (day + 1 + draw(AHEAD), amount, *BY),
        LoanRenewed: lambda: (draw(st.sampled_from(RATES)), day + draw(AHEAD), *BY),
        RecoveredAfterWriteOff: lambda: (amount, 1_000, *BY),
        CreditRefunded: lambda: (amount, None, "CB001", "CB002"),
    }
    if kind is InterestAdjusted:
        bucket = draw(st.sampled_from(["in_term", "overdue", "grace"]))
        return an(InterestAdjusted, loan=1, bucket=bucket, amount=draw(st.integers(-50_000, 50_000)))
    return kind(1, day, *more.get(kind, lambda: (amount, *BY))())


def made_possible(group, fact):
    """The fact with the amount that there is, where a guess would hardly ever be right."""
    if isinstance(fact, LoanWrittenOff | LoanExtended | FreezeLifted):
        loan = group.book.loans[1]
        known = replayed(loan.events(group.book.view()), fact.effective)
        frozen = sum(freeze.amount for freeze in known.live_freezes(fact.effective))
        whole = {LoanWrittenOff: known.in_term + known.overdue, LoanExtended: known.overdue}
        return replace(fact, amount=whole.get(type(fact), max(1, frozen // 2)))
    return fact


@st.composite
def openings(draw):
    """A loan from its first day, or in the middle of its life; with a grace or without."""
    usual = {"ordinal": 1, "number": "L1", "opened_on": FIRST, "due_on": FIRST + draw(AHEAD)}
    usual["grace_end"] = draw(st.none() | DAYS)
    if draw(st.booleans()):
        return an(LoanOpened, **usual)
    frozen = draw(st.sampled_from([0, 10_000_000]))
    return an(
        LoanBroughtForward,
        as_of=FIRST,
        in_term=LENT - 20_000_000,
        overdue=draw(st.sampled_from([0, 10_000_000])),
        frozen=frozen,
        frozen_until=FIRST + 30 if frozen else None,
        rates=(RateFrom(FIRST - 400, 66_000),),
        arrears_in_term=draw(st.integers(-100_000, 100_000)),
        arrears_overdue=draw(st.integers(0, 100_000)),
        arrears_grace=draw(st.integers(0, 100_000)),
        prepaid=draw(st.integers(0, 100_000)),
        numerator_in_term=draw(st.integers(0, 10**10)),
        numerator_overdue=draw(st.integers(0, 10**10)),
        numerator_grace=draw(st.integers(0, 10**10)),
        **usual,
    )


@st.composite
def lives(draw):
    """What a branch says about one loan, in the order in which it says it."""
    opening = draw(openings())
    life = [opening, Disbursed(1, FIRST, LENT, *BY)] if isinstance(opening, LoanOpened) else [opening]
    group = told(life)
    sensible = draw(st.booleans())
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=8)):
        fact = fact_about(draw, kind)
        life.append(made_possible(group, fact) if sensible else fact)
        group.tell(life[-1])
    return life


def told(entries, decisions=()):
    """A group whose log says these things about a loan of its first member, after its rate decisions."""
    group = Group()
    group.member()
    for offset, ppm in decisions:
        group.decide(ppm=ppm, effective_from=(OPENED + timedelta(offset)).isoformat())
    group.tell(*entries)
    return group


DECISIONS = st.lists(st.tuples(st.integers(1, LENGTH), st.sampled_from(RATES)), max_size=2)


def accepted(group, entries):
    """Those of the last entries of a group's log that the book let count."""
    refused = {one.position for one in group.book.problems if one.oddity is not Oddity.BEFORE_HISTORY}
    places = [place for place, _ in group.log[-len(entries) :]]
    return [entry for place, entry in zip(places, entries, strict=True) if place not in refused]


def owed(entries, decisions, day):
    """Buckets that accrued by the oracle, day by day in fractions, and what was received of them."""
    opening, *rest = entries
    events = [happening(fact, EVENTS[type(fact)]) for fact in rest if type(fact) in EVENTS]
    carried, arrears, received = (0, 0, 0), [0, 0, 0], 0
    if isinstance(opening, LoanBroughtForward):
        eve = to_date(FIRST - 1).isoformat()
        whole = opening.in_term + opening.overdue + opening.frozen
        events += [
            {"on": eve, "kind": "disbursed", "amount": whole},
            {"on": eve, "kind": "overdue", "amount": opening.overdue},
        ]
        if opening.frozen:
            until = to_date(opening.frozen_until).isoformat()
            frozen = {"kind": "frozen_in_term", "amount": opening.frozen, "until": until}
            events.append({"on": eve} | frozen)
        carried = opening.numerator_in_term, opening.numerator_overdue, opening.numerator_grace
        arrears = [opening.arrears_in_term, opening.arrears_overdue, opening.arrears_grace]
        received = opening.prepaid
    events += rates_of(rest, decisions)
    for fact in rest:
        if isinstance(fact, InterestAdjusted):
            arrears[("in_term", "overdue", "grace").index(fact.bucket)] += fact.amount
        elif isinstance(fact, MONEY):
            received += fact.amount if isinstance(fact, InterestReceived) else -fact.amount
    grace_end = None if opening.grace_end is None else to_date(opening.grace_end)
    for number, exact in enumerate(oracle.chapters(events, OPENED, to_date(day), grace_end)):
        more = [Fraction(part, 365_000_000) for part in (carried if number == 0 else (0, 0, 0))]
        parts = list(map(add, exact, more))
        sums = [oracle.round_up_half(sum(parts[:count])) for count in range(4)]
        arrears = [known + sums[i + 1] - sums[i] for i, known in enumerate(arrears)]
    return arrears, received


def rates_of(entries, decisions):
    """Rate and reset events of the oracle: of one day the last told of the contract yields to a decision."""
    rates = {to_date(FIRST - 400).isoformat(): 66_000}
    renewals = [fact for fact in entries if isinstance(fact, LoanRenewed)]
    days = {to_date(fact.effective).isoformat(): fact.ppm for fact in renewals}
    decided = {}
    for offset, ppm in decisions:
        decided[(OPENED + timedelta(offset)).isoformat()] = ppm
    rates |= days | decided
    found = [{"on": on, "kind": "rate", "ppm": ppm} for on, ppm in rates.items()]
    return found + [{"on": to_date(fact.effective).isoformat(), "kind": "reset"} for fact in renewals]
