"""One savings and credit group as a test tells it: a branch that says things, and honest phones.

No bytes and no keys: positions and hashes are made up, order and knowledge are real. A phone knows the branch
log up to its last ``pull`` and shows the dues that follow from it, so that Δ_edge is 0 unless a test lies.
"""

from copy import copy
from hashlib import sha256

from msgspec.structs import replace

from calc.book import Book
from calc.cash import last_rounds, round_cash
from calc.dues import book_digest
from calc.pending import preview
from calc.settlement import plan_day
from calc.states import Facts
from protocol.entries import PhoneFact
from protocol.ids import BranchTip, EntryRef, Position
from protocol.loan_facts import Disbursed, LoanBroughtForward, LoanOpened, RateFrom
from protocol.phone_facts import (
    CashAccepted,
    CashHandedOver,
    Collected,
    InterestLine,
    Knows,
    LogTip,
    RoundClosed,
    SavingsLine,
    TransferRequested,
    Voided,
)
from protocol.posting_facts import BookReady, CashCounted, DayOpened
from protocol.roster_facts import GroupListed, MemberListed, PolicyAdopted, RateDecided, SavingsAccountListed
from protocol.trust_facts import Received, WriterAdmitted
from tests.calc.days import on
from tests.calc.merging import forks_of, merged
from tests.facts import MOMENT, an

D = on("2025-12-17")
"""The transaction day of most tests."""


class Group:
    """The branch's side: a log, the book that follows from it, and the phones that write to it."""

    def __init__(self):
        self.log, self.book, self.phones = [], Book(), {}
        self.tell(an(GroupListed, effective=on("2025-07-01"), day_of_month=17))

    def tell(self, *entries):
        """Append branch entries; returns the place of the last."""
        for entry in entries:
            place = Position(0, len(self.log) + 1)
            self.log.append((place, entry))
            self.book.apply(place, entry)
        return self.book.position

    def decide(self, programme="HN", ppm=66_000, effective_from="2015-06-05", **given):
        """Append a rate decision under the next number."""
        usual = {
            "number": len(self.book.decisions.numbers) + 1,
            "kind": "rate",
            "effective_from": on(effective_from),
            "reach": "all",
            "overdue_reach": "surcharge_on_reduced",
            "signed_on": on(effective_from),
        }
        return self.tell(an(RateDecided, programme=programme, ppm=ppm, **(usual | given)))

    def adopt(self, policy, effective="2015-06-05", **given):
        """Append a policy under the next number."""
        number = len(self.book.decisions.numbers) + 1
        usual = {"effective": on(effective), "choice": None, "amount": None}
        return self.tell(an(PolicyAdopted, number=number, policy=policy, **(usual | given)))

    def member(self, savings=None):
        """List a member, with an account if ``savings`` says what is in it; returns the ordinal."""
        ordinal = len(self.book.members) + 1
        self.tell(an(MemberListed, ordinal=ordinal, number=f"M{ordinal}"))
        if savings is not None:
            account = len(self.book.accounts) + 1
            given = {"number": f"A{account}", "as_of": on("2025-11-30"), "balance": savings}
            self.tell(an(SavingsAccountListed, ordinal=account, member=ordinal, **given))
        return ordinal

    def lend(self, member, amount=50_000_000, opened="2025-03-10", ppm=66_000, **given):
        """Open a loan and pay it out; returns the ordinal."""
        ordinal = len(self.book.loans) + 1
        usual = {"number": f"L{ordinal}", "programme": "HN", "opened_on": on(opened), "ppm": ppm}
        self.tell(an(LoanOpened, ordinal=ordinal, member=member, **(usual | given)))
        self.tell(Disbursed(ordinal, on(opened), amount, f"{ordinal}-0", "core"))
        return ordinal

    def bring(self, member, in_term=50_000_000, as_of="2025-11-17", ppm=66_000, **given):
        """Bring a loan forward; returns the ordinal."""
        ordinal = len(self.book.loans) + 1
        usual = {
            "number": f"L{ordinal}",
            "programme": "HN",
            "opened_on": on("2023-03-15"),
            "as_of": on(as_of),
            "in_term": in_term,
            "rates": (RateFrom(on("2023-03-15"), ppm),),
        }
        self.tell(an(LoanBroughtForward, ordinal=ordinal, member=member, **(usual | given)))
        return ordinal

    def ready(self, day=D):
        """End a run of facts; returns the place of the `BookReady`."""
        return self.tell(BookReady(day, book_digest(self.book, day)))

    def open(self, day=D):
        """Open a transaction day and give the phones its dues."""
        self.tell(DayOpened(day, len(self.book.decisions.numbers), "CB001"))
        return self.ready(day)

    def admit(self, ordinal=None, epoch=0):
        """Admit a phone (the first is the leader's); returns it."""
        ordinal = ordinal or len(self.phones) + 1
        first = (ordinal - 1) * 10_000 + 1
        writer = sha256(f"writer {ordinal}".encode()).digest()[:10]
        role = "leader" if ordinal == 1 else "deputy"
        self.tell(
            an(
                WriterAdmitted,
                ordinal=ordinal,
                writer=writer,
                epoch=epoch,
                role=role,
                first_receipt=first,
                last_receipt=first + 9_999,
            )
        )
        phone = Phone(self, ordinal, epoch, first)
        self.phones[ordinal, epoch] = phone
        phone.pull()
        return phone

    def staff(self):
        """Admit a leader's and a deputy's phone, open the day, and let both read it; returns the group."""
        phones = [self.admit(), self.admit()]
        self.open()
        for phone in phones:
            phone.pull()
        return self

    def receive(self, *phones, seen_at=MOMENT):
        """Accept everything that phones (by default all) have written since."""
        for phone in phones or self.phones.values():
            since = phone.received
            if len(phone.facts) > since:
                head = phone.facts[-1].ref.hash
                place = self.tell(
                    Received(phone.ordinal, phone.epoch, since + 1, len(phone.facts) - since, head, seen_at)
                )
                phone.facts[since:] = [replace(fact, received=place) for fact in phone.facts[since:]]
                phone.received = len(phone.facts)

    def clone(self, phone):
        """Copy a phone with all that it holds: from here on two of them write one log; returns the twin."""
        twin = copy(phone)
        twin.facts, twin.reads = list(phone.facts), dict(phone.reads)
        self.phones[phone.ordinal, phone.epoch, len(self.phones)] = twin
        return twin

    def facts(self, forks=None):
        """All phone entries in their merged order, and where the branch saw histories part."""
        found = {}
        for fact in merged(fact for phone in self.phones.values() for fact in phone.facts):
            found.setdefault(fact.ref, fact)
        facts = list(found.values())
        return Facts(facts, forks_of(facts) if forks is None else forks)

    def count(self, counted, day=D, writers=None):
        """Count one bundle that covers the rounds of writers, by default of all who closed one."""
        rounds = last_rounds(self.book, self.facts(), day)
        refs = tuple(fact.ref for writer, fact in rounds.items() if writers is None or writer in writers)
        return self.tell(an(CashCounted, day=day, rounds=refs, expected=0, counted=counted))

    def planned(self, day=D):
        """Entries that settling a day would append."""
        return plan_day(self.book, self.facts(), day).entries

    @property
    def oddities(self):
        """What the book finds odd, in log order."""
        return [problem.oddity for problem in self.book.problems]

    def settle(self, day=D):
        """Post what waits and settle the day; returns the plan."""
        plan = plan_day(self.book, self.facts(), day)
        self.tell(*plan.entries)
        self.tell(plan.settled("CB001", "CB002"))
        return plan


