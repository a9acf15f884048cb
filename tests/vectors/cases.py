"""What a vector is made of, and the vectors of canonical MessagePack, texts and chains (L2, L4, L5)."""

import msgspec

from protocol.codec import encode
from protocol.entries import entry_bytes
from protocol.phone_facts import Collected, Visited
from tests.builders import signer
from tests.facts import an


class Vector(msgspec.Struct, frozen=True):
    """One file: where it goes, what is given, and which layer must refuse it (``ok``: none)."""

    name: str
    kind: str
    about: str
    parts: tuple[bytes, ...]
    given: dict[str, str] = {}
    expect: str = "ok"


VALUES = {
    "nil": None,
    "int-0": 0,
    "int-127": 127,
    "int-128": 128,
    "int-255": 255,
    "int-256": 256,
    "int-65535": 65_535,
    "int-65536": 65_536,
    "int-4294967295": 2**32 - 1,
    "int-4294967296": 2**32,
    "int-most": 2**63 - 1,
    "int-minus-1": -1,
    "int-minus-32": -32,
    "int-minus-33": -33,
    "int-minus-128": -128,
    "int-minus-129": -129,
    "int-minus-32768": -32_768,
    "int-minus-32769": -32_769,
    "int-minus-2147483648": -(2**31),
    "int-minus-2147483649": -(2**31) - 1,
    "int-least": -(2**63),
    "bytes-0": b"",
    "bytes-255": b"\x01" * 255,
    "bytes-256": b"\x01" * 256,
    "text-0": "",
    "text-31": "Hộ nghèo ở vùng khó khăn",
    "text-32": "a" * 32,
    "text-120-bytes": "\u1ea1" * 40,
    "array-0": (),
    "array-15": (1,) * 15,
    "array-16": (1,) * 16,
    "array-nested-6": ((((((1,),),),),),),
}

NOT_CANONICAL = {
    "trailing": ("05c0", "a second value behind the first (W3)"),
    "uint8-5": ("cc05", "5 as uint8 (W9)"),
    "uint8-127": ("cc7f", "127 as uint8"),
    "uint16-255": ("cd00ff", "255 as uint16"),
    "uint32-65535": ("ce0000ffff", "65,535 as uint32"),
    "uint64-4294967295": ("cf00000000ffffffff", "2^32 - 1 as uint64"),
    "uint64-over-int64": ("cf8000000000000000", "2^63 is over int64 (W12)"),
    "int8-minus-1": ("d0ff", "-1 as int8"),
    "int8-minus-32": ("d0e0", "-32 as int8"),
    "int8-5": ("d005", "5 as int8"),
    "int16-minus-128": ("d1ff80", "-128 as int16"),
    "int16-128": ("d10080", "128 as int16"),
    "int32-minus-32768": ("d2ffff8000", "-32,768 as int32"),
    "int64-minus-2147483648": ("d3ffffffff80000000", "-2^31 as int64"),
    "bin16-3": ("c50003aabbcc", "3 bytes as bin16"),
    "bin32-3": ("c600000003aabbcc", "3 bytes as bin32"),
    "str8-2": ("d9024d4e", "2 letters as str8"),
    "str16-2": ("da00024d4e", "2 letters as str16"),
    "str32-2": ("db000000024d4e", "2 letters as str32"),
    "array16-2": ("dc00020101", "2 values as array16"),
    "array32-2": ("dd000000020101", "2 values as array32"),
    "reserved": ("c1", "the byte that MessagePack never uses"),
    "false": ("c2", "a truth value"),
    "true": ("c3", "a truth value"),
    "float32": ("ca3f800000", "a float (W11)"),
    "float64": ("cb3ff0000000000000", "a float (W11)"),
    "map-0": ("80", "an empty map"),
    "map-1": ("8101a0", "a map"),
    "ext": ("c7010100", "an extension"),
    "fixext": ("d40100", "an extension"),
    "timestamp": ("d6ff00000000", "the timestamp extension"),
    "cut-int": ("cd01", "an integer cut short (W2)"),
    "cut-bytes": ("c40201", "bytes cut short"),
    "cut-text": ("a34d4e", "a text cut short"),
    "cut-array": ("9201", "an array cut short"),
    "array-65535-promised": ("dcffff01", "65,535 values promised, one there"),
    "nested-7": ("91919191919191" + "01", "an array inside six others (W7)"),
    "nested-7-empty": ("91919191919190", "an empty array inside six others"),
    "text-not-utf8": ("a2fffe", "a text that is not UTF-8 (W5)"),
    "text-overlong": ("a2c0af", "UTF-8 in a longer form than needed"),
    "text-surrogate": ("a3eda080", "a lone surrogate (W6)"),
    "text-line-end": ("a74b4d2d3030310a", "a line end (W13)"),
    "text-nul": ("a3610062", "a NUL (W15)"),
    "text-bidi": ("a4e280ae4b", "a direction override (W15)"),
    "text-zero-width": ("a4e2808b4b", "a zero-width space (W15)"),
    "text-combining": ("a365cc81", "a combining mark: NFD (W16)"),
    "text-cyrillic": ("a2d09a", "a letter of another script"),
    "text-121-bytes": ("d979" + "61" * 121, "121 bytes of text"),
}


def codec_cases():
    """One value each: every form at its bounds, and every other spelling."""
    for name, value in VALUES.items():
        yield Vector(f"good/value/{name}", "value", "one canonical value", (encode(value),))
    for name, (raw, about) in NOT_CANONICAL.items():
        yield Vector(f"bad/codec/{name}", "value", about, (bytes.fromhex(raw),), expect="codec")


def text_cases():
    """Detached texts and their hashes."""
    salt = bytes(range(16))
    good = {"name": "Phạm Thị Lụa", "address": "Số 3, Khu dân cư Tân Trạch", "other-script": "漢字 ₫ 🙂"}
    bad = {"nfd": "e\u0301", "nul": "a\0b", "line-end": "a\nb", "bidi": "\u202ea", "zero-width": "a\u200bb"}
    for name, text in good.items():
        yield Vector(f"good/text/{name}", "text", "a detached text (L4)", (salt,), {"text": _json(text)})
    for name, text in bad.items():
        about = "a detached text that shows not all that it holds, or is not NFC (W15, W16)"
        yield Vector(f"bad/text/{name}", "text", about, (salt,), {"text": _json(text)}, "text")


def chain_cases():
    """A genesis and the hashes after it (L5)."""
    opening = entry_bytes(an(Visited, member=9))
    entries = [entry_bytes(an(Collected, receipt_no=number)) for number in (1, 2, 3)]
    parts = (signer("root").spki, opening, *entries)
    yield Vector("good/chain/three", "chain", "root SPKI, opening entry, then three entries", parts)


def _json(text):
    return msgspec.json.encode(text).decode()
