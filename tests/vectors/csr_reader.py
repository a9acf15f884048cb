"""The reader of certificate requests among the vectors (E2): for native hosts alone, as the requests are."""

from protocol.certificate import read_csr
from tests.vectors.layers import LayerError, at


def csr(headers, parts, _verifier):
    key = at("enrolment", read_csr, parts[0])
    if key.hex() != headers["spki"]:
        raise LayerError("key")
    return {}


NATIVE_READERS = {"csr": csr}
