"""The published rates of every credit programme, through the fold of a branch log (B13).

The table is transcribed from the decisions, in percent a year; expected amounts were published, or are worked
with fractions from a balance, days and percents. Of HN before Decision 750 only the rate is known, no text.
"""

import csv
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from calc.dues import loan_due
from protocol.loan_facts import InstalmentOverdue, InterestReceived, PrincipalRepaid
from tests.calc.days import on
from tests.calc.groups import Group

D750 = ("750/QĐ-TTg", "2015-06-01", "2015-06-05")
D28 = ("28/2015/QĐ-TTg", "2015-07-21", "2015-09-05")
D29 = ("29/2025/QĐ-TTg", "2025-08-28", "2025-08-28")
D2553 = ("2553/QĐ-TTg", "2025-11-20", "2025-12-01")
RATES = (
    (D750, {"HN": "6.6", "CN": "7.92", "HSSV": "6.6", "VKK": "9", "NS": "9", "XK": "6.6", "DB": "0"}),
    (D750, {"GQVL": "7.92"}),
    (D28, {"MTN": "8.25"}),
    (D29, {"STEM": "4.8"}),
    (D2553, {"HN": "6.24", "CN": "7.488", "MTN": "7.8", "HSSV": "6.24", "VKK": "7.8", "NS": "8.4"}),
)
SAMPLE = Path(__file__).parents[2] / "examples" / "kinh_mon" / "rate_decisions.csv"


def ppm(percent):
    """Parts per million of a percentage; every published one is whole."""
    exact = Fraction(percent) * 10_000
    assert exact.denominator == 1
    return int(exact)


def interest(*stretches, balance=50_000_000):
    """Rounded half up once, of (days, percent)."""
    exact = sum(Fraction(balance) * days * Fraction(percent) / 36_500 for days, percent in stretches)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


@pytest.fixture
def group():
    """A group whose log has every decision on a rate."""
    group = Group()
    group.member()
    group.decide("HN", ppm("7.2"), "2014-01-01", reference="before 750")
    for (reference, signed_on, effective_from), rates in RATES:
        for programme, percent in rates.items():
            group.decide(
                programme, ppm(percent), effective_from, reference=reference, signed_on=on(signed_on)
            )
    return group


def lent(group, programme, percent, opened, amount=50_000_000):
    """A loan at the rate of its contract."""
    return group.lend(1, amount, opened, ppm(percent), programme=programme)


def between(group, loan, start, end):
    """What the due grows by from one day to another; a loan that opens on the first owes nothing there."""
    dues = [loan_due(group.book, group.book.loans[loan], on(day)) for day in (start, end)]
    assert [due.fault for due in dues] == [None, None]
    return dues[1].payable - dues[0].payable


def rate_on(group, programme, percent, opened, day):
    """In-term and overdue rate of a day, in percent, of a loan that was opened at its contract rate."""
    loan = group.book.loans[lent(group, programme, percent, opened)]
    view = group.book.view()
    table = group.book.decisions.rate_table(programme, view.at)
    (step,) = loan.rates(table, on(day), on(day) + 1, loan.standing(view))
    return Fraction(step.in_term, 10_000), Fraction(step.overdue, 10_000)


@pytest.mark.parametrize(
    ("programme", "opened", "before", "after"),
    [
        ("HN", "2020-05-10", "6.6", "6.24"),
        ("CN", "2020-05-10", "7.92", "7.488"),
        ("MTN", "2020-05-10", "8.25", "7.8"),
        ("HSSV", "2020-05-10", "6.6", "6.24"),
        ("VKK", "2020-05-10", "9", "7.8"),
        ("NS", "2020-05-10", "9", "8.4"),
        ("GQVL", "2020-05-10", "7.92", "7.92"),  # what Decision 2553 means for it is not confirmed
        ("XK", "2020-05-10", "6.6", "6.6"),
        ("STEM", "2025-09-10", "4.8", "4.8"),
        ("DB", "2020-05-10", "0", "0"),
    ],
)
def test_every_programme_has_its_published_rate(group, programme, opened, before, after):
    for day, percent in (("2025-11-30", before), ("2025-12-01", after)):
        found = rate_on(group, programme, before, opened, day)
        assert found == (Fraction(percent), Fraction(percent) * Fraction("1.3"))


def test_decision_750_lowered_the_rate_of_poor_households_from_its_first_day(group):
    loan = lent(group, "HN", "7.2", "2014-05-20")
    # 20/05–04/06/2015 is 16 days, 05/06–19/06 is 15
    assert between(group, loan, "2014-05-20", "2015-05-20") == interest((365, "7.2")) == 3_600_000
    due = loan_due(group.book, group.book.loans[loan], on("2015-06-20")).payable
    assert due == interest((365 + 16, "7.2"), (15, "6.6"))


def test_a_job_creation_loan_of_half_the_rate_keeps_the_later_rate_of_its_contract(group):
    loan = lent(group, "GQVL", "3.96", "2024-03-10")
    assert between(group, loan, "2024-03-10", "2025-03-10") == interest((365, "3.96")) == 1_980_000


