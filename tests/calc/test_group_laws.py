"""Laws that hold whatever a branch and two phones say, in any order (B1, B4, B16, L12)."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from calc.book import fold
from calc.cash import in_transit
from calc.dues import book_digest, dues
from calc.reconcile import reconcile
from calc.settlement import plan_day
from calc.statement import statement
from calc.states import Facts, Fork, Phase, cash_of, moved_by, states
from protocol.entries import Unknown
from protocol.loan_facts import InstalmentOverdue, InterestReceived, PrincipalRepaid
from protocol.phone_facts import Collected, TransferRequested, Visited
from protocol.posting_facts import DifferenceResolved, Held, Reversed
from protocol.trust_facts import WriterRevoked
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.pictures import adds_up, picture
from tests.facts import an
from tests.strategies import branch_entry, phone_entry

NEXT = D + 31
DAYS = st.sampled_from([D, NEXT])
PHONES = st.sampled_from([(1, 0), (2, 0)])
MEMBERS = st.integers(1, 3)
AMOUNTS = st.sampled_from([0, 5_000, 100_000]) | st.integers(1, 400_000)
INDEX = st.integers(0, 10**6)
DATES = st.integers(D - 60, D + 10)


class Story(RuleBasedStateMachine):
    """A branch and two honest phones; loan n belongs to member n, member 1 has two savings accounts."""

    @initialize()
    def begin(self):
        """Three members with loans of several kinds, two phones, an open day."""
        self.group = Group()
        self.group.decide()
        self.group.bring(self.group.member(300_000), 70_000_000, overdue=5_000_000, prepaid=20_000)
        self.group.lend(self.group.member(100_000), opened="2025-10-01")
        self.group.bring(self.group.member(0), 20_000_000, arrears_in_term=150_000, grace_end=D + 5)
        self.group.staff()
        self.told = {}

    @rule(phone=PHONES, member=MEMBERS, amount=AMOUNTS, saved=AMOUNTS, day=DAYS)
    def collect(self, phone, member, amount, saved, day):
        """Cash from a member, also nothing."""
        savings = {member: saved} if saved else {}
        self.group.phones[phone].collect(member, {member: amount}, savings, day=day)

    @rule(phone=PHONES, member=MEMBERS)
    def collect_in_full(self, phone, member):
        """Exactly what is shown."""
        writer = self.group.phones[phone]
        writer.collect(member, {member: max(0, writer.shown()[member])})

    @rule(phone=PHONES, member=MEMBERS, amount=AMOUNTS, to=st.sampled_from(["interest", "principal"]))
    def transfer(self, phone, member, amount, to):
        """Savings asked to move to the loan."""
        self.group.phones[phone].transfer(member, member, member, amount + 1, to)

    @rule(phone=PHONES, at=INDEX)
    def void(self, phone, at):
        """Take back anything that the phone wrote, sensible or not."""
        facts = self.group.phones[phone].facts
        if facts:
            self.group.phones[phone].void(facts[at % len(facts)].ref)

    @rule(phone=PHONES, amount=AMOUNTS, answer=AMOUNTS)
    def hand_over(self, phone, amount, answer):
        """Cash handed to the other phone, which may accept another amount."""
        other = self.group.phones[3 - phone[0], 0]
        other.accept(self.group.phones[phone].hand_over(other, amount + 1), answer + 1)

    @rule(phone=PHONES)
    def say_something_else(self, phone):
        """A visit, something of a later release, and a closed round."""
        self.group.phones[phone].write(an(Visited))
        self.group.phones[phone].write(Unknown(77, b"\x91\x4d"))
        self.group.phones[phone].close()

    @rule(phone=PHONES, both=st.booleans())
    def pull(self, phone, both):
        """A phone reads the branch, and perhaps the other phone."""
        others = [self.group.phones[3 - phone[0], 0]] if both else []
        self.group.phones[phone].pull(*others)

    @rule(phone=PHONES)
    def receive(self, phone):
        """The branch accepts what a phone wrote."""
        self.group.receive(self.group.phones[phone])

    @rule(loan=MEMBERS, amount=AMOUNTS, day=DATES, kind=st.sampled_from([InterestReceived, PrincipalRepaid]))
    def pay_at_the_counter(self, loan, amount, day, kind):
        """Interest or principal that the phones do not know of yet."""
        self.group.tell(kind(loan, day, amount + 1, None, "CB001"))

    @rule(loan=MEMBERS, amount=AMOUNTS, day=DATES)
    def turn_overdue(self, loan, amount, day):
        """Principal that turns overdue, also in the past."""
        self.group.tell(InstalmentOverdue(loan, day, amount + 1, None, "CB001"))

    @rule(ppm=st.sampled_from([62_400, 66_000, 78_000]), ready=st.booleans())
    def decide(self, ppm, ready):
        """A rate that is learnt late."""
        self.group.decide(ppm=ppm, effective_from="2025-12-01")
        if ready:
            self.group.ready()

    @rule(counted=AMOUNTS, day=DAYS)
    def count(self, counted, day):
        """A count, also one after another."""
        self.group.count(counted, day)

    @rule(day=DAYS, part=st.integers(0, 3))
    def begin_to_settle(self, day, part):
        """A settlement that is cut after some postings."""
        self.group.tell(*self.group.planned(day)[:part])

    @rule(day=DAYS)
    def settle(self, day):
        """A whole settlement; of a settled day it changes nothing."""
        self.group.settle(day)
        self.group.ready()

    @rule(at=INDEX)
    def reverse(self, at):
        """Two people reverse something, or try to."""
        self.group.tell(an(Reversed, posted=(0, 1 + at % len(self.group.log)), day=D))

    @rule(at=INDEX)
    def release(self, at):
        """A person lets a held receipt be posted."""
        held = sorted(self.group.book.postings.held)
        if held:
            self.group.tell(an(DifferenceResolved, day=D, kind="held", entry=held[at % len(held)]))

    @rule(seq=st.integers(0, 5), phone=PHONES)
    def revoke(self, seq, phone):
        """A line under one phone's log."""
        facts = self.group.phones[phone].facts
        if 0 < seq <= len(facts):
            head = facts[seq - 1].ref.hash
            self.group.tell(an(WriterRevoked, writer=phone[0], epoch=0, seq=seq, head=head))

    @invariant()
    def every_entry_is_in_one_state_and_the_sums_agree(self):
        """The states of B1 together are all entries, in number and money."""
        facts = self.group.facts()
        for staged in (False, True):
            known = states(self.group.book, facts, staged=staged)
            assert known.keys() == facts.by_ref.keys()
            piles = {phase: [f for f in facts.all if known[f.ref].phase is phase] for phase in Phase}
            assert sum(map(len, piles.values())) == len(facts.all)
            for amount in (cash_of, moved_by):
                assert sum(amount(f) for pile in piles.values() for f in pile) == sum(map(amount, facts.all))
            assert not [f for f in piles[Phase.NOTED] if isinstance(f.entry, Collected | TransferRequested)]

    @invariant()
    def a_figure_at_a_place_never_changes(self):
        """Dues at a position, once computed, stay; digests too."""
        book = self.group.book
        self.told[book.position] = [(due.loan, due.payable) for due in dues(book, D)]
        places = list(self.told)
        for place in places[:: max(1, len(places) // 5)]:
            assert [(due.loan, due.payable) for due in dues(book, D, at=place)] == self.told[place]
        for ready in book.readies.values():
            assert book_digest(book, ready.day, ready.position) == ready.digest

    @invariant()
    def settled_is_what_the_log_says(self):
        """B1 counted naively: from the entries, without effects or views."""
        assert {due.loan: due.settled for due in dues(self.group.book, D)} == settled(self.group.log)

    def teardown(self):
        """At the end: every đồng has an owner, a replay is the same book, and no copy was touched."""
        if not hasattr(self, "group"):
            return
        book, facts = self.group.book, self.group.facts()
        for fact in facts.all:
            found = reconcile(book, facts, fact.ref)
            if found is not None:
                assert found.amount - found.due_now == found.paid - found.edge - found.book
                for line in found.lines:
                    assert line.edge == 0
                    assert sum(cause.amount for cause in line.causes) == line.book
                    assert all(one.position < two.position for one, two in pairwise(line.causes))
        before = picture(book)
        for day in (D, NEXT, NEXT + 28):
            plan = plan_day(book, facts, day)
            for entry in plan.entries:
                cash = cash_of(facts.by_ref[entry.entry])
                assert moved_in(entry) == (cash if not is_transfer(facts, entry) else 0)
            assert all(adds_up(row.amounts) for row in statement(plan.book, day).rows)
        assert picture(book) == before == picture(fold(self.group.log))
        if not book.postings.reversed:
            assert all(account.balance(book.view(), NEXT) >= 0 for account in book.accounts.values())


def settled(log):
    """Interest settled by loan, from a branch log alone, by B1 and B4 read literally."""
    found = {1: 20_000, 2: 0, 3: 0}  # prepaid brought forward
    runs = {}
    standing = {}
    closed = set()
    for place, entry in log:
        match type(entry).__name__:
            case "InterestReceived" if entry.loan == 2 or entry.effective >= on("2025-11-17"):
                found[entry.loan] += entry.amount
            case "CashCounted" if entry.day not in closed:
                runs[entry.day] = []
            case "Posted" if entry.day not in closed:
                runs.setdefault(entry.day, []).append((place, entry))
            case "DaySettled" if entry.day not in closed:
                closed.add(entry.day)
                for at, posted in runs.get(entry.day, ()):
                    standing[at] = posted
                    for line in posted.interest:
                        found[line.loan] += line.total
            case "Reversed" if entry.posted in standing:
                for line in standing.pop(entry.posted).interest:
                    found[line.loan] -= line.total
    return found


def moved_in(entry):
    """Everything that a posting or a holding moves: for a transfer it must add up to 0."""
    if isinstance(entry, Held):
        return sum(line.interest for line in entry.interest) + sum(line.amount for line in entry.savings)
    return (
        sum(line.total for line in entry.interest)
        + sum(line.in_term + line.overdue for line in entry.principal)
        + sum(line.change for line in entry.savings)
    )


def is_transfer(facts, entry):
    """Say whether an entry moves money between savings and a loan."""
    return isinstance(facts.by_ref[entry.entry].entry, TransferRequested)


StoryTest = Story.TestCase
StoryTest.settings = settings(stateful_step_count=25)


@given(st.lists(branch_entry(), max_size=25), st.lists(phone_entry(), max_size=10))
def test_no_content_of_a_branch_or_phone_log_can_make_the_books_raise(said, written):
    made = Group()
    for _ in range(2):
        made.bring(made.member(100_000))
    made.staff()
    made.tell(*said)
    for entry in written:
        made.phones[1, 0].write(entry)
    made.receive(made.phones[1, 0])
    facts = Facts(made.facts().all, {(1, 0): (Fork(5),)})
    states(made.book, facts)
    in_transit(made.book, facts)
    for fact in facts.all:
        reconcile(made.book, facts, fact.ref)
    plan = plan_day(made.book, facts, D)
    statement(plan.book, D)
    book_digest(plan.book, D)
    assert [problem for problem in plan.book.problems if problem.position > made.book.position] == []
    assert picture(made.book) == picture(fold(made.log))
