"""What must hold after every step.

I1  every entry that a phone called saved stands in exactly one chain: its own, and at the hub at most once
I2  applied = entries with a posting that was not reversed
I3  Σ facts = Σ applied + Σ set aside + Σ pending: no đồng appears, disappears or counts twice
I4  receipts never contradict: what was once acknowledged or appended stays, and is stored
I5  a fork is known as soon as both sides are there, and each side verifies with public keys alone
I6  convergence, at the end: see ``ending``

The hub's side is read from the stored bytes, by a decoder of its own that knows no fold.
"""

from collections import Counter

from calc.states import Phase, states
from hub.documents import bytes_of, seals_of_group
from hub.service.group.known import stored_facts
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.errors import MalformedError
from protocol.posting_facts import DaySettled, Posted, Reversed
from protocol.trust_facts import Received
from tests.system.simulate.devices import held_by
from tests.system.simulate.leader import cash
from tests.system.simulate.world import ViolationError


def must(holds, *told):
    """Raise unless it holds."""
    if not holds:
        raise ViolationError(" ".join(map(str, told)))


class Stored:
    """What the store's bytes say of one group: entries by chain hash, and who claims which seq.

    Stored bytes never change, so each document is read once, and again when a store was put back.
    """

    def __init__(self, world, group):
        self._world, self._prefix = world, seals_of_group(group)
        self._branch = world.branch.groups.writer
        self._forget()

    def _forget(self):
        self._restored, self._read = self._world.restored, set()
        self.cash, self.claims, self.places = {}, {}, set()

    def refresh(self):
        """Read what came since."""
        if self._restored != self._world.restored:
            self._forget()
        store = self._world.branch.store
        for doc_id in store.ids(self._prefix):
            if doc_id not in self._read:
                self._read.add(doc_id)
                self._take(bytes_of(store.get(doc_id), "seal"))
        return self

    def _take(self, raw):
        read = seals.read(raw)
        header = read.header
        if header.log.writer == self._branch:
            return
        self.places.add((header.log.writer, header.log.epoch, header.first_seq, header.count, header.head))
        try:
            run = seals.unpack(read)
        except MalformedError:
            return
        for seq, (entry, digest) in enumerate(zip(run.entries, run.hashes, strict=True), header.first_seq):
            self.cash[digest] = _cash(entry)
            self.claims.setdefault((header.log, seq), {}).setdefault(digest, raw)


def _cash(raw):
    try:
        return cash(decode_entry(raw))
    except MalformedError:
        return 0


