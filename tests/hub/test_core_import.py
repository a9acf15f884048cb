"""What was keyed at the table, what the core tells back, and an import that counts both once (B21)."""

from datetime import date

import pytest

from calc.dues import dues
from hub.errors import CoreError
from hub.service.core.counter_facts import Keyed, key_fact
from hub.service.loan_book.imports import Wish, plan_book
from protocol.day import day_of, to_day
from protocol.loan_facts import CoreMatched, InterestReceived
from tests.hub.builders import GROUP
from tests.hub.core_system import ACCOUNT, LOANS, Trip
from tests.hub.days import DAY, SINCE
from tests.hub.imports import salts

EARLIER = to_day(date(2025, 12, 12))


@pytest.fixture
def trip(tmp_path):
    return Trip(tmp_path)


def test_a_missing_transaction_becomes_a_fact_by_an_import_alone(trip):
    trip.send()
    counter = trip.core.book("interest_received", LOANS[1], EARLIER, 9_000)
    assert trip.import_events(counter).imported == 1
    assert trip.shown() == []
    assert trip.import_events(counter).groups == ()
    assert len(trip.of_kind(InterestReceived)) == 1


def test_what_was_keyed_is_matched_by_an_import_and_counted_once(trip):
    keyed = Keyed(LOANS[1], "interest_received", EARLIER, 9_000, "GDV01")
    key_fact(trip.groups, GROUP, keyed)
    assert trip.shown()[1] == (LOANS[1], "lãi phải thu", "provisional", -9_000)
    trip.send()
    counter = trip.core.book("interest_received", LOANS[1], EARLIER, 9_000)
    assert trip.shown() == []
    assert trip.import_events(counter).imported == 1
    assert trip.of_kind(CoreMatched)[-1].core_ref == counter["core_ref"]
    assert len(trip.of_kind(InterestReceived)) == 1
    assert trip.import_events(counter).groups == ()
    twin = trip.core.book("interest_received", LOANS[1], EARLIER, 9_000)
    assert trip.import_events(counter, twin).imported == 1
    assert [due.settled for due in dues(trip.state.book, DAY)][1] == 18_000


def test_what_was_keyed_is_matched_by_a_confirmation_and_the_import_adds_nothing(trip):
    key_fact(trip.groups, GROUP, Keyed(LOANS[1], "principal_repaid", EARLIER, 9_000, "GDV01"))
    counter = trip.core.book("principal_repaid", LOANS[1], EARLIER, 9_000)
    assert trip.confirm() == 1
    assert trip.import_events(counter).groups == ()
    changed = trip.import_events({**counter, "amount": 8_000})
    assert [row.reason.value for row in changed.refused] == ["changed"]


def test_the_echo_of_our_own_line_is_refused_until_it_is_confirmed_and_then_known(trip):
    trip.send()
    echo = {**trip.core.transactions[0], "our_id": None}
    # The bank's export tells our line back on its own day, without our name for it.
    trip.import_events()
    folder = trip.folder / "import"
    row = f"{echo['core_ref']},{LOANS[0]},interest_received,2025-12-17,271233,,,,\n"
    header = "core_ref,loan,kind,effective_on,amount,interest,until,due_on,ppm\n"
    (folder / "loan_events.csv").write_text(header + row, encoding="utf-8")

    def plan():
        wish = Wish(folder, None, day_of(trip.now), "core")
        return plan_book(trip.groups, wish, salts(), lambda _: None).plan

    assert [bad.reason.value for bad in plan().refused] == ["may_be_ours"]
    trip.confirm()
    assert (plan().refused, plan().groups) == ((), ())


@pytest.mark.parametrize(
    ("keyed", "code"),
    [
        ((LOANS[1], "interest_received", DAY + 1, 5), "keyed_future"),
        (("nobody's", "interest_received", DAY, 5), "unknown_number"),
        ((LOANS[1], "deposit", DAY, 5), "not_of_a_loan"),
        ((ACCOUNT, "principal_repaid", DAY, 5), "not_of_an_account"),
        ((LOANS[1], "principal_repaid", DAY, 70_000_001), "keyed_impossible"),
        ((ACCOUNT, "deposit", SINCE - 1, 5), "keyed_impossible"),
        ((LOANS[1], "interest_received", SINCE - 1, 5), "keyed_impossible"),
    ],
)
def test_what_cannot_be_keyed_is_refused_and_appends_nothing(trip, keyed, code):
    length = trip.state.log.length
    with pytest.raises(CoreError) as caught:
        key_fact(trip.groups, GROUP, Keyed(*keyed, "GDV01"))
    assert (caught.value.code, trip.state.log.length) == (code, length)


def test_the_same_transaction_is_keyed_twice_only_on_purpose(trip):
    keyed = Keyed(ACCOUNT, "withdrawal", EARLIER, 5_000, "GDV01")
    key_fact(trip.groups, GROUP, keyed)
    with pytest.raises(CoreError) as caught:
        key_fact(trip.groups, GROUP, keyed)
    assert caught.value.code == "keyed_before"
    key_fact(trip.groups, GROUP, Keyed(ACCOUNT, "withdrawal", EARLIER, 5_000, "GDV01", again=True))
    state = trip.state
    assert state.book.accounts[1].balance(state.book.view(), DAY) == 500_000 - 20_000 - 10_000
    assert state.book.ready.position == state.book.position
