"""What befalls a phone's storage, and phones that are copied, put back or lost (fault classes 13–22)."""

from edge.errors import BranchError, DeviceError, EdgeError, Fault
from edge.fork_mark import Mark
from protocol.codec import decode_as
from tests.fakes.disk import FSYNC_FAILED, FULL, Killed, storage_error
from tests.system.simulate.bundles import by_hand
from tests.system.simulate.leader import collect, pick, synchronise
from tests.system.simulate.phones import Actor
from tests.system.simulate.world import ViolationError

POINTS = ("before commit", "after commit", "before mark", "after mark")
VERSION_AT = 60
"""Offset of the user version in the header of a SQLite file."""


class Trap:
    """Raises at the given reach of one of these points; once, or from then on."""

    def __init__(self, points, reaches, error, *, stays=False):
        self._points, self._left, self._error, self._stays = points, reaches, error, stays

    def __call__(self, point):
        if point not in self._points:
            return
        self._left -= 1
        if self._left == 0 or (self._stays and self._left < 0):
            raise self._error()


def _in_the_middle(world, chance, trap):
    """Somebody collects, synchronises, or sends bundles and takes their answers, while the trap is set."""
    actor = pick(world, chance)
    if actor is None:
        return "nobody works"
    actor.disk.trap = trap
    work = chance.choice([collect, collect, lambda *_: _carry(actor), lambda *_: by_hand(world, actor)[1]])
    told = work(world, chance, actor)
    actor.disk.trap = None
    return told


def _carry(actor):
    try:
        return synchronise(actor)
    except DeviceError as error:
        return f"{actor.owner.name} cannot store what came: {error.fault}"


def kill(world, chance):
    """The process ends at one of the points around a commit or the mark."""
    point = chance.choice(POINTS)
    return f"{_in_the_middle(world, chance, Trap((point,), chance.randrange(1, 5), Killed))} ({point})"


def disk_full(world, chance):
    trap = Trap(("before commit",), 1, lambda: storage_error(FULL), stays=chance.random() < 0.5)
    return f"{_in_the_middle(world, chance, trap)} (disk full)"


def fsync_error(world, chance):
    trap = Trap(("before commit",), chance.randrange(1, 3), lambda: storage_error(FSYNC_FAILED))
    return f"{_in_the_middle(world, chance, trap)} (fsync)"


def mark_fails(world, chance):
    """The mark's file cannot be written; what was committed stands."""
    trap = Trap(("before mark",), 1, OSError, stays=chance.random() < 0.5)
    return f"{_in_the_middle(world, chance, trap)} (mark)"


