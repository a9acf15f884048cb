"""Body encoding 1: the entries of a seal turned into columns (L6). Knows no kind of entry.

A body is one canonical value: ``[value]`` for a single entry, and ``[n, table…]`` for n ≥ 2 of them.

A *table* of n values is one node when they have one shape; otherwise a column that gives the shape of each,
and one node for each shape, in the order in which shapes first come. The *shape* of a value is nil, number,
bytes or text; list, for an array whose elements are all arrays of one shape (or that has none); else the
shapes of its elements. A *node* holds the n values of one shape:

    nil                           nil
    see ``columns``               numbers
    a byte string or a text       bytes or texts that are all the same
    [2, column, a, b, …]          bytes or texts: which of the different ones, in the order of first coming
    [1, column of lengths, t…]    lists: how long each is, and a table of all their elements, if there are any
    [0, node, …]                  arrays that are no lists: one node for each element

What was read is held against the rules that wrote it: there is one spelling. No step builds more values than
a body of encoding 0 could hold.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise, repeat
from types import NoneType
from typing import TypeVar

import msgspec

from protocol import columns
from protocol.codec import encode, scan
from protocol.errors import MalformedError
from protocol.limits import ENTRY_DEPTH_MAX, SEAL_ENTRIES_MAX, SEAL_INFLATED_BYTES_MAX

_ARRAYS, _LISTS, _CHOICE = 0, 1, 2
_LENGTH_MAX = 2**16 - 1
_NODE_DEPTH_MAX = 2 * ENTRY_DEPTH_MAX
T = TypeVar("T")
_encode = msgspec.msgpack.Encoder().encode


def pack(entries: Sequence[bytes]) -> bytes:
    """The one body of these canonical values, at least one."""
    values = [msgspec.msgpack.decode(raw) for raw in entries]
    return encode(values if len(values) == 1 else [len(values), *_table(values)])


def unpack(body: bytes) -> tuple[bytes, ...]:
    """The entries of a body; raises MalformedError for every body that ``pack`` would not have made."""
    if scan(body, 0, _NODE_DEPTH_MAX) != len(body):
        raise MalformedError("bytes follow the columns")
    read = msgspec.msgpack.decode(body)
    if not isinstance(read, list) or not read:
        raise MalformedError("a body of columns is an array")
    if len(read) == 1:
        scan(body, 1)  # once more, with the depth of an entry
        return (body[1:],)
    count = read[0]
    if not isinstance(count, int) or not 1 < count <= SEAL_ENTRIES_MAX:
        raise MalformedError(f"a body of columns has 2 to {SEAL_ENTRIES_MAX} entries")
    return tuple(map(_encode, _Reader().table(read[1:], count, 0)[0]))


def _shape(value: object) -> object:
    """A type for nil, numbers, bytes, texts and lists; a tuple of shapes for other arrays."""
    if not isinstance(value, list):
        return type(value)
    inner = tuple(map(_shape, value))
    return list if _is_list(inner) else inner


def _is_list(inner: tuple[object, ...]) -> bool:
    return all(map(_is_array, inner)) and len(set(inner)) <= 1


def _is_array(shape: object) -> bool:
    return shape is list or isinstance(shape, tuple)


def _table(values: Sequence[object]) -> list[object]:
    shapes = list(map(_shape, values))
    different = {shape: number for number, shape in enumerate(dict.fromkeys(shapes))}
    if len(different) == 1:
        return [_Writer().node(shapes[0], values)]
    order = columns.pack(columns.column([different[shape] for shape in shapes]))
    nodes = [
        _Writer().node(shape, [value for value, its in zip(values, shapes, strict=True) if its == shape])
        for shape in different
    ]
    return [order, *nodes]


class _Writer:
    """Writes the values of one shape; remembers the last column of numbers, for differences to it."""

    def __init__(self) -> None:
        self._before: columns.Column | None = None

    def node(self, shape: object, values: Sequence[object]) -> object:
        if shape is NoneType:
            return None
        if shape is int:
            given = columns.column(_all(int, values))
            node = columns.pack(given, self._before)
            self._before = given
            return node
        if isinstance(shape, tuple):
            turned = zip(*_all(list, values), strict=True)
            return [_ARRAYS, *(self.node(one, its) for one, its in zip(shape, turned, strict=True))]
        if shape is list:
            lists = _all(list, values)
            elements = list(chain.from_iterable(lists))
            return [
                _LISTS,
                columns.pack(columns.column(list(map(len, lists)))),
                *(_table(elements) if elements else ()),
            ]
        different = {value: number for number, value in enumerate(dict.fromkeys(values))}
        if len(different) == 1:
            return values[0]
        chosen = columns.column([different[value] for value in values])
        return [_CHOICE, columns.pack(chosen), *different]


class _Reader:
    """Reads nodes; counts the values that it builds, each of which is a byte at least."""

    def __init__(self) -> None:
        self._room = SEAL_INFLATED_BYTES_MAX
        self._before: columns.Column | None = None

    def table(
        self, nodes: Sequence[object], count: int, depth: int
    ) -> tuple[Iterable[object], Sequence[int] | None]:
        """The values of a table, and which shape each has; None when there is one."""
        if len(nodes) == 1:
            return self._rows(nodes[0], count, depth), None
        order = columns.unpack(nodes[0], count).numbers
        shapes = [_shape_of(node) for node in nodes[1:]]
        if len(set(shapes)) != len(shapes) or not 1 < len(shapes) == len(set(order)):
            raise MalformedError("a table has a shape twice, or one that never comes")
        if list(dict.fromkeys(order)) != list(range(len(shapes))):
            raise MalformedError("the shapes of a table do not stand in the order in which they come")
        rows = [iter(self._rows(node, order.count(number), depth)) for number, node in enumerate(nodes[1:])]
        return map(next, map(rows.__getitem__, order)), order

    def _rows(self, node: object, count: int, depth: int) -> Iterable[object]:
        before, self._before = self._before, None
        rows = self._values(node, count, depth)
        self._before = before
        return rows

    def _values(self, node: object, count: int, depth: int) -> Iterable[object]:
        self._take(count)
        if columns.is_column(node):
            self._before = columns.unpack(node, count, self._before)
            return self._before.numbers
        match node:
            case None:
                return repeat(None, count)
            case bytes() | str():
                self._take(count * _length(node))
                return repeat(node, count)
            case [2, column, *different]:
                return self._chosen(column, different, count)
            case [1, column, *nodes]:
                return self._lists(column, nodes, count, _deeper(depth))
            case [0, *nodes] if not _is_list(tuple(map(_shape_of, nodes))):
                within = _deeper(depth)
                return zip(*[self._values(one, count, within) for one in nodes], strict=True)
        raise MalformedError("a node has an unknown form")

    def _chosen(self, column: object, different: Sequence[object], count: int) -> list[object]:
        chosen = columns.unpack(column, count).numbers
        kinds = set(map(type, different))
        if len(kinds) != 1 or not kinds <= {bytes, str} or len(set(different)) != len(different):
            raise MalformedError("a choice is among different byte strings, or different texts")
        if len(different) == 1 or list(dict.fromkeys(chosen)) != list(range(len(different))):
            raise MalformedError("the values of a choice do not stand in the order in which they come")
        values = [different[number] for number in chosen]
        self._take(sum(_length(value) for value in values if isinstance(value, bytes | str)))
        return values

    def _lists(self, column: object, nodes: Sequence[object], count: int, depth: int) -> Iterable[object]:
        lengths = columns.unpack(column, count).numbers
        total = sum(lengths)
        if min(lengths) < 0 or max(lengths) > _LENGTH_MAX or (total == 0) != (not nodes):
            raise MalformedError("lists have a length, and a table when they are not all empty")
        if not nodes:
            return repeat((), count)
        if not all(_is_array(_shape_of(node)) for node in (nodes if len(nodes) == 1 else nodes[1:])):
            raise MalformedError("the elements of a list are arrays")
        self._need(total)
        found, order = self.table(nodes, total, depth)
        if order is not None and not all(_is_even(part) for part in _parts(order, lengths)):
            raise MalformedError("the elements of a list have one shape")
        return _parts(found, lengths)

    def _take(self, count: int) -> None:
        self._need(count)
        self._room -= count

    def _need(self, count: int) -> None:
        if count > self._room:
            raise MalformedError(f"the columns hold more than {SEAL_INFLATED_BYTES_MAX} bytes")


def _shape_of(node: object) -> object:
    """The shape of the values of a node; its form is checked where it is read."""
    if columns.is_column(node):
        return int
    match node:
        case [0, *nodes]:
            return tuple(map(_shape_of, nodes))
        case [1, *_]:
            return list
        case [2, _, first, *_]:
            return type(first)
    return type(node)


def _length(value: bytes | str) -> int:
    return len(value.encode() if isinstance(value, str) else value)


def _deeper(depth: int) -> int:
    if depth == ENTRY_DEPTH_MAX:
        raise MalformedError(f"arrays are nested deeper than {ENTRY_DEPTH_MAX}")
    return depth + 1


def _parts(values: Iterable[T], lengths: Sequence[int]) -> Iterator[tuple[T, ...]]:
    """Consecutive values, so many for each length."""
    length = lengths[0]
    left = iter(values)
    if length and lengths.count(length) == len(lengths):
        return zip(*[left] * length, strict=True)
    return map(tuple, map(islice, repeat(left), lengths))


def _is_even(order: Sequence[int]) -> bool:
    return all(one == other for one, other in pairwise(order))


def _all(kind: type[T], values: Sequence[object]) -> list[T]:
    return [value for value in values if isinstance(value, kind)]
