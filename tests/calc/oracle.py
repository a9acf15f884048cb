"""An independent answer: every day by itself, in fractions, written from the rules (B10, B12, B13, B24).

It shares no code with calc. Events are the dicts of ``tovay-calc``; a loan may also have the kinds
``frozen_part``, ``frozen_in_term``, ``freeze_lifted`` and ``reset``. Days are `datetime.date`.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

ORDER = (
    "interest_paid",
    "disbursed",
    "rate",
    "overdue_rate",
    "extended",
    "overdue",
    "repaid",
    "freeze_lifted",
    "frozen_in_term",
    "frozen_part",
    "frozen",
    "written_off",
    "reset",
)
HALF = Fraction(1, 2)
YEAR = 365


class ContradictionError(Exception):
    """The rules give no answer."""


def answer(line):
    """What ``tovay-calc`` must answer to a well-formed line, without its id."""
    events = line["events"]
    end = date.fromisoformat(line["to"])
    start = date.fromisoformat(line["from"]) if "from" in line else min(map(day_of, events))
    if start > end:
        raise ContradictionError
    interest = {"in_term": Fraction(0), "overdue": Fraction(0)}
    lines = []
    applied = [event for event in events if day_of(event) < end]
    loan_on(applied, end)
    for day in days(start, end):
        loan = loan_on(applied, day)
        for kind, balance, rate in bearing(loan):
            interest[kind] += balance * rate / YEAR
            lines.append((day, kind, balance, rate * 1_000_000))
    paid = sum(
        event["amount"]
        for event in events
        if event["kind"] == "interest_paid" and start <= day_of(event) < end
    )
    total = round_up_half(interest["in_term"] + interest["overdue"])
    return {
        "interest": total,
        "numerator": (interest["in_term"] + interest["overdue"]) * 365_000_000,
        "denominator": 365_000_000,
        "in_term": round_up_half(interest["in_term"]),
        "overdue": total - round_up_half(interest["in_term"]),
        "paid": paid,
        "due": total - paid,
        "segments": segments(lines),
    }


def chapters(events, start, end, grace_end):
    """Exact interest in đồng of a loan from reset to reset, in term, overdue and in grace."""
    found = [[Fraction(0), Fraction(0), Fraction(0)]]
    applied = [event for event in events if day_of(event) < end]
    loan_on(applied, end)
    for day in days(start, end):
        resets = sum(event["kind"] == "reset" and day_of(event) == day for event in applied)
        found += [[Fraction(0), Fraction(0), Fraction(0)] for _ in range(resets)]
        loan = loan_on(applied, day)
        for kind, balance, rate in bearing(loan):
            bucket = 1 if kind == "overdue" else 2 if grace_end is not None and day < grace_end else 0
            found[-1][bucket] += balance * rate / YEAR
    return found


def days(start, end):
    """Every day of [start, end)."""
    return [start + timedelta(n) for n in range((end - start).days)]


def day_of(event):
    """The day on which an event takes effect."""
    return date.fromisoformat(event["on"])


def round_up_half(exact):
    """Whole đồng; an exact half goes up."""
    return floor(exact + HALF)


def loan_on(events, day):
    """The loan after everything up to and on a day."""
    loan = {"in_term": 0, "overdue": 0, "repaid": 0, "frozen": False, "parts": [], "ended": False}
    loan |= {"rate": None, "factor": Fraction(13, 10)}
    past = [event for event in events if day_of(event) <= day]
    for event in sorted(past, key=lambda event: (event["on"], ORDER.index(event["kind"]))):
        happen(loan, event, day)
    return loan


def happen(loan, event, day):
    """Let one event happen to a loan that is looked at on ``day``."""
    loan["looked_at"] = day
    match event["kind"]:
        case "disbursed":
            loan["in_term"] += event["amount"]
        case "extended":
            move(loan, "overdue", "in_term", event["amount"])
        case "overdue":
            move(loan, "in_term", "overdue", event["amount"])
            for part in (part for part in loan["parts"] if part[2] == "frozen_in_term"):
                part[1] = min(part[1], loan["in_term"])
        case "repaid":
            first = min(loan["overdue"], event["amount"])
            loan["overdue"] -= first
            move(loan, "in_term", "repaid", event["amount"] - first)
            thaw(loan, event["on"], max(0, -unfrozen(loan, event["on"])))
        case "written_off":
            loan["ended"] = True
        case "rate":
            loan["rate"] = Fraction(event["ppm"], 1_000_000)
        case "overdue_rate":
            loan["factor"] = Fraction(event.get("factor_ppm", 1_300_000), 1_000_000)
        case _:
            freeze(loan, event, day)


def freeze(loan, event, day):
    """A freeze begins, or is lifted."""
    match event["kind"]:
        case "frozen_part" | "frozen_in_term":
            amount = min(event["amount"], unfrozen(loan, event["on"]))
            loan["parts"].append([event["until"], amount, event["kind"]])
        case "frozen":
            loan["frozen"] |= day < date.fromisoformat(event["until"])
        case "freeze_lifted":
            if thaw(loan, event["on"], event["amount"]):
                raise ContradictionError


def move(loan, source, target, amount):
    """Principal changes its kind."""
    if loan[source] < amount:
        raise ContradictionError
    loan[source] -= amount
    loan[target] += amount


def live(loan, on):
    """Freezes of a part that have not ended on a day, the one that ends first before the others."""
    return sorted((part for part in loan["parts"] if part[0] > on), key=lambda part: part[0])


def unfrozen(loan, on):
    """Principal that no freeze of a part covers."""
    return loan["in_term"] + loan["overdue"] - sum(part[1] for part in live(loan, on))


def thaw(loan, on, amount):
    """Take an amount out of the freezes; returns what they do not have."""
    for part in live(loan, on):
        given = min(part[1], amount)
        part[1] -= given
        amount -= given
    return amount


def bearing(loan):
    """Kind, balance and yearly rate of the principal that bears interest."""
    if loan["frozen"] or loan["ended"]:
        return []
    free = {"in_term": loan["in_term"], "overdue": loan["overdue"]}
    for until, amount, kind in loan["parts"]:
        if until > loan["looked_at"].isoformat():
            for source in ("in_term",) if kind == "frozen_in_term" else ("overdue", "in_term"):
                taken = min(amount, free[source])
                free[source] -= taken
                amount -= taken  # noqa: PLW2901 (what is left of the freeze)
    found = []
    for kind, factor in (("in_term", 1), ("overdue", loan["factor"])):
        if free[kind]:
            if loan["rate"] is None or (loan["rate"] * factor * 1_000_000).denominator != 1:
                raise ContradictionError
            found.append((kind, free[kind], loan["rate"] * factor))
    return found


def segments(lines):
    """Days joined while they touch and nothing else changes; in term first."""
    found = []
    for kind in ("in_term", "overdue"):
        run = None
        for day, of, balance, ppm in lines:
            if of != kind:
                continue
            if run and run["to"] == day.isoformat() and (run["balance"], run["ppm"]) == (balance, ppm):
                run["days"] += 1
            else:
                run = {"from": day.isoformat(), "days": 1, "balance": balance, "ppm": ppm, "kind": kind}
                found.append(run)
            run["to"] = (day + timedelta(1)).isoformat()
    return sorted(found, key=lambda run: (run["from"], run["kind"] == "overdue"))


def rates_on(decisions, opened_on, day, factor):
    """Base and exact rates of one day in ppm: in term, overdue, and both before budget support (B13)."""
    live = [
        one
        for one in decisions
        if one["from"] <= day
        and (one["to"] is None or day <= one["to"])
        and (
            one["reach"] == "all"
            or (one["reach"] == "new" and opened_on >= one["from"])
            or (one["reach"] == "existing" and opened_on < one["from"])
        )
    ]
    bases = [one for one in live if one["kind"] == "rate"]
    if not bases:
        return None
    latest = max((one["from"], one["signed"]) for one in bases)
    base = [one["ppm"] for one in bases if (one["from"], one["signed"]) == latest][-1]
    cuts = [one for one in live if one["kind"] != "rate" and (one["above"] is None or base > one["above"])]
    gross = [one for one in cuts if one["kind"] != "support"]
    return (base, *(lower(base, kept, factor, late) for kept in (cuts, gross) for late in (False, True)))


def lower(base, cuts, factor, late):
    """One rate after every reduction that reaches it; ``late`` asks for the overdue rate."""
    rate = Fraction(base)
    if not late:
        return cut(rate, cuts)
    rate = cut(rate, [one for one in cuts if one["overdue"] == "surcharge_on_reduced"])
    rate *= Fraction(factor, 1_000_000)
    return cut(rate, [one for one in cuts if one["overdue"] == "full_surcharge_then_reduce"])


def cut(rate, cuts):
    """Factors, then points and support, floored at 0."""
    for one in cuts:
        if one["kind"] == "factor":
            rate *= Fraction(one["ppm"], 1_000_000)
    for one in cuts:
        if one["kind"] in {"points", "support"}:
            rate -= one["ppm"]
    return max(rate, Fraction(0))
