"""What comes down in an exchange, page by page, until the phone has all of it."""

import pytest

from hub.service.phones import reply
from hub.service.phones.intake import Intake
from hub.service.phones.quota import Quota
from hub.service.phones.texts import text_hashes
from protocol.branch_log import BranchLog
from protocol.exchange import DetachedText, Request, read_response, write_response
from protocol.ids import BranchTip, LogId
from protocol.limits import (
    EXCHANGE_BRANCH_SEALS_MAX,
    EXCHANGE_REQUEST_BYTES_MAX,
    EXCHANGE_RESPONSE_BYTES_MAX,
    SEAL_BYTES_MAX,
    TEXT_BYTES_MAX,
)
from protocol.phone_facts import MemberNoted
from protocol.posting_facts import DifferenceResolved, ReceiptRekeyed
from protocol.roster_facts import GroupListed, MemberListed
from protocol.trust_facts import ForkResolved
from tests.facts import an
from tests.hub.builders import GROUP, Phone, sqlite_branch, visit


@pytest.fixture
def branch(tmp_path):
    return sqlite_branch(tmp_path)


@pytest.fixture
def phone(branch):
    return branch.admit()


def text(number: int, length: int = 20) -> DetachedText:
    return DetachedText(number.to_bytes(16, "big"), b"x" * length)


def listed(ordinal: int, words: DetachedText) -> MemberListed:
    return MemberListed(ordinal, f"TV{ordinal}", words.hash, None, None, None, f"C{ordinal}")


def pages(branch, phone: Phone):
    """Exchange until nothing more comes: the pages, each as its bytes are read again."""
    log = BranchLog(GROUP, branch.trust.root_spki, branch.trust.verifier)
    log.add_statements(branch.trust.statements)
    found, more = [], 1
    while more:
        known = BranchTip(0, log.length, log.head) if log.head else None
        request = Request(1, GROUP, known, (), (), ())
        answer = Intake(branch.groups, Quota()).exchange(request, phone.writer)
        found.append(read_response(write_response(answer)))
        more = answer.more
        for raw in answer.branch_seals:
            assert log.add(raw)
    assert log.head == branch.groups.load(GROUP).log.head
    return found


def test_more_branch_seals_than_a_page_holds_come_in_pages(branch, phone):
    branch.groups.append(GROUP, lambda _: [[listed(number, text(number))] for number in range(1, 300)])
    assert [len(page.branch_seals) for page in pages(branch, phone)] == [EXCHANGE_BRANCH_SEALS_MAX, 45]


def test_a_page_ends_before_it_grows_over_its_bytes(branch, phone, monkeypatch):
    monkeypatch.setattr(reply, "PAGE_BYTES_MAX", 2_000)
    words = [text(number) for number in range(1, 31)]
    branch.groups.add_texts(GROUP, words)
    branch.groups.append(GROUP, lambda _: [[listed(number, words[number - 1])] for number in range(1, 31)])
    found = pages(branch, phone)
    assert len(found) > 3
    assert [one for page in found for one in page.texts] == words


def test_texts_that_overflow_a_page_by_themselves_are_left_out_and_the_phone_gets_on(
    branch, phone, monkeypatch
):
    monkeypatch.setattr(reply, "PAGE_BYTES_MAX", 2_000)
    words = [text(number, 500) for number in range(1, 7)]
    branch.groups.add_texts(GROUP, words)
    branch.groups.append(GROUP, lambda _: [[listed(number, words[number - 1]) for number in range(1, 7)]])
    assert [one for page in pages(branch, phone) for one in page.texts] == words[:2]


def test_one_branch_seal_with_all_that_belongs_to_it_fits_an_answer():
    statements = 64 * 1_100
    unit = SEAL_BYTES_MAX + EXCHANGE_REQUEST_BYTES_MAX
    assert unit < reply.PAGE_BYTES_MAX
    overhead = 4_000 * 32 + EXCHANGE_BRANCH_SEALS_MAX * 8
    assert reply.PAGE_BYTES_MAX + unit + statements + overhead > reply.PAGE_BYTES_MAX + TEXT_BYTES_MAX
    assert reply.PAGE_BYTES_MAX + statements + overhead < EXCHANGE_RESPONSE_BYTES_MAX


def test_L10_acceptances_of_more_than_a_page_carries_are_sealed_apart(branch, phone, monkeypatch):
    phone.write(*(visit(number) for number in range(1, 5)))
    raw = [phone.seal(number, number) for number in range(1, 5)]
    monkeypatch.setattr("hub.service.phones.receipts.EXCHANGE_REQUEST_BYTES_MAX", 2 * max(map(len, raw)))
    Intake(branch.groups, Quota()).exchange(Request(1, GROUP, None, (), tuple(raw), ()), phone.writer)
    sizes = [seal.last_seq - seal.first_seq + 1 for seal in branch.groups.load(GROUP).seals]
    assert sizes == [1, 1, 2, 2]


def test_L16_both_sides_of_a_fork_come_down_with_their_texts(branch, phone):
    deputy = branch.admit(ordinal=2)
    other = Phone(GROUP, 2, 0)
    other.hashes = deputy.hashes[:1]
    deputy.write(an(MemberNoted, note=text(1).hash))
    other.write(an(MemberNoted, note=text(2).hash))
    sides = (deputy.seal(), deputy.seal_of(other.entries, 1, deputy.hashes[0]))
    request = Request(1, GROUP, None, (), sides, (text(1), text(2)))
    Intake(branch.groups, Quota()).exchange(request, deputy.writer)
    (page,) = pages(branch, phone)
    assert sorted(page.phone_seals) == sorted(sides)
    assert sorted(page.texts, key=lambda one: one.salt) == [text(1), text(2)]


def test_L9_a_seal_that_is_set_aside_comes_down_too(branch, phone):
    """A phone cannot tell it from one that was left out on the way, and takes no such page in (I6)."""
    deputy = branch.admit(ordinal=2)
    deputy.write(visit())
    aside = (
        deputy.seal(log=LogId("KM-009", deputy.writer, 0)),
        deputy.seal(log=LogId(GROUP, deputy.writer, 7)),
    )
    for raw in aside:
        Intake(branch.groups, Quota()).exchange(Request(1, GROUP, None, (), (raw,), ()), deputy.writer)
    assert [seal.aside for seal in branch.groups.load(GROUP).phone_seals] == ["other_log"] * 2
    found = [raw for page in pages(branch, phone) for raw in page.phone_seals]
    assert sorted(found) == sorted(aside)


def test_L4_each_kind_names_its_texts_in_the_order_of_its_fields():
    assert text_hashes(an(GroupListed, name=b"n" * 32)) == (b"n" * 32,)
    member = an(MemberListed, name=b"a" * 32, identity=None, phone=b"c" * 32, address=b"d" * 32)
    assert text_hashes(member) == (b"a" * 32, b"c" * 32, b"d" * 32)
    assert text_hashes(an(DifferenceResolved, statement=b"s" * 32)) == (b"s" * 32,)
    assert text_hashes(an(ReceiptRekeyed, statement=b"p" * 32)) == (b"p" * 32,)
    assert text_hashes(an(ForkResolved, statement=None)) == ()
    assert text_hashes(visit()) == ()
