"""A branch that was restored from a backup, and readers of its log over several epochs."""

from protocol.branch_log import BranchLog
from protocol.errors import ForkError, OlderEpochError
from protocol.posting_facts import DayOpened
from tests.builders import VERIFIER, a_group, signer
from tests.facts import GROUP, an

ROOT = signer("root")


def a_reader(branch, *branches):
    """A reader that was offered every seal of these branches, in order, and keeps what does not count."""
    log = BranchLog(GROUP, ROOT.spki, VERIFIER)
    for one in (branch, *branches):
        log.add_statements(one.statements)
        for raw in one.seals:
            offer(log, raw)
    return log


def offer(log, raw):
    """Take a seal in, or keep it; says whether it was taken at all."""
    try:
        log.add(raw)
    except (ForkError, OlderEpochError):
        return bool(log.keep(raw))
    return True


def days(placed):
    """Decision numbers of the days that entries open: what these tests tell entries apart by."""
    return [one.entry.decisions for one in placed if isinstance(one.entry, DayOpened)]


def say(branch, *numbers):
    """One seal for each number."""
    return [branch.seal(an(DayOpened, decisions=number)) for number in numbers]


def a_restored_branch():
    """A branch whose days 3 and 4 are lost: its hub went on in epoch 1 with days 5 and 6."""
    before = a_group()
    say(before, 1, 2)
    count = len(before.seals)
    say(before, 3, 4)
    after = before.restored(count)
    after.open_epoch()
    say(after, 5, 6)
    return before, after
