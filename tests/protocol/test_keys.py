"""Key statements of the offline root (L17), and the digits that two people compare."""

from hashlib import sha256

import pytest

from protocol.codec import encode
from protocol.errors import BadSignatureError, MalformedError, UntrustedKeyError
from protocol.keys import (
    comparison_digits,
    fingerprint,
    newest,
    read_statement,
    statement_digest,
    writer_id,
)
from tests.builders import VERIFIER, signer, stated

ROOT = signer("root")


def read(raw):
    return read_statement(raw, ROOT.spki, VERIFIER)


def test_a_writer_is_named_by_the_first_10_bytes_of_its_keys_hash():
    assert writer_id(ROOT.spki) == sha256(ROOT.spki).digest()[:10]
    assert fingerprint(ROOT.spki) == sha256(ROOT.spki).digest()


def test_a_statement_that_the_root_signed_is_read():
    statement = read(stated(signer("log"), number=3))
    assert (statement.branch, statement.purpose, statement.number) == ("KM", "log", 3)
    assert statement.spki == signer("log").spki


def test_the_root_signs_the_statement_under_its_own_prefix():
    signed = stated(signer("log"))
    body = encode(read(signed))
    assert signed == encode((body, ROOT.sign(b"tovay/key/1\0" + body)))
    assert statement_digest(signed) == sha256(signed).digest()
    for prefix in (b"", b"tovay/seal/1\0", b"tovay/receipt/1\0"):
        with pytest.raises(BadSignatureError):
            read(encode((body, ROOT.sign(prefix + body))))


def test_every_flipped_or_cut_byte_of_a_statement_is_refused():
    signed = stated(signer("log"))
    for place in range(len(signed)):
        flipped = signed[:place] + bytes((signed[place] ^ 1,)) + signed[place + 1 :]
        with pytest.raises((BadSignatureError, MalformedError)):
            read(flipped)
        with pytest.raises(MalformedError):
            read(signed[:place])


def test_a_statement_of_another_root_is_refused():
    with pytest.raises(BadSignatureError):
        read(stated(signer("log"), root=signer("other root")))


def test_a_statement_of_a_later_version_is_refused_though_signed():
    with pytest.raises(MalformedError):
        read(stated(signer("log"), version=2))


def test_a_purpose_of_tomorrow_is_read_and_never_chosen():
    statements = [read(stated(signer("log"))), read(stated(signer("x"), purpose="checkpoint", number=9))]
    assert newest(statements, "KM", "log") == statements[0]


def test_R101_the_newest_statement_of_a_purpose_counts_and_a_lower_one_is_refused():
    first, second = (read(stated(signer(f"key {number}"), number=number)) for number in (1, 2))
    others = [read(stated(signer("x"), branch="HD", number=7)), read(stated(signer("y"), purpose="bundle"))]
    assert newest([second, first, *others], "KM", "log") == second
    assert newest([first], "KM", "log", least=1) == first
    with pytest.raises(UntrustedKeyError):
        newest([first, *others], "KM", "log", least=2)
    with pytest.raises(UntrustedKeyError):
        newest([], "KM", "log")


def test_a_statement_says_how_long_its_key_is_good_but_nobody_compares_it_with_a_clock():
    long_over = read(stated(signer("log"), valid_from=0, valid_until=1))
    assert newest([long_over], "KM", "log") == long_over


def test_the_six_digits_bind_the_phone_the_root_and_the_nonce():
    # (printf 'tovay/digits/1\0'; printf 93c401aac401bbc401cc | xxd -r -p) | sha256sum: b182008594903d86…
    assert 0xB182008594903D86 % 1_000_000 == 761_222
    assert comparison_digits(b"\xaa", b"\xbb", b"\xcc") == "761222"
    others = [(b"\xab", b"\xbb", b"\xcc"), (b"\xaa", b"\xbc", b"\xcc"), (b"\xaa", b"\xbb", b"\xcd")]
    assert "761222" not in {comparison_digits(*keys) for keys in others}
    assert all(len(comparison_digits(bytes((n,)), b"", b"")) == 6 for n in range(200))
