"""The sample branch: made by its generator to the byte, and as varied as a real one."""

import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from hub.service.loan_book.references import Known, check_references
from hub.service.reading.files import read_book
from hub.service.reading.terms import check_terms
from protocol.day import to_date

SAMPLE = Path(__file__).parents[2] / "examples" / "kinh_mon"
PROGRAMMES = {"HN", "CN", "MTN", "HSSV", "VKK", "NS", "GQVL", "XK", "STEM", "DB"}


def generate(out, *options):
    subprocess.run([sys.executable, SAMPLE / "generate.py", "--out", out, *options], check=True)
    return out


def sheets(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.csv")}


@pytest.fixture(scope="module")
def book():
    rows, bad = read_book(SAMPLE)
    assert not bad
    return rows


def test_the_committed_files_are_what_the_generator_makes(tmp_path):
    assert sheets(generate(tmp_path)) == sheets(SAMPLE)


def test_a_group_does_not_depend_on_how_many_groups_there_are(tmp_path):
    fewer, more = sheets(generate(tmp_path / "3", "--groups", "3")), sheets(SAMPLE)
    for file in (Path("members.csv"), Path("loans.csv"), Path("loan_events.csv"), Path("savings.csv")):
        assert more[file].startswith(fewer[file])


@pytest.mark.unmeasured
def test_the_full_branch_has_268_groups_and_about_12000_households(tmp_path):
    rows, bad = read_book(generate(tmp_path, "--groups", "268"))
    assert not bad
    assert not check_terms(rows) + check_references(rows, Known())
    assert len(rows.groups) == 268
    assert 11_500 <= len(rows.members) <= 12_500
    assert max(Counter(member.group for member in rows.members).values()) <= 60


def test_every_row_of_the_sample_stands_for_itself_and_beside_the_others(book):
    assert not check_terms(book) + check_references(book, Known())


def test_the_sample_is_large_enough_to_show_a_branch(book):
    units = {area.code for area in book.areas if area.kind in {"ward", "commune"} and area.valid_to is None}
    assert len({point.area for point in book.points} & units) >= 7
    assert len(book.groups) >= 12
    assert len(book.loans) >= 500
    assert {loan.programme for loan in book.loans} == PROGRAMMES


def test_areas_that_ended_have_a_successor_except_the_level_that_was_abolished(book):
    ended = [area for area in book.areas if area.valid_to is not None]
    goes_on = {area.code for area in book.areas if area.valid_to is None}
    orphans = [area.code for area in ended if area.successor is None and area.code not in goes_on]
    assert orphans == ["HD-KINHMON"]
    assert {str(to_date(area.valid_to)) for area in ended} == {"2025-06-30"}


def test_the_sample_has_every_trouble_that_a_group_has(book):
    kinds = Counter(event.kind for event in book.loan_events)
    tranches = Counter(event.loan for event in book.loan_events if event.kind == "disbursed")
    households = Counter(loan.customer for loan in book.loans)
    assert [loan for loan in book.loans if loan.overdue]
    assert [loan for loan in book.loans if loan.frozen and loan.frozen_until is not None]
    assert [loan for loan in book.loans if loan.prepaid]
    assert [loan for loan in book.loans if loan.prepaid and loan.arrears_overdue]
    assert [loan for loan in book.loans if loan.grace_end is not None and loan.arrears_grace]
    assert [loan for loan in book.loans if loan.as_of is None]
    assert kinds["loan_extended"]
    assert kinds["principal_repaid"]
    assert max(tranches.values()) > 1
    assert {1, 2, 3} <= set(households.values())
    assert 2 in Counter(account.customer for account in book.savings).values()


def test_some_repaid_between_two_transaction_days(book):
    day_of_point = {point.code: point.day_of_month for point in book.points}
    day_of_group = {group.code: day_of_point[group.point] for group in book.groups}
    group_of = {loan.loan: loan.group for loan in book.loans}
    assert [
        event
        for event in book.loan_events
        if event.kind == "principal_repaid"
        and to_date(event.effective_on).day != day_of_group[group_of[event.loan]]
    ]


def test_nobody_carries_the_numbers_of_the_sample(book):
    assert all(member.identity.startswith("0309") for member in book.members)
    assert all(member.phone.startswith("0100") for member in book.members if member.phone is not None)
    assert any(member.phone is None for member in book.members)


def test_some_names_have_no_family_name(book):
    assert {"Y Blâm", "Sùng A Páo"} <= {member.full_name for member in book.members}


def test_interest_since_the_last_transaction_day_is_carried_to_the_last_digit(book):
    # Worked by hand, 17/11 to 30/11/2025 is 13 days: 40,000,000 × 66,000 × 13 and 20,000,000 × 90,000 × 13.
    hn, ns = (loan for loan in book.loans if loan.customer == "3000010003")
    assert (hn.in_term, hn.ppm, hn.numerator_in_term) == (40_000_000, 66_000, 34_320_000_000_000)
    assert (ns.in_term, ns.ppm, ns.numerator_in_term) == (20_000_000, 90_000, 23_400_000_000_000)


def test_a_loan_with_its_whole_history_was_paid_to_the_dong_every_month(book):
    # 30,000,000 đ from 10/09 and 20,000,000 đ from 24/09/2025 at 6.6 %, 5,000,000 đ repaid on 03/11.
    # To 17/09: 7 d × 30 m; to 17/10: 37 d × 30 m + 23 d × 20 m; to 17/11: 68 × 30 + 54 × 20 − 14 × 5.
    paid = [
        event.amount
        for event in book.loan_events
        if event.loan == "660001001001" and event.kind == "interest_received"
    ]
    days = (7 * 30, 37 * 30 + 23 * 20, 68 * 30 + 54 * 20 - 14 * 5)
    due = [int(Fraction(million_days * 66_000, 365) + Fraction(1, 2)) for million_days in days]
    assert paid == [due[0], due[1] - due[0], due[2] - due[1]]


def test_the_later_export_knows_one_repayment_and_one_decision():
    rows, bad = read_book(SAMPLE / "late")
    assert not bad
    assert [(row.loan, row.kind, row.amount) for row in rows.loan_events] == [
        ("660001000201", "principal_repaid", 10_000_000)
    ]
    assert {(row.reference, row.kind, row.ppm) for row in rows.rate_decisions} == {
        ("2654/QĐ-TTg", "points", 20_000)
    }


def test_a_count_that_group_codes_cannot_say_is_refused(tmp_path):
    refused = subprocess.run(
        [sys.executable, SAMPLE / "generate.py", "--out", tmp_path, "--groups", "0"],
        check=False,
        capture_output=True,
    )
    assert refused.returncode == 2
    assert not list(tmp_path.iterdir())
