"""Columns of whole numbers, as short as one frozen rule makes them: the number half of body encoding 1 (L6).

A column of n ≥ 1 numbers within int64 is one node:

    k                              every number is k
    [3, base, step, bits, planes]  base + step × offset, with offsets of so many bits
    [4, mask, node]                zero where the mask's bit is 0; the node has the others
    [5, first, node]               running sums: first, then one difference for each further number
    [6, node]                      what is to be added to the numbers of the column before

``planes`` are first whole bytes, the lowest of every offset, then the next; then single bits, the lowest of
what is left first, each plane padded with zero bits. The rule judges by a sample of the column, and what a
reader has read must be what the rule would have written: there is one spelling.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate, chain, compress
from math import gcd
from operator import add, sub

from msgspec import Struct

from protocol.errors import MalformedError

PACKED, SPARSE, SUMS, DIFFERENCE = 3, 4, 5, 6
SAMPLE_END = 32
"""A longer column is judged by so many numbers at either end, and by the differences within each end."""

_PACKED_COST, _SPARSE_COST, _SUMS_COST, _DIFFERENCE_COST = 64, 40, 24, 16
"""What a form costs beside its numbers, in bits: a part of the frozen rule."""

IS_BIG_ENDIAN = array("Q", (1,)).tobytes()[-1] == 1
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
_NEAR = 2**62  # two numbers nearer to zero than this differ by less than int64 holds
_OFFSET_BITS_MAX = 64
_BITS = [bytes(byte >> shift & 1 for shift in range(7, -1, -1)) for byte in range(256)]
_DIGITS = [bytes(ord("0") + (byte >> shift & 1) for byte in range(256)) for shift in range(8)]


class Column(Struct, frozen=True):
    """At least one number; ``is_near``: all so near to zero that differences to such others fit int64."""

    numbers: Sequence[int]
    is_near: bool


def column(numbers: Sequence[int]) -> Column:
    """Numbers of a value, to be packed."""
    return Column(numbers, min(numbers) > -_NEAR and max(numbers) < _NEAR)


def pack(given: Column, before: Column | None = None) -> object:
    """The one node of a column; ``before`` is the column that it may be the difference to."""
    numbers = given.numbers
    if _is_constant(numbers):
        return numbers[0]
    relation, is_sparse = _form(given, before)
    if relation == SUMS:
        return [SUMS, numbers[0], _flat(list(map(sub, numbers[1:], numbers)), is_sparse=is_sparse)]
    if relation == DIFFERENCE and before is not None:
        return [DIFFERENCE, _flat(list(map(sub, numbers, before.numbers)), is_sparse=is_sparse)]
    return _flat(numbers, is_sparse=is_sparse)


def unpack(node: object, count: int, before: Column | None = None) -> Column:
    """The column of a node; raises MalformedError, also for a node that ``pack`` would not have made."""
    if isinstance(node, int):
        return Column([node] * count, -_NEAR < node < _NEAR)
    numbers, relation, is_sparse = _related(node, count, before)
    found = column(numbers)
    if not found.is_near and (min(numbers) < _INT64_MIN or max(numbers) > _INT64_MAX):
        raise MalformedError("a number of a column is outside int64")
    its_relation, is_rather_sparse = _form(found, before)
    if its_relation != relation or is_sparse not in (is_rather_sparse, None):
        raise MalformedError("a column is not in the form that the rule gives it")
    return found


def is_column(node: object) -> bool:
    """Say whether a node is one of numbers."""
    return isinstance(node, int) or (isinstance(node, list) and node[:1] in _FORMS)


def _related(node: object, count: int, before: Column | None) -> tuple[list[int], int | None, bool | None]:
    """Numbers, how they are said to relate to others, and whether sparsely (None: all the same)."""
    match node:
        case [5, int(first), inner] if count > 1:
            differences, is_sparse = _read_flat(inner, count - 1)
            return list(accumulate(differences, initial=first)), SUMS, is_sparse
        case [6, inner] if before is not None:
            differences, is_sparse = _read_flat(inner, count)
            return list(map(add, before.numbers, differences)), DIFFERENCE, is_sparse
    numbers, is_sparse = _read_flat(node, count)
    return numbers, None, is_sparse


def _read_flat(node: object, count: int) -> tuple[list[int], bool | None]:
    match node:
        case int(number):
            return [number] * count, None
        case [3, *_]:
            return _read_packed(node, count), False
        case [4, bytes(mask), inner]:
            return _spread(_bits(mask, count), inner, count), True
    raise MalformedError("a column of numbers has an unknown form")


def _read_packed(node: object, count: int) -> list[int]:
    match node:
        case [3, int(base), int(step), int(bits), bytes(planes)]:
            offsets = _offsets(planes, count, bits)
            greatest = max(offsets)
            is_tight = step == 1 if greatest > _INT64_MAX else gcd(*offsets) == 1
            if min(offsets) or greatest.bit_length() != bits or step < 1 or not is_tight:
                raise MalformedError("a column is not packed as tightly as it can be")
            if greatest * step > _INT64_MAX and step > 1:
                raise MalformedError("the steps of a column go beyond int64")
            if step == 1:
                return list(map(base.__add__, offsets))
            return [base + step * offset for offset in offsets]
    raise MalformedError("a packed column has another form")


def _spread(mask: bytes, inner: object, count: int) -> list[int]:
    places = list(compress(range(count), mask))
    others = [inner] * len(places) if isinstance(inner, int) else _read_packed(inner, len(places))
    if not others or 0 in others or len(others) == count:
        raise MalformedError("a sparse column has zeros, and others")
    numbers = [0] * count
    for place, number in zip(places, others, strict=True):
        numbers[place] = number
    return numbers


def _offsets(planes: bytes, count: int, bits: int) -> list[int]:
    whole, rest = divmod(bits, 8)
    width = -(-count // 8)
    if not 0 < bits <= _OFFSET_BITS_MAX or len(planes) != whole * count + rest * width:
        raise MalformedError("a column has planes of another length")
    found = bytearray(8 * count)
    for place in range(whole):
        found[place::8] = planes[place * count : (place + 1) * count]
    top = 0
    for shift in range(rest):
        at = whole * count + shift * width
        top |= int.from_bytes(_bits(planes[at : at + width], count), "little") << shift
    if rest:
        found[whole::8] = top.to_bytes(count, "little")
    return _words(found).tolist()


def _bits(plane: bytes, count: int) -> bytes:
    """One byte, 0 or 1, for each bit; the highest bit of a byte comes first."""
    bits = b"".join(map(_BITS.__getitem__, plane))
    if len(plane) != -(-count // 8) or any(bits[count:]):
        raise MalformedError("a plane of bits has another length, or something in its padding")
    return bits[:count]


def _words(raw: bytes | bytearray) -> "array[int]":
    """Words of 64 bits, the low byte first, on a host of either order."""
    words = array("Q")
    words.frombytes(raw)
    if IS_BIG_ENDIAN:
        words.byteswap()
    return words


def _form(given: Column, before: Column | None) -> tuple[int | None, bool]:
    """The frozen rule: to what numbers relate (None: to nothing), and whether they are sparse then."""
    numbers = given.numbers
    ends = [slice(None)] if len(numbers) <= 2 * SAMPLE_END else [slice(SAMPLE_END), slice(-SAMPLE_END, None)]
    sample = [numbers[end] for end in ends]
    best, is_sparse = _cheaper(list(chain.from_iterable(sample)))
    relation = None
    if given.is_near:
        sums, are_sparse = _cheaper([one for part in sample for one in map(sub, part[1:], part)])
        if sums + _SUMS_COST < best:
            best, is_sparse, relation = sums + _SUMS_COST, are_sparse, SUMS
        if before is not None and before.is_near:
            parts = zip(sample, (before.numbers[end] for end in ends), strict=True)
            differences, are_sparse = _cheaper([one for part in parts for one in map(sub, *part)])
            if differences + _DIFFERENCE_COST < best:
                is_sparse, relation = are_sparse, DIFFERENCE
    return relation, is_sparse


def _cheaper(sample: Sequence[int]) -> tuple[int, bool]:
    """What numbers cost, and whether that is so because most are 0."""
    packed = _cost(sample)
    if 0 not in sample:
        return packed, False
    sparse = _SPARSE_COST + len(sample) + _cost([number for number in sample if number])
    return min((packed, False), (sparse, True))


def _flat(numbers: Sequence[int], *, is_sparse: bool) -> object:
    if _is_constant(numbers):
        return numbers[0]
    return _sparse(numbers) if is_sparse else _packed(numbers)


def _packed(numbers: Sequence[int]) -> object:
    base, step, bits = _frame(numbers)
    words = array("Q", [(number - base) // step for number in numbers])
    raw = _words(words.tobytes()).tobytes()
    whole, rest = divmod(bits, 8)
    planes = [raw[place::8] for place in range(whole)]
    planes += [_plane(raw[whole::8].translate(_DIGITS[shift])) for shift in range(rest)]
    return [PACKED, base, step, bits, b"".join(planes)]


def _sparse(numbers: Sequence[int]) -> object:
    others = [number for number in numbers if number]
    mask = bytes(map(bool, numbers)).translate(_DIGITS[0])
    return [SPARSE, _plane(mask), others[0] if _is_constant(others) else _packed(others)]


def _plane(digits: bytes) -> bytes:
    """Bits given as the digits 0 and 1, padded to whole bytes."""
    width = -(-len(digits) // 8)
    return int(digits.ljust(width * 8, b"0"), 2).to_bytes(width, "big")


def _cost(numbers: Sequence[int]) -> int:
    return 0 if _is_constant(numbers) else _PACKED_COST + len(numbers) * _frame(numbers)[2]


def _frame(numbers: Sequence[int]) -> tuple[int, int, int]:
    """Least number, greatest step that divides every offset, bits of the greatest offset in steps."""
    base = min(numbers)
    offsets = [number - base for number in numbers]
    spread = max(offsets)
    step = gcd(*offsets) if spread <= _INT64_MAX else 1
    return base, step, (spread // step).bit_length()


def _is_constant(numbers: Sequence[int]) -> bool:
    return not numbers or numbers.count(numbers[0]) == len(numbers)


_FORMS = ([PACKED], [SPARSE], [SUMS], [DIFFERENCE])
