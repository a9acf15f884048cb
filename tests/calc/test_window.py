"""The window of ``tovay-calc``, clause by clause (B24)."""

import pytest

from calc.window import Refused, answer
from tests.calc.lines import asked, disbursed, event, rate, refused


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
    later = event("repaid", "2020-01-20", amount=-1)
    assert refused("2020-01-10", "2020-01-20", *lent, later) == "negative"
    later = event("frozen", "2020-01-20", until="2020-01-19")
    assert refused("2020-01-10", "2020-01-20", *lent, later) == "freeze_reversed"


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


def test_of_two_rates_or_factors_on_one_day_the_later_told_holds():
    window = "2020-01-10", "2020-01-20"
    assert asked(*window, disbursed(5_000), rate(73_000), rate(146_000))["interest"] == 20
    assert asked(*window, rate(146_000), disbursed(5_000), rate(73_000))["interest"] == 10
    lent = disbursed(5_000), rate(73_000), event("overdue", "2020-01-10", amount=5_000)
    single, double = (event("overdue_rate", "2020-01-10", factor_ppm=ppm) for ppm in (1_000_000, 2_000_000))
    assert asked(*window, *lent, single, double)["interest"] == 20
    assert asked(*window, *lent, double, single)["interest"] == 10


def test_an_amount_of_nought_changes_nothing():
    lent = disbursed(5_000), rate(73_000)
    kinds = ("disbursed", "extended", "overdue", "repaid", "interest_paid")
    noughts = [event(kind, "2020-01-15", amount=0) for kind in kinds]
    assert asked("2020-01-10", "2020-01-20", *lent, *noughts) == asked("2020-01-10", "2020-01-20", *lent)


def test_a_freeze_until_its_own_day_is_empty():
    lent = disbursed(5_000), rate(73_000)
    frozen = event("frozen", "2020-01-15", until="2020-01-15")
    assert asked("2020-01-10", "2020-01-20", *lent, frozen) == asked("2020-01-10", "2020-01-20", *lent)


def test_an_amount_of_hundreds_of_digits_is_exact():
    amount = 10**400 + 1
    found = asked("2020-01-10", "2020-01-11", disbursed(amount), rate(365_000_000))
    assert found["interest"] == amount
    assert found["segments"][0]["balance"] == amount


def test_a_refusal_is_a_value():
    assert isinstance(answer(b"{"), Refused)
