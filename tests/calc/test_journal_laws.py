"""Laws of the journal in random histories of a group, looked at after every step (B4, B19, B20)."""

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from calc.book import fold
from calc.chart import CHART, Control
from calc.controls import checks
from calc.dues import loan_due
from calc.journal import journal, trial_balance
from calc.periods import period_of, shut_at
from protocol.day import DAY_MAX, to_date
from protocol.loan_facts import (
    CreditRefunded,
    InstalmentOverdue,
    InterestAdjusted,
    InterestReceived,
    LoanClosed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.phone_facts import SavingsLine
from protocol.posting_facts import DifferenceResolved, PeriodClosed, PostedInterest, ReceiptRekeyed, Reversed
from protocol.roster_facts import MemberMoved, SavingsMoved
from protocol.trust_facts import WriterRevoked
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = D + 31
WORDS = ("payment", "late_fact", "decision")


def told():
    """Three members with loans of several kinds and an account each (one has two loans), two phones."""
    group = Group()
    group.decide()
    group.bring(group.member(300_000), 70_000_000, overdue=5_000_000, prepaid=20_000)
    group.lend(group.member(100_000), opened="2025-10-01")
    group.bring(group.member(0), 20_000_000, arrears_in_term=150_000, grace_end=D + 5)
    group.bring(1, 5_000_000, prepaid=30_000, arrears_overdue=12_000)
    return group.staff()


def phone(group, number):
    """One of the two phones."""
    return group.phones[1 + number % 2, 0]


def collect(group, one, two):
    """Cash from a member for his loan and, sometimes, his account."""
    member = 1 + two % 3
    day = NEXT if two % 7 == 6 else D
    number = {"receipt_no": 1 + one % 2} if one % 3 == 2 else {}
    phone(group, one).collect(member, {member: one}, {member: two} if two % 2 else {}, day=day, **number)


def transfer(group, one, two):
    """Savings to interest or principal."""
    member = 1 + one % 3
    purpose = "principal" if two % 2 else "interest"
    if member in phone(group, one).shown():
        phone(group, one).transfer(member, member, member, two + 1, purpose)


def void(group, one, two):
    """Take something back, sensible or not."""
    facts = phone(group, one).facts
    if facts:
        phone(group, one).void(facts[two % len(facts)].ref)


def hand_over(group, one, two):
    """Cash from one phone's holder to the other's, who accepts some amount."""
    giver, taker = phone(group, one), phone(group, one + 1)
    taker.accept(giver.hand_over(taker, two + 1), 1 + one % (two + 2))


def hand_in(group, _one, two):
    """Both phones close their rounds, and the branch receives everything."""
    for writer in group.phones.values():
        writer.close(NEXT if two % 5 == 4 else D)
    group.receive()


def settle(group, one, two):
    """Count one bundle or both, and settle; the phones read the book."""
    day = NEXT if two % 5 == 4 else D
    group.receive()
    group.count(one, day, writers=(1,) if one % 3 == 2 else None)
    group.settle(day)
    group.ready()
    for writer in group.phones.values():
        writer.pull()


def close_period(group, one, two):
    """November, December or January is closed: late, twice, or in no order."""
    period = period_of((D, NEXT)[two % 3 == 0] if one % 4 else D - 30)
    group.tell(an(PeriodClosed, first_day=period.first_day, last_day=period.last_day))


def counter(group, one, two):
    """What the core tells about a loan: interest, principal, or principal that turns overdue."""
    kind = (InterestReceived, InterestReceived, PrincipalRepaid, InstalmentOverdue)[two % 4]
    group.tell(kind(1 + one % 3, D - 20 + two % 60, one + 1, None, "CB001"))


def end(group, one, two):
    """A loan is written off, and something of it comes in later; or its member takes it elsewhere."""
    loan, day = 1 + one % 3, D - 10 + two % 50
    if two % 2:
        group.tell(an(MemberMoved, member=loan, effective=day, to_group="KM-002"))
        group.tell(an(LoanClosed, loan=loan, effective=day))
    else:
        lent = loan_due(group.book, group.book.loans[loan], DAY_MAX).principal
        left = lent.in_term + lent.overdue + lent.frozen
        group.tell(an(LoanWrittenOff, loan=loan, effective=day, amount=left))
        group.tell(RecoveredAfterWriteOff(loan, day + 1, one, 5_000, None, "CB001"))


def decide(group, one, two):
    """A rate that is learnt late, or a person's correction."""
    if two % 2:
        ppm = (62_400, 66_000, 78_000)[one % 3]
        group.decide(ppm=ppm, effective_from="2025-12-01")
    else:
        group.tell(an(InterestAdjusted, loan=1 + one % 3, bucket="in_term", amount=two - 50_000))


def refund(group, one, two):
    """A credit paid back, or carried to the same member's other loan."""
    to_loan = 4 if two % 2 else None
    loan = 1 if two % 2 else 1 + one % 3
    prepaid = loan_due(group.book, group.book.loans[loan], D).prepaid
    amount = min(one + 1, prepaid) or 1
    group.tell(an(CreditRefunded, loan=loan, effective=D, amount=amount, to_loan=to_loan))


def move_savings(group, one, two):
    """The core moves savings."""
    kind = ("deposit", "withdrawal", "interest", "transfer")[two % 4]
    group.tell(an(SavingsMoved, account=1 + one % 3, kind=kind, effective=D, amount=1 + two))


def rekey(group, one, two):
    """A paper receipt of a lost phone."""
    interest = (PostedInterest(1 + one % 3, one, 0, 0, two),)
    savings = (SavingsLine(1 + two % 3, one + 1),) if one % 2 else ()
    number, writer = 9_000 + one % 3, 1 + one % 2
    group.tell(
        an(ReceiptRekeyed, receipt_no=number, writer=writer, day=D, interest=interest, savings=savings)
    )


def reverse(group, _one, two):
    """Two people reverse something that stands, or try to."""
    postings = group.book.postings
    places = [posting.position for kept in (postings.posted, postings.held) for posting in kept.values()]
    places += [place for place, _ in postings.rekeyed.values()]
    if places:
        place = sorted(places)[two % len(places)]
        group.tell(an(Reversed, posted=(place.epoch, place.seq), day=D))


def release(group, _one, two):
    """A held receipt is let go."""
    held = sorted(group.book.postings.held)
    if held:
        group.tell(an(DifferenceResolved, day=D, kind="held", entry=held[two % len(held)]))


def resolve(group, one, two):
    """A part of a difference is cleared."""
    known = sorted(group.facts().by_ref)
    entry = known[one % len(known)] if known and two % 2 else None
    kind = "shortage" if one % 2 else "surplus"
    amount, day = 1 + two % 90_000, NEXT if two % 5 == 4 else D
    word = WORDS[two % 3]
    group.tell(an(DifferenceResolved, day=day, kind=kind, entry=entry, amount=amount, resolution=word))


def revoke(group, one, two):
    """A line under one phone's log."""
    facts = phone(group, one).facts
    if facts:
        at = two % len(facts)
        head = facts[at].ref.hash
        group.tell(an(WriterRevoked, writer=1 + one % 2, epoch=0, seq=at + 1, head=head))


SCENES = (
    *(collect, collect, collect, transfer, void, hand_over, hand_in, settle, settle, close_period, counter),
    *(counter, end, decide, refund, move_savings, rekey, reverse, release, resolve, revoke),
)
NUMBERS = st.integers(0, 12) | st.integers(0, 400_000)
STORIES = st.lists(st.tuples(st.sampled_from(SCENES), NUMBERS, NUMBERS), max_size=18)


def read(group, before):
    """The journal after a step: the old one and what is new, in balance, with its details."""
    book, facts = group.book, group.facts()
    entries = journal(book, facts)
    assert entries[: len(before)] == before
    for entry in entries[len(before) :]:
        assert sum(line.amount for line in entry.lines) == 0
        assert all(line.amount for line in entry.lines)
        memo = [line.amount for line in entry.lines if CHART[line.account].is_memo]
        assert sum(memo) == 0
    broken = [check for check in checks(book, facts, entries) if not check.holds]
    assert broken == []
    return entries


@given(STORIES)
def test_B19_control_accounts_equal_their_details_after_every_step(story):
    group = told()
    entries = read(group, ())
    for scene, one, two in story:
        scene(group, one, two)
        entries = read(group, entries)
    assert journal(fold(group.log), group.facts()) == entries


@given(STORIES, NUMBERS)
def test_B4_the_journal_up_to_a_place_is_the_one_of_the_log_up_to_it(story, number):
    group = told()
    for scene, one, two in story:
        scene(group, one, two)
    at = group.log[number % len(group.log)][0]
    whole = journal(group.book, group.facts())
    upto = journal(group.book, group.facts(), at=at)
    since = journal(group.book, group.facts(), since=at)
    assert upto + since == whole
    assert upto == journal(fold(entry for entry in group.log if entry[0] <= at), group.facts())


@given(STORIES)
def test_B4_periods_partition_the_journal_and_a_closed_one_never_changes(story):
    group = told()
    for scene, one, two in story:
        scene(group, one, two)
        entries = journal(group.book, group.facts())
        months = {period_of(entry.booked_on) for entry in entries}
        assert all(sum(month.holds(entry.booked_on) for month in months) == 1 for entry in entries)
        for month in months:
            upto = journal(group.book, group.facts(), at=shut_at(group.book, month))
            assert not any(month.holds(entry.booked_on) for entry in entries[len(upto) :])


START = D - 30
DAYS = st.integers(0, 200)
RATES = st.dictionaries(DAYS, st.sampled_from([60_000, 62_400, 66_000, 90_000]), max_size=3)
MONEY = st.lists(st.tuples(DAYS, st.integers(1, 900_000)), max_size=3)


@st.composite
def run(draw):
    """Closes on any days, and facts that are learnt between them, early or late."""
    rates = draw(RATES)
    money = draw(MONEY)
    closes = draw(st.lists(DAYS, max_size=5))
    told = [
        *(("rate", day, ppm) for day, ppm in rates.items()),
        *(("money", day, amount) for day, amount in money),
    ]
    stories = [draw(st.permutations([*told, *(("close", day, 0) for day in some)])) for some in (closes, [])]
    return draw(st.integers(1, 80_000_000)), rates, money, stories


@given(run())
def test_B20_differences_add_up_to_one_rounding_whatever_the_run_dates(drawn):
    """What is income and what is due together are R of the cumulative: in fractions, day by day."""
    lent, rates, money, stories = drawn
    ppm, owed = 66_000, Fraction(0)
    for day in range(201):
        ppm = rates.get(day, ppm)
        owed += Fraction(lent * ppm, 365_000_000)
    cumulative, received = floor(owed + Fraction(1, 2)), sum(amount for _, amount in money)
    expected = {
        Control.INTEREST_INCOME: -min(received, cumulative),
        Control.PREPAID_INTEREST: min(0, cumulative - received),
        Control.INTEREST_DUE: max(0, cumulative - received),
    }
    for story in stories:
        group = Group()
        group.decide()
        group.bring(group.member(), lent)
        for what, day, amount in [*story, ("close", 200, 0)]:
            if what == "close":
                group.tell(an(PeriodClosed, first_day=START, last_day=START + day))
            elif what == "money":
                group.tell(InterestReceived(1, START + day, amount, None, "CB001"))
            else:
                group.decide(ppm=amount, effective_from=str(to_date(START + day)))
        balances = trial_balance(journal(group.book, group.facts()))
        assert {account: balances.get((account, 1), 0) for account in expected} == expected
