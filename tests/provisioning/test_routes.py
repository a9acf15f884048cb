"""The two doors over HTTP: enrolment from the voucher to the certificate, and everything that is refused."""

from datetime import timedelta

import pytest
from cryptography import x509
from msgspec.structs import replace

from protocol.certificate import verify
from protocol.codec import encode
from protocol.day import to_instant
from protocol.enrolment import CERTIFICATE_PATH, CONTENT_TYPE, PATH
from protocol.keys import writer_id
from protocol.request import CHALLENGE_HEADER, TIME_HEADER, Call, sign_request
from protocol.voucher import read_voucher, write_voucher
from tests.provisioning.branch import NOW, ORIGIN, Phone, admitted_phone, rows


def post(client, content, **headers):
    return client.post(PATH, content=content, headers={"content-type": CONTENT_TYPE, **headers})


def refusal(response):
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() == {"code", "message"}
    return response.status_code, problem["code"]


def test_a_phone_goes_from_its_voucher_to_its_certificate(branch, client):
    phone = Phone()
    shown = phone.enrol(client, branch.voucher(role="deputy"))
    assert phone.certify(client, branch.now).status_code == 202
    branch.decide(phone.enrolled.device, "accepted", shown)
    reply = phone.certificate(client, branch.now)
    assert (reply.group, reply.ordinal) == ("KM-01", 1)
    assert verify(reply.certificate, reply.authority, branch.now) == writer_id(phone.signer.spki)
    assert branch.branch_log == [("admitted", phone.enrolled.device)]
    (device,) = branch.register.devices()
    assert (device.state, device.role, device.ordinal) == ("admitted", "deputy", 1)


def test_an_accepted_phone_waits_until_the_branch_log_has_it(branch, client):
    phone = Phone()
    shown = phone.enrol(client, branch.voucher())
    branch.decide(phone.enrolled.device, "accepted", shown)
    branch.hub_is_up = False
    response = phone.certify(client, branch.now)
    assert (response.status_code, response.content, response.headers["retry-after"]) == (202, b"", "5")


def test_a_browser_sends_no_request_and_gets_no_certificate(branch, client):
    phone = admitted_phone(branch, client, native=False)
    reply = phone.certificate(client, branch.now)
    assert (reply.certificate, reply.authority, reply.ordinal) == (None, None, 1)


def test_a_lost_reply_is_asked_for_again_and_nothing_changes(branch, client):
    phone, text = Phone(), branch.voucher()
    first = post(client, phone.claim(text))
    again = post(client, phone.claim(text))
    assert first.content == again.content
    assert len(branch.register.devices()) == 1


def test_R95_a_voucher_is_used_once(branch, client):
    text = branch.voucher()
    Phone(1).enrol(client, text)
    assert refusal(post(client, Phone(2).claim(text))) == (403, "voucher_refused")
    assert ("testclient", "door", "enrol", "voucher_refused") in branch.audit()


def test_R96_unknown_used_expired_and_superseded_vouchers_get_one_answer(branch, client):
    used, expired = branch.voucher(role="leader"), branch.voucher(role="deputy", days=1)
    Phone(1).enrol(client, used)
    branch.later(days=1)
    superseded = branch.voucher(group="KM-02")
    newest = branch.voucher(group="KM-02")
    unknown = write_voucher(replace(read_voucher(newest), secret=5))
    answers = {post(client, Phone(2).claim(text)).content for text in (used, expired, superseded, unknown)}
    assert len(answers) == 1
    assert b"voucher_refused" in answers.pop()
    assert post(client, Phone(2).claim(newest)).status_code == 200


def test_R96_a_voucher_typed_with_o_i_and_l_is_accepted(branch, client):
    text = branch.voucher()
    typed = text.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert len(Phone().enrol(client, typed)) == 6


def test_a_voucher_is_good_until_its_last_moment_and_not_longer(branch, client):
    text = branch.voucher(days=2)
    branch.later(days=2)
    assert post(client, Phone().claim(text)).status_code == 403
    branch.later(milliseconds=-1)
    assert post(client, Phone().claim(text)).status_code == 200


def test_a_key_enrols_once(branch, client):
    Phone().enrol(client, branch.voucher())
    second = branch.voucher(group="KM-02")
    assert refusal(post(client, Phone().claim(second))) == (409, "known_key")
    assert post(client, Phone(2).claim(second)).status_code == 200


