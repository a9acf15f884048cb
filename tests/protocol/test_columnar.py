"""Body encoding 1 (L6): lossless, one spelling, and bounded whatever stands in it."""

import time
from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import columnar, columns
from protocol.codec import encode, split
from protocol.errors import MalformedError
from protocol.limits import SEAL_BODY_BYTES_MAX, SEAL_INFLATED_BYTES_MAX

NUMBERS = st.one_of(
    st.integers(-40, 40), st.integers(0, 9).map(lambda n: n * 10_000), st.integers(-(2**63), 2**63 - 1)
)
LEAVES = st.one_of(
    NUMBERS,
    st.none(),
    st.binary(max_size=3),
    st.binary(min_size=32, max_size=32),
    st.text("aạ ~", max_size=3),
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4), max_leaves=8).filter(
    lambda value: depth(value) <= 6
)
ROWS = st.lists(VALUES, min_size=1, max_size=4).flatmap(
    lambda few: st.lists(st.sampled_from(few) | VALUES, min_size=1, max_size=12)
)
LIKE_ENTRIES = st.lists(
    st.tuples(
        st.just(1), st.integers(1, 300), NUMBERS, st.lists(st.tuples(NUMBERS, st.integers(0, 3)), max_size=2)
    ),
    min_size=2,
    max_size=90,
)


def depth(value):
    return 1 + max(map(depth, value), default=0) if isinstance(value, list | tuple) else 0


@given(ROWS | LIKE_ENTRIES)
@example([[1, 5, [[7, 5, 5]]], [1, 6, [[8, 5, 5], [9, 0, 5]]], [4, 7, None], [1, 9, []]])
@example([[1, "a"], [1, "b"], [1, b"x"], [1, b"y"], [1, "a"], [2, b"x"]])
@example([[1, [[1], [1, 2]]], [1, [[[]], [[]]]], [1, []]])
@example([-(2**63), 2**63 - 1, 0])
@example([[-(2**62), 2**62 - 1], [2**62 - 1, -(2**62)], [0, 0]])
def test_L6_any_canonical_values_come_back(rows):
    entries = tuple(encode(row) for row in rows)
    body = columnar.pack(entries)
    assert columnar.unpack(body) == entries


@given(ROWS | LIKE_ENTRIES, st.data())
def test_L6_any_other_bytes_are_refused_or_are_the_one_spelling_of_what_they_say(rows, drawn):
    body = bytearray(columnar.pack([encode(row) for row in rows]))
    for _ in range(drawn.draw(st.integers(1, 3))):
        place = drawn.draw(st.integers(0, len(body) - 1))
        change = drawn.draw(st.sampled_from(["flip", "cut", "insert"]))
        if change == "flip":
            body[place] ^= 1 << drawn.draw(st.integers(0, 7))
        elif change == "cut":
            del body[place : place + drawn.draw(st.integers(1, 3))]
        else:
            body[place:place] = drawn.draw(st.binary(min_size=1, max_size=3))
        if not body:
            break
    only_itself(bytes(body))


@given(
    st.recursive(
        NUMBERS | st.none() | st.binary(max_size=9) | st.just("a"),
        lambda inner: st.lists(inner, max_size=4) | st.tuples(st.integers(0, 6), inner, inner).map(list),
        max_leaves=12,
    )
)
def test_L6_any_nodes_are_refused_or_are_the_one_spelling_of_what_they_say(node):
    only_itself(encode((3, node)))
    only_itself(encode((2, node, node)))


@given(st.integers(1, 70), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40))
def test_a_column_is_refused_or_is_the_one_spelling_of_what_it_says(count, bits, step, planes):
    for node in ([3, 5, step, bits, planes], [5, 1, [3, 0, step, bits, planes]], [4, planes, 7]):
        try:
            found = columns.unpack(node, count)
        except MalformedError:
            continue
        assert columns.pack(found) == node


def only_itself(body):
    try:
        entries = columnar.unpack(body)
    except MalformedError:
        return
    assert split(b"".join(entries), len(entries)) == entries
    assert columnar.pack(entries) == body


