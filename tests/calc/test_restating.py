"""What a `Restated` lets count, and what the numbers of an older branch epoch mean (L15)."""

import pytest
from msgspec import structs

from calc.problems import Oddity
from calc.restating import NOWHERE
from calc.settlement import plan_day
from calc.states import Phase, states
from protocol.entries import Unknown
from protocol.ids import Position
from protocol.loan_facts import InterestReceived, LoanOpened
from protocol.posting_facts import Held, Posted, ReceiptRekeyed, Reversed
from protocol.roster_facts import MemberListed, SavingsAccountListed
from protocol.trust_facts import (
    BranchEpochOpened,
    KeyStated,
    Received,
    Restated,
    WriterAdmitted,
    WriterRevoked,
)
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.restated import Restored
from tests.facts import an


@pytest.fixture
def group():
    """Two members with a loan and savings each, two phones, an open day."""
    made = Group()
    made.bring(made.member(100_000))
    made.bring(made.member(0))
    return made.staff()


def kept(restored, kind, nth=0):
    """An entry of a kind that was lost."""
    return [one for one in restored.cut if isinstance(one.entry, kind)][nth]


def oddities(restored):
    """What the book finds odd."""
    return [problem.oddity for problem in restored.book.problems]


def test_a_restated_entry_counts_at_the_place_of_its_Restated(group):
    base = len(group.log)
    group.tell(InterestReceived(1, D, 5_000, None, "CB001"))
    restored = Restored(group.log, base)
    assert restored.book.loans[1].effects == group.book.loans[1].effects[:1]
    restored.restate()
    assert [effect.position for effect in restored.book.loans[1].effects] == [Position(0, 4), Position(1, 2)]
    assert restored.book.log[-1] == (Position(1, 2), InterestReceived(1, D, 5_000, None, "CB001"))
    assert oddities(restored) == []


def test_a_Restated_of_nothing_that_is_held_is_told(group):
    restored = Restored(group.log, 3)
    one = kept(restored, WriterAdmitted)
    for place, name in ((one.position, bytes(32)), (Position(0, 1), one.hash), (Position(0, 99), one.hash)):
        restored.tell(Restated(place, name, None, "CB001"))
    assert oddities(restored) == [Oddity.NOTHING_RESTATED] * 3
    assert restored.book.restated.places == {}


def test_the_opening_of_an_epoch_and_its_keys_are_not_restated(group):
    base = len(group.log)
    group.tell(an(BranchEpochOpened), KeyStated(b"\x11" * 64))
    restored = Restored(group.log, base)
    restored.restate()
    assert oddities(restored) == [Oddity.NOTHING_RESTATED] * 2


def test_of_a_kind_of_tomorrow_the_oddity_is_told_at_its_new_place(group):
    base = len(group.log)
    group.tell(Unknown(99_999, b"\x91\x01"))
    restored = Restored(group.log, base)
    restored.restate()
    assert [(one.position, one.oddity) for one in restored.book.problems] == [
        (Position(1, 2), Oddity.UNKNOWN_KIND)
    ]


def test_a_copy_is_restated_by_itself(group):
    base = len(group.log)
    group.tell(InterestReceived(1, D, 5_000, None, "CB001"))
    restored = Restored(group.log, base)
    twin = restored.book.copy()
    restored.restate()
    assert twin.restated.places == {}
    twin.apply(Position(1, 2), Restated(restored.cut[0].position, restored.cut[0].hash, None, "CB001"))
    assert twin.loans[1].effects == restored.book.loans[1].effects
    assert twin.loans[1] is not restored.book.loans[1]


def test_a_lost_Restated_lets_count_what_it_named_and_only_once(group):
    base = len(group.log)
    group.tell(InterestReceived(1, D, 5_000, None, "CB001"), InterestReceived(1, D, 70, None, "CB001"))
    restored = Restored(group.log, base)
    first, second = restored.cut
    restored.restate()
    restored.again(base)
    restatements = [one for one in restored.cut if isinstance(one.entry, Restated)]
    restored.restate(*restatements, first, second)
    restored.restate(restatements[0])
    assert sum(effect.received for effect in restored.book.loans[1].effects) == 5_070
    assert restored.book.restated.places[first.position, first.hash] == Position(2, 2)
    assert restored.book.restated.places[restatements[0].position, restatements[0].hash] == Position(2, 2)
    outer = Restated(restatements[0].position, restatements[0].hash, None, "CB001")
    origin = restored.book.restated.origin
    assert origin(outer) == origin(restatements[0].entry) == first
    assert origin(Restated(Position(0, 99), bytes(32), None, "CB001")) is None
    assert oddities(restored) == []


def test_a_lost_Restated_of_what_counts_by_itself_is_told(group):
    restored = Restored(group.log, 5)
    one = restored.log[0]
    restored.tell(Restated(one.position, one.hash, None, "CB001"))
    restored.again(len(restored.log) - 1)
    restored.restate()
    assert oddities(restored) == [Oddity.NOTHING_RESTATED]


