"""One group's part of the export: members, accounts, loans and events, numbered as the bank numbers them."""

import calendar
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from places import Point
from rates import contract_ppm
from sheets import Cell, Sheets

AS_OF = date(2025, 11, 30)
"""Balances stand as at the start of this day; events of the first three days of December follow them."""

_MILLION_DAYS = 365_000_000
_OVERDUE_PERCENT = 130


class Terms(NamedTuple):
    """What a loan contract says; ``ppm`` is the yearly rate, nil for the programme's rate of that day."""

    programme: str
    opened_on: date
    due_on: date
    grace_end: date | None = None
    ppm: int | None = None

    def rate(self) -> int:
        """Contract rate in parts per million."""
        return contract_ppm(self.programme, self.opened_on) if self.ppm is None else self.ppm


class Balances(NamedTuple):
    """Principal and whole-đồng arrears of a loan in mid-life."""

    in_term: int = 0
    overdue: int = 0
    frozen: int = 0
    frozen_until: date | None = None
    arrears_in_term: int = 0
    arrears_overdue: int = 0
    arrears_grace: int = 0
    prepaid: int = 0


class GroupBook:
    """Writes one group's rows and hands out its customer, account, loan and transaction numbers."""

    def __init__(self, sheets: Sheets, number: int, point: Point) -> None:
        self.sheets = sheets
        self.number = number
        self.code = f"KM-{number:03d}"
        self.last_day = date(2025, 11, min(point.day, 30))
        self._loans: dict[str, int] = {}
        self._events = 0

    def customer(self, member: int) -> str:
        """Customer number of the group's n-th member."""
        return f"30{self.number:04d}{member:04d}"

    def member(self, member: int, name: str, identity: str, phone: str | None, address: str) -> str:
        """List a member; gives the customer number."""
        customer = self.customer(member)
        self.sheets.add(
            "members.csv",
            group=self.code,
            customer=customer,
            full_name=name,
            identity=identity,
            phone=phone,
            address=address,
        )
        return customer

    def account(self, customer: str, balance: int, nth: int = 1) -> str:
        """List a savings account; gives its number."""
        account = f"33{customer[2:]}{nth:02d}"
        self.sheets.add(
            "savings.csv", group=self.code, customer=customer, account=account, as_of=AS_OF, balance=balance
        )
        return account

    def brought_forward(self, customer: str, terms: Terms, balances: Balances) -> str:
        """A loan in mid-life; interest since the last transaction day travels as numerators."""
        days, rate = (AS_OF - self.last_day).days, terms.rate()
        in_term, overdue = balances.in_term * rate * days, balances.overdue * overdue_rate(rate) * days
        in_grace = terms.grace_end is not None and terms.grace_end > AS_OF
        loan = self._number(customer)
        self._loan_row(
            customer,
            loan,
            terms,
            as_of=AS_OF,
            numerator_in_term=None if in_grace else in_term,
            numerator_overdue=overdue,
            numerator_grace=in_term if in_grace else None,
            **balances._asdict(),
        )
        return loan

    def opened(self, customer: str, terms: Terms, tranches: Sequence[tuple[date, int]]) -> str:
        """A loan with its whole history, from its disbursements on."""
        loan = self._number(customer)
        self._loan_row(customer, loan, terms)
        for day, amount in tranches:
            self.event(loan, "disbursed", day, amount=amount)
        return loan

    def event(self, loan: str, kind: str, day: date, **extra: Cell) -> None:
        """One event of a loan under the next transaction reference."""
        self.sheets.add(
            "loan_events.csv", core_ref=self._reference(), loan=loan, kind=kind, effective_on=day, **extra
        )

    def savings_event(self, account: str, kind: str, day: date, amount: int) -> None:
        """One movement of a savings account."""
        self.sheets.add(
            "savings_events.csv",
            core_ref=self._reference(),
            account=account,
            kind=kind,
            effective_on=day,
            amount=amount,
        )

    def transaction_days(self, after: date) -> list[date]:
        """Transaction days of this year after a day, up to the last one before the export."""
        months = (date(2025, month, month_day(2025, month, self.last_day.day)) for month in range(1, 12))
        return [day for day in months if after < day <= self.last_day]

    def _number(self, customer: str) -> str:
        self._loans[customer] = self._loans.get(customer, 0) + 1
        return f"66{customer[2:]}{self._loans[customer]:02d}"

    def _loan_row(self, customer: str, loan: str, terms: Terms, **cells: Cell) -> None:
        self.sheets.add(
            "loans.csv",
            group=self.code,
            customer=customer,
            loan=loan,
            programme=terms.programme,
            opened_on=terms.opened_on,
            due_on=terms.due_on,
            grace_end=terms.grace_end,
            ppm=terms.rate(),
            **cells,
        )

    def _reference(self) -> str:
        self._events += 1
        return f"GD{self.number:03d}-{self._events:05d}"


def interest(numerator: int) -> int:
    """Whole đồng of đồng × ppm × days, a half rounded up."""
    return (2 * numerator + _MILLION_DAYS) // (2 * _MILLION_DAYS)


def overdue_rate(ppm: int) -> int:
    """130 % of the lending rate."""
    return ppm * _OVERDUE_PERCENT // 100


def month_day(year: int, month: int, day: int) -> int:
    """A day of the month that exists in that month."""
    return min(day, calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, month_day(year, month + 1, day.day))
