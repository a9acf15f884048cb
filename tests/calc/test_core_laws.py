"""B21 as laws: a group and a core system that keeps its own books, through any history and any extract.

Whatever was posted, keyed, imported, taken in and cut, in whatever order: the causes add up to each
difference, an honest core leaves nothing unexplained, every cause is the one that the story knows, and
importing the same transaction again or confirming twice changes nothing.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from calc.core_matching import Cause
from calc.dues import dues
from protocol.posting_facts import Reversed
from tests.calc.core_stories import SINCE, Story
from tests.calc.days import on
from tests.calc.groups import D
from tests.facts import an

MONTHS = (D, on("2026-01-17"), on("2026-02-17"))
AMOUNTS = st.integers(1, 400_000)
COUNTER = st.tuples(
    st.sampled_from(
        [
            ("interest_received", "L1"),
            ("principal_repaid", "L1"),
            ("principal_repaid", "L2"),
            ("deposit", "S1"),
            ("withdrawal", "S1"),
            ("interest", "S1"),
        ]
    ),
    AMOUNTS,
    st.integers(0, 100),
)
STEPS = st.one_of(
    st.tuples(st.just("collect"), AMOUNTS, AMOUNTS),
    st.tuples(st.just("transfer"), AMOUNTS, st.sampled_from(["interest", "principal"])),
    st.tuples(st.just("settle")),
    st.tuples(st.just("reverse"), st.integers(0, 9)),
    st.tuples(st.just("counter"), COUNTER),
    st.tuples(st.just("key"), COUNTER),
    st.tuples(st.just("import"), st.integers(1, 9)),
    st.tuples(st.just("take_in"), st.integers(1, 20)),
    st.tuples(st.just("cut"), st.integers(0, 100)),
    st.tuples(st.just("confirm")),
)


class History(Story):
    """A story that remembers what only its teller can know."""

    def __init__(self):
        super().__init__()
        self.month = 0
        self.cuts = []
        self.cut(100)

    @property
    def day(self):
        return MONTHS[self.month]

    def collect(self, interest, savings):
        phone = self.group.phones[1, 0]
        phone.pull()
        phone.collect(2, {2: interest}, {1: savings}, day=self.day)

    def transfer(self, amount, purpose):
        self.group.phones[1, 0].transfer(2, 1, 2, amount, purpose, day=self.day)

    def settle(self):
        if self.month < len(MONTHS) - 1:
            self.group.receive()
            self.group.settle(self.day)
            self.month += 1
            self.group.open(self.day)
            self.group.phones[1, 0].pull()

    def reverse(self, nth):
        places = [posting.position for posting in self.book.postings.posted.values()]
        lines = {line.place.position for line in self.lines}
        open_places = [
            place for place in places if place in lines and place not in self.book.postings.reversed
        ]
        if open_places:
            self.group.tell(an(Reversed, posted=open_places[nth % len(open_places)], day=self.day))

    def counter(self, what, *, keyed=False):
        (kind, number), amount, back = what
        day = max(on("2025-11-30"), self.day - back)
        self.core.book(kind, number, day, amount)
        if keyed:
            self.key(kind, number, day, amount)

    def import_(self, number):
        """Import the core's own transactions that an import may have: those that are no line of ours."""
        matched = {one.core_ref for ones in self.book.roster.refs.matches.values() for one in ones}
        new = [
            one
            for one in self.core.transactions
            if one["our_id"] is None and one["core_ref"] not in self.imported | matched
        ]
        keyed = {(one.kind, one.day, one.amount) for one in self.keyed}
        for one in [one for one in new if (one["kind"], one["day"], one["amount"]) not in keyed][:number]:
            self.tell(one)
            self.tell(one)

    @property
    def imported(self):
        return {
            fact.core_ref
            for subject in (*self.book.loans.values(), *self.book.accounts.values())
            for fact in (one.fact for one in getattr(subject, "effects", getattr(subject, "moves", ())))
            if getattr(fact, "core_ref", None)
        }

    @property
    def keyed(self):
        """Facts that wait for their reference, as slots."""
        return [
            finding.slots[0]
            for finding in self.compare(
                {**self.core.extract(MONTHS[-1]), "transactions": []}
            ).matching.findings
            if finding.cause is Cause.PROVISIONAL
        ]

    def take_in(self, number):
        new = [row for row in self.exported() if row["id"] not in self.core.taken]
        self.core.take_in(new[:number])

    def cut(self, back):
        day = max(SINCE, self.day - back)
        self.cuts.append((self.core.extract(day), self.book.position))

    def confirm(self):
        """Confirm what the newest extract contains, twice."""
        for _ in range(2):
            found = self.compare(*self.cuts[-1])
            self.group.tell(*found.matching.matches)
        assert not self.compare(*self.cuts[-1]).matching.matches

    def play(self, step):
        word, *rest = step
        match word:
            case "key":
                self.counter(*rest, keyed=True)
            case "import":
                self.import_(*rest)
            case _:
                getattr(self, word)(*rest)


