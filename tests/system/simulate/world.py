"""Everything that is in one play, put together from what the plan drew."""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct

from tests.fakes.clock import Time
from tests.fakes.store import Shelves
from tests.system.simulate.branch import Branch
from tests.system.simulate.phones import Actor, Owner
from tests.system.simulate.trust import RememberingVerifier, chance_of

START = datetime(2025, 12, 9, 1, 30, tzinfo=UTC)
ROLES = ("leader", "deputy")


class ViolationError(AssertionError):
    """Something that must hold did not."""


class Size(Struct, frozen=True):
    """What a world consists of: groups as (code, members, loans as (member, balances)), and so on."""

    groups: tuple[tuple[str, int, tuple[tuple[int, dict[str, int]], ...]], ...]
    phones: tuple[tuple[str, str], ...]
    workers: int


class Parts(Struct, frozen=True):
    """What the world is made of; a mutation puts a broken class in the place of one of them.

    ``shelves`` makes what is durable at the branch: in memory, or of a real store (``simulate.shelves``).
    """

    branch: type = Branch
    actor: type = Actor
    verifier: type = RememberingVerifier
    shelves: Callable[[], object] = Shelves


class World:
    """``causes`` are the fault classes that took effect; ``backups`` are copies of the branch's store."""

    def __init__(self, seed, size, parts, shelves):
        self.seed, self.noise = seed, chance_of(f"{seed} noise")
        self.time = Time(START)
        self.verifier = parts.verifier()
        self.branch = parts.branch(seed, self.time, self.verifier, size, shelves)
        self.codes = tuple(code for code, _, _ in size.groups)
        self.actors = []
        self.strangers = {}
        self.going_up, self.coming_down = [], []
        self.backups, self.causes = [], set()
        self.restored = 0
        self.unlisted = set()
        for group, role in size.phones:
            self.actors.append(parts.actor(self, Owner(group, f"{group} {role}", role)))
            self.actors[-1].enrol()
            self.actors[-1].start()
            self.actors[-1].worker = len(self.actors) % size.workers

    def answer(self, actor, path, body, headers):
        """One request of a phone reaches its worker."""
        return self.branch.post(actor.worker % len(self.branch.workers), path, body, headers)

    def open_actors(self, *, may_say=False):
        """Phones that run; with ``may_say`` those that are admitted and may record."""
        found = [actor for actor in self.actors if actor.is_open]
        if may_say:
            found = [one for one in found if one.phone.own is not None and one.phone.stopped is None]
        return found

    def state(self, group):
        """A group as the first worker has it."""
        return self.branch.groups.load(group)

    def put_back(self, backup):
        """The branch's store is put back."""
        self.restored += 1
        self.branch.put_back(backup)
