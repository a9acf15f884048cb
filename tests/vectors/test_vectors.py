"""The vectors hold here, are made from fixed keys, and their reader notices what is wrong."""

from protocol.entries import TAGS
from tests.builders import VERIFIER, signer
from tests.vectors import check
from tests.vectors.check import parsed
from tests.vectors.csr_reader import NATIVE_READERS
from tests.vectors.make import made, on_disk

VECTORS = on_disk()
LAYERS = """
codec entry text statement envelope limit signature digest version header encoding body count chain
key gap fork log qr receipt exchange voucher request clock enrolment bundle letter frame
evidence checkpoint short
"""
FOUND = {"value", "hash", "head", "order", "secret", "digits", "contradictions", "bundles"}
FOUND |= {"restated", "facts", "members", "loans", "writers", "decisions", "complete", "dues", "digest"}


def failures(vectors, verifier):
    return check.failures(vectors, verifier, NATIVE_READERS)


def test_every_vector_holds():
    assert failures(VECTORS, VERIFIER) == []


def test_making_the_vectors_again_gives_the_same_bytes():
    assert made() == VECTORS


def test_every_kind_of_entry_and_every_layer_has_a_vector():
    names = {kind.__name__ for kind in TAGS.values()} | {"Unknown"}
    assert {f"good/entry/{name}.txt" for name in names} <= VECTORS.keys()
    assert {parsed(text)[0]["expect"] for text in VECTORS.values()} == {"ok", *LAYERS.split()}


def test_the_reader_notices_another_result():
    for name, text in VECTORS.items():
        headers, _parts = parsed(text)
        found = FOUND.intersection(headers)
        for key in found:
            changed = text.replace(f"\n{key}: ", f"\n{key}: x", 1)
            assert failures({name: changed}, VERIFIER), (name, key)


def test_the_reader_notices_another_expectation():
    for name, text in VECTORS.items():
        expected = parsed(text)[0]["expect"]
        other = "codec" if expected == "ok" else "ok"
        assert failures({name: text.replace(f"expect: {expected}", f"expect: {other}")}, VERIFIER), name


def test_the_reader_notices_a_verifier_that_accepts_everything():
    class Credulous:
        def verify(self, spki, signature, message):
            """Return None whatever is given."""

    assert failures(VECTORS, Credulous())
    assert signer("root").spki.hex() in VECTORS["good/merge/story.txt"]
