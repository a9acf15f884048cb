"""The readers of bundles and frames among the vectors."""

from hashlib import sha256

from protocol import bundle as bundles
from protocol.frames import bundle_id, gather, read_frame
from tests.vectors.layers import LayerError, at, said


class Opened:
    """Stands for HPKE: whatever is opened is the plaintext that the vector gives."""

    def __init__(self, plaintext):
        self._plaintext = plaintext

    def decrypt_with(self, private, sealed, bound_to):
        """The plaintext."""
        return self._plaintext


def bundle(headers, parts, verifier):
    plain, raw = parts
    outer = at("bundle", bundles.read, raw)
    if outer.way != headers["way"]:
        raise LayerError("bundle")
    up = outer.way == "up"
    read, check = (bundles.open_up, bundles.check_up) if up else (bundles.open_down, bundles.check_down)
    opened = at("letter", read, outer, b"", Opened(plain))
    at("signature", check, opened, bytes.fromhex(headers["signed-by"]), verifier)
    return {"value": said(opened.signed.letter)}


def bundle_file(_headers, parts, _verifier):
    found = at("bundle", bundles.split_file, parts[0])
    return {"bundles": " ".join(sha256(raw).hexdigest() for raw in found)}


def frames(headers, parts, _verifier):
    texts = headers["frames"].split(" ")
    for text in texts:
        at("frame", read_frame, text)
    if gather(texts).bundles != (parts[0],):
        raise LayerError("frame")
    return {"id": bundle_id(parts[0])}