class Phone:
    """One writer: what it wrote, and what it knew."""

    def __init__(self, group, ordinal, epoch, first_receipt):
        self.group, self.ordinal, self.epoch = group, ordinal, epoch
        self.facts, self.received, self.receipt_no = [], 0, first_receipt
        self.book, self.reads = group.book, {}

    def pull(self, *others):
        """Take in the branch log, and what ``others`` have written up to now."""
        self.book = self.group.book.copy()
        self.reads |= {(other.ordinal, other.epoch): list(other.facts) for other in others}

    def known(self):
        """Phone entries that this phone knows."""
        read = [fact for facts in self.reads.values() for fact in facts]
        return Facts(merged([*self.facts, *read]))

    def knows(self):
        """What the dues that it shows come from."""
        reads = sorted((key, facts) for key, facts in self.reads.items() if facts)
        tips = (LogTip(*key, len(facts), facts[-1].ref.hash) for key, facts in reads)
        return Knows(self.book.ready.position, tuple(tips))

    def shown(self, day=D):
        """Signed dues that it shows, by loan."""
        return {due.loan: due.payable for due in preview(self.book, day, self.known())}

    def write(self, entry):
        """Append any entry; returns its name."""
        seq = len(self.facts) + 1
        name = sha256(f"{self.ordinal}/{self.epoch}/{seq}/{entry}".encode()).digest()
        ref = EntryRef(self.ordinal, self.epoch, seq, name)
        previous = self.facts[-1].ref.hash if self.facts else b""
        held = BranchTip(self.book.position.epoch, self.book.position.seq, bytes(32))
        self.facts.append(PhoneFact(ref, previous, entry, None, known=held))
        return ref

    def collect(self, member, paid=None, savings=None, day=D, **given):
        """Take cash from a member: ``paid`` and ``savings`` by loan and account; returns the entry's name."""
        shown = self.shown(day)
        loans = [loan.ordinal for loan in self.book.loans.values() if loan.member == member]
        paid = paid or {}
        lines = tuple(InterestLine(loan, paid.get(loan, 0), shown[loan]) for loan in loans if loan in shown)
        saved = tuple(SavingsLine(account, amount) for account, amount in (savings or {}).items())
        usual = {
            "receipt_no": self.receipt_no,
            "member": member,
            "value_date": day - 2,
            "due_to": day,
            "lines": lines,
            "savings": saved,
            "knows": self.knows(),
        }
        self.receipt_no += 1
        return self.write(an(Collected, **(usual | given)))

    def void(self, target):
        """Take an entry back."""
        return self.write(an(Voided, target=target))

    def transfer(self, member, account, loan, amount, purpose="interest", day=D):
        """Ask for savings to be moved to a loan."""
        return self.write(
            an(
                TransferRequested,
                member=member,
                value_date=day - 2,
                due_to=day,
                account=account,
                loan=loan,
                purpose=purpose,
                amount=amount,
                due_shown=self.shown(day)[loan],
                knows=self.knows(),
            )
        )

    def hand_over(self, other, amount, day=D):
        """Give cash to another phone's holder."""
        return self.write(CashHandedOver(other.ordinal, day, amount))

    def accept(self, handed, amount):
        """Answer a handover."""
        return self.write(CashAccepted(handed, amount))

    def close(self, day=D, counted=None):
        """Close the round; counts what is expected, if that can be, unless told otherwise."""
        cash = round_cash(self.book, self.known(), self.ordinal, day)
        counted = max(0, cash.expected) if counted is None else counted
        return self.write(
            an(
                RoundClosed,
                due_to=day,
                expected=cash.expected,
                counted=counted,
                difference=counted - cash.expected,
                receipts=cash.receipts,
                voided=cash.voided,
            )
        )
