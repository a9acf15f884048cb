"""Random histories of one loan: as lines of ``tovay-calc``, whatever sense they make, in any order."""

from datetime import date, timedelta

from hypothesis import strategies as st

FIRST = date(2024, 2, 20)  # a leap day lies in every long window
LENGTH = 45
DAYS = st.integers(0, LENGTH).map(lambda n: (FIRST + timedelta(n)).isoformat())
AMOUNTS = st.integers(1, 12) | st.integers(1, 5).map(lambda n: n * 2_500) | st.integers(1, 10**14)
PPM = st.sampled_from([0, 48_000, 62_400, 66_000, 73_000, 79_200, 82_500, 66_001])
FACTORS = st.sampled_from([0, 1_000_000, 1_300_000, 1_500_000])


def event(kind, **fields):
    """One event of a kind, on any day."""
    return st.fixed_dictionaries({"on": DAYS, "kind": st.just(kind), **fields})


@st.composite
def freezes(draw, kind="frozen", **fields):
    """A freeze of at least one day."""
    on, until = sorted(draw(st.lists(DAYS, min_size=2, max_size=2, unique=True)))
    return {"on": on, "kind": kind, "until": until, **{name: draw(value) for name, value in fields.items()}}


@st.composite
def windows(draw):
    """First day and day after the last, which may be the same."""
    return sorted(draw(st.lists(DAYS, min_size=2, max_size=2)))


PRINCIPAL = st.one_of(
    event("disbursed", amount=AMOUNTS),
    event("repaid", amount=AMOUNTS),
    event("overdue", amount=AMOUNTS),
    event("extended", amount=AMOUNTS),
)
RATES = st.one_of(
    event("rate", ppm=PPM),
    event("overdue_rate", factor_ppm=FACTORS),
    event("overdue_rate"),
)
PAID = event("interest_paid", amount=AMOUNTS)


@st.composite
def lines(draw):
    """A line that is well formed; most make sense, for the loan begins with much, part of it overdue."""
    many = draw(st.sampled_from([1, 30, 10**9, 10**16]))
    opening = [
        {"on": FIRST.isoformat(), "kind": "disbursed", "amount": many * draw(st.integers(10, 20))},
        {"on": FIRST.isoformat(), "kind": "rate", "ppm": draw(PPM)},
        {"on": FIRST.isoformat(), "kind": "overdue", "amount": many * draw(st.integers(1, 9))},
    ]
    befalling = [
        *draw(st.lists(PRINCIPAL, max_size=5)),
        *draw(st.lists(RATES, max_size=3)),
        *draw(st.lists(freezes(), max_size=2)),
        *draw(st.lists(PAID, max_size=2)),
        *draw(st.lists(event("written_off"), max_size=1)),
    ]
    events = agreeing(opening[: draw(st.sampled_from([2, 3, 3]))] + befalling)
    start, end = draw(windows())
    return {"id": None, "from": start, "to": end, "events": draw(st.permutations(events))}


def agreeing(events):
    """Without the events that would set one rate twice on one day."""
    set_on = set()
    kept = []
    for one in events:
        place = (one["on"], one["kind"])
        if one["kind"] not in {"rate", "overdue_rate"} or place not in set_on:
            kept.append(one)
        set_on.add(place)
    return kept