@pytest.mark.parametrize(
    ("about", "body"),
    [
        ("no bytes", b""),
        ("no array", encode(5)),
        ("nothing in it", encode(())),
        ("bytes behind it", encode((5,)) + b"\0"),
        ("one entry, nested too deeply", encode(((((((((),),),),),),),))),
        ("no entries", encode((0, 5))),
        ("one entry as a column", encode((1, 5))),
        ("501 entries", encode((501, 5))),
        ("a count that is none", encode((None, 5))),
        ("a table of an order alone", encode((2, (5, 0, 1), 5))),
        ("an order of one shape", encode((2, 0, 5))),
        ("an order that starts with the second shape", encode((2, (5, 1, -1), 5, None))),
        ("a shape twice", encode((2, (5, 0, 1), 5, 6))),
        ("an array that should be a list", encode((2, (0, (0, 5), (0, 6))))),
        ("an array without elements", encode((2, (0,)))),
        ("an unknown node", encode((2, (7, 5)))),
        ("an empty node", encode((2, ()))),
        ("a list of numbers", encode((2, (1, 1, 5)))),
        ("a list of negative length", encode((2, (1, -1)))),
        ("an empty list with a table", encode((2, (1, 0, (0, 5))))),
        ("a list without a table", encode((2, (1, 2)))),
        ("lists of two shapes", encode((2, (1, 2, (4, b"\x50", 1), (0, 5), (0, None))))),
        ("a choice of one", encode((2, (2, 0, "a")))),
        ("a choice between two kinds", encode((2, (2, (5, 0, 1), "a", b"a")))),
        ("a choice of the same twice", encode((2, (2, (5, 0, 1), "a", "a")))),
        ("a choice of numbers", encode((2, (2, (5, 0, 1), 5, 6)))),
        ("a choice in another order", encode((2, (2, (5, 1, -1), "a", "b")))),
        ("a choice that is not there", encode((2, (2, (5, 0, 2), "a", "b")))),
        ("a difference to nothing", encode((2, (6, 5)))),
        ("a plane that is cut", encode((9, (3, 0, 1, 1, b"\x40")))),
        ("a plane with something in its padding", encode((2, (3, 0, 1, 1, b"\x41")))),
        ("a column of no bits", encode((2, (3, 0, 1, 0, b"")))),
        ("a column of 65 bits", encode((2, (3, 0, 1, 65, bytes(17))))),
        ("a column with a bit too many", encode((2, (3, 0, 1, 2, b"\x40\x00")))),
        ("a column whose step is not the greatest", encode((2, (3, 0, 1, 2, b"\x00\x40")))),
        ("a column of step 0", encode((2, (3, 0, 0, 1, b"\x40")))),
        ("a column whose least number is not the base", encode((2, (3, 0, 1, 2, b"\x40\x80")))),
        ("a column that goes beyond int64", encode((2, (3, 2**63 - 1, 1, 1, b"\x40")))),
        ("a column whose steps go beyond int64", encode((3, (3, -(2**63), 2**62, 2, b"\x60\x20")))),
        ("a packed column without planes", encode((2, (3, 0, 1, 1)))),
        ("running sums where plain is cheaper", encode((3, (5, 1, (3, 1, 1, 1, b"\x40"))))),
        ("a sparse column of zeros", encode((2, (4, b"\0", 5)))),
        ("a sparse column without zeros", encode((2, (4, b"\xc0", 5)))),
        ("a sparse column where plain is cheaper", encode((2, (4, b"\x40", 5)))),
        ("a text that is none", encode((2, "\u202e"))),
    ],
)
def test_L6_a_body_that_no_writer_makes_is_refused(about, body):
    with pytest.raises(MalformedError):
        columnar.unpack(body)
    assert about


@pytest.mark.parametrize(
    "node",
    [
        [0, *[5] * 60_000],
        [1, 65_535, [0, 5]],
        [1, 65_536, [0, 5]],
        [1, 1_000, [1, 1_000, [1, 1_000, [0, 5]]]],
        [0, b"x" * 60_000],
        [0, "x" * 120, *["y" * 120] * 300],
        [0, 40, *["ụ" * 33 + "a"] * 20],
        [1, 2**63 - 1, [0, None]],
    ],
)
def test_H111_a_bomb_is_refused_before_it_unfolds(node):
    body = encode((500, node))
    assert len(body) <= SEAL_BODY_BYTES_MAX
    began = time.perf_counter()
    with pytest.raises(MalformedError):
        columnar.unpack(body)
    assert time.perf_counter() - began < 5


def test_H111_nodes_nested_too_deeply_are_refused():
    node = 5
    for _ in range(7):
        node = [0, 1, node]
    with pytest.raises(MalformedError):
        columnar.unpack(encode((2, node)))
    with pytest.raises(MalformedError):
        columnar.unpack(b"\x91" * 60_000)


def test_what_unfolds_to_the_limit_is_read():
    entries = [encode(("x" * 100, *[5] * 1_800))] * 500
    assert sum(map(len, entries)) <= SEAL_INFLATED_BYTES_MAX
    assert list(columnar.unpack(columnar.pack(entries))) == entries


def test_what_unfolds_to_many_empty_lists_is_counted_once():
    entries = [encode((40, ((),) * 999))] * 500
    assert list(columnar.unpack(columnar.pack(entries))) == entries


def test_a_single_entry_is_carried_raw():
    assert columnar.pack([encode((1, 5, "x"))]) == b"\x91" + encode((1, 5, "x"))


def test_a_host_of_the_other_byte_order_reads_and_writes_the_same(monkeypatch):
    numbers = [5, 70_000, 3, 2**40]
    node = columns.pack(columns.column(numbers))

    class Swapped(array):
        """An array of a host of the other order."""

        def frombytes(self, raw):
            other = array("Q")
            other.frombytes(raw)
            other.byteswap()
            super().frombytes(other.tobytes())

        def tobytes(self):
            other = array("Q", self)
            other.byteswap()
            return other.tobytes()

    monkeypatch.setattr(columns, "array", Swapped)
    monkeypatch.setattr(columns, "IS_BIG_ENDIAN", not columns.IS_BIG_ENDIAN)
    assert columns.pack(columns.column(numbers)) == node
    assert columns.unpack(node, 4).numbers == numbers


@pytest.mark.parametrize(
    ("numbers", "before", "node"),
    [
        ([7] * 60, None, 7),
        (list(range(120, 180)), None, [5, 120, 1]),
        (
            [10_000, 50_000, 20_000, 10_000],
            None,
            [3, 10_000, 10_000, 3, b"\x20\x00\x40"],
        ),
        ([300, 1, 2, 257], None, [3, 1, 1, 9, bytes((43, 0, 1, 0)) + b"\x90"]),
        ([0] * 30 + [2**40] + [0] * 33, None, [4, b"\0\0\0\x02\0\0\0\0", 2**40]),
        ([5, 900, 70_000, 3], [5, 900, 70_000, 4], [6, [4, b"\x10", -1]]),
        ([2**62, 2**62 + 5, 2**62 + 10, 2**62 + 15], [2**62] * 4, [3, 2**62, 5, 2, b"\x50\x30"]),
    ],
)
def test_the_rule_gives_a_column_its_form(numbers, before, node):
    beside = None if before is None else columns.column(before)
    assert columns.pack(columns.column(numbers), beside) == node
    assert columns.unpack(node, len(numbers), beside).numbers == numbers
