"""Certificate requests as a phone sends them when it enrols (E2); the keys are Ed25519 unless it is said."""

from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from protocol.certificate import write_csr
from tests.builders import signer
from tests.vectors.cases import Vector


def csr_cases():
    """What counts is the key and the signature of the request by it, and nothing that it asks for."""
    plain = write_csr(_key("leader"))
    asking = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tovay authority")])
    )
    asking = asking.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    greedy = asking.sign(_key("leader"), None).public_bytes(Encoding.DER)
    for name, about, raw in (
        ("empty-subject", "no name, no extension", plain),
        ("names-ignored", "it asks to be an authority, which is ignored", greedy),
    ):
        yield _csr(f"good/csr/{name}", about, raw)
    pem = x509.load_der_x509_csr(plain).public_bytes(Encoding.PEM)
    swapped = plain.replace(_raw_key("leader"), _raw_key("deputy"))
    for name, layer, about, raw in (
        ("other-key", "key", "the deputy's request in the leader's claim", write_csr(_key("deputy"))),
        ("swapped-key", "signature", "the deputy's key, signed by the leader's", swapped),
        ("flipped-bit", "signature", "the last bit of the signature is flipped", _flipped(plain)),
        ("p256", "enrolment", "a P-256 key, signed by itself", _p256()),
        ("trailing", "enrolment", "a byte follows", plain + b"\0"),
        ("cut", "enrolment", "the last byte is missing", plain[:-1]),
        ("pem", "enrolment", "as text", pem),
    ):
        yield _csr(f"bad/csr/{name}", about, raw, layer)


def _csr(name, about, raw, expect="ok"):
    return Vector(name, "csr", about, (raw,), {"spki": signer("leader").spki.hex()}, expect)


def _key(name):
    """The key of `tests.builders.signer`, as the library wants it."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def _raw_key(name):
    return _key(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _flipped(raw):
    return raw[:-1] + bytes([raw[-1] ^ 1])


def _p256():
    key = ec.derive_private_key(int.from_bytes(sha256(b"p256").digest()) >> 8, ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return request.sign(key, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.DER)