def check(history, found, cut):
    """Sums, and the truth of every cause."""
    contained = {one["our_id"] for one in cut["transactions"]} - {None}
    refs = {one["core_ref"] for one in cut["transactions"]}
    for one in found.differences:
        assert one.ours - one.theirs == sum(share.amount for share in one.shares) + one.unexplained
        assert one.unexplained == 0
    for finding in found.matching.findings:
        match finding.cause:
            case Cause.UNCONFIRMED:
                places = [slot.place for slot in finding.slots]
                names = {f"KM-001:0:{place.position.seq}:{place.number}" for place in places}
                assert not names & contained
            case Cause.PROVISIONAL:
                assert finding.slots[0].fact.core_ref is None
            case Cause.LATER:
                assert finding.slots[0].named_at is not None
            case Cause.MISSING_HERE:
                assert finding.rows[0].core_ref in refs - history.imported
            case Cause.AMOUNT_DIFFERS:
                assert 0 < len(finding.rows) < len(finding.slots)
            case other:
                raise AssertionError(other)


@given(st.lists(STEPS, min_size=1, max_size=14), st.integers(-10_000, 10_000))
@settings(deadline=None)
def test_an_honest_core_leaves_nothing_unexplained_and_another_to_the_dong(steps, secret):
    history = History()
    for step in steps:
        history.play(step)
    assert not history.group.oddities
    cut = history.core.extract(history.day)
    for older, known_by in (*history.cuts, (cut, None)):
        check(history, history.compare(older, known_by), older)
    cut["loans"]["L1"]["interest"] += secret
    cut["accounts"]["S1"] += secret
    left = {(one.subject, one.measure.value): one.unexplained for one in history.compare(cut).differences}
    wanted = {((1, None), "interest"): -secret, ((None, 1), "savings"): -secret} if secret else {}
    assert {key: amount for key, amount in left.items() if amount} == wanted


@given(st.lists(STEPS, min_size=1, max_size=12))
@settings(deadline=None)
def test_once_all_is_taken_in_imported_and_confirmed_the_books_agree(steps):
    history = History()
    for step in steps:
        history.play(step)
    history.core.take_in(history.exported())
    history.cut(0)
    history.confirm()
    matched = {one.core_ref for ones in history.book.roster.refs.matches.values() for one in ones}
    for transaction in history.core.transactions:
        if transaction["our_id"] is None:
            history.tell(transaction)
            history.tell(transaction)
    found = history.compare(history.core.extract(MONTHS[-1]))
    assert (found.differences, found.matching.findings) == ((), ())
    before = [(due.loan, due.payable) for due in dues(history.book, D)]
    for transaction in history.core.transactions:
        if transaction["core_ref"] in matched and transaction["amount"] > 0:
            history.tell(transaction)
    assert [(due.loan, due.payable) for due in dues(history.book, D)] == before
    assert not history.group.oddities


@given(st.lists(STEPS, min_size=1, max_size=14), st.integers(0, 60))
@settings(deadline=None)
def test_lines_since_a_place_are_the_end_of_all_lines(steps, place):
    history = History()
    told = []
    for step in steps:
        history.play(step)
        lines = history.lines
        assert lines[: len(told)] == tuple(told)
        told = lines
    upto = [line for line in told if line.frame.effective_at.seq <= place]
    assert told[: len(upto)] == tuple(upto)
