"""A batch of columns at its month end: plain rows, referred rows, refused rows, totals (B25)."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.month_end_batch import close_batch
from calc.month_end_columns import RESULTS, Rates, Sums, misfits, result_schema
from tests.calc import columns
from tests.calc.days import on
from tests.calc.month_end_rows import PLAIN, SCHEMA, batch, event, row

LAST = on("2026-01-01")
DECEMBER = 280_274  # 31 days of 50,000,000 đ at 6.6 %


def test_a_plain_row_gets_its_figures_and_the_state_of_the_next_month():
    ended = close_batch(batch(row(settled=300_000)), LAST)
    assert ended.rows.schema == result_schema(SCHEMA)
    (found,) = ended.rows.to_pylist()
    assert found == {
        **row(settled=300_000),
        "terms": None,
        "as_of": date(2026, 1, 1),
        "numerator": 102_300_000_000_000,
        "overdue": 0,
        "frozen": 0,
        "frozen_until": None,
        "numerator_overdue": 0,
        "numerator_grace": 0,
        "grace_end": None,
        "events": None,
        "accrued": DECEMBER,
        "payable": DECEMBER - 300_000,
        "asked": 0,
        "prepaid": 300_000 - DECEMBER,
        "plain": True,
    }


def test_columns_that_only_odd_loans_need_may_be_missing():
    ended = close_batch(batch(row(), schema=PLAIN), LAST)
    assert ended.rows.schema == result_schema(PLAIN)
    assert ended.rows["payable"].to_pylist() == [DECEMBER]
    assert ended.rows["terms"].to_pylist() == [None]
    overdue = PLAIN.append(pa.field("overdue", pa.int64()))
    late = close_batch(batch(row(balance=0, overdue=50_000_000), schema=overdue), LAST)
    assert late.rows["payable"].to_pylist() == [364_356]  # 31 days at 8.58 %: 364,356.2


@pytest.mark.parametrize(
    ("cells", "payable"),
    [
        ({"overdue": 1}, DECEMBER),
        ({"frozen": 1, "frozen_until": date(2027, 1, 1)}, DECEMBER),
        ({"frozen": 1}, DECEMBER),
        ({"numerator_overdue": 365_000_000}, DECEMBER + 1),
        ({"numerator_grace": 365_000_000}, DECEMBER + 1),
        ({"grace_end": date(2025, 12, 1)}, DECEMBER),
        ({"grace_end": date(2026, 2, 1)}, 0),
        ({"events": [event("repaid", amount=0)]}, DECEMBER),
        ({"events": [event("repaid", 25, amount=50_000_000)]}, 216_986),  # 24 days: 216,986.3
        ({"events": [event("disbursed", amount=50_000_000)]}, 479_178),  # 9 days, 22 days on both
        ({"events": [event("overdue", amount=50_000_000)]}, 339_945),  # 9 days at 6.6 %, 22 at 8.58 %
        (
            {"events": [event("overdue", amount=50_000_000), event("extended", 20, amount=50_000_000)]},
            307_397,  # 21 days at 6.6 %, 10 at 8.58 %
        ),
        ({"events": [event("frozen", until=date(2025, 12, 20))]}, 189_863),  # 21 days
        ({"events": [event("frozen", amount=50_000_000, until=date(2025, 12, 20))]}, 189_863),
        (
            {
                "events": [
                    event("frozen", amount=1, until=date(2026, 5, 1)),
                    event("freeze_lifted", 11, amount=1),
                ]
            },
            DECEMBER,
        ),
        ({"events": [event("written_off")]}, 81_370),  # 9 days
        ({"events": [event("renewed"), event("rate", ppm=73_000)]}, 81_370 + 220_000),
    ],
)
def test_B25_a_row_that_is_not_plain_goes_through_the_reference_and_is_counted(cells, payable):
    ended = close_batch(batch(row("A1", **cells), row("A2")), LAST)
    assert ended.rows["payable"].to_pylist() == [payable, DECEMBER]
    assert ended.rows["plain"].to_pylist() == [False, True]
    assert (ended.sums.plain, ended.sums.referred, ended.sums.refused) == (1, 1, 0)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        *(({name: None}, "missing") for name in PLAIN.names),
        *(({name: -1}, "negative") for name in ("balance", "ppm", "overdue", "frozen")),
        *(({name: date(1899, 12, 31)}, "not_a_day") for name in ("as_of", "frozen_until", "grace_end")),
        ({"as_of": date(2026, 1, 2)}, "ahead"),
        ({"terms": "XX"}, "unknown_terms"),
        ({"numerator": 2**63 - 1}, "too_large"),
        ({"numerator": 2**63 - 1, "overdue": 1}, "too_large"),
        ({"events": [event("sold")]}, "unknown_kind"),
        ({"events": [event(None)]}, "unknown_kind"),
        ({"events": [None]}, "unknown_kind"),
        ({"events": [event("repaid")]}, "incomplete_event"),
        ({"events": [event("repaid", amount=1, ppm=1)]}, "incomplete_event"),
        ({"events": [event("repaid", amount=1) | {"on": None}]}, "incomplete_event"),
        ({"events": [event("frozen", amount=1)]}, "incomplete_event"),
        ({"events": [event("repaid", amount=-1)]}, "negative"),
        ({"events": [event("rate", ppm=-1)]}, "negative"),
        ({"events": [event("frozen", until=date(3000, 1, 1))]}, "not_a_day"),
        ({"events": [event("repaid", amount=1) | {"on": date(3000, 1, 1)}]}, "not_a_day"),
        ({"events": [event("repaid", amount=1) | {"on": date(2025, 11, 30)}]}, "event_too_early"),
        ({"events": [event("frozen", until=date(2025, 12, 9))]}, "freeze_reversed"),
        ({"events": [event("repaid", amount=50_000_001)]}, "over_repayment"),
        ({"events": [event("overdue", amount=1)], "ppm": 66_001}, "no_whole_ppm"),
    ],
)
def test_a_bad_row_is_a_value_with_its_number_and_stops_no_other(cells, code):
    told = Rates({"HN": {}}, {})
    ended = close_batch(batch(row("A1"), row("A2") | cells, row("A3")), LAST, told, before=10)
    assert ended.rows["loan"].to_pylist() == ["A1", "A3"]
    (refused,) = ended.refusals
    assert (refused.row, refused.loan, refused.code) == (12, cells.get("loan", "A2"), code)
    assert (ended.sums.refused, ended.sums.payable) == (1, 2 * DECEMBER)


def test_of_several_faults_the_first_is_told():
    ended = close_batch(batch(row(balance=None, ppm=-1, as_of=date(2026, 1, 2))), LAST)
    assert [one.code for one in ended.refusals] == ["missing"]
    assert ended.sums == Sums(refused=1)


def test_a_day_that_python_has_no_date_for_is_refused_like_any_other():
    strange = pa.array([[{"on": 2**31 - 1, "kind": "repaid", "amount": 1}]], _days_by_number(SCHEMA))
    told = batch(row())
    at = SCHEMA.get_field_index("events")
    told = told.set_column(at, "events", strange.cast(SCHEMA.field("events").type))
    assert [one.code for one in close_batch(told, LAST).refusals] == ["not_a_day"]


def test_B13_rates_reach_the_rows_of_their_terms_plain_or_not():
    told = Rates({"HN": {on("2025-12-10"): 62_400}, "CN": {}}, {on("2025-12-10"): 1_500_000})
    rows = [row(terms="HN"), row(terms="CN"), row(), row(terms="HN", balance=0, overdue=50_000_000)]
    ended = close_batch(batch(*rows), LAST, told)
    # 9 days at 6.6 %, 22 at 6.24 %; the overdue one 9 days at 8.58 %, 22 at 9.36 %
    assert ended.rows["accrued"].to_pylist() == [269_425, DECEMBER, DECEMBER, 387_863]
    assert ended.rows["ppm"].to_pylist() == [62_400, 66_000, 66_000, 62_400]
    without = close_batch(batch(row(), schema=PLAIN), LAST, told)
    assert without.rows["accrued"].to_pylist() == [DECEMBER]


def test_terms_may_be_a_dictionary():
    schema = SCHEMA.set(1, pa.field("terms", pa.dictionary(pa.int8(), pa.string())))
    told = Rates({"HN": {on("2025-12-01"): 0}}, {})
    ended = close_batch(batch(row(terms="HN"), row(terms=None), schema=schema), LAST, told)
    assert ended.rows["accrued"].to_pylist() == [0, DECEMBER]
    assert ended.rows.schema.field("terms").type == schema.field("terms").type


def test_what_comes_out_goes_in_again():
    told = batch(
        row("A1"), row("A2", events=[event("frozen", until=date(2026, 1, 10))]), row("A3", overdue=5)
    )
    january = close_batch(close_batch(told, LAST).rows, on("2026-02-01"))
    at_once = close_batch(told, on("2026-02-01"))
    assert january.rows.to_pylist() == at_once.rows.to_pylist()
    assert at_once.rows["events"].to_pylist() == [None, None, None]
    assert at_once.rows["plain"].to_pylist() == [True, False, False]


def test_an_event_after_the_month_end_waits_in_its_row():
    later = event("repaid", amount=50_000_000) | {"on": date(2026, 1, 5)}
    ended = close_batch(batch(row(events=[event("repaid", amount=0), later])), LAST)
    (left,) = ended.rows["events"].to_pylist()
    assert [(one["on"], one["amount"]) for one in left] == [(date(2026, 1, 5), 50_000_000)]
    again = close_batch(ended.rows, on("2026-02-01"))
    assert again.rows["accrued"].to_pylist() == [DECEMBER + 36_164]  # 35 days in all: 316,438.4


def test_totals_are_sums_of_rows_and_outgrow_64_bits():
    rows = [row(settled=DECEMBER - 2**63), row(settled=DECEMBER - 2**63 + 1), row(settled=2**62)]
    sums = close_batch(batch(*rows[1:], row(settled=rows[1]["settled"])), LAST).sums
    assert (sums.accrued, sums.asked) == (3 * DECEMBER, 2 * (2**63 - 1))
    assert sums.prepaid == 2**62 - DECEMBER
    assert sums.payable == sums.asked - sums.prepaid
    assert sums + sums == Sums(*(2 * one for one in (3, 0, 0, 150_000_000, 0, 0)), *_doubled(sums))


def test_a_file_without_rows_is_a_month_end_of_nothing():
    ended = close_batch(batch(), LAST, Rates({}, {}))
    assert (ended.rows.num_rows, ended.sums, ended.refusals) == (0, Sums(), ())


@pytest.mark.parametrize(
    ("schema", "odd"),
    [
        (SCHEMA, ()),
        (PLAIN, ()),
        (result_schema(SCHEMA), ()),
        (SCHEMA.remove(0), ("loan",)),
        (PLAIN.remove(1).remove(1), ("as_of", "balance")),
        (PLAIN.append(pa.field("loan", pa.string())), ("loan",)),
        (PLAIN.append(pa.field("colour", pa.string())), ("colour",)),
        (PLAIN.append(pa.field("overdue", pa.float64())), ("overdue",)),
        (PLAIN.set(0, pa.field("loan", pa.int64())), ()),
        (PLAIN.set(0, pa.field("loan", pa.date32())), ("loan",)),
        (SCHEMA.set(1, pa.field("terms", pa.int64())), ("terms",)),
        (SCHEMA.set(1, pa.field("terms", pa.dictionary(pa.int8(), pa.int64()))), ("terms",)),
        (SCHEMA.set(3, pa.field("balance", pa.decimal128(18, 0))), ("balance",)),
    ],
)
def test_columns_are_those_of_the_page_or_named(schema, odd):
    assert misfits(schema) == odd


def test_the_results_of_the_last_month_are_no_input_of_the_next():
    ended = close_batch(batch(row()), LAST)
    again = close_batch(ended.rows, LAST)
    assert ended.rows.schema.names[-len(RESULTS) :] == list(RESULTS)
    assert again.rows.to_pylist() == ended.rows.to_pylist()


@given(st.binary(min_size=16, max_size=16))
def test_plain_rows_and_rows_by_the_reference_agree_in_one_batch(seed):
    rng = np.random.default_rng(list(seed))
    numerator, balance, ppm, settled, as_of, _ = columns.columns(rng, 5, edge=False)
    cells = {"loan": pa.array(np.arange(5)), "balance": pa.array(balance), "ppm": pa.array(ppm)}
    cells |= {"numerator": pa.array(numerator), "settled": pa.array(settled)}
    cells |= {"as_of": pa.array(as_of).cast(pa.date32())}
    plain = close_batch(pa.record_batch(cells), columns.TO).rows
    touched = [[{"on": columns.TO, "kind": "repaid", "amount": 0}]] * 5
    events = pa.array(touched, _days_by_number(SCHEMA)).cast(SCHEMA.field("events").type)
    referred = close_batch(pa.record_batch(cells | {"events": events}), columns.TO).rows
    assert plain.drop_columns(["events", "plain"]) == referred.drop_columns(["events", "plain"])
    assert not any(referred["plain"].to_pylist())


def _days_by_number(schema):
    """The type of events, days as numbers."""
    cells = [(cell.name, pa.int32() if cell.type == pa.date32() else cell.type) for cell in _event(schema)]
    return pa.list_(pa.struct(cells))


def _event(schema):
    return schema.field("events").type.value_type


def _doubled(sums):
    return (2 * one for one in (sums.accrued, sums.payable, sums.asked, sums.prepaid))
