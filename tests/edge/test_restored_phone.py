"""A phone that was restored from a copy, or has one: it stops, hands over what it has, and is opened anew."""

import io
import shutil

import pytest
import zxingcpp
from PIL import Image
from rich.console import Console

from edge import tables
from edge.cashless import own_receipt
from edge.errors import Fault
from edge.household import household
from edge.members import find_member
from edge.receipt import numbered, proof, receipt
from edge.standing import AT_BRANCH, standing
from edge.sync import sync
from protocol.phone_facts import Visited
from protocol.posting_facts import ReceiptRekeyed
from protocol.receipt import check_offline, read_qr
from protocol.trust_facts import LeftAt
from tests.builders import VERIFIER
from tests.edge.steps import fault_of, newest, take
from tests.edge.village import DAY, DUE_1, DUE_2
from tests.facts import an

VISIT = an(Visited)


def copied(place, to):
    """The whole directory of a closed phone, somewhere else."""
    twin = type(place)(to, place.hub)
    shutil.copytree(place.directory, twin.directory, dirs_exist_ok=True)
    return twin


def put_back(place, copy):
    """An older copy of the whole directory, fork mark and all, in the place of what is there."""
    shutil.rmtree(place.directory)
    shutil.copytree(copy.directory, place.directory)


def reopen(hub, phone, **given):
    """The branch opens the next epoch of a phone."""
    left = LeftAt(phone.own.length, phone.own.head)
    numbers = {"first_receipt": 50_001, "last_receipt": 60_000} | given
    epoch = phone.own.log.epoch + 1
    hub.admit_key(phone.device.signer.spki, ordinal=1, epoch=epoch, left=left, **numbers)


@pytest.fixture
def put_back_whole(hub, place, phone, tmp_path):
    """The directory as it was before two receipts; the branch has the first of them."""
    phone.say(VISIT)
    phone.ledger.close()
    copy = copied(place, tmp_path / "copy")
    later = place.unlock()
    take(later, "1", DUE_1)
    sync(later, place.carrier)
    take(later, "2", 10_000)
    later.ledger.close()
    put_back(place, copy)
    opened = place.unlock()
    yield opened
    opened.ledger.close()


def test_P56_a_whole_old_directory_looks_fresh_until_the_next_exchange(place, put_back_whole):
    phone = put_back_whole
    assert phone.stopped is None
    sync(phone, place.carrier)
    assert phone.stopped is Fault.ANOTHER_COPY
    assert fault_of(take, phone, "2") is Fault.ANOTHER_COPY
    place.reopen(phone)
    assert phone.stopped is Fault.ANOTHER_COPY


def test_P56_what_the_branch_had_received_comes_back_and_lowers_the_due(place, put_back_whole):
    phone = put_back_whole
    sync(phone, place.carrier)
    assert household(phone, find_member(phone, "1")).asked_dong == DUE_2
    shown = standing(phone)
    assert [(one.kind, one.carriage) for one in shown.entries] == [
        ("visit", AT_BRANCH),
        ("collected", AT_BRANCH),
    ]


def test_P56_what_it_recorded_before_it_noticed_goes_out_and_both_sides_are_kept(hub, place, put_back_whole):
    phone = put_back_whole
    take(phone, "2", 20_000)
    done = sync(phone, place.carrier)
    assert (done.waiting, phone.stopped) == (0, Fault.ANOTHER_COPY)
    assert len(set(hub.hashes())) == 3
    assert [one.cause for one in standing(phone).entries] == [None, "fork", "fork"]
    place.reopen(phone)
    assert (phone.stopped, len(standing(phone).entries)) == (Fault.ANOTHER_COPY, 3)


def test_L13_a_number_on_two_sides_of_a_fork_is_said_and_the_own_receipt_comes_first(place, put_back_whole):
    phone = put_back_whole
    take(phone, "2", 20_000)
    sync(phone, place.carrier)
    shown = receipt(phone, own_receipt(phone, 1), copy=True)
    assert (shown.total_dong, shown.twin) == (20_000, "here")
    _, other = numbered(phone, 1)
    shown = receipt(phone, other, copy=True)
    assert (shown.total_dong, shown.twin) == (DUE_1, "elsewhere")
    console = Console(file=io.StringIO(), width=200)
    tables.receipt(console, shown)
    assert "số 1 có ở hai bên rẽ nhánh của máy này. Đây là tờ do một bản sao khác" in console.file.getvalue()


@pytest.fixture
def copied_terminal(enrolled, tmp_path):
    """A terminal whose directory was put back to before its first receipt, which the branch has."""
    shutil.copytree(tmp_path / "phone", tmp_path / "copy")
    enrolled.type("collect", "1", "--amount", "90.000", "-y")
    enrolled.type("sync")
    shutil.rmtree(tmp_path / "phone")
    (tmp_path / "copy").rename(tmp_path / "phone")
    enrolled.type("collect", "2", "--amount", "20.000", "-y")
    enrolled.type("sync")
    return enrolled


