"""From a seed to a small world, the fault classes that befall it, and its steps.

A step has a number of its own from which it draws, so that a play without some of the steps is still a play.
"""

from msgspec import Struct

from tests.system.simulate import (
    bundles,
    carriers,
    devices,
    hubs,
    leader,
    moments,
    restores,
    staff,
    strangers,
)
from tests.system.simulate.classes import DRAWN
from tests.system.simulate.trust import chance_of
from tests.system.simulate.world import Size

ACTS = {
    **leader.ACTS,
    **staff.ACTS,
    **carriers.ACTS,
    **bundles.ACTS,
    **devices.ACTS,
    **moments.ACTS,
    **strangers.ACTS,
    **hubs.ACTS,
    **restores.ACTS,
}
ORDINARY = {**dict.fromkeys([*leader.ACTS, *staff.ACTS, "carry"], 1), **leader.WEIGHTS, **staff.WEIGHTS}
STEPS_MIN, STEPS_MAX = 30, 80
FAULT_SHARE = 0.3


class Step(Struct, frozen=True):
    """What happens, and the number from which it draws."""

    act: str
    number: int


class Plan(Struct, frozen=True):
    """``faults`` are the numbers of the fault classes."""

    seed: int
    size: Size
    faults: tuple[int, ...]
    steps: tuple[Step, ...]


def draw(seed, steps=None):
    """The plan of a seed; ``steps`` sets how many steps it has."""
    chance = chance_of(f"{seed} plan")
    size = _size(chance)
    faults = tuple(sorted(chance.sample(sorted(DRAWN), chance.randrange(1, 7))))
    count = steps or min(chance.randrange(STEPS_MIN, STEPS_MAX + 1) for _ in range(3))
    acts = ["exchange"] * len(size.phones) + [_act(chance, faults) for _ in range(count - len(size.phones))]
    return Plan(seed, size, faults, tuple(Step(act, number) for number, act in enumerate(acts)))


def _act(chance, faults):
    if chance.random() < FAULT_SHARE:
        return chance.choice(DRAWN[chance.choice(faults)])
    return chance.choices(list(ORDINARY), list(ORDINARY.values()))[0]


def _size(chance):
    groups = tuple(_group(f"KM-00{number}", chance) for number in range(1, chance.choice([1, 1, 2]) + 1))
    phones = [(code, role) for code, _, _ in groups for role in ("leader", "deputy")]
    if len(groups) == 2 and chance.random() < 0.5:
        phones.pop()
    return Size(groups, tuple(phones), chance.choice([1, 1, 2]))


def _group(code, chance):
    members = chance.randrange(2, 4)
    loans = tuple(
        (chance.randrange(1, members + 1), {"in_term": chance.randrange(5, 60) * 1_000_000})
        for _ in range(chance.randrange(1, 4))
    )
    return code, members, loans
