"""The list of the group and one household, against figures worked by hand (``village``)."""

from datetime import date
from fractions import Fraction
from math import floor

from edge.cashless import VisitOrder, note_visit
from edge.collection import Deposit
from edge.errors import Fault
from edge.household import AccountShown, Promise, household
from edge.members import find_member, members, name_of
from protocol.roster_facts import MemberMoved
from tests.edge.steps import fault_of, take
from tests.edge.village import DAY, DUE_1, DUE_2, DUE_3
from tests.facts import an


def test_the_list_is_by_given_name_with_what_is_asked_and_the_state(phone):
    listed = members(phone)
    assert [(row.name, row.asked_dong, row.state) for row in listed.members] == [
        ("Trần Văn An", DUE_3, "overdue"),
        ("Nguyễn Thị Ánh", DUE_1 + DUE_2, "not_yet"),
        ("Lê Thị Ân", 0, "nothing_due"),
        ("Đỗ Đức", 0, "nothing_due"),
    ]
    assert (listed.day, listed.days_left, listed.collected) == (date(2025, 12, 17), 2, 0)
    assert listed.asked_dong == DUE_1 + DUE_2 + DUE_3
    assert listed.agrees


def test_the_list_shows_who_paid_and_who_promised(phone):
    take(phone, "1")
    note_visit(phone, find_member(phone, "2"), VisitOrder("promised", DAY, 50_000))
    states = {row.member: (row.state, row.collected_dong) for row in members(phone).members}
    assert states == {
        1: ("collected", DUE_1 + DUE_2),
        2: ("promised", 0),
        3: ("nothing_due", 0),
        4: ("nothing_due", 0),
    }


def test_the_list_is_searched_by_name_or_number_without_marks(phone):
    assert [row.name for row in members(phone, "an").members] == [
        "Trần Văn An",
        "Nguyễn Thị Ánh",
        "Lê Thị Ân",
    ]
    assert [row.name for row in members(phone, "duc").members] == ["Đỗ Đức"]
    assert [row.name for row in members(phone, "tv001").members] == ["Nguyễn Thị Ánh"]
    assert members(phone, "xyz").members == ()


def test_a_member_who_left_is_not_on_the_list(hub, place, phone):
    hub.say(an(MemberMoved, member=4))
    phone.ledger.close()
    again = place.synchronised()
    assert 4 not in {row.member for row in members(again).members}
    again.ledger.close()


def test_a_household_shows_each_loan_with_the_working_of_its_due(phone):
    shown = household(phone, find_member(phone, "1"))
    assert (shown.name, shown.asked_dong, shown.agrees) == ("Nguyễn Thị Ánh", DUE_1 + DUE_2, True)
    assert [(loan.loan, loan.asked_dong, loan.payable_dong) for loan in shown.loans] == [
        (1, DUE_1, DUE_1),
        (2, DUE_2, DUE_2),
    ]
    assert [
        (str(line.start), str(line.end), line.days, line.balance_dong, line.ppm, line.bucket)
        for line in shown.loans[0].working
    ] == [
        ("2025-11-17", "2025-12-01", 14, 50_000_000, 66_000, "in_term"),
        ("2025-12-01", "2025-12-17", 16, 50_000_000, 62_400, "in_term"),
    ]
    assert shown.accounts == (AccountShown(1, "TK1", 500_000, 0),)
    assert shown.promise is None


def test_overdue_and_frozen_principal_stand_apart_and_a_frozen_loan_asks_for_nothing(phone):
    (overdue,) = household(phone, find_member(phone, "2")).loans
    assert (overdue.principal_overdue_dong, overdue.unpaid_overdue_dong) == (10_000_000, DUE_3)
    (frozen,) = household(phone, find_member(phone, "3")).loans
    assert (frozen.principal_frozen_dong, frozen.asked_dong, frozen.payable_dong) == (30_000_000, 0, 50_000)


def test_what_was_taken_lowers_the_due_at_once_and_waits_on_the_account(phone):
    take(phone, "1", 300_000, [Deposit(20_000)])
    shown = household(phone, find_member(phone, "1"))
    assert shown.asked_dong == DUE_1 + DUE_2 - 300_000
    assert sum(loan.pending_dong for loan in shown.loans) == 300_000
    assert shown.collected_dong == 320_000
    assert shown.accounts == (AccountShown(1, "TK1", 500_000, 20_000),)


def test_the_last_visit_says_what_was_promised(phone):
    someone = find_member(phone, "2")
    note_visit(phone, someone, VisitOrder("absent"))
    note_visit(phone, someone, VisitOrder("promised", DAY, 50_000, "Bà hẹn chiều"))
    assert household(phone, someone).promise == Promise(
        date(2025, 12, 15), "promised", date(2025, 12, 17), 50_000, "Bà hẹn chiều"
    )


def test_a_member_is_found_by_number_or_ordinal_and_nobody_else_is(phone):
    assert name_of(phone, find_member(phone, "TV004")) == "Đỗ Đức"
    assert name_of(phone, find_member(phone, " 4 ")) == "Đỗ Đức"
    for typed in ("0", "5", "TV", "", "04", "\u0664", "-1", "4\n5"):
        assert fault_of(find_member, phone, typed) is Fault.NO_SUCH_MEMBER


def test_a_number_that_is_another_members_ordinal_is_not_guessed(hub, place, phone):
    hub.name_member(5, "3", "Vũ Ba")
    phone.ledger.close()
    again = place.synchronised()
    assert fault_of(find_member, again, "3") is Fault.SEVERAL_MEMBERS
    again.ledger.close()


def test_a_member_whose_name_was_erased_is_shown_by_number(phone):
    member = find_member(phone, "1")
    del phone.group.texts[member.listed.name]
    assert name_of(phone, member) == "TV001"


def test_the_working_of_every_loan_adds_up_to_its_due(phone):
    take(phone, "1", 100_000)
    loans = {loan.loan: loan for no in "123" for loan in household(phone, find_member(phone, no)).loans}
    for loan in loans.values():
        parts = loan.carried_dong + loan.accrued_dong + loan.adjusted_dong
        assert parts - loan.settled_dong - loan.pending_dong == loan.payable_dong
        lines = sum(Fraction(line.balance_dong * line.ppm * line.days, 365_000_000) for line in loan.working)
        assert loan.accrued_dong == floor(lines + Fraction(1, 2))
    assert [(loans[no].carried_dong, loans[no].accrued_dong) for no in (1, 3, 4)] == [
        (0, DUE_1),
        (0, DUE_3),
        (50_000, 0),
    ]
    assert sum(loans[no].pending_dong for no in (1, 2)) == 100_000
