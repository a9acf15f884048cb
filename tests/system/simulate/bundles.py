"""Bundles that people carry where there is no network, and the answers that they bring back (L11, L19).

Carriers keep what they were given: ``world.going_up`` and ``world.coming_down`` are copies, newer and older,
which come to a hub or a phone at any time, in any order, again, or never.
"""

from edge.carry import export, note_exported, take_bundles
from edge.errors import EdgeError, Fault
from hub.errors import BundleError, HubError
from hub.service.phones.ingest import newest
from tests.fakes import network
from tests.fakes.disk import Killed
from tests.system.simulate.leader import STORAGE, pick
from tests.system.simulate.world import ViolationError

KEPT_MAX = 12
UNREADABLE = {Fault.NOT_A_BUNDLE, Fault.BUNDLE_GOES_UP, Fault.BUNDLE_TOO_EARLY, Fault.BUNDLE_ELSEWHERE}
NOT_YET = {Fault.NOT_ADMITTED, Fault.NO_BUNDLE_KEY}


def hand_out(world, actor):
    """A phone writes what it has for the branch into bundles; returns them, or why there are none."""
    try:
        exported = export(actor.phone)
        note_exported(actor.phone, exported)
    except Killed:
        actor.die()
        return "dies", []
    except EdgeError as error:
        _must_be_cause(actor, error, NOT_YET)
        return str(error.fault), []
    world.going_up = [*world.going_up, *exported.bundles][-KEPT_MAX:]
    return f"hands out {len(exported.seals)} seals", list(exported.bundles)


def bring_up(world, raws):
    """One delivery to the hub; the answers come into the carriers' hands. Returns what came of each."""
    told = []
    world.branch.at_the_desk(lambda _: _ingest(world, raws, told))
    return told


def bring_down(actor, raws):
    """Answers come to a phone; returns its outcome, None where none was for it, and what came of it."""
    try:
        done, faults = take_bundles(actor.phone, raws)
    except Killed:
        actor.die()
        return None, "dies"
    except EdgeError as error:
        _must_be_cause(actor, error, NOT_YET)
        return None, str(error.fault)
    if done.answers > sum(raw in actor.world.coming_down for raw in raws):
        raise ViolationError(f"{actor.owner.name} took in an answer that nobody wrote")
    if any(one.fault not in UNREADABLE for one in faults):
        raise ViolationError(f"{actor.owner.name} does not believe the branch: {faults}")
    told = f"{done.outcome}, {done.acknowledged} acknowledged, {done.waiting} wait, {done.learnt} learnt"
    return done.outcome, f"{told}, {done.foreign} foreign, {[str(one.fault) for one in faults]}"


def by_hand(world, actor):
    """There and back, with nothing in the way; returns the outcome and what came of it."""
    handed, raws = hand_out(world, actor)
    before = len(world.coming_down)
    brought = bring_up(world, raws)
    outcome, told = bring_down(actor, world.coming_down[before:])
    return outcome, f"{actor.owner.name} {handed}; {brought}; {told}"


def _ingest(world, raws, told):
    door = world.branch.workers[0].ingest
    taken = []
    for raw in raws:
        try:
            taken.append(door.take_in(raw))
        except HubError as error:
            if isinstance(error, BundleError) and raw in world.going_up:
                raise ViolationError(f"a sound bundle was refused: {error.code}") from error
            told.append(type(error).__name__)
        else:
            if raw not in world.going_up:
                raise ViolationError("a bundle that nobody wrote was taken in")
            told.append(taken[-1].fault or "taken in")
    for opened in newest(taken):
        try:
            world.coming_down += door.answer(opened).bundles
        except HubError as error:
            told.append(type(error).__name__)


def _must_be_cause(actor, error, known):
    if error.fault not in known and not (error.fault in STORAGE and actor.disk.trap):
        raise ViolationError(f"{actor.owner.name} was refused: {error.fault}") from error


def carry(world, chance):
    """A carrier takes bundles to the branch, and brings the answers back."""
    actor = pick(world, chance, may_say=False)
    return "nobody carries" if actor is None else by_hand(world, actor)[1]


def lost(world, chance):
    """The carrier loses the bundles, or the answers."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody carries"
    handed, raws = hand_out(world, actor)
    told = "lost on the way there"
    if chance.random() < 0.5:
        told = f"{bring_up(world, raws)}, lost on the way back"
    if chance.random() < 0.5:
        world.going_up, world.coming_down = [], []
    return f"{actor.owner.name} {handed}: {told}"


def doubled(world, chance):
    """Several carriers bring the same, and each an answer of his own."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody carries"
    handed, raws = hand_out(world, actor)
    before = len(world.coming_down)
    told = [bring_up(world, raws * 2), bring_up(world, raws)]
    answers = world.coming_down[before:] * 2
    chance.shuffle(answers)
    return f"{actor.owner.name} {handed}: {told}, {bring_down(actor, answers)[1]}"


def late(world, chance):
    """Bundles are handed out, or older ones of anybody arrive, in another order, some of them again."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody carries"
    way = chance.choice(["out", "up", "down"])
    if way == "out":
        return f"{actor.owner.name} {hand_out(world, actor)[0]}"
    if way == "up":
        return f"brought late: {bring_up(world, _some(world.going_up, chance))}"
    return f"{actor.owner.name}, brought late: {bring_down(actor, _some(world.coming_down, chance))[1]}"


def swapped(world, chance):
    """Bundles for one phone come to another, those for phones to the branch, and its own to a phone."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody carries"
    handed, raws = hand_out(world, actor)
    told = bring_up(world, [*raws, *_some(world.coming_down, chance)])
    other = pick(world, chance, may_say=False)
    back = _some([*raws, *world.coming_down], chance)
    return f"{actor.owner.name} {handed}: {told}; {other.owner.name}: {bring_down(other, back)[1]}"


def _damaged(damage):
    """An act: a damaged copy comes before the sound one, on the way there or back."""

    def act(world, chance):
        actor = pick(world, chance, may_say=False)
        if actor is None:
            return "nobody carries"
        handed, raws = hand_out(world, actor)
        before = len(world.coming_down)
        change = damage(chance.randrange(1_000), chance.randrange(8))
        told = bring_up(world, [*map(change, raws), *(raws if chance.random() < 0.7 else [])])
        answers = world.coming_down[before:]
        brought = [*map(change, answers), *(answers if chance.random() < 0.7 else [])]
        return f"{actor.owner.name} {handed}: {told}; {bring_down(actor, brought)[1]}"

    return act


def _some(held, chance):
    return [chance.choice(held) for _ in range(chance.randrange(1, len(held) + 2))] if held else []


ACTS = {
    "carry": carry,
    "bundles lost": lost,
    "bundles doubled": doubled,
    "bundles late": late,
    "bundles swapped": swapped,
    "bundles cut": _damaged(lambda place, _: network.cut(place)),
    "bundles flipped": _damaged(network.flipped),
}
