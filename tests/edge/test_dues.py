"""The dues shown, and what the branch is told they were computed from (B1, B5, B16, L12)."""

import shutil

import pytest

from calc.dues import book_digest
from calc.reconcile import reconcile
from edge.cashless import TransferOrder, request_transfer, void
from edge.collection import Deposit
from edge.dues import dues_shown
from edge.errors import Fault
from edge.household import household
from edge.members import find_member, members
from edge.sync import sync
from protocol.ids import Position
from protocol.phone_facts import Knows, LogTip
from protocol.posting_facts import BookReady, DayOpened, Posted
from tests.edge.steps import fault_of, newest, take
from tests.edge.village import DAY, DUE_1, DUE_2, DUE_3
from tests.facts import an
from tests.fakes.hub import Hub
from tests.fakes.places import Place


def payable(phone):
    return {due.loan: due.payable for due in dues_shown(phone).dues}


def test_without_a_book_there_are_no_dues_and_nothing_is_collected(tmp_path):
    phone = Place(tmp_path / "leader", Hub()).enrol()
    for attempt in (lambda: members(phone), lambda: take(phone, "1")):
        assert fault_of(attempt) is Fault.NO_BOOK
    phone.ledger.close()


def test_dues_are_those_of_the_last_ready_book(hub, place, phone):
    """L12: facts after it change nothing until the branch says that the book is ready again."""
    assert payable(phone) == {1: DUE_1, 2: DUE_2, 3: DUE_3, 4: 50_000}
    hub.say(an(Posted, interest=[(3, 0, 9_000, 0, 0)], day=DAY - 30))
    sync(phone, place.carrier)
    assert payable(phone) == {1: DUE_1, 2: DUE_2, 3: DUE_3, 4: 50_000}


def test_pending_interest_lowers_the_dues_a_void_raises_them_again(phone):
    take(phone, "1", 300_000)
    assert payable(phone) | {3: 0, 4: 0} == {1: 0, 2: DUE_1 + DUE_2 - 300_000, 3: 0, 4: 0}
    void(phone, phone.own_facts()[-1], "mistyped")
    assert payable(phone)[1] == DUE_1


def test_only_a_transfer_to_interest_lowers_the_due(phone):
    """B9."""
    member = find_member(phone, "1")
    request_transfer(phone, member, TransferOrder(1, "principal", 100_000))
    assert payable(phone)[1] == DUE_1
    request_transfer(phone, member, TransferOrder(1, "interest", 100_000))
    assert payable(phone)[1] == DUE_1 - 100_000


def test_knows_names_the_book_and_every_other_log_ascending(hub, place, phone, deputy):
    other, elsewhere = deputy
    take(phone, "1")
    assert newest(phone).knows == Knows(phone.group.book.ready.position, ())
    take(other, "2")
    sync(other, elsewhere.carrier)
    sync(phone, place.carrier)
    take(phone, "4", "none", [Deposit(5_000)])
    assert newest(phone).knows.logs == (LogTip(2, 0, 1, other.own.head),)


def test_B16_the_branch_computes_every_due_shown_again_to_the_dong(hub, place, phone, deputy):
    """Δ_edge = 0 on each line, whatever was pending on either phone when it was shown."""
    other, elsewhere = deputy
    take(phone, "1", 100_000)
    sync(phone, place.carrier)
    sync(other, elsewhere.carrier)
    take(other, "1", "rounded", again=True)
    void(phone, phone.own_facts()[0], "mistyped")
    take(phone, "1", 50_000)
    hub.say(an(DayOpened, decisions=6))
    hub.ready(DAY)
    sync(other, elsewhere.carrier)
    sync(phone, place.carrier)
    take(phone, "1", again=True)
    take(phone, "2")
    sync(phone, place.carrier)
    facts = phone.facts()
    explained = [reconcile(phone.group.book, facts, fact.ref) for fact in facts.all]
    lines = [line for one in explained if one for line in one.lines]
    assert len(lines) == 9
    assert [line.edge for line in lines] == [0] * 9


def test_L1_of_a_deputys_phone_that_was_cloned_one_side_is_counted_and_named(
    hub, place, phone, deputy, tmp_path
):
    other, elsewhere = deputy
    other.ledger.close()
    shutil.copytree(elsewhere.directory, tmp_path / "twin")
    sides = elsewhere.unlock(), Place(tmp_path / "twin", hub).unlock()
    for side, amount in zip(sides, (100_000, 70_000), strict=True):
        take(side, "1", amount)
        sync(side, elsewhere.carrier)
        side.ledger.close()
    sync(phone, place.carrier)
    assert phone.group.phones[2, 0].forked_at == 1
    assert payable(phone)[1] == DUE_1 - 100_000
    take(phone, "1", again=True)
    assert newest(phone).knows.logs == (LogTip(2, 0, 1, sides[0].own.head),)
    explained = reconcile(phone.group.book, phone.facts(), phone.own_facts()[-1].ref)
    assert [line.edge for line in explained.lines] == [0] * len(explained.lines)


def test_L12_a_book_that_the_branch_computed_otherwise_is_shown_as_different(hub, place, phone):
    hub.say(BookReady(DAY, b"\x00" * 32))
    sync(phone, place.carrier)
    assert not dues_shown(phone).agrees
    assert not members(phone).agrees
    assert not household(phone, find_member(phone, "1")).agrees
    take(phone, "1")  # and nothing stops the collection


def test_L12_a_book_that_lacks_a_decision_does_not_agree(hub, place, phone):
    hub.say(an(DayOpened, decisions=7))
    hub.ready(DAY)
    sync(phone, place.carrier)
    assert not dues_shown(phone).agrees


def test_the_digest_is_that_of_the_position_where_the_book_was_ready(hub, place, phone):
    assert dues_shown(phone).agrees
    ready = phone.group.book.ready
    assert ready.position == Position(0, hub.branch.log.length - 1)
    assert ready.digest == book_digest(hub.book(), DAY)


@pytest.mark.parametrize("days", [-40, 0, 400, -365 * 1_900, 365 * 7_900])
def test_no_due_depends_on_the_phones_clock(place, phone, days):
    """B3: interest runs to the transaction day, whatever the phone's date."""
    place.wait(days=days)
    assert payable(phone)[1] == DUE_1
    take(phone, "1")
    assert newest(phone).due_to == DAY
