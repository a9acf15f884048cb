"""The round trip with a core system: out as files, back as extracts, compared and confirmed (B21)."""

from datetime import date, datetime

import pytest

from hub.service.core.compare import confirm_core
from hub.service.core.report import comparison_sheet
from hub.service.export.sheets import waiting_sheet
from protocol.day import to_day, to_instant
from protocol.loan_facts import InterestReceived
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.core_system import ACCOUNT, LOANS, Trip
from tests.hub.days import DAY, SINCE

EARLIER = to_day(date(2025, 12, 12))


@pytest.fixture
def trip(tmp_path):
    return Trip(tmp_path)


def test_out_and_back_nothing_differs_and_everything_is_confirmed_once(trip):
    assert trip.shown() == [
        (LOANS[0], "lãi phải thu", "unconfirmed", -271_233),
        (LOANS[2], "lãi phải thu", "unconfirmed", -40_000),
        (LOANS[2], "lãi phải thu", "unconfirmed", -100_000),
        (ACCOUNT, "tiết kiệm", "unconfirmed", -40_000),
        (ACCOUNT, "tiết kiệm", "unconfirmed", 20_000),
    ]
    trip.send()
    trip.send()
    assert trip.shown() == []
    assert len(waiting_sheet([trip.state], DAY).rows) == 5
    assert trip.confirm() == 5
    length = trip.state.log.length
    assert trip.confirm() == 0
    assert trip.state.log.length == length
    assert waiting_sheet([trip.state], DAY).rows == ()
    assert not trip.state.book.problems


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_an_extract_comes_in_three_forms(trip, form):
    trip.send()
    trip.core.book("interest_received", LOANS[1], EARLIER, 9_000)
    assert trip.shown(form=form) == [(LOANS[1], "lãi phải thu", "missing_here", 9_000)]


def test_a_confirmation_that_somebody_else_wrote_meanwhile_is_not_written_again(trip):
    trip.send()
    compared = trip.compare()
    assert trip.confirm() == 5
    assert confirm_core(trip.groups, compared, "KTV02", lambda: None) == 0


def test_a_reference_of_an_earlier_transaction_confirms_nothing(trip):
    trip.say(an(InterestReceived, loan=1, effective=SINCE - 1, amount=5, core_ref="GD-00001"))
    trip.send()
    assert trip.core.transactions[0]["core_ref"] == "GD-00001"
    assert trip.confirm() == 4
    assert trip.shown() == []


def test_comparing_appends_nothing(trip):
    trip.core.book("interest_received", LOANS[1], EARLIER, 9_000)
    length = trip.state.log.length
    compared = trip.compare()
    assert (compared.confirmable, trip.state.log.length) == (0, length)
    assert "9.000" in str(comparison_sheet(compared).closing)


def test_late_and_partial_extracts_explain_themselves(trip):
    early = trip.core.extract(EARLIER)
    trip.send()
    trip.confirm()
    assert trip.shown(early) == []
    part = trip.core.extract(DAY)
    part["loans"] = {LOANS[1]: part["loans"][LOANS[1]]}
    part["accounts"] = {}
    assert trip.shown(part) == []
    part["transactions"] = []
    assert [row[1:3] for row in trip.shown(part)] == [(None, "missing_there")] * 5


def test_a_cut_off_at_an_instant_knows_what_the_branch_had_by_then(trip):
    counter = trip.core.book("interest_received", LOANS[1], EARLIER, 9_000)
    noon = to_instant(datetime.fromisoformat("2025-12-17T11:00:00+07:00"))
    cut = trip.core.extract(DAY, by=0)
    trip.import_events(counter)
    assert dict(comparison_sheet(trip.compare(cut, instant=noon)).notes)["Chốt"] == "11:00 ngày 17/12/2025"
    causes = {row[0]: row[2] for row in trip.shown(cut, instant=noon)}
    assert causes[LOANS[1]] == "later"
    causes = {row[0]: row[2] for row in trip.shown(cut)}
    assert causes[LOANS[1]] == "missing_there"


