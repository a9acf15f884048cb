"""A branch that lost a part of its log, and what the phones do about it (L15; fault class 39)."""

import pytest

from edge.cashless import own_receipt
from edge.collection import Deposit
from edge.errors import Fault
from edge.household import household
from edge.members import find_member
from edge.outgoing import given_back, returned_entries
from edge.receipt import receipt
from edge.standing import AT_BRANCH, SENT, standing
from edge.sync import sync
from edge.transport import Outcome
from protocol.exchange import Refused
from protocol.loan_facts import InterestReceived
from protocol.roster_facts import SavingsAccountListed
from protocol.trust_facts import WriterRevoked
from tests.builders import signer
from tests.edge.answers import changed
from tests.edge.losing import REPAID, asked, carriages, requests, to_be_lost
from tests.edge.steps import take
from tests.edge.village import DAY
from tests.facts import an
from tests.fakes.hub import lost, unreachable
from tests.fakes.places import Place


@pytest.fixture
def backup(hub, place, phone):
    """How many branch seals the backup has."""
    return to_be_lost(hub, place, phone)


def test_L15_what_a_restored_branch_lost_comes_back_from_the_phone(hub, place, phone, backup):
    before = asked(phone)
    hub.restore(backup)
    hub.branch.open_epoch()
    done = sync(phone, place.carrier)
    assert (done.outcome, done.waiting, done.given_back) == (Outcome.DONE, 0, 3)
    assert phone.group.tip == hub.branch.tip
    assert phone.group.branch.log.epoch == 1
    assert carriages(phone) == [AT_BRANCH]
    assert hub.hashes() == [entry.hash for entry in phone.own.entries]
    assert asked(phone) == before
    place.reopen(phone)
    assert phone.group.tip == hub.branch.tip
    assert (asked(phone), phone.stopped) == (before, None)


def test_L15_until_then_its_entries_are_shown_as_not_at_the_branch_and_work_goes_on(
    hub, place, phone, backup
):
    hub.restore(backup)
    hub.branch.open_epoch()
    hub.faults.extend([lambda answer: answer(), unreachable])
    assert sync(phone, place.carrier).outcome is Outcome.OFFLINE
    assert carriages(phone) == [SENT]
    assert returned_entries(phone) == 1
    assert standing(phone).returned == 1
    take(phone, "2")
    assert sync(phone, place.carrier).waiting == 0
    assert carriages(phone) == [AT_BRANCH] * 2
    assert standing(phone).returned == 0


def test_L15_a_lost_reply_gives_back_again_and_an_answer_ends_it(hub, place, phone, backup):
    hub.restore(backup)
    hub.restates = False
    hub.branch.open_epoch()
    hub.faults.extend([lambda answer: answer(), lost])
    sync(phone, place.carrier)
    assert len(given_back(phone)) == 3
    assert sync(phone, place.carrier).given_back == 3
    assert given_back(phone) == []
    before = len(requests(hub))
    assert sync(phone, place.carrier).given_back == 0
    assert len(requests(hub)) == before + 1
    assert requests(hub)[-1].seals == ()


@pytest.mark.parametrize("code", ["quota", "gap"])
def test_L15_what_the_hub_cannot_keep_today_is_given_back_another_day(hub, place, phone, backup, code):
    hub.restore(backup)
    hub.restates = False
    hub.branch.open_epoch()
    every = changed(refused=tuple(Refused(index, code) for index in range(4)))
    hub.faults.extend([lambda answer: answer(), every, every])
    assert set(sync(phone, place.carrier).refused) == {code}
    assert len(given_back(phone)) == 3
    hub.restates = True
    sync(phone, place.carrier)
    assert given_back(phone) == []


def test_L15_a_branch_that_is_restored_once_more_gets_it_once_more(hub, place, phone, backup):
    hub.restore(backup)
    hub.restates = False
    hub.branch.open_epoch()
    sync(phone, place.carrier)
    hub.restore(backup)
    hub.restates = True
    hub.branch.open_epoch(2)
    assert sync(phone, place.carrier).given_back > 0
    assert phone.group.tip == hub.branch.tip
    assert carriages(phone) == [AT_BRANCH]


