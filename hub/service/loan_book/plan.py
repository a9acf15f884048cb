"""Turns an export into the entries that each group's branch log lacks. Nothing is appended here.

1. what the rows say by themselves, and their names: ``book_terms``, ``book_references``
2. decisions get branch-wide numbers and go into every group, before anything else there (L12)
3. each group's new rows become entries with the next ordinals (L3), their texts salted hashes (L4)
4. rows that a log holds already add nothing; what a row changes becomes a dated fact, or is refused (B21)
5. the run is tried on a copy of the group's book: what it cannot bear is refused, the rest drawn up anew
6. every group that is touched ends with a book that could be computed

The same export twice gives an empty plan. A refused row takes along what needs it, and nothing else.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from hub.service.group.directory import Directory, updated
from hub.service.loan_book.decisions import Close
from hub.service.loan_book.draft import GroupPlan, Salt, Surroundings
from hub.service.loan_book.drafting import DIRECTORY_TABLES, Branch, Drafting, Tick, standing
from hub.service.loan_book.parts import parts_of
from hub.service.loan_book.references import Holding, Known, check_references
from hub.service.loan_book.refusals import Refusals
from hub.service.reading.rows import BadRow, BookRows
from hub.service.reading.terms import check_terms
from protocol.day import Day


class Plan(Struct, frozen=True):
    """An import: what to append to which group, the directory after it, and every row that is refused.

    ``imported``, ``unchanged`` and ``refused_rows`` count rows: each is in exactly one of them.
    """

    directory: Directory
    groups: tuple[GroupPlan, ...] = ()
    refused: tuple[BadRow, ...] = ()
    imported: int = 0
    unchanged: int = 0
    refused_rows: int = 0


def plan_import(
    read: tuple[BookRows, tuple[BadRow, ...]],
    branch: Branch,
    cut_off: Day,
    salt: Salt,
    close: Close,
    tick: Tick = lambda _: None,
) -> Plan:
    """Plan of an export against what the branch holds; it stands as long as no roster changes.

    Args:
        read: the rows, and what could not be read (``book_files.read_book``).
        branch: every group's roster, also of those that the export does not name, and the directory.
        cut_off: day of the export; changes that have no day of their own count from it.
        salt: sixteen fresh random bytes at each call (L4).
        close: how a run of entries ends in a group's log.
        tick: called after each group.
    """
    book, bad = read
    known = known_of(branch)
    parts = parts_of(book, known)
    wrong = (*bad, *check_terms(book), *check_references(book, known), *parts.orphans)
    refusals = Refusals(book, wrong)
    around = Surroundings(refusals, salt, cut_off, known.references)
    drafting = Drafting(book, parts, branch, around, close)
    groups = drafting.plans(tick)
    before, kept = branch.directory, standing(book, refusals)
    directory = updated(before, kept)
    told = {(planned.table, planned.line) for group in groups for planned in group.planned if planned.line}
    told |= set(_new_in_directory(before, kept))
    return Plan(
        directory,
        groups,
        refusals.rows,
        imported=len(told),
        unchanged=book.lines - len(told) - refusals.count,
        refused_rows=refusals.count,
    )


def known_of(branch: Branch) -> Known:
    """Every name that the branch holds. What is in two logs, because it moved, is where it goes on."""
    directory, rosters = branch.directory, branch.rosters
    accounts: dict[str, Holding] = {}
    loans: dict[str, Holding] = {}
    for group, roster in rosters.items():
        for number, account in roster.accounts.items():
            customer = roster.customers[account.member]
            if number not in accounts or customer in roster.members:
                accounts[number] = Holding(group, customer)
        for number, loan in roster.loans.items():
            if number not in loans or loan.ordinal not in roster.ended:
                loans[number] = Holding(group, roster.customers[loan.member])
    return Known(
        areas=frozenset(row.code for row in directory.areas),
        points=frozenset(row.code for row in directory.points),
        programmes=frozenset(row.code for row in directory.programmes),
        groups=frozenset(rosters),
        members={name: group for group, roster in rosters.items() for name in roster.members},
        accounts=accounts,
        loans=loans,
        references={reference: group for group, roster in rosters.items() for reference in roster.facts},
    )


def _new_in_directory(before: Directory, kept: BookRows) -> Iterator[tuple[str, int]]:
    """Rows that the directory did not hold as they are."""
    for table in DIRECTORY_TABLES:
        held = {replace(row, line=0) for row in getattr(before, table)}
        for row in kept.rows(table):
            if replace(row, line=0) not in held:
                yield table, row.line
