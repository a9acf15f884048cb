"""A transaction day of one group over a real store: two phones, three households, a branch that learns late.

The group's loans are of programme HN at 6.6 %, brought forward on 17/11/2025 with nothing due. To 17/12/2025,
thirty days, they owe balance × 66,000 × 30 / 365,000,000, rounded half up. Once the branch learns that the
rate is 6.24 % from 01/12/2025 (fourteen days, then sixteen), they owe balance × 1,922,400 / 365,000,000:

    loan 1   50,000,000 đ    271,233 → 263,342
    loan 2   70,000,000 đ    379,726 → 368,679
    loan 3   30,000,000 đ    162,740 → 158,005
"""

from datetime import UTC, date, datetime
from itertools import count as numbers

import pytest

from calc.states import Phase, states
from hub.documents import directory_listing
from hub.errors import DayError
from hub.service.day.posting import Counting, Settling, count, settle
from hub.service.group.closing import end_run
from hub.service.group.known import known_facts
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.store.sqlite import SqliteStore, create
from protocol.day import to_day
from protocol.exchange import DetachedText, Request
from protocol.ids import EntryRef
from protocol.loan_facts import LoanBroughtForward, PrincipalRepaid
from protocol.phone_facts import (
    Collected,
    InterestLine,
    Knows,
    RoundClosed,
    SavingsLine,
    TransferRequested,
    Voided,
)
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    PolicyAdopted,
    RateDecided,
    SavingsAccountListed,
)
from tests.builders import POLICIES
from tests.facts import an
from tests.hub.builders import GROUP, Branch, Phone

DAY = to_day(date(2025, 12, 17))
SINCE = to_day(date(2025, 11, 17))
NEXT = to_day(date(2026, 1, 17))
NOON = datetime(2025, 12, 17, 5, 0, tzinfo=UTC)
JANUARY = datetime(2026, 1, 17, 5, 0, tzinfo=UTC)
NAMES = ("Phạm Thị Lụa", "Vũ Văn Tịnh", "Hoàng Văn Vượng")
BALANCES = (50_000_000, 70_000_000, 30_000_000)
GROUP_NAME = "Tổ TK&VV số 1, Khu dân cư Tân Trạch"
DIRECTORY = {
    "areas": [],
    "points": [
        {
            "line": 2,
            "code": "DGD-KINHMON",
            "name": "Điểm giao dịch phường Kinh Môn",
            "area": "HP-KINHMON",
            "day_of_month": 17,
        }
    ],
    "programmes": [{"line": 2, "code": "HN", "name": "Hộ nghèo"}],
    "groups": [
        {
            "line": 2,
            "code": GROUP,
            "name": GROUP_NAME,
            "area": "T-001",
            "point": "DGD-KINHMON",
            "organisation": "HPN",
            "leader": "3000010001",
            "deputy": "3000010002",
            "valid_from": SINCE,
        }
    ],
}


class OpenedBranch:
    """A branch directory, opened as a command or the server opens it."""

    def __init__(self, hub):
        self.store, self.groups = hub.store, hub.groups

    def another_process(self):
        return self.groups

    def admit(self, group, ordinal):
        phone = Phone(group, ordinal, 0)
        state = self.groups.append(group, lambda _: [[phone.admission]])
        phone.start(self.groups.trust.root_spki, state.log.entries[-1].raw)
        return phone


