"""Certificates for the HTTP door: what a request may ask (nothing), and what the library verifies."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.certificate import Validity, authority_spki, issue, issue_authority, read_csr, verify, write_csr
from protocol.errors import BadSignatureError, MalformedError, UntrustedKeyError
from protocol.keys import writer_id

NOW = datetime(2025, 12, 2, 1, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
AUTHORITY_KEY = ec.generate_private_key(ec.SECP256R1())
AUTHORITY = issue_authority(AUTHORITY_KEY, "KM", Validity(1, NOW, NOW + 10 * YEAR))
DEVICE_KEY = ed25519.Ed25519PrivateKey.generate()

# Made by openssl with `genrsa 512` and `req -new`: the library itself makes no key so weak.
RSA_512 = (
    "3081c930750201003010310e300c06035504030c0561646d696e305c300d06092a864886f70d0101010500034b003048"
    "024100bbf3250718afa5b80c7ea5c1d6340d094dddad511a589db5878a2e8e4fa7cb19e4fdec29866675c47877947372"
    "c87095666eee905fed3756388d947b4deddeb70203010001a000300d06092a864886f70d01010b05000341000c0af326"
    "58446d837624e7f6f197768d6142e4dd7b7316a4030b84812b5412b1d5eadf99c9b1081ecd1aafafa1e58332e20124a3"
    "7a00010cc8525eda2a9cf27c"
)


def spki_of(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


DEVICE = spki_of(DEVICE_KEY)


def a_certificate(since=NOW, until=NOW + YEAR):
    return issue(AUTHORITY_KEY, AUTHORITY, DEVICE, Validity(2, since, until))


def a_request(key, algorithm=None, subject="", **extensions):
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else [])
    )
    for extension in extensions.values():
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


def test_a_request_gives_the_key_that_signed_it():
    assert read_csr(write_csr(DEVICE_KEY)) == DEVICE


def test_the_library_verifies_the_path_of_what_we_issue():
    assert verify(a_certificate(), AUTHORITY, NOW + timedelta(days=3)) == writer_id(DEVICE)


def test_R98_a_request_for_more_gets_our_names_only():
    greedy = a_request(
        DEVICE_KEY,
        subject="admin",
        ca=x509.BasicConstraints(ca=True, path_length=None),
        san=x509.SubjectAlternativeName([x509.DNSName("hub.kinhmon.example")]),
        usage=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
    )
    raw = issue(AUTHORITY_KEY, AUTHORITY, read_csr(greedy), Validity(2, NOW, NOW + YEAR))
    certificate = x509.load_der_x509_certificate(raw)
    writer = writer_id(DEVICE).hex()
    assert certificate.subject.rfc4514_string() == f"CN={writer},O=KM"
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.UniformResourceIdentifier(f"urn:tovay:device:{writer}")]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_R99_a_request_that_its_own_key_did_not_sign_is_refused():
    raw = write_csr(DEVICE_KEY)
    with pytest.raises(BadSignatureError):
        read_csr(raw[:-1] + bytes([raw[-1] ^ 1]))


@pytest.mark.parametrize("algorithm", ["2b656e", "2b6571", "2b6500"])
def test_R99_a_request_that_names_another_signature_algorithm_is_refused(algorithm):
    raw = write_csr(DEVICE_KEY)
    at = raw.rindex(bytes.fromhex("2b6570"))
    with pytest.raises(BadSignatureError):
        read_csr(raw[:at] + bytes.fromhex(algorithm) + raw[at + 3 :])


def test_R99_a_request_for_somebody_elses_key_is_refused():
    other = spki_of(ed25519.Ed25519PrivateKey.generate())
    raw = write_csr(DEVICE_KEY)
    assert len(other) == len(DEVICE)
    with pytest.raises(BadSignatureError):
        read_csr(raw.replace(DEVICE, other))


def test_R99_a_request_for_another_kind_of_key_is_refused():
    for key in (
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65_537, 2_048),
        AUTHORITY_KEY,
    ):
        with pytest.raises(MalformedError):
            read_csr(a_request(key, hashes.SHA256()))


def test_R99_a_request_with_512_bits_of_rsa_is_refused():
    with pytest.raises(MalformedError):
        read_csr(bytes.fromhex(RSA_512))


@pytest.mark.parametrize("raw", [b"", b"\0", b"junk", b"0\x82\xff\xff", b"\x30\x80" * 500])
def test_R99_garbage_is_refused(raw):
    with pytest.raises(MalformedError):
        read_csr(raw)


def test_R99_every_cut_of_a_request_is_refused():
    raw = write_csr(DEVICE_KEY)
    for length in range(len(raw)):
        with pytest.raises(MalformedError):
            read_csr(raw[:length])


def test_a_certificate_of_another_authority_is_refused():
    key = ec.generate_private_key(ec.SECP256R1())
    twin = issue_authority(key, "KM", Validity(1, NOW, NOW + YEAR))
    with pytest.raises(UntrustedKeyError):
        verify(issue(key, twin, DEVICE, Validity(2, NOW, NOW + YEAR)), AUTHORITY, NOW)


@pytest.mark.parametrize("moment", [NOW - timedelta(seconds=1), NOW + YEAR + timedelta(seconds=1)])
def test_a_certificate_opens_nothing_before_and_after_its_time(moment):
    with pytest.raises(UntrustedKeyError):
        verify(a_certificate(), AUTHORITY, moment)


def test_a_certificate_that_was_changed_is_refused():
    raw = a_certificate()
    writer = writer_id(DEVICE).hex().encode()
    with pytest.raises(UntrustedKeyError):
        verify(raw.replace(writer, b"0" * 20), AUTHORITY, NOW)


@pytest.mark.parametrize("raw", [b"", b"junk"])
def test_garbage_is_no_certificate(raw):
    with pytest.raises(MalformedError):
        verify(raw, AUTHORITY, NOW)
    with pytest.raises(MalformedError):
        authority_spki(raw)


def test_a_certificate_named_after_another_key_is_refused():
    for key, name in (
        (DEVICE_KEY, "urn:tovay:device:" + "0" * 20),
        (AUTHORITY_KEY, "urn:tovay:device:" + "0" * 20),
    ):
        with pytest.raises(UntrustedKeyError):
            verify(signed_by_authority(key, name), AUTHORITY, NOW)


def signed_by_authority(key, name):
    issuer = x509.load_der_x509_certificate(AUTHORITY).subject
    return (
        x509.CertificateBuilder(issuer, issuer, key.public_key(), 3, NOW, NOW + YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(AUTHORITY_KEY.public_key()), critical=False
        )
        .sign(AUTHORITY_KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def test_a_certificate_is_issued_to_ed25519_keys_only():
    for key in (AUTHORITY_KEY, x25519.X25519PrivateKey.generate()):
        with pytest.raises(MalformedError):
            issue(AUTHORITY_KEY, AUTHORITY, spki_of(key), Validity(2, NOW, NOW + YEAR))


def test_the_authoritys_certificate_carries_the_key_that_the_root_states():
    assert authority_spki(AUTHORITY) == spki_of(AUTHORITY_KEY)
