"""What one row must say to make sense by itself: days in order, cells that belong together, no others."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from hub.service.reading.reasons import Reason
from hub.service.reading.rows import (
    AreaRow,
    BadRow,
    BookRows,
    LoanEventKind,
    LoanEventRow,
    LoanRow,
    PolicyRow,
    RateDecisionRow,
    Row,
)
from protocol.day import Day

Fault = tuple[str, Reason]
RowT = TypeVar("RowT", bound=Row)

_BALANCES = ("in_term", "overdue", "frozen")
_CARRIED = (
    "frozen_until",
    "arrears_in_term",
    "arrears_overdue",
    "arrears_grace",
    "prepaid",
    "numerator_in_term",
    "numerator_overdue",
    "numerator_grace",
)
_EXTRAS = ("amount", "interest", "until", "due_on", "ppm")
_NEEDED: dict[LoanEventKind, tuple[str, ...]] = {
    "disbursed": ("amount",),
    "instalment_scheduled": ("amount",),
    "principal_repaid": ("amount",),
    "interest_received": ("amount",),
    "instalment_overdue": ("amount",),
    "loan_extended": ("amount", "due_on"),
    "loan_frozen": ("amount", "until"),
    "freeze_lifted": ("amount",),
    "loan_renewed": ("due_on", "ppm"),
    "loan_written_off": ("amount",),
    "recovered_after_write_off": ("amount", "interest"),
    "loan_closed": (),
}
_MAY_BE_ZERO = ("loan_extended", "loan_written_off")


def check_terms(book: BookRows) -> tuple[BadRow, ...]:
    """Every row whose own cells contradict each other, or the loan whose event it is."""
    loans = {row.loan: row for row in book.loans}
    faults = [
        *_faults("areas", book.areas, _area),
        *_faults("policies", book.policies, _policy),
        *_faults("rate_decisions", book.rate_decisions, _rate_decision),
        *_faults("loans", book.loans, _loan),
        *_faults("loan_events", book.loan_events, lambda row: _loan_event(row, loans.get(row.loan))),
    ]
    return tuple(sorted(faults))


def not_yet(book: BookRows, today: Day) -> tuple[BadRow, ...]:
    """Every transaction of a day to come; what falls due then is only planned, and is no transaction."""
    loans = [row for row in book.loan_events if row.kind != "instalment_scheduled"]
    dated = [
        *(("loan_events", row.line, row.effective_on) for row in loans),
        *(("savings_events", row.line, row.effective_on) for row in book.savings_events),
    ]
    return tuple(
        BadRow(table, line, "effective_on", Reason.NOT_YET) for table, line, on in dated if on > today
    )


def _faults(
    table: str, rows: Iterable[RowT], contradictions: Callable[[RowT], Iterator[Fault]]
) -> Iterator[BadRow]:
    for row in rows:
        for column, reason in contradictions(row):
            yield BadRow(table, row.line, column, reason)


def _area(row: AreaRow) -> Iterator[Fault]:
    if row.valid_to is not None and row.valid_to < row.valid_from:
        yield "valid_to", Reason.WRONG_ORDER


def _policy(row: PolicyRow) -> Iterator[Fault]:
    if row.choice is None and row.amount is None:
        yield "choice", Reason.EMPTY_CELL
    elif row.choice is not None and row.amount is not None:
        yield "amount", Reason.MUST_BE_EMPTY


def _rate_decision(row: RateDecisionRow) -> Iterator[Fault]:
    if row.effective_to is not None and row.effective_to < row.effective_from:
        yield "effective_to", Reason.WRONG_ORDER
    if row.kind == "rate" and row.above_ppm is not None:
        yield "above_ppm", Reason.MUST_BE_EMPTY


def _loan(row: LoanRow) -> Iterator[Fault]:
    if row.due_on < row.opened_on:
        yield "due_on", Reason.WRONG_ORDER
    if row.grace_end is not None and row.grace_end < row.opened_on:
        yield "grace_end", Reason.WRONG_ORDER
    if row.as_of is None:
        for column in (*_BALANCES, *_CARRIED):
            if getattr(row, column) is not None:
                yield column, Reason.MUST_BE_EMPTY
    else:
        yield from _balances(row, row.as_of)


def _balances(row: LoanRow, as_of: int) -> Iterator[Fault]:
    if as_of < row.opened_on:
        yield "as_of", Reason.WRONG_ORDER
    for column in _BALANCES:
        if getattr(row, column) is None:
            yield column, Reason.EMPTY_CELL
    if row.frozen and row.frozen_until is None:
        yield "frozen_until", Reason.EMPTY_CELL
    elif row.frozen_until is not None and not row.frozen:
        yield "frozen_until", Reason.MUST_BE_EMPTY


def _loan_event(row: LoanEventRow, loan: LoanRow | None) -> Iterator[Fault]:
    needed = _NEEDED[row.kind]
    for column in _EXTRAS:
        if column in needed and getattr(row, column) is None:
            yield column, Reason.EMPTY_CELL
        elif column not in needed and getattr(row, column) is not None:
            yield column, Reason.MUST_BE_EMPTY
    if row.amount == 0 and not (row.kind in _MAY_BE_ZERO or row.interest):
        yield "amount", Reason.OUT_OF_RANGE
    if row.until is not None and row.until <= row.effective_on:
        yield "until", Reason.WRONG_ORDER
    if row.due_on is not None and row.due_on < row.effective_on:
        yield "due_on", Reason.WRONG_ORDER
    if loan is not None and row.effective_on < loan.opened_on:
        yield "effective_on", Reason.WRONG_ORDER
