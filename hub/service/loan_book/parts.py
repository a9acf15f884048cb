"""An export cut into the groups whose logs its rows concern, each with its rows kind by kind."""

from collections.abc import Mapping
from operator import attrgetter

from msgspec import Struct, field

from hub.service.loan_book.references import Holding, Known
from hub.service.reading.reasons import Reason
from hub.service.reading.rows import (
    LOAN_EVENT_KINDS,
    LOWERING,
    BadRow,
    BookRows,
    GroupRow,
    LoanEventRow,
    LoanRow,
    MemberMoveRow,
    MemberRow,
    SavingsEventRow,
    SavingsRow,
)


class Part(Struct):
    """The rows of an export that concern one group; ``handed_over`` are loans that leave it."""

    groups: list[GroupRow] = field(default_factory=list)
    members: list[MemberRow] = field(default_factory=list)
    savings: list[SavingsRow] = field(default_factory=list)
    loans: list[LoanRow] = field(default_factory=list)
    loan_events: list[LoanEventRow] = field(default_factory=list)
    savings_events: list[SavingsEventRow] = field(default_factory=list)
    moves: list[MemberMoveRow] = field(default_factory=list)
    handed_over: list[LoanRow] = field(default_factory=list)


class Parts(Struct, frozen=True):
    """Parts by group; ``linked`` are groups between which somebody moves: one can bear on the other.

    ``orphans`` are rows about a loan or an account that stands only in a row that could not be read.
    """

    of: Mapping[str, Part]
    linked: frozenset[str]
    orphans: tuple[BadRow, ...]


def parts_of(book: BookRows, known: Known) -> Parts:
    """Every row of an export with the group that it concerns; a fact that a log has goes to that log."""
    cutting = _Cutting(known)
    for group in book.groups:
        cutting.part(group.code).groups.append(group)
    for member in book.members:
        cutting.part(member.group).members.append(member)
    for account in book.savings:
        cutting.part(account.group).savings.append(account)
    for loan in book.loans:
        cutting.part(loan.group).loans.append(loan)
        cutting.hand_over(loan)
    _cut_facts(cutting, book, known)
    return Parts(cutting.parts, frozenset(cutting.linked), tuple(cutting.orphans))


def _cut_facts(cutting: "_Cutting", book: BookRows, known: Known) -> None:
    loans = cutting.homes(known.loans, {row.loan: row.group for row in book.loans})
    for event in sorted(book.loan_events, key=_order):
        if owner := cutting.owner("loan_events", event, "loan", loans):
            cutting.part(owner).loan_events.append(event)
    accounts = cutting.homes(known.accounts, {row.account: row.group for row in book.savings})
    for movement in sorted(book.savings_events, key=_in_before_out):
        if owner := cutting.owner("savings_events", movement, "account", accounts):
            cutting.part(owner).savings_events.append(movement)
    for move in sorted(book.member_moves, key=attrgetter("effective_on", "line")):
        if owner := cutting.owner("member_moves", move, "customer", known.members):
            cutting.part(owner).moves.append(move)
            cutting.linked |= {owner, move.to_group or owner}


class _Cutting:
    """Parts while rows are put into them."""

    def __init__(self, known: Known) -> None:
        self.parts: dict[str, Part] = {}
        self.linked: set[str] = set()
        self.orphans: list[BadRow] = []
        self._known = known

    def part(self, group: str) -> Part:
        return self.parts.setdefault(group, Part())

    def hand_over(self, loan: LoanRow) -> None:
        held = self._known.loans.get(loan.loan)
        if held is not None and held.group != loan.group:
            self.part(held.group).handed_over.append(loan)
            self.linked |= {held.group, loan.group}

    def homes(self, held: Mapping[str, Holding], told: Mapping[str, str]) -> Mapping[str, str]:
        """The group of each loan or account: where the export has it now, else where the branch has it."""
        return {**{number: one.group for number, one in held.items()}, **told}

    def owner(
        self,
        table: str,
        row: LoanEventRow | SavingsEventRow | MemberMoveRow,
        column: str,
        homes: Mapping[str, str],
    ) -> str | None:
        """The group whose log has a fact, or must have it."""
        owner = self._known.references.get(row.core_ref) or homes.get(getattr(row, column))
        if owner is None:
            self.orphans.append(BadRow(table, row.line, column, Reason.REFUSED_WITH))
        return owner


def _order(event: LoanEventRow) -> tuple[int, int, int]:
    return event.effective_on, LOAN_EVENT_KINDS.index(event.kind), event.line


def _in_before_out(movement: SavingsEventRow) -> tuple[bool, int, int]:
    """What comes in first, whatever its day: what goes out is then weighed against all of it."""
    return movement.kind in LOWERING, movement.effective_on, movement.line
