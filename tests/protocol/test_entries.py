"""Entries of every kind: one spelling each (L2), kinds as B5 and B6 list them, unknown kinds kept."""

from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.codec import encode, scan
from protocol.entries import (
    BRANCH_KINDS,
    PHONE_KINDS,
    TAGS,
    Unknown,
    decode_entry,
    entry_bytes,
    entry_tag,
)
from protocol.errors import MalformedError
from protocol.ids import Code, GroupCode, Position
from protocol.limits import ENTRY_BYTES_MAX
from protocol.phone_facts import Collected, InterestLine, Knows, LogTip
from protocol.posting_facts import BookReady, PostedInterest
from protocol.roster_facts import GroupListed
from protocol.trust_facts import WriterAdmitted
from tests import strategies
from tests.facts import an

KINDS = list(TAGS.values())


B5 = """
Collected Voided TransferRequested Visited MemberNoted CashHandedOver CashAccepted RoundClosed
"""
B6 = """
BranchEpochOpened KeyStated Restated Received BookReady GroupListed SavingsAccountListed
MemberListed MemberMoved PolicyAdopted RateDecided LoanOpened LoanBroughtForward Disbursed
InstalmentScheduled PrincipalRepaid InterestReceived InstalmentOverdue LoanExtended LoanFrozen
FreezeLifted LoanRenewed LoanWrittenOff RecoveredAfterWriteOff LoanClosed InterestAdjusted
CreditRefunded SavingsMoved CoreMatched DayOpened Posted Held ReceiptRekeyed Reversed CashCounted
DifferenceResolved DaySettled PeriodClosed WriterAdmitted WriterRevoked ForkResolved
"""


def test_the_kinds_are_those_of_B5_and_B6():
    assert {kind.__name__ for kind in PHONE_KINDS} == set(B5.split())
    assert {kind.__name__ for kind in BRANCH_KINDS} == set(B6.split())
    assert len(TAGS) == len(PHONE_KINDS) + len(BRANCH_KINDS) == 49


def test_a_phones_tags_are_below_32_and_the_branchs_from_32_to_127():
    assert {tag for tag, kind in TAGS.items() if kind in PHONE_KINDS} <= set(range(1, 32))
    assert {tag for tag, kind in TAGS.items() if kind in BRANCH_KINDS} <= set(range(32, 128))


def test_an_entry_is_an_array_of_its_tag_and_its_fields():
    # By hand from the MessagePack specification: array of 8, tag 1, receipt 7, member 3, twice day 20439 =
    # 0x4fd7, one line (loan 1, 263,000 = 0x00040358, due 263,342 = 0x000404ae), no savings, knows (0, 57).
    collected = Collected(
        receipt_no=7,
        member=3,
        value_date=20_439,
        due_to=20_439,
        lines=(InterestLine(1, 263_000, 263_342),),
        savings=(),
        knows=Knows(Position(0, 57), ()),
    )
    assert entry_bytes(collected).hex() == "98010703cd4fd7cd4fd7919301ce00040358ce000404ae909292003990"


@given(strategies.any_entry())
def test_decoding_an_encoded_entry_gives_the_entry(entry):
    raw = entry_bytes(entry)
    assert decode_entry(raw) == entry
    assert scan(raw, 0) == len(raw)
    assert entry_tag(raw) == type(entry).__struct_config__.tag


@given(strategies.any_entry(), st.integers(0, 2**16), st.integers(0, 255))
def test_an_entry_with_a_changed_byte_is_refused_or_is_another_entry_in_its_one_spelling(entry, place, byte):
    original = entry_bytes(entry)
    raw = bytearray(original)
    raw[place % len(raw)] = byte
    changed = bytes(raw)
    try:
        found = decode_entry(changed)
    except MalformedError:
        return
    assert (found == entry) == (changed == original)
    assert found == Unknown(entry_tag(changed), changed) or encode(found) == changed


@given(strategies.any_entry(), st.integers(0, 2**16))
def test_a_cut_entry_is_refused(entry, place):
    raw = entry_bytes(entry)
    with pytest.raises(MalformedError):
        decode_entry(raw[: place % len(raw)])


@given(strategies.any_entry(), strategies.canonical_value(1))
def test_an_entry_with_a_field_too_many_or_too_few_is_refused(entry, value):
    fields = msgspec.msgpack.decode(entry_bytes(entry))
    for wrong in ([*fields, value], fields[:-1]):
        with pytest.raises(MalformedError, match=type(entry).__name__):
            decode_entry(encode(wrong))


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_or_are_an_entry_in_its_one_spelling(raw):
    try:
        found = decode_entry(raw)
    except MalformedError:
        return
    assert found == Unknown(entry_tag(raw), raw) or encode(found) == raw


@given(strategies.unknown_entry())
def test_an_unknown_kind_is_kept_as_it_is(raw):
    assert decode_entry(raw) == Unknown(entry_tag(raw), raw)


@pytest.mark.parametrize(
    "raw",
    [b"\x90", b"\x01", b"\x91\x00", b"\x91\xff", b"\x91\xa1a", b"\x91\xc0", b"\xcd\x03\xe8", b"\xc0", b""],
    ids=bytes.hex,
)
def test_an_entry_without_a_kind_is_refused(raw):
    with pytest.raises(MalformedError):
        decode_entry(raw)


