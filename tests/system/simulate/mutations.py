"""The system broken on purpose, one thing at a time: the simulator must notice each of these.

Each is a part of the simulated world that does one thing wrongly, the way a careless change would.
"""

from contextlib import suppress

from msgspec import structs

from edge.phone import Phone
from hub.documents import GROUPS
from protocol import seal as seals
from protocol.exchange import read_request, write_request
from protocol.posting_facts import CashCounted, DaySettled, Posted
from protocol.trust_facts import Received
from tests.system.simulate.branch import Branch, Worker
from tests.system.simulate.phones import Actor
from tests.system.simulate.trust import RememberingVerifier
from tests.system.simulate.world import Parts


class RolledBackError(Exception):
    """Ends a transaction that should have been committed."""


class LosesTheLastWrite(Branch):
    """A store that had not flushed its last fact when the machine stopped."""

    def restart(self, number):
        shelves = self.shelves
        if shelves.facts and not shelves.ids[0].startswith(GROUPS) and len(shelves.facts) > 1:
            del shelves.facts[last := next(reversed(shelves.facts))]
            shelves.ids.remove(last)
        super().restart(number)


class AnswersBeforeStoring(Branch):
    """A hub whose writes become durable with the next request only."""

    def __init__(self, *given):
        super().__init__(*given)
        self.flushed = self.shelves.copy()

    def post(self, number, path, body, headers):
        self.flushed = self.shelves.copy()
        return super().post(number, path, body, headers)

    def restart(self, number):
        self.shelves.restore(self.flushed)
        super().restart(number)


class PostsTwice(Branch):
    """A planner that posts in a later day again what an earlier day posted."""

    def at_the_desk(self, act):
        done = super().at_the_desk(act)
        for group in self.groups.codes():
            super().at_the_desk(lambda groups, group=group: groups.append(group, again))
        return done


def again(state):
    """The postings of settled days once more, in the run of a day that was just counted."""
    entries = [placed.entry for placed in state.log.entries]
    if not isinstance(entries[-1], CashCounted) or not any(isinstance(one, DaySettled) for one in entries):
        return []
    posted = [one for one in entries if isinstance(one, Posted) and one.day != entries[-1].day]
    return [[structs.replace(one, day=entries[-1].day) for one in posted[:1]]] if posted else []


class ForgetsTheRevoked(Worker):
    """A door that sends a revoked phone away before it has taken in what it brings."""

    def __init__(self, branch):
        super().__init__(branch)
        honest = self.intake.exchange

        def exchange(request, asker, barred=()):
            writer = self.groups.load(request.group).writers.get(asker)
            if writer is not None and writer.revoked:
                request = structs.replace(request, seals=())
            return honest(request, asker, barred)

        self.intake.exchange = exchange


class ReceivesTwice(Worker):
    """An intake that accepts again what was accepted before."""

    def answer(self, path, body, headers):
        reply = super().answer(path, body, headers)
        with suppress(Exception):
            self.groups.append(read_request(body).group, once_more)
        return reply


def once_more(state):
    last = state.log.entries[-1].entry
    return [[last]] if isinstance(last, Received) else []


class SaysSavedTooEarly(Phone):
    """A phone that says "saved" when nothing is committed, now and then."""

    def say(self, entry, texts=()):
        said = []
        with suppress(RolledBackError), self.ledger.saving():
            said.append(super().say(entry, texts))
            _roll_back(said[0].seq % 3 == 0)
        return said[0]


def _roll_back(really):
    if really:
        raise RolledBackError


class GoesOnBehindItsMark(Phone):
    """A phone that does not look at its fork mark."""

    def reload(self):
        super().reload()
        self.stopped = None


class CutsAgain(Actor):
    """A phone that cuts its seals anew when it sends them again."""

    def sync(self):
        line, honest = self.line, self.line.post

        def post(path, body, headers):
            asked = read_request(body)
            cut = tuple(self.cut_again(one.raw) for one in self.waiting())
            return honest(path, write_request(structs.replace(asked, seals=cut)), headers)

        carrier = type("Cutting", (), {"post": staticmethod(post)})
        try:
            self.line = carrier
            return super().sync()
        finally:
            self.line = line

    def cut_again(self, raw):
        """The same entries but the last, under a seal of their own."""
        read = seals.read(raw)
        if read.header.count == 1:
            return raw
        run = seals.unpack(read)
        header = run.header
        cut = seals.Cut(
            log=header.log,
            first_seq=header.first_seq,
            previous=header.previous,
            entries=run.entries[:-1],
            known=header.known,
            wall_clock=header.wall_clock,
        )
        return seals.make(cut, self.phone.device.signer)


class BelievesEverything(RememberingVerifier):
    """A verifier that finds every signature good."""

    def verify(self, spki, signature, message):
        """Nothing is refused."""


def with_worker(worker):
    """A branch of such workers."""
    return type(worker.__name__, (Branch,), {"make_worker": worker})


def with_phone(phone):
    """An actor with such a phone."""
    return type(phone.__name__, (Actor,), {"make_phone": phone})


MUTATIONS = {
    "a store loses the last write": Parts(branch=LosesTheLastWrite),
    "a hub answers before it has stored": Parts(branch=AnswersBeforeStoring),
    "a planner posts twice": Parts(branch=PostsTwice),
    "a hub forgets what a revoked phone brings": Parts(branch=with_worker(ForgetsTheRevoked)),
    "a hub accepts a seal twice": Parts(branch=with_worker(ReceivesTwice)),
    "a phone says saved too early": Parts(actor=with_phone(SaysSavedTooEarly)),
    "a phone goes on behind its mark": Parts(actor=with_phone(GoesOnBehindItsMark)),
    "a phone cuts its seals again": Parts(actor=CutsAgain),
    "every signature is believed": Parts(verifier=BelievesEverything),
}
