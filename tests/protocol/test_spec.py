"""The pages of docs/spec say what the code does: field lists, limits, and the bytes of their examples."""

import re
from itertools import pairwise

import msgspec
import pytest

from protocol import (
    bundle,
    checkpoint,
    enrolment,
    evidence,
    exchange,
    ids,
    keys,
    limits,
    loan_facts,
    phone_facts,
    posting_facts,
    receipt,
    roster_facts,
    seal,
    transit,
    trust_facts,
    voucher,
)
from protocol.entries import TAGS
from tests.house.sources import ROOT
from tests.vectors.check import parsed
from tests.vectors.make import on_disk

PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/spec").glob("*.md")}
MODULES = (
    bundle,
    checkpoint,
    enrolment,
    evidence,
    exchange,
    ids,
    keys,
    loan_facts,
    phone_facts,
    posting_facts,
    receipt,
    roster_facts,
    seal,
    transit,
    trust_facts,
    voucher,
)
INSIDE_ONLY = {
    "AnyHeader",
    "SealRead",
    "SealedRun",
    "Cut",
    "Receiver",
    "_Versioned",
    "Voucher",
    "OpenedUp",
    "OpenedDown",
    "Trust",
    "_Said",
    "Side",
    "Proved",
    "Published",
    "Contradiction",
}  # never bytes of their own
TYPE_ROW = re.compile(r"^\| `(\w+)` \| (integer|bytes|text) \| *(−?\d*) *\| *(\d*) *\|", re.MULTILINE)
LIST = re.compile(r"\[(\S+) (\d+)\.\.(\d*)\]")


def blocks(marker):
    """Fenced blocks behind a comment line that starts with the marker: (rest of the line, text)."""
    for page in PAGES.values():
        yield from re.findall(rf"^% {marker}([^\n]*)\n```text\n(.*?)```", page, re.DOTALL | re.MULTILINE)


def field_lists():
    """What the pages define: name → (tag or None, [(field, type)])."""
    found = {}
    for _, block in blocks("fields"):
        for definition in re.split(r"\n(?! )", block.strip("\n")):
            head, fields = re.sub(r"\s+", " ", definition).split(" = ")
            *tag, name = head.split(" ")
            assert name not in found, name
            listed = [tuple(field.split(": ")) for field in fields.split(", ")]
            found[name] = (int(tag[0]) if tag else None, listed)
    return found


FIELD_LISTS = field_lists()
TYPES = {name: bounds for name, *bounds in TYPE_ROW.findall(PAGES["entries.md"])}
STRUCTS = {
    name: kind
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__
}


def test_every_struct_that_is_ever_bytes_has_its_field_list_on_a_page():
    assert FIELD_LISTS.keys() == STRUCTS.keys() - INSIDE_ONLY


@pytest.mark.parametrize("name", FIELD_LISTS)
def test_L2_a_field_list_on_the_page_is_the_structs_own(name):
    shape = msgspec.inspect.type_info(STRUCTS[name])
    tag, fields = FIELD_LISTS[name]
    assert tag == shape.tag
    assert [field for field, _ in fields] == [field.name for field in shape.fields]
    for field, (_, written) in zip(shape.fields, fields, strict=True):
        assert _fits(written, field.type), (field.name, written, field.type)
    assert shape.forbid_unknown_fields or name == "Header"


def test_the_common_header_is_the_start_of_version_1s():
    common, whole = (msgspec.inspect.type_info(kind).fields for kind in (seal.AnyHeader, seal.Header))
    assert [(field.name, field.type) for field in common] == [(field.name, field.type) for field in whole[:7]]


def test_tags_are_in_order_and_each_kind_is_explained_once():
    tags = [tag for tag, _ in FIELD_LISTS.values() if tag is not None]
    assert all(earlier < later for earlier, later in pairwise(tags))
    assert tags == sorted(TAGS)
    explained = re.findall(r"^\| `([A-Z]\w+)` \|", PAGES["entries.md"], re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert {kind.__name__ for kind in TAGS.values()} <= set(explained)


def test_L8_the_limits_on_the_page_are_the_constants():
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", PAGES["wire.md"], re.MULTILINE)
    constants = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert {name: int(value) for name, value in rows} == constants


@pytest.mark.parametrize(("name", "block"), [(name.strip(" :"), block) for name, block in blocks("vector")])
def test_an_example_that_is_explained_byte_by_byte_is_its_vector(name, block):
    spelled = [re.match(r"[0-9a-f]{2}[0-9a-f ]*?(?=  |$)", line)[0] for line in block.strip("\n").split("\n")]
    assert "".join(spelled).replace(" ", "") == parsed(on_disk()[f"{name}.txt"])[1][0].hex()


def test_the_example_of_a_vector_is_one():
    (example,) = re.findall(r"^kind: entry\n.*?(?=\n```)", PAGES["vectors.md"], re.DOTALL | re.MULTILINE)
    headers, parts = parsed(example)
    real_headers, real_parts = parsed(on_disk()["good/entry/CashHandedOver.txt"])
    assert parts == real_parts
    assert headers["value"] == real_headers["value"]


def _fits(written, shape):  # noqa: PLR0911 (one line per shape)
    """Say whether a type as the page writes it is the type of a field."""
    if written.endswith("?"):
        assert isinstance(shape, msgspec.inspect.UnionType)
        inner = [one for one in shape.types if not isinstance(one, msgspec.inspect.NoneType)]
        return shape.includes_none and len(inner) == 1 and _fits(written[:-1], inner[0])
    match shape:
        case msgspec.inspect.VarTupleType(item_type=inner, min_length=least, max_length=most):
            of, low, high = LIST.fullmatch(written).groups()
            return (least or 0, most) == (int(low), int(high) if high else None) and _fits(of, inner)
        case msgspec.inspect.LiteralType(values=values):
            choices = {int(one) if one.isdigit() else one.strip('"') for one in written.split("|")}
            return choices == set(values)
        case msgspec.inspect.StructType(cls=cls):
            return written == cls.__name__
    kind, low, high = TYPES[written]
    bounds = tuple(int(one.replace("−", "-")) if one else None for one in (low, high))
    match shape:
        case msgspec.inspect.IntType(ge=least, le=most):
            return kind == "integer" and bounds == (least, most)
        case msgspec.inspect.BytesType(min_length=least, max_length=most):
            return kind == "bytes" and bounds == (least, most)
        case msgspec.inspect.StrType(min_length=least, max_length=most, pattern=pattern):
            fixed = re.search(r"\{(\d+)\}", pattern or "")
            length = (int(fixed[1]), int(fixed[1])) if fixed else (least, most)
            return kind == "text" and bounds == length
    return False
