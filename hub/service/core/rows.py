"""Rows of an extract of the core system, and the three tables that it has. Form: ``docs/operate/core.md``.

``loans`` and ``savings`` are balances at the cut-off, ``transactions`` what the core booked before it. Kinds
are those of an import, so that a transaction which is missing here can be imported as it is, and for lines of
ours those of our own export.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, cast, get_args

from calc.booked import LinePlace
from calc.core_refs import Told
from calc.money_lines import LineKind
from hub.service.loan_book.entries import CORE, loan_fact
from hub.service.reading.cells import Value, amount, code, day, one_of, rate_ppm, signed
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import (
    LOAN_EVENT_KINDS,
    BadRow,
    BookRows,
    LoanEventKind,
    LoanEventRow,
    Row,
)
from hub.service.reading.tables import Column, Table
from hub.service.reading.terms import check_terms
from protocol.day import Day
from protocol.ids import Ordinal, Position
from protocol.money import DONG_MIN
from protocol.roster_facts import SavingsMoved

_OUR_ID = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,23}):([0-9]{1,9}):([0-9]{1,15}):([0-9]{1,4})", re.ASCII)
_SavingsKind = Literal["deposit", "withdrawal", "interest", "transfer"]
_SAVINGS: tuple[str, ...] = get_args(_SavingsKind)
_CREDITS = (LineKind.CREDIT_REFUNDED.value, LineKind.CREDIT_CARRIED.value)
_OURS = {
    "loan": (LineKind.INTEREST_RECEIVED.value, LineKind.PRINCIPAL_REPAID.value, *_CREDITS),
    "account": (LineKind.DEPOSIT.value, LineKind.TRANSFER.value),
}
_THEIRS = {"loan": LOAN_EVENT_KINDS, "account": _SAVINGS}
_EXTRAS = ("interest", "until", "due_on", "ppm")


class CoreLoanRow(Row, frozen=True):
    """Balances of a loan; ``interest_due`` is its signed unpaid interest, if the core tells it."""

    loan: str
    in_term: int
    overdue: int
    frozen: int
    interest_due: int | None


class CoreAccountRow(Row, frozen=True):
    account: str
    balance: int


class CoreTransactionRow(Row, frozen=True):
    """One transaction on a loan or an account; ``our_id`` names the line of ours that it booked, if any."""

    core_ref: str
    our_id: str | None
    loan: str | None
    account: str | None
    kind: str
    effective_on: int
    amount: int | None
    interest: int | None
    until: int | None
    due_on: int | None
    ppm: int | None

    @property
    def subject(self) -> str:
        """What it moves: ``loan`` or ``account``."""
        return "account" if self.loan is None else "loan"

    @property
    def number(self) -> str:
        """Number of the loan or account."""
        return self.loan or self.account or ""


def our_id(cell: str) -> Value:
    """Our name for a line of our export."""
    return cell if _OUR_ID.fullmatch(cell) else Reason.NOT_A_CODE


def line_place(ours: str) -> tuple[str, LinePlace]:
    """The group, and the place in its log, that our name for a line tells."""
    found = _OUR_ID.fullmatch(ours)
    assert found is not None, "the cell was read by our_id"
    group, epoch, seq, number = found.groups()
    return group, LinePlace(Position(int(epoch), int(seq)), int(number))


TABLES = (
    Table(
        "loans",
        CoreLoanRow,
        ("loan",),
        (
            Column("loan", code),
            Column("in_term", amount),
            Column("overdue", amount),
            Column("frozen", amount),
            Column("interest_due", signed, required=False),
        ),
    ),
    Table("savings", CoreAccountRow, ("account",), (Column("account", code), Column("balance", signed))),
    Table(
        "transactions",
        CoreTransactionRow,
        ("core_ref", "our_id"),
        (
            Column("core_ref", code),
            Column("our_id", our_id, required=False),
            Column("loan", code, required=False),
            Column("account", code, required=False),
            Column("kind", one_of(*LOAN_EVENT_KINDS, *_SAVINGS, *_CREDITS)),
            Column("effective_on", day),
            Column("amount", signed, required=False),
            Column("interest", amount, required=False),
            Column("until", day, required=False),
            Column("due_on", day, required=False),
            Column("ppm", rate_ppm, required=False),
        ),
    ),
)


def check_transactions(rows: Iterable[CoreTransactionRow], cut_off: Day) -> tuple[BadRow, ...]:
    """Every transaction whose own cells contradict each other, or which lies after the cut-off."""
    found = list(rows)
    bad = [fault for row in found for fault in _faults(row, cut_off)]
    sound = {row.line for row in found}.difference(fault.line for fault in bad)
    events = tuple(
        event_row(row) for row in found if row.line in sound and row.our_id is None and row.loan is not None
    )
    terms = check_terms(BookRows(loan_events=events))
    bad += (BadRow("transactions", fault.line, fault.column, fault.reason) for fault in terms)
    return tuple(sorted(bad))


def event_row(row: CoreTransactionRow) -> LoanEventRow:
    """A transaction on a loan as the row of an import that it would be."""
    assert row.loan is not None
    return LoanEventRow(
        line=row.line,
        core_ref=row.core_ref,
        loan=row.loan,
        kind=cast("LoanEventKind", row.kind),
        effective_on=row.effective_on,
        amount=row.amount,
        interest=row.interest,
        until=row.until,
        due_on=row.due_on,
        ppm=row.ppm,
    )


def fact_of(row: CoreTransactionRow, ordinal: Ordinal) -> Told | None:
    """The fact that an import would make of a transaction; None for what only a line of ours can be."""
    if row.kind in _CREDITS or (row.our_id is not None and (row.amount or 0) < 0):
        return None
    if row.loan is None:
        kind = cast("_SavingsKind", row.kind)
        return SavingsMoved(ordinal, kind, row.effective_on, row.amount or 0, row.core_ref, CORE)
    return loan_fact(event_row(row), ordinal)


def _faults(row: CoreTransactionRow, cut_off: Day) -> Iterator[BadRow]:
    if (row.loan is None) == (row.account is None):
        yield _bad(row, "account", Reason.EMPTY_CELL if row.loan is None else Reason.MUST_BE_EMPTY)
    elif row.kind not in (_THEIRS if row.our_id is None else _OURS)[row.subject]:
        yield _bad(row, "kind", Reason.NOT_A_CHOICE)
    if row.effective_on > cut_off:
        yield _bad(row, "effective_on", Reason.OUT_OF_RANGE)
    if row.our_id is not None or row.loan is None:
        if row.amount is None:
            yield _bad(row, "amount", Reason.EMPTY_CELL)
        for column in _EXTRAS:
            if getattr(row, column) is not None:
                yield _bad(row, column, Reason.MUST_BE_EMPTY)
    least = {"loan": 0, "account": 1}[row.subject] if row.our_id is None else DONG_MIN
    if row.amount is not None and row.amount < least:
        yield _bad(row, "amount", Reason.OUT_OF_RANGE)


def _bad(row: CoreTransactionRow, column: str, reason: Reason) -> BadRow:
    return BadRow("transactions", row.line, column, reason)
