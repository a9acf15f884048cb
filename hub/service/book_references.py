"""What must hold between the rows of an export, and between it and what the branch already holds.

Every fault is a value with its file, line and column. A name that stands only in a row that was itself
refused counts as known, and a file with a row that could not be read vouches for every name, so that one bad
row is listed once. Amounts are not weighed here: a loan that no book could hold is refused by the fold.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from hub.service.book_rows import UNREADABLE_NAME, BadRow, BookRows, GroupRow, Reason, Row
from protocol.limits import GROUP_MEMBERS_MAX


class Known(Struct, frozen=True):
    """Names that the branch already holds; members, accounts and loans with their group."""

    areas: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    members: Mapping[str, str] = {}
    accounts: Mapping[str, str] = {}
    loans: Mapping[str, str] = {}


def check_references(book: BookRows, known: Known) -> tuple[BadRow, ...]:
    """Every name that nothing carries, every row in the wrong group, every group that is too large."""
    faults = [
        *_unknown_names(book, known),
        *_wrong_groups(book, known),
        *_crowded_groups(book, known),
        *_repeated_references(book),
    ]
    return tuple(sorted(faults))


def _unknown_names(book: BookRows, known: Known) -> Iterator[BadRow]:
    names: dict[str, set[str]] = {
        "areas": {*known.areas, *(row.code for row in book.areas)},
        "points": {*known.points, *(row.code for row in book.points)},
        "programmes": {*known.programmes, *(row.code for row in book.programmes)},
        "groups": {*known.groups, *(row.code for row in book.groups)},
        "members": {*known.members, *(row.customer for row in book.members)},
        "savings": {*known.accounts, *(row.account for row in book.savings)},
        "loans": {*known.loans, *(row.loan for row in book.loans)},
    }
    for table, name in book.refused:
        names.get(table, set()).add(name)
    for table, column, target in _LINKS:
        if UNREADABLE_NAME in names[target]:
            continue
        for row in getattr(book, table):
            name = getattr(row, column)
            if name is not None and name not in names[target]:
                yield _fault(table, row, column, Reason.UNKNOWN_NAME)


_LINKS = (
    ("areas", "parent", "areas"),
    ("areas", "successor", "areas"),
    ("points", "area", "areas"),
    ("rate_decisions", "programme", "programmes"),
    ("groups", "area", "areas"),
    ("groups", "point", "points"),
    ("groups", "leader", "members"),
    ("groups", "deputy", "members"),
    ("members", "group", "groups"),
    ("savings", "group", "groups"),
    ("savings", "customer", "members"),
    ("savings_events", "account", "savings"),
    ("loans", "group", "groups"),
    ("loans", "customer", "members"),
    ("loans", "programme", "programmes"),
    ("loan_events", "loan", "loans"),
)
"""Which column of which file names a row of which other."""


def _wrong_groups(book: BookRows, known: Known) -> Iterator[BadRow]:
    group_of = {**{row.customer: row.group for row in book.members}, **known.members}
    for row in book.members:
        if group_of[row.customer] != row.group:
            yield _fault("members", row, "group", Reason.OTHER_GROUP)
    for table, column, held in (("savings", "account", known.accounts), ("loans", "loan", known.loans)):
        for row in getattr(book, table):
            if group_of.get(row.customer, row.group) != row.group:
                yield _fault(table, row, "customer", Reason.OTHER_GROUP)
            elif held.get(getattr(row, column), row.group) != row.group:
                yield _fault(table, row, column, Reason.OTHER_GROUP)
    yield from _wrong_leaders(book.groups, group_of)


def _wrong_leaders(groups: Sequence[GroupRow], group_of: Mapping[str, str]) -> Iterator[BadRow]:
    for row in groups:
        if group_of.get(row.leader, row.code) != row.code:
            yield _fault("groups", row, "leader", Reason.OTHER_GROUP)
        if row.deputy is not None and group_of.get(row.deputy, row.code) != row.code:
            yield _fault("groups", row, "deputy", Reason.OTHER_GROUP)
        if row.leader == row.deputy:
            yield _fault("groups", row, "deputy", Reason.REPEATED_KEY)


def _crowded_groups(book: BookRows, known: Known) -> Iterator[BadRow]:
    sizes: dict[str, int] = {}
    for group in known.members.values():
        sizes[group] = sizes.get(group, 0) + 1
    for row in book.members:
        if row.customer in known.members:
            continue
        sizes[row.group] = sizes.get(row.group, 0) + 1
        if sizes[row.group] > GROUP_MEMBERS_MAX:
            yield _fault("members", row, "group", Reason.TOO_MANY_MEMBERS)


def _repeated_references(book: BookRows) -> Iterator[BadRow]:
    loan_references = {row.core_ref for row in book.loan_events}
    for row in book.savings_events:
        if row.core_ref in loan_references:
            yield _fault("savings_events", row, "core_ref", Reason.REPEATED_KEY)


def _fault(table: str, row: Row, column: str, reason: Reason) -> BadRow:
    return BadRow(f"{table}.csv", row.line, column, reason)