def test_an_unknown_kind_is_still_checked_for_its_spelling():
    raw = encode((1_000, 5))
    assert decode_entry(raw) == Unknown(1_000, raw)
    for second in (raw[:-1] + b"\xcc\x05", raw + b"\xc0", raw[:-1], raw[:-1] + b"\xc3", raw[:-1] + b"\x80"):
        with pytest.raises(MalformedError):
            decode_entry(second)


def test_W9_a_known_kind_in_a_second_spelling_is_refused():
    assert decode_entry(bytes.fromhex("940602cd4fd77b")).amount == 123
    for second in ("9406cc02cd4fd77b", "94cc0602cd4fd77b", "940602ce00004fd77b", "dc00040602cd4fd77b"):
        with pytest.raises(MalformedError, match="one spelling"):
            decode_entry(bytes.fromhex(second))


def test_W8_a_known_kind_with_deep_nesting_is_refused():
    with pytest.raises(MalformedError):
        decode_entry(b"\x98\x01" + b"\x91" * 5_000)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_W11_a_float_a_truth_or_a_text_is_no_whole_number(kind):
    fields = msgspec.msgpack.decode(entry_bytes(an(kind)))
    for place, value in enumerate(fields):
        if isinstance(value, int):
            for wrong in (float(value), True, str(value), {}, [value]):
                with pytest.raises(MalformedError):
                    decode_entry(encode([*fields[:place], wrong, *fields[place + 1 :]]))


@pytest.mark.parametrize("amount", [0, -1, 2**63, 2**64 - 1])
def test_W12_an_amount_of_nothing_or_over_int64_is_refused(amount):
    fields = [6, 2, 20_439, 20_000]
    assert decode_entry(encode(fields)).amount == 20_000
    with pytest.raises(MalformedError):
        decode_entry(encode([*fields[:3], amount]))


@pytest.mark.parametrize("day", [-25_568, 376_200, 20_439_000])
def test_W14_a_day_outside_1900_to_2999_is_refused(day):
    assert decode_entry(encode([6, 2, 20_439, 1])).due_to == 20_439
    with pytest.raises(MalformedError):
        decode_entry(encode([6, 2, day, 1]))


@pytest.mark.parametrize("group", ["KM-001\n", "", "KM 001", "KM:001", "-KM", "KM/1", "a" * 25, "KM-00Đ"])
def test_W13_a_group_code_is_safe_in_ids_and_addresses(group):
    listed = msgspec.msgpack.decode(entry_bytes(an(GroupListed)))
    with pytest.raises(MalformedError):
        decode_entry(encode([listed[0], group, *listed[2:]]))


def test_logs_that_were_known_ascend_each_once():
    tips = [LogTip(2, 0, 5, bytes(32)), LogTip(2, 1, 3, bytes(32)), LogTip(4, 0, 1, bytes(32))]
    collected = msgspec.msgpack.decode(entry_bytes(an(Collected, knows=((0, 1), tips))))
    for wrong in (tips[::-1], [tips[0], tips[0]], [tips[0], LogTip(2, 0, 6, bytes(32))]):
        with pytest.raises(MalformedError, match="ascend"):
            decode_entry(encode([*collected[:-1], [collected[-1][0], wrong]]))


def test_an_entry_over_its_limit_is_refused_before_it_is_read():
    with pytest.raises(MalformedError, match="over"):
        decode_entry(b"\x91" * (ENTRY_BYTES_MAX + 1))


def test_what_its_own_field_list_forbids_is_not_encoded():
    with pytest.raises(MalformedError, match="BookReady"):
        entry_bytes(BookReady(20_439, b"short"))


def test_the_parts_of_a_posted_interest_add_up():
    assert PostedInterest(4, 200_000, 63_342, 0, 6_658).total == 270_000


def test_a_writer_with_an_algorithm_of_tomorrow_is_still_read():
    raw = entry_bytes(an(WriterAdmitted, algorithm="p256"))
    assert decode_entry(raw).algorithm == "p256"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_bounds_its_numbers_its_texts_and_its_lists(kind):
    for shape in _leaves(msgspec.inspect.type_info(kind)):
        match shape:
            case msgspec.inspect.IntType(ge=least, le=most):
                assert least is not None
                assert most is not None
                assert -(2**63) <= least <= most <= 2**63 - 1
            case msgspec.inspect.StrType(max_length=most, pattern=pattern):
                assert most in {24, 40}
                assert pattern in {_pattern(Code), _pattern(GroupCode)}
            case msgspec.inspect.BytesType(max_length=most) | msgspec.inspect.VarTupleType(max_length=most):
                assert most is not None
            case msgspec.inspect.StructType() | msgspec.inspect.LiteralType() | msgspec.inspect.NoneType():
                pass
            case _:
                raise AssertionError(shape)


def _leaves(shape):
    match shape:
        case msgspec.inspect.UnionType(types=types):
            inside = types
        case msgspec.inspect.VarTupleType(item_type=inner):
            inside = (inner,)
            yield shape
        case msgspec.inspect.StructType(fields=fields):
            inside = [field.type for field in fields]
            assert all(field.required for field in fields)
            assert get_type_hints(shape.cls).keys() == {field.name for field in fields}
        case _:
            inside = ()
            yield shape
    for each in inside:
        yield from _leaves(each)


def _pattern(annotated):
    return get_args(annotated)[1].pattern
