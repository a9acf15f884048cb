"""Bundles (L11, L19): canonical, bounded, opened by one key, signed by one key; carriers learn no more."""

import pytest
from hypothesis import given

from protocol import bundle as bundles
from protocol.bundle import LetterDown, LetterUp, SignedLetter
from protocol.codec import encode
from protocol.errors import BadSignatureError, LimitError, MalformedError, UntrustedKeyError
from protocol.exchange import Request, Response, write_request, write_response
from protocol.ids import BranchTip
from protocol.keys import KeyStatement, read_statement, writer_id
from protocol.limits import (
    BUNDLE_BYTES_MAX,
    BUNDLE_FILE_BYTES_MAX,
    BUNDLES_PER_FILE_MAX,
    EXCHANGE_REQUEST_BYTES_MAX,
    EXCHANGE_RESPONSE_BYTES_MAX,
)
from protocol.native import NativeHpke
from tests import strategies
from tests.builders import VERIFIER, signer, stated
from tests.facts import GROUP, MOMENT
from tests.protocol.test_exchange import REQUEST, RESPONSE
from tests.vectors.check import parsed
from tests.vectors.make import on_disk

HPKE = NativeHpke()
PRIVATE, REPLY_PRIVATE = HPKE.new_private(), HPKE.new_private()
REPLY_TO = HPKE.public_of(REPLY_PRIVATE)
LEADER, BRANCH_KEY = signer("leader"), signer("branch key 1")
WRITER = writer_id(LEADER.spki)


def statement(private=PRIVATE, **given):
    usual = {"purpose": "bundle", "algorithm": "x25519", "spki": HPKE.public_of(private)} | given
    return read_statement(stated(signer("root"), **usual), signer("root").spki, VERIFIER)


def up(request=REQUEST, key=LEADER, to=None):
    letter = bundles.letter_up(request, WRITER, MOMENT, REPLY_TO)
    return bundles.write_up(letter, key, to or statement(), HPKE)


def down(response=RESPONSE, key=BRANCH_KEY, known=REQUEST.known):
    letter = bundles.letter_down(response, GROUP, WRITER, known)
    return bundles.write_down(letter, key, "KM", REPLY_TO, HPKE)


def opened_up(raw, private=PRIVATE):
    return bundles.open_up(bundles.read(raw), private, HPKE)


def opened_down(raw, private=REPLY_PRIVATE):
    return bundles.open_down(bundles.read(raw), private, HPKE)


def enclosed(plain, way="up"):
    """A bundle around other plaintext than ``protocol.bundle`` writes."""
    private = PRIVATE if way == "up" else REPLY_PRIVATE
    bound_to = b"tovay/bundle/1\0" + encode((way, "KM", 1))
    return encode((1, way, "KM", 1, HPKE.encrypt_to(HPKE.public_of(private), plain, bound_to)))


def test_a_bundle_is_the_array_of_its_fields_and_tells_nothing_else():
    raw = up()
    outer = bundles.read(raw)
    assert raw == encode((1, "up", "KM", 1, outer.sealed))
    plain = len(encode(opened_up(raw).signed))
    assert len(outer.sealed) == plain + 48
    for inside in (WRITER, GROUP.encode(), REPLY_TO[-32:], b"seal"):
        assert inside not in raw


def test_what_a_phone_puts_in_comes_out_at_the_branch():
    opened = opened_up(up())
    bundles.check_up(opened, LEADER.spki, VERIFIER)
    assert opened.request == REQUEST
    assert opened.letter == LetterUp(1, WRITER, MOMENT, REPLY_TO, write_request(REQUEST))


def test_what_the_branch_puts_in_comes_out_at_the_phone():
    opened = opened_down(down())
    bundles.check_down(opened, BRANCH_KEY.spki, VERIFIER)
    assert opened.response == RESPONSE
    assert opened.letter == LetterDown(
        1, GROUP, WRITER, BranchTip(0, 57, bytes(32)), write_response(RESPONSE)
    )


@given(strategies.of(Response))
def test_any_response_is_read_as_it_was_written(response):
    assert opened_down(down(response, known=None)).response == response


def test_only_the_named_key_opens_a_bundle_and_only_unchanged():
    raw = up()
    outer = bundles.read(raw)
    with pytest.raises(BadSignatureError):
        opened_up(raw, HPKE.new_private())
    for changed in (
        ("up", "KM", 2, outer.sealed),
        ("up", "HN", 1, outer.sealed),
        ("up", "KM", 1, outer.sealed[:-1]),
        ("up", "KM", 1, outer.sealed[:-1] + bytes([outer.sealed[-1] ^ 1])),
    ):
        with pytest.raises(BadSignatureError):
            opened_up(encode((1, *changed)))


def test_a_bundle_goes_one_way():
    with pytest.raises(MalformedError):
        bundles.open_down(bundles.read(up()), PRIVATE, HPKE)
    with pytest.raises(MalformedError):
        bundles.open_up(bundles.read(down()), REPLY_PRIVATE, HPKE)


