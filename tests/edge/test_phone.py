"""When a phone stops and asks, and what lets it go on (L5, L15, L18; threats P55, P56)."""

import shutil

import pytest

from edge import native
from edge.errors import Fault
from edge.receipt import proof
from edge.standing import standing
from edge.sync import sync
from protocol.phone_facts import Visited
from protocol.receipt import check_offline, read_qr
from protocol.trust_facts import LeftAt, WriterRevoked
from tests.builders import VERIFIER
from tests.edge.steps import fault_of, take
from tests.facts import an

VISIT = an(Visited)
NEW_RANGE = {"first_receipt": 50_001, "last_receipt": 60_000}


def ledger_only(place, backup):
    """What a careless backup holds: the ledger without the fork mark."""
    shutil.copy(place.ledger, backup)


@pytest.fixture
def restored(place, phone, tmp_path):
    """A phone whose ledger was put back to the state before its last entry."""
    phone.say(VISIT)
    phone.ledger.close()
    ledger_only(place, tmp_path / "backup")
    later = place.unlock()
    take(later, "1")
    later.seal()
    later.ledger.close()
    shutil.copy(tmp_path / "backup", place.ledger)
    opened = place.unlock()
    yield opened
    opened.ledger.close()


def test_P56_an_older_ledger_stops_shows_everything_and_records_nothing(restored):
    assert restored.stopped is Fault.BEHIND_MARK
    assert fault_of(restored.say, VISIT) is Fault.BEHIND_MARK
    assert restored.own.length == 1
    assert standing(restored).stopped == "behind_mark"


def test_P56_it_does_not_go_on_by_itself_after_a_restart_or_an_exchange(place, restored):
    sync(restored, place.carrier)
    assert restored.stopped is Fault.BEHIND_MARK
    restored.ledger.close()
    assert place.unlock().stopped is Fault.BEHIND_MARK


def test_L5_only_a_new_epoch_of_the_branch_lets_it_go_on(hub, place, restored):
    sync(restored, place.carrier)
    left = LeftAt(restored.own.length, restored.own.head)
    hub.admit_key(restored.device.signer.spki, ordinal=1, epoch=1, left=left, **NEW_RANGE)
    sync(restored, place.carrier)
    assert (restored.stopped, restored.own.log.epoch, restored.own.length) == (None, 1, 0)
    take(restored, "1")
    assert sync(restored, place.carrier).acknowledged == 1
    assert [(one.epoch, one.kind, one.carriage) for one in standing(restored).entries] == [
        (0, "visit", "at_branch"),
        (1, "collected", "at_branch"),
    ]
    restored.ledger.close()
    again = place.unlock()
    assert (again.stopped, again.own.length) == (None, 1)
    again.ledger.close()


def test_a_receipt_of_an_earlier_epoch_still_proves_itself(hub, place, phone):
    take(phone, "1")
    sync(phone, place.carrier)
    fact = phone.own_facts()[0]
    left = LeftAt(phone.own.length, phone.own.head)
    hub.admit_key(phone.device.signer.spki, ordinal=1, epoch=1, left=left, **NEW_RANGE)
    sync(phone, place.carrier)
    assert phone.own.log.epoch == 1
    assert check_offline(read_qr(proof(phone, fact.ref)), phone.identity.root, VERIFIER) == fact.entry


def test_P55_a_copy_of_the_whole_phone_is_noticed_when_the_branch_has_heard_the_other(
    hub, place, phone, tmp_path
):
    phone.say(VISIT)
    phone.ledger.close()
    twin = type(place)(tmp_path / "twin", hub)
    shutil.copytree(place.directory, twin.directory, dirs_exist_ok=True)
    first, second = place.unlock(), twin.unlock()
    take(first, "1")
    sync(first, place.carrier)
    take(second, "2")
    assert second.stopped is None
    sync(second, twin.carrier)
    assert second.stopped is Fault.ANOTHER_COPY
    assert fault_of(second.say, VISIT) is Fault.ANOTHER_COPY
    for one in (first, second):
        one.ledger.close()


def test_a_mark_that_is_missing_or_of_another_ledger_stops_the_phone(place, phone):
    phone.say(VISIT)
    for content in (None, b"", b"x" * 70):
        phone.ledger.close()
        (place.directory / native.MARK).unlink()
        if content is not None:
            (place.directory / native.MARK).write_bytes(content)
        phone = place.unlock()
        assert phone.stopped is Fault.BEHIND_MARK
        (place.directory / native.MARK).touch()
    phone.ledger.close()


def test_a_mark_that_lags_behind_is_no_fork(place, phone):
    phone.say(VISIT)
    before = (place.directory / native.MARK).read_bytes()
    phone.say(VISIT)
    phone.ledger.close()
    (place.directory / native.MARK).write_bytes(before)
    again = place.unlock()
    assert again.stopped is None
    again.ledger.close()


def test_a_mark_that_cannot_be_written_does_not_make_a_saved_entry_look_unsaved(place, phone, monkeypatch):
    def full(_self, _mark):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(native.NativeSafe, "set_mark", full)
    assert phone.say(VISIT).seq == 1
    assert phone.loose_ends is Fault.STORAGE_FULL
    monkeypatch.undo()
    phone.ledger.close()
    again = place.unlock()
    assert (again.stopped, again.own.length) == (None, 1)
    again.ledger.close()


def test_a_receipt_mark_that_cannot_be_kept_is_made_later(phone, monkeypatch):
    database = phone.ledger._database  # noqa: SLF001 (to let the disk fail)

    def fail_from_here_on(_self, _mark):
        database.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(native.NativeSafe, "set_mark", fail_from_here_on)
    seq = take(phone, "1")
    assert phone.loose_ends is Fault.STORAGE_FAILED
    assert phone.own.length == seq
    database.execute("PRAGMA query_only = OFF")
    assert len(phone.own.mark(seq)) == 64


def test_L18_a_revoked_phone_records_nothing_more(hub, place, phone):
    phone.say(VISIT)
    sync(phone, place.carrier)
    hub.say(an(WriterRevoked, seq=phone.own.length, head=phone.own.head))
    sync(phone, place.carrier)
    assert phone.stopped is Fault.REVOKED
    assert fault_of(phone.say, VISIT) is Fault.REVOKED


def test_a_phone_that_is_not_admitted_shows_that_and_says_nothing(place):
    place.begin_enrolment()
    phone = place.unlock()
    assert fault_of(phone.say, VISIT) is Fault.NOT_ADMITTED
    assert fault_of(standing, phone) is Fault.NOT_ADMITTED
    assert phone.seal() == 0
    assert phone.facts().all == ()
    phone.ledger.close()


def test_what_is_kept_is_verified_again_at_every_unlock(place, phone):
    """A branch seal that somebody re-encrypted after changing it does not open the phone."""
    forged = bytearray(next(phone.ledger.kept("branch seal")).body)
    forged[-1] ^= 1
    phone.ledger.close()
    device = place.device()
    with device.ledger.saving():
        log = phone.group.branch.log
        device.ledger.keep("branch seal", log, 10_000, bytes(forged))
    device.ledger.close()
    assert fault_of(place.unlock) is Fault.DAMAGED
