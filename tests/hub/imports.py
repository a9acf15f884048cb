"""A branch that has taken an export in, in memory: what it holds, and every entry of each group."""

from datetime import date
from itertools import count

from hub.service.group.closing import Ending
from hub.service.group.directory import Directory
from hub.service.loan_book.drafting import Branch
from hub.service.loan_book.plan import plan_import
from hub.service.loan_book.roster import roster_of
from hub.service.reading.files import read_book
from protocol.day import to_day

DAY = to_day(date(2025, 12, 17))
CUT_OFF = to_day(date(2025, 12, 9))
NOTHING = Branch({}, Directory())


def salts():
    numbers = count(1)
    return lambda: next(numbers).to_bytes(16, "big")


def untried(_group, _run):
    return Ending()


def plan(folder, branch=NOTHING, close=untried, cut_off=CUT_OFF):
    """What an import would append; by default runs are not tried on a book, and end with nothing."""
    return plan_import(read_book(folder), branch, cut_off, salts(), close)


def imported(folder, branch=NOTHING, entries=None, extra=()):
    """The branch after an import, and all entries by group; ``extra`` is appended to KM-001 besides."""
    made = plan(folder, branch)
    assert not made.refused, made.refused
    logs = {group: list(before) for group, before in (entries or {}).items()}
    words = {text.hash: text.text.decode() for group in made.groups for text in group.texts}
    for group in made.groups:
        logs.setdefault(group.group, []).extend(group.entries)
    logs["KM-001"].extend(extra)
    rosters = {group: roster_of(group, log, words.get) for group, log in logs.items()}
    return Branch(rosters, made.directory), logs


def kinds(entries):
    return [type(entry) for entry in entries]


def refused(folder, branch=NOTHING):
    return [(row.table, row.line, row.column, row.reason) for row in plan(folder, branch).refused]