class Eye:
    """Looks at everything that changed since it looked last."""

    def __init__(self, world):
        self.world = world
        self.logs = dict.fromkeys(world.codes, ())
        self.stored = {group: Stored(world, group) for group in world.codes}
        self._seen = {}

    def look(self):
        """Check all invariants; returns a few digits that stand for the state of everything."""
        told, ids = [], len(self.world.branch.store.ids(""))
        for group in self.world.codes:
            if self._seen.get(group) != ids:
                self.hub(group)
                self._seen[group] = ids
            told.append(self.logs[group][-1].hex()[:6])
        for actor in self.world.actors:
            if actor.is_open:
                own = actor.phone.own
                position = (ids, id(actor.phone), _place(actor.phone))
                if self._seen.get(actor) != position:
                    self.phone(actor)
                    self._seen[actor] = position
                told.append("new" if own is None else own.head.hex()[:6])
        return " ".join(told)

    def hub(self, group):
        """The hub's side of one group."""
        state, stored = self.world.state(group), self.stored[group].refresh()
        hashes = tuple(placed.hash for placed in state.log.entries)
        # After a restoration what counts is what phones gave back, which may stand elsewhere (L15).
        before = () if self.world.restored else self.logs[group]
        must(hashes[: len(before)] == before, "I4: the branch log of", group, "was rewritten")
        self.logs[group] = hashes
        self.accepted(state, stored)
        facts = stored_facts(state)
        known = states(state.book, facts)
        self.money(stored, facts, known)
        if not self.world.restored:
            self.posted_once(state, known)
        self.forks(state, stored)

    def accepted(self, state, stored):
        """Each acceptance names a stored seal, and each place once; twice where a seal of it is aside."""
        places = Counter()
        keys = {one.admitted.ordinal: key for key, one in state.writers.items()}
        for placed in state.log.entries:
            if isinstance(one := placed.entry, Received):
                place = keys[one.writer], one.epoch, one.first_seq, one.count, one.head
                must(place in stored.places, "I4: accepted and not stored", *place[1:4])
                places[place] += 1
        aside = {(keys[one.writer], *one.place[1:]) for one in state.phone_seals if one.aside and one.writer}
        must(all(times <= 1 + (place in aside) for place, times in places.items()), "I4: accepted twice")

    def money(self, stored, facts, known):
        """Every stored đồng is in the facts once, and every fact in one phase."""
        hashes = [fact.ref.hash for fact in facts.all]
        must(len(hashes) == len(set(hashes)), "I1: an entry counts twice")
        said = self.said()
        must(set(hashes) <= said, "I1: the hub has what nobody said")
        joined = set(hashes)
        total = sum(amount for digest, amount in stored.cash.items() if digest in joined)
        phases = Counter()
        for ref, one in known.items():
            phases[one.phase] += cash(facts.by_ref[ref].entry)
        must(total == sum(phases.values()), "I3:", total, dict(phases))

    def said(self):
        """Hashes of everything that anybody signed."""
        papers = (
            line.hash for actor in self.world.actors for line in (*actor.paper.saved, *actor.paper.torn)
        )
        return set(papers) | self.world.unlisted

    def posted_once(self, state, known):
        """By the log's own words: an entry has at most one posting in a settled run that is not reversed."""
        runs, live, reversed_ = {}, Counter(), set()
        for placed in state.log.entries:
            if isinstance(placed.entry, DaySettled):
                runs.setdefault(placed.entry.day, (placed.entry.first, placed.position))
            elif isinstance(placed.entry, Reversed):
                reversed_.add(placed.entry.posted)
        for placed in state.log.entries:
            if isinstance(entry := placed.entry, Posted) and entry.day in runs:
                first, last = runs[entry.day]
                if first <= placed.position <= last:
                    live[entry.entry] += placed.position not in reversed_
        must(all(times <= 1 for times in live.values()), "I2: posted twice")
        applied = {ref for ref, one in known.items() if one.phase is Phase.POSTED}
        must(applied == {ref for ref, times in live.items() if times}, "I2: applied is not posted")

    def forks(self, state, stored):
        """Two sides that are stored make a fork that is known; public keys alone show both."""
        verifier = self.world.verifier
        for (log, seq), sides in stored.claims.items():
            if len(sides) == 1 or log.group != state.group:
                continue
            writer = state.writers.get(log.writer)
            must(writer is not None, "I5: a fork of nobody")
            known = state.phones[writer.admitted.ordinal, log.epoch]
            must(known.forked_at is not None and known.forked_at <= seq, "I5: a fork is not known at", seq)
            for raw in sides.values():
                seals.verify(seals.read(raw), writer.admitted.spki, verifier)

    def phone(self, actor):
        """A phone against its holder's notebook, and against the hub."""
        phone, paper, name = actor.phone, actor.paper, actor.owner.name
        must(
            phone.stopped is None or phone.stopped in actor.stops,
            name,
            "stops without a cause:",
            phone.stopped,
        )
        saved = [line.hash for line in paper.saved]
        must(len(saved) == len(set(saved)), "I1: one entry was saved twice")
        must(set(saved) <= held_by(actor), "I1:", name, "lost what it called saved")
        if phone.own is not None:
            now = [line for line in paper.saved if line.epoch == phone.own.log.epoch]
            must(len(now) == phone.own.length, "I1:", name, "holds what nobody wrote down")
            held = sum(cash(entry.entry) for entry in phone.own.entries)
            must(held == sum(line.cash for line in now), "I3: the cash of", name)
        tip = phone.group.tip
        if tip is not None and not self.world.restored:
            must(self.world.state(actor.owner.group).holds(tip), "I4:", name, "holds another log")
        self.acknowledged(actor)

    def acknowledged(self, actor):
        """What a phone shows as acknowledged is stored, and stays so."""
        phone = actor.phone
        if phone.own is None or self.world.restored:
            return
        waiting = {one.place for one in actor.waiting()}
        done = {
            (phone.own.log.epoch, one.first_seq, one.last_seq, one.head)
            for one in phone.own.seals
            if (phone.own.log, one.first_seq) not in waiting
        }
        before = {place for place in actor.paper.acknowledged if place[0] == phone.own.log.epoch}
        must(before <= done, "I4:", actor.owner.name, "takes an acknowledgement back")
        actor.paper.acknowledged = done
        log = phone.own.log
        places = self.stored[actor.owner.group].places
        kept = {(log.writer, epoch, first, last - first + 1, head) for epoch, first, last, head in done}
        must(kept <= places, "I4: acknowledged and not stored")


def _place(phone):
    own = phone.own
    return phone.group.tip, phone.stopped, None if own is None else (own.log.epoch, own.length, own.sealed)
