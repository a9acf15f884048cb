"""What befalls the hub and its store (fault classes 38–44), and facts that meet there (46, 48)."""

from hub.documents import seals_of_group
from hub.errors import StoreError
from hub.service.forks.choosing import ForkChoice
from hub.service.forks.reopening import reopen as open_next
from tests.fakes.disk import Killed
from tests.system.simulate.branch import CONTROLLER, TELLER
from tests.system.simulate.bundles import by_hand
from tests.system.simulate.leader import collect, pick, synchronise
from tests.system.simulate.staff import a_group, decided, pay_at_the_counter, refusal, transaction_day
from tests.system.simulate.world import ViolationError


class StoreTrap:
    """Raises at one reach of a write of the store, or does something else there, once."""

    def __init__(self, point, reaches, act):
        self._point, self._left, self._act = point, reaches, act

    def __call__(self, point):
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._act()


def _raising(error):
    def act():
        raise error

    return act


def _while_it_works(world, chance, trap):
    """Somebody synchronises or sends bundles, or the branch's people work, while the trap is set."""
    world.branch.shelves.trap = trap
    actor = pick(world, chance, may_say=False)
    try:
        if actor is None or chance.random() < 0.3:
            return chance.choice([pay_at_the_counter, transaction_day])(world, chance)
        return by_hand(world, actor)[1] if chance.random() < 0.3 else synchronise(actor)
    except StoreError:
        return "the store failed at the desk"
    finally:
        world.branch.shelves.trap = None


def crash(world, chance):
    """The hub dies around one of its writes: between the seal, its acceptance and the answer (N80)."""
    trap = StoreTrap(chance.choice(["before", "after"]), chance.randrange(1, 7), _raising(Killed()))
    return f"{_while_it_works(world, chance, trap)} (the hub may die)"


def result_unknown(world, chance):
    """A write fails, or is done and told as failed: whoever asks again must not do it twice (N83)."""
    error = StoreError("the result is unknown")
    trap = StoreTrap(chance.choice(["before", "after"]), chance.randrange(1, 5), _raising(error))
    return f"{_while_it_works(world, chance, trap)} (a write fails)"


def two_workers(world, chance):
    """While one worker writes, another one serves the same group."""
    branch = world.branch
    if len(branch.workers) == 1:
        branch.workers.append(branch.make_worker(branch))
    others = world.open_actors()
    if len(others) < 2:
        return "nobody meets"
    first, second = chance.sample(others, 2)
    if first.disk is second.disk:
        return "nobody meets"
    first.worker, second.worker = 0, 1
    told = []

    def meanwhile():
        branch.shelves.trap = None
        told.append(synchronise(second))

    branch.shelves.trap = StoreTrap("before", chance.randrange(1, 4), meanwhile)
    told.append(synchronise(first))
    branch.shelves.trap = None
    return " meets ".join(told)


def tampered(world, chance):
    """Somebody changes a stored seal: the group is not served until the row is put right."""
    branch = world.branch
    group = a_group(world, chance)
    doc_id = chance.choice(branch.store.ids(seals_of_group(group)))
    sound = branch.store.get(doc_id)
    seal = sound["seal"]
    place = chance.randrange(len(seal))
    changed = f"{seal[:place]}{chr(ord(seal[place]) ^ 1)}{seal[place + 1 :]}"
    branch.shelves.overwrite({**sound, "seal": changed})
    fresh = branch.make_worker(branch)
    try:
        fresh.groups.load(group)
    except StoreError:
        branch.shelves.overwrite(sound)
        return f"a row of {group} was tampered with, and that was seen"
    raise ViolationError(f"the tampered row {doc_id} was not seen")


def stale(world, chance):
    """What is derived from facts is lost, or of yesterday."""
    store = world.branch.store
    kept = store.scan_derived("")
    store.drop_derived()
    told = _while_it_works(world, chance, None)
    if chance.random() < 0.5:
        for document in kept:
            store.put_derived(document)
    return f"{told} (derived documents are stale)"


def same_meeting(world, chance):
    """Both phones of a group record the same meeting while they are offline (B17)."""
    group = a_group(world, chance)
    both = [one for one in world.open_actors(may_say=True) if one.owner.group == group]
    told = [collect(world, chance, one) for one in both for _ in range(2)]
    return f"{group} meets: {told}"


def resolve(world, chance):
    """A person chooses a side of a fork, perhaps against what was counted."""
    group = a_group(world, chance)
    state = world.state(group)
    forked = [(place, log) for place, log in state.phones.items() if log.forked_at is not None]
    if not forked:
        return "there is no fork"
    (writer, epoch), log = chance.choice(forked)
    sides = sorted(one.hash for one in log.known if one.seq == log.forked_at)
    if not sides:
        return "no side of the fork is known"
    choice = ForkChoice(writer, epoch, log.forked_at, chance.choice(sides).hex())
    counted = transaction_day(world, chance) if chance.random() < 0.5 else "nothing is counted"
    return f"{counted}; {group} chooses a side of {writer}: {decided(world, group, choice)}"


def reopen(world, chance):
    """The branch opens the next epoch of a phone that stopped, and it goes on (L5)."""
    stopped = [one for one in world.open_actors() if one.phone.stopped and not one.revoked]
    if not stopped:
        return "no phone has stopped"
    actor = chance.choice(stopped)
    ordinal = actor.phone.admission.entry.ordinal
    told = refusal(world, lambda groups: open_next(groups, actor.owner.group, ordinal, CONTROLLER, TELLER))
    return f"{actor.owner.name} is reopened: {told}; {synchronise(actor)}; {actor.phone.stopped}"


ACTS = {
    "hub crash": crash,
    "result unknown": result_unknown,
    "two workers": two_workers,
    "tampered": tampered,
    "stale": stale,
    "same meeting": same_meeting,
    "resolve": resolve,
    "reopen": reopen,
}
