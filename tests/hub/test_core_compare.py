"""The round trip with a core system: out as files, back as extracts, compared, confirmed, imported (B21)."""

from datetime import date, datetime

import pytest

from calc.dues import dues
from hub.errors import CoreError
from hub.service.book_import import Wish, import_book, plan_book
from hub.service.core_compare import Asked, compare_core, confirm_core
from hub.service.core_extract import CutOff
from hub.service.core_report import comparison_sheet
from hub.service.counter_facts import Keyed, key_fact
from hub.service.export_files import as_rows
from hub.service.export_sheets import postings_sheet, waiting_sheet
from protocol.day import day_of, end_of, to_day, to_instant
from protocol.loan_facts import CoreMatched, InterestReceived
from tests.facts import an
from tests.hub.builders import GROUP
from tests.hub.core_system import ACCOUNT, LOANS, core_of_the_branch, rows_of, write_extract
from tests.hub.days import DAY, SINCE, CollectionDay
from tests.hub.imports import salts

EARLIER = to_day(date(2025, 12, 12))


class Trip(CollectionDay):
    """A collection day, and the core system that it tells of."""

    def __init__(self, folder):
        super().__init__(folder)
        self.folder = folder
        self.core = core_of_the_branch()
        self.collect(self.leader, 1, 271_233, 271_233)
        self.collect(self.leader, 3, 100_000, 162_740, savings=20_000)
        self.transfer(self.leader, 40_000, 62_740)
        self.close_round(self.leader, 391_233)
        self.sync()
        self.count(391_233)
        self.settle()

    def send(self):
        """Our export goes to the core, which takes it in."""
        self.core.take_in(rows_of(as_rows(postings_sheet([self.state], {}, None))))

    def asked(self, cut=None, form="csv", since=SINCE, instant=None):
        cut = cut or self.core.extract(DAY)
        path = write_extract(self.folder / "extract", cut, form)
        return Asked(path, CutOff(end_of(cut["day"]) if instant is None else instant, cut["day"]), since)

    def compare(self, *given, **named):
        return compare_core(self.groups, self.asked(*given, **named), lambda: None)

    def shown(self, *given, **named):
        """Loan or account, measure, cause, what it explains."""
        sheet = comparison_sheet(self.compare(*given, **named))
        keys = [column.key for column in sheet.columns]
        found = [dict(zip(keys, row, strict=True)) for row in sheet.rows]
        assert sum(row["difference_dong"] or 0 for row in found) == sum(
            row["explains_dong"] or 0 for row in found
        )
        return [
            (row["loan"] or row["account"], row["measure"], row["cause"], row["explains_dong"])
            for row in found
        ]

    def confirm(self):
        return confirm_core(self.groups, self.compare(), "KTV01", lambda: None)

    def import_events(self, *transactions):
        """The bank's export brings transactions; returns the plan."""
        folder = self.folder / "import"
        folder.mkdir(exist_ok=True)
        lines = [
            f"{one['core_ref']},{one['number']},{one['kind']},2025-12-12,{one['amount']},,,,"
            for one in transactions
        ]
        header = "core_ref,loan,kind,effective_on,amount,interest,until,due_on,ppm"
        (folder / "loan_events.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        planned = plan_book(
            self.groups, Wish(folder, None, day_of(self.now), "core"), salts(), lambda _: None
        )
        import_book(self.groups, planned, lambda _: None)
        return planned.plan


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
