"""The window of ``tovay-calc``, clause by clause (B24), against worked figures and the oracle."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.__main__ import json_line
from calc.rounding import DENOMINATOR
from calc.window import Refused, answer
from tests.calc import histories, oracle


def disbursed(amount, on="2020-01-10"):
    """Principal paid out."""
    return {"on": on, "kind": "disbursed", "amount": amount}


def rate(ppm, on="2020-01-10"):
    """A rate from a day on."""
    return {"on": on, "kind": "rate", "ppm": ppm}


def event(kind, on, **fields):
    """Any other event."""
    return {"on": on, "kind": kind, **fields}


def asked(start, end, *events, **more):
    """The answer to one line, read back from its JSON."""
    line = {"id": "A1", "from": start, "to": end, "events": list(events), **more}
    return answered({key: value for key, value in line.items() if value is not None})


def answered(line):
    """The same for a whole line."""
    return json.loads(json_line(1, answer(json.dumps(line).encode())))


def refused(start, end, *events):
    """The code of the refusal."""
    return asked(start, end, *events)["error"]["code"]


# Worked figures of the published rates (Decision 750/QĐ-TTg, 28/2015/QĐ-TTg, 2553/QĐ-TTg), 50,000,000 đ.
@pytest.mark.parametrize(
    ("start", "end", "ppm", "interest"),
    [
        pytest.param("2025-03-10", "2025-04-10", 66_000, 280_274, id="poor household, 31 days"),
        pytest.param("2025-03-10", "2025-04-10", 79_200, 336_329, id="near-poor, 31 days"),
        pytest.param("2025-03-10", "2025-04-10", 82_500, 350_342, id="newly out of poverty, 31 days"),
        pytest.param("2025-03-10", "2025-04-10", 90_000, 382_192, id="hard regions, 31 days"),
        pytest.param("2026-02-10", "2026-03-10", 62_400, 239_342, id="poor household, 28 days of 2026"),
        pytest.param("2026-02-10", "2026-03-10", 84_000, 322_192, id="clean water, 28 days of 2026"),
        pytest.param("2024-01-01", "2025-01-01", 66_000, 3_309_041, id="a leap year divides by 365"),
        pytest.param("2025-01-01", "2026-01-01", 66_000, 3_300_000, id="a year"),
    ],
)
def test_a_published_rate_gives_the_worked_figure(start, end, ppm, interest):
    assert asked(start, end, disbursed(50_000_000), rate(ppm))["interest"] == interest


def test_the_day_of_a_new_rate_carries_the_new_rate():
    # Decision 2553: 6.6 % → 6.24 % on 01/12/2025; with the other day rule it would be 262,849
    found = asked("2025-11-17", "2025-12-17", disbursed(50_000_000), rate(66_000), rate(62_400, "2025-12-01"))
    assert found["interest"] == 263_342
    assert [(one["days"], one["ppm"]) for one in found["segments"]] == [(14, 66_000), (16, 62_400)]


def test_twelve_months_rounded_one_by_one_add_up_to_too_much():
    firsts = [f"2025-{month:02}-01" for month in range(1, 13)] + ["2026-01-01"]
    months = [asked(*month, disbursed(50_000_000), rate(66_000)) for month in pairwise(firsts)]
    assert sum(month["interest"] for month in months) == 3_300_001
    year = asked("2025-01-01", "2026-01-01", disbursed(50_000_000), rate(66_000))
    assert sum(month["numerator"] for month in months) == year["numerator"]
    assert year["interest"] == 3_300_000


def test_overdue_principal_bears_130_percent_of_the_rate():
    found = asked(
        "2025-06-10",
        "2025-07-10",
        disbursed(50_000_000),
        rate(66_000),
        event("overdue", "2025-06-10", amount=50_000_000),
    )
    assert (found["interest"], found["in_term"], found["overdue"]) == (352_603, 0, 352_603)
    assert found["segments"][0]["ppm"] == 85_800


def test_a_repayment_counts_from_its_own_day():
    found = asked(
        "2025-03-10",
        "2025-04-10",
        disbursed(50_000_000),
        rate(66_000),
        event("repaid", "2025-03-25", amount=10_000_000),
    )
    assert found["interest"] == 251_342


def test_a_household_owes_the_sum_of_its_rounded_loans():
    poor = asked("2025-04-15", "2025-05-15", disbursed(40_000_000), rate(66_000))
    water = asked("2025-04-15", "2025-05-15", disbursed(20_000_000), rate(90_000))
    assert (poor["interest"], water["interest"]) == (216_986, 147_945)
    together = poor["numerator"] + water["numerator"]
    assert poor["interest"] + water["interest"] == 364_931
    assert (2 * together + DENOMINATOR) // (2 * DENOMINATOR) == 364_932


def test_a_rate_cut_learnt_late_leaves_a_credit():
    # Decision 1990/QĐ-TTg: × 0.9 in the fourth quarter of 2021
    found = asked(
        "2021-10-01",
        "2022-01-01",
        disbursed(50_000_000),
        rate(59_400),
        event("interest_paid", "2021-12-31", amount=831_781),
    )
    assert (found["interest"], found["paid"], found["due"]) == (748_603, 831_781, -83_178)


def test_a_stale_rate_on_the_phone_leaves_prepaid_interest():
    lent = disbursed(70_000_000), rate(66_000)
    stale = asked("2025-11-17", "2025-12-17", *lent)["interest"]
    found = asked(
        "2025-11-17",
        "2025-12-17",
        *lent,
        rate(62_400, "2025-12-01"),
        event("interest_paid", "2025-12-16", amount=stale),
    )
    assert (stale, found["interest"], found["due"]) == (379_726, 368_679, -11_047)


def test_the_known_exact_half_goes_up():
    # 94,687,000 × 9 d + 92,532,000 × 12 d + 91,784,000 × 8 d at 8.25 % is exactly 609,559.5
    found = asked(
        "2025-01-01",
        "2025-01-30",
        disbursed(94_687_000),
        rate(82_500),
        event("repaid", "2025-01-10", amount=94_687_000 - 92_532_000),
        event("repaid", "2025-01-22", amount=92_532_000 - 91_784_000),
    )
    assert found["numerator"] * 2 == (2 * 609_559 + 1) * DENOMINATOR
    assert found["interest"] == 609_560


@given(st.integers(0, 10**9), st.integers(0, 20), st.integers(0, 3))
def test_every_exact_half_goes_up(odd, days, weeks):
    # 2,500 đ at 7.3 % for one day is exactly half a đồng; odd × odd such halves end in a half
    balance, length = 2_500 * (2 * odd + 1), 2 * days + 1
    end = f"2020-03-{length:02}" if length < 31 else "2020-03-31"
    found = asked("2020-02-29", end, disbursed(balance), rate(73_000 * (2 * weeks + 1)))
    halves = (2 * odd + 1) * (2 * weeks + 1) * sum(one["days"] for one in found["segments"])
    assert found["numerator"] * 2 == halves * DENOMINATOR
    assert found["interest"] == (halves + 1) // 2


def test_B24_in_term_is_rounded_first_and_overdue_is_the_rest():
    # half a đồng a day in term, and as much overdue: 2,500 at 7.3 %, 2,500 at factor 1
    found = asked(
        "2020-01-10",
        "2020-01-11",
        disbursed(5_000),
        rate(73_000),
        event("overdue_rate", "2020-01-10", factor_ppm=1_000_000),
        event("overdue", "2020-01-10", amount=2_500),
    )
    assert (found["interest"], found["in_term"], found["overdue"]) == (1, 1, 0)


def test_the_answer_has_the_keys_of_B24_in_their_order():
    found = asked("2025-03-10", "2025-04-10", disbursed(50_000_000, "2025-01-10"), rate(66_000, "2025-01-10"))
    assert list(found.items()) == [
        ("id", "A1"),
        ("interest", 280_274),
        ("numerator", 102_300_000_000_000),
        ("denominator", 365_000_000),
        ("in_term", 280_274),
        ("overdue", 0),
        ("paid", 0),
        ("due", 280_274),
        (
            "segments",
            [
                {
                    "from": "2025-03-10",
                    "to": "2025-04-10",
                    "days": 31,
                    "balance": 50_000_000,
                    "ppm": 66_000,
                    "kind": "in_term",
                }
            ],
        ),
    ]
    assert list(found["segments"][0]) == ["from", "to", "days", "balance", "ppm", "kind"]


def test_without_from_the_window_begins_with_the_earliest_event():
    found = asked(None, "2020-01-20", rate(73_000, "2020-01-12"), disbursed(5_000, "2020-01-12"))
    assert (found["interest"], found["segments"][0]["from"]) == (8, "2020-01-12")
    later = event("repaid", "2020-01-15", amount=2_000)
    found = asked(None, "2020-01-20", later, disbursed(5_000), rate(73_000, "2020-01-08"))
    assert (found["interest"], found["segments"][0]["from"]) == (8, "2020-01-10")


def test_B24_an_empty_window_gives_nought():
    found = asked("2020-02-01", "2020-02-01", disbursed(5_000), rate(73_000))
    assert (found["interest"], found["due"], found["segments"]) == (0, 0, [])
    assert asked("2020-02-01", "2020-02-01")["interest"] == 0


def test_B24_a_window_that_ends_before_it_begins_is_an_error():
    assert refused("2020-02-02", "2020-02-01", disbursed(5_000), rate(73_000)) == "window_reversed"
    assert asked(None, "2020-01-09", disbursed(5_000))["error"]["code"] == "window_reversed"


def test_a_line_without_from_and_without_events_has_no_window():
    assert asked(None, "2020-01-09")["error"]["code"] == "no_first_event"


def test_same_day_in_and_out_is_no_day():
    found = asked(
        "2020-01-01",
        "2020-03-01",
        disbursed(5_000),
        rate(73_000),
        event("repaid", "2020-01-10", amount=5_000),
    )
    assert (found["interest"], found["segments"]) == (0, [])


def test_B24_on_one_day_an_extension_comes_before_overdue_and_repayment_before_a_freeze():
    found = asked(
        "2020-01-10",
        "2020-01-20",
        event("written_off", "2020-01-15"),
        event("frozen", "2020-01-12", until="2020-01-14"),
        event("repaid", "2020-01-12", amount=3_000),
        event("overdue", "2020-01-12", amount=5_000),
        event("extended", "2020-01-12", amount=2_000),
        event("overdue", "2020-01-11", amount=2_000),
        event("overdue_rate", "2020-01-10", factor_ppm=2_000_000),
        rate(73_000),
        disbursed(5_000),
    )
    assert [(one["from"], one["to"], one["balance"], one["ppm"]) for one in found["segments"]] == [
        ("2020-01-10", "2020-01-11", 5_000, 73_000),
        ("2020-01-11", "2020-01-12", 3_000, 73_000),
        ("2020-01-11", "2020-01-12", 2_000, 146_000),
        ("2020-01-14", "2020-01-15", 2_000, 146_000),
    ]


def test_B24_a_freeze_covers_its_first_day_and_not_the_day_until():
    found = asked(
        "2020-01-10",
        "2020-01-20",
        disbursed(5_000),
        rate(73_000),
        event("frozen", "2020-01-12", until="2020-01-18"),
    )
    assert [(one["from"], one["to"]) for one in found["segments"]] == [
        ("2020-01-10", "2020-01-12"),
        ("2020-01-18", "2020-01-20"),
    ]
    assert found["interest"] == 4


def test_a_freeze_may_begin_before_the_window_and_end_after_it():
    frozen = event("frozen", "2020-01-12", until="2020-02-18")
    assert asked("2020-01-20", "2020-02-01", disbursed(5_000), rate(73_000), frozen)["segments"] == []


def test_nothing_accrues_after_a_write_off_whatever_comes_later():
    found = asked(
        "2020-01-10",
        "2020-02-10",
        disbursed(5_000),
        rate(73_000),
        event("written_off", "2020-01-12"),
        event("repaid", "2020-01-15", amount=4_000),
        disbursed(1_000, "2020-01-20"),
        event("interest_paid", "2020-01-25", amount=5),
    )
    assert (found["interest"], found["paid"], found["due"]) == (2, 5, -3)
    assert [one["to"] for one in found["segments"]] == ["2020-01-12"]


def test_the_overdue_factor_is_130_percent_unless_an_event_says_otherwise():
    overdue = event("overdue", "2020-01-10", amount=5_000)
    lent = disbursed(5_000), rate(73_000), overdue
    window = "2020-01-10", "2020-01-20"
    assert asked(*window, *lent)["segments"][0]["ppm"] == 94_900
    assert asked(*window, *lent, event("overdue_rate", "2020-01-10"))["segments"][0]["ppm"] == 94_900
    factors = [
        event("overdue_rate", "2020-01-05", factor_ppm=1_500_000),
        event("overdue_rate", "2020-01-15"),
    ]
    assert [one["ppm"] for one in asked(*window, *lent, *factors)["segments"]] == [109_500, 94_900]


def test_segments_are_maximal_where_an_event_changes_nothing_for_them():
    found = asked(
        "2020-01-10",
        "2020-01-20",
        disbursed(5_000),
        rate(73_000),
        event("overdue", "2020-01-12", amount=2_000),
        rate(73_000, "2020-01-13"),
        event("overdue_rate", "2020-01-14", factor_ppm=1_000_000),
        event("repaid", "2020-01-16", amount=2_000),
        event("interest_paid", "2020-01-17", amount=1),
    )
    assert [(one["from"], one["to"], one["kind"]) for one in found["segments"]] == [
        ("2020-01-10", "2020-01-12", "in_term"),
        ("2020-01-12", "2020-01-20", "in_term"),
        ("2020-01-12", "2020-01-14", "overdue"),
        ("2020-01-14", "2020-01-16", "overdue"),
    ]


def test_a_balance_at_nought_percent_is_a_segment():
    found = asked("2020-01-10", "2020-01-20", disbursed(5_000), rate(0))
    assert found["interest"] == 0
    assert [(one["balance"], one["ppm"]) for one in found["segments"]] == [(5_000, 0)]


def test_B24_what_is_paid_inside_the_window_counts_and_may_leave_a_credit():
    paid = [
        event("interest_paid", "2020-01-09", amount=1),
        event("interest_paid", "2020-01-10", amount=10),
        event("interest_paid", "2020-01-19", amount=100),
        event("interest_paid", "2020-01-20", amount=1_000),
    ]
    found = asked("2020-01-10", "2020-01-20", disbursed(5_000), rate(73_000), *paid)
    assert (found["interest"], found["paid"], found["due"]) == (10, 110, -100)


@pytest.mark.parametrize(
    "later",
    [
        event("repaid", "2020-01-20", amount=5_001),
        event("overdue", "2020-01-20", amount=5_001),
        event("disbursed", "2020-01-20", amount=1),
        event("rate", "2020-01-20", ppm=66_001),
        event("written_off", "2020-01-20"),
        event("frozen", "2020-01-20", until="2020-01-21"),
    ],
)
def test_B24_an_event_on_the_day_to_is_not_applied(later):
    lent = disbursed(5_000), rate(73_000)
    assert asked("2020-01-10", "2020-01-20", *lent, later) == asked("2020-01-10", "2020-01-20", *lent)


def test_B24_an_event_on_the_day_to_is_validated():
    lent = disbursed(5_000), rate(73_000)
    later = event("repaid", "2020-01-20", amount=0)
    assert refused("2020-01-10", "2020-01-20", *lent, later) == "too_small"
    later = event("frozen", "2020-01-20", until="2020-01-20")
    assert refused("2020-01-10", "2020-01-20", *lent, later) == "empty_freeze"


@pytest.mark.parametrize(
    ("code", "events"),
    [
        ("over_repayment", [event("repaid", "2020-01-12", amount=5_001)]),
        ("over_repayment", [event("repaid", "2020-01-09", amount=1)]),
        ("overdue_exceeds_in_term", [event("overdue", "2020-01-12", amount=5_001)]),
        ("extension_exceeds_overdue", [event("extended", "2020-01-12", amount=1)]),
        ("no_whole_ppm", [rate(66_001, "2020-01-12"), event("overdue", "2020-01-12", amount=1)]),
    ],
)
def test_B24_a_contradiction_is_an_error(code, events):
    assert refused("2020-01-10", "2020-01-20", disbursed(5_000), rate(73_000), *events) == code


def test_B24_a_contradiction_before_the_window_is_an_error_too():
    late = event("repaid", "2020-01-12", amount=5_001)
    assert refused("2020-01-15", "2020-01-15", disbursed(5_000), rate(73_000), late) == "over_repayment"


def test_B24_a_balance_without_a_rate_is_an_error_where_it_bears_interest():
    assert refused("2020-01-10", "2020-01-20", disbursed(5_000)) == "no_rate"
    assert refused("2020-01-10", "2020-01-20", disbursed(5_000), rate(73_000, "2020-01-11")) == "no_rate"
    assert asked("2020-01-11", "2020-01-20", disbursed(5_000), rate(73_000, "2020-01-11"))["interest"] == 9


def test_two_rates_on_one_day_must_agree():
    lent = disbursed(5_000), rate(73_000)
    assert refused("2020-01-10", "2020-01-20", *lent, rate(66_000)) == "conflicting_rates"
    assert asked("2020-01-10", "2020-01-20", *lent, rate(73_000))["interest"] == 10
    factors = event("overdue_rate", "2020-01-10"), event("overdue_rate", "2020-01-10", factor_ppm=1_000_000)
    assert refused("2020-01-10", "2020-01-20", *lent, *factors) == "conflicting_rates"


def test_an_amount_of_hundreds_of_digits_is_exact():
    amount = 10**400 + 1
    found = asked("2020-01-10", "2020-01-11", disbursed(amount), rate(365_000_000))
    assert found["interest"] == amount
    assert found["segments"][0]["balance"] == amount


@given(histories.lines())
def test_any_line_is_answered_as_the_oracle_answers_it(line):
    found = answered(line)
    try:
        expected = oracle.answer(line)
    except oracle.ContradictionError:
        assert "error" in found
    else:
        assert found == {"id": None, **expected}


@given(histories.lines(), st.data())
def test_the_order_of_the_events_in_a_line_does_not_matter(line, data):
    again = {**line, "events": data.draw(st.permutations(line["events"]))}
    assert answered(again) == answered(line)


@given(histories.lines(), histories.DAYS)
def test_two_windows_side_by_side_add_up_to_the_whole(line, middle):
    first, last = histories.FIRST.isoformat(), "2024-06-01"
    whole, left, right = (
        answered({**line, "from": start, "to": end})
        for start, end in ((first, last), (first, middle), (middle, last))
    )
    if "error" not in whole:
        assert whole["numerator"] == left["numerator"] + right["numerator"]
        assert whole["paid"] == left["paid"] + right["paid"]
        assert sum(one["days"] for one in whole["segments"]) == sum(
            one["days"] for one in left["segments"] + right["segments"]
        )


@given(histories.lines())
def test_segments_are_maximal_ordered_and_explain_the_numerator(line):
    found = answered(line)
    if "error" in found:
        return
    lines = found["segments"]
    assert sum(one["days"] * one["balance"] * one["ppm"] for one in lines) == found["numerator"]
    assert [(one["from"], one["kind"]) for one in lines] == sorted(
        (one["from"], one["kind"]) for one in lines
    )
    for kind in ("in_term", "overdue"):
        for left, right in pairwise(one for one in lines if one["kind"] == kind):
            assert left["to"] <= right["from"]
            assert left["to"] < right["from"] or (left["balance"], left["ppm"]) != (
                right["balance"],
                right["ppm"],
            )
    for one in lines:
        assert line["from"] <= one["from"] < one["to"] <= line["to"]
        assert one["balance"] > 0


def test_a_refusal_is_a_value():
    assert isinstance(answer(b"{"), Refused)
