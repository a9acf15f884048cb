"""``DifferenceResolved``: a held receipt is released, or a shortage or surplus is cleared (B17, B18)."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, structs

from calc.cash import LATE_FACT
from calc.settlement import Plan, plan_day
from calc.states import SAME_RECEIPT, Facts, Phase, cash_of, decided, state_of
from calc.words import day as written
from calc.words import money
from hub.errors import CorrectionError
from hub.service.corrections.decided import Moment, Signed
from hub.service.group.known import known_facts, known_since
from protocol.day import Day
from protocol.entries import PhoneFact
from protocol.ids import EntryRef
from protocol.money import Dong
from protocol.phone_facts import Collected
from protocol.posting_facts import DifferenceResolved, Held, Posted

COVERED = "covered"
"""Resolution of a receipt that is released: the cash that was counted speaks for it (B17)."""


class Release(Struct, frozen=True):
    """Let a held receipt be posted, because the count covers it."""

    receipt_no: int

    def __call__(self, moment: Moment, signed: Signed) -> DifferenceResolved | None:
        """The release; None for a receipt that was released before."""
        facts = known_facts(moment.state)
        plan = plan_day(moment.book, facts, moment.day)
        found = [fact for fact in facts.all if receipt_no(fact) == self.receipt_no]
        holdings = [(fact, held) for fact in found if (held := _holding(plan, fact.ref)) is not None]
        if not holdings:
            if any(fact.ref in moment.book.postings.released for fact in found):
                return None
            raise CorrectionError("not_held", receipt=self.receipt_no)
        fact, held = holdings[0]
        _check_covered(plan, facts, fact, held.day)
        made = _resolved(signed, held.day, "held", fact.ref, cash_of(fact), COVERED)
        _check_postable(moment, facts, made, self.receipt_no)
        return made


class Clearing(Struct, frozen=True):
    """Clear a part of what a settled day's count left open.

    ``resolution`` is ``payment`` (in cash, at the table), ``late_fact`` (the receipt explains it) or
    ``decision`` (the bank's).
    """

    day: Day
    kind: Literal["shortage", "surplus"]
    amount: Dong
    resolution: str
    receipt_no: int | None = None

    def __call__(self, moment: Moment, signed: Signed) -> DifferenceResolved | None:
        """The clearing; None when the same people decided the same on the same paper before."""
        ref = None if self.receipt_no is None else self._late(moment, self.receipt_no)
        made = _resolved(signed, self.day, self.kind, ref, self.amount, self.resolution)
        if any(_same(moment, made, known, signed) for known in moment.book.postings.resolved.values()):
            return None
        day = moment.book.postings.day(self.day)
        if day.settled is None:
            raise CorrectionError("not_settled", group=moment.state.group, day=written(self.day))
        left = max(0, day.difference_open if self.kind == "surplus" else -day.difference_open)
        if self.amount > left:
            raise CorrectionError(f"{self.kind}_less", day=written(self.day), left=money(left))
        return made

    def _late(self, moment: Moment, number: int) -> EntryRef:
        """The receipt that explains the difference: one that came after the count, or was reversed since."""
        book, facts = moment.book, known_facts(moment.state)
        settled_at = book.postings.day(self.day).settled_at
        since = known_since(moment.state)
        for fact in facts.all:
            if receipt_no(fact) != number or settled_at is None:
                continue
            phase = state_of(book, facts, fact, book.view()).phase
            if self.kind == "shortage":
                explains = phase is Phase.REVERSED
            else:
                explains = since[fact.ref] > settled_at and phase in (Phase.PENDING, Phase.POSTED, Phase.HELD)
            if explains:
                cleared = sum(
                    one.amount
                    for one in book.postings.resolved.values()
                    if one.entry == fact.ref and one.resolution == LATE_FACT
                )
                if self.amount > cash_of(fact) - cleared:
                    left = money(cash_of(fact) - cleared)
                    raise CorrectionError("late_fact_less", receipt=number, left=left)
                return fact.ref
        raise CorrectionError(f"{self.kind}_unexplained", receipt=number, day=written(self.day))


def receipt_no(fact: PhoneFact) -> int | None:
    """The number of a receipt; None for anything else."""
    return fact.entry.receipt_no if isinstance(fact.entry, Collected) else None


def _holding(plan: Plan, ref: EntryRef) -> Held | None:
    """How an entry is held, or will be by the day under way; a second one under a number is no cash (L13)."""
    state = decided(plan.book, ref, plan.book.view(staged=True))
    return plan.book.postings.held[ref].entry if state is not None and state.phase is Phase.HELD else None


def _check_covered(plan: Plan, facts: Facts, fact: PhoneFact, day: Day) -> None:
    """Refuse what the count of its day does not speak for: a shortage eats held cash first (B17)."""
    run = plan.book.postings.day(day)
    counted, number = run.counted, receipt_no(fact)
    if counted is None or fact.ref.writer not in {closed.writer for closed in counted.rounds}:
        raise CorrectionError("not_covered", receipt=number, day=written(day))
    writers = {closed.writer for closed in counted.rounds}
    difference = counted.counted - plan.expected if run.settled is None else run.difference_open
    held = sum(cash_of(facts.by_ref[ref]) for ref in _in_suspense(plan, day) if ref.writer in writers)
    left = held - max(0, -difference)
    if cash_of(fact) > left:
        raise CorrectionError("count_short", receipt=number, day=written(day), left=money(max(0, left)))


def _in_suspense(plan: Plan, day: Day) -> Iterator[EntryRef]:
    """Receipts that a day holds and that nobody released or reversed."""
    postings, view = plan.book.postings, plan.book.view(staged=True)
    for ref, holding in postings.held.items():
        is_held = holding.entry.day == day and postings.stands(holding.position, day, view)
        if is_held and holding.entry.cause != SAME_RECEIPT and ref not in postings.released:
            yield ref


def _check_postable(moment: Moment, facts: Facts, made: DifferenceResolved, number: int) -> None:
    """Refuse to release what would then wait for ever: the day under way must be able to post it."""
    after = moment.book.copy()
    after.apply(structs.replace(after.position, seq=after.position.seq + 1), made)
    plan = plan_day(after, facts, moment.day)
    if not any(isinstance(entry, Posted) and entry.entry == made.entry for entry in plan.entries):
        raise CorrectionError("not_postable", receipt=number)


def _resolved(
    signed: Signed,
    day: Day,
    kind: Literal["shortage", "surplus", "held"],
    entry: EntryRef | None,
    amount: Dong,
    resolution: str,
) -> DifferenceResolved:
    return DifferenceResolved(
        day=day,
        kind=kind,
        entry=entry,
        amount=amount,
        resolution=resolution,
        statement=signed.statement,
        decided_by=signed.decided_by,
        confirmed_by=signed.confirmed_by,
    )


def _same(moment: Moment, made: DifferenceResolved, known: DifferenceResolved, signed: Signed) -> bool:
    """Say whether a decision repeats one that stands: the same words, paper and people."""
    paper = None if signed.paper is None else signed.paper.text.decode()
    return (
        structs.replace(made, statement=None) == structs.replace(known, statement=None)
        and (known.statement is None) == (paper is None)
        and moment.state.text(known.statement) == paper
    )
