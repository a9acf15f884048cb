"""What numbers and places mean that a phone read in an older branch epoch (B5, B16, L15)."""

from typing import Annotated, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import structs

from calc.reconcile import flags_of, reconcile
from calc.restating import NOBODY
from calc.settlement import plan_day
from calc.states import Phase, states
from protocol.entries import TAGS, PhoneFact
from protocol.ids import BranchTip, EntryRef, Ordinal, Position
from protocol.loan_facts import InterestReceived, LoanOpened
from protocol.phone_facts import CashHandedOver, Collected, Knows, LogTip
from protocol.posting_facts import DaySettled, Held
from protocol.roster_facts import MemberListed
from protocol.trust_facts import (
    Received,
    Restated,
    WriterAdmitted,
)
from tests.calc.days import on
from tests.calc.groups import D, Group
from tests.calc.restated import Restored, placed
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


def test_B17_cash_for_a_loan_that_counts_nowhere_is_held_and_not_given_to_its_namesake(group):
    ref = group.phones[1, 0].collect(2, {2: 9_000})
    group.receive()
    restored = Restored(group.log, 3)
    for one in restored.cut:
        if isinstance(one.entry, WriterAdmitted | Received) or getattr(one.entry, "number", "") == "M2":
            restored.restate(one)
    restored.tell(an(LoanOpened, ordinal=2, member=2, number="L-other", opened_on=on("2025-11-01")))
    facts = restored.facts(group.facts())
    assert facts.by_ref[ref].entry.lines[0].loan == NOBODY
    assert [entry.cause for entry in plan_day(restored.book, facts, D).entries] == ["unknown_loan"]


def test_L15_cash_for_a_loan_that_nobody_brought_back_is_held_and_not_given_to_its_namesake(group):
    ref = group.phones[1, 0].collect(2, {2: 9_000})
    group.receive()
    restored = Restored(group.log, 3)
    for one in restored.cut:
        if isinstance(one.entry, WriterAdmitted | Received):
            restored.restate(one)
    restored.tell(an(MemberListed, ordinal=2, number="M-other"))
    restored.tell(an(LoanOpened, ordinal=2, member=2, number="L-other", opened_on=on("2025-11-01")))
    (brought,) = (fact for fact in group.facts().all if fact.ref == ref)
    tips = BranchTip(0, 999, bytes(32)), BranchTip(1, restored.book.position.seq, restored.log[-1].hash)
    early, later = restored.book.restated.facts([structs.replace(brought, known=tip) for tip in tips])
    assert (early.entry.lines[0].loan, later.entry.lines[0].loan) == (NOBODY, 2)


def test_what_a_phone_wrote_means_what_it_meant_when_its_phone_wrote_it(group):
    leader, deputy = group.phones.values()
    deputy.pull(leader)
    leader.collect(1, {1: 9_000}, {1: 500})
    deputy.pull(leader)
    ref = deputy.collect(2, {2: 3_000})
    deputy.hand_over(leader, 3_000)
    group.receive()
    restored = Restored(group.log, 1)
    restored.tell(an(WriterAdmitted, ordinal=1, writer=b"\x77" * 10))
    restored.tell(an(MemberListed, ordinal=1, number="M-other"))
    restored.restate()
    facts = restored.facts(group.facts())
    by_seq = {(fact.ref.writer, fact.ref.seq): fact.entry for fact in facts.all}
    assert (by_seq[2, 1].member, by_seq[2, 1].lines[0].loan, by_seq[2, 1].savings[0].account) == (2, 1, 1)
    assert [tip.writer for tip in by_seq[3, 1].knows.logs] == [2]
    assert by_seq[3, 2].to_writer == 2
    assert by_seq[3, 1].knows.book == restored.counts_at(group.facts().by_ref[ref].entry.knows.book)
    assert {state.phase for state in states(restored.book, facts).values()} == {Phase.PENDING}


def test_other_logs_that_a_phone_knew_keep_their_order_and_those_of_nobody_are_left_out(group):
    restored = Restored(group.log, 1)
    second = kept(restored, WriterAdmitted, 1)
    third = an(WriterAdmitted, ordinal=1, writer=b"\x77" * 10)
    restored.tell(third)
    knows = Knows(Position(0, 1), tuple(LogTip(no, 0, 1, bytes(32)) for no in (1, 2)))
    restored.restate(second)
    entry = an(Collected, knows=knows)
    fact = PhoneFact(EntryRef(2, 0, 1, bytes(32)), b"", entry, None, known=restored.tip())
    assert restored.book.restated.facts([fact])[0].entry.knows == Knows(
        Position(0, 1), (LogTip(2, 0, 1, bytes(32)),)
    )
    restored.restate(kept(restored, WriterAdmitted))
    found = restored.book.restated.facts([fact])[0].entry.knows.logs
    assert [tip.writer for tip in found] == [2, 3]


def test_entries_of_phones_that_held_what_counts_or_what_nobody_brought_stay_as_they_are(group):
    restored = Restored(group.log, 3)
    counts = restored.log[2]
    tips = None, BranchTip(0, 3, counts.hash), BranchTip(0, 9, bytes(32))
    facts = [
        PhoneFact(EntryRef(1, 0, 1, bytes(32)), b"", CashHandedOver(2, D, 5), None, known=known)
        for known in tips
    ]
    assert restored.book.restated.facts(facts) == tuple(facts)


