"""Hypothesis strategies for everything that has a field list: every type joins by its own annotations.

``of(Collected)`` gives values that the type allows, whatever sense they make; ``any_entry()`` gives any kind.
"""

from functools import cache
from itertools import pairwise

import msgspec
from hypothesis import strategies as st

from protocol.codec import encode
from protocol.entries import BRANCH_KINDS, PHONE_KINDS
from protocol.phone_facts import Knows

LATIN = st.sampled_from(
    [chr(code) for part in ((0x20, 0x7F), (0xC0, 0x250), (0x1EA0, 0x1F00)) for code in range(*part)]
)
GROUP_CODES = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,23}\Z")
FAITHFUL_LIST_MAX = 4  # longer lists add bytes, not shapes
INT64 = st.integers(-(2**63), 2**63 - 1)


@cache
def of(kind):
    """Values of a type: a struct, or anything that stands in a field list."""
    return _of(msgspec.inspect.type_info(kind))


@cache
def any_entry(kinds=(*PHONE_KINDS, *BRANCH_KINDS)):
    """Entries of any kind, or of the kinds named."""
    return st.sampled_from(kinds).flatmap(of)


def phone_entry():
    """Entries that a phone may sign."""
    return any_entry(PHONE_KINDS)


def branch_entry():
    """Entries that the branch may sign."""
    return any_entry(BRANCH_KINDS)


def canonical_value(depth=3):
    """Values that canonical MessagePack can spell, nested to ``depth`` arrays."""
    leaf = st.none() | INT64 | st.binary(max_size=300) | st.text(LATIN, max_size=40)
    value = leaf
    for _ in range(depth):
        value = leaf | st.lists(value, max_size=20).map(tuple)
    return value


def unknown_entry():
    """Canonical bytes of an entry of a kind that this release does not know."""
    fields = st.lists(canonical_value(2), max_size=6)
    return st.builds(lambda tag, rest: encode((tag, *rest)), st.integers(1_000, 2**40), fields)


def _of(shape):  # noqa: C901, PLR0911 (one line per shape)
    match shape:
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.IntType(ge=least, le=most):
            return st.integers(least, most) | st.sampled_from((least, most))
        case msgspec.inspect.BytesType(min_length=least, max_length=most):
            return st.binary(min_size=least or 0, max_size=min(most or 64, 300))
        case msgspec.inspect.StrType(max_length=24):
            return GROUP_CODES
        case msgspec.inspect.StrType(min_length=least, max_length=most):
            return st.text(LATIN, min_size=least or 0, max_size=most or 40)
        case msgspec.inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case msgspec.inspect.UnionType(types=types):
            return st.one_of(*map(_of, types))
        case msgspec.inspect.VarTupleType(item_type=inner, min_length=least):
            return st.lists(_of(inner), min_size=least or 0, max_size=FAITHFUL_LIST_MAX).map(tuple)
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            parts = [_of(field.type) for field in fields]
            if cls is Knows:
                parts[1] = parts[1].map(_ascending)
            return st.builds(cls, *parts)
        case _:
            raise AssertionError(shape)


def _ascending(tips):
    once = sorted({(tip.writer, tip.epoch): tip for tip in tips}.values())
    assert all(earlier < later for earlier, later in pairwise(once))
    return tuple(once)
