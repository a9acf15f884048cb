"""Keys over several epochs of a branch log, and every order in which its sides may arrive (L15, L17)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.branch_log import BranchLog
from protocol.errors import ChainError, GapError, ProtocolError, UntrustedKeyError
from protocol.ids import LogId
from protocol.posting_facts import BookReady, DayOpened
from protocol.trust_facts import BranchEpochOpened, KeyStated
from tests.builders import VERIFIER, Writer, a_group, signer, stated
from tests.facts import GROUP, an
from tests.protocol.epochs import ROOT, a_reader, a_restored_branch, days, offer, say


def test_L17_the_key_of_a_later_epoch_is_not_older_than_the_one_at_its_base():
    branch = a_group()
    branch.state_new_key()
    branch.seal(an(BookReady))
    with pytest.raises(UntrustedKeyError):
        branch.restored(len(branch.seals)).open_epoch(key=1)
    other = branch.restored(len(branch.seals))
    other.statements.append(stated(signer("branch key 3"), branch="HD", number=3))
    other.log.add_statements(other.statements)
    with pytest.raises(UntrustedKeyError):
        other.open_epoch()
    branch.open_epoch()
    assert branch.log.key == signer("branch key 2").spki


def test_L17_a_lost_KeyStated_does_not_move_the_key_and_a_reader_that_followed_it_goes_back_to_none():
    branch = a_group()
    count = len(branch.seals)
    branch.state_new_key()
    say(branch, 1)
    old = branch.restored(count)
    old.open_epoch(key=1)
    say(old, 2)
    log = a_reader(old)
    for raw in branch.seals[-2:]:
        log.keep(raw)
    assert log.key == signer("branch key 1").spki
    assert isinstance(next(iter(log.lost.values())).entry, KeyStated)
    say(old, 3)
    assert days(log.add(old.seals[-1])) == [3]
    followed = a_reader(branch)
    for raw in old.seals[-3:]:
        with pytest.raises((UntrustedKeyError, GapError)):
            followed.add(raw)
    assert followed.tip == branch.tip


def test_L17_an_old_key_says_nothing_of_a_later_epoch_not_even_that_something_is_missing():
    branch = a_group()
    branch.state_new_key()
    later = Writer(LogId(GROUP, branch.log.log.writer, 1), signer("branch key 1"), bytes(32))
    later.seq = 4
    later.write(an(DayOpened))
    with pytest.raises(UntrustedKeyError):
        branch.log.add(later.seal())
    later.key = signer("branch key 2")
    later.write(an(DayOpened))
    with pytest.raises(GapError):
        branch.log.add(later.seal())


def test_L15_the_opening_names_its_own_epoch():
    branch = a_group()
    opening = branch.log.entries[0].entry
    wrong = BranchEpochOpened(GROUP, 2, opening.statement, branch.tip)
    with pytest.raises(ChainError, match="opening"):
        branch.restored(len(branch.seals)).open_as(1, wrong)


@settings(max_examples=max(20, settings().max_examples // 4))
@given(st.data())
def test_L15_any_order_of_seals_leads_to_the_same_log(choice):
    """Three epochs and a side that was cut off: offered in any order, again while any are taken."""
    before, after = a_restored_branch()
    side = before.restored(len(before.seals) - 3)
    say(side, 11, 12)
    third = after.restored(len(after.seals) - 1)
    third.open_epoch()
    third.state_new_key()
    say(third, 13)
    everything = sorted({*before.seals, *after.seals, *side.seals, *third.seals})
    waiting = choice.draw(st.permutations(everything))
    log = BranchLog(GROUP, ROOT.spki, VERIFIER)
    log.add_statements(third.statements)
    while waiting:
        refused = []
        for raw in waiting:
            try:
                offer(log, raw)
            except ProtocolError:
                refused.append(raw)
        assert len(refused) < len(waiting)
        waiting = refused
    expected = a_reader(third, before, after, side)
    assert log.entries == expected.entries
    assert log.lost == expected.lost
    assert (log.tip, log.key) == (third.tip, third.log.key)
    assert len(log.entries) + len(log.lost) == len({one.hash for one in (*log.entries, *log.lost.values())})
