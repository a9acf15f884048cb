"""A store that is put back from a backup, and a branch with two histories (fault classes 36, 39, 42)."""

from edge.transport import Outcome
from hub.errors import SettingsError
from hub.service.upkeep.restoring import Wish, restore
from tests.system.simulate.branch import CONTROLLER, TELLER
from tests.system.simulate.leader import pick, synchronise
from tests.system.simulate.staff import pay_at_the_counter
from tests.system.simulate.strangers import revoke
from tests.system.simulate.world import ViolationError


def people_decide(world):
    """Two people say that the store is an older copy: every group opens its next epoch (L15)."""
    try:
        return world.branch.at_the_desk(
            lambda groups: restore(groups, Wish(CONTROLLER, TELLER), lambda _: None)
        )
    except SettingsError as error:
        if error.code != "restored_unfounded":
            raise
        return None  # the copy is what stood there: nothing was lost, and nothing begins anew


def is_stopped(world, group):
    """Why the hub appends nothing to a group, None when it does."""
    groups = world.branch.groups
    return groups.why_stopped(world.state(group), groups.mark(group))


def back_up(world, chance):
    world.backups.append(world.branch.shelves.copy())
    return "the branch is backed up"


def put_back(world, chance):
    """The store is put back; somebody synchronises before, or after, people have said so."""
    if not world.backups:
        return back_up(world, chance)
    world.put_back(chance.choice(world.backups))
    actor = pick(world, chance, may_say=False)
    early = "nobody comes" if actor is None or chance.random() < 0.5 else synchronise(actor)
    people_decide(world)
    return f"the branch is put back; {early}; people decide"


def before_a_revocation(world, chance):
    """The store is put back to before a revocation, which its phones or the register remember."""
    world.backups.append(world.branch.shelves.copy())
    told = revoke(world, chance)
    for group in world.codes:
        world.branch.at_the_desk(lambda _, group=group: world.branch.workers[0].devices.carry_out(group))
    for actor in world.open_actors():
        synchronise(actor)
    world.put_back(world.backups[-1])
    people_decide(world)
    return f"{told}; the branch is put back to before it; people decide"


def split_view(world, chance):
    """A branch shows one history to a phone and goes on with another: that is seen when they meet."""
    actor = pick(world, chance, may_say=False)
    if actor is None or actor.revoked:
        return "nobody looks"
    group = actor.owner.group
    before, marks = world.branch.shelves.copy(), world.branch.marks.copy()
    length = world.state(group).log.length
    pay_at_the_counter(world, chance, group)
    if world.state(group).log.length == length or actor.sync().outcome is not Outcome.DONE:
        return "nothing was shown"
    world.put_back(before)
    world.branch.marks.restore(marks)
    while world.state(group).log.length <= length:
        pay_at_the_counter(world, chance, group)
    met = actor.sync().outcome
    if met is Outcome.DONE and is_stopped(world, group) is None:
        raise ViolationError(f"{actor.owner.name} was shown two histories, and nobody saw it")
    people_decide(world)
    return f"{actor.owner.name} meets two histories: {met}; people decide"


ACTS = {
    "branch put back": put_back,
    "before a revocation": before_a_revocation,
    "split view": split_view,
}
