"""Keys in wrong hands, keys that no longer count, and bytes that no honest phone would send (30–37, 47)."""

from edge.errors import Fault
from protocol import seal as seals
from protocol.chain import genesis, link
from protocol.codec import encode
from protocol.day import to_instant
from protocol.entries import entry_bytes
from protocol.exchange import CONTENT_TYPE, PATH, Request, write_request
from protocol.ids import LogId
from protocol.keys import writer_id
from protocol.phone_facts import Visited
from protocol.request import Call, sign_request
from protocol.trust_facts import KeyStated, WriterAdmitted
from tests.fakes.disk import Killed
from tests.system.simulate.branch import ORIGIN
from tests.system.simulate.leader import collect, pick, synchronise
from tests.system.simulate.trust import signer
from tests.system.simulate.world import ViolationError

NEWER_TAG = 29
"""A kind of phone entry that this release does not know."""


def visited(member):
    return entry_bytes(Visited(member, 20_431, "absent", None, None, None))


class Signing:
    """Somebody with a key who signs at a place of a log whatever he likes."""

    def __init__(self, world, key, log, seq, head):
        self.world, self.key, self.log, self.seq, self.head = world, key, log, seq, head

    def seal(self, *entries, log=None):
        """A seal of raw entries at his place; he goes on from it."""
        cut = seals.Cut(
            log=log or self.log,
            first_seq=self.seq + 1,
            previous=self.head,
            entries=entries,
            known=None,
            wall_clock=to_instant(self.world.time.now),
        )
        for raw in entries:
            self.head = link(self.head, raw)
            self.seq += 1
            self.world.unlisted.add(self.head)
        return seals.make(cut, self.key)

    def push(self, *sealed, group=None):
        """POST them as the key's holder; returns the status."""
        asked = Request(1, group or self.log.group, None, (), sealed, ())
        body = write_request(asked)
        call = Call("POST", ORIGIN + PATH, CONTENT_TYPE, body)
        headers = sign_request(call, self.key, self.world.branch.instant // 1_000)
        try:
            return self.world.branch.post(0, PATH, body, dict(headers)).status
        except ConnectionError:
            return "no answer"


def revoke(world, chance):
    """IT revokes a phone; its holder does not know yet and goes on."""
    honest = [one for one in world.open_actors(may_say=True) if not one.revoked]
    if len(honest) < 2:
        return "nobody is revoked"
    actor = chance.choice(honest)
    for one in world.actors:
        if one.owner == actor.owner:
            one.revoked = True
            one.stops.add(Fault.REVOKED)
    world.branch.register.revoke(actor.phone.writer, world.branch.instant)
    return f"{actor.owner.name} is revoked"


def half_a_year(world, chance):
    """A revoked phone was off the network for half a year, and comes back with what it took."""
    revoked = [one for one in world.open_actors(may_say=True) if one.revoked]
    if not revoked:
        return revoke(world, chance)
    actor = chance.choice(revoked)
    world.time.wait(days=180)
    return f"after half a year: {collect(world, chance, actor)}; {synchronise(actor)}"


def stolen_key(world, chance):
    """A thief signs with a phone's key beside it: a fork as soon as both have spoken (P55)."""
    actor = pick(world, chance)
    if actor is None or actor.phone.own.length == 0:
        return "no key is stolen"
    own = actor.phone.own
    place = chance.randrange(own.length)
    for one in world.actors:
        if one.owner == actor.owner:
            one.stops.add(Fault.ANOTHER_COPY)
    thief = Signing(world, actor.phone.device.signer, own.log, place, own.hash_at(place))
    return f"a thief forks {actor.owner.name} at {place}: {thief.push(thief.seal(visited(99)))}"


def wrong_scope(world, chance):
    """Seals of a good key under another group's name, or in a request for another group (P46)."""
    writer = _newcomer(world, chance)
    if writer is None:
        return "a newcomer enrols"
    other = chance.choice(world.codes)
    named = LogId(other, writer.log.writer, 0)
    before = Signing(world, writer.key, writer.log, writer.seq, writer.head)
    if chance.random() < 0.5:
        return f"a seal that names {other}: {before.push(before.seal(visited(77), log=named), group=other)}"
    return f"a seal pushed into {other}: {writer.push(writer.seal(visited(1)), group=other)}"


def newer_schema(world, chance):
    """A phone of a newer release says what this one does not know, or names a member of nobody (47)."""
    writer = _newcomer(world, chance)
    if writer is None:
        return "a newcomer enrols"
    said = chance.choice([encode((NEWER_TAG, 1, "x")), visited(999), encode((NEWER_TAG,))])
    return f"a newer phone: {writer.push(writer.seal(said))}"


def gap(world, chance):
    """A phone's later seal comes before its earlier one, which comes with the next (B40)."""
    writer = _newcomer(world, chance)
    if writer is None:
        return "a newcomer enrols"
    first, second = writer.seal(visited(1)), writer.seal(visited(2))
    told = [writer.push(second), writer.push(first)]
    return f"the later seal first: {told}"


def confusion(world, chance):
    """Second spellings, trailing bytes and foreign signatures: nothing of it is stored (37)."""
    actor = pick(world, chance)
    if actor is None:
        return "nobody confuses"
    own = actor.phone.own
    liar = Signing(world, signer(world.seed, "nobody"), own.log, own.length, own.head)
    forged = liar.seal(visited(1))
    honest = Signing(world, actor.phone.device.signer, own.log, own.length, own.head)
    envelope = seals.read(honest.seal(visited(1))).envelope
    spelt = [
        forged,
        forged + b"\x00",
        b"\xdc\x00\x03" + encode(envelope)[1:] + b"\x00",
        encode(seals.Envelope(envelope.header, bytes(64), envelope.body)),
        encode(seals.Envelope(envelope.header, envelope.signature, envelope.body + b"\x00")),
    ]
    kept = world.branch.store.ids("")
    status = honest.push(chance.choice(spelt))
    added = set(world.branch.store.ids("")).difference(kept)
    if any(
        liar.head.hex() in doc_id or seals.seal_hash(raw).hex() in doc_id for raw in spelt for doc_id in added
    ):
        raise ViolationError("what no admitted key signed was stored")
    return f"second spellings: {status}"


def rotate(world, chance):
    """The branch changes its key in every group; the machine may stop in the middle of it."""
    branch = world.branch
    dies_at = chance.randrange(8) if chance.random() < 0.5 else None
    statement, old = branch.next_key()
    for group in world.codes:
        branch.shelves.trap = None if dies_at is None else _dying(dies_at)
        branch.at_the_desk(lambda groups, group=group: groups.append(group, _stating(statement, old)))
        branch.shelves.trap = None
    for group in world.codes:
        branch.at_the_desk(lambda groups, group=group: groups.append(group, _stating(statement, old)))
    branch.use_next_key()
    return f"the branch has key {branch.keys}"


def _stating(statement, old):
    def planned(state):
        return [[KeyStated(statement)]] if state.log.key == old else []

    return planned


def _dying(writes):
    left = [writes]

    def trap(_):
        if left[0] == 0:
            raise Killed
        left[0] -= 1

    return trap


def _newcomer(world, chance):
    """A further device of a group, driven by hand; None in the step that enrols it."""
    group = chance.choice(world.codes)
    known = world.strangers.get(group)
    if known is not None:
        return known
    key = signer(world.seed, "newcomer", group)
    world.branch.register.enrol(group, key.spki, "deputy", world.branch.instant)
    world.branch.at_the_desk(lambda groups: world.branch.workers[0].devices.carry_out(group))
    writer = writer_id(key.spki)
    for placed in world.state(group).log.entries:
        if isinstance(placed.entry, WriterAdmitted) and placed.entry.writer == writer:
            head = genesis(world.branch.root.spki, placed.raw)
            world.strangers[group] = Signing(world, key, LogId(group, writer, 0), 0, head)
    return None


ACTS = {
    "revoke": revoke,
    "half a year": half_a_year,
    "stolen key": stolen_key,
    "wrong scope": wrong_scope,
    "newer schema": newer_schema,
    "gap": gap,
    "confusion": confusion,
    "rotate": rotate,
}
