"""Short seals in the reader of the vectors: a receiver that holds one hash of the log and one branch head."""

from protocol import seal as seals
from protocol.ids import Position
from protocol.transit import Receiver, restore
from tests.vectors.layers import at


def short_seal(headers, parts, verifier):
    """The whole of a short seal, for a reader that holds one hash and one head."""
    given = {name: bytes.fromhex(headers[name]) for name in ("writer", "previous", "known-head", "signed-by")}
    held = one_held(headers["group"], given["writer"], given["previous"], given["known-head"])
    whole = at("short", restore, parts[0], held)
    read = at("envelope", seals.read, whole)
    at("signature", seals.verify, read, given["signed-by"], verifier)
    return {"whole": whole.hex()}


def one_held(group, writer, previous, known_head):
    """What such a receiver holds: the hash at seq 0 of epoch 1, the head at branch epoch 0, seq 57."""
    hashes, heads = {(1, 0): previous}, {Position(0, 57): known_head}
    return Receiver(group, writer, lambda *place: hashes[place], heads.__getitem__)
