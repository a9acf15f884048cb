"""What befalls clocks (fault classes 23–28): a clock is a claim, so nothing here may stop anybody."""

from datetime import UTC, datetime, timedelta

from tests.system.simulate.leader import collect, pick


def _set(change):
    def act(world, chance):
        actor = pick(world, chance, may_say=False)
        if actor is None:
            return "no phone is on"
        change(actor.clock, chance)
        return f"{actor.owner.name} shows {actor.clock().isoformat()}"

    return act


def between(world, chance):
    """The clock jumps back between two entries."""
    actor = pick(world, chance)
    if actor is None:
        return "nobody collects"
    first = collect(world, chance, actor)
    actor.clock.set(actor.clock() - timedelta(days=chance.randrange(1, 40)))
    return f"{first}; its clock jumps back; {collect(world, chance, actor)}"


def no_battery(world, chance):
    """A reboot without a clock: it starts where the factory left it."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "no phone is on"
    actor.stop()
    actor.clock.set(datetime(2021, 1, 1, tzinfo=UTC))
    actor.start()
    return f"{actor.owner.name} starts in 2021"


def _epoch(clock, chance):
    clock.set(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(60)))


def _years_ahead(clock, chance):
    clock.set(clock() + timedelta(days=3_652))


def _drift(clock, chance):
    clock.set(clock())
    clock.drift = chance.choice([-150, 150])


def _zone(clock, chance):
    clock.set(clock() + timedelta(hours=chance.choice([-7, 7, 1])))


ACTS = {
    "1970": _set(_epoch),
    "ten years": _set(_years_ahead),
    "backwards": between,
    "drift": _set(_drift),
    "zone": _set(_zone),
    "no battery": no_battery,
}
