"""A group's journal as tests read it."""

from calc.journal import journal, trial_balance
from protocol.ids import Position
from tests.calc.groups import D


def booked(group, since=0, *, at=None):
    """Entries as (cause, {account/detail: đồng}), those of places after ``since`` in the branch log."""
    found = journal(group.book, group.facts(), since=Position(0, since), at=at)
    return [(entry.cause, {name(line): line.amount for line in entry.lines}) for entry in found]


def name(line):
    """Account and detail in one word."""
    return line.account.value if line.detail is None else f"{line.account.value}/{line.detail}"


def balance(group, account, detail=None):
    """Balance of one detail, positive on the debit side."""
    return trial_balance(journal(group.book, group.facts())).get((account, detail), 0)


def settled(group, counted, day=D):
    """The phones hand in, one bundle is counted, the day is settled."""
    for phone in group.phones.values():
        phone.close(day)
    group.receive()
    group.count(counted, day)
    group.settle(day)
    group.ready(day + 31)