def torn_page(world, chance):
    return _damaged(
        world, chance, lambda disk: disk.tear(512 * chance.randrange(len(disk.image) // 512), 512)
    )


def corrupted(world, chance):
    return _damaged(
        world, chance, lambda disk: disk.flip(chance.randrange(len(disk.image)), chance.randrange(8))
    )


def _damaged(world, chance, damage):
    """The file is damaged while the phone is off: it says so, or nothing that it needs was hit."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "no phone is on"
    actor.stop()
    sound = actor.disk.copy()
    damage(actor.disk)
    told = "nothing was hit"
    try:
        actor.start()
    except EdgeError as error:
        if error.fault not in (Fault.DAMAGED, Fault.OTHER_DEVICE, Fault.NOT_ENROLLED, Fault.NEWER_LEDGER):
            raise ViolationError(f"a damaged ledger is told as {error.fault}") from error
        told = str(error.fault)
        actor.disk.restore(sound, mark=True)
        actor.start()
    return f"{actor.owner.name} is damaged: {told}"


def log_deleted(world, chance):
    """The write-ahead log is deleted: the phone is where its last start left the main file."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "no phone is on"
    main = actor.disk.copy()
    main.image = actor.disk.flushed
    return _put_back(actor, main, mark=False)


def back_up(world, chance):
    """A copy of everything on a phone is kept somewhere."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "no phone is on"
    actor.kept = actor.disk.copy(), {line.hash for line in actor.paper.saved}
    return f"{actor.owner.name} is copied"


def put_back(world, chance):
    """An older copy of the ledger, or of everything, comes back (P56)."""
    kept = [actor for actor in world.open_actors() if getattr(actor, "kept", None)]
    if not kept:
        return back_up(world, chance)
    actor = chance.choice(kept)
    return _put_back(actor, actor.kept[0], mark=chance.random() < 0.5)


def _put_back(actor, backup, *, mark):
    """Restart from an older image; without its mark a phone that knows better stops."""
    marked = None if actor.disk.mark is None else decode_as(actor.disk.mark, Mark, "fork mark")
    actor.stop()
    actor.disk.restore(backup, mark=mark)
    actor.stops |= {Fault.ANOTHER_COPY, Fault.BEHIND_MARK}
    actor.start()
    held = _written_by(actor)
    actor.paper.back_to(held)
    own = actor.phone.own
    # A mark that could not be moved lags behind what was saved: it guards what it names (L5).
    is_behind = own and marked and (own.log.epoch, own.length) < (marked.log.epoch, marked.seq)
    if not mark and is_behind and actor.phone.stopped is not Fault.BEHIND_MARK:
        raise ViolationError(f"{actor.owner.name} is behind its mark and goes on: {actor.phone.stopped}")
    actor.paper.acknowledged.clear()
    return f"{actor.owner.name} is put back to {len(held)} entries: {actor.phone.stopped}"


def _written_by(actor):
    """Of what a phone holds, without what it wrote before it was put back and has again from the branch."""
    own = actor.phone.own
    if own is None:
        return set()
    again = {one.hash for one in actor.phone.group.phones[actor.phone.admission.place].known}
    return held_by(actor) - again | {one.hash for one in own.entries}


def held_by(actor):
    """Hashes of all own entries that a phone holds, of every epoch."""
    if actor.phone.own is None:
        return set()
    ordinal = actor.phone.admission.entry.ordinal
    earlier = {
        one.hash
        for (writer, _), log in actor.phone.group.phones.items()
        if writer == ordinal
        for one in log.known
    }
    return earlier | {one.hash for one in actor.phone.own.entries}


def clone(world, chance):
    """Somebody copies a phone's storage to a second phone, and both go on (P55)."""
    actor = pick(world, chance, may_say=False)
    if actor is None or len(world.actors) > 5:
        return "nobody copies a phone"
    twin = Actor(world, actor.owner, actor.disk.copy(), actor.paper.copy())
    for one in world.actors:
        if one.owner == actor.owner:
            one.stops.add(Fault.ANOTHER_COPY)
    twin.stops |= {Fault.ANOTHER_COPY, *actor.stops}
    twin.revoked = actor.revoked
    twin.start()
    world.actors.append(twin)
    return f"{actor.owner.name} has a clone"


def upgrade(world, chance):
    """A new release starts on a full outbox: what goes out is what was sealed, byte for byte (P70)."""
    actor = pick(world, chance)
    if actor is None:
        return "nobody upgrades"
    actor.phone.seal()
    before = [one.raw for one in actor.waiting()]
    actor.stop()
    actor.start()
    if [one.raw for one in actor.waiting()] != before:
        raise ViolationError(f"the outbox of {actor.owner.name} changed")
    return f"{actor.owner.name} is upgraded with {len(before)} seals waiting"


def downgrade(world, chance):
    """An older release meets a ledger of a newer one, and leaves it alone."""
    actor = pick(world, chance, may_say=False)
    if actor is None:
        return "nobody downgrades"
    actor.stop()
    sound = actor.disk.image
    newer = bytearray(sound)
    newer[VERSION_AT : VERSION_AT + 4] = (9).to_bytes(4, "big")
    actor.disk.image = bytes(newer)
    try:
        actor.start()
    except DeviceError as error:
        told = error.fault
    except BranchError as error:
        raise ViolationError(f"a newer ledger is told as {error.fault}") from error
    else:
        raise ViolationError("a newer ledger was opened")
    actor.disk.image = sound
    actor.start()
    return f"{actor.owner.name} is downgraded: {told}"


ACTS = {
    "kill": kill,
    "disk full": disk_full,
    "fsync error": fsync_error,
    "mark fails": mark_fails,
    "torn page": torn_page,
    "log deleted": log_deleted,
    "put back": put_back,
    "clone": clone,
    "corrupted": corrupted,
    "upgrade": upgrade,
    "downgrade": downgrade,
}
