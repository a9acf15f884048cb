"""The links heal: everybody synchronises until nothing moves, and then all agree (I6)."""

from hashlib import sha256

from calc.states import states
from edge.dues import dues_shown
from edge.errors import Fault
from edge.outgoing import given_back
from edge.proving import evidence, trusted
from edge.transport import Outcome
from hub.documents import document_bytes
from hub.ports import every
from hub.service.forks.proving import contradictions
from hub.service.group.groups import Groups
from hub.service.group.known import known_facts
from hub.service.group.phones import phone_logs
from protocol import seal as seals
from protocol.evidence import check
from protocol.keys import fingerprint
from protocol.merge import merge
from tests.calc.pictures import picture
from tests.fakes.store import MemoryStore, Shelves
from tests.system.simulate.bundles import bring_down, bring_up, by_hand
from tests.system.simulate.invariants import must
from tests.system.simulate.restores import is_stopped, people_decide
from tests.system.simulate.trust import chance_of

ROUNDS = 12
NETWORK_SHARE = 0.7
SHUT_OUT = {Outcome.SHUT_OUT, Outcome.REFUSED, Outcome.DONE}


def heal(world, eye):
    """Let all of it come to rest; returns what everything looks like in the end."""
    world.branch.shelves.trap = None
    for actor in world.actors:
        actor.disk.trap, actor.line.troubles = None, []
        if actor.line.late:
            actor.line.let_arrive(range(len(actor.line.late)))
    everything_arrives(world)
    outcomes = {}
    for _ in range(ROUNDS):
        for actor in (moving := [one for one in world.open_actors() if is_moving(world, one, outcomes)]):
            outcomes[actor] = exchanged(world, actor)
            if world.restored and outcomes[actor] is Outcome.REFUSED and never_heard(actor.phone):
                enrolled_anew(world, actor)
        if world.restored and any(is_stopped(world, group) for group in world.codes):
            people_decide(world)
        eye.look()
        if not moving:
            break
    for actor, outcome in outcomes.items():
        must(
            outcome in (SHUT_OUT if actor.revoked else {Outcome.DONE}), actor.owner.name, "ends with", outcome
        )
        agree(world, actor)
    for group in world.codes:
        proved(world, eye, group)
    shelves = shuffled(world)
    told = [replayed(world, group, shelves) for group in world.codes]
    return f"rest: {told}, documents {held(world.branch.store)}"


def everything_arrives(world):
    """What carriers still had in their hands comes where it should, in any order."""
    chance = chance_of(f"{world.seed} arriving")
    bring_up(world, chance.sample(world.going_up, len(world.going_up)))
    for actor in world.open_actors():
        bring_down(actor, chance.sample(world.coming_down, len(world.coming_down)))


def exchanged(world, actor):
    """One exchange: by bundles alone where a phone has no network, as soon as it knows their key."""
    has_network = chance_of(f"{world.seed} network of {actor.owner.name}").random() < NETWORK_SHARE
    outcome = None if has_network else by_hand(world, actor)[0]
    if outcome is not None and actor.phone.is_shut_out:
        outcome = by_hand(world, actor)[0]  # as soon as it knows that, it says all again
    return actor.sync().outcome if outcome is None else outcome


def never_heard(phone):
    """Whether nobody ever told a phone that it was admitted, so that it cannot give that back."""
    return phone.group.told_admission(phone.writer) is None


def enrolled_anew(world, actor):
    """Its admission was lost, which nobody can give back; it recorded nothing, and begins anew."""
    must(not actor.paper.saved, actor.owner.name, "recorded before it was admitted")
    world.time.wait(hours=1)
    actor.begin_anew()


def is_moving(world, actor, outcomes):
    """Whether another exchange could bring something."""
    if actor not in outcomes:
        return True
    tip, state = actor.phone.group.tip, world.state(actor.owner.group)
    behind = not actor.revoked and (tip is None or tip.head != state.log.head)
    gives_back = not actor.revoked and bool(given_back(actor.phone))
    return behind or gives_back or (bool(actor.waiting()) and outcomes[actor] in SHUT_OUT)


