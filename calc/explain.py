"""Why a due is what it is: every stretch of days, its balance, its rate, and the decisions behind the rate.

An explanation adds nothing to a due and computes nothing anew. It lays open what `calc.dues` computed, at the
same place of the branch log, so that somebody with pencil and paper comes to the same đồng:

    Σ chapters (each rounded once, B10, B12) + brought forward and adjusted - received - pending = payable
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from calc.accrual import Bucket, Chapter, Segment
from calc.accrued import counting
from calc.book import Book
from calc.dues import LoanDue, due_in
from calc.loan import Effect, Loan
from calc.rate import Ppm, RateDecision, decisions_on, overdue_factor_on
from calc.rounding import Buckets, Numerators, split
from protocol.day import Day
from protocol.ids import Position
from protocol.money import Dong


class Working(Struct, frozen=True):
    """Days with one balance and one rate, for one set of reasons.

    ``rates`` are the decisions that make the rate, the base first (B13); ``factor`` is the surcharge on
    overdue principal in ppm, None for a stretch that is not overdue.
    """

    segment: Segment
    rates: tuple[RateDecision, ...]
    factor: Ppm | None


class ChapterWorking(Struct, frozen=True):
    """What accrued between two resets: the lines, what was carried into them, and their one rounding."""

    start: Day
    end: Day
    workings: tuple[Working, ...]
    carried: Numerators
    numerators: Numerators

    @property
    def rounded(self) -> Buckets:
        """Whole đồng by bucket (B10)."""
        return split(self.numerators)


class Explanation(Struct, frozen=True):
    """A due with everything that it is made of, computed from the branch log up to ``position``.

    ``adjusted`` are effects that added to what accrued: the opening with arrears brought forward, and
    corrections; ``received`` those that brought money or gave it back. Both are in log order.
    """

    number: str
    position: Position
    due: LoanDue
    chapters: tuple[ChapterWorking, ...]
    adjusted: tuple[Effect, ...]
    received: tuple[Effect, ...]

    def owed(self, buckets: Buckets) -> Dong:
        """The part of some buckets that is due on the day: grace only once it has joined (B10)."""
        return buckets.in_term + buckets.overdue + (buckets.grace if self.due.grace_joined else 0)


def explain(
    book: Book, loan: Loan, day: Day, *, at: Position | None = None, staged: bool = False, pending: Dong = 0
) -> Explanation:
    """Lay open the due of one loan to a day as the branch log knew it at a position; see `calc.dues`."""
    view = book.view(at, staged=staged)
    due = due_in(book, loan, day, view, pending=pending)
    effects = counting(loan, day, view)
    known = [rate for effect in effects for rate in effect.rates]
    known += book.decisions.rates_of(loan.programme, view.at)
    reasons = _Reasons(loan, known, book.decisions.overdue_factors(view.at))
    return Explanation(
        number=loan.number,
        position=view.at,
        due=due,
        chapters=tuple(
            _chapter(chapter, reasons, Numerators() if index else loan.carried)
            for index, chapter in enumerate(due.accrual.chapters)
        ),
        adjusted=tuple(effect for effect in effects if effect.adjusted != Buckets()),
        received=tuple(effect for effect in effects if effect.received),
    )


class _Reasons:
    """The decisions that one loan's rates come from."""

    def __init__(self, loan: Loan, known: Sequence[RateDecision], factors: dict[Day, Ppm]) -> None:
        self.opened_on = loan.opened_on
        self.known = known
        self.factors = factors
        self.turns = {one.effective_from for one in known} | set(factors)
        self.turns |= {one.effective_to + 1 for one in known if one.effective_to is not None}

    def behind(self, segment: Segment) -> Iterator[Working]:
        """The stretch, cut where its rate goes on for another reason."""
        start, last = segment.start, self.of(segment.start, segment.bucket)
        for turn in sorted(day for day in self.turns if segment.start < day < segment.end):
            found = self.of(turn, segment.bucket)
            if found != last:
                yield Working(structs.replace(segment, start=start, end=turn), *last)
                start, last = turn, found
        yield Working(structs.replace(segment, start=start), *last)

    def of(self, day: Day, bucket: Bucket) -> tuple[tuple[RateDecision, ...], Ppm | None]:
        rates = decisions_on(self.known, opened_on=self.opened_on, day=day)
        if bucket is not Bucket.OVERDUE:
            return rates, None
        bearing = tuple(one for one in rates if one.kind == "rate" or one.overdue_reach != "excluded")
        return bearing, overdue_factor_on(day, self.factors)


def _chapter(chapter: Chapter, reasons: _Reasons, carried: Numerators) -> ChapterWorking:
    return ChapterWorking(
        start=chapter.start,
        end=chapter.end,
        workings=tuple(line for segment in chapter.segments for line in reasons.behind(segment)),
        carried=carried,
        numerators=chapter.numerators,
    )
