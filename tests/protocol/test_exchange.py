"""The round trip's messages (L11): canonical, bounded, and nothing in them trusted by itself."""

from hashlib import sha256

import pytest
from hypothesis import given

from protocol.codec import encode, text_hash
from protocol.errors import LimitError, MalformedError
from protocol.exchange import (
    DetachedText,
    Refused,
    Request,
    Response,
    read_request,
    read_response,
    write_request,
    write_response,
)
from protocol.ids import BranchTip
from protocol.limits import (
    EXCHANGE_REQUEST_BYTES_MAX,
    EXCHANGE_RESPONSE_BYTES_MAX,
    EXCHANGE_SEALS_MAX,
    EXCHANGE_TIPS_MAX,
    SALT_BYTES,
    SEAL_BYTES_MAX,
)
from tests import strategies
from tests.facts import GROUP, MOMENT

TEXT = DetachedText(bytes(SALT_BYTES), "Phạm Thị Lụa".encode())
REQUEST = Request(1, GROUP, BranchTip(0, 57, bytes(32)), (), (b"seal",), (TEXT,))
RESPONSE = Response(1, MOMENT, (b"statement",), (b"branch",), (b"phone",), (TEXT,), (Refused(0, "x"),), 0, 1)


def test_a_request_is_the_array_of_its_fields():
    tip, text = (0, 57, bytes(32)), (bytes(16), TEXT.text)
    assert write_request(REQUEST) == encode((1, "KM-001", tip, (), (b"seal",), (text,)))
    assert read_request(write_request(REQUEST)) == REQUEST


def test_a_response_is_the_array_of_its_fields():
    text = (bytes(16), TEXT.text)
    fields = (1, MOMENT, (b"statement",), (b"branch",), (b"phone",), (text,), ((0, "x"),), 0, 1)
    assert write_response(RESPONSE) == encode(fields)
    assert read_response(write_response(RESPONSE)) == RESPONSE


@given(strategies.of(Request))
def test_any_request_is_read_as_it_was_written(request_):
    assert read_request(write_request(request_)) == request_


@given(strategies.of(Response))
def test_any_response_is_read_as_it_was_written(response):
    assert read_response(write_response(response)) == response


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1]",
        b"<html>",
        b"\xef\xbb\xbf" + write_request(REQUEST),
        write_request(REQUEST)[:-1],
        write_request(REQUEST) + b"\0",
        encode((2, GROUP, None, (), (), ())),
        encode((1, GROUP, None, (), ())),
        encode((1, GROUP, None, (), (), (), ())),
        encode((1, "no group", None, (), (), ())),
        encode((1, GROUP, None, (None,), (), ())),
        encode((1, GROUP, None, ((0, 1, bytes(32)),) * (EXCHANGE_TIPS_MAX + 1), (), ())),
        encode((1, GROUP, None, (), ("text",), ())),
        encode((1, GROUP, None, (), (b"",) * (EXCHANGE_SEALS_MAX + 1), ())),
        encode((1, GROUP, None, (), (), ((bytes(15), b"a"),))),
        encode((1, GROUP, None, (), (), ((bytes(16), b""),))),
    ],
)
def test_W1_W3_W4_W10_W20_a_body_of_another_shape_is_refused(body):
    with pytest.raises(MalformedError):
        read_request(body)


def test_N79_a_captive_portals_page_is_no_answer():
    for body in (b"<!DOCTYPE html>", b"", encode(REQUEST), write_response(RESPONSE)[:-1]):
        with pytest.raises(MalformedError):
            read_response(body)


def test_B53_a_body_over_its_limit_is_neither_written_nor_read():
    seal = bytes(SEAL_BYTES_MAX)
    with pytest.raises(LimitError):
        write_request(Request(1, GROUP, None, (), (seal,) * 16, ()))
    with pytest.raises(LimitError):
        read_request(bytes(EXCHANGE_REQUEST_BYTES_MAX + 1))
    with pytest.raises(LimitError):
        write_response(Response(1, MOMENT, (), (seal,) * 64, (), (), (), 1, 0))
    with pytest.raises(LimitError):
        read_response(bytes(EXCHANGE_RESPONSE_BYTES_MAX + 1))


def test_L8_one_seal_of_legal_size_always_fits_a_request():
    seal = bytes(SEAL_BYTES_MAX)
    assert read_request(write_request(Request(1, GROUP, None, (), (seal,), ()))).seals == (seal,)


def test_a_detached_text_proves_itself_by_its_hash():
    assert TEXT.hash == sha256(bytes(16) + TEXT.text).digest() == text_hash(bytes(16), "Phạm Thị Lụa")


def test_W5_a_detached_text_that_is_no_UTF_8_has_no_hash():
    with pytest.raises(MalformedError):
        _ = DetachedText(bytes(16), b"\xff").hash
