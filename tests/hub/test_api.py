"""The phones' door from outside: wire fuzz (W), signed requests (S), batches (B) and what is answered."""

import base64
import hmac
import json
import shutil
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from hub.documents import seals_of_log
from protocol import exchange as wire
from protocol import seal as seals
from protocol.exchange import CONTENT_TYPE, PATH
from protocol.ids import LogId
from protocol.keys import writer_id
from protocol.limits import EXCHANGE_REQUEST_BYTES_MAX
from protocol.request import CHALLENGE_HEADER, TIME_HEADER
from protocol.trust_facts import WriterRevoked
from provisioning.authority import root_spki
from tests.hub.builders import GROUP, NOW, Phone, visit
from tests.hub.web import ORIGIN, Web, answer, asked, signed

NUMBERS = count(1)
PLAIN = {"content-type": CONTENT_TYPE}


@pytest.fixture(scope="module")
def web(founded, tmp_path_factory):
    """One hub for all these tests; each has a group of its own."""
    directory = tmp_path_factory.mktemp("api") / "branch"
    shutil.copytree(founded, directory)
    web = Web(directory)
    yield web
    web.close()


@pytest.fixture
def phone(web):
    phone = web.admit(f"T-{next(NUMBERS)}")
    phone.write(visit(1))
    return phone


