"""Laws of a loan's life, whatever a branch says about it (B1, B10–B12, B14, B22)."""

from hypothesis import given
from hypothesis import strategies as st

from calc.book import fold
from calc.dues import loan_due
from calc.instalments import schedule
from calc.moving import brought_forward
from protocol.day import to_date
from protocol.loan_facts import LoanExtended, LoanRenewed
from tests.calc.groups import Group
from tests.calc.pictures import picture
from tests.calc.stories import AHEAD, DAYS, DECISIONS, FIRST, accepted, lives, owed, told


def due(group, day):
    """Due of the one loan."""
    return loan_due(group.book, group.book.loans[1], day)


def plan(group, day):
    """Days on which principal is still to come, and how much."""
    falls = schedule(group.book, group.book.loans[1], day)
    return [(fall.due_on, fall.remind_on, fall.is_final, fall.open) for fall in falls if fall.open]


@given(lives(), DECISIONS, AHEAD)
def test_a_loan_owes_what_the_oracle_finds_in_what_was_accepted(life, decisions, ahead):
    group = told(life, decisions)
    (b_in_term, b_overdue, b_grace), received = owed(accepted(group, life), decisions, FIRST + ahead)
    found = due(group, FIRST + ahead)
    assert found.fault is None
    assert (found.accrued.in_term, found.accrued.overdue, found.accrued.grace) == (
        b_in_term,
        b_overdue,
        b_grace,
    )
    assert found.settled == received
    assert found.payable == b_in_term + b_overdue + (b_grace if found.grace_joined else 0) - received


@given(lives(), DECISIONS, AHEAD)
def test_nothing_of_a_refused_fact_counts(life, decisions, ahead):
    group = told(life, decisions)
    clean = told(accepted(group, life), decisions)
    assert clean.oddities == []
    one, other = due(group, FIRST + ahead), due(clean, FIRST + ahead)
    assert (one.payable, one.open, one.principal) == (other.payable, other.open, other.principal)
    assert plan(group, FIRST + ahead) == plan(clean, FIRST + ahead)


@given(lives(), DECISIONS, DAYS, AHEAD)
def test_B22_a_loan_owes_after_a_move_what_it_would_have_owed_without(life, decisions, as_of, ahead):
    here = told(life, decisions)
    entries = brought_forward(here.book, here.book.loans[1], as_of, ordinal=1, member=1, decided_by="CB001")
    there = told(entries, decisions)
    assert there.oddities == []
    day = as_of + ahead
    before, after = due(here, day), due(there, day)
    assert (after.payable, after.asked, after.prepaid) == (before.payable, before.asked, before.prepaid)
    assert (after.open, after.principal, after.grace_joined) == (
        before.open,
        before.principal,
        before.grace_joined,
    )
    assert sum(row[-1] for row in plan(there, day)) == sum(row[-1] for row in plan(here, day))
    if not any(isinstance(fact, LoanExtended | LoanRenewed) and fact.effective >= as_of for fact in life):
        assert plan(there, day) == plan(here, day)
    assert there.book.loans[1].due_on_at(there.book.loans[1].effects, day) == here.book.loans[1].due_on_at(
        here.book.loans[1].effects, day
    )


@given(lives(), DECISIONS, AHEAD)
def test_B14_what_was_paid_out_is_paid_back_carried_on_or_open(life, decisions, ahead):
    group, day = told(life, decisions), FIRST + ahead
    falls = schedule(group.book, group.book.loans[1], day)
    principal = due(group, day).principal
    for fall in falls:
        assert fall.amount + fall.carried_in == fall.paid + fall.carried_on + fall.open
        assert min(fall.amount, fall.carried_in, fall.paid, fall.carried_on, fall.open) >= 0
        assert fall.amount <= fall.planned
    if not principal.written_off:
        assert sum(fall.open for fall in falls) == principal.in_term + principal.overdue + principal.frozen
        assert [fall.is_final for fall in falls] == [False] * (len(falls) - 1) + [True]
        assert sorted(falls, key=lambda fall: fall.due_on) == list(falls)


@given(lives(), DECISIONS, AHEAD)
def test_paid_and_unpaid_are_what_accrued(life, decisions, ahead):
    found = due(told(life, decisions), FIRST + ahead)
    joined = found.grace_joined
    accrued = found.accrued.in_term + found.accrued.overdue + (found.accrued.grace if joined else 0)
    unpaid = found.open.in_term + found.open.overdue + (found.open.grace if joined else 0)
    assert found.settled + unpaid - found.prepaid == accrued
    assert min(found.open.in_term, found.open.overdue) >= 0


@given(lives(), DECISIONS, st.integers(0, 20), AHEAD)
def test_a_book_that_is_copied_and_read_on_is_the_book_of_the_whole_log(life, decisions, cut, ahead):
    group = told(life, decisions)
    early = fold(group.log[:cut])
    frozen = picture(early)
    book = early.copy()
    for place, entry in group.log[cut:]:
        book.apply(place, entry)
    assert picture(book) == picture(group.book)
    assert picture(early) == frozen
    day = FIRST + ahead
    assert [one.payable for one in dues_of(book, day)] == [one.payable for one in dues_of(group.book, day)]


@given(lives(), DECISIONS, AHEAD)
def test_a_figure_of_an_earlier_place_never_changes(life, decisions, ahead):
    day, group = FIRST + ahead, Group()
    group.member()
    log = told(life, decisions).log[len(group.log) :]
    seen = {}
    for _, entry in log:
        group.tell(entry)
        seen[group.book.position] = figures(group.book, day)
    for place, figure in seen.items():
        assert figures(group.book, day, place) == figure


@given(lives(), DAYS, AHEAD)
def test_a_stretch_of_days_may_be_cut_anywhere(life, cut, ahead):
    steady = [fact for fact in life if not isinstance(fact, LoanRenewed)]  # 66,000 ppm from beginning to end
    whole, parts = told(steady), told(steady)
    parts.decide(ppm=66_000, effective_from=to_date(cut).isoformat())
    assert figures(whole.book, FIRST + ahead) == figures(parts.book, FIRST + ahead)


def dues_of(book, day):
    """Dues of every loan of a book."""
    return [loan_due(book, loan, day) for _, loan in sorted(book.loans.items())]


def figures(book, day, at=None):
    """What people are shown of every loan."""
    return [
        (one.payable, one.open, one.principal, one.settled, schedule(book, loan, day, at=at))
        for _, loan in sorted(book.loans.items())
        if book.view(at).counts(loan.position, None)
        for one in [loan_due(book, loan, day, at=at)]
    ]