def test_L16_a_receipt_of_a_fork_is_printed_for_both_households(copied_terminal, hub, tmp_path):
    code, out, _ = copied_terminal.type("receipt", "1", "--qr", "--qr-file", str(tmp_path / "code.png"))
    here, elsewhere = out.split("(01/BL) – số 1")[1:]
    assert (code, "Trần Văn An" in here, "Nguyễn Thị Ánh" in elsewhere) == (0, True, True)
    assert "Đây là tờ mà sổ trên máy này giữ" in here
    assert "Đây là tờ do một bản sao khác của máy ghi" in elsewhere
    assert all(side.count("█") > 500 for side in (here, elsewhere))
    told = copied_terminal.read("receipt", "1")
    proofs = [told["proof"], *(one["proof"] for one in told["others"])]
    for name, text, paid in zip(("code.png", "code-2.png"), proofs, (20_000, 90_000), strict=True):
        (found,) = zxingcpp.read_barcodes(Image.open(tmp_path / name))
        entry = check_offline(read_qr(found.text), hub.branch.root.spki, VERIFIER)
        assert (found.text, entry.receipt_no, sum(line.interest for line in entry.lines)) == (text, 1, paid)


def test_P56_the_branch_opens_a_new_epoch_and_no_receipt_number_comes_again(hub, place, put_back_whole):
    phone = put_back_whole
    sync(phone, place.carrier)
    reopen(hub, phone)
    sync(phone, place.carrier)
    assert (phone.stopped, phone.own.log.epoch, phone.own.length) == (None, 1, 0)
    take(phone, "2")
    assert newest(phone).receipt_no == 50_001
    assert sync(phone, place.carrier).waiting == 0
    assert [(one.epoch, one.kind, one.phase) for one in standing(phone).entries] == [
        (0, "visit", "noted"),
        (0, "collected", "pending"),
        (1, "collected", "pending"),
    ]
    again = receipt(phone, own_receipt(phone, 1), copy=True)
    assert (again.receipt_no, again.total_dong) == (1, DUE_1)


def test_L13_a_receipt_that_came_back_from_the_branch_still_proves_itself(hub, place, put_back_whole):
    phone = put_back_whole
    sync(phone, place.carrier)
    reopen(hub, phone)
    sync(phone, place.carrier)
    fact = own_receipt(phone, 1)
    assert check_offline(read_qr(proof(phone, fact.ref)), phone.identity.root, VERIFIER) == fact.entry


@pytest.mark.parametrize(
    ("numbers", "given"),
    [
        ({"first_receipt": 1, "last_receipt": 20_000}, 10_001),
        ({"first_receipt": 5_001, "last_receipt": 20_000}, 10_001),
        ({"first_receipt": 20_001, "last_receipt": 30_000}, 20_001),
    ],
)
def test_a_number_that_an_older_epoch_may_have_given_is_not_given_again(
    hub, place, put_back_whole, numbers, given
):
    phone = put_back_whole
    reopen(hub, phone, **numbers)
    sync(phone, place.carrier)
    take(phone, "2")
    assert newest(phone).receipt_no == given


def test_a_range_of_which_nothing_is_left_is_told(hub, place, put_back_whole):
    phone = put_back_whole
    reopen(hub, phone, first_receipt=2, last_receipt=9_000)
    sync(phone, place.carrier)
    assert fault_of(take, phone, "2") is Fault.RECEIPTS_USED_UP


def test_P55_a_copy_and_its_origin_are_told_apart_by_the_branch_alone_and_nothing_is_lost(
    hub, place, phone, tmp_path
):
    phone.ledger.close()
    twin = copied(place, tmp_path / "twin")
    first, second = place.unlock(), twin.unlock()
    take(first, "1", 10_000)
    take(second, "1", 20_000)
    for opened, where in ((first, place), (second, twin), (first, place)):
        sync(opened, where.carrier)
    assert (first.stopped, second.stopped) == (Fault.ANOTHER_COPY, Fault.ANOTHER_COPY)
    assert len(hub.hashes()) == 2
    assert first.facts().forks == second.facts().forks != {}
    for opened in (first, second):
        opened.ledger.close()


def test_a_receipt_number_that_the_branch_keyed_from_paper_is_not_given_again(hub, place, phone):
    hub.say(an(ReceiptRekeyed, receipt_no=1, member=2, interest=(), savings=((2, 5_000),)))
    hub.ready(DAY)
    sync(phone, place.carrier)
    take(phone, "1")
    assert newest(phone).receipt_no == 2
