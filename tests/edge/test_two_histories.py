"""Two heads at one place of the branch log: both are kept, reported, and work goes on (L15; threat N42)."""

import pytest

from edge.outgoing import other_tips, outgoing
from edge.proving import evidence, trusted
from edge.standing import standing
from edge.sync import sync
from edge.transport import Outcome
from protocol.evidence import check
from protocol.posting_facts import DayOpened
from tests.builders import VERIFIER
from tests.edge.answers import changed
from tests.edge.losing import asked, requests, to_be_lost
from tests.edge.steps import take
from tests.facts import an


@pytest.fixture
def backup(hub, place, phone):
    """How many branch seals the backup has."""
    return to_be_lost(hub, place, phone)


def test_N42_two_histories_are_both_kept_reported_and_collecting_goes_on(hub, place, phone, backup):
    """A hub that was restored and goes on by itself, as if nothing had happened."""
    held = phone.group.tip
    hub.restore(backup)
    hub.say(an(DayOpened, decisions=6))
    assert sync(phone, place.carrier).outcome is Outcome.TWO_HISTORIES
    assert phone.group.tip == held
    assert (standing(phone).evidence, phone.stopped) == (1, None)
    take(phone, "2")
    assert sync(phone, place.carrier).outcome is Outcome.TWO_HISTORIES
    told = requests(hub)[-1]
    assert told.known == held
    assert told.other_tips[0].seq > backup
    assert hub.branch.tip in other_tips(phone, astray=False)
    assert any(hub.branch.log.holds(tip) for tip in told.other_tips)
    place.reopen(phone)
    assert phone.group.tip == held
    assert hub.branch.tip in other_tips(phone, astray=False)


def test_N42_two_histories_heal_when_the_branch_opens_its_next_epoch(hub, place, phone, backup):
    before = asked(phone)
    hub.restore(backup)
    hub.say(an(DayOpened, decisions=6))
    sync(phone, place.carrier)
    hub.branch.open_epoch()
    done = sync(phone, place.carrier)
    assert (done.outcome, done.waiting) == (Outcome.DONE, 0)
    assert phone.group.tip == hub.branch.tip
    assert asked(phone) == before
    assert other_tips(phone, astray=False) == ()
    assert standing(phone).evidence == 1
    assert sync(phone, place.carrier).outcome is Outcome.DONE
    place.reopen(phone)
    assert phone.group.tip == hub.branch.tip


def test_own_seals_still_go_while_two_histories_stand(hub, place, phone, backup):
    hub.restore(backup)
    hub.say(an(DayOpened, decisions=6))
    take(phone, "2")
    sync(phone, place.carrier)
    assert hub.hashes() == [phone.own.head]
    assert len(outgoing(phone)) == 1


def test_N42_a_history_whose_beginning_nobody_showed_is_evidence_that_proves_itself(
    hub, place, phone, backup
):
    hub.restore(backup)
    hub.say(an(DayOpened, decisions=6))
    hub.say(an(DayOpened, decisions=6))
    later = hub.branch.seals[-1]
    hub.faults.append(changed(branch_seals=(later,)))
    assert sync(phone, place.carrier).outcome is Outcome.TWO_HISTORIES
    assert [row.body for row in phone.ledger.kept("evidence")] == [later]
    (file,) = evidence(phone)
    assert check(file, trusted(phone), VERIFIER).kind == "branch_fork"
