"""A branch log over several epochs: what counts, what is kept beside it, what is refused (L15, L17)."""

from protocol.ids import BranchTip
from protocol.loan_facts import InterestReceived
from protocol.posting_facts import DayOpened
from tests.builders import Branch, signer
from tests.facts import DAY, GROUP, an
from tests.vectors.cases import Vector

GIVEN = {"root": signer("root").spki.hex(), "group": GROUP}


def epoch_cases():
    """A branch that was restored from a backup, and went on."""
    before, after = _restored()
    told, lost = tuple(before.seals), tuple(before.seals[3:])
    went_on = tuple(after.seals[3:])
    side = before.restored(2)
    side.seal(an(DayOpened, decisions=7))
    decided = side.restored(3)
    decided.open_epoch(4)
    other = before.restored(2)
    other.open_epoch()
    empty = before.restored(0)
    empty.open_epoch(1, None)
    for name, about, brought in (
        (
            "restated",
            "an epoch opens over a base; what is above is lost, and one entry restated",
            after.seals,
        ),
        ("cut", "the same, to a reader that held all of epoch 0", (*told, *went_on)),
        ("given-back", "the same, to a reader that hears of the lost seals last", (*after.seals, *lost)),
        ("numbers-leave-gaps", "epoch 4 goes on from the side that its base names", (*told, *decided.seals)),
        ("two-openings", "two openings of epoch 1: the first counts", (*after.seals, *other.seals[2:])),
        ("no-base", "a hub that held nothing of the group", (*told, *empty.seals)),
    ):
        yield _epochs(f"good/branch-epochs/{name}", about, before, tuple(brought))


def refused_epoch_cases():
    """Openings that a reader refuses, each with the layer that does."""
    before, after = _restored()
    opening = after.seals[3]
    short, parted = before.restored(2), before.restored(2)
    parted.seal(an(DayOpened, decisions=7))
    parted.seal(an(DayOpened, decisions=8))
    newer = before.restored(3)
    newer.state_new_key()
    for name, layer, about, brought in (
        ("base-missing", "gap", "the reader has not come to the base", (*short.seals, opening)),
        ("base-of-another-side", "fork", "the base is another history", (*parted.seals[:3], opening)),
        ("base-of-its-own-epoch", "log", "the base is in no older epoch", _opens(before, 1, _within(1))),
        ("of-another-epoch", "log", "the opening names another epoch than its log", _misnamed(before)),
        ("old-key", "key", "the key is older than the one at the base", _opens(newer, 1, key=1)),
        ("gone-back", "key", "the reader's key is newer than this one", _gone_back(newer)),
        ("lost-gap", "gap", "a lost seal that continues nothing held", (*after.seals[:4], before.seals[4])),
    ):
        yield _epochs(f"bad/branch-epochs/{name}", about, newer, brought, layer)


def _restored():
    """Two days and what was paid on the second are lost; one is restated."""
    before = Branch()
    before.seal(an(DayOpened))
    before.seal(an(DayOpened, decisions=1))
    paid = before.seal(an(DayOpened, decisions=2), InterestReceived(1, DAY, 5_000, None, "CB001"))
    before.seal(an(DayOpened, decisions=3))
    after = before.restored(3)
    after.open_epoch()
    lost = after.take_back(paid)
    after.seals.append(paid)
    after.restate(lost[1])
    return before, after


def _within(epoch):
    return BranchTip(epoch, 1, bytes(32))


def _opens(branch, epoch, *base, key=None):
    """The seals of a branch and an opening, made by one who does not check what he says."""
    careless = _careless(branch)
    careless.open_epoch(epoch, *(base or (branch.tip,)), key=key)
    return tuple(careless.seals)


def _gone_back(branch):
    """The seals of a branch that changed its key, and an epoch over its past under the key before."""
    past = _opens(branch.restored(3), 1, key=1)
    return (*branch.seals, past[-1])


def _misnamed(branch):
    careless, base = _careless(branch), branch.tip
    opening = branch.restored(len(branch.seals))
    opening.open_epoch(2, base)
    careless.open_as(1, opening.log.entries[-1].entry)
    return tuple(careless.seals)


def _careless(branch):
    twin = branch.restored(len(branch.seals))
    twin.log = _Unchecked(twin.log)
    return twin


class _Unchecked:
    """A log that takes whatever it is given."""

    def __init__(self, log):
        self.log, self.entries = log.log, log.entries

    def add(self, raw):
        return ()


def _epochs(name, about, branch, seals, expect="ok"):
    given = GIVEN | {"statements": str(len(branch.statements))}
    return Vector(name, "branch-epochs", about, (*branch.statements, *seals), given, expect)
