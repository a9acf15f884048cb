"""What holds for the window of any loan: the oracle's answer, in any order, in any parts (B24)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.calc import histories, oracle
from tests.calc.lines import answered


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
def test_the_order_of_the_events_in_a_line_does_not_matter(line, choices):
    again = {**line, "events": choices.draw(st.permutations(line["events"]))}
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
