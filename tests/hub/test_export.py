"""What goes out to the core system: every booked line once, with control totals, and no names (B21)."""

import csv
import hashlib
import io
import json
import re

import msgspec
import pytest
from python_calamine import CalamineWorkbook

from calc.money_lines import LineKind
from hub.service.core.rows import TABLES
from hub.service.core.wording import CAUSES
from hub.service.export.files import FORMS, as_rows, manifest_of
from hub.service.export.sheets import balances_sheet, postings_sheet, waiting_sheet
from protocol.ids import Position
from protocol.posting_facts import DifferenceResolved, Posted, Reversed
from tests.facts import an
from tests.house.sources import ROOT
from tests.hub.builders import GROUP
from tests.hub.core_system import ACCOUNT, LOANS
from tests.hub.days import DAY, JANUARY, NAMES, NEXT, told


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The story of ``told``, settled: one duplicate held, a void, a deposit, two transfers."""
    day = told(tmp_path_factory.mktemp("export"))
    day.count(771_726)
    day.settle()
    return day


def rows(sheet):
    return list(csv.DictReader(io.StringIO(as_rows(sheet).decode())))


def postings(day, since=None, on=None):
    return postings_sheet([day.state], since or {}, on)


def test_each_line_of_the_day_is_one_row_with_its_frame(day):
    found = rows(postings(day))
    columns = ("kind", "loan", "account", "amount_dong", "cash_dong")
    assert [tuple(row[column] for column in columns) for row in found] == [
        ("interest_received", LOANS[0], "", "272000", "272000"),
        ("interest_received", LOANS[2], "", "100000", "100000"),
        ("deposit", "", ACCOUNT, "20000", "20000"),
        ("held", LOANS[0], "", "272000", "272000"),
        ("interest_received", LOANS[1], "", "379726", "379726"),
        ("interest_received", LOANS[2], "", "40000", "0"),
        ("transfer", "", ACCOUNT, "40000", "0"),
        ("principal_repaid", LOANS[2], "", "480000", "0"),
        ("transfer", "", ACCOUNT, "480000", "0"),
        ("cash_counted", "", "", "771726", "0"),
        ("shortage", "", "", "272000", "0"),
    ]
    first = found[0]
    assert first["id"].startswith(f"{GROUP}:0:")
    # 50,000,000 đ to 17/12 owes 263,342 đ at the rates that the branch has learnt; the rest is ahead of time.
    assert (first["in_term_dong"], first["unallocated_dong"]) == ("263342", "8658")
    assert (first["customer"], first["receipt_no"], first["entry"]) == ("3000010001", "1", "1.0.1")
    assert (first["day"], first["effective_on"]) == ("2025-12-17", "2025-12-17")
    assert first["value_date"] == "2025-12-16"
    assert (first["decided_by"], first["confirmed_by"]) == ("KSV01", "GDV01")
    assert found[3]["cause"] == "possible_duplicate"
    assert len({row["id"] for row in found}) == len(found)


def test_the_cash_of_a_day_is_what_its_count_should_have_found(day):
    cash = sum(int(row["cash_dong"]) for row in rows(postings(day)))
    counted = {row["kind"]: int(row["amount_dong"]) for row in rows(postings(day))}
    assert cash == counted["cash_counted"] + counted["shortage"] == 1_043_726


def test_the_same_log_gives_the_same_bytes_and_a_longer_one_the_same_beginning(day, tmp_path):
    before = as_rows(postings(day))
    assert as_rows(postings(day)) == before
    reader = day.branch.another_process().load(GROUP)
    assert as_rows(postings_sheet([reader], {}, None)) == before


def test_lines_since_a_place_and_of_a_day(tmp_path):
    day = told(tmp_path)
    day.count(771_726)
    day.settle()
    first = postings(day)
    known = {GROUP: day.state.book.position}
    assert rows(postings(day, known)) == []
    posted = next(one.position for one in day.state.log.entries if isinstance(one.entry, Posted))
    day.say(an(Reversed, posted=posted, day=NEXT, cause="not_paid"), day=NEXT)
    (mirror,) = rows(postings(day, known))
    assert (mirror["amount_dong"], mirror["reverses"]) == ("-272000", f"{GROUP}:0:{posted.seq}:1")
    assert (mirror["day"], mirror["effective_on"], mirror["cause"]) == (
        "2026-01-17",
        "2025-12-17",
        "not_paid",
    )
    assert as_rows(postings(day)) == as_rows(first) + as_rows(postings(day, known)).split(b"\n", 1)[1]
    assert rows(postings(day, on=DAY)) == rows(first)
    assert rows(postings(day, on=NEXT)) == []  # it is not settled yet
    assert rows(postings(day, {GROUP: Position(0, 1)})) == rows(postings(day))


def test_B4_the_lines_of_a_settled_day_stay_what_they_were_and_days_leave_none_out(tmp_path):
    day = told(tmp_path)
    day.count(771_726)
    day.settle()
    first = as_rows(postings(day, on=DAY))
    paid = DifferenceResolved(DAY, "shortage", None, 72_000, "payment", None, "KSV01", "GDV01")
    day.say(paid, day=NEXT)
    day.now = JANUARY
    day.count(0, day=NEXT)
    day.settle(day=NEXT)
    assert as_rows(postings(day, on=DAY)) == first
    following = rows(postings(day, on=NEXT))
    assert [(row["kind"], row["day"], row["amount_dong"]) for row in following[:1]] == [
        ("shortage", "2025-12-17", "-72000")
    ]
    assert rows(postings(day)) == [*rows(postings(day, on=DAY)), *following]


def test_the_manifest_adds_up_and_proves_the_rows(day):
    sheet = postings(day)
    made = as_rows(sheet)
    manifest = manifest_of("postings", sheet)
    assert manifest.rows == len(rows(sheet)) == 11
    assert manifest.sha256 == hashlib.sha256(made).hexdigest()
    assert manifest.kinds_dong["interest_received"] == 272_000 + 379_726 + 100_000 + 40_000
    assert manifest.sums_dong["amount_dong"] == sum(int(row["amount_dong"]) for row in rows(sheet))
    assert manifest.positions == {GROUP: f"0.{day.state.book.position.seq}"}


def test_every_form_carries_the_same_rows(day):
    sheet = postings(day)
    manifest = manifest_of("postings", sheet)
    document = json.loads(FORMS["json"](sheet, manifest))
    assert document["manifest"]["sha256"] == manifest.sha256
    assert [row["id"] for row in document["rows"]] == [row["id"] for row in rows(sheet)]
    assert document["rows"][0]["day"] == "2025-12-17"
    book = CalamineWorkbook.from_filelike(io.BytesIO(FORMS["xlsx"](sheet, manifest)))
    cells = [cell for line in book.get_sheet_by_index(0).to_python() for cell in line]
    assert manifest.sha256 in cells
    text = FORMS["text"](sheet, manifest).decode()
    assert manifest.sha256 in text
    assert "771.726" in text


def test_H106_codes_stay_words_and_names_stay_at_home(day):
    for sheet in (postings(day), balances_sheet([day.state], DAY), waiting_sheet([day.state], DAY)):
        for form in ("csv", "json", "text"):
            made = FORMS[form](sheet, manifest_of("x", sheet)).decode()
            assert not [name for name in NAMES if name in made]
    sheet = postings(day)
    hostile = tuple("=HYPERLINK(1)" if column.key == "cause" else None for column in sheet.columns)
    guarded = type(sheet)(sheet.title, sheet.columns, (hostile,))
    assert b"'=HYPERLINK(1)" in as_rows(guarded)


def test_the_page_names_every_column_and_kind(day):
    page = (ROOT / "docs/operate/core.md").read_text(encoding="utf-8")
    sheets = (postings(day), balances_sheet([day.state], DAY), waiting_sheet([day.state], DAY))
    names = {column.key for sheet in sheets for column in sheet.columns} | {kind.value for kind in LineKind}
    names |= {*CAUSES, *msgspec.structs.asdict(manifest_of("x", sheets[0]))}
    assert not [name for name in names if f"`{name}`" not in page]
    for table in TABLES:
        _, text = page.split(f"\n### {table.name}\n", 1)
        told = re.findall(r"^\| \**(\w+)\**\s*\| (○?)", text.split("\n#")[0], re.MULTILINE)
        wanted = [(column.name, "" if column.required else "○") for column in table.columns]
        assert [row for row in told if row[0] != "column"] == wanted


def test_balances_of_a_day_are_principal_interest_and_savings(day):
    found = rows(balances_sheet([day.state], DAY))
    assert [(row["loan"], row["account"]) for row in found] == [
        (LOANS[0], ""),
        (LOANS[1], ""),
        (LOANS[2], ""),
        ("", ACCOUNT),
    ]
    assert [row["in_term_dong"] for row in found] == ["50000000", "60000000", "29520000", ""]
    assert [row["prepaid_dong"] for row in found[:1]] == ["8658"]
    # Loan 3: 158,005 đ due, 140,000 đ received.
    assert (found[2]["accrued_dong"], found[2]["settled_dong"]) == ("158005", "140000")
    assert (found[2]["payable_dong"], found[2]["arrears_in_term_dong"]) == ("18005", "18005")
    assert found[3]["savings_dong"] == "0"
    assert rows(balances_sheet([day.state], DAY - 400)) == []


def test_what_waits_for_the_core_is_told_with_its_age(day):
    found = rows(waiting_sheet([day.state], DAY + 9))
    assert {row["waits_as"] for row in found} == {"unconfirmed"}
    assert len(found) == 8  # all but what is held, counted or short
    assert {row["age_days"] for row in found} == {"9"}
