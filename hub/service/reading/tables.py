"""The tables of an export: which columns each has, what a cell may hold, what names a row.

``docs/operate/import.md`` says the same for people; a test compares the two.
"""

from collections.abc import Callable
from operator import attrgetter

from msgspec import Struct

from hub.service.reading import rows
from hub.service.reading.cells import (
    Parse,
    amount,
    code,
    day,
    day_of_month,
    group_code,
    identity,
    one_of,
    phone,
    positive,
    ppm,
    rate_ppm,
    reference,
    signed,
    text,
)


class Column(Struct, frozen=True):
    """A column: how its cells are read, and whether one may be empty."""

    name: str
    parse: Parse
    required: bool = True


class Table(Struct, frozen=True):
    """One table; ``name`` is its field in ``BookRows``, ``identity`` the columns that name a row.

    ``subject`` is the column that says what the row is about: rows about one loan, one account or one
    programme stand or fall together (``hub.service.loan_book.refusals``).
    """

    name: str
    row: Callable[..., rows.Row]
    identity: tuple[str, ...]
    columns: tuple[Column, ...]
    subject: str = ""

    def key(self, row: rows.Row) -> object:
        """What names a row of this table among the others."""
        return attrgetter(*self.identity)(row)


def _optional(name: str, parse: Parse) -> Column:
    return Column(name, parse, required=False)


_BALANCES = (
    _optional("as_of", day),
    _optional("in_term", amount),
    _optional("overdue", amount),
    _optional("frozen", amount),
    _optional("frozen_until", day),
    _optional("arrears_in_term", signed),
    _optional("arrears_overdue", signed),
    _optional("arrears_grace", signed),
    _optional("prepaid", amount),
    _optional("numerator_in_term", amount),
    _optional("numerator_overdue", amount),
    _optional("numerator_grace", amount),
)

TABLES = (
    Table(
        "areas",
        rows.AreaRow,
        ("code", "valid_from"),
        (
            Column("code", code),
            Column("name", text),
            Column("kind", one_of("province", "district", "ward", "commune", "hamlet")),
            _optional("parent", code),
            Column("valid_from", day),
            _optional("valid_to", day),
            _optional("successor", code),
        ),
    ),
    Table(
        "points",
        rows.PointRow,
        ("code",),
        (
            Column("code", code),
            Column("name", text),
            Column("area", code),
            Column("day_of_month", day_of_month),
        ),
    ),
    Table("programmes", rows.ProgrammeRow, ("code",), (Column("code", code), Column("name", text))),
    Table(
        "policies",
        rows.PolicyRow,
        ("policy", "effective_from", "reference"),
        (
            Column("policy", code),
            Column("effective_from", day),
            _optional("choice", code),
            _optional("amount", signed),
            Column("reference", reference),
            Column("signed_on", day),
        ),
    ),
    Table(
        "rate_decisions",
        rows.RateDecisionRow,
        ("reference", "programme", "kind", "effective_from"),
        (
            Column("reference", reference),
            Column("signed_on", day),
            Column("programme", code),
            Column("kind", one_of("rate", "factor", "points", "support")),
            Column("ppm", rate_ppm),
            _optional("above_ppm", ppm),
            Column("effective_from", day),
            _optional("effective_to", day),
            Column("reach", one_of("new", "existing", "all")),
            Column("overdue_reach", one_of("surcharge_on_reduced", "full_surcharge_then_reduce", "excluded")),
        ),
        subject="programme",
    ),
    Table(
        "groups",
        rows.GroupRow,
        ("code", "valid_from"),
        (
            Column("code", group_code),
            Column("name", text),
            Column("area", code),
            Column("point", code),
            Column("organisation", one_of("HPN", "HND", "HCCB", "DTN")),
            Column("leader", code),
            _optional("deputy", code),
            Column("valid_from", day),
        ),
    ),
    Table(
        "members",
        rows.MemberRow,
        ("customer",),
        (
            Column("group", group_code),
            Column("customer", code),
            Column("full_name", text),
            _optional("identity", identity),
            _optional("phone", phone),
            _optional("address", text),
        ),
        subject="customer",
    ),
    Table(
        "member_moves",
        rows.MemberMoveRow,
        ("core_ref",),
        (
            Column("core_ref", code),
            Column("customer", code),
            Column("effective_on", day),
            _optional("to_group", group_code),
            Column("reason", code),
        ),
        subject="customer",
    ),
    Table(
        "savings",
        rows.SavingsRow,
        ("account",),
        (
            Column("group", group_code),
            Column("customer", code),
            Column("account", code),
            Column("as_of", day),
            Column("balance", signed),
        ),
        subject="account",
    ),
    Table(
        "savings_events",
        rows.SavingsEventRow,
        ("core_ref",),
        (
            Column("core_ref", code),
            Column("account", code),
            Column("kind", one_of("deposit", "withdrawal", "interest", "transfer")),
            Column("effective_on", day),
            Column("amount", positive),
        ),
        subject="account",
    ),
    Table(
        "loans",
        rows.LoanRow,
        ("loan",),
        (
            Column("group", group_code),
            Column("customer", code),
            Column("loan", code),
            Column("programme", code),
            Column("opened_on", day),
            Column("due_on", day),
            _optional("grace_end", day),
            Column("ppm", rate_ppm),
            *_BALANCES,
        ),
        subject="loan",
    ),
    Table(
        "loan_events",
        rows.LoanEventRow,
        ("core_ref",),
        (
            Column("core_ref", code),
            Column("loan", code),
            Column("kind", one_of(*rows.LOAN_EVENT_KINDS)),
            Column("effective_on", day),
            _optional("amount", amount),
            _optional("interest", amount),
            _optional("until", day),
            _optional("due_on", day),
            _optional("ppm", rate_ppm),
        ),
        subject="loan",
    ),
)

COLUMNS_MAX = max(len(table.columns) for table in TABLES)
