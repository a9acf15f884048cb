"""What an answer may do to the ledger: all of it verified, or nothing (L10, L11, L15, L16)."""

import pytest

from edge.errors import Fault
from edge.members import find_member, name_of
from edge.outgoing import outgoing
from edge.standing import AT_BRANCH, standing
from edge.sync import sync
from edge.transport import Outcome
from protocol.exchange import DetachedText
from protocol.ids import Position
from protocol.phone_facts import Visited
from protocol.posting_facts import DayOpened
from protocol.trust_facts import Received, WriterRevoked
from tests.builders import Branch, Writer, signer
from tests.edge.answers import changed
from tests.edge.steps import fault_of, take
from tests.edge.village import DAY
from tests.facts import an


def flipped(raw):
    spoilt = bytearray(raw)
    spoilt[-1] ^= 1
    return bytes(spoilt)


def test_one_branch_seal_that_does_not_verify_and_nothing_at_all_is_taken_in(hub, place, phone):
    take(phone, "1")
    hub.say(an(DayOpened, decisions=6))
    tip = phone.group.tip
    hub.faults.append(changed(branch_seals=lambda seals: (*seals[:-1], flipped(seals[-1]))))
    done = sync(phone, place.carrier)
    assert (done.outcome, done.learnt, done.waiting) == (Outcome.UNTRUSTED, 0, 1)
    assert phone.group.tip == tip
    place.reopen(phone)
    assert phone.group.tip == tip
    assert sync(phone, place.carrier).outcome is Outcome.DONE


def test_a_statement_that_is_not_the_roots_is_not_taken_in(hub, place, phone):
    hub.faults.append(changed(statements=lambda signed: (*signed, flipped(signed[0]))))
    assert sync(phone, place.carrier).outcome is Outcome.UNTRUSTED
    assert len(list(phone.ledger.kept("statement"))) == 1


def test_L17_a_new_branch_key_that_the_root_stated_is_followed(hub, place, phone):
    hub.branch.state_new_key()
    hub.say(an(DayOpened, decisions=6))
    take(phone, "1")
    assert sync(phone, place.carrier).acknowledged == 1
    assert len(list(phone.ledger.kept("statement"))) == 2
    place.reopen(phone)
    assert phone.group.branch.key == hub.branch.log.key


def test_L15_another_history_of_the_branch_is_kept_as_evidence_and_collecting_goes_on(hub, place, phone):
    """A hub that was restored from a backup and went on by itself."""
    log = hub.branch.log
    again = Writer(log.log, signer("branch key 1"), log.hash_at(Position(0, 5)))
    again.seq = 5
    again.write(an(DayOpened, decisions=0), an(DayOpened, day=DAY + 30, decisions=0))
    other_history = again.seal()
    tip = phone.group.tip
    hub.faults.append(changed(branch_seals=(other_history,)))
    assert sync(phone, place.carrier).outcome is Outcome.TWO_HISTORIES
    assert [row.body for row in phone.ledger.kept("evidence")] == [other_history]
    assert phone.group.tip == tip
    assert standing(phone).evidence == 1
    take(phone, "1")
    hub.faults.append(changed(branch_seals=(other_history,)))
    sync(phone, place.carrier)
    assert standing(phone).evidence == 1


def test_L10_a_revoked_phone_learns_only_that_its_seals_arrived(hub, place, phone):
    """What it gets is a branch seal that does not continue what it holds."""
    take(phone, "1")
    ordinal = phone.admission.entry.ordinal
    hub.say(an(WriterRevoked, writer=ordinal, seq=0, head=phone.own.hash_at(0)))
    hub.faults.append(changed(branch_seals=lambda seals: seals[-1:]))
    done = sync(phone, place.carrier)
    assert (done.outcome, done.acknowledged, done.learnt) == (Outcome.SHUT_OUT, 1, 0)
    assert outgoing(phone) == []
    assert [one.carriage for one in standing(phone).entries] == [AT_BRANCH]
    assert phone.stopped is Fault.REVOKED
    place.reopen(phone)
    assert (phone.stopped, outgoing(phone)) == (Fault.REVOKED, [])


def test_an_acknowledgement_that_the_log_explains_later_stops_nothing(hub, place, phone):
    """A hub that once sent too little: the next exchange brings the whole log, and the phone goes on."""
    take(phone, "1")
    hub.say(an(DayOpened, decisions=6))
    hub.faults.append(changed(branch_seals=lambda seals: seals[-1:]))
    assert sync(phone, place.carrier).outcome is Outcome.SHUT_OUT
    assert phone.stopped is Fault.REVOKED
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert phone.stopped is None
    take(phone, "2")


def test_a_forged_acknowledgement_behind_a_gap_acknowledges_nothing(hub, place, phone):
    take(phone, "1")
    phone.seal()
    header = phone.own.seals[0]
    hub.say(an(DayOpened, decisions=6))
    hub.say(an(Received, writer=1, count=1, head=header.head))
    forged = flipped(hub.branch.seals[-1])
    hub.faults.append(changed(branch_seals=(forged,)))
    assert sync(phone, place.carrier).outcome is Outcome.UNTRUSTED
    assert len(outgoing(phone)) == 1


