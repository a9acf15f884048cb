"""A settled day with a member who has three loans and two accounts, and reports of it."""

import json
from datetime import date

from calc.terms import Terms
from hub.reports_cli import REPORTS
from hub.service.loan_book.imports import directory_of
from hub.service.reports.scope import Wish, make
from hub.service.tables.sheets import as_json, as_text
from protocol.day import to_day
from protocol.loan_facts import LoanBroughtForward
from protocol.roster_facts import SavingsAccountListed
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DAY, NEXT, told

CORE = (None, "core")


def on(text):
    return to_day(date.fromisoformat(text))


def settled_day(folder):
    """The story of ``told``, settled; member 3 then has loans 3, 4 and 5 and accounts 1 and 2."""
    made = told(folder)
    made.count(1_043_726)
    made.settle()
    made.say(
        an(
            LoanBroughtForward,
            ordinal=4,
            member=3,
            number="660001000204",
            as_of=DAY,
            in_term=40_000_000,
            overdue=2_000_000,
            due_on=on("2026-02-10"),
        ),
        an(LoanBroughtForward, ordinal=5, member=3, number="660001000205", as_of=DAY, in_term=20_000_000),
        an(SavingsAccountListed, ordinal=2, member=3, number="700002", as_of=DAY, balance=90_000),
        day=NEXT,
    )
    return made


def sheet(day, kind, on_day=DAY, known_on=None, terms=None, groups=(GROUP,)):
    states = [day.groups.load(group) for group in groups]
    return make(
        REPORTS[kind], states, directory_of(day.branch.store), Wish(on_day, known_on, terms or Terms())
    )


def rows(day, kind, *given, **named):
    return json.loads(as_json(sheet(day, kind, *given, **named)))["rows"]


def totals(day, kind, *given, **named):
    return json.loads(as_json(sheet(day, kind, *given, **named)))["totals"]


def text(day, kind, *given, **named):
    return as_text(sheet(day, kind, *given, **named)).decode().replace("\xa0", " ")
