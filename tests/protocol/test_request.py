"""Signed requests: the one profile of RFC 9421, against another implementation and the RFC's own vectors."""

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519
from hypothesis import given
from hypothesis import strategies as some

from protocol.errors import (
    BadSignatureError,
    MalformedError,
    ProtocolError,
    SkewedClockError,
    UntrustedKeyError,
)
from protocol.keys import writer_id
from protocol.native import NativeSigner, NativeVerifier
from protocol.request import Call, Door, Signed, check_request, sign_request

# RFC 9421 B.1.4: the Ed25519 test key.
RFC_KEY = b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF")
PHONE = NativeSigner(load_der_private_key(RFC_KEY, None))
OTHER_PHONE = NativeSigner(Ed25519PrivateKey.from_private_bytes(b"\7" * 32))
KNOWN = {writer_id(signer.spki): signer.spki for signer in (PHONE, OTHER_PHONE)}

NOW = 1_764_727_200
NONCE = bytes(range(16))
CALL = Call("POST", "https://hub.kinhmon.example/v1/exchange", "application/vnd.tovay.exchange", b"\x95\x01")


def a_door(*challenges):
    return Door(NativeVerifier(), KNOWN.get, lambda writer, nonce: (writer, nonce) in challenges)


def lines(headers):
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def changed(call, **fields):
    return Call(**{name: fields.get(name, getattr(call, name)) for name in call.__struct_fields__})


def refusal(call, headers, door=None, now=NOW):
    with pytest.raises(ProtocolError) as caught:
        check_request(call, headers if isinstance(headers, list) else lines(headers), door or a_door(), now)
    return caught.type


def test_a_signed_request_names_its_writer_its_time_and_its_nonce():
    headers = sign_request(CALL, PHONE, NOW - 3, NONCE)
    assert check_request(CALL, lines(headers), a_door(), NOW) == Signed(writer_id(PHONE.spki), NOW - 3, NONCE)
    headers = sign_request(CALL, PHONE, NOW - 3)
    assert check_request(CALL, lines(headers), a_door(), NOW) == Signed(writer_id(PHONE.spki), NOW - 3, None)


def test_the_headers_of_a_request_are_these():
    assert sign_request(CALL, PHONE, NOW, NONCE) == {
        "content-type": "application/vnd.tovay.exchange",
        "content-digest": "sha-256=:0SvRl6L6ailA9o/v4WZPAaVmfP/2d2StTKByqx3qnqg=:",
        "signature-input": (
            'tovay=("@method" "@target-uri" "content-type" "content-digest");created=1764727200'
            ';keyid="34571606cb7a0d71be37";nonce="000102030405060708090a0b0c0d0e0f"'
            ';tag="tovay-device"'
        ),
        "signature": (
            "tovay=:Eha0aAEs+XcFhpmcE53ByywJ+dlSossEJ6g8KzDkg9RP+fHOTkghtxewTn6NuNBiRfR61j+Tk0vMlVvyWoI8Ag==:"
        ),
    }


def test_the_digest_is_the_one_of_rfc_9530():
    call = changed(CALL, body=b'{"hello": "world"}')
    digest = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
    assert sign_request(call, PHONE, NOW)["content-digest"] == digest


def test_the_ports_agree_with_the_vector_of_rfc_9421_b_2_6():
    parameters = (
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    base = (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@method": POST\n"@path": /foo\n"@authority": example.com\n'
        f'"content-type": application/json\n"content-length": 18\n"@signature-params": {parameters}'
    ).encode()
    signature = b64decode(
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )
    assert PHONE.sign(base) == signature
    NativeVerifier().verify(PHONE.spki, signature, base)


def message_of(call, headers):
    """A request as the other implementation wants it."""
    return SimpleNamespace(method=call.method, url=call.target_uri, headers=headers)


class Keys(HTTPSignatureKeyResolver):
    """Key ids are writer ids."""

    def resolve_public_key(self, key_id):
        return load_der_public_key(KNOWN[bytes.fromhex(key_id)])

    def resolve_private_key(self, key_id):
        assert key_id == writer_id(PHONE.spki).hex()
        return load_der_private_key(RFC_KEY, None)


@given(body=some.binary(max_size=200), nonce=some.none() | some.binary(min_size=16, max_size=32))
def test_another_implementation_verifies_what_we_sign(body, nonce):
    call = changed(CALL, body=body)
    now = int((datetime.now(UTC) - timedelta(seconds=1)).timestamp())  # noqa: TID251 (its clock is not ours to set)
    message = message_of(call, sign_request(call, PHONE, now, nonce))
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=Keys())
    components = ("@method", "@target-uri", "content-type", "content-digest")
    (found,) = verifier.verify(
        message, expect_tag="tovay-device", expect_label="tovay", require_components=components, body=body
    )
    assert found.body == body
    assert found.parameters["keyid"] == writer_id(PHONE.spki).hex()


