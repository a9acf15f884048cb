"""What a branch and two phones may do, at random: the steps of the laws in `test_group_laws`."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from protocol.entries import Unknown
from protocol.loan_facts import InstalmentOverdue, InterestReceived, PrincipalRepaid
from protocol.phone_facts import Visited
from protocol.posting_facts import DifferenceResolved, PostedInterest, ReceiptRekeyed, Reversed
from protocol.trust_facts import ForkResolved, WriterRevoked
from tests.calc.groups import D, Group
from tests.facts import an

NEXT = D + 31
DAYS = st.sampled_from([D, NEXT])
PHONES = st.sampled_from([(1, 0), (2, 0)])
MEMBERS = st.integers(1, 3)
AMOUNTS = st.sampled_from([0, 5_000, 100_000]) | st.integers(1, 400_000)
INDEX = st.integers(0, 10**6)
DATES = st.integers(D - 60, D + 10)


class Telling(RuleBasedStateMachine):
    """A branch and two honest phones; loan n belongs to member n, who has savings account n."""

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

    @rule(phone=PHONES, member=MEMBERS, amount=AMOUNTS, back=st.booleans())
    def fork(self, phone, member, amount, back):
        """A copy of a phone goes on by itself, and the branch hears of it."""
        twin = self.group.clone(self.group.phones[phone])
        if back and twin.facts:
            twin.void(twin.facts[-1].ref)
        twin.collect(member, {member: amount})
        self.group.receive(twin)

    @rule(at=INDEX)
    def resolve_a_fork(self, at):
        """A person chooses the side that some entry stands on."""
        facts = self.group.facts().all
        if facts:
            ref = facts[at % len(facts)].ref
            self.group.tell(an(ForkResolved, writer=ref.writer, epoch=0, seq=ref.seq, hash=ref.hash))

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

    @rule(
        kind=st.sampled_from(["shortage", "surplus"]),
        how=st.sampled_from(["payment", "late_fact"]),
        day=DAYS,
        at=INDEX,
    )
    def clear_a_difference(self, kind, how, day, at):
        """A part of what a count left open is cleared, by money or by what some entry explains."""
        facts, open_ = self.group.facts().all, self.group.book.postings.day(day).difference_open
        if facts:
            given = {"resolution": how, "entry": facts[at % len(facts)].ref, "amount": 1 + abs(open_) // 2}
            self.group.tell(an(DifferenceResolved, day=day, kind=kind, **given))

    @rule(member=MEMBERS, amount=AMOUNTS, saved=AMOUNTS, day=DAYS, phone=PHONES)
    def type_in(self, member, amount, saved, day, phone):
        """A paper receipt is typed in, also for a day that is settled."""
        given = {"interest": (PostedInterest(member, 0, 0, 0, amount),), "savings": ((member, saved + 1),)}
        number = 90_000 + len(self.group.book.postings.rekeyed)
        self.group.tell(an(ReceiptRekeyed, receipt_no=number, writer=phone[0], day=day, **given))

    @rule(seq=st.integers(0, 5), phone=PHONES)
    def revoke(self, seq, phone):
        """A line under one phone's log."""
        facts = self.group.phones[phone].facts
        if 0 < seq <= len(facts):
            head = facts[seq - 1].ref.hash
            self.group.tell(an(WriterRevoked, writer=phone[0], epoch=0, seq=seq, head=head))