class CollectionDay:
    """The branch at one desk, the two phones in the hamlet. ``now`` is the branch's clock."""

    def __init__(self, folder, names=NAMES, store=SqliteStore, branch=None):
        self.now = NOON
        if branch is None:
            create(folder / "hub.sqlite")
            branch = Branch(store(folder / "hub.sqlite"), lambda: self.now)
        self.branch = branch
        self.groups = branch.groups
        self._salts = (number.to_bytes(16, "big") for number in numbers(1))
        self._list(names)
        self.leader = self.branch.admit(GROUP, 1)
        self.deputy = self.branch.admit(GROUP, 2)
        self.receipts = {1: numbers(1), 2: numbers(10_001)}
        self.say()

    @property
    def state(self):
        """The group as another process finds it in the store."""
        return self.branch.another_process().load(GROUP)

    @property
    def entries(self):
        return [placed.entry for placed in self.state.log.entries]

    def of_kind(self, kind):
        return [entry for entry in self.entries if isinstance(entry, kind)]

    @property
    def phases(self):
        """State of every receipt and transfer by writer and seq, as posted so far."""
        state = self.state
        known = states(state.book, known_facts(state))
        return {
            (ref.writer, ref.seq): one.phase for ref, one in known.items() if one.phase is not Phase.NOTED
        }

    def say(self, *entries, day=DAY):
        """The branch appends facts and ends the run with a book."""
        ending = end_run(self.state.book, entries, day, "CB001")
        assert ending.entries, ending
        self.groups.append(GROUP, _once([*entries, *ending.entries]))

    def lower_the_rate(self):
        """The branch learns of the decision of 01/12/2025, which asks for less than the phones show."""
        highest = max(self.state.book.decisions.numbers)
        self.say(an(RateDecided, number=highest + 1, kind="rate", ppm=62_400, reach="all"))

    def repay_at_the_counter(self, amount=10_000_000, loan=2):
        """A member repays principal at the bank on 12/12/2025, which the phones do not know."""
        on = to_day(date(2025, 12, 12))
        self.say(an(PrincipalRepaid, loan=loan, effective=on, amount=amount, core_ref=f"GD-{loan}"))

    def collect(self, phone, member, interest, due, *, savings=0, receipt=None, due_to=DAY, value_date=None):
        """A receipt of one household; returns how others name it."""
        phone.write(
            Collected(
                receipt_no=receipt or next(self.receipts[phone.ordinal]),
                member=member,
                value_date=value_date or DAY - 1,
                due_to=due_to,
                lines=(InterestLine(member, interest, due),),
                savings=(SavingsLine(1, savings),) if savings else (),
                knows=self.knows(),
            )
        )
        return self.last(phone)

    def transfer(self, phone, amount, due, purpose="interest"):
        """Member 3 asks for savings to be moved to the loan."""
        phone.write(
            an(
                TransferRequested,
                member=3,
                value_date=DAY - 1,
                due_to=DAY,
                account=1,
                loan=3,
                purpose=purpose,
                amount=amount,
                due_shown=due,
                knows=self.knows(),
            )
        )
        return self.last(phone)

    def void(self, phone, target):
        phone.write(Voided(target, "mistyped", None))
        return self.last(phone)

    def close_round(self, phone, counted, expected=None, due_to=DAY):
        """The phone's holder counts and signs."""
        expected = counted if expected is None else expected
        phone.write(RoundClosed(due_to, expected, counted, counted - expected, (), 0, 0))
        return self.last(phone)

    def sync(self, *phones):
        """What the phones wrote reaches the hub."""
        for phone in phones or (self.leader, self.deputy):
            done = getattr(phone, "sent", 0)
            seals = (phone.seal(done + 1),) if len(phone.entries) > done else ()
            phone.sent = len(phone.entries)
            Intake(self.groups, Quota()).exchange(Request(1, GROUP, None, (), seals, ()), phone.writer)

    def count(self, amount, by="GDV01", day=DAY, notes=(), groups=None):
        return count(groups or self.groups, GROUP, Counting(day, amount, tuple(notes), by, None))

    def settle(self, by="KSV01", confirmed_by="GDV01", day=DAY, groups=None):
        return settle(groups or self.groups, GROUP, Settling(day, by, confirmed_by))

    def knows(self):
        """The book that the phones hold: the first one, as if they had had no network since."""
        return Knows(next(iter(self.state.book.readies)), ())

    @staticmethod
    def last(phone):
        return EntryRef(phone.ordinal, phone.log.epoch, len(phone.entries), phone.hashes[-1])

    def _list(self, names):
        self.branch.store.add([directory_listing(1, DIRECTORY)])
        self.groups.open(GROUP)
        told = [DetachedText(next(self._salts), words.encode()) for words in (GROUP_NAME, *names)]
        self.groups.add_texts(GROUP, told)
        hashes = [text.hash for text in told]
        listed = an(GroupListed, group=GROUP, effective=SINCE, area="T-001", name=hashes[0])
        policies = [
            an(PolicyAdopted, number=number, policy=policy, choice=choice, amount=amount, effective=SINCE)
            for number, (policy, choice, amount) in enumerate(POLICIES, 1)
        ]
        members = [
            an(MemberListed, ordinal=number, number=f"300001000{number}", name=digest)
            for number, digest in enumerate(hashes[1:], 1)
        ]
        loans = [
            an(
                LoanBroughtForward,
                ordinal=number,
                member=number,
                number=f"66000100020{number}",
                as_of=SINCE,
                in_term=balance,
            )
            for number, balance in enumerate(BALANCES, 1)
        ]
        account = an(SavingsAccountListed, member=3, as_of=SINCE, balance=500_000, number="700001")
        self.groups.append(GROUP, _once([listed, *policies, *members, *loans, account]))


def _once(entries):
    """A planner that appends these entries, whatever the state."""
    return lambda _: [entries]


def told(folder, names=NAMES, branch=None):
    """A whole story: a duplicate, a void, a deposit, two transfers; the branch learns of two things late."""
    day = CollectionDay(folder, names, branch=branch)
    day.collect(day.leader, 1, 272_000, 271_233)
    day.collect(day.deputy, 1, 272_000, 271_233)
    day.collect(day.deputy, 2, 379_726, 379_726)
    mistaken = day.collect(day.leader, 3, 50_000, 162_740, savings=20_000)
    day.void(day.leader, mistaken)
    day.collect(day.leader, 3, 100_000, 162_740, savings=20_000)
    day.transfer(day.leader, 40_000, 62_740)
    day.transfer(day.leader, 600_000, 162_740, purpose="principal")
    day.close_round(day.leader, 392_000)
    day.close_round(day.deputy, 651_726)
    day.sync()
    day.lower_the_rate()
    day.repay_at_the_counter()
    return day


def both_phones_collected(day):
    """Both phones closed and synchronised: 271,233 đ with the leader, 379,726 đ with the deputy."""
    day.collect(day.leader, 1, 271_233, 271_233)
    day.close_round(day.leader, 271_233)
    day.collect(day.deputy, 2, 379_726, 379_726)
    day.close_round(day.deputy, 379_726)
    day.sync()
    return day


def refused(call, *given, **named):
    """The code with which a day refuses a call."""
    with pytest.raises(DayError) as caught:
        call(*given, **named)
    return caught.value.code
