"""The fold of a branch log: what counts, what is odd, and that nothing raises (B1, B2, B4, B21, B22, L12)."""

import pytest

from calc.book import Book, fold
from calc.dues import dues, loan_due
from calc.loan import Recovered
from calc.problems import Oddity, Problem
from protocol.entries import Unknown
from protocol.ids import Position
from protocol.loan_facts import (
    CoreMatched,
    Disbursed,
    InterestReceived,
    LoanBroughtForward,
    LoanFrozen,
    LoanOpened,
    LoanRenewed,
    LoanWrittenOff,
    PrincipalRepaid,
    RecoveredAfterWriteOff,
)
from protocol.phone_facts import Visited
from protocol.posting_facts import DayOpened, PeriodClosed
from protocol.roster_facts import (
    GroupListed,
    MemberListed,
    MemberMoved,
    RateDecided,
    SavingsAccountListed,
    SavingsMoved,
)
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
from tests.calc.pictures import picture
from tests.facts import an


@pytest.fixture
def group():
    """A group with one member, savings of 100,000 đ and a loan of 50,000,000 đ since 10/03/2025."""
    made = Group()
    made.lend(made.member(100_000))
    return made


def test_the_last_listing_by_effective_day_says_where_the_group_belongs(group):
    group.tell(an(GroupListed, effective=on("2025-12-01"), point="NEW"))
    group.tell(an(GroupListed, effective=on("2025-08-01"), point="LATE"))
    assert group.book.group.point == "NEW"


def test_members_loans_and_accounts_are_known_by_the_ordinal_that_opened_them(group):
    assert group.book.members[1].listed.number == "M1"
    assert group.book.loans[1].number == "L1"
    assert group.book.accounts[1].balance(group.book.view(), D) == 100_000
    assert group.book.problems == []


def test_an_ordinal_is_never_used_twice(group):
    group.tell(an(MemberListed, ordinal=1, number="other"))
    group.tell(an(LoanOpened, ordinal=1, member=1, number="other"))
    group.tell(an(SavingsAccountListed, ordinal=1, member=1))
    assert group.oddities == [Oddity.ORDINAL_TAKEN] * 3
    assert group.book.members[1].listed.number == "M1"


def test_a_member_who_is_listed_again_has_other_texts_and_has_left_as_he_had(group):
    group.tell(an(MemberMoved, member=1))
    group.tell(an(MemberListed, ordinal=1, number="M1", phone=b"p" * 32))
    assert group.oddities == []
    assert group.book.members[1].listed.phone == b"p" * 32
    assert group.book.members[1].moved is not None


def test_B22_a_loan_has_one_opening(group):
    group.tell(an(LoanBroughtForward, ordinal=2, member=1, number="L1"))
    assert group.oddities == [Oddity.NUMBER_TAKEN]
    assert list(group.book.loans) == [1]


def test_what_names_an_unknown_member_loan_account_or_writer_is_listed(group):
    group.tell(an(LoanOpened, ordinal=2, member=9, number="L2"))
    group.tell(an(SavingsAccountListed, ordinal=2, member=9))
    group.tell(an(MemberMoved, member=9))
    group.tell(an(PrincipalRepaid, loan=9))
    group.tell(an(SavingsMoved, account=9))
    group.tell(an(Received, writer=9))
    assert group.oddities == [
        Oddity.UNKNOWN_MEMBER,
        Oddity.UNKNOWN_MEMBER,
        Oddity.UNKNOWN_MEMBER,
        Oddity.UNKNOWN_LOAN,
        Oddity.UNKNOWN_ACCOUNT,
        Oddity.UNKNOWN_WRITER,
    ]
    assert group.book.problems[3] == Problem(Position(0, 9), Oddity.UNKNOWN_LOAN, 9)


def test_a_member_who_left_is_remembered_with_his_way(group):
    moved = an(MemberMoved, member=1, to_group="KM-002")
    group.tell(moved)
    assert group.book.members[1].moved == moved


def test_entries_that_are_no_branch_facts_are_set_aside_and_shown(group):
    group.tell(Unknown(99_999, b"\x91\x01"), an(Visited), an(Restated))
    assert group.oddities == [
        Oddity.UNKNOWN_KIND,
        Oddity.NOT_OF_A_BRANCH,
        Oddity.NOTHING_RESTATED,
    ]


