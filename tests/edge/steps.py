"""What a leader does, and what may be done to a phone, in one call each."""

import sqlite3

from edge.collection import plan_collection, record_collection
from edge.errors import EdgeError
from edge.members import find_member


def take(phone, typed, interest="full", deposits=(), **given):
    """Collect from a member and save; returns the seq."""
    plan = plan_collection(phone, find_member(phone, typed), interest, deposits, **given)
    return record_collection(phone, plan)


def fault_of(attempt, *given, **named):
    """The fault that an attempt ends with, and what its sentence is told."""
    try:
        attempt(*given, **named)
    except EdgeError as error:
        return error.fault
    raise AssertionError("it was not refused")


def newest(phone):
    """The last own entry."""
    return phone.own_facts()[-1].entry


def behind_the_triggers(path, statement, *given):
    """Change a closed ledger as only its file's owner could: triggers away, change, triggers back."""
    raw = sqlite3.connect(path)
    triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(statement, given)
    for _, sql in triggers:
        raw.execute(sql)
    raw.commit()
    raw.close()