def test_numbers_that_no_group_has_are_told_whole(trip):
    trip.send()
    cut = trip.core.extract(DAY)
    cut["loans"]["L-99"] = {"in_term": 5, "overdue": 0, "frozen": 0, "interest": 7}
    cut["accounts"]["S-99"] = 9
    cut["transactions"].append(
        {"core_ref": "X", "our_id": None, "kind": "deposit", "number": "S-99", "day": DAY, "amount": 9}
    )
    assert trip.shown(cut) == [
        ("L-99", "gốc trong hạn", "unknown_here", -5),
        ("L-99", "lãi phải thu", "unknown_here", -7),
        ("S-99", "tiết kiệm", "unknown_here", -9),
        ("S-99", None, "unknown_here", None),
    ]


def test_balances_that_no_transaction_explains_are_listed_and_posted_by_nobody(trip):
    trip.send()
    cut = trip.core.extract(DAY)
    cut["loans"][LOANS[0]]["in_term"] -= 1_000
    length = trip.state.log.length
    assert trip.shown(cut) == [(LOANS[0], "gốc trong hạn", "unexplained", 1_000)]
    assert trip.state.log.length == length


def test_extracts_from_before_a_history_and_earlier_transactions_are_counted(trip):
    cut = trip.core.extract(SINCE - 1)
    notes = dict(comparison_sheet(trip.compare(cut)).notes)
    assert notes["Khoản vay và sổ tiết kiệm mang sang sau lúc chốt, không đối chiếu"] == "4"
    old = {"core_ref": "X", "our_id": None, "kind": "interest_received", "number": LOANS[0]}
    cut = trip.core.extract(DAY)
    cut["transactions"] = [{**old, "day": SINCE - 1, "amount": 5}]
    notes = dict(comparison_sheet(trip.compare(cut)).notes)
    assert notes["Giao dịch trước ngày mang sang, đã nằm trong số dư"] == "1"


def test_bad_rows_are_told_and_the_rest_is_compared(trip):
    trip.send()
    cut = trip.core.extract(DAY)
    plain = {"core_ref": "X", "our_id": None, "kind": "deposit", "number": ACCOUNT, "day": DAY, "amount": 1}
    cut["transactions"] += [
        {**plain, "core_ref": "A", "amount": 0},
        {**plain, "core_ref": "B", "amount": -1},
        {**plain, "core_ref": "C", "day": DAY + 1},
        {**plain, "core_ref": "D", "kind": "interest_received"},
        {**plain, "core_ref": "E", "number": "nobody's"},
        {**plain, "core_ref": "F", "our_id": "KM-001:0:1"},
        {**plain, "core_ref": "G", "number": LOANS[0], "kind": "loan_frozen", "amount": 5},
        {**plain, "core_ref": "H", "our_id": "KM-001:0:1:1", "kind": "withdrawal"},
        {**plain, "core_ref": "I", "amount": None},
        {**plain, "core_ref": "J", "ppm": 5},
    ]
    compared = trip.compare(cut)
    assert [(bad.column, bad.reason.value) for bad in compared.file.bad] == [
        ("amount", "out_of_range"),
        ("amount", "out_of_range"),
        ("effective_on", "out_of_range"),
        ("kind", "not_a_choice"),
        ("account", "empty_cell"),
        ("our_id", "not_a_code"),
        ("until", "empty_cell"),
        ("kind", "not_a_choice"),
        ("amount", "empty_cell"),
        ("ppm", "must_be_empty"),
    ]
    assert compared.comparisons[GROUP].differences == ()
    assert dict(comparison_sheet(compared).notes)["Dòng lỗi, không đối chiếu"] == "10"


def test_a_line_of_another_group_books_nothing_here(trip):
    trip.send()
    trip.core.transactions[0]["our_id"] = "KM-002:0:9:1"
    assert [row[2] for row in trip.shown()] == ["unconfirmed", "missing_here"]
