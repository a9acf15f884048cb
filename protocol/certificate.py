"""X.509 for the HTTP door: CSR in, certificate out, path verified by the library. Native hosts only.

A certificate names a device and nothing else: no role, no area, no word of its request. It never decides
about seals, nor does its end (L17). Keys: P-256 for the authority, because the library's path validation
refuses an Ed25519 one; Ed25519 for devices.
"""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from msgspec import Struct

from protocol.errors import BadSignatureError, MalformedError, UntrustedKeyError
from protocol.keys import writer_id

_URI = "urn:tovay:device:"
_NO_USE = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


class Validity(Struct, frozen=True):
    """Serial number (random, drawn by the caller) and the two moments between which a certificate is good."""

    serial: int
    since: datetime
    until: datetime


def write_csr(key: Ed25519PrivateKey) -> bytes:
    """A request as DER. Its subject is empty: the authority takes names from its own records."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key, None)
        .public_bytes(Encoding.DER)
    )


def read_csr(der: bytes) -> bytes:
    """SPKI of the Ed25519 key that signed the request; everything else that it asks for is ignored.

    Raises:
        MalformedError: not one DER request, or for a key that is not Ed25519.
        BadSignatureError: not signed by its own key.
    """
    try:
        request = x509.load_der_x509_csr(der)
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("the certificate request does not parse") from error
    if not isinstance(key, Ed25519PublicKey):
        raise MalformedError("a device key is Ed25519")
    if not request.is_signature_valid:
        raise BadSignatureError("the certificate request is not signed by its own key")
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def issue_authority(key: EllipticCurvePrivateKey, branch: str, validity: Validity) -> bytes:
    """The branch authority's self-signed certificate, DER; the root states its key (L17)."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, branch),
            x509.NameAttribute(NameOID.COMMON_NAME, "tovay authority"),
        ]
    )
    usage = x509.KeyUsage(**{**_NO_USE, "key_cert_sign": True, "crl_sign": True})
    return (
        _builder(name, name, key.public_key(), validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def issue(key: EllipticCurvePrivateKey, authority: bytes, spki: bytes, validity: Validity) -> bytes:
    """A device's certificate, DER; its names come from the key alone: the writer id.

    Raises:
        MalformedError: ``spki`` is not an Ed25519 key.
    """
    device_key = load_der_public_key(spki)
    if not isinstance(device_key, Ed25519PublicKey):
        raise MalformedError("a device key is Ed25519")
    issuer = x509.load_der_x509_certificate(authority).subject
    writer = writer_id(spki).hex()
    name = x509.Name([*issuer.rdns[0], x509.NameAttribute(NameOID.COMMON_NAME, writer)])
    return (
        _builder(name, issuer, device_key, validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**_NO_USE, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(_URI + writer)]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def verify(certificate: bytes, authority: bytes, now: datetime) -> bytes:
    """Writer id of the device that a certificate names, after the library has verified its path.

    ``authority`` is the certificate of a key that the root stated: the caller has checked that.

    Raises:
        MalformedError: not a certificate.
        UntrustedKeyError: not of this authority, not valid now, not for a device, or named after another key.
    """
    try:
        leaf = x509.load_der_x509_certificate(certificate)
    except ValueError as error:
        raise MalformedError("the certificate does not parse") from error
    trusted = Store([x509.load_der_x509_certificate(authority)])
    try:
        verified = (
            PolicyBuilder()
            .store(trusted)
            .time(now)
            .max_chain_depth(0)
            .build_client_verifier()
            .verify(leaf, [])
        )
    except VerificationError as error:
        raise UntrustedKeyError(f"the certificate's path does not verify: {error}") from error
    key = leaf.public_key()
    names = [name.value for name in verified.subjects or []]
    if isinstance(key, Ed25519PublicKey):
        writer = writer_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
        if names == [_URI + writer.hex()]:
            return writer
    raise UntrustedKeyError("the certificate does not name the device that holds its key")


def authority_spki(authority: bytes) -> bytes:
    """SPKI of an authority's certificate, to compare with the key statement; raises MalformedError."""
    try:
        key = x509.load_der_x509_certificate(authority).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedError("the authority's certificate does not parse") from error
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePublicKey | Ed25519PublicKey,
    validity: Validity,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(validity.serial)
        .not_valid_before(validity.since)
        .not_valid_after(validity.until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
