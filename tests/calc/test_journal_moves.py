"""A loan that goes to another group is booked as if it had stayed (B20, B22)."""

from hypothesis import given
from hypothesis import strategies as st

from calc.chart import Control
from calc.journal import journal, trial_balance
from calc.moving import brought_forward
from protocol.loan_facts import InterestAdjusted, InterestReceived, LoanClosed
from protocol.posting_facts import PeriodClosed
from protocol.roster_facts import MemberMoved
from tests.calc.groups import D, Group
from tests.facts import an

AMOUNTS = st.sampled_from([0, 100_000, 400_000]) | st.integers(1, 700_000)
START, MOVE, LAST = D - 30, D + 10, D + 45


def lived(lent, brought, collected, at_the_counter, adjusted):
    """A group with one loan: collected and settled on D, paid at the counter, corrected."""
    group = Group()
    group.decide()
    group.bring(group.member(), lent, prepaid=brought)
    group.staff()
    group.phones[1, 0].collect(1, {1: collected})
    group.phones[1, 0].close()
    group.receive()
    group.count(collected)
    group.settle()
    if at_the_counter:
        group.tell(InterestReceived(1, D + 3, at_the_counter, None, "CB001"))
    group.tell(an(InterestAdjusted, loan=1, bucket="overdue", amount=adjusted))
    return group


def close(group, day):
    """A period that ends on a day."""
    group.tell(an(PeriodClosed, first_day=START, last_day=day))


def balances(*groups):
    """What all groups together have on each account of interest and principal, and with the core."""
    total = {}
    for group in groups:
        for (account, _), amount in trial_balance(journal(group.book, group.facts())).items():
            total[account] = total.get(account, 0) + amount
    accounts = (
        *(Control.INTEREST_INCOME, Control.PREPAID_INTEREST, Control.INTEREST_DUE),
        *(Control.PRINCIPAL, Control.CORE_CLEARING),
    )
    return {account: total.get(account, 0) for account in accounts}


@given(st.integers(1, 80_000_000), AMOUNTS, AMOUNTS, AMOUNTS, st.integers(-90_000, 90_000), st.booleans())
def test_B22_two_groups_together_book_what_one_would_have_booked(
    lent, brought, taken, paid, adjusted, between
):
    stayed, here = (lived(lent, brought, taken, paid, adjusted) for _ in range(2))
    there = Group()
    there.decide()
    opening = brought_forward(
        here.book, here.book.loans[1], MOVE, ordinal=1, member=there.member(), decided_by="CB001"
    )
    here.tell(an(MemberMoved, member=1, effective=MOVE, to_group="KM-002"))
    here.tell(LoanClosed(1, MOVE, None, "CB001"))
    there.tell(*opening)
    for group in (stayed, here, there):
        if between:
            close(group, MOVE + 5)
        close(group, LAST)
    assert balances(here, there) == balances(stayed)