def test_B5_a_run_of_facts_that_ended_in_a_lost_place_was_known_also_when_it_is_not_restated(group):
    base = len(group.log)
    group.tell(InterestReceived(1, on("2025-12-01"), 40_000, None, "CB001"))
    group.ready()
    leader = group.phones[1, 0]
    leader.pull()
    ref = leader.collect(1, {1: 9_000})
    restored = Restored(group.log, base)
    restored.tell(InterestReceived(1, on("2025-12-02"), 1_000, None, "CB001"))
    facts = restored.facts(group.facts())
    assert facts.by_ref[ref].entry.knows.book == Position(0, base)
    assert "unknown_book" not in flags_of(restored.book, facts, ref)
    restored.restate(restored.cut[0])
    facts = restored.facts(group.facts())
    assert facts.by_ref[ref].entry.knows.book == restored.book.position
    found = reconcile(restored.book, facts, ref)
    assert found.edge == 0
    assert found.book == -1_000
    assert found.flags == ()


def test_B16_a_day_that_was_settled_meanwhile_was_not_known_to_a_phone_of_the_older_epoch(group):
    leader, deputy = group.phones.values()
    leader.collect(1, {1: 9_000})
    group.receive()
    base = len(group.log)
    group.ready()
    deputy.pull()
    ref = deputy.collect(1, {1: 2_000})
    restored = Restored(group.log, base)
    plan = plan_day(restored.book, restored.facts(group.facts()), D)
    restored.tell(*plan.entries, plan.settled("CB001", "CB002"))
    restored.restate()
    found = reconcile(restored.book, restored.facts(group.facts()), ref)
    assert isinstance(restored.book.log[-2][1], DaySettled)
    assert (found.edge, found.book) == (0, -9_000)


def test_numbers_and_places_of_an_epoch_that_restated_and_was_lost_itself_mean_what_they_meant(group):
    """A branch that was restored twice: loan 3 was 4 in the meantime, and is 5 now."""
    base = len(group.log)
    group.bring(1)
    group.tell(an(Held, entry=(1, 0, 1, bytes(32)), day=D, interest=((3, 5_000),)))
    restored = Restored(group.log, base)
    bring = {"programme": "HN", "opened_on": on("2025-11-01"), "member": 1}
    restored.tell(an(LoanOpened, ordinal=3, number="L-other", **bring))
    restored.restate()
    held = restored.book.position
    restored.again(base)
    tip = restored.tip()
    for ordinal, number in ((3, "L-third"), (4, "L-fourth")):
        restored.tell(an(LoanOpened, ordinal=ordinal, number=number, **bring))
    outer = [one for one in restored.cut if isinstance(one.entry, Restated)]
    restored.restate(*[restored.lost[one.entry.entry, one.entry.hash] for one in outer])
    assert restored.book.loans[5].number == "L3"
    facts = [
        PhoneFact(EntryRef(1, 0, 1, bytes(32)), b"", an(Collected, lines=((loan, 1, 1),)), None, known=tip)
        for loan in (1, 3, 4)
    ]
    meant = [fact.entry.lines[0].loan for fact in restored.book.restated.facts(facts)]
    assert meant == [1, NOBODY, 5]
    last = outer[-1]
    assert last.position == held
    assert restored.book.restated.counts_at((last.position, last.hash)) == restored.book.position
    opening = restored.cut[0]
    assert restored.book.restated.counts_at((opening.position, opening.hash)) is None


def test_a_lost_Restated_of_something_unknown_counts_nowhere(group):
    restored = Restored(group.log, 5)
    restored.tell(Restated(Position(0, 1), bytes(32), None, "CB001"))
    restored.again(len(restored.log) - 1)
    one = restored.cut[0]
    assert restored.book.restated.counts_at((one.position, one.hash)) is None
    fact = PhoneFact(EntryRef(1, 0, 1, bytes(32)), b"", an(Collected), None, known=restored.tip())
    assert restored.book.restated.facts([fact])[0].entry.knows.book == Position(0, 1)


def test_two_lost_sides_of_one_epoch_have_numbers_of_their_own(group):
    base = len(group.log)
    other = Group()
    for _, entry in group.log[1:]:
        other.tell(entry)
    group.tell(an(MemberListed, ordinal=3, number="M3"))
    other.tell(an(MemberListed, ordinal=3, number="M4"))
    restored = Restored(group.log, base)
    side = placed(other.log)[-1]
    restored.lost[side.position, side.hash] = side
    restored.restate(side, *restored.cut)
    numbers = {no: member.listed.number for no, member in restored.book.members.items()}
    assert numbers == {1: "M1", 2: "M2", 3: "M4", 4: "M3"}
    for tip, meant in ((BranchTip(0, base + 1, side.hash), 3), (restored.tip(), 4)):
        fact = PhoneFact(EntryRef(1, 0, 1, bytes(32)), b"", an(Collected, member=3), None, known=tip)
        assert restored.book.restated.facts([fact])[0].entry.member == meant


def fields_of(kind):
    """Names and types of the fields of a struct, its parts included."""
    for name, shape in get_type_hints(kind, include_extras=True).items():
        for part in (shape, *leaves(shape)):
            if isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield from fields_of(part)
                yield name, part
            else:
                yield name, part


def leaves(shape):
    """Everything that a type is made of."""
    for part in get_args(shape):
        yield part
        yield from leaves(part)


def test_no_kind_has_a_number_or_a_place_that_stays_behind():
    """A new kind with a number under a new name must be renumbered as well."""
    numbers = {
        name
        for kind in TAGS.values()
        for name, shape in fields_of(kind)
        if get_origin(shape) is Annotated and shape == Ordinal
    }
    others = {"number", "count", "version"}  # no ordinals, with the same bounds
    opened = {"ordinal"}
    assert numbers - others == opened | {"member", "loan", "to_loan", "account", "writer", "to_writer"}
    places = {name for kind in TAGS.values() for name, shape in fields_of(kind) if shape is Position}
    assert places == {"entry", "posted", "first", "book"}
