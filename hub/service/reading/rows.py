"""Rows of a bank's export, typed, and what can be wrong with one. Formats: ``docs/operate/import.md``.

Days are days since 1970-01-01, amounts whole đồng, rates parts per million a year. An empty optional cell is
None. Lines are counted as each form counts them: in a CSV file and on a sheet the header is line 1, in a JSON
document the first row is line 1.
"""

from typing import Literal, get_args

from msgspec import Struct

from hub.service.reading.reasons import Reason

Form = Literal["csv", "xlsx", "json"]


class BadRow(Struct, frozen=True, order=True, omit_defaults=True):
    """One thing wrong with one row: ``line`` 0 is the whole table, table "" the whole export.

    For a group whose log cannot be gone on with, ``table`` is "" and ``column`` the group. ``needs`` is the
    refused row that this one cannot do without, as table and line; "" and 0 where there is none.
    """

    table: str
    line: int
    column: str
    reason: Reason
    needs: tuple[str, int] = ("", 0)


class Row(Struct, frozen=True):
    """A good row; ``line`` is where it stands."""

    line: int


class AreaRow(Row, frozen=True):
    """An area while it has this name and parent; both days are inclusive."""

    code: str
    name: str
    kind: Literal["province", "district", "ward", "commune", "hamlet"]
    parent: str | None
    valid_from: int
    valid_to: int | None
    successor: str | None


class PointRow(Row, frozen=True):
    """A transaction point; days 29 to 31 mean the end of a shorter month."""

    code: str
    name: str
    area: str
    day_of_month: int


class ProgrammeRow(Row, frozen=True):
    code: str
    name: str


class PolicyRow(Row, frozen=True):
    """A dated choice of the branch: a code or a number (B2)."""

    policy: str
    effective_from: int
    choice: str | None
    amount: int | None
    reference: str
    signed_on: int


class RateDecisionRow(Row, frozen=True):
    """One programme's part of a rate decision; both days are inclusive (B13)."""

    reference: str
    signed_on: int
    programme: str
    kind: Literal["rate", "factor", "points", "support"]
    ppm: int
    above_ppm: int | None
    effective_from: int
    effective_to: int | None
    reach: Literal["new", "existing", "all"]
    overdue_reach: Literal["surcharge_on_reduced", "full_surcharge_then_reduce", "excluded"]


class GroupRow(Row, frozen=True):
    """A group from a day on; leader and deputy are customer numbers."""

    code: str
    name: str
    area: str
    point: str
    organisation: str
    leader: str
    deputy: str | None
    valid_from: int


class MemberRow(Row, frozen=True):
    group: str
    customer: str
    full_name: str
    identity: str | None
    phone: str | None
    address: str | None


class MemberMoveRow(Row, frozen=True):
    """A member who left a group, and for which one, if any."""

    core_ref: str
    customer: str
    effective_on: int
    to_group: str | None
    reason: str


class SavingsRow(Row, frozen=True):
    """A savings account and its balance at the start of ``as_of``."""

    group: str
    customer: str
    account: str
    as_of: int
    balance: int


LOWERING = ("withdrawal", "transfer")
"""Movements that take out of an account."""


class SavingsEventRow(Row, frozen=True):
    core_ref: str
    account: str
    kind: Literal["deposit", "withdrawal", "interest", "transfer"]
    effective_on: int
    amount: int


class LoanRow(Row, frozen=True):
    """A loan with its whole history, or with its balances at the start of ``as_of`` (B22)."""

    group: str
    customer: str
    loan: str
    programme: str
    opened_on: int
    due_on: int
    grace_end: int | None
    ppm: int
    as_of: int | None
    in_term: int | None
    overdue: int | None
    frozen: int | None
    frozen_until: int | None
    arrears_in_term: int | None
    arrears_overdue: int | None
    arrears_grace: int | None
    prepaid: int | None
    numerator_in_term: int | None
    numerator_overdue: int | None
    numerator_grace: int | None


LoanEventKind = Literal[
    "disbursed",
    "instalment_scheduled",
    "loan_renewed",
    "loan_extended",
    "instalment_overdue",
    "principal_repaid",
    "interest_received",
    "freeze_lifted",
    "loan_frozen",
    "loan_written_off",
    "recovered_after_write_off",
    "loan_closed",
]
"""In the order in which they count on one day (B24)."""
LOAN_EVENT_KINDS: tuple[str, ...] = get_args(LoanEventKind)


class LoanEventRow(Row, frozen=True):
    """One event in the life of a loan; which of the last five cells it needs depends on its kind."""

    core_ref: str
    loan: str
    kind: LoanEventKind
    effective_on: int
    amount: int | None
    interest: int | None
    until: int | None
    due_on: int | None
    ppm: int | None


class LostRow(Struct, frozen=True):
    """What could be read of a row that could not: what names it, and what it is about; None where nothing."""

    table: str
    line: int
    name: str | None = None
    subject: str | None = None


class BookRows(Struct, frozen=True):
    """Everything one export says, table by table, in the order of its lines.

    ``lost`` are rows that could not be read, and with line 0 whole tables; ``lines`` counts the rows that are
    there, ``unread`` those of them that stand in such tables.
    """

    areas: tuple[AreaRow, ...] = ()
    points: tuple[PointRow, ...] = ()
    programmes: tuple[ProgrammeRow, ...] = ()
    policies: tuple[PolicyRow, ...] = ()
    rate_decisions: tuple[RateDecisionRow, ...] = ()
    groups: tuple[GroupRow, ...] = ()
    members: tuple[MemberRow, ...] = ()
    member_moves: tuple[MemberMoveRow, ...] = ()
    savings: tuple[SavingsRow, ...] = ()
    savings_events: tuple[SavingsEventRow, ...] = ()
    loans: tuple[LoanRow, ...] = ()
    loan_events: tuple[LoanEventRow, ...] = ()
    form: Form = "csv"
    tables: frozenset[str] = frozenset()
    lost: tuple[LostRow, ...] = ()
    lines: int = 0
    unread: int = 0

    def rows(self, table: str) -> tuple[Row, ...]:
        """The good rows of one table."""
        rows: tuple[Row, ...] = getattr(self, table)
        return rows