def test_R98_R99_a_bad_certificate_request_wins_no_voucher(branch, client):
    text = branch.voucher()
    good = Phone().csr
    for csr in (bytes(100), good[:-1] + bytes([good[-1] ^ 1]), Phone(2).csr):
        assert refusal(post(client, Phone().claim(text, csr))) == (400, "bad_message")
    assert branch.register.devices() == ()
    assert post(client, Phone().claim(text)).status_code == 200


@pytest.mark.parametrize("content", [b"", b"\0", b"{}", b"\xff" * 4_096, encode((1, "0" * 13))])
def test_a_body_that_is_no_message_is_refused(client, content):
    assert refusal(post(client, content)) == (400, "bad_message")


def test_a_body_over_its_bound_is_refused(client):
    assert refusal(post(client, bytes(4_097))) == (413, "bad_message")
    assert refusal(
        client.post(PATH, content=iter([bytes(3_000)] * 2), headers={"content-type": CONTENT_TYPE})
    ) == (
        413,
        "bad_message",
    )


@pytest.mark.parametrize("path", [PATH, CERTIFICATE_PATH])
@pytest.mark.parametrize(
    "headers",
    [{}, {"content-type": "text/plain"}, {"content-type": CONTENT_TYPE, "content-encoding": "gzip"}],
)
def test_W18_W19_another_content_type_or_encoding_is_refused(client, path, headers):
    assert refusal(client.post(path, content=b"\x91\x01", headers=headers)) == (415, "media_type")


def test_R94_a_guesser_is_shut_out_and_raises_one_alarm(branch):
    with branch.tune(guesses_per_source=5, guesses_in_all=50).client() as client:
        text = branch.voucher()
        for seed in range(2, 7):
            assert post(client, Phone(seed).claim(text)[:-1]).status_code == 400
        for _ in range(3):
            response = post(client, Phone().claim(text))
            assert refusal(response) == (429, "too_many_guesses")
            assert response.headers["retry-after"] == "600"
        assert len(branch.audit()) == 1 + 5 + 1
        assert branch.audit()[-1] == ("testclient", "alarm", "enrolment", "too_many_guesses")
        branch.later(minutes=10)
        assert post(client, Phone().claim(text)).status_code == 200


def test_R94_a_right_voucher_is_granted_while_others_guess(branch):
    with branch.tune(guesses_in_all=3).client() as client:
        codes = [refusal(post(client, b"guess"))[0] for _ in range(5)]
        assert codes == [400, 400, 400, 429, 429]
        assert post(client, Phone().claim(branch.voucher())).status_code == 200


def test_S22_to_S25_a_request_that_was_changed_on_the_way_is_refused(branch, client):
    phone = admitted_phone(branch, client)
    for changes in (
        {"url": CERTIFICATE_PATH + "?a=1"},
        {"url": CERTIFICATE_PATH + "?%E9=\xe9"},
        {"content": b"\x91\x02"},
    ):
        asked = {"url": CERTIFICATE_PATH, **phone.signed(branch.now), **changes}
        assert refusal(client.post(**asked)) == (401, "request_refused")


def test_S24_a_request_signed_for_another_hub_is_refused(branch, client):
    phone = admitted_phone(branch, client)
    asked = phone.signed(branch.now, path="/other")
    assert refusal(client.post(CERTIFICATE_PATH, **asked)) == (401, "request_refused")
    asked = phone.signed(branch.now)
    asked["headers"]["host"] = "hub.other.example"
    assert client.post(CERTIFICATE_PATH, **asked).status_code == 200


def test_S28_a_certificate_is_given_for_a_nonce_only(branch, client):
    phone = admitted_phone(branch, client)
    asked = phone.signed(branch.now)
    without = unsigned_nonce(phone, branch)
    assert refusal(client.post(CERTIFICATE_PATH, **without)) == (401, "nonce")
    assert client.post(CERTIFICATE_PATH, **asked).status_code == 200


