"""A settled day, what fsck finds in it, and ways to spoil it."""

import sqlite3

from hub.service.upkeep.fsck import check
from tests.hub.builders import GROUP
from tests.hub.days import CollectionDay


def settled_day(folder) -> CollectionDay:
    """Two receipts, a void and a transfer, counted short of one receipt, and settled."""
    day = CollectionDay(folder)
    day.collect(day.leader, 3, 62_740, 162_740, savings=20_000)
    day.transfer(day.leader, 100_000, 100_000)
    day.void(day.deputy, day.collect(day.deputy, 1, 5_000, 271_233))
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.close_round(day.leader, 82_740)
    day.close_round(day.deputy, 379_726)
    day.sync()
    day.count(82_740)
    day.settle()
    return day


def checked(day, store=None):
    groups = day.branch.another_process()
    groups.store = store or groups.store
    return check(groups, lambda: None)


def faults(day):
    return [(fault.where, fault.code) for fault in checked(day).faults]


def spoil(path, *statements):
    """Change rows behind the store's back."""
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER IF EXISTS fact_stays")
        connection.execute("DROP TRIGGER IF EXISTS fact_remains")
        for statement, *values in statements:
            assert connection.execute(statement, values).rowcount != 0, statement


def seals_of(day, ordinal=None):
    """Ids of the branch's seals, or of a phone's."""
    writer = day.branch.groups.writer if ordinal is None else (day.leader, day.deputy)[ordinal - 1].writer
    return day.branch.store.ids(f"{GROUP}:seal:{writer.hex()}.0:")
