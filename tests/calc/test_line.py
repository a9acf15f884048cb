"""Strict reading of a line: everything that is not to the letter is refused, and the id survives (B24)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import LineError, LineFault
from calc.line import INTEGER_DIGITS_MAX, LINE_BYTES_MAX, asked_of, id_of, members_of
from calc.window import Reckoned, Refused, answer

LENT = '{"on": "2020-01-10", "kind": "disbursed", "amount": 5000}'
RATE = '{"on": "2020-01-10", "kind": "rate", "ppm": 73000}'


def line(*events, head='"id": "A1", "to": "2020-01-20"'):
    """A line of JSON text around events of JSON text."""
    return f'{{{head}, "events": [{", ".join(events)}]}}'.encode()


def fault(text):
    """The fault of a refused line."""
    found = answer(text if isinstance(text, bytes) else text.encode())
    assert isinstance(found, Refused)
    assert isinstance(found.error, LineError)
    return found.error.fault


def place(text):
    """Id, fault, event and key of a refused line."""
    found = answer(text)
    return found.id, found.error.code, found.error.event, found.error.key


def test_the_good_line_of_these_tests_is_good():
    assert answer(line(LENT, RATE)).interest == 10


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="W1 empty"),
        pytest.param(b" \t", id="blank"),
        pytest.param(line(LENT, RATE)[:-1], id="W2 cut"),
        pytest.param(line(LENT, RATE) + b"x", id="W3 trailing bytes"),
        pytest.param(line(LENT, RATE) + b"{}", id="W3 a second value"),
        pytest.param(b"\xef\xbb\xbf" + line(LENT, RATE), id="W4 byte order mark"),
        pytest.param(b"[" * 100_000, id="W7 nested brackets"),
        pytest.param(b'{"events":' * 100_000, id="W7 nested objects"),
        pytest.param(line(LENT.replace("5000", "05000"), RATE), id="leading zero"),
        pytest.param(line(LENT.replace("5000", "+5000"), RATE), id="plus sign"),
        pytest.param(line(LENT.replace("5000", "5_000"), RATE), id="underscore"),
        pytest.param(line(LENT.replace('"on"', "'on'"), RATE), id="single quotes"),
        pytest.param(line(LENT + ",", RATE), id="two commas"),
        pytest.param(b'{"id": "A\x01"}', id="control character"),
        pytest.param(b"\x00", id="zero byte"),
    ],
)
def test_what_is_not_one_json_value_is_refused(text):
    assert fault(text) is LineFault.NOT_JSON
    assert answer(text).id is None


@pytest.mark.parametrize("text", [b"\xff", b'{"id": "\xed\xa0\x80"}', '{"id": "ạ"}'.encode("utf-16")])
def test_W5_what_is_not_utf8_is_refused(text):
    assert fault(text) is LineFault.NOT_UTF8


@pytest.mark.parametrize("text", ["null", "[]", '"A1"', "1", "1.5", "true", "NaN"])
def test_a_line_that_is_no_object_is_refused(text):
    assert fault(text) is LineFault.NOT_AN_OBJECT


def test_a_line_of_the_longest_length_is_read_and_one_byte_more_is_refused():
    good = line(LENT, RATE)
    assert isinstance(answer(good + b" " * (LINE_BYTES_MAX - len(good))), Reckoned)
    assert fault(good + b" " * (LINE_BYTES_MAX + 1 - len(good))) is LineFault.LINE_TOO_LONG


@pytest.mark.parametrize(
    "name", ['"A1"', '""', "17", "-3", "0", "null", '"ạ\\u1ea1\\n\\u2028\\ud83d\\ude00"', "9" * 400]
)
def test_an_id_is_echoed_as_given(name):
    head = f'"id": {name}, "to": "2020-01-20"'
    good, bad = answer(line(LENT, RATE, head=head)), answer(line(LENT, head=head))
    assert good.id == bad.id == json.loads(name)
    assert type(good.id) is type(bad.id) is type(json.loads(name))
    assert isinstance(good, Reckoned)
    assert isinstance(bad, Refused)


def test_B24_a_missing_id_is_null():
    assert answer(line(LENT, RATE, head='"to": "2020-01-20"')).id is None


@pytest.mark.parametrize(
    "name",
    ["1.0", "1e3", "true", "[]", "{}", "NaN", '"\\ud800"', '"\\udfffx"', "9" * (INTEGER_DIGITS_MAX + 1)],
)
def test_W6_an_id_of_another_type_is_refused_and_not_echoed(name):
    text = line(LENT, RATE, head=f'"id": {name}, "to": "2020-01-20"')
    assert fault(text) is LineFault.BAD_ID
    assert answer(text).id is None


def test_two_ids_are_refused_and_neither_is_echoed():
    assert place(line(LENT, RATE, head='"id": "A1", "id": "A1", "to": "2020-01-20"')) == (
        None,
        "duplicate_key",
        None,
        "id",
    )


@pytest.mark.parametrize(
    ("event", "code", "key"),
    [
        (LENT.replace("5000", "50000000.0"), "not_an_integer", "amount"),
        (LENT.replace("5000", "1e3"), "not_an_integer", "amount"),
        (LENT.replace("5000", "true"), "not_an_integer", "amount"),
        (LENT.replace("5000", '"5000"'), "not_an_integer", "amount"),
        (LENT.replace("5000", "null"), "not_an_integer", "amount"),
        (LENT.replace("5000", "NaN"), "not_an_integer", "amount"),
        (LENT.replace("5000", "-Infinity"), "not_an_integer", "amount"),
        (LENT.replace("5000", "[5000]"), "not_an_integer", "amount"),
        (LENT.replace("5000", "9" * (INTEGER_DIGITS_MAX + 1)), "integer_too_long", "amount"),
        (LENT.replace("5000", "-1"), "negative", "amount"),
        (LENT.replace("disbursed", "interest_paid").replace("5000", "-1"), "negative", "amount"),
        (RATE.replace("73000", "-1"), "negative", "ppm"),
        (RATE.replace("73000", "73000.0"), "not_an_integer", "ppm"),
        ('{"on": "2020-01-10", "kind": "overdue_rate", "factor_ppm": -1}', "negative", "factor_ppm"),
        ('{"on": "2020-01-10", "kind": "overdue_rate", "factor_ppm": false}', "not_an_integer", "factor_ppm"),
        (LENT.replace("2020-01-10", "2020-02-30"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "2023-02-29"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "0000-01-01"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "20200110"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "2020-W02-5"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "2020-1-10"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "10/01/2020"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "2020-01-10T00:00:00"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "2020-01-10\\n"), "not_a_date", "on"),
        (LENT.replace("2020-01-10", "\\uff12\\uff10\\uff12\\uff10-01-10"), "not_a_date", "on"),
        (LENT.replace('"2020-01-10"', "18271"), "not_a_date", "on"),
        ('{"on": "2020-01-10", "kind": "frozen", "until": "2020-01-09"}', "freeze_reversed", "until"),
        ('{"on": "2020-01-10", "kind": "frozen", "until": null}', "not_a_date", "until"),
        (LENT.replace("disbursed", "granted"), "unknown_kind", "kind"),
        (LENT.replace("disbursed", "Disbursed"), "unknown_kind", "kind"),
        (LENT.replace('"disbursed"', '["disbursed"]'), "unknown_kind", "kind"),
        (LENT.replace("disbursed", "\\ud800"), "unknown_kind", "kind"),
        (LENT.replace('"kind": "disbursed"', '"type": "disbursed"'), "missing_key", "kind"),
        (LENT.replace('"amount"', '"sum"'), "unknown_key", "sum"),
        (LENT.replace('"amount": 5000', '"amount": 5000, "\\ud800": 1'), "unknown_key", "\ud800"),
        (LENT.replace("disbursed", "rate"), "unknown_key", "amount"),
        (
            '{"on": "2020-01-10", "kind": "frozen", "until": "2021-01-10", "amount": 1}',
            "unknown_key",
            "amount",
        ),
        ('{"on": "2020-01-10", "kind": "written_off", "amount": 1}', "unknown_key", "amount"),
        (LENT.replace(', "amount": 5000', ""), "missing_key", "amount"),
        (LENT.replace('"on": "2020-01-10", ', ""), "missing_key", "on"),
        (LENT.replace('"amount": 5000', '"amount": 1, "amount": 9'), "duplicate_key", "amount"),
        (LENT.replace('"amount": 5000', '"amount": 5000, "kind": "disbursed"'), "duplicate_key", "kind"),
        ("null", "not_an_object", None),
        ("[]", "not_an_object", None),
    ],
)
def test_an_event_that_is_not_to_the_letter_is_refused_with_its_place(event, code, key):
    assert place(line(LENT, RATE, event)) == ("A1", code, 3, key)


@pytest.mark.parametrize(
    ("head", "code", "key"),
    [
        ('"id": "A1", "to": "2020-01-20", "note": 1', "unknown_key", "note"),
        ('"id": "A1"', "missing_key", "to"),
        ('"id": "A1", "to": "2020-01-20", "to": "2020-01-20"', "duplicate_key", "to"),
        ('"id": "A1", "to": "20/01/2020"', "not_a_date", "to"),
        ('"id": "A1", "to": 18281', "not_a_date", "to"),
        ('"id": "A1", "to": "2020-01-20", "from": null', "not_a_date", "from"),
        ('"id": "A1", "to": "2020-01-20", "from": "2020-02-30"', "not_a_date", "from"),
    ],
)
def test_a_line_that_is_not_to_the_letter_keeps_its_id(head, code, key):
    assert place(line(LENT, RATE, head=head)) == ("A1", code, None, key)


@pytest.mark.parametrize("events", ["null", "{}", '"events"', "0"])
def test_events_are_a_list(events):
    text = f'{{"id": "A1", "to": "2020-01-20", "events": {events}}}'.encode()
    assert place(text) == ("A1", "not_a_list", None, "events")


def test_a_line_without_events_lacks_a_key():
    assert place(b'{"id": "A1", "to": "2020-01-20"}') == ("A1", "missing_key", None, "events")


def test_an_integer_of_the_longest_legal_size_is_exact():
    amount = "9" * INTEGER_DIGITS_MAX
    asked = asked_of(members_of(line(LENT.replace("5000", amount), RATE)))
    assert asked.events[0].amount == 10**INTEGER_DIGITS_MAX - 1


def test_space_around_a_value_is_json():
    assert answer(b" \t" + line(LENT, RATE) + b" \r").interest == 10


def test_the_first_and_the_last_day_of_the_calendar_are_days():
    first = line(LENT.replace("2020-01-10", "0001-01-01"), RATE.replace("2020-01-10", "0001-01-01"))
    last = first.replace(b"2020-01-20", b"9999-12-31")
    assert answer(last).numerator == 5_000 * 73_000 * (365 * 9_999 + 2_424 - 1)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["rate", "2020-01-10"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["id", "from", "to", "events", "on", "kind", "amount", "ppm"]) | st.text(), inner
        )
    ),
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_line_whatever_stops_the_program(text):
    assert isinstance(answer(text), Refused | Reckoned)


@given(st.dictionaries(st.sampled_from(["id", "from", "to", "events", "x"]), JSON))
def test_the_id_of_an_object_is_echoed_or_it_is_the_fault(members):
    text = json.dumps(members).encode()
    found = answer(text)
    name = members.get("id")
    if name is None or (isinstance(name, str | int) and not isinstance(name, bool)):
        assert found.id == name
        assert id_of(members_of(text)) == name
    else:
        assert found.error.fault is LineFault.BAD_ID
