"""A small group with names, worked by hand to 17/12/2025. Interest runs from 17/11/2025; rates fall on 01/12.

====  =================  ===========================================================  ========  ===========
no.   name               loan                                                         due       savings
====  =================  ===========================================================  ========  ===========
1     Nguyễn Thị Ánh     1: HN 50,000,000 (6.6 → 6.24 %)                              263,342   1: 500,000
                         2: NS 20,000,000 (9.0 → 8.4 %)                               142,685
2     Trần Văn An        3: HN 10,000,000 overdue (8.58 → 8.112 %)                     68,469
3     Lê Thị Ân          4: HN 30,000,000 frozen, arrears 50,000                            0   2: 100,000
                                                                                                3: 200,000
4     Đỗ Đức             none                                                                   4: 40,000
====  =================  ===========================================================  ========  ===========

(50,000,000 × (66,000 × 14 + 62,400 × 16)) / 365,000,000 = 263,342.46…;
(20,000,000 × (90,000 × 14 + 84,000 × 16)) / 365,000,000 = 142,684.93…;
(10,000,000 × (85,800 × 14 + 81,120 × 16)) / 365,000,000 = 68,469.04….
"""

from datetime import date

from protocol.day import to_day
from protocol.exchange import DetachedText
from protocol.loan_facts import LoanBroughtForward
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    PolicyAdopted,
    RateDecided,
    SavingsAccountListed,
)
from tests.builders import POLICIES, Branch
from tests.facts import an
from tests.fakes.hub import Hub

SINCE = to_day(date(2025, 11, 17))
DAY = to_day(date(2025, 12, 17))
LONG_AGO = to_day(date(2023, 4, 18))
NAMES = ("Nguyễn Thị Ánh", "Trần Văn An", "Lê Thị Ân", "Đỗ Đức")
ACCOUNTS = ((1, 500_000), (3, 100_000), (3, 200_000), (4, 40_000))
DUE_1, DUE_2, DUE_3 = 263_342, 142_685, 68_469


def a_village():
    """A hub whose branch log holds this group, with its book for 17/12/2025 ready."""
    hub = Hub(Branch())
    names = [DetachedText(bytes([no]) * 16, name.encode()) for no, name in enumerate(NAMES, 1)]
    hub.lend(names)
    hub.say(
        an(GroupListed, effective=SINCE),
        *(
            an(PolicyAdopted, number=no, policy=policy, choice=choice, amount=amount, effective=SINCE)
            for no, (policy, choice, amount) in enumerate(POLICIES, 1)
        ),
        an(RateDecided, number=5, kind="rate", ppm=62_400, reach="all"),
        an(RateDecided, number=6, programme="NS", kind="rate", ppm=84_000, reach="all"),
        *(
            an(MemberListed, ordinal=no, number=f"TV{no:03}", name=text.hash)
            for no, text in enumerate(names, 1)
        ),
        _loan(1, 1, in_term=50_000_000),
        _loan(2, 1, programme="NS", in_term=20_000_000, rates=((LONG_AGO, 90_000),)),
        _loan(3, 2, overdue=10_000_000),
        _loan(4, 3, frozen=30_000_000, frozen_until=to_day(date(2027, 1, 1)), arrears_in_term=50_000),
        *(
            an(SavingsAccountListed, ordinal=no, member=member, number=f"TK{no}", as_of=SINCE, balance=held)
            for no, (member, held) in enumerate(ACCOUNTS, 1)
        ),
    )
    hub.ready(DAY)
    return hub


def _loan(ordinal, member, **given):
    return an(
        LoanBroughtForward,
        ordinal=ordinal,
        member=member,
        number=f"66000{ordinal}",
        as_of=SINCE,
        **given,
    )
