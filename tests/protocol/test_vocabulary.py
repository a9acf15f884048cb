"""Days, instants, amounts and errors: the words that every package speaks."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import errors
from protocol.day import DAY_MAX, DAY_MIN, day_of, end_of, to_date, to_day, to_instant, to_moment
from protocol.money import DONG_MAX, DONG_MIN, fits


def test_a_day_counts_from_1970():
    assert to_day(date(1970, 1, 1)) == 0
    assert to_day(date(2025, 12, 17)) == 20_439
    assert (to_date(DAY_MIN), to_date(DAY_MAX)) == (date(1900, 1, 1), date(2999, 12, 31))


@given(st.dates())
def test_a_date_comes_back(value):
    assert to_date(to_day(value)) == value


def test_P59_a_calendar_day_is_vietnams_wherever_the_clock_stands():
    seventeenth = to_day(date(2025, 12, 17))
    assert day_of(datetime(2025, 12, 16, 17, 0, tzinfo=UTC)) == seventeenth
    assert day_of(datetime(2025, 12, 16, 16, 59, 59, tzinfo=UTC)) == seventeenth - 1
    assert day_of(datetime(2025, 12, 18, 0, 30, tzinfo=timezone(timedelta(hours=8)))) == seventeenth


def test_an_instant_is_exact_to_the_millisecond():
    moment = datetime(2025, 12, 17, 1, 30, 0, 999_000, tzinfo=UTC)
    assert to_instant(moment) == 1_765_935_000_999  # date -ud '2025-12-17 01:30' +%s
    assert to_moment(1_765_935_000_999) == moment
    assert to_instant(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000


def test_a_day_ends_at_midnight_in_vietnam():
    seventeenth = to_day(date(2025, 12, 17))
    assert to_moment(end_of(seventeenth)) == datetime(2025, 12, 17, 16, 59, 59, 999_000, tzinfo=UTC)
    assert day_of(to_moment(end_of(DAY_MAX))) == DAY_MAX


def test_W14_a_moment_without_its_offset_is_refused():
    naive = datetime(2025, 12, 17)  # noqa: DTZ001 (it is what the test is about)
    for read in (day_of, to_instant):
        with pytest.raises(ValueError, match="offset"):
            read(naive)


def test_a_sum_fits_within_int64():
    assert fits(DONG_MAX)
    assert fits(DONG_MIN)
    assert not fits(DONG_MAX + 1)
    assert not fits(DONG_MIN - 1)


def test_every_refusal_has_its_own_code():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.ProtocolError) for kind in kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
