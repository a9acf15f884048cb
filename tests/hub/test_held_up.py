"""What is given back of a key comes first, whichever process stored it and whichever says it again (L15)."""

from itertools import count

from hub.service.phones.intake import Intake
from hub.service.phones.keeping import keep
from hub.service.phones.quota import Quota
from hub.service.phones.returned import take_back
from hub.service.upkeep.fsck import check
from protocol.exchange import Request
from tests.hub.builders import GROUP, sqlite_branch
from tests.hub.copies import Hamlet
from tests.hub.pushes import OTHER
from tests.hub.test_restored import collect


def posted(state):
    return [(one.entry.entry.writer, one.entry.interest) for one in state.book.postings.posted.values()]


def test_L15_what_a_killed_process_kept_is_said_again_behind_the_admission_that_it_needs(tmp_path):
    hamlet = Hamlet(tmp_path)
    leader, deputy = hamlet.followers[1], hamlet.followers[2]
    leader.sync()
    deputy.sync()
    hamlet.copy()
    hamlet.admit(3)
    hamlet.receipts[3] = count(20_001)
    collect(hamlet, 3, 3, 163_000, 162_740)
    hamlet.count(163_000)
    hamlet.settle()
    leader.sync()
    third = hamlet.followers[3]
    third.sync()
    before = posted(hamlet.state)
    hamlet.put_back()
    hamlet.begin_anew()
    server, killed = hamlet.groups, hamlet.branch.another_process()
    server.load(GROUP)
    asked = Request(1, GROUP, None, (), (*leader.held.values(), *third.own), ())
    keep(killed, Quota(), asked, take_back(killed, Quota(), asked).seals)  # and there it ends
    Intake(server, Quota()).catch_up()
    for follower in (*hamlet.followers.values(), *hamlet.followers.values()):
        follower.come_back()
    assert posted(server.load(GROUP)) == before
    assert check(hamlet.groups, lambda: None).faults == ()


def test_L15_another_groups_branch_seal_is_not_given_back_to_this_one(tmp_path):
    branch = sqlite_branch(tmp_path)
    branch.admit()
    branch.admit(OTHER)
    raw = branch.groups.load(OTHER).seals[1].raw
    given = take_back(branch.groups, Quota(), Request(1, GROUP, None, (), (raw,), ()))
    assert (given.seals, [one.index for one in given.refused]) == ((), [0])
