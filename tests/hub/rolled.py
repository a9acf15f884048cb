"""A branch with two groups in two communes, whose figures are worked by hand, and its roll-ups.

KM-001 is the settled day of ``tests.hub.reported``: 201,520,000 đ on five loans of programme HN, 2,000,000 đ
of it overdue; three members, 90,000 đ of savings; 791,726 đ received for 781,479 đ due. KM-002, under the
farmers' union, has one member, with 10,000,000 đ on a loan of HN, 5,000,000 đ of it overdue, 7,000,000 đ on
one of NS whose rate nobody told yet, and 300,000 đ of savings; no day of it is settled, and it has no phone.
"""

from calc.terms import Terms
from hub.documents import directory_listing
from hub.service.forks import checkpoints
from hub.service.rollup.making import Wanted, checkpoint_for, make
from protocol.loan_facts import LoanBroughtForward, RateFrom
from protocol.roster_facts import GroupListed, MemberListed, SavingsAccountListed
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.days import DIRECTORY, NAMES, SINCE
from tests.hub.reported import on, settled_day

OTHER = "KM-002"
BOTH = (GROUP, OTHER)
AREAS = (("HP-KINHMON", "Phường Kinh Môn", "ward", None), ("T-001", "Khu Tân Trạch", "hamlet", "HP-KINHMON"))
PERSONAL = (GROUP, OTHER, *NAMES, "Tân Trạch", "6600010", "700001", "700002", "700009", "30000100")
"""What would name a group, a person, a contract or an account."""


def area(code, name, kind, parent):
    return {"line": 2, "code": code, "name": name, "kind": kind, "parent": parent, "valid_from": SINCE}


def two_groups(folder):
    """The settled day beside another group."""
    day = settled_day(folder)
    told = {**DIRECTORY, "areas": [area(*one) | {"valid_to": None, "successor": None} for one in AREAS]}
    day.branch.store.add([directory_listing(2, told)])
    day.groups.open(OTHER)
    usual = {"member": 1, "as_of": SINCE}
    facts = [
        an(GroupListed, group=OTHER, effective=SINCE, organisation="HND", area="X-9"),
        an(MemberListed, ordinal=1, number="3000010009"),
        an(
            LoanBroughtForward,
            ordinal=1,
            number="660001000301",
            in_term=5_000_000,
            overdue=5_000_000,
            due_on=on("2025-11-01"),
            **usual,
        ),
        an(
            LoanBroughtForward,
            ordinal=2,
            number="660001000302",
            programme="NS",
            in_term=7_000_000,
            rates=(RateFrom(on("2026-06-01"), 90_000),),
            **usual,
        ),
        an(SavingsAccountListed, ordinal=1, number="700009", balance=300_000, **usual),
    ]
    day.groups.append(OTHER, lambda _: [facts])
    return day


def checked(day):
    """The checkpoint of the branch's day."""
    checkpoints.make(day.groups, day.branch.key)
    return checkpoint_for(day.groups, None)


def rolled(day, on_day=None, outbox=None, terms=None, program="0.1.0"):
    """The roll-up of a day at the newest checkpoint."""
    checkpoint = checkpoint_for(day.groups, on_day)
    return make(day.groups, checkpoint, Wanted(on_day, terms or Terms(), program), outbox)
