"""Why a household is asked for what it is asked for: every loan laid open, for a page or a program.

Fields that end in ``_dong`` are whole đồng, numerators are đồng × ppm × days. The keys are stable: this is
what the API answers and what ``tovay-hub explain --json`` prints.
"""

from datetime import date

from msgspec import Struct

from calc.due_wording import told
from calc.dues import open_loans
from calc.explain import ChapterWorking, Explanation, Working, explain
from calc.loan import Effect
from calc.rate import RateDecision
from calc.rounding import DENOMINATOR
from hub.errors import UnknownMemberError
from hub.service.group.as_known import position_on
from hub.service.group.directory import Directory
from hub.service.group.names import Heading, Names, Person
from hub.service.group.place import Place
from hub.service.group.reach import reach_notes
from hub.service.group.state import GroupState
from protocol.day import Day, to_date
from protocol.ids import Ordinal, Position
from protocol.money import Dong


class RateShown(Struct, frozen=True):
    """One decision that makes a rate; ``reference`` is None for the loan's contract."""

    kind: str
    ppm: int
    number: int | None
    reference: str | None


class LineShown(Struct, frozen=True):
    """Days [from, to) with one balance and one rate."""

    start: date
    end: date
    days: int
    bucket: str
    balance_dong: Dong
    ppm: int
    numerator: int
    rates: tuple[RateShown, ...]
    overdue_factor_ppm: int | None


class ChapterShown(Struct, frozen=True):
    """What accrued between two resets, and its one rounding (B10, B12)."""

    start: date
    end: date
    lines: tuple[LineShown, ...]
    carried_numerator: int
    numerator: int
    denominator: int
    in_term_dong: Dong
    overdue_dong: Dong
    grace_dong: Dong


class EffectShown(Struct, frozen=True):
    """A branch entry that brought interest forward, adjusted it, or received it."""

    position: Place
    code: str
    day: date | None
    amount_dong: Dong


class LoanExplained(Struct, frozen=True):
    """One loan: what is due, what it is made of, and the same in sentences.

    ``payable_dong`` is signed and is what the chapters, ``adjusted`` and ``received`` add up to.
    """

    number: str
    programme: str
    principal_in_term_dong: Dong
    principal_overdue_dong: Dong
    principal_frozen_dong: Dong
    payable_dong: Dong
    asked_dong: Dong
    prepaid_dong: Dong
    unpaid_in_term_dong: Dong
    unpaid_overdue_dong: Dong
    unpaid_grace_dong: Dong
    fault: str | None
    grace_joined: bool
    chapters: tuple[ChapterShown, ...]
    adjusted: tuple[EffectShown, ...]
    received: tuple[EffectShown, ...]
    sentences: tuple[str, ...]


class AccountShown(Struct, frozen=True):
    """One savings account and its balance on the day."""

    number: str
    balance_dong: Dong


class HouseholdExplained(Struct, frozen=True):
    """A member's loans on a day, as the branch log knew them at ``position``; ``notes``: its limits."""

    group: Heading
    member: Person
    day: date
    known_on: date | None
    position: Place
    asked_dong: Dong
    loans: tuple[LoanExplained, ...]
    accounts: tuple[AccountShown, ...]
    notes: tuple[str, ...]


def household_explained(
    state: GroupState, directory: Directory, member: str, day: Day, known_on: Day | None = None
) -> HouseholdExplained:
    """Every loan of a member that is open on a day.

    A settled day is explained as it was settled, and stays so (B4); another one as the log is now; with
    ``known_on``, any day as the log was known at the end of that date.

    Raises:
        UnknownMemberError: the group has no such member.
    """
    at = _place(state, day, known_on)
    book = state.book
    names = Names(state, book, directory)
    ordinal = _member(state, member)
    view = book.view(at)
    loans = [loan for loan in open_loans(book, day, view) if loan.member == ordinal]
    found = [explain(book, loan, day, at=at) for loan in loans]
    return HouseholdExplained(
        group=names.heading(day),
        member=names.person(ordinal),
        day=to_date(day),
        known_on=None if known_on is None else to_date(known_on),
        position=Place(at.epoch, at.seq),
        asked_dong=sum(one.due.asked for one in found),
        loans=tuple(_loan(one, names) for one in found),
        accounts=tuple(
            AccountShown(account.number, account.balance(view, day))
            for _, account in sorted(book.accounts.items())
            if account.member == ordinal and account.is_listed(view, day)
        ),
        notes=reach_notes(book, names, day, view, ordinal),
    )


def _place(state: GroupState, day: Day, known_on: Day | None) -> Position:
    if known_on is not None:
        return position_on(state, known_on)
    return state.book.postings.day(day).settled_at or state.book.position


def _member(state: GroupState, number: str) -> Ordinal:
    for ordinal, member in state.book.members.items():
        if member.listed.number == number:
            return ordinal
    raise UnknownMemberError(number)


def _loan(found: Explanation, names: Names) -> LoanExplained:
    due = found.due
    number, programme = names.loan(due.loan)
    return LoanExplained(
        number=number,
        programme=programme,
        principal_in_term_dong=due.principal.in_term,
        principal_overdue_dong=due.principal.overdue,
        principal_frozen_dong=due.principal.frozen,
        payable_dong=due.payable,
        asked_dong=due.asked,
        prepaid_dong=due.prepaid,
        unpaid_in_term_dong=due.open.in_term,
        unpaid_overdue_dong=due.open.overdue,
        unpaid_grace_dong=due.open.grace,
        fault=due.fault,
        grace_joined=due.grace_joined,
        chapters=tuple(map(_chapter, found.chapters)),
        adjusted=tuple(_effect(one, found.owed(one.adjusted)) for one in found.adjusted),
        received=tuple(_effect(one, one.received) for one in found.received),
        sentences=tuple(told(found)),
    )


def _chapter(chapter: ChapterWorking) -> ChapterShown:
    rounded = chapter.rounded
    return ChapterShown(
        start=to_date(chapter.start),
        end=to_date(chapter.end),
        lines=tuple(map(_line, chapter.workings)),
        carried_numerator=chapter.carried.total,
        numerator=chapter.numerators.total,
        denominator=DENOMINATOR,
        in_term_dong=rounded.in_term,
        overdue_dong=rounded.overdue,
        grace_dong=rounded.grace,
    )


def _line(working: Working) -> LineShown:
    segment = working.segment
    return LineShown(
        start=to_date(segment.start),
        end=to_date(segment.end),
        days=segment.days,
        bucket=segment.bucket.name.lower(),
        balance_dong=segment.balance,
        ppm=segment.ppm,
        numerator=segment.numerator,
        rates=tuple(map(_rate, working.rates)),
        overdue_factor_ppm=working.factor,
    )


def _rate(decision: RateDecision) -> RateShown:
    return RateShown(decision.kind, decision.ppm, decision.number, decision.reference)


def _effect(effect: Effect, amount: Dong) -> EffectShown:
    day = None if effect.paid_on is None else to_date(effect.paid_on)
    return EffectShown(Place(effect.position.epoch, effect.position.seq), effect.code, day, amount)