@pytest.mark.unmeasured
def test_L15_a_large_loss_goes_back_in_parts(hub, place, phone):
    count = len(hub.branch.seals)
    for number in range(150):
        hub.say(an(InterestReceived, loan=3, effective=DAY - 3, amount=1, core_ref=f"CB-{number}"))
    sync(phone, place.carrier)
    hub.restore(count)
    hub.branch.open_epoch()
    assert sync(phone, place.carrier).given_back == 150
    assert len(hub.given_back) == 150
    assert phone.group.tip == hub.branch.tip


def test_L15_another_phones_seal_that_the_branch_lost_comes_back_from_whoever_holds_it(
    hub, place, phone, deputy
):
    count = len(hub.branch.seals)
    other, elsewhere = deputy
    take(other, "2")
    sync(other, elsewhere.carrier)
    sync(phone, place.carrier)
    before = asked(phone, "2")
    hub.restore(count)
    hub.branch.open_epoch()
    sync(phone, place.carrier)
    assert hub.hashes() == [entry.hash for entry in other.own.entries]
    assert asked(phone, "2") == before
    assert sync(other, elsewhere.carrier).waiting == 0
    assert other.group.tip == phone.group.tip == hub.branch.tip


def test_L15_a_phone_that_does_not_hold_a_lost_entry_takes_it_from_the_page(hub, place, phone, deputy):
    other, elsewhere = deputy
    sync(other, elsewhere.carrier)
    count = len(hub.branch.seals)
    hub.say(REPAID)
    hub.ready(DAY)
    sync(phone, place.carrier)
    hub.restore(count)
    hub.branch.open_epoch()
    sync(phone, place.carrier)
    assert sync(other, elsewhere.carrier).given_back == 0
    assert asked(other) == asked(phone)
    assert other.group.tip == hub.branch.tip


def test_L15_a_page_that_goes_back_to_the_start_is_followed_to_the_end(hub, place, phone, backup):
    """The hub knows nothing of where the phone stands, and its pages are small."""
    hub.restore(backup)
    hub.branch.open_epoch()
    hub.page = 2
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert phone.group.tip == hub.branch.tip
    assert carriages(phone) == [AT_BRANCH]


def test_L15_a_key_that_the_restored_branch_does_not_know_is_shown_once_and_let_in(tmp_path, hub):
    count = len(hub.branch.seals)
    place = Place(tmp_path / "late", hub)
    phone = place.enrol()
    take(phone, "1")
    sync(phone, place.carrier)
    hub.restore(count)
    hub.branch.open_epoch()
    take(phone, "2")
    done = sync(phone, place.carrier)
    assert (done.outcome, done.waiting) == (Outcome.DONE, 0)
    assert sorted(hub.hashes()) == sorted(entry.hash for entry in phone.own.entries)
    assert phone.group.tip == hub.branch.tip
    assert carriages(phone) == [AT_BRANCH] * 2
    place.reopen(phone)
    assert (phone.stopped, phone.own.length) == (None, 2)
    take(phone, "1", 5_000, again=True)
    phone.ledger.close()


def test_L15_a_phone_whose_admission_is_lost_goes_on_until_it_is_restated(tmp_path, hub):
    count = len(hub.branch.seals)
    place = Place(tmp_path / "late", hub)
    phone = place.enrol()
    take(phone, "1")
    sync(phone, place.carrier)
    hub.restore(count)
    hub.restates = False
    hub.branch.open_epoch()
    hub.faults.extend([lambda answer: answer(), lambda answer: answer(), unreachable])
    sync(phone, place.carrier)
    assert phone.group.branch.log.epoch == 1
    take(phone, "2")
    shown = standing(phone)
    assert (shown.stopped, [one.phase for one in shown.entries]) == (None, ["pending", "pending"])
    place.reopen(phone)
    assert phone.stopped is None
    phone.ledger.close()


def test_a_key_that_is_refused_twice_is_refused(hub, place, phone):
    hub.restore(1)
    hub.lets_in = False
    before = len(hub.requests)
    assert sync(phone, place.carrier).outcome is Outcome.REFUSED
    assert len(hub.requests) == before + 2


def test_L18_a_revocation_that_the_branch_lost_comes_back_too(hub, place, phone, deputy):
    other, elsewhere = deputy
    count = len(hub.branch.seals)
    hub.say(an(WriterRevoked, writer=2, seq=0, head=other.own.head))
    sync(phone, place.carrier)
    hub.restore(count)
    hub.branch.open_epoch()
    sync(phone, place.carrier)
    sync(other, elsewhere.carrier)
    assert other.stopped is Fault.REVOKED


