"""A loan that is taken along to another group: the facts that open it there as it stands here (B22).

The other group's log opens it with balances at the start of ``as_of``, so that whatever is asked there for a
day from ``as_of`` on is what would have been asked here:

1. interest since the last reset (B12) is carried as an exact numerator: its whole đồng as arrears of their
   bucket, the rest below one đồng as the numerator, so that nothing is rounded at the move
2. what earlier chapters accrued, and what persons adjusted, is whole đồng already, and arrears
3. money that a posting put into a bucket lowers its arrears, which may become negative; money without a
   bucket is prepaid. Nothing is set off: what pays what is decided by whoever asks, on the day he asks (B11)
4. a freeze of a part, a write-off and the open instalments are told as facts of their own, of ``as_of``
5. facts that are effective on ``as_of`` or later are told again, under the loan's new ordinal

The old group is told `MemberMoved` and then `LoanClosed`, both effective on ``as_of``: from then on its loan
owes nothing and holds nothing but money that arrives after that place.
"""

from collections.abc import Iterator, Sequence

from msgspec import structs

from calc.accrual import Chapter
from calc.accrued import accrual_of, grace_joined
from calc.book import Book
from calc.events import ORDER, Event
from calc.instalments import schedule
from calc.loan import Effect, Loan, LoanFact, Moving
from calc.principal import Freeze, Principal, replayed
from calc.rounding import DENOMINATOR, Buckets, split
from protocol.day import DAY_MAX, Day
from protocol.ids import Code, Ordinal
from protocol.loan_facts import (
    FreezeLifted,
    InstalmentScheduled,
    LoanBroughtForward,
    LoanFrozen,
    LoanRenewed,
    LoanWrittenOff,
    RateFrom,
)

_RATES_MAX = 64


def brought_forward(
    book: Book, loan: Loan, as_of: Day, *, ordinal: Ordinal, member: Ordinal, decided_by: Code
) -> tuple[LoanBroughtForward | LoanFact, ...]:
    """Entries that open a loan in another group, in order: the loan, its freezes, its plan, what follows.

    Args:
        book: the group that the member leaves, with everything posted that is dated before ``as_of``.
        loan: one of its open loans.
        as_of: the day from which on the other group reckons.
        ordinal: the loan's in the other group.
        member: the member's in the other group.
        decided_by: who tells the facts that no fact of the core says.

    Raises:
        ValueError: the loan is closed, begins after ``as_of``, or had principal posted on that day or later.
        LoanError: what it owes cannot be computed.
    """
    view = book.view()
    effects = loan.standing(view)
    late = [effect for effect in effects if any(event.on >= as_of for event in effect.events)]
    if loan.closed_on(view) is not None or as_of < loan.start or any(effect.fact is None for effect in late):
        raise ValueError("only an open loan moves, on a day that nothing was posted to yet")
    principal = replayed(loan.events(view), as_of - 1)
    freezes = _freezes_on(loan.events(view), as_of, len(principal.freezes))
    opening = _opening(book, loan, as_of, principal, freezes)
    return (
        structs.replace(opening, ordinal=ordinal, member=member, decided_by=decided_by),
        *(
            LoanFrozen(ordinal, as_of, freeze.until, freeze.amount, None, decided_by)
            for freeze in freezes
            if not freeze.in_term_only
        ),
        *_write_off(principal, as_of, ordinal, decided_by),
        *_instalments(book, loan, as_of, ordinal, decided_by),
        *_told_again(late, loan.events(view), as_of, ordinal),
    )


def _opening(
    book: Book, loan: Loan, as_of: Day, principal: Principal, freezes: Sequence[Freeze]
) -> LoanBroughtForward:
    view = book.view()
    effects = loan.standing(view)
    chapters = accrual_of(loan, effects, book.decisions, as_of, view.at).chapters
    arrears, pool = _arrears(chapters, effects, is_joined=grace_joined(loan, as_of))
    last = chapters[-1].numerators
    frozen, until = _frozen_in_term(principal, freezes)
    return LoanBroughtForward(
        ordinal=loan.ordinal,
        member=loan.member,
        number=loan.number,
        programme=loan.programme,
        opened_on=loan.opened_on,
        as_of=as_of,
        in_term=principal.in_term - frozen,
        overdue=principal.overdue,
        frozen=frozen,
        frozen_until=until,
        rates=_contract_rates(effects, as_of),
        grace_end=loan.grace_end,
        due_on=loan.due_on_at(effects, as_of - 1),
        arrears_in_term=arrears.in_term + max(0, -pool),
        arrears_overdue=arrears.overdue,
        arrears_grace=arrears.grace,
        prepaid=max(0, pool),
        numerator_in_term=last.in_term % DENOMINATOR,
        numerator_overdue=last.overdue % DENOMINATOR,
        numerator_grace=last.grace % DENOMINATOR,
        core_ref=None,
        decided_by=loan.opening.decided_by,
    )


