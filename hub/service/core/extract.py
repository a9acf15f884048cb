"""Reads an extract of the core system, and sorts it by the groups whose loans and accounts it names (B21).

A bad row is told with its place, and left out; the rest is compared, because comparing posts nothing. What
is about a number that no group has is told too: it may be a loan that was never imported.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from calc.core_extract import CoreRow, Extract, LoanBalance
from hub.service.core.rows import (
    TABLES,
    CoreAccountRow,
    CoreLoanRow,
    CoreTransactionRow,
    check_transactions,
    fact_of,
    line_place,
)
from hub.service.group.as_known import position_at
from hub.service.group.state import GroupState
from hub.service.reading.files import read_tables
from hub.service.reading.rows import BadRow, Form, Row
from protocol.day import Day, Instant
from protocol.ids import Ordinal
from protocol.money import Dong

RowT = TypeVar("RowT", bound=Row)


class CutOff(Struct, frozen=True):
    """When an extract was cut: an instant, and the day whose end its balances show."""

    instant: Instant
    day: Day


class CoreFile(Struct, frozen=True):
    """What an extract says, and the rows of it that say nothing."""

    form: Form
    loans: tuple[CoreLoanRow, ...]
    accounts: tuple[CoreAccountRow, ...]
    transactions: tuple[CoreTransactionRow, ...]
    bad: tuple[BadRow, ...]

    def since(self, told: Day | None) -> Day | None:
        """First day whose transactions it has: as somebody said, or else the first that it names."""
        if told is not None:
            return told
        return min((row.effective_on for row in self.transactions), default=None)


AnyRow = CoreLoanRow | CoreAccountRow | CoreTransactionRow


class Sorted(Struct, frozen=True):
    """An extract by group, and the rows about numbers that no group has."""

    extracts: Mapping[str, Extract]
    unknown: tuple[AnyRow, ...]


def read_core_file(path: Path, cut_off: Day) -> CoreFile:
    """Every good row of an extract that was cut on a day, and what is wrong with the others."""
    form, tables, bad = read_tables(path, TABLES)
    transactions = _rows(tables, "transactions", CoreTransactionRow)
    faults = check_transactions(transactions, cut_off)
    unsound = {fault.line for fault in faults}
    return CoreFile(
        form=form,
        loans=_rows(tables, "loans", CoreLoanRow),
        accounts=_rows(tables, "savings", CoreAccountRow),
        transactions=tuple(row for row in transactions if row.line not in unsound),
        bad=tuple(sorted((*bad, *faults))),
    )


def sort_by_group(file: CoreFile, states: Sequence[GroupState], cut_off: CutOff, since: Day | None) -> Sorted:
    """The extract of each group that it says anything about, in the group's own ordinals."""
    desk = _Desk(states, cut_off.day)
    for loan in file.loans:
        desk.take_loan(loan)
    for account in file.accounts:
        desk.take_account(account)
    for transaction in file.transactions:
        desk.take_transaction(transaction)
    extracts = {
        state.group: Extract(
            day=cut_off.day,
            since=file.since(since),
            known_by=position_at(state, cut_off.instant),
            loans=desk.loans.get(state.group, {}),
            accounts=desk.accounts.get(state.group, {}),
            rows=tuple(desk.rows.get(state.group, ())),
        )
        for state in states
        if state.group in {*desk.loans, *desk.accounts, *desk.rows}
    }
    return Sorted(extracts, tuple(desk.unknown))


class _Owner(Struct, frozen=True):
    """A group that has a loan or an account, and from which day on."""

    group: str
    ordinal: Ordinal
    start: Day


class _Desk:
    """Rows as they are sorted."""

    def __init__(self, states: Sequence[GroupState], day: Day) -> None:
        self.day = day
        self.owners: dict[tuple[str, str], list[_Owner]] = defaultdict(list)
        self.loans: dict[str, dict[Ordinal, LoanBalance]] = defaultdict(dict)
        self.accounts: dict[str, dict[Ordinal, Dong]] = defaultdict(dict)
        self.rows: dict[str, list[CoreRow]] = defaultdict(list)
        self.unknown: list[AnyRow] = []
        for state in states:
            for loan in state.book.loans.values():
                self.owners["loan", loan.number].append(_Owner(state.group, loan.ordinal, loan.start))
            for account in state.book.accounts.values():
                owner = _Owner(state.group, account.ordinal, account.listed.as_of)
                self.owners["account", account.number].append(owner)

    def take_loan(self, row: CoreLoanRow) -> None:
        """Balances of a loan."""
        owner = self.owner(row, "loan", row.loan, self.day)
        if owner is not None:
            balance = LoanBalance(row.in_term, row.overdue, row.frozen, row.interest_due)
            self.loans[owner.group][owner.ordinal] = balance

    def take_account(self, row: CoreAccountRow) -> None:
        """The balance of an account."""
        owner = self.owner(row, "account", row.account, self.day)
        if owner is not None:
            self.accounts[owner.group][owner.ordinal] = row.balance

    def take_transaction(self, row: CoreTransactionRow) -> None:
        """A transaction; one that names a line of another group books no line of this one."""
        owner = self.owner(row, row.subject, row.number, row.effective_on)
        if owner is None:
            return
        told = None if row.our_id is None else line_place(row.our_id)
        self.rows[owner.group].append(
            CoreRow(
                core_ref=row.core_ref,
                ours=told[1] if told is not None and told[0] == owner.group else None,
                kind=row.kind,
                day=row.effective_on,
                amount=row.amount or 0,
                loan=owner.ordinal if row.subject == "loan" else None,
                account=owner.ordinal if row.subject == "account" else None,
                fact=fact_of(row, owner.ordinal),
            )
        )

    def owner(self, row: AnyRow, kind: str, number: str, day: Day) -> _Owner | None:
        """The group whose history of a number has begun by a day, the last of them where it moved (B22)."""
        owners = self.owners.get((kind, number))
        if owners is None:
            self.unknown.append(row)
            return None
        begun = [owner for owner in owners if owner.start <= day] or owners[:1]
        return max(begun, key=lambda owner: owner.start)


def _rows(tables: Mapping[str, Iterable[Row]], name: str, kind: type[RowT]) -> tuple[RowT, ...]:
    return tuple(row for row in tables.get(name, ()) if isinstance(row, kind))
