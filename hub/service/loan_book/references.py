"""What must hold between the rows of an export, and between it and what the branch already holds.

Every fault is a value with its table, line and column. A name that stands only in a row that could not be
read counts as known here, and a table with a row without a readable name vouches for every name: what then
cannot be written is refused with the row that it needs (``hub.service.loan_book.draft``). Amounts are not
weighed: a loan that no book could hold is refused by the fold.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from hub.service.reading.reasons import Reason
from hub.service.reading.rows import (
    BadRow,
    BookRows,
    GroupRow,
    LoanRow,
    MemberMoveRow,
    Row,
    SavingsRow,
)
from protocol.limits import GROUP_MEMBERS_MAX


class Holding(Struct, frozen=True):
    """Where a loan or a savings account stands now, and whose it is."""

    group: str
    customer: str


class Known(Struct, frozen=True):
    """Names that the branch already holds; ``members`` are those who have not left, with their group.

    ``references`` are the bank's own of every fact in a log, with the log's group.
    """

    areas: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    members: Mapping[str, str] = {}
    accounts: Mapping[str, Holding] = {}
    loans: Mapping[str, Holding] = {}
    references: Mapping[str, str] = {}


def check_references(book: BookRows, known: Known) -> tuple[BadRow, ...]:
    """Every name that nothing carries, every row in the wrong group, every group that is too large."""
    moves = {row.customer: row for row in book.member_moves if row.core_ref not in known.references}
    staying = {name: group for name, group in known.members.items() if name not in moves}
    faults = [
        *_unknown_names(book, known),
        *_wrong_moves(book, known, moves),
        *_wrong_groups(book, known, staying),
        *_before_cut_off(book, known),
        *_crowded_groups(book, staying),
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
    vouching = {row.table for row in book.lost if row.name is None}
    for row in book.lost:
        if row.name is not None and row.table in names:
            names[row.table].add(row.name)
    for table, column, target in _LINKS:
        if target in vouching:
            continue
        for named in book.rows(table):
            name = getattr(named, column)
            if name is not None and name not in names[target]:
                yield BadRow(table, named.line, column, Reason.UNKNOWN_NAME)


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
    ("member_moves", "to_group", "groups"),
    ("savings", "group", "groups"),
    ("savings", "customer", "members"),
    ("savings_events", "account", "savings"),
    ("loans", "group", "groups"),
    ("loans", "customer", "members"),
    ("loans", "programme", "programmes"),
    ("loan_events", "loan", "loans"),
)
"""Which column of which table names a row of which other."""


def _wrong_moves(book: BookRows, known: Known, moves: Mapping[str, MemberMoveRow]) -> Iterator[BadRow]:
    """Who leaves must be somewhere; where he is listed next is where the move says."""
    for row in book.member_moves:
        if row.core_ref in known.references:
            continue
        if row.customer not in known.members:
            yield _fault("member_moves", row, "customer", Reason.UNKNOWN_NAME)
        elif known.members[row.customer] == row.to_group:
            yield _fault("member_moves", row, "to_group", Reason.OTHER_GROUP)
        elif moves[row.customer] is not row:
            yield _fault("member_moves", row, "customer", Reason.REPEATED_KEY)
    for member in book.members:
        move = moves.get(member.customer)
        if move is not None and move.to_group != member.group:
            yield _fault("members", member, "group", Reason.OTHER_GROUP)


def _wrong_groups(book: BookRows, known: Known, staying: Mapping[str, str]) -> Iterator[BadRow]:
    """Rows that put people, or what is theirs, where they do not belong; who moves takes all along (B22)."""
    group_of = {**{row.customer: row.group for row in book.members}, **staying}
    for row in book.members:
        if group_of[row.customer] != row.group:
            yield _fault("members", row, "group", Reason.OTHER_GROUP)
    for account in book.savings:
        yield from _misplaced("savings", account, "account", known.accounts.get(account.account), group_of)
    moved_on = {row.customer: row.effective_on for row in book.member_moves}
    for loan in book.loans:
        yield from _misplaced("loans", loan, "loan", known.loans.get(loan.loan), group_of)
        if loan.as_of is not None and loan.as_of < moved_on.get(loan.customer, loan.as_of):
            yield _fault("loans", loan, "as_of", Reason.WRONG_ORDER)
    yield from _wrong_leaders(book.groups, group_of)


def _misplaced(
    table: str, row: SavingsRow | LoanRow, column: str, held: Holding | None, group_of: Mapping[str, str]
) -> Iterator[BadRow]:
    if group_of.get(row.customer, row.group) != row.group:
        yield _fault(table, row, "customer", Reason.OTHER_GROUP)
    elif held is not None and held.group != row.group:
        moved = held.customer == row.customer and group_of.get(row.customer) == row.group
        if not moved:
            yield _fault(table, row, column, Reason.OTHER_GROUP)
        elif isinstance(row, LoanRow) and row.as_of is None:
            yield _fault(table, row, "as_of", Reason.EMPTY_CELL)


def _wrong_leaders(groups: Sequence[GroupRow], group_of: Mapping[str, str]) -> Iterator[BadRow]:
    for row in groups:
        if group_of.get(row.leader, row.code) != row.code:
            yield _fault("groups", row, "leader", Reason.OTHER_GROUP)
        if row.deputy is not None and group_of.get(row.deputy, row.code) != row.code:
            yield _fault("groups", row, "deputy", Reason.OTHER_GROUP)
        if row.leader == row.deputy:
            yield _fault("groups", row, "deputy", Reason.REPEATED_KEY)


def _before_cut_off(book: BookRows, known: Known) -> Iterator[BadRow]:
    """Events that the balances of a loan contain already, where this export opens it with them (B22)."""
    opening = {row.loan: row for row in book.loans}
    for event in book.loan_events:
        row = opening.get(event.loan)
        if row is None or row.as_of is None or event.effective_on >= row.as_of:
            continue
        held = known.loans.get(event.loan)
        if (held is None or held.group != row.group) and event.core_ref not in known.references:
            yield _fault("loan_events", event, "effective_on", Reason.BEFORE_CUT_OFF)


def _crowded_groups(book: BookRows, staying: Mapping[str, str]) -> Iterator[BadRow]:
    sizes = Counter(staying.values())
    for row in book.members:
        if row.customer in staying:
            continue
        sizes[row.group] += 1
        if sizes[row.group] > GROUP_MEMBERS_MAX:
            yield _fault("members", row, "group", Reason.TOO_MANY_MEMBERS)


def _repeated_references(book: BookRows) -> Iterator[BadRow]:
    """References under which two tables tell two facts; the table that comes first has it."""
    taken: set[str] = set()
    for table in ("loan_events", "savings_events", "member_moves"):
        references = {row.core_ref: row for row in getattr(book, table)}
        for reference in references.keys() & taken:
            yield _fault(table, references[reference], "core_ref", Reason.REPEATED_KEY)
        taken |= references.keys()


def _fault(table: str, row: Row, column: str, reason: Reason) -> BadRow:
    return BadRow(table, row.line, column, reason)
