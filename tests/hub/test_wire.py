"""The phones' door under wire fuzz (W): what is not in the one spelling is refused and changes nothing."""

from collections.abc import Iterable
from typing import Any, get_args, get_type_hints

import pytest

from protocol import exchange as wire
from protocol import seal as seals
from protocol.exchange import CONTENT_TYPE, PATH
from protocol.limits import EXCHANGE_REQUEST_BYTES_MAX
from tests.hub.builders import GROUP
from tests.hub.web import answer, asked, code, signed

PLAIN = {"content-type": CONTENT_TYPE}
EMPTY = asked(GROUP)
WIRE_FUZZ = {
    "W1_an_empty_body": b"",
    "W2_a_cut_body": EMPTY[:-1],
    "W3_trailing_bytes": EMPTY + b"\xc0",
    "W4_a_byte_order_mark": b"\xef\xbb\xbf" + EMPTY,
    "W5_a_text_that_is_no_utf_8": EMPTY.replace(b"KM-001", b"KM-\xff01"),
    "W6_a_lone_surrogate": EMPTY.replace(b"KM-001", b"KM-\xed\xa0\x80"),
    "W7_100000_nested_arrays": b"\x91" * 100_000,
    "W9_a_map_with_a_key_twice": b"\x82\xa1a\x01\xa1a\x09",
    "W10_an_unknown_field": b"\x97" + EMPTY[1:] + b"\x01",
    "W11_a_float": b"\x96\xcb" + bytes(8) + EMPTY[2:],
    "W11_a_boolean": b"\x96\xc3" + EMPTY[2:],
    "W11_a_text_for_a_number": b"\x96\xa11" + EMPTY[2:],
    "W11_a_number_that_is_spelt_too_long": b"\x96\xcc\x01" + EMPTY[2:],
    "W12_a_negative_number": b"\x96\xff" + EMPTY[2:],
    "W12_2_to_the_63": b"\x96\xcf\x80" + bytes(7) + EMPTY[2:],
    "W13_a_trailing_line_break": EMPTY.replace(b"\xa6KM-001", b"\xa7KM-001\n"),
    "W15_a_null_character": EMPTY.replace(b"KM-001", b"KM-\x0001"),
    "W15_a_bidi_override": EMPTY.replace(b"KM-001", "KM-\u202e".encode()),
    "W16_a_decomposed_letter": EMPTY.replace(b"\xa6KM-001", b"\xa6KMo\xcc\x8a1"),
    "W17_a_text_over_its_byte_cap": EMPTY[:-1]
    + b"\x91\x92\xc4\x10"
    + bytes(16)
    + b"\xc5\x04\x01"
    + b"x" * 1_025,
    "W20_more_seals_than_the_cap": EMPTY[:-2] + b"\xdc\x00\x41" + b"\xc4\x01x" * 65 + b"\x90",
}


@pytest.fixture
def phone(web):
    return web.phone()


@pytest.mark.parametrize("name", WIRE_FUZZ)
def test_a_body_that_is_not_in_the_one_spelling_is_refused(web, phone, name):
    before = web.hub.store.ids("")
    assert code(web.post(WIRE_FUZZ[name], signed(phone, WIRE_FUZZ[name]))) == (400, "malformed")
    assert web.hub.store.ids("") == before


def test_a_message_of_another_version_is_told_which_versions_are_read(web, phone):
    later = b"\x94\x02\xa4what\xc0\x05"
    answered = web.post(later, signed(phone, later))
    assert code(answered) == (400, "message_version")
    assert answered.headers["tovay-versions"] == "1"


def test_W8_no_wire_type_takes_anything():
    def parts(kind: Any) -> Iterable[Any]:
        yield kind
        for inner in get_args(kind):
            yield from parts(inner)

    for struct in (
        wire.Request,
        wire.Response,
        wire.DetachedText,
        wire.Refused,
        seals.Envelope,
        seals.AnyHeader,
    ):
        for kind in get_type_hints(struct).values():
            assert not {Any, object} & {part for part in parts(kind) if part.__hash__}


@pytest.mark.parametrize("given", [None, "text/plain", "application/json", CONTENT_TYPE + "; charset=utf-8"])
def test_W18_another_content_type_is_refused(web, phone, given):
    headers = [(name, value) for name, value in signed(phone, EMPTY).items() if name != "content-type"]
    if given is not None:
        headers.append(("content-type", given))
    assert code(web.post(EMPTY, headers)) == (415, "media_type")


def test_W18_two_content_types_are_refused(web, phone):
    headers = [*signed(phone, EMPTY).items(), ("content-type", CONTENT_TYPE)]
    assert code(web.post(EMPTY, headers)) == (415, "media_type")


@pytest.mark.parametrize("encoding", ["gzip", "identity", ""])
def test_W19_an_encoded_body_is_refused(web, phone, encoding):
    headers = signed(phone, EMPTY) | {"content-encoding": encoding}
    assert code(web.post(EMPTY, headers)) == (415, "media_type")


def test_W20_an_exchange_without_seals_changes_nothing(web, phone):
    before = web.hub.store.ids("")
    found = answer(web.exchange(phone))
    assert web.hub.store.ids("") == before
    assert (len(found.branch_seals), found.refused, found.more) == (2, (), 0)


def test_B53_a_body_over_the_limit_is_refused_with_a_hint_to_split(web, phone):
    body = bytes(EXCHANGE_REQUEST_BYTES_MAX + 1)
    assert code(web.post(body, signed(phone, body))) == (413, "limit")


def test_B53_a_body_that_grows_over_the_limit_in_chunks_is_refused(web, phone):
    async def chunks():
        for _ in range(30):
            yield bytes(50_000)

    assert code(web.call("POST", PATH, chunks(), PLAIN.items())) == (413, "limit")