def _arrears(
    chapters: Sequence[Chapter], effects: Sequence[Effect], *, is_joined: bool
) -> tuple[Buckets, int]:
    """Arrears by bucket, and money without a bucket; money in a grace that is not due yet is such money."""
    last = chapters[-1].numerators
    accrued = sum((split(chapter.numerators) for chapter in chapters[:-1]), Buckets())
    accrued += Buckets(*(part // DENOMINATOR for part in (last.in_term, last.overdue, last.grace)))
    accrued = sum((effect.adjusted for effect in effects), accrued)
    settled = sum((effect.settled for effect in effects), Buckets())
    in_grace = settled.grace if is_joined else 0
    pool = sum(effect.unallocated for effect in effects) + settled.grace - in_grace
    left = Buckets(
        accrued.in_term - settled.in_term, accrued.overdue - settled.overdue, accrued.grace - in_grace
    )
    return left, pool


def _contract_rates(effects: Sequence[Effect], as_of: Day) -> tuple[RateFrom, ...]:
    """The loan's own rates without those of renewals to come; of too many the latest."""
    rates: dict[Day, RateFrom] = {}
    for effect in effects:
        if not (isinstance(effect.fact, LoanRenewed) and effect.events[0].on >= as_of):
            rates |= {rate.effective_from: RateFrom(rate.effective_from, rate.ppm) for rate in effect.rates}
    return tuple(rates[day] for day in sorted(rates))[-_RATES_MAX:]


def _freezes_on(events: list[Event], as_of: Day, begun: int) -> list[Freeze]:
    """Freezes of a part that began before a day and still cover something at its end.

    A day's repayments and lifts come before its freezes. The new log tells these freezes on ``as_of``, so
    what that day takes out of them is taken out already.
    """
    freezes = replayed(events, as_of).freezes[:begun]
    return [freeze for freeze in freezes if as_of < freeze.until and freeze.amount]


def _frozen_in_term(principal: Principal, freezes: Sequence[Freeze]) -> tuple[int, Day | None]:
    """The part that was brought forward frozen: an opening can say so, a `LoanFrozen` cannot."""
    for freeze in freezes:
        if freeze.in_term_only:
            until = None if freeze.until == DAY_MAX else freeze.until
            return min(freeze.amount, principal.in_term), until
    return 0, None


def _write_off(principal: Principal, as_of: Day, loan: Ordinal, decided_by: Code) -> Iterator[LoanFact]:
    if principal.written_off:
        yield LoanWrittenOff(loan, as_of, principal.in_term + principal.overdue, None, decided_by)


def _instalments(
    book: Book, loan: Loan, as_of: Day, ordinal: Ordinal, decided_by: Code
) -> Iterator[LoanFact]:
    """What is left of the plan, a part due on the eve with the next one; behind the final day as it is."""
    falls = schedule(book, loan, as_of - 1)
    carried = 0
    for fall in falls[:-1]:
        left = fall.planned - fall.amount + fall.open + carried
        if fall.due_on < as_of:
            carried = left
        elif left:
            yield InstalmentScheduled(ordinal, fall.due_on, left, None, decided_by)
            carried = 0
    for effect in loan.standing(book.view()):
        fact = effect.fact
        if isinstance(fact, InstalmentScheduled) and falls and fact.due_on >= max(as_of, falls[-1].due_on):
            yield structs.replace(fact, loan=ordinal)


def _told_again(late: Sequence[Effect], events: list[Event], as_of: Day, loan: Ordinal) -> Iterator[LoanFact]:
    """Facts to come, in the order in which they happen, with the amounts that they have by now."""
    for effect in sorted(late, key=lambda effect: ORDER(effect.events[0])):
        fact, event = effect.fact, effect.events[0]
        assert isinstance(fact, Moving | LoanRenewed)
        known = _up_to(events, event)
        if isinstance(fact, FreezeLifted) and event.on == as_of:
            continue
        if isinstance(fact, LoanFrozen):
            if known.freezes[-1].amount:
                yield structs.replace(fact, loan=loan, amount=known.freezes[-1].amount)
        elif isinstance(fact, LoanWrittenOff):
            yield structs.replace(fact, loan=loan, amount=known.in_term + known.overdue)
        else:
            yield structs.replace(fact, loan=loan)


def _up_to(events: list[Event], last: Event) -> Principal:
    """Balances and freezes once an event has happened; two that say the same are still two."""
    ordered = sorted(events, key=ORDER)
    place = next(place for place, event in enumerate(ordered) if event is last)
    principal = Principal()
    for event in ordered[: place + 1]:
        principal.apply(event)
    return principal
