"""Rows of a bank's export, typed, and what can be wrong with one. Formats: ``docs/operate/import.md``.

Days are days since 1970-01-01, amounts whole đồng, rates parts per million a year. An empty optional cell is
None. Lines are counted as each form counts them: in a CSV file and on a sheet the header is line 1, in a JSON
document the first row is line 1.
"""

from enum import StrEnum
from typing import Literal, get_args

from msgspec import Struct

Form = Literal["csv", "xlsx", "json"]


class Reason(StrEnum):
    """Why a row is refused; the sentences for people stand in ``hub.service.loan_book.wording``.

    The last ones are what the fold of a book finds odd (``calc.problems``), under the same names.
    """

    NO_FILES = "no_files"
    NOWHERE = "nowhere"
    UNKNOWN_FORM = "unknown_form"
    UNKNOWN_TABLE = "unknown_table"
    MISSING_TABLE = "missing_table"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    EMPTY_TABLE = "empty_table"
    NOT_A_TABLE = "not_a_table"
    TOO_MANY = "too_many"
    UNKNOWN_COLUMN = "unknown_column"
    MISSING_COLUMN = "missing_column"
    REPEATED_COLUMN = "repeated_column"
    CELL_COUNT = "cell_count"
    NOT_A_ROW = "not_a_row"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    BAD_QUOTES = "bad_quotes"
    LINE_TOO_LONG = "line_too_long"
    MERGED = "merged"
    FORBIDDEN_CHARACTER = "forbidden_character"
    EMPTY_CELL = "empty_cell"
    MUST_BE_EMPTY = "must_be_empty"
    NO_VALUE = "no_value"
    NEITHER_TEXT_NOR_NUMBER = "neither_text_nor_number"
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    IS_A_DAY = "is_a_day"
    TEXT_TOO_LONG = "text_too_long"
    NOT_A_CODE = "not_a_code"
    NOT_A_CHOICE = "not_a_choice"
    NOT_A_DAY = "not_a_day"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_AN_IDENTITY = "not_an_identity"
    NOT_A_PHONE = "not_a_phone"
    REPEATED_KEY = "repeated_key"
    UNKNOWN_NAME = "unknown_name"
    OTHER_GROUP = "other_group"
    WRONG_ORDER = "wrong_order"
    BEFORE_CUT_OFF = "before_cut_off"
    TOO_MANY_MEMBERS = "too_many_members"
    CHANGED = "changed"
    MAY_BE_OURS = "may_be_ours"
    EARLIER_DUE = "earlier_due"
    OLDER_THAN_LOG = "older_than_log"
    IMPOSSIBLE = "impossible"
    UNKNOWN_POLICY = "unknown_policy"
    POLICY_NOT_SUPPORTED = "policy_not_supported"
    OVER_REPAYMENT = "over_repayment"
    OVERDUE_EXCEEDS_IN_TERM = "overdue_exceeds_in_term"
    EXTENSION_EXCEEDS_OVERDUE = "extension_exceeds_overdue"
    LIFT_EXCEEDS_FROZEN = "lift_exceeds_frozen"
    FROZEN_TWICE = "frozen_twice"
    BEFORE_OPENING = "before_opening"
    AFTER_CLOSING = "after_closing"
    AFTER_WRITE_OFF = "after_write_off"
    WRITE_OFF_DIFFERS = "write_off_differs"
    NOT_WRITTEN_OFF = "not_written_off"
    RECOVERED_TOO_MUCH = "recovered_too_much"
    GROUP_STOPPED = "group_stopped"
    NO_LOG = "no_log"
    REFUSED_WITH = "refused_with"


class BadRow(Struct, frozen=True, order=True):
    """One thing wrong with one row: ``line`` 0 is the whole table, table "" the whole export.

    For a group whose log cannot be gone on with, ``table`` is "" and ``column`` the group.
    """

    table: str
    line: int
    column: str
    reason: Reason


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