def test_what_bears_a_number_of_the_bank_already_is_not_opened_again(group):
    restored = Restored(group.log, 1)
    restored.tell(an(MemberListed, ordinal=1, number="M9"), an(MemberListed, ordinal=2, number="M1"))
    restored.tell(an(LoanOpened, ordinal=1, member=2, number="L1", opened_on=on("2025-11-01")))
    restored.restate()
    book = restored.book
    assert [book.members[no].listed.number for no in (1, 2, 3)] == ["M9", "M1", "M2"]
    assert {no: (loan.number, loan.member) for no, loan in book.loans.items()} == {1: ("L1", 2), 2: ("L2", 3)}
    assert {no: account.member for no, account in book.accounts.items()} == {1: 2, 2: 3}
    assert book.loans[1].start == on("2025-11-01")
    assert oddities(restored) == []


def test_an_ordinal_that_is_taken_by_something_else_opens_nothing_and_stands_for_nobody(group):
    restored = Restored(group.log, 1)
    restored.tell(an(MemberListed, ordinal=1, number="M9"))
    member = kept(restored, MemberListed)
    restored.tell(Restated(member.position, member.hash, 1, "CB001"))
    assert oddities(restored) == [Oddity.ORDINAL_TAKEN]
    loan = restored.cut[2]
    restored.tell(Restated(loan.position, loan.hash, 1, "CB001"))
    assert oddities(restored) == [Oddity.ORDINAL_TAKEN, Oddity.UNKNOWN_MEMBER]


def test_a_place_of_an_older_epoch_at_which_nothing_counts_is_nowhere(group):
    base = len(group.log)
    group.phones[1, 0].collect(1, {1: 9_000})
    group.receive()
    group.settle()
    posted = next(place for place, entry in group.log if isinstance(entry, Posted))
    group.tell(an(Reversed, posted=posted, day=D))
    restored = Restored(group.log, base)
    restored.restate(kept(restored, Reversed))
    assert restored.book.log[-1][1].posted == NOWHERE
    assert oddities(restored) == [Oddity.NOT_POSTED]


def test_B17_a_reversal_finds_what_was_posted_again_before_the_lost_posting_came_back(group):
    base = len(group.log)
    ref = group.phones[1, 0].collect(1, {1: 9_000}, {1: 500})
    group.receive()
    group.settle()
    posted = next(place for place, entry in group.log if isinstance(entry, Posted))
    group.tell(an(Reversed, posted=posted, day=D))
    restored = Restored(group.log, base)
    restored.restate(kept(restored, Received))
    facts = restored.facts(group.facts())
    plan = plan_day(restored.book, facts, D)
    restored.tell(*plan.entries, plan.settled("CB001", "CB002"))
    restored.restate(kept(restored, Posted), kept(restored, Reversed))
    restored.restate(kept(restored, Received), kept(restored, Posted))
    state = states(restored.book, restored.facts(group.facts()))[ref]
    assert state.phase is Phase.REVERSED
    assert restored.book.accounts[1].balance(restored.book.view(), D) == 100_000
    assert oddities(restored) == []


def test_a_second_copy_of_a_decision_about_an_entry_or_a_paper_adds_nothing(group):
    base = len(group.log)
    held = an(Held, entry=(1, 0, 1, bytes(32)), day=D, interest=((1, 5_000),))
    paper = an(ReceiptRekeyed, receipt_no=77, day=D, savings=((1, 700),))
    drawn = an(WriterRevoked, writer=2, seq=0)
    group.tell(held, paper, drawn)
    restored = Restored(group.log, base)
    restored.tell(held, paper, drawn)
    restored.restate()
    assert len(restored.book.postings.held) == len(restored.book.postings.rekeyed) == 1
    assert restored.book.accounts[1].balance(restored.book.view(), D) == 100_700
    assert restored.book.restated.places[restored.cut[0].position, restored.cut[0].hash] == Position(1, 2)
    assert restored.book.restated.places[restored.cut[1].position, restored.cut[1].hash] == Position(1, 3)
    assert oddities(restored) == []


def test_a_repeated_reversal_is_odd_only_when_the_branch_says_it_itself(group):
    group.tell(an(ReceiptRekeyed, receipt_no=77, day=D, savings=((1, 700),)))
    paper = group.book.position
    base = len(group.log)
    mirrored = an(Reversed, posted=paper, day=D)
    group.tell(mirrored)
    restored = Restored(group.log, base)
    restored.tell(mirrored)
    restored.restate()
    assert oddities(restored) == []
    restored.tell(mirrored)
    assert oddities(restored) == [Oddity.REPEATED]


def test_a_phone_or_an_account_that_was_opened_meanwhile_is_the_same(group):
    restored = Restored(group.log, 2)
    again = kept(restored, WriterAdmitted)
    restored.tell(kept(restored, SavingsAccountListed).entry, again.entry)
    restored.tell(structs.replace(again.entry, epoch=2))
    restored.restate()
    assert [one.epoch for _, one in restored.book.writers[1].admitted] == [0, 2]
    assert len(restored.book.accounts) == 2
    assert restored.counts_at(again.position) == Position(1, 3)
    assert oddities(restored) == []
