"""Where a row of an export says something else than the log, and the dated fact that it then becomes.

What an export may change, and what not, is told in ``docs/operate/import.md``. Facts that no transaction of
the bank stands for get a reference made of what they are about and their day: they too come once (B21).
"""

from hashlib import sha256

from msgspec.structs import replace

from hub.service.loan_book.entries import CORE, Opening
from hub.service.loan_book.roster import Roster, TextOf
from hub.service.reading.rows import GroupRow, LoanRow, MemberRow
from protocol.day import Day, to_date
from protocol.loan_facts import LoanBroughtForward, LoanClosed, LoanExtended
from protocol.roster_facts import GroupListed, MemberListed, SavingsAccountListed

_REFERENCE_MAX = 40
_OPENING_COLUMNS = {
    "member": "customer",
    "programme": "programme",
    "opened_on": "opened_on",
    "grace_end": "grace_end",
}
_BALANCES = (
    "in_term",
    "overdue",
    "frozen",
    "frozen_until",
    "arrears_in_term",
    "arrears_overdue",
    "arrears_grace",
    "prepaid",
    "numerator_in_term",
    "numerator_overdue",
    "numerator_grace",
)


def is_elsewhere(row: GroupRow, day_of_month: int, listing: GroupListed, text_of: TextOf) -> bool:
    """Say whether a row puts the group somewhere else, or calls it otherwise, than a listing does."""
    known = listing.area, listing.point, listing.day_of_month, listing.organisation
    return (row.area, row.point, day_of_month, row.organisation) != known or reads_otherwise(
        listing.name, row.name, text_of
    )


def relisted(listing: GroupListed, on: Day) -> GroupListed:
    """The listing of a group as a new fact of a day."""
    return replace(listing, effective=on, core_ref=_reference("list", listing.group, on))


def changed_texts(row: MemberRow, known: MemberListed, text_of: TextOf) -> frozenset[str]:
    """Columns of a member's row that differ from what was detached; an erased text is not compared (L4)."""
    compared = (
        ("full_name", known.name, row.full_name),
        ("identity", known.identity, row.identity),
        ("phone", known.phone, row.phone),
        ("address", known.address, row.address),
    )
    return frozenset(column for column, digest, text in compared if reads_otherwise(digest, text, text_of))


def reads_otherwise(digest: bytes | None, text: str | None, text_of: TextOf) -> bool:
    """Say whether a text is another one than the one behind a hash, as far as that can still be known."""
    known = None if digest is None else text_of(digest)
    erased = digest is not None and known is None
    return not erased and known != text


def changed_account(now: SavingsAccountListed, known: SavingsAccountListed) -> tuple[str, ...]:
    """Columns of an account that no day changes, or the balance that it was listed with."""
    owner = ("customer",) if now.member != known.member else ()
    balance = ("balance",) if now.as_of == known.as_of and now.balance != known.balance else ()
    return owner + balance


def changed_loan(now: Opening, row: LoanRow, known: Opening, roster: Roster) -> tuple[str, ...]:
    """Columns of a loan that no day changes, and on the day of its opening the balances too.

    A renewed loan may be told with its first rate or with a later one.
    """
    columns = [
        column for field, column in _OPENING_COLUMNS.items() if getattr(now, field) != getattr(known, field)
    ]
    if row.ppm not in roster.rates[known.ordinal]:
        columns.append("ppm")
    if not isinstance(now, LoanBroughtForward) or not isinstance(known, LoanBroughtForward):
        return tuple(columns)
    balances = _BALANCES if now.as_of == known.as_of else ()
    return (*columns, *(column for column in balances if getattr(now, column) != getattr(known, column)))


def extended(loan: int, row: LoanRow, on: Day) -> LoanExtended:
    """A later due day that no transaction told of; no principal changes its bucket by it (B14)."""
    return LoanExtended(loan, on, 0, row.due_on, _reference("due", row.loan, on), CORE)


def closed(loan: int, row: LoanRow, on: Day) -> LoanClosed:
    """The end of a loan here because it goes on in the group that its member moved to (B22)."""
    return LoanClosed(loan, on, _reference("move", row.loan, on), CORE)


def _reference(what: str, number: str, on: Day) -> str:
    """A reference that the bank does not give: always the same for the same fact."""
    text = f"{what}:{number}@{to_date(on)}"
    return text if len(text) <= _REFERENCE_MAX else f"{what}:{sha256(text.encode()).hexdigest()[:32]}"