@given(body=some.binary(min_size=1, max_size=200), nonce=some.none() | some.binary(min_size=16, max_size=32))
def test_we_verify_what_another_implementation_signs(body, nonce):
    call = changed(CALL, body=body)
    message = message_of(call, {"content-type": call.content_type})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=Keys()).sign(
        message,
        key_id=writer_id(PHONE.spki).hex(),
        created=datetime.fromtimestamp(NOW, UTC),
        nonce=None if nonce is None else nonce.hex(),
        label="tovay",
        include_alg=False,
        tag="tovay-device",
        covered_component_ids=("@method", "@target-uri", "content-type", "content-digest"),
        body=body,
    )
    headers = [(name.lower().encode(), value.encode()) for name, value in message.headers.items()]
    assert check_request(call, headers, a_door(), NOW).writer == writer_id(PHONE.spki)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"body": b"\x95\x02"}, id="S21 the body"),
        pytest.param({"target_uri": CALL.target_uri + "?all=1"}, id="S22 a query"),
        pytest.param({"method": "PUT"}, id="S23 the method"),
        pytest.param({"target_uri": "https://hub.other.example/v1/exchange"}, id="S24 the host"),
        pytest.param({"target_uri": "https://hub.kinhmon.example/v1/enrol/certificate"}, id="S24 the path"),
        pytest.param({"content_type": "application/vnd.tovay.enrolment"}, id="S25 the content type"),
    ],
)
def test_S21_to_S25_a_request_that_was_changed_on_the_way_is_refused(other):
    headers = sign_request(CALL, PHONE, NOW, NONCE)
    assert refusal(changed(CALL, **other), headers) is BadSignatureError


def test_S25_a_content_type_swapped_in_the_header_is_refused():
    headers = sign_request(CALL, PHONE, NOW) | {"content-type": "text/plain"}
    assert refusal(CALL, headers) is BadSignatureError


@pytest.mark.parametrize(
    "component", ['"@method" ', ' "@target-uri"', ' "content-type"', ' "content-digest"']
)
def test_S26_a_signature_that_covers_less_is_refused(component):
    headers = sign_request(CALL, PHONE, NOW)
    headers["signature-input"] = headers["signature-input"].replace(component, "")
    assert refusal(CALL, headers) is MalformedError


def test_S27_a_signature_made_for_another_purpose_is_refused():
    headers = sign_request(CALL, PHONE, NOW)
    headers["signature-input"] = headers["signature-input"].replace("tovay-device", "web-bot-auth")
    assert refusal(CALL, headers) is MalformedError


@pytest.mark.parametrize("nonce", [b"", b"1234567", bytes(15), bytes(33)])
def test_S28_a_nonce_of_another_length_is_refused_on_both_sides(nonce):
    with pytest.raises(MalformedError):
        sign_request(CALL, PHONE, NOW, nonce)
    headers = sign_request(CALL, PHONE, NOW, NONCE)
    headers["signature-input"] = headers["signature-input"].replace(NONCE.hex(), nonce.hex())
    assert refusal(CALL, headers) is MalformedError


@pytest.mark.parametrize("late", [-301, 301, -86_400, 31_536_000])
def test_S30_a_clock_outside_the_window_is_told_apart_from_a_bad_signature(late):
    headers = sign_request(CALL, PHONE, NOW + late)
    with pytest.raises(SkewedClockError) as caught:
        check_request(CALL, lines(headers), a_door(), NOW)
    assert caught.value.writer == writer_id(PHONE.spki)


@pytest.mark.parametrize("late", [-300, 300])
def test_S30_a_clock_at_the_edge_of_the_window_is_let_in(late):
    headers = sign_request(CALL, PHONE, NOW + late)
    assert check_request(CALL, lines(headers), a_door(), NOW).created_s == NOW + late


def test_S30_a_wrong_clock_is_let_in_with_the_answer_to_the_receivers_challenge():
    door = a_door((writer_id(PHONE.spki), NONCE))
    late = NOW - 31_536_000
    headers = sign_request(CALL, PHONE, late, NONCE)
    assert check_request(CALL, lines(headers), door, NOW) == Signed(writer_id(PHONE.spki), late, NONCE)
    assert refusal(CALL, sign_request(CALL, PHONE, late, bytes(16)), door) is SkewedClockError