def agree(world, actor):
    """A phone and the hub agree about everything that the phone may know."""
    phone, name = actor.phone, actor.owner.name
    must(not actor.waiting(), "I6:", name, "has seals that nobody acknowledged")
    state = world.state(actor.owner.group)
    at_hub = {fact.ref.hash for fact in state.facts}
    lost = [line.seq for line in actor.paper.saved if line.hash not in at_hub]
    must(not lost, "I1: the hub lacks what", name, "saved:", lost)
    if actor.revoked:
        return
    must(phone.group.tip.head == state.log.head, "I6:", name, "ends elsewhere")
    must(picture(phone.group.book) == picture(state.book), "I6:", name, "has another book")
    own = phone.admission.entry.ordinal
    # A phone is not told what its own key said elsewhere: that is for the branch to judge.
    elsewhere = bool(actor.stops & {Fault.ANOTHER_COPY, Fault.BEHIND_MARK})
    known, stored = (
        [fact for fact in facts if not (elsewhere and fact.ref.writer == own)]
        for facts in (phone.group.facts(), state.facts)
    )
    must(known == stored, "I6:", name, "knows other facts")
    if phone.group.book.readies:
        must(dues_shown(phone).agrees, "I6:", name, "computes another due")


def proved(world, eye, group):
    """Each fork that the stored bytes hold is a file which proves it to whoever trusts the root (I5)."""
    state, root = world.state(group), fingerprint(world.branch.root.spki)
    files = [one.file for one in contradictions(world.branch.store, state, world.branch.trust)]
    for actor in world.open_actors():
        if actor.owner.group == group:
            must(trusted(actor.phone) == root, "I5:", actor.owner.name, "trusts another root")
            files += evidence(actor.phone)
    told = [check(file, root, world.verifier) for file in files]
    first = {}
    for one in told:
        if one.kind == "phone_fork":
            first[one.log] = min(one.seq, first.get(one.log, one.seq))
    for (log, seq), sides in eye.stored[group].refresh().claims.items():
        if len(sides) > 1 and log.group == group:
            must(first.get(log, seq + 1) <= seq, "I5: no file proves the fork of", log.epoch, "at", seq)


def shuffled(world):
    """The documents of the branch, that arrived in another order, and some of them twice."""
    documents = list(every(world.branch.store, ""))
    chance_of(f"{world.seed} ending").shuffle(documents)
    shelves = Shelves()
    for document in [*documents, *documents[:5]]:
        MemoryStore(shelves).add([document])
    return shelves


def replayed(world, group, shelves):
    """The group is the same from those shelves, and when its seals are merged in another order."""
    state = world.state(group)
    again = Groups(MemoryStore(shelves), world.branch.trust, None, world.branch.clock).load(group)
    must(look(again) == look(state), "I6: a replay gives another state of", group)
    arriving = [(seal.writer, seal.raw) for seal in state.phone_seals if seal.aside is None]
    chance_of(f"{world.seed} merging").shuffle(arriving)
    logs = phone_logs(state.log, state.book)
    for writer, raw in arriving:
        logs[writer, seals.read(raw).header.log.epoch].add(raw, world.verifier)
    merged = state.book.restated.facts(merge(state.book.received, logs))
    must(merged == state.facts, "I6: seals in another order give other facts")
    return look(state)[:12]


def held(store):
    """One digest over every document."""
    documents = [*every(store, ""), *store.scan_derived("")]
    return sha256(b"".join(map(document_bytes, documents))).hexdigest()[:12]


def look(state):
    """One digest over the book, the facts and their states."""
    facts = known_facts(state)
    told = repr(
        (picture(state.book), state.facts, facts.forks, states(state.book, facts), sorted(state.texts))
    )
    return sha256(told.encode()).hexdigest()
