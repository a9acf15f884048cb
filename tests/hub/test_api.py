"""The phones' door from outside: who signed a request (S), and what is answered."""

import base64
import hmac
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from hub.documents import seals_of_log
from protocol import exchange as wire
from protocol import seal as seals
from protocol.exchange import CONTENT_TYPE, PATH
from protocol.ids import LogId
from protocol.keys import writer_id
from protocol.request import CHALLENGE_HEADER, TIME_HEADER
from protocol.trust_facts import WriterRevoked
from provisioning.authority import root_spki
from tests.hub.builders import NOW, Phone, visit
from tests.hub.web import ORIGIN, Web, answer, asked, code, empty, signed

PLAIN = {"content-type": CONTENT_TYPE}


@pytest.fixture
def phone(web):
    return web.phone()


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
    "S34_another_algorithm": ("signature-input", ";tag", ';alg="hmac-sha256";tag'),
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
    assert (told.json()["status"], told.json()["stopped"]) == ("stopped", {phone.log.group: "contradicted"})
    assert len(web.state(phone.log.group).phone_seals) == 1


def test_a_damaged_group_answers_503_and_when_to_come_again(web, phone):
    web.exchange(phone, phone.seal())
    damage(web.hub.directory, phone.log.group)
    refused = web.exchange(phone)
    assert code(refused) == (503, "damaged")
    assert refused.headers["retry-after"] == "30"


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