def test_S30_a_bad_signature_learns_nothing_about_the_clock():
    headers = sign_request(CALL, PHONE, NOW - 31_536_000)
    assert refusal(changed(CALL, method="PUT"), headers) is BadSignatureError


def test_S31_a_key_id_of_another_device_is_refused():
    headers = sign_request(CALL, PHONE, NOW)
    other = writer_id(OTHER_PHONE.spki).hex()
    headers["signature-input"] = headers["signature-input"].replace(writer_id(PHONE.spki).hex(), other)
    assert refusal(CALL, headers) is BadSignatureError


def test_S31_a_key_that_nobody_knows_is_refused():
    stranger = NativeSigner(Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))
    assert refusal(CALL, sign_request(CALL, stranger, NOW)) is UntrustedKeyError


@pytest.mark.parametrize("name", ["signature-input", "signature"])
def test_S32_two_labels_in_one_header_are_refused(name):
    headers = sign_request(CALL, PHONE, NOW)
    headers[name] += ", " + headers[name].replace("tovay=", "other=", 1)
    assert refusal(CALL, headers) is MalformedError


@pytest.mark.parametrize("name", ["signature-input", "signature", "content-type", "content-digest"])
def test_S32_a_header_that_stands_twice_or_not_at_all_is_refused(name):
    headers = lines(sign_request(CALL, PHONE, NOW))
    twice = headers + [line for line in headers if line[0] == name.encode()]
    absent = [line for line in headers if line[0] != name.encode()]
    assert refusal(CALL, twice) is MalformedError
    assert refusal(CALL, absent) is MalformedError


@pytest.mark.parametrize("name", ["signature-input", "signature", "content-digest"])
@pytest.mark.parametrize(
    "junk",
    [b"", b"\0", b"\xff\xfe", b"tovay", b"tovay=", b"tovay=()", b"(" * 200_000, b"tovay=" + b"A" * 200_000],
)
def test_S33_junk_and_200_kilobytes_of_it_are_refused(name, junk):
    headers = [line for line in lines(sign_request(CALL, PHONE, NOW)) if line[0] != name.encode()]
    assert refusal(CALL, [*headers, (name.encode(), junk)]) in (MalformedError, BadSignatureError)


@given(some.sampled_from(["signature-input", "signature", "content-type", "content-digest"]), some.data())
def test_S33_every_second_spelling_of_a_header_is_refused(name, draws):
    headers = lines(sign_request(CALL, PHONE, NOW, NONCE))
    at = next(place for place, line in enumerate(headers) if line[0] == name.encode())
    value = bytearray(headers[at][1])
    place = draws.draw(some.integers(0, len(value) - 1))
    value[place] ^= draws.draw(some.integers(1, 255))
    headers[at] = (headers[at][0], bytes(value))
    assert issubclass(refusal(CALL, headers), ProtocolError)


def test_S33_the_unused_bits_of_the_last_base64_letter_are_zero():
    headers = sign_request(CALL, PHONE, NOW)
    last = headers["signature"][-4]
    following = chr(ord(last) + 1)
    headers["signature"] = headers["signature"][:-4] + following + headers["signature"][-3:]
    assert refusal(CALL, headers) is MalformedError


def test_S34_an_hmac_with_the_public_key_as_its_secret_is_refused():
    headers = sign_request(CALL, PHONE, NOW)
    forged = hmac.digest(PHONE.spki, b"base", "sha512")
    assert len(forged) == 64
    headers["signature"] = f"tovay=:{b64encode(forged).decode()}:"
    assert refusal(CALL, headers) is BadSignatureError
    headers["signature-input"] = headers["signature-input"].replace(";tag", ';alg="hmac-sha256";tag')
    assert refusal(CALL, headers) is MalformedError


@pytest.mark.parametrize("purpose", [b"tovay/seal/1\0", b"tovay/enrol/1\0", b"tovay/receipt/1\0", b""])
def test_S37_a_signature_over_something_else_is_no_request(purpose):
    headers = sign_request(CALL, PHONE, NOW)
    pasted = PHONE.sign(purpose + CALL.body)
    headers["signature"] = f"tovay=:{b64encode(pasted).decode()}:"
    assert refusal(CALL, headers) is BadSignatureError


@pytest.mark.parametrize("query", ['?a\n"@method": GET', "?\xe9", "?\x7f"])
def test_a_query_that_is_not_printable_ascii_is_refused(query):
    headers = sign_request(CALL, PHONE, NOW)
    assert refusal(changed(CALL, target_uri=CALL.target_uri + query), headers) is MalformedError