def test_S37_a_signature_counts_for_one_way_one_branch_and_one_letter():
    opened = opened_up(up())
    for key in (signer("deputy"), BRANCH_KEY):
        with pytest.raises(BadSignatureError):
            bundles.check_up(opened, key.spki, VERIFIER)
    letter = opened.signed.letter
    for message in (
        letter,
        b"tovay/bundle/up/1\0" + encode("HN") + letter,
        b"tovay/bundle/down/1\0" + encode("KM") + letter,
        b"tovay/seal/1\0" + letter,
    ):
        other = opened_up(enclosed(encode(SignedLetter(letter, LEADER.sign(message)))))
        with pytest.raises(BadSignatureError):
            bundles.check_up(other, LEADER.spki, VERIFIER)
    reply = opened_down(down())
    with pytest.raises(BadSignatureError):
        bundles.check_down(reply, LEADER.spki, VERIFIER)


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"\x92",
        encode((b"", bytes(64))),
        encode((encode((1, bytes(10), MOMENT, REPLY_TO, b"no request")), bytes(64))),
        encode((encode((2, bytes(10), MOMENT, REPLY_TO, write_request(REQUEST))), bytes(64))),
        encode((encode((1, bytes(10), MOMENT, REPLY_TO, write_request(REQUEST))), bytes(63))),
        encode((encode((1, bytes(10), MOMENT, REPLY_TO, write_request(REQUEST))), bytes(64), 1)),
    ],
    ids=["empty", "cut", "no letter", "no request", "version", "signature", "longer"],
)
def test_what_was_encrypted_and_is_no_letter_is_refused(plain):
    with pytest.raises(MalformedError):
        opened_up(enclosed(plain))


def test_what_was_encrypted_for_a_phone_and_is_no_answer_is_refused():
    letter = encode((1, GROUP, WRITER, None, b"no response"))
    for plain in (b"\x92", encode((b"", bytes(64))), encode((letter, bytes(64)))):
        with pytest.raises(MalformedError):
            opened_down(enclosed(plain, "down"))


@pytest.mark.parametrize(
    "fields",
    [
        (2, "up", "KM", 1, bytes(60)),
        (1, "across", "KM", 1, bytes(60)),
        (1, "up", "", 1, bytes(60)),
        (1, "up", "KM", 0, bytes(60)),
        (1, "up", "KM", 1),
        (1, "up", "KM", 1, bytes(60), 1),
    ],
)
def test_another_shape_is_no_bundle(fields):
    with pytest.raises(MalformedError):
        bundles.read(encode(fields))


def test_a_cut_or_continued_bundle_is_none():
    raw = up()
    for wrong in (raw[:-1], raw + b"\0", raw[1:], b"", b"%PDF-1.7"):
        with pytest.raises(MalformedError):
            bundles.read(wrong)


def test_L8_a_bundle_holds_the_largest_exchange_and_nothing_larger():
    def response(size):
        return Response(1, MOMENT, (), (), (bytes(size),), REQUEST.texts, (), 0, 1)

    assert len(down(response(EXCHANGE_RESPONSE_BYTES_MAX - 100))) <= BUNDLE_BYTES_MAX
    with pytest.raises(LimitError):
        bundles.read(bytes(BUNDLE_BYTES_MAX + 1))
    with pytest.raises(LimitError):
        down(response(EXCHANGE_RESPONSE_BYTES_MAX))
    with pytest.raises(LimitError):
        up(Request(1, GROUP, None, (), (bytes(EXCHANGE_REQUEST_BYTES_MAX),), ()))


def test_bundles_stand_one_after_another_in_a_file():
    first, second = up(), down()
    assert bundles.split_file(first) == (first,)
    assert bundles.split_file(first + second + first) == (first, second, first)
    for wrong in (b"", first + second[:-1], first * (BUNDLES_PER_FILE_MAX + 1)):
        with pytest.raises(MalformedError):
            bundles.split_file(wrong)
    with pytest.raises(LimitError):
        bundles.split_file(bytes(BUNDLE_FILE_BYTES_MAX + 1))


def test_L17_a_bundle_is_for_a_key_that_the_root_states_for_bundles():
    for other in ({"purpose": "log"}, {"algorithm": "p256"}):
        with pytest.raises(UntrustedKeyError):
            up(to=statement(**other))
    assert isinstance(statement(), KeyStatement)
    second = HPKE.new_private()
    raw = up(to=statement(second, number=2))
    assert bundles.read(raw).number == 2
    assert opened_up(raw, second).request == REQUEST


@pytest.mark.parametrize("name", [name for name in on_disk() if name.startswith("good/bundle/")])
def test_the_vectors_are_really_encrypted(name):
    headers, (plain, raw) = parsed(on_disk()[name])
    outer = bundles.read(raw)
    bound_to = b"tovay/bundle/1\0" + encode((outer.way, outer.branch, outer.number))
    assert HPKE.decrypt_with(bytes.fromhex(headers["private"]), outer.sealed, bound_to) == plain
