"""Seals, key statements and receipts: what verifies, and one failure each (L6, L13, L17)."""

import zlib
from hashlib import sha256

import msgspec
from msgspec import structs

from protocol import columnar
from protocol.chain import genesis, links
from protocol.codec import encode
from protocol.entries import entry_bytes
from protocol.ids import LogId
from protocol.keys import writer_id
from protocol.phone_facts import Collected, MemberNoted, RoundClosed, Visited
from protocol.posting_facts import DayOpened
from protocol.receipt import Marked, ReceiptProof, mark, write_qr
from tests.builders import a_group, signer, stated
from tests.facts import GROUP, MOMENT, an
from tests.vectors.cases import Vector
from tests.vectors.entry_cases import GOOD

LEADER, ROOT = signer("leader"), signer("root")
SIGNED_BY = {"signed-by": LEADER.spki.hex()}
ROOTED = {"root": ROOT.spki.hex()}
ENTRIES = tuple(entry_bytes(GOOD[name]) for name in ("Collected", "Visited"))
PLAIN = b"".join(ENTRIES)
TOMORROW = encode((1_000, 7, "x"))
START = genesis(ROOT.spki, entry_bytes(GOOD["WriterAdmitted"]))


def saying(body=None, signer_=LEADER, prefix=b"tovay/seal/1\0", tail=(), sent=None, **said):
    """A seal of the leader's phone; each test of a layer says one thing else."""
    body = zlib.compress(PLAIN, 9) if body is None else body
    usual = {
        "version": 1,
        "log": LogId(GROUP, writer_id(LEADER.spki), 1),
        "first_seq": 1,
        "count": len(ENTRIES),
        "previous": START,
        "head": links(START, ENTRIES)[-1],
        "digest": sha256(body).digest(),
        "encoding": 0,
        "known": (0, 57, bytes(range(32))),
        "rules": 1,
        "wall_clock": MOMENT,
    }
    header = encode((*(usual | said).values(), *tail))
    return encode((header, signer_.sign(prefix + header), sent or body))


def _second_spelling():
    header = msgspec.msgpack.decode(saying())[0]
    second = header[:1] + b"\xcc" + header[1:]
    body = zlib.compress(PLAIN, 9)
    return encode((second, LEADER.sign(b"tovay/seal/1\0" + second), body))


def deflated(plain, **options):
    """A zlib stream made with options that a seal does not use."""
    deflater = zlib.compressobj(**options)
    return deflater.compress(plain) + deflater.flush()


def in_columns(body=None, entries=ENTRIES, tail=b""):
    """A seal of encoding 1 over these entries, or with any body."""
    packed = columnar.pack(entries) if body is None else encode(body)
    return saying(
        body=packed + tail, encoding=1, count=len(entries), head=links(START, entries)[-1], previous=START
    )


