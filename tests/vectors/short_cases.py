"""Short seals (L11): how they are made whole, and what refuses them."""

import zlib

from protocol import seal as seals
from protocol.codec import encode
from protocol.transit import shorten
from tests.vectors.cases import Vector
from tests.vectors.seal_cases import SIGNED_BY, START, in_columns, saying
from tests.vectors.short_check import one_held

WHOLE = saying()
NAMED = seals.read(WHOLE).header.log
KNOWN = bytes(range(32))
GIVEN = SIGNED_BY | {
    "group": NAMED.group,
    "writer": NAMED.writer.hex(),
    "previous": START.hex(),
    "known-head": KNOWN.hex(),
}


def short_seal_cases():
    """Seals of the line: good ones, and each with one thing wrong."""
    held = one_held(NAMED.group, NAMED.writer, START, KNOWN)
    zlib_short, columns_short = shorten(WHOLE, held), shorten(in_columns(), held)
    envelope = seals.read(WHOLE).envelope
    parts = (1, 1, 0, (0, 57), 1, 1_765_935_000_000, envelope.signature, envelope.body)
    assert encode(parts) == zlib_short
    yield Vector("good/short-seal/zlib", "short-seal", "two entries, encoding 0", (zlib_short,), GIVEN)
    yield Vector("good/short-seal/columns", "short-seal", "two entries, encoding 1", (columns_short,), GIVEN)
    for name, layer, about, raw, given in (
        ("cut", "short", "the last byte is missing", zlib_short[:-1], {}),
        ("part-more", "short", "a part too many", encode((*parts, None)), {}),
        ("not-held", "short", "entry 7 is not held", encode((1, 8, *parts[2:])), {}),
        (
            "known-not-held",
            "short",
            "branch seq 58 is not there",
            encode((*parts[:3], (0, 58), *parts[4:])),
            {},
        ),
        ("encoding-2", "encoding", "a body of tomorrow", encode((1, 1, 2, *parts[3:])), {}),
        ("no-entries", "short", "no entry inside", encode((*parts[:7], zlib.compress(b""))), {}),
        ("other-side", "signature", "it continues another hash", zlib_short, {"previous": KNOWN.hex()}),
        ("other-branch", "signature", "the known head is another", zlib_short, {"known-head": START.hex()}),
        ("clock", "signature", "another wall clock", encode((*parts[:5], 0, *parts[6:])), {}),
    ):
        yield Vector(f"bad/short-seal/{name}", "short-seal", about, (raw,), GIVEN | given, layer)
