"""A branch with some groups that have lent, and what its people decide about rates.

Every group lists two members with a loan of programme HN each, at 6.6 %, brought forward on 17/11/2025: 50 m
with 269,000 đ of interest paid since, and 70 m. To 17/12/2025 they owe 271,233 - 269,000 and 379,726; with
6.24 % from 01/12, 263,342 - 269,000 and 368,679.
"""

from datetime import date

from hub.documents import directory_listing
from hub.service.group.closing import end_run
from hub.service.rates.decision import decide, plan_decision
from protocol.day import day_of, to_day
from protocol.loan_facts import InterestReceived, LoanBroughtForward, RateFrom
from protocol.roster_facts import GroupListed, MemberListed, PolicyAdopted, RateDecided
from tests.facts import an
from tests.hub.builders import NOW

DAY = to_day(date(2025, 12, 17))
SINCE = to_day(date(2025, 11, 17))
OPENED = to_day(date(2023, 3, 15))
GROUPS = ("KM-001", "KM-002", "KM-003")
DIRECTORY = {
    "areas": [],
    "points": [],
    "programmes": [{"line": 2, "code": "HN", "name": "Hộ nghèo"}],
    "groups": [],
}


def lent(branch, *groups, ppm=66_000):
    """Open groups that have lent; the policy of cash is decision 1 of the branch."""
    branch.store.add([directory_listing(1, DIRECTORY)])
    for group in groups or GROUPS:
        branch.groups.open(group)
        lend(branch.groups, group, ppm)
    return branch


def lend(groups, group, ppm=66_000):
    """Append a group's first run."""
    policy = an(PolicyAdopted, number=1, policy="cash_unit", effective=SINCE, choice=None, amount=1_000)
    listed = an(GroupListed, group=group, effective=SINCE, core_ref=group)
    members = [an(MemberListed, ordinal=number, number=f"{group}-{number}") for number in (1, 2)]
    loans = [
        an(
            LoanBroughtForward,
            ordinal=number,
            member=number,
            number=f"{group}/{number}",
            opened_on=OPENED,
            as_of=SINCE,
            in_term=balance,
            rates=(RateFrom(OPENED, ppm),),
        )
        for number, balance in ((1, 50_000_000), (2, 70_000_000))
    ]
    paid = InterestReceived(1, SINCE + 5, 269_000, f"GD-{group}", "core")
    run = [policy, listed, *members, *loans, paid]

    def first(state):
        return [[*run, *end_run(state.book, run, DAY, "core").entries]]

    return groups.append(group, first)


def wished(**given):
    """Decision 2553 for programme HN, as two people enter it."""
    usual = {
        "kind": "rate",
        "ppm": 62_400,
        "effective_from": to_day(date(2025, 12, 1)),
        "effective_to": None,
        "reach": "all",
        "above": None,
        "overdue_reach": "surcharge_on_reduced",
        "decided_by": "GD01",
        "confirmed_by": "GD02",
    }
    return an(RateDecided, **(usual | given))


def plan(groups, **given):
    """What the decision would change."""
    return plan_decision(groups, wished(**given), day_of(NOW), lambda: None)


def carried_out(groups, **given):
    """The decision written; returns the groups that are stopped."""
    return decide(groups, plan(groups, **given), lambda: None)
