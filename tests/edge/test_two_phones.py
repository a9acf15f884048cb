"""Two phones and a hub, with every trouble at any time: nothing is lost, and nothing arrives twice."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from calc.cash import round_cash
from calc.reconcile import reconcile
from edge.cashless import VisitOrder, note_visit, own_receipt, void
from edge.collection import Deposit
from edge.dues import dues_shown
from edge.errors import EdgeError, Fault
from edge.members import find_member
from edge.native import NativeSafe
from edge.outgoing import outgoing
from edge.rounds import accept, close_round, hand_over, open_handovers
from edge.sync import sync
from edge.transport import Outcome
from protocol.loan_facts import InterestReceived
from protocol.phone_facts import Collected
from tests.edge.steps import take
from tests.edge.village import DAY, a_village
from tests.facts import an
from tests.fakes.hub import lost, portal, problem, unreachable
from tests.fakes.places import Place

WHICH = st.integers(0, 1)
MEMBERS = st.sampled_from("12")
TROUBLES = st.sampled_from([None, lost, unreachable, portal, lambda _: problem(503)])
EXPECTED = {
    Fault.ALREADY_COLLECTED,
    Fault.NOTHING_TO_COLLECT,
    Fault.ALREADY_VOIDED,
    Fault.NO_SUCH_RECEIPT,
    Fault.OVER_CASH,
    Fault.NO_SUCH_WRITER,
}


class Killed(BaseException):
    """The process ends here."""


class DyingSafe(NativeSafe):
    """Ends the process when the fork mark should move: after a commit, before anything was said."""

    def set_mark(self, mark):
        raise Killed


class TwoPhones(RuleBasedStateMachine):
    """Leader and deputy collect, void, seal, synchronise, fail and restart in any order."""

    @initialize()
    def enrol(self):
        self.folder = Path(tempfile.mkdtemp())
        self.hub = a_village()
        self.places = [Place(self.folder / name, self.hub) for name in ("leader", "deputy")]
        self.phones = [place.enrol(place.directory.name) for place in self.places]
        self.said = [[], []]
        self.facts_of_branch = 0

    def teardown(self):
        for phone in self.phones:
            phone.ledger.close()
        shutil.rmtree(self.folder)

    @rule(which=WHICH, member=MEMBERS, amount=st.integers(1, 500_000), again=st.booleans())
    def collect(self, which, member, amount, again):
        self.attempt(which, lambda phone: take(phone, member, amount, again=again))

    @rule(which=WHICH, member=MEMBERS)
    def collect_all(self, which, member):
        self.attempt(which, lambda phone: take(phone, member, "rounded", again=True))

    @rule(which=WHICH)
    def save(self, which):
        self.attempt(which, lambda phone: take(phone, "4", "none", [Deposit(5_000)], again=True))

    @rule(which=WHICH, back=st.integers(0, 3))
    def take_back(self, which, back):
        phone = self.phones[which]
        numbers = [fact.entry.receipt_no for fact in phone.own_facts() if isinstance(fact.entry, Collected)]
        if len(numbers) > back:
            number = numbers[-1 - back]
            self.attempt(which, lambda phone: void(phone, own_receipt(phone, number), "mistyped"))

    @rule(which=WHICH, note=st.sampled_from(["Hẹn chiều", None]))
    def visit(self, which, note):
        order = VisitOrder("absent", note=note)
        self.attempt(which, lambda phone: note_visit(phone, find_member(phone, "3"), order))

    @rule(which=WHICH)
    def close(self, which):
        self.attempt(which, lambda phone: close_round(phone, [], 0).seq)

    @rule(which=WHICH, amount=st.integers(1, 100_000))
    def hand_over(self, which, amount):
        other = self.ordinal(1 - which)
        self.attempt(which, lambda phone: hand_over(phone, other, amount))

    @rule(which=WHICH, short=st.integers(0, 1))
    def accept(self, which, short):
        waiting = open_handovers(self.phones[which])
        offers = [one for one in waiting if one.to_me and one.amount_dong > short]
        if offers:
            writer, seq, amount = offers[0].writer, offers[0].seq, offers[0].amount_dong - short
            self.attempt(which, lambda phone: accept(phone, writer, seq, amount))

    @rule(which=WHICH, trouble=TROUBLES)
    def exchange(self, which, trouble):
        self.hub.faults[:] = [] if trouble is None else [trouble]
        done = sync(self.phones[which], self.places[which].carrier)
        assert (done.outcome is Outcome.DONE) == (trouble is None)
        self.hub.faults.clear()

    @rule(which=WHICH)
    def restart(self, which):
        self.places[which].reopen(self.phones[which])

    @rule(which=WHICH)
    def die_after_a_commit(self, which):
        phone = self.phones[which]
        dying = replace(phone.device.host, safe=DyingSafe(self.places[which].directory))
        phone.device = replace(phone.device, host=dying)
        try:
            take(phone, "4", "none", [Deposit(7_000)], again=True)
        except Killed:
            self.places[which].reopen(phone)
        self.said[which] = [entry.hash for entry in phone.own.entries]

    @precondition(lambda self: self.facts_of_branch < 3)
    @rule(amount=st.integers(1, 200_000))
    def pay_at_the_counter(self, amount):
        self.facts_of_branch += 1
        reference = f"CB-{self.facts_of_branch}"
        self.hub.say(an(InterestReceived, loan=1, effective=DAY, amount=amount, core_ref=reference))
        self.hub.ready(DAY)

    @invariant()
    def what_was_saved_is_there_in_order(self):
        for phone, said in zip(self.phones, self.said, strict=True):
            assert phone.stopped is None
            assert [entry.hash for entry in phone.own.entries] == said

    @invariant()
    def the_hub_has_each_entry_once_and_only_what_was_said(self):
        received = self.hub.hashes()
        assert len(received) == len(set(received))
        assert set(received) <= {digest for said in self.said for digest in said}

    def ordinal(self, which):
        return self.phones[which].admission.entry.ordinal

    def attempt(self, which, act):
        phone = self.phones[which]
        fault = None
        try:
            self.said[which].append(phone.own.hash_at(act(phone)))
        except EdgeError as refused:
            fault = refused.fault
        assert fault is None or fault in EXPECTED


class Healed(TwoPhones):
    """The same, and at the end the network heals: both phones then know and show the same."""

    def teardown(self):
        for _ in range(2):
            for phone, place in zip(self.phones, self.places, strict=True):
                assert sync(phone, place.carrier).outcome is Outcome.DONE
        assert sorted(self.hub.hashes()) == sorted(digest for said in self.said for digest in said)
        first, second = self.phones
        assert not outgoing(first)
        assert not outgoing(second)
        assert [due.payable for due in dues_shown(first).dues] == [
            due.payable for due in dues_shown(second).dues
        ]
        facts = first.facts()
        assert {fact.ref for fact in facts.all} == {fact.ref for fact in second.facts().all}
        assert len(facts.all) == sum(map(len, self.said))
        assert self.cash(first) == self.cash(second)
        explained = [reconcile(first.group.book, facts, fact.ref) for fact in facts.all]
        assert {line.edge for one in explained if one for line in one.lines} <= {0}
        super().teardown()

    def cash(self, phone):
        """What each phone's holder should have in hand, as one phone knows it."""
        book, facts = phone.group.book, phone.facts()
        return [round_cash(book, facts, self.ordinal(which), DAY).expected for which in (0, 1)]


class Restored(Healed):
    """The branch, too, comes back from a backup now and then, and opens its next epoch (L15)."""

    @precondition(lambda self: self.hub.branch.log.log.epoch < 3)
    @rule(back=st.integers(1, 12))
    def restore(self, back):
        enrolled = 4  # the branch's opening, its book, and both admissions
        self.hub.restore(max(enrolled, len(self.hub.branch.seals) - back))
        self.hub.branch.open_epoch(self.hub.epochs())
        self.hub.ready(DAY)


TIMES = {"max_examples": max(5, settings().max_examples // 10), "stateful_step_count": 20, "deadline": None}
TestTwoPhones = Healed.TestCase
TestTwoPhones.settings = settings(**TIMES)
TestRestored = Restored.TestCase
TestRestored.settings = settings(**TIMES)
