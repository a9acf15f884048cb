"""The score of a group, of 100 points, over one calendar month [S]; what earns the points is [A].

Each part is its points × a ratio between 0 and 1, rounded once to a hundredth of a point; the score is the
sum of the rounded parts. What each part reads:

commune      of the transaction days of the month that were settled, those on which something was posted
principal    of the principal that fell due in the month, what was repaid; a group without any gets all
interest     interest received on those days, of the current interest due on them; never more than all
depositing   of the members, those who deposited in the month
growth       savings at the end against those before the month: ``growth_full`` or more earns all
overdue      overdue principal of all principal at the end: none earns all, ``overdue_none`` or more nothing

A month without a settled transaction day has no score. Where nothing was to be done, all was done: no
interest due, and no principal outstanding, earn all their points.
"""

from msgspec import Struct

from calc.measures import Collection, Standing
from calc.ratio import MILLION, Ratio, half_up
from calc.terms import ScoreTerms
from protocol.money import Dong

HUNDREDTHS = 100


class MonthFacts(Struct, frozen=True):
    """What a score is made of. ``repaid`` is what was repaid of ``fell_due``; savings before are đồng."""

    days_settled: int
    days_attended: int
    fell_due: Dong
    repaid: Dong
    collection: Collection
    depositors: int
    savings_before: Dong
    end: Standing


class Part(Struct, frozen=True):
    """One part: points at most, the ratio that was reached, and points in hundredths."""

    name: str
    most: int
    ratio: Ratio
    hundredths: int


class Score(Struct, frozen=True):
    """Parts in the order of their names above, their sum in hundredths of a point, and the class."""

    parts: tuple[Part, ...]
    grade: str

    @property
    def hundredths(self) -> int:
        """Sum of the parts."""
        return sum(part.hundredths for part in self.parts)


def score(facts: MonthFacts, terms: ScoreTerms) -> Score | None:
    """Score of a group's month; None when no transaction day of it was settled."""
    if not facts.days_settled:
        return None
    growth = facts.end.savings - facts.savings_before
    overdue = facts.end.overdue_ratio
    reached = {
        "commune": Ratio(facts.days_attended, facts.days_settled),
        "principal": Ratio(facts.repaid, facts.fell_due),
        "interest": facts.collection.of_current,
        "depositing": Ratio(facts.depositors, facts.end.members),
        "growth": _growth(growth, facts.savings_before, terms.growth_full),
        "overdue": Ratio(
            overdue.whole * terms.overdue_none - overdue.part * MILLION, overdue.whole * terms.overdue_none
        ),
    }
    parts = tuple(_part(name, getattr(terms, name), ratio) for name, ratio in reached.items())
    points = sum(part.hundredths for part in parts)
    best = sorted(terms.classes, key=lambda one: -one.points)
    grade = next((one.name for one in best if points >= one.points * HUNDREDTHS), terms.lowest)
    return Score(parts, grade)


def _growth(growth: Dong, before: Dong, full: int) -> Ratio:
    """Growth against the growth that earns all; savings that began in the month grew enough."""
    if before <= 0:
        return Ratio(int(growth > 0), 1)
    return Ratio(growth * MILLION, before * full)


def _part(name: str, most: int, ratio: Ratio) -> Part:
    """Points of one part; a ratio outside 0 to 1 counts as its nearer end."""
    if ratio.whole <= 0:
        return Part(name, most, Ratio(), most * HUNDREDTHS)
    reached = Ratio(min(max(0, ratio.part), ratio.whole), ratio.whole)
    return Part(name, most, reached, half_up(most * HUNDREDTHS * reached.part, reached.whole))