def test_a_phone_seal_that_does_not_verify_is_left_out_and_says_nothing_about_the_rest(
    hub, place, phone, deputy
):
    other, elsewhere = deputy
    take(other, "1")
    sync(other, elsewhere.carrier)
    hub.faults.append(changed(phone_seals=lambda seals: (b"", flipped(seals[0]), *seals)))
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert len(list(phone.ledger.kept("phone seal"))) == 1
    assert [fact.ref.writer for fact in phone.facts().all] == [2]


@pytest.mark.parametrize(
    "spoil", [lambda seals: (flipped(seals[0]),), lambda seals: ()], ids=["flipped", "left out"]
)
def test_I6_a_page_that_lacks_a_seal_which_it_receives_is_asked_for_again(hub, place, phone, deputy, spoil):
    """Its branch seals would move this phone on, and the missing seal would never be sent again."""
    other, elsewhere = deputy
    take(other, "1")
    sync(other, elsewhere.carrier)
    tip = phone.group.tip
    hub.faults.append(changed(phone_seals=spoil))
    assert sync(phone, place.carrier).outcome is Outcome.UNTRUSTED
    assert phone.group.tip == tip
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert [fact.ref.writer for fact in phone.facts().all] == [2]


def test_a_branch_seal_that_was_spoilt_on_the_way_does_not_shut_the_phone_out(hub, place, phone):
    """What comes after it stands behind a gap that is none: it is no sign of a revocation."""
    hub.say(an(DayOpened, decisions=6))
    hub.say(an(DayOpened, decisions=7))
    hub.faults.append(changed(branch_seals=lambda seals: (flipped(seals[0]), *seals[1:])))
    assert sync(phone, place.carrier).outcome is Outcome.UNTRUSTED
    assert phone.stopped is None
    assert sync(phone, place.carrier).outcome is Outcome.DONE


def test_a_seal_of_a_writer_that_was_never_admitted_is_left_out(hub, place, phone):
    stranger = Branch("KM-001").admit("stranger", ordinal=9)
    raw = stranger.seal(an(Visited))
    hub.faults.append(changed(phone_seals=(raw,)))
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert list(phone.ledger.kept("phone seal")) == []


def test_L16_both_sides_of_another_phones_fork_are_kept_once(hub, place, phone):
    forked = hub.branch.admit("forked")
    twin_head = forked.head
    one = forked.seal(an(Visited, member=1))
    forked.head, forked.seq = twin_head, 0
    two = forked.seal(an(Visited, member=2))
    for _ in range(2):
        hub.faults.append(changed(phone_seals=(one, two)))
        assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert sorted(row.body for row in phone.ledger.kept("phone seal")) == sorted([one, two])
    place.reopen(phone)
    assert phone.stopped is None


def test_a_repeated_phone_seal_is_kept_once(hub, place, phone, deputy):
    other, elsewhere = deputy
    take(other, "1")
    sync(other, elsewhere.carrier)
    sync(phone, place.carrier)
    held = [row.body for row in phone.ledger.kept("phone seal")]
    hub.faults.append(changed(phone_seals=tuple(held)))
    sync(phone, place.carrier)
    assert [row.body for row in phone.ledger.kept("phone seal")] == held


@pytest.mark.parametrize("words", [b"\xff\xfe", "a\u202eb".encode(), b"two\nlines"])
def test_W15_a_text_that_shows_not_what_it_holds_is_left_out_and_the_rest_stands(hub, place, phone, words):
    bad = DetachedText(b"\x01" * 16, words)
    hub.faults.append(changed(texts=lambda texts: (bad, *texts)))
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    assert name_of(phone, find_member(phone, "1")) == "Nguyễn Thị Ánh"


def test_of_an_answer_that_contradicts_only_what_verifies_is_kept_apart(hub, place, phone):
    take(phone, "1")
    hub.say(an(DayOpened, decisions=6))
    hub.faults.append(changed(branch_seals=lambda seals: (seals[-1], b"\xc0", flipped(seals[0]))))
    assert sync(phone, place.carrier).outcome is Outcome.SHUT_OUT
    assert len(list(phone.ledger.kept("acknowledgement"))) == 1


def test_an_answer_that_cannot_be_stored_is_not_half_stored(hub, place, phone):
    hub.say(an(DayOpened, decisions=6))
    tip = phone.group.tip
    database = phone.ledger._database  # noqa: SLF001 (to let the disk fail)

    def full(answer):
        database.execute("PRAGMA query_only = ON")
        return answer()

    hub.faults.append(full)
    assert fault_of(sync, phone, place.carrier) is Fault.STORAGE_FAILED
    database.execute("PRAGMA query_only = OFF")
    assert phone.group.tip == tip
    assert sync(phone, place.carrier).learnt == 1


@pytest.mark.parametrize("field", ["branch_seals", "phone_seals"])
def test_an_answer_of_rubbish_is_survived(hub, place, phone, field):
    hub.faults.append(changed(**{field: (b"\xc0", b"x" * 1_000)}))
    done = sync(phone, place.carrier)
    assert done.outcome is (Outcome.UNTRUSTED if field == "branch_seals" else Outcome.DONE)
    assert phone.stopped is None