# Published figures, 50,000,000 đ from the day of the loan.
@pytest.mark.parametrize(
    ("programme", "percent", "opened", "end", "published"),
    [
        ("HN", "6.6", "2025-03-10", "2025-04-10", 280_274),
        ("CN", "7.92", "2025-03-10", "2025-04-10", 336_329),
        ("MTN", "8.25", "2025-03-10", "2025-04-10", 350_342),
        ("VKK", "9", "2025-03-10", "2025-04-10", 382_192),
        ("HN", "6.24", "2026-02-10", "2026-03-10", 239_342),
        ("NS", "8.4", "2026-02-10", "2026-03-10", 322_192),
        ("HN", "6.6", "2025-11-17", "2025-12-17", 263_342),
        ("HN", "6.6", "2024-01-01", "2025-01-01", 3_309_041),
    ],
)
def test_a_published_figure_follows_from_the_decisions(group, programme, percent, opened, end, published):
    assert between(group, lent(group, programme, percent, opened), opened, end) == published


def test_twelve_months_add_up_to_the_year(group):
    loan = lent(group, "XK", "6.6", "2025-01-01")
    firsts = [f"2025-{month:02}-01" for month in range(1, 13)] + ["2026-01-01"]
    months = [between(group, loan, *pair) for pair in pairwise(firsts)]
    assert sum(months) == 3_300_000


def test_overdue_principal_bears_8_58_percent(group):
    loan = lent(group, "HN", "6.6", "2025-06-10")
    group.tell(InstalmentOverdue(loan, on("2025-06-10"), 50_000_000, "QH", "core"))
    assert between(group, loan, "2025-06-10", "2025-07-10") == interest((30, "8.58")) == 352_603


def test_a_repayment_and_a_household_of_two_loans(group):
    repaid = lent(group, "HN", "6.6", "2025-03-10")
    group.tell(PrincipalRepaid(repaid, on("2025-03-25"), 10_000_000, "TG", "core"))
    assert between(group, repaid, "2025-03-10", "2025-04-10") == 251_342
    poor = lent(group, "HN", "6.6", "2025-04-15", 40_000_000)
    water = lent(group, "NS", "9", "2025-04-15", 20_000_000)
    found = [between(group, loan, "2025-04-15", "2025-05-15") for loan in (poor, water)]
    assert (found, sum(found)) == ([216_986, 147_945], 364_931)


def test_decision_1990_leaves_a_credit_of_what_was_collected_at_the_full_rate(group):
    loan = lent(group, "HN", "6.6", "2021-10-01")
    paid = between(group, loan, "2021-10-01", "2022-01-01")
    group.tell(InterestReceived(loan, on("2021-12-31"), paid, "TL", "core"))
    group.decide(
        "HN",
        ppm("90"),
        "2021-10-01",
        kind="factor",
        effective_to=on("2021-12-31"),
        signed_on=on("2021-11-26"),
        reference="1990/QĐ-TTg",
    )
    due = loan_due(group.book, group.book.loans[loan], on("2022-01-01"))
    assert (paid, paid + due.payable, due.prepaid) == (831_781, 748_603, 83_178)


def test_decree_36_lets_the_budget_pay_two_points_where_the_rate_exceeds_6_percent(group):
    loans = [lent(group, *terms, "2022-01-01") for terms in (("HN", "6.6"), ("GQVL", "3.96"))]
    for programme in ("HN", "GQVL"):
        group.decide(
            programme,
            ppm("2"),
            "2022-01-01",
            kind="support",
            effective_to=on("2023-12-31"),
            above=ppm("6"),
            reference="36/2022/NĐ-CP",
        )
    dues = [loan_due(group.book, group.book.loans[loan], on("2023-01-01")) for loan in loans]
    assert [due.payable for due in dues] == [2_300_000, 1_980_000]
    assert [due.accrual.support for due in dues] == [1_000_000, 0]
    later = loan_due(group.book, group.book.loans[loans[0]], on("2024-01-31"))
    assert later.payable == interest((730, "4.6"), (30, "6.6")) == 4_871_233


def test_decision_2654_takes_two_points_off_what_decision_2553_left(group):
    loan = lent(group, "HN", "6.6", "2025-10-01")
    group.decide(
        "HN",
        ppm("2"),
        "2025-10-01",
        kind="points",
        effective_to=on("2025-12-31"),
        signed_on=on("2025-12-04"),
        reference="2654/QĐ-TTg",
    )
    # 61 days of October and November, 31 of December, then 30 of January
    assert between(group, loan, "2025-10-01", "2026-01-01") == interest((61, "4.6"), (31, "4.24")) == 564_438
    due = loan_due(group.book, group.book.loans[loan], on("2026-01-31"))
    assert due.payable == interest((61, "4.6"), (31, "4.24"), (30, "6.24"))


def test_a_phone_that_did_not_know_of_decision_2553_leaves_a_credit(group):
    loan = lent(group, "HN", "6.6", "2025-11-17", 70_000_000)
    stale = interest((30, "6.6"), balance=70_000_000)
    group.tell(InterestReceived(loan, on("2025-12-16"), stale, "TL", "core"))
    due = loan_due(group.book, group.book.loans[loan], on("2025-12-17"))
    assert (stale, stale + due.payable, due.prepaid) == (379_726, 368_679, 11_047)


def test_the_sample_branch_has_the_published_rates():
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        rows = {(row["reference"], row["programme"]): row for row in csv.DictReader(file)}
    told = {
        (reference, programme): (str(ppm(percent)), signed_on, effective_from, "")
        for (reference, signed_on, effective_from), rates in RATES
        for programme, percent in rates.items()
    }
    terms = ("ppm", "signed_on", "effective_from", "effective_to")
    assert {key: tuple(row[name] for name in terms) for key, row in rows.items()} == told
