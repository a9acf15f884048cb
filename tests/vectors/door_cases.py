"""What stands at the hub's door: enrolment (L17), and requests that a device signed (RFC 9421)."""

from protocol.codec import encode
from protocol.enrolment import Enrolled, write_enrol_reply, write_enrol_request
from protocol.keys import fingerprint, writer_id
from protocol.request import Call, sign_request
from protocol.voucher import voucher, write_voucher
from tests.builders import signer, stated
from tests.facts import GROUP, MOMENT
from tests.vectors.cases import Vector

LEADER, ROOT = signer("leader"), signer("root")
NOW = MOMENT // 1_000
NONCE = bytes(range(16))
CALL = Call("POST", "https://hub.example.vn/v1/exchange", "application/vnd.tovay.exchange", b"\x95\x01")
SECRET = "0123456789ABC"


def request_cases():
    """Headers of one request, each time with one thing changed."""
    signed = sign_request(CALL, LEADER, NOW - 300)
    nonce = sign_request(CALL, LEADER, NOW, NONCE)
    early = sign_request(CALL, LEADER, NOW - 301, NONCE)
    answered = {"challenge": NONCE.hex()}
    yield _request("good/signed-request/plain", "300 seconds behind, no nonce", signed)
    yield _request("good/signed-request/nonce", "with a nonce", nonce)
    yield _request("good/signed-request/challenge", "too old, but it answers the challenge", early | answered)
    spelled, other = signed["signature-input"], signer("deputy")
    for name, layer, about, headers in (
        ("clock", "clock", "301 seconds behind, and a nonce that nobody asked for (S30)", early),
        ("leading-zero", "request", "a leading zero", {"signature-input": spelled.replace("=1", "=01", 1)}),
        ("label", "request", "another label", {"signature-input": spelled.replace("tovay=", "sig1=", 1)}),
        (
            "alg",
            "request",
            "an algorithm is named (S34)",
            {"signature-input": spelled.replace(";tag", ';alg="ed25519";tag')},
        ),
        ("tag", "request", "another tag (S27)", {"signature-input": spelled.replace("-device", "-hub")}),
        ("covered", "request", "fewer parts (S26)", {"signature-input": spelled.replace('"@method" ', "")}),
        ("base64", "request", "an unused bit is set", {"signature": _unused_bit(signed["signature"])}),
        ("digest", "signature", "of another body (S21)", sign_request(_call(body=b""), LEADER, NOW)),
        ("uri", "signature", "for another route", sign_request(_call(target_uri="https://x"), LEADER, NOW)),
        ("key", "key", "an unknown key (S31)", sign_request(CALL, other, NOW)),
        ("signer", "signature", "another key in its name", _in_the_name_of(LEADER, other)),
    ):
        yield _request(f"bad/signed-request/{name}", about, signed | headers, layer)


def enrolment_cases():
    """A phone's claim, and answers to it."""
    claim = write_enrol_request(SECRET, None, LEADER)
    yield Vector("good/enrolment/request", "enrol-request", "a browser's claim", (claim,))
    spki, proof = LEADER.spki, claim[-64:]
    for name, layer, about, fields in (
        (
            "secret",
            "signature",
            "another secret than was proved",
            (1, SECRET[::-1], spki, None, proof),
        ),
        ("letter", "enrolment", "a letter that Crockford leaves out", (1, "U" * 13, spki, None, proof)),
        ("csr-short", "enrolment", "a request of 63 bytes", (1, SECRET, spki, bytes(63), proof)),
        ("no-proof", "enrolment", "nothing proved", (1, SECRET, spki, None)),
    ):
        raw = encode(fields)
        yield Vector(f"bad/enrolment/{name}", "enrol-request", about, (raw,), expect=layer)
    yield _reply("good/enrolment/reply", "the digits follow", _answer())
    newer = (stated(signer("branch key 1")), stated(signer("branch key 2"), number=2))
    for name, layer, about, answer in (
        ("other-root", "key", "the voucher pins another root", _answer(root=signer("other root").spki)),
        ("other-branch", "key", "no key of that branch is stated", _answer(branch="HD")),
        ("other-phone", "key", "about another phone", _answer(spki=signer("deputy").spki)),
        ("old-key", "signature", "signed by a key that is not the newest", _answer(newer)),
        ("statement", "signature", "a statement of another root", _answer((_foreign(),))),
    ):
        yield _reply(f"bad/enrolment/{name}", about, answer, layer)


def _request(name, about, headers, expect="ok"):
    given = {"target-uri": CALL.target_uri, "now": str(NOW), "spki": LEADER.spki.hex()} | headers
    return Vector(name, "signed-request", about, (CALL.body,), given, expect)


def _call(**changed):
    fields = {name: getattr(CALL, name) for name in CALL.__struct_fields__}
    return Call(**(fields | changed))


def _unused_bit(value):
    last = value.index("==") - 1
    return value[:last] + chr(ord(value[last]) + 1) + value[last + 1 :]


def _in_the_name_of(named, actual):
    class Pretender:
        spki = named.spki
        sign = actual.sign

    return sign_request(CALL, Pretender(), NOW)


def _answer(statements=None, **changed):
    usual = {
        "device": writer_id(LEADER.spki).hex(),
        "spki": LEADER.spki,
        "root": ROOT.spki,
        "nonce": NONCE,
        "group": GROUP,
        "branch": "KM",
    }
    key = signer("branch key 1")
    return write_enrol_reply(Enrolled(**(usual | changed)), statements or (stated(key),), key)


def _foreign():
    return stated(signer("branch key 1"), root=signer("other root"))


def _reply(name, about, answer, expect="ok"):
    typed = write_voucher(voucher(0x123456789ABCDEF01, fingerprint(ROOT.spki)))
    given = {"typed": typed, "spki": LEADER.spki.hex()}
    return Vector(name, "enrol-reply", about, (answer,), given, expect)