def meeting():
    """Entries of a meeting that need every form of a column."""
    names = ("reached", "not_at_home", "promised")
    return (
        *(
            an(
                Collected,
                receipt_no=120 + place,
                member=1 + place * 5 % 7,
                lines=[(60 + place, 50_000 + place**3 * 10, 50_000 + place**3 * 10 + (place == 40) * 5)]
                * (place != 9),
                savings=[(1 + place, 20_000 + place % 3 * 10_000)] * (place % 4 == 0),
            )
            for place in range(70)
        ),
        *(an(Visited, member=place, outcome=name) for place, name in enumerate(names, 1)),
        *(an(MemberNoted, member=place, note=bytes((place // 2,)) * 32) for place in range(1, 5)),
        an(RoundClosed, counted=5_000_000, denominations=[(500_000, 10)]),
    )


MEETING = tuple(map(entry_bytes, meeting()))

GOOD_SEALS = {
    "columns": (in_columns(), "two entries in columns (encoding 1)"),
    "columns-one": (in_columns(entries=ENTRIES[:1]), "one entry in encoding 1: as it is"),
    "columns-meeting": (in_columns(entries=MEETING), "many entries: every form of a column"),
    "phone-two-entries": (saying(), "a phone's seal over two entries"),
    "stored-body": (saying(body=zlib.compress(PLAIN, 0)), "any zlib stream of the same entries will do"),
    "later-field": (saying(tail=("later", (1, b"x"))), "fields behind the known ones are passed over"),
    "nothing-known": (saying(known=None), "no branch position: as in a branch seal"),
    "unknown-kind": (
        saying(body=zlib.compress(TOMORROW), count=1, head=links(START, [TOMORROW])[0]),
        "an entry of a kind that no release knows yet",
    ),
}

READ = saying()
HEADER, SIGNATURE, BODY = msgspec.msgpack.decode(READ)
FLIPPED = READ[:60] + bytes((READ[60] ^ 1,)) + READ[61:]
BAD_SEALS = {
    "envelope": {
        "cut": (READ[:-1], "the last byte is missing (N75)"),
        "trailing": (READ + b"\0", "a byte behind the seal (W3)"),
        "two-parts": (encode((HEADER, SIGNATURE)), "no body"),
        "four-parts": (encode((HEADER, SIGNATURE, BODY, b"")), "a part too many"),
        "short-signature": (encode((HEADER, SIGNATURE[:63], BODY)), "a signature of 63 bytes"),
        "header-not-canonical": (_second_spelling(), "a header that says 1 as uint8"),
        "version-0": (saying(version=0), "versions start at 1"),
        "count-0": (saying(count=0), "a seal has entries"),
        "seq-0": (saying(first_seq=0), "seqs start at 1"),
        "short-head": (saying(head=bytes(31)), "a head of 31 bytes"),
        "short-writer": (saying(log=(GROUP, bytes(9), 0)), "a writer id of 9 bytes"),
    },
    "limit": {"long-header": (saying(tail=(bytes(1_024),)), "a header of more than 1,024 bytes")},
    "signature": {
        "other-key": (saying(signer_=signer("deputy")), "another phone signed it (S31)"),
        "no-prefix": (saying(prefix=b""), "signed without its purpose (S37)"),
        "receipt-prefix": (saying(prefix=b"tovay/receipt/1\0"), "signed for another purpose (S37)"),
        "flipped-bit": (FLIPPED, "one bit of the header is flipped (S21)"),
    },
    "digest": {"other-body": (saying(sent=zlib.compress(PLAIN, 1)), "not the body that was signed (S21)")},
    "version": {"2": (saying(version=2), "a version of tomorrow: stored and set aside (L9)")},
    "header": {"rules-0": (saying(rules=0), "rules versions start at 1")},
    "encoding": {"2": (saying(encoding=2), "an encoding of tomorrow: stored and set aside (L9)")},
    "body": {
        "empty": (saying(body=b""), "no zlib stream at all"),
        "plain": (saying(body=PLAIN), "entries that are not compressed"),
        "cut": (saying(body=zlib.compress(PLAIN)[:-1]), "a zlib stream cut short"),
        "trailing": (saying(body=zlib.compress(PLAIN) + b"\0"), "a byte behind the zlib stream"),
        "gzip": (saying(body=deflated(PLAIN, wbits=31)), "gzip instead of zlib"),
        "bare-deflate": (saying(body=deflated(PLAIN, wbits=-15)), "deflate without zlib's frame"),
        "dictionary": (saying(body=deflated(PLAIN, zdict=b"\x98\x01")), "a preset dictionary"),
        "bomb": (saying(body=zlib.compress(bytes(1_000_001), 9)), "1,000,001 bytes inside (H111)"),
        "entry-not-canonical": (saying(body=zlib.compress(b"\x92\x01\xcc\x05" * 2)), "5 as uint8 inside"),
        "entry-cut": (saying(body=zlib.compress(PLAIN[:-1])), "the last entry is cut short"),
        "columns-zlib": (saying(encoding=1), "a zlib stream that is said to be columns"),
        "columns-trailing": (in_columns(tail=b"\0"), "a byte behind the columns"),
        "columns-plain": (in_columns((2, [3, 5, 1, 1, b"\x40"])), "5 and 6 not as running sums"),
        "columns-padding": (
            in_columns((3, [3, 0, 1, 2, b"\x61\x20"])),
            "a bit set in the padding of a plane",
        ),
        "columns-shapes": (in_columns((2, [5, 1, -1], [0, 5], None)), "shapes not in the order they come"),
        "columns-list": (in_columns((2, [0, [0, 5]])), "a list that is spelt as an array"),
        "columns-bomb": (in_columns((500, [0, *[5] * 2_001])), "1,001,000 numbers inside (H111)"),
        "columns-texts": (
            in_columns((500, [0, 99, *["ụ" * 33 + "a"] * 20])),
            "1,000,000 bytes of text inside, and what counts besides",
        ),
        "columns-int64": (in_columns((2, [5, 2**63 - 1, 1])), "a number beyond int64"),
        "columns-501": (in_columns((501, [0, 5])), "more than 500 entries"),
        "entries-501": (saying(body=zlib.compress(b"\x91\x01" * 501), count=501), "more than 500 entries"),
    },
    "count": {
        "too-high": (saying(count=3), "three entries said, two inside (B44)"),
        "too-low": (saying(count=1), "one entry said, two inside (B44)"),
        "none": (saying(body=zlib.compress(b"")), "no entry inside"),
    },
    "chain": {
        "previous": (saying(previous=bytes(32)), "the entries continue another head (B43)"),
        "head": (saying(head=bytes(32)), "the entries do not lead to this head"),
    },
}


def seal_cases():
    """Seals that open, and seals that each fail at one step."""
    for name, (raw, about) in GOOD_SEALS.items():
        yield Vector(f"good/seal/{name}", "seal", about, (raw,), SIGNED_BY)
    for layer, cases in BAD_SEALS.items():
        for name, (raw, about) in cases.items():
            yield Vector(f"bad/seal/{layer}-{name}", "seal", about, (raw,), SIGNED_BY, layer)


def statement_cases():
    """What the root says of keys (L17)."""
    good = stated(signer("branch key 1"))
    yield Vector("good/statement/log", "statement", "the first log key of a branch", (good,), ROOTED)
    tomorrow = stated(signer("x"), purpose="checkpoint", algorithm="ml-dsa-44")
    about = "a purpose and an algorithm of tomorrow: read, and passed over"
    yield Vector("good/statement/tomorrow", "statement", about, (tomorrow,), ROOTED)
    for name, layer, raw, about in (
        ("other-root", "signature", stated(signer("x"), root=signer("other root")), "another root signed it"),
        ("trailing", "statement", good + b"\0", "a byte behind the statement"),
        ("version-2", "statement", stated(signer("x"), version=2), "a version that this release cannot read"),
        ("number-0", "statement", stated(signer("x"), number=0), "numbers start at 1"),
    ):
        yield Vector(f"bad/statement/{name}", "statement", about, (raw,), ROOTED, layer)


def receipt_cases():
    """What a household's QR code proves with the root key alone (L13)."""
    branch = a_group()
    phone, deputy = branch.phones
    marked = Marked(phone.log, 1, phone.head, ENTRIES[0])
    good = ReceiptProof(marked, mark(marked, phone.key), phone.admitted_in, branch.statements[0])
    text = write_qr(good)
    about = "a collection, its mark, the seal that admitted the phone, the statement of the branch key"
    yield _receipt("good/receipt/collected", about, good, text)
    not_said = Marked(phone.log, 1, phone.head, entry_bytes(an(DayOpened)))
    tomorrow = stated(signer("branch key 1"), algorithm="ml-dsa-44")
    not_alone, no_admission = branch.seal(phone.admission, an(DayOpened)), branch.seal(an(DayOpened))
    own, bundle = phone.seal(an(Visited)), stated(signer("branch key 1"), purpose="bundle")
    changed = structs.replace
    for name, layer, about, proof in (
        ("other-entry", "signature", "another entry than was marked", _remarked(good, entry=ENTRIES[1])),
        ("other-place", "signature", "another seq than was marked", _remarked(good, seq=2)),
        ("other-writer", "key", "another phone's admission", changed(good, admitted=deputy.admitted_in)),
        ("not-alone", "key", "an admission that is not sealed alone", changed(good, admitted=not_alone)),
        ("purpose", "key", "a key stated for bundles", changed(good, statement=bundle)),
        ("algorithm", "key", "an algorithm of tomorrow", changed(good, statement=tomorrow)),
        ("no-phones", "receipt", "nothing that a phone says", _marked(good, not_said, phone)),
        ("no-admission", "key", "a seal without one", changed(good, admitted=no_admission)),
        ("phones-seal", "key", "a phone's own seal", changed(good, admitted=own)),
    ):
        yield _receipt(f"bad/receipt/{name}", about, proof, write_qr(proof), layer)
    yield _receipt("bad/receipt/other-root", "another root is pinned", good, text, "signature", "other root")
    yield _receipt("bad/receipt/lower-case", "the code's text in lower case", good, text.lower(), "qr")
    yield _receipt("bad/receipt/padded", "base32 with its padding", good, text + "=", "qr")


def _marked(proof, marked, phone):
    return structs.replace(proof, marked=marked, mark=mark(marked, phone.key))


def _remarked(proof, **changed):
    return structs.replace(proof, marked=structs.replace(proof.marked, **changed))


def _receipt(name, about, proof, text, expect="ok", root="root"):
    given = {"root": signer(root).spki.hex(), "qr": text}
    return Vector(name, "receipt", about, (encode(proof),), given, expect)