def test_L15_a_receipt_of_a_member_whom_the_branch_lost_is_printed_and_gets_the_name_back(hub, place, phone):
    count = len(hub.branch.seals)
    hub.name_member(5, "TV005", "Bùi Thị Năm")
    hub.say(an(SavingsAccountListed, ordinal=5, member=5, number="TK5", as_of=DAY - 30, balance=0))
    hub.ready(DAY)
    sync(phone, place.carrier)
    take(phone, "TV005", "none", [Deposit(20_000)])
    hub.restore(count)
    hub.branch.open_epoch()
    hub.faults.extend([lambda answer: answer(), unreachable])
    sync(phone, place.carrier)
    shown = receipt(phone, own_receipt(phone, 1), copy=True)
    assert (shown.name, shown.savings[0].number, shown.total_dong) == ("…", "…", 20_000)
    sync(phone, place.carrier)
    shown = receipt(phone, own_receipt(phone, 1), copy=True)
    assert (shown.name, shown.savings[0].number, shown.phase) == ("Bùi Thị Năm", "TK5", "pending")


def test_L15_a_number_that_went_to_somebody_else_in_between_is_nobodys_but_the_members(hub, place, phone):
    """The restored branch lists another member under the number before the lost one comes back."""
    count = len(hub.branch.seals)
    hub.name_member(5, "TV005", "Bùi Thị Năm")
    hub.say(an(SavingsAccountListed, ordinal=5, member=5, number="TK5", as_of=DAY - 30, balance=0))
    hub.ready(DAY)
    sync(phone, place.carrier)
    take(phone, "TV005", "none", [Deposit(20_000)])
    hub.restore(count)
    hub.branch.open_epoch()
    hub.name_member(5, "TV006", "Vũ Thị Sáu")
    hub.say(an(SavingsAccountListed, ordinal=5, member=5, number="TK6", as_of=DAY - 30, balance=0))
    hub.ready(DAY)
    hub.renumber = {"TV005": 6, "TK5": 6}
    sync(phone, place.carrier)
    shown = receipt(phone, own_receipt(phone, 1), copy=True)
    assert (shown.name, shown.savings[0].number) == ("Bùi Thị Năm", "TK5")
    assert household(phone, find_member(phone, "TV005")).collected_dong == 20_000
    assert household(phone, find_member(phone, "TV006")).collected_dong == 0


def test_L15_a_lost_seal_that_continues_nothing_here_is_no_acknowledgement(hub, place, phone, deputy):
    """The hub left out what leads to it: the phone that it speaks of is not shut out by that."""
    other, elsewhere = deputy
    count = len(hub.branch.seals)
    hub.say(REPAID)
    take(other, "2")
    other.seal()
    hub.receive(other.own.seals[0].raw)
    orphan = hub.branch.seals[-1]
    hub.restore(count)
    hub.branch.open_epoch()
    hub.faults.append(changed(branch_seals=lambda page: (*page, orphan)))
    assert sync(other, elsewhere.carrier).outcome is Outcome.DONE
    assert (other.stopped, list(other.ledger.kept("acknowledgement"))) == (None, [])


def test_L15_a_phone_whose_number_went_to_another_phone_comes_back_under_a_new_one(tmp_path, hub):
    count = len(hub.branch.seals)
    place = Place(tmp_path / "late", hub)
    phone = place.enrol()
    take(phone, "1")
    sync(phone, place.carrier)
    hub.restore(count)
    hub.branch.open_epoch()
    hub.admit_key(signer("another phone").spki, ordinal=1)
    hub.renumber = {phone.writer: 2}
    hub.faults.extend([lambda answer: answer(), lambda answer: answer(), unreachable])
    assert sync(phone, place.carrier).outcome is Outcome.OFFLINE
    assert sync(phone, place.carrier).waiting == 0
    assert (phone.admission.place, phone.stopped) == ((2, 0), None)
    assert carriages(phone) == [AT_BRANCH]
    take(phone, "2")
    assert sync(phone, place.carrier).waiting == 0
    assert [fact.ref.writer for fact in phone.own_facts()] == [2, 2]
    phone.ledger.close()