def test_what_binds_the_log_itself_leaves_the_book_alone(group):
    group.tell(an(BranchEpochOpened), KeyStated(b"\x11" * 64))
    assert group.book.problems == []


def test_an_entry_out_of_order_changes_nothing(group):
    group.book.apply(Position(0, 2), an(PrincipalRepaid, loan=1, amount=50_000_000))
    assert group.oddities == [Oddity.OUT_OF_ORDER]
    assert loan_due(group.book, group.book.loans[1], D).principal.in_term == 50_000_000


def test_B21_a_fact_of_the_core_counts_once_whatever_it_is_called_by(group):
    repaid = PrincipalRepaid(1, on("2025-04-10"), 10_000_000, "GD-1", "core")
    group.tell(repaid, repaid)
    group.tell(SavingsMoved(1, "deposit", D, 5_000, "GD-2", "core"))
    group.tell(SavingsMoved(1, "deposit", D, 5_000, "GD-2", "core"))
    assert group.oddities == []
    assert loan_due(group.book, group.book.loans[1], D).principal.in_term == 40_000_000
    assert group.book.accounts[1].balance(group.book.view(), D) == 105_000


def test_B21_another_fact_under_a_known_reference_is_listed(group):
    group.tell(PrincipalRepaid(1, on("2025-04-10"), 10_000_000, "GD-1", "core"))
    group.tell(PrincipalRepaid(1, on("2025-04-10"), 20_000_000, "GD-1", "core"))
    group.tell(SavingsMoved(1, "deposit", D, 5_000, "GD-1", "core"))
    assert group.oddities == [Oddity.CORE_REF_TAKEN, Oddity.CORE_REF_TAKEN]
    assert loan_due(group.book, group.book.loans[1], D).principal.in_term == 40_000_000


def test_B21_a_fact_keyed_at_the_table_is_the_one_that_the_core_sends_later(group):
    place = group.tell(PrincipalRepaid(1, on("2025-04-10"), 10_000_000, None, "CB001"))
    group.tell(CoreMatched(place, "GD-1"))
    group.tell(PrincipalRepaid(1, on("2025-04-10"), 10_000_000, "GD-1", "core"))
    assert group.oddities == []
    assert loan_due(group.book, group.book.loans[1], D).principal.in_term == 40_000_000


def test_B21_a_match_needs_a_provisional_fact_and_a_free_reference(group):
    place = group.tell(PrincipalRepaid(1, on("2025-04-10"), 10_000_000, None, "CB001"))
    group.tell(CoreMatched(Position(0, 1), "GD-1"))
    group.tell(InterestReceived(1, D, 1_000, "GD-2", "core"))
    group.tell(CoreMatched(place, "GD-2"))
    assert group.oddities == [Oddity.UNKNOWN_PLACE, Oddity.CORE_REF_TAKEN]


def test_L12_a_second_copy_of_a_decision_changes_nothing(group):
    group.decide(ppm=62_400, effective_from="2025-12-01")
    copy = group.log[-1][1]
    group.tell(copy)
    assert group.oddities == []
    assert len(group.book.decisions.numbers) == 1
    group.tell(an(RateDecided, number=1, programme="CN"))
    assert group.oddities == [Oddity.DECISION_CONFLICT]


def test_L12_a_fold_that_lacks_a_decision_is_not_complete_until_it_has_it(group):
    group.tell(DayOpened(D, 1, "CB001"))
    assert group.oddities == [Oddity.DECISION_MISSING]
    assert not group.book.is_complete
    group.decide()
    assert group.book.is_complete
    assert group.book.days[D].opened == Position(0, 6)


def test_B2_a_policy_that_is_not_supported_is_listed_and_never_ignored_in_silence(group):
    group.adopt("rounding", choice="half_up")
    group.adopt("allocation", choice="overdue_arrears_current")
    group.adopt("cash_unit", amount=500)
    group.adopt("overdue_factor", amount=1_500_000)
    assert group.oddities == []
    group.adopt("rounding", choice="half_even")
    group.adopt("allocation", choice="current_first")
    group.adopt("cash_unit")
    group.adopt("cash_unit", amount=0)
    group.adopt("tea_money", amount=1)
    assert group.oddities == [Oddity.POLICY_NOT_SUPPORTED] * 4 + [Oddity.UNKNOWN_POLICY]