def code(response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["message"].endswith(".")
    assert told["status"] == response.status_code
    return response.status_code, told["code"]


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
    "W10_an_unknown_field": b"\x96" + EMPTY[1:] + b"\x01",
    "W11_a_float": b"\x95\xcb" + bytes(8) + EMPTY[2:],
    "W11_a_boolean": b"\x95\xc3" + EMPTY[2:],
    "W11_a_text_for_a_number": b"\x95\xa11" + EMPTY[2:],
    "W11_a_number_that_is_spelt_too_long": b"\x95\xcc\x01" + EMPTY[2:],
    "W12_a_negative_number": b"\x95\xff" + EMPTY[2:],
    "W12_2_to_the_63": b"\x95\xcf\x80" + bytes(7) + EMPTY[2:],
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


@pytest.mark.parametrize("name", WIRE_FUZZ)
def test_a_body_that_is_not_in_the_one_spelling_is_refused(web, phone, name):
    before = web.hub.store.ids("")
    assert code(web.post(WIRE_FUZZ[name], signed(phone, WIRE_FUZZ[name]))) == (400, "malformed")
    assert web.hub.store.ids("") == before


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


def test_N74_when_the_answer_was_lost_the_repeat_gets_the_same_answer(web, phone):
    first = web.exchange(phone, phone.seal())
    stored = web.hub.store.ids("")
    again = web.exchange(phone, phone.seal())
    assert again.content == first.content
    assert web.hub.store.ids("") == stored


TAMPERED = {
    "S21_the_body_changed": {"body": b"another body"},
    "S22_a_query_added": {"target_uri": ORIGIN + PATH + "?admin=1"},
    "S23_the_method_changed": {"method": "PUT"},
    "S24_made_for_another_hub": {"target_uri": "https://other.example.vn" + PATH},
    "S24_made_for_another_path": {"target_uri": ORIGIN + "/v1/enrol/certificate"},
    "S25_made_for_another_content_type": {"content_type": "text/plain"},
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_signature_over_something_else_opens_nothing_and_the_seals_are_kept(web, phone, name):
    body = asked(phone.log.group, phone.seal())
    headers = signed(phone, body, **TAMPERED[name]) | PLAIN
    assert code(web.post(body, headers)) == (401, "request_refused")
    assert [seal.received is not None for seal in web.state(phone.log.group).phone_seals] == [True]


SPOILT = {
    "S26_a_component_stripped": ("signature-input", ' "content-digest")', ")"),
    "S27_a_foreign_tag": ("signature-input", "tovay-device", "tovay-seal"),
    "S28_a_short_nonce": ("signature-input", ";tag", ';nonce="00";tag'),
    "S33_a_junk_signature_input": ("signature-input", "tovay=(", "tovay=(" + "(" * 400),
    "S34_another_algorithm": ("signature-input", "ed25519", "hmac-sha256"),
    "S21_another_digest": ("content-digest", "sha-256", "sha-512"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_signature_header_is_refused(web, phone, name):
    header, old, new = SPOILT[name]
    headers = signed(phone, empty(phone))
    assert old in headers[header]
    headers[header] = headers[header].replace(old, new)
    assert code(web.post(empty(phone), headers)) == (401, "request_refused")


def test_S32_two_signatures_are_refused(web, phone):
    headers = [*signed(phone, empty(phone)).items(), ("signature", "other=:AAAA:")]
    assert code(web.post(empty(phone), headers)) == (401, "request_refused")


def test_a_request_without_a_signature_is_refused(web, phone):
    assert code(web.post(empty(phone), PLAIN)) == (401, "request_refused")


def test_S31_a_key_id_of_another_phone_is_refused(web, phone):
    deputy = web.admit(phone.log.group, 2)
    headers = signed(phone, empty(phone))
    headers["signature-input"] = headers["signature-input"].replace(phone.writer.hex(), deputy.writer.hex())
    assert code(web.post(empty(phone), headers)) == (401, "request_refused")


def test_S34_an_hmac_with_the_public_key_as_its_secret_is_refused(web, phone):
    headers = signed(phone, empty(phone))
    forged = hmac.digest(phone.signer.spki, b"anything", "sha512")
    headers["signature"] = f"tovay=:{wire_base64(forged)}:"
    assert code(web.post(empty(phone), headers)) == (401, "request_refused")


def test_S36_a_key_that_was_never_admitted_is_refused(web, phone):
    assert code(web.post(empty(phone), signed(Phone(phone.log.group, 2, 0), empty(phone)))) == (
        401,
        "request_refused",
    )


def test_S37_a_seals_signature_is_none_for_a_request(web, phone):
    headers = signed(phone, empty(phone))
    headers["signature"] = f"tovay=:{wire_base64(seals.read(phone.seal()).envelope.signature)}:"
    assert code(web.post(empty(phone), headers)) == (401, "request_refused")


@pytest.mark.parametrize("wrong_by", [timedelta(days=31), timedelta(days=-400)])
def test_S30_a_phone_with_a_wrong_clock_is_let_in_with_the_hubs_challenge(web, phone, wrong_by):
    body = asked(phone.log.group, phone.seal())
    refused = web.post(body, signed(phone, body, at=NOW + wrong_by))
    assert code(refused) == (401, "skewed_clock")
    assert int(refused.headers[TIME_HEADER]) == int(NOW.timestamp()) * 1_000
    nonce = bytes.fromhex(refused.headers[CHALLENGE_HEADER])
    found = answer(web.post(body, signed(phone, body, at=NOW + wrong_by, nonce=nonce)))
    assert len(found.branch_seals) == 3
    assert len(web.state(phone.log.group).phone_seals) == 1


def test_S35_a_revoked_phone_is_answered_with_its_acknowledgement_alone(web, phone):
    revoke(web, phone)
    found = answer(web.exchange(phone, phone.seal()))
    assert len(found.branch_seals) == 1
    assert seals.read(found.branch_seals[0]).header.count == 1
    assert (found.phone_seals, found.texts) == ((), ())


def test_R91_a_revoked_phone_that_asks_for_the_book_is_refused(web, phone):
    revoke(web, phone)
    assert code(web.exchange(phone)) == (403, "access")


def test_L11_a_phone_of_another_group_gets_no_facts_of_this_one(web, phone):
    stranger = web.admit(phone.log.group + "x")
    body = asked(phone.log.group, stranger.seal_of([b"\x91\x7b"], 1, bytes(32)))
    assert code(web.post(body, signed(stranger, body))) == (401, "request_refused")
    assert len(web.state(stranger.log.group).phone_seals) == 1


def test_a_group_that_nobody_opened_is_told_from_no_other(web, phone):
    body = asked("KM-404")
    assert code(web.post(body, signed(phone, body))) == (401, "request_refused")


def test_L9_a_truncated_or_flipped_seal_is_refused_by_its_index_and_the_rest_taken_in(web, phone):
    phone.write(visit(2))
    raw = phone.seal(2, 2)
    flipped = bytearray(raw)
    flipped[40] ^= 4
    found = answer(web.exchange(phone, raw[:-7], phone.seal(1, 1), bytes(flipped), raw))
    assert [one.index for one in found.refused] == [0, 2]
    assert [seal.header.first_seq for seal in web.state(phone.log.group).phone_seals] == [1, 2]


def test_L15_a_stopped_group_keeps_what_it_is_sent_and_health_says_so(web, phone):
    body = asked(phone.log.group, phone.seal(), known=wire.BranchTip(0, 99, bytes(32)))
    answer(web.post(body, signed(phone, body)))
    told = web.call("GET", "/health")
    assert told.status_code == 503
    assert (told.json()["status"], told.json()["stopped"]) == ("stopped", [phone.log.group])
    assert len(web.state(phone.log.group).phone_seals) == 1


def test_a_damaged_group_answers_503_and_when_to_come_again(web, phone):
    web.exchange(phone, phone.seal())
    damage(web.hub.directory, phone.log.group)
    refused = web.exchange(phone)
    assert code(refused) == (503, "damaged")
    assert refused.headers["retry-after"] == "30"


def empty(phone: Phone) -> bytes:
    return asked(phone.log.group)


def wire_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def revoke(web: Web, phone: Phone) -> None:
    log = web.state(phone.log.group).phones[phone.ordinal, 0]
    line = WriterRevoked(phone.ordinal, 0, 0, log.hash_at(0), "lost", "it.hoa", None)
    web.hub.groups.append(phone.log.group, lambda _: [[line]])


def damage(directory: Path, group: str) -> None:
    """Put one more branch seal into the group's log that is none."""
    log = seals_of_log(web_log(group, directory))
    with sqlite3.connect(directory / "hub.sqlite") as connection:
        row = json.dumps({"_id": f"{log}999999999999", "seal": "AAAA"})
        connection.execute("INSERT INTO fact VALUES (?, ?)", (f"{log}999999999999", row))


def web_log(group: str, directory: Path) -> LogId:
    return LogId(group, writer_id(root_spki(directory)), 0)