def unsigned_nonce(phone, branch):
    """A request that is signed without any nonce."""
    call = Call("POST", ORIGIN + CERTIFICATE_PATH, CONTENT_TYPE, b"\x91\x01")
    return {
        "headers": sign_request(call, phone.signer, to_instant(branch.now) // 1_000),
        "content": call.body,
    }


def test_S29_the_same_request_again_is_refused(branch, client):
    phone = admitted_phone(branch, client)
    asked = phone.signed(branch.now)
    assert client.post(CERTIFICATE_PATH, **asked).status_code == 200
    assert refusal(client.post(CERTIFICATE_PATH, **asked)) == (401, "nonce")
    branch.later(seconds=300)
    assert refusal(client.post(CERTIFICATE_PATH, **asked)) == (401, "nonce")


@pytest.mark.parametrize("ahead", [timedelta(days=-365), timedelta(minutes=6), timedelta(days=365)])
def test_S30_a_wrong_clock_learns_the_time_and_is_let_in_with_the_challenge(branch, client, ahead):
    phone = admitted_phone(branch, client)
    phone.clock_ahead = ahead
    response = phone.certify(client, branch.now)
    assert refusal(response) == (401, "skewed_clock")
    assert int(response.headers[TIME_HEADER]) == 1_764_637_200_000
    challenge = bytes.fromhex(response.headers[CHALLENGE_HEADER])
    assert phone.certify(client, branch.now, challenge).status_code == 200
    assert refusal(phone.certify(client, branch.now, challenge)) == (401, "nonce")
    again = phone.certify(client, branch.now)
    challenge = bytes.fromhex(again.headers[CHALLENGE_HEADER])
    assert phone.certify(client, branch.now, challenge).status_code == 200


def test_S30_a_challenge_is_for_one_phone_and_one_window(branch, client):
    phone = admitted_phone(branch, client)
    phone.clock_ahead = timedelta(days=-365)
    challenge = bytes.fromhex(phone.certify(client, branch.now).headers[CHALLENGE_HEADER])
    other = Phone(2)
    other.enrol(client, branch.voucher(role="deputy"))
    other.clock_ahead = phone.clock_ahead
    assert refusal(other.certify(client, branch.now, challenge)) == (401, "skewed_clock")
    branch.later(seconds=301)
    assert refusal(phone.certify(client, branch.now, challenge)) == (401, "skewed_clock")


def test_S31_a_stranger_is_refused(branch, client):
    assert refusal(Phone(9).certify(client, branch.now)) == (401, "request_refused")


def test_S35_a_revoked_device_is_refused(branch, client):
    phone = admitted_phone(branch, client)
    branch.decide(phone.enrolled.device, "revoked", confirmed_by="head")
    assert refusal(phone.certify(client, branch.now)) == (403, "device_ended")
    branch.carry_out("KM-01")
    assert branch.branch_log[-1] == ("revoked", phone.enrolled.device)
    assert refusal(phone.certify(client, branch.now)) == (403, "device_ended")


def test_S36_a_device_that_was_refused_is_told_so(branch, client):
    phone = Phone()
    phone.enrol(client, branch.voucher())
    branch.decide(phone.enrolled.device, "refused")
    response = phone.certify(client, branch.now)
    assert refusal(response) == (403, "device_ended")
    assert "bị từ chối" in response.json()["message"]


def test_a_message_of_another_version_is_refused(branch, client):
    phone = admitted_phone(branch, client)
    asked = phone.signed(branch.now, body=b"\x91\x02")
    assert refusal(client.post(CERTIFICATE_PATH, **asked)) == (400, "bad_message")


def test_a_certificate_is_kept_and_renewed_in_the_last_third_of_its_life(branch, client):
    phone = admitted_phone(branch, client)
    first = phone.certificate(client, branch.now).certificate
    branch.later(days=263)
    assert phone.certificate(client, branch.now).certificate == first
    branch.later(days=1)
    second = x509.load_der_x509_certificate(phone.certificate(client, branch.now).certificate)
    assert second.not_valid_before_utc == NOW + timedelta(days=264)
    assert len(rows(branch.directory, "SELECT * FROM certificates")) == 2


def test_R100_a_certificate_that_expired_while_the_phone_slept_is_renewed(branch, client):
    phone = admitted_phone(branch, client)
    phone.certificate(client, branch.now)
    branch.later(days=500)
    reply = phone.certificate(client, branch.now)
    assert verify(reply.certificate, reply.authority, branch.now) == writer_id(phone.signer.spki)


def test_a_register_that_cannot_be_used_is_the_hubs_trouble(branch, client):
    text = branch.voucher()
    branch.directory.joinpath("register.sqlite").unlink()
    assert refusal(post(client, Phone().claim(text))) == (503, "register")
