"""What the branch holds and a full export no longer names: told to a person, never deleted (B21)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from hub.service.loan_book.draft import GroupPlan
from hub.service.loan_book.roster import Roster
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import BadRow, BookRows

FULL = ("members", "savings", "loans")
"""Tables that an export must have to be full."""


class Absent(Struct, frozen=True, order=True):
    """A member, a loan or a savings account of a group, by the bank's own number."""

    group: str
    kind: Literal["member", "loan", "account"]
    number: str


def missing_tables(book: BookRows) -> tuple[BadRow, ...]:
    """Tables without which an export says nothing about what has vanished."""
    return tuple(BadRow(table, 0, "", Reason.MISSING_TABLE) for table in FULL if table not in book.tables)


def absent(book: BookRows, rosters: Mapping[str, Roster], plans: Iterable[GroupPlan]) -> tuple[Absent, ...]:
    """Everybody who has not left, every loan that goes on, every account of somebody who has not left.

    A row that is refused names them all the same, as far as its name could be read.
    """
    named: dict[str, set[str | None]] = {
        "members": {row.customer for row in book.members},
        "savings": {row.account for row in book.savings},
        "loans": {row.loan for row in book.loans},
    }
    for lost in book.lost:
        if lost.table in named:
            named[lost.table].add(lost.name)
    after = {group: roster.copy() for group, roster in rosters.items()}
    for plan in plans:
        for entry in plan.entries:
            if plan.group in after:
                after[plan.group].take(entry)
    return tuple(sorted(one for roster in after.values() for one in _absent_of(roster, named)))


def _absent_of(roster: Roster, named: Mapping[str, set[str | None]]) -> Iterator[Absent]:
    group = roster.group
    for number in roster.members.keys() - named["members"]:
        yield Absent(group, "member", number)
    for number, loan in roster.loans.items():
        if number not in named["loans"] and loan.ordinal not in roster.ended:
            yield Absent(group, "loan", number)
    for number, account in roster.accounts.items():
        if number not in named["savings"] and roster.customers[account.member] in roster.members:
            yield Absent(group, "account", number)