def test_B18_the_cash_unit_is_a_dated_policy(group):
    assert group.book.decisions.cash_unit(D) == 1_000
    group.adopt("cash_unit", "2025-01-01", amount=500)
    group.adopt("cash_unit", "2026-01-01", amount=100)
    assert group.book.decisions.cash_unit(on("2024-12-31")) == 1_000
    assert group.book.decisions.cash_unit(D) == 500
    assert group.book.decisions.cash_unit(on("2026-01-01")) == 100


@pytest.mark.parametrize(
    "fact",
    [
        PrincipalRepaid(1, on("2025-04-10"), 50_000_001, None, "CB001"),
        an(LoanFrozen, loan=1, effective=on("2025-04-10"), until=on("2025-04-10"), amount=1),
    ],
)
def test_a_fact_that_contradicts_the_loan_is_listed_and_leaves_it_alone(group, fact):
    before = dues(group.book, D)
    group.tell(fact)
    assert group.book.problems[0].loan == 1
    assert dues(group.book, D) == before


def test_what_comes_in_after_a_write_off_is_kept_apart_from_what_is_due(group):
    loan, view = group.book.loans[1], group.book.view
    recovered = RecoveredAfterWriteOff(1, D, 1_000_000, 50_000, None, "CB001")
    group.tell(recovered)
    assert (group.oddities, loan.recovered(view())) == ([Oddity.NOT_WRITTEN_OFF], Recovered())
    group.tell(LoanWrittenOff(1, D, 50_000_000, None, "CB001"), recovered)
    assert loan.recovered(view()) == Recovered(principal=1_000_000, interest=50_000)
    assert loan_due(group.book, loan, D).settled == 0


def test_B4_a_closed_period_names_where_its_books_end(group):
    closed = an(PeriodClosed, first_day=on("2025-12-01"), last_day=on("2025-12-31"))
    place = group.tell(closed)
    assert group.book.periods == [(place, closed)]


def test_a_writer_keeps_his_ordinal_and_an_ordinal_its_writer(group):
    group.admit()
    group.admit(epoch=1, ordinal=1)
    assert [one.epoch for _, one in group.book.writers[1].admitted] == [0, 1]
    assert group.book.writers[1].latest.epoch == 1
    assert group.book.writer_ordinals == {group.book.writers[1].latest.writer: 1}
    group.tell(an(WriterAdmitted, ordinal=1, writer=b"another wr"))
    group.tell(an(WriterAdmitted, ordinal=2, writer=group.book.writers[1].latest.writer))
    group.tell(an(WriterRevoked, writer=3))
    assert group.oddities == [Oddity.ORDINAL_TAKEN, Oddity.ORDINAL_TAKEN, Oddity.UNKNOWN_WRITER]


def test_a_renewal_moves_the_day_on_which_the_loan_falls_due(group):
    group.tell(LoanRenewed(1, on("2026-03-10"), 62_400, on("2028-03-10"), None, "CB001"))
    assert group.book.loans[1].due_on == on("2028-03-10")


def test_a_book_is_not_touched_through_its_copy(group):
    group.decide()
    group.admit()
    copied = group.book.copy()
    before = fold(group.log)
    for entry in (
        Disbursed(1, D, 1, None, "CB001"),
        an(SavingsMoved, account=1, amount=7),
        an(MemberListed, ordinal=2),
        an(WriterAdmitted, ordinal=2, writer=b"another wr", epoch=0),
        an(Received, writer=1),
        an(RateDecided, number=2),
        an(DayOpened, decisions=3),
        Unknown(99_999, b""),
    ):
        copied.apply(Position(0, copied.position.seq + 1), entry)
    assert picture(group.book) == picture(before)
    assert picture(copied) != picture(before)


def test_a_fold_of_nothing_knows_nothing():
    book = Book()
    assert (book.ready, book.position, book.is_complete) == (None, Position(0, 0), True)
    assert dues(book, D) == ()
