"""What goes out to the core and what the journal books are the same money, entry by entry (B19, B21).

Each side is added up from its own output: the lines of the export by their kind, the lines of the journal by
their account. Core clearing stands for principal of a loan that is written off or gone.
"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from calc.booked import booked
from calc.chart import Control
from calc.journal import journal
from calc.money_lines import LineKind
from protocol.posting_facts import DifferenceResolved, Reversed
from tests.calc.groups import D
from tests.calc.test_journal_laws import NEXT, NUMBERS, SCENES, close_period, told
from tests.facts import an

TAKEN = ("posted", "held", "receipt_rekeyed", "reversed")
"""Causes whose cash is in transit with a writer."""


def pay_twice(group, one, two):
    """Both phones write the same receipt; the second one is held, and the day settled."""
    for writer in group.phones.values():
        writer.pull()
        writer.collect(1 + one % 3, {1 + one % 3: two}, {1 + one % 3: one + 1})
        writer.close()
    group.receive()
    group.count(2 * (two + one + 1))
    group.settle()


def let_go(group, _one, two):
    """What is held is released and posted on the next day; sometimes two people reverse it then."""
    for ref in sorted(group.book.postings.held):
        group.tell(an(DifferenceResolved, day=D, kind="held", entry=ref))
        group.settle(NEXT)
        posting = group.book.postings.posted.get(ref)
        if posting is not None and two % 2:
            group.tell(an(Reversed, posted=posting.position, day=NEXT))


STORIES = st.lists(
    st.tuples(
        st.sampled_from((*SCENES, pay_twice, pay_twice, let_go, let_go, close_period)), NUMBERS, NUMBERS
    ),
    max_size=14,
)


LINES = {
    LineKind.INTEREST_RECEIVED: ("interest", 1),
    LineKind.CREDIT_CARRIED: ("interest", 1),
    LineKind.CREDIT_REFUNDED: ("interest", -1),
    LineKind.PRINCIPAL_REPAID: ("principal", 1),
    LineKind.DEPOSIT: ("savings", 1),
    LineKind.TRANSFER: ("savings", -1),
    LineKind.HELD: ("suspense", 1),
    LineKind.SHORTAGE: ("difference", -1),
    LineKind.SURPLUS: ("difference", 1),
    LineKind.CASH_COUNTED: ("counted", 1),
}
ACCOUNTS = {
    Control.INTEREST_INCOME: ("interest", -1),
    Control.PREPAID_INTEREST: ("interest", -1),
    Control.PRINCIPAL: ("principal", -1),
    Control.SAVINGS: ("savings", -1),
    Control.SUSPENSE: ("suspense", -1),
    Control.SHORTAGE: ("difference", -1),
    Control.SURPLUS: ("difference", -1),
}
OTHERS = {
    **{(cause, Control.CASH_IN_TRANSIT): ("in hand", 1) for cause in TAKEN},
    **{(cause, Control.CORE_CLEARING): ("principal", -1) for cause in TAKEN},
    ("credit_refunded", Control.CASH): ("in hand", 1),
    ("cash_counted", Control.CASH): ("counted", 1),
}
"""Accounts that say what they say in entries of one cause only."""
SUMMED = ("principal", "in hand", "counted")
"""What is compared as a whole: principal of a loan that is gone has no detail, cash no line of its own."""


def exported(group):
    """What each place moves by the lines for the core, in đồng on the side of the account."""
    found = {}
    for one in booked(group.log, group.book, group.facts().by_ref):
        line, (what, sign) = one.line, LINES[one.line.kind]
        owner = {"savings": line.account, "suspense": one.frame.writer, "difference": one.frame.day}
        sums = found.setdefault(one.place.position, Counter())
        sums[what, None if what in SUMMED else owner.get(what, line.loan)] += sign * line.amount
        sums["in hand", None] += one.cash
    return moved(found)


def journaled(group):
    """The same by the journal, without what the branch books for the core's own facts and at a close."""
    found = {}
    for entry in journal(group.book, group.facts()):
        if entry.cause in (*TAKEN, "credit_refunded", "cash_counted", "difference_resolved"):
            sums = found.setdefault(entry.position, Counter())
            for line in entry.lines:
                told = OTHERS.get((entry.cause, line.account)) or ACCOUNTS.get(line.account)
                if told is not None:
                    sums[told[0], None if told[0] in SUMMED else line.detail] += told[1] * line.amount
    return moved(found)


def moved(found):
    """Places at which anything is left once what cancels out is gone."""
    kept = {place: {what: amount for what, amount in sums.items() if amount} for place, sums in found.items()}
    return {place: sums for place, sums in kept.items() if sums}


@given(STORIES)
def test_B19_B21_what_is_exported_is_what_the_journal_books_entry_by_entry(story):
    group = told()
    before = ()
    for scene, one, two in story:
        scene(group, one, two)
        lines = booked(group.log, group.book, group.facts().by_ref)
        assert lines[: len(before)] == before
        before = lines
    assert exported(group) == journaled(group)
