"""Bundles (L19) and their frames (L11), encrypted by the second implementation under keys of known names."""

from hashlib import sha256

from protocol.bundle import LetterDown, LetterUp, SignedLetter
from protocol.codec import encode
from protocol.exchange import Request, Response, write_request, write_response
from protocol.frames import write_frames
from protocol.ids import BranchTip
from protocol.keys import writer_id
from protocol.limits import BUNDLES_PER_FILE_MAX
from tests.builders import signer
from tests.facts import GROUP, MOMENT
from tests.protocol.primitives import SECOND
from tests.vectors.cases import Vector

LEADER, BRANCH_KEY = signer("leader"), signer("branch key 1")
SPKI_HEAD = bytes.fromhex("302a300506032b656e032100")
KEYS = {
    "up": sha256(b"bundle key 1").digest(),
    "down": sha256(b"leader's reply key").digest(),
}
TIP = BranchTip(0, 57, sha256(b"head").digest())
REQUEST = write_request(Request(1, GROUP, TIP, (), (), ()))
RESPONSE = write_response(Response(1, MOMENT, (), (), (), (), (), 0, 0))
UP = LetterUp(1, writer_id(LEADER.spki), MOMENT, SPKI_HEAD + SECOND.public(KEYS["down"]), REQUEST)
DOWN = LetterDown(1, GROUP, UP.writer, TIP, RESPONSE)


def bundle_cases():
    """A bundle each way, then with one thing changed each time."""
    yield _bundle("good/bundle/up", "up", "nothing to send, asking for what is new", signed(UP))
    yield _bundle("good/bundle/down", "down", "nothing new", signed(DOWN))
    for name, layer, about, plain in (
        ("signer", "signature", "another phone signed in its name", signed(UP, signer("deputy"))),
        ("domain", "signature", "signed as a seal (S37)", signed(UP, domain=b"tovay/seal/1\0")),
        ("direction", "signature", "signed as an answer", signed(UP, domain=b"tovay/bundle/down/1\0")),
        ("branch", "signature", "signed for another branch", signed(UP, branch="HN")),
        ("letter", "letter", "an answer inside a bundle that goes up", signed(DOWN)),
        ("version", "letter", "a letter of version 2", signed((2, *_fields(UP)[1:]))),
        ("request", "letter", "no request inside", signed((*_fields(UP)[:-1], b"\x90"))),
        ("unsigned", "letter", "no signature inside", encode((encode(UP),))),
    ):
        yield _bundle(f"bad/bundle/{name}", "up", about, plain, layer)
    raw, plain = sealed("up", signed(UP)), signed(UP)
    for name, about, wrong in (
        ("cut", "one byte is missing", raw[:-1]),
        ("longer", "a byte follows", raw + b"\0"),
        ("way", "it goes the other way", sealed("down", plain)),
        ("number", "key number 0", encode((1, "up", "KM", 0, b""))),
        ("tomorrow", "a bundle of version 2", encode((2, "up", "KM", 1, b""))),
    ):
        yield Vector(f"bad/bundle/{name}", "bundle", about, (plain, wrong), _given("up"), "bundle")


def file_cases():
    """Several bundles in one file, and files that hold something else."""
    up, down = sealed("up", signed(UP)), sealed("down", signed(DOWN))
    small = encode((1, "up", "KM", 1, b""))
    for name, about, raw in (
        ("one", "one bundle is a file", up),
        ("joined", "two files, joined: three bundles, one of them twice", up + down + up),
    ):
        yield Vector(f"good/bundle-file/{name}", "bundle-file", about, (raw,))
    for name, about, raw in (
        ("too-many", "one more than a file may hold", small * (BUNDLES_PER_FILE_MAX + 1)),
        ("cut", "the last byte is missing", (up + down)[:-1]),
        ("line-end", "a line end between two", up + b"\n" + down),
        ("tomorrow", "a bundle of version 2 behind a good one", up + encode((2, "up", "KM", 1, b""))),
    ):
        yield Vector(f"bad/bundle-file/{name}", "bundle-file", about, (raw,), expect="bundle")


def frame_cases():
    """The frames of a bundle, then texts that are none."""
    raw = sealed("up", signed(UP)) * 3
    texts = write_frames(raw)
    shuffled = " ".join((texts[1], texts[0], texts[2], texts[1]))
    yield Vector(
        "good/frames/three", "frames", "out of order, one of them twice", (raw,), {"frames": shuffled}
    )
    first, last = texts[0], texts[-1]
    for name, about, wrong in (
        ("cut", "a character is missing", first[:-1]),
        ("lower-case", "lower case", first.lower()),
        ("leading-zero", "a leading zero", first.replace("/1/3/", "/01/3/")),
        ("beyond", "number 4 of 3", first.replace("/1/3/", "/4/3/")),
        ("short", "the last piece as one in the middle", last.replace("/3/3/", "/2/3/")),
        ("version", "frames of tomorrow", first.replace("-B1:", "-B2:")),
        ("missing", "the third is not there", " ".join(texts[:2])),
        ("two-readings", "two texts for one number", " ".join((*texts, _forged(texts[1])))),
        ("digest", "not the bytes that the id names", " ".join((texts[0], _forged(texts[1]), texts[2]))),
    ):
        yield Vector(f"bad/frames/{name}", "frames", about, (raw,), {"frames": wrong}, "frame")


def signed(letter, key=None, domain=None, branch="KM"):
    """The plaintext of a bundle."""
    way = "down" if isinstance(letter, LetterDown) else "up"
    key = key or (LEADER if way == "up" else BRANCH_KEY)
    body = encode(letter)
    message = (domain or f"tovay/bundle/{way}/1\0".encode()) + encode(branch) + body
    return encode(SignedLetter(body, key.sign(message)))


def sealed(way, plain):
    """A bundle of branch KM around a plaintext; the ephemeral key is the plaintext's digest."""
    bound_to = b"tovay/bundle/1\0" + encode((way, "KM", 1))
    ephemeral = sha256(b"ephemeral" + plain).digest()
    enc, context = SECOND.sender(ephemeral, SECOND.public(KEYS[way]), bound_to)
    return encode((1, way, "KM", 1, enc + context.seal(b"", plain)))


def _bundle(name, way, about, plain, expect="ok"):
    return Vector(name, "bundle", about, (plain, sealed(way, plain)), _given(way), expect)


def _given(way):
    key = LEADER if way == "up" else BRANCH_KEY
    return {"way": way, "private": KEYS[way].hex(), "signed-by": key.spki.hex()}


def _fields(letter):
    return tuple(getattr(letter, name) for name in letter.__struct_fields__)


def _forged(text):
    head, _, piece = text.rpartition("/")
    return f"{head}/{piece[::-1]}"
