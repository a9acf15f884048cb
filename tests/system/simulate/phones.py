"""A phone in somebody's hand: the real edge code over a disk, a clock and a line of the simulation."""

from msgspec import Struct, structs

from edge import keystore
from edge.errors import EdgeError
from edge.ledger import Ledger
from edge.outgoing import outgoing
from edge.phone import IDENTITY, Device, Identity, Phone
from edge.ports import Host
from edge.sync import sync
from edge.transport import Carrier
from protocol.entries import entry_bytes
from tests.fakes.clock import Clock
from tests.fakes.disk import Disk, Killed, MemorySafe
from tests.fakes.network import Line
from tests.system.simulate.branch import ORIGIN
from tests.system.simulate.paper import Paper
from tests.system.simulate.trust import BRANCH, QuickVault, private_key

PIN = "258046"


class Owner(Struct, frozen=True):
    """Whose phone it is: group and role, and the key that the branch admits; a clone has the same."""

    group: str
    name: str
    role: str


class Actor:
    """One phone. ``phone`` is the open program, None while it is off; ``paper`` is what its holder wrote.

    ``stops`` are the faults with which it may refuse to go on, because the simulation gave it cause.
    """

    make_phone = Phone

    def __init__(self, world, owner, disk=None, paper=None):
        self.world, self.owner = world, owner
        self.disk = disk or Disk()
        self.paper = paper or Paper()
        self.clock = Clock(world.time)
        self.line = Line(lambda *request: world.answer(self, *request))
        self.worker = 0
        self.stops = set()
        self.gone = self.revoked = False
        self.phone = None

    @property
    def is_open(self):
        return self.phone is not None and not self.gone

    def enrol(self):
        """A new ledger that knows its group and the root; IT accepts its key."""
        database = self.disk.start()
        vault = self._host().vault
        key = keystore.create(database, vault, PIN)
        ledger = Ledger(database, vault, key)
        signer = self._host().safe.create_signer(lambda raw: raw)
        root = self.world.branch.root.spki
        with ledger.saving():
            ledger.set_note(IDENTITY, Identity("KM-TB-1", self.owner.group, BRANCH, root))
        register = self.world.branch.register
        register.enrol(self.owner.group, signer.spki, self.owner.role, self.world.branch.instant)
        self.disk.stop()

    def begin_anew(self):
        """Another key and an empty ledger; what was on the phone is gone."""
        self.stop()
        self.owner = structs.replace(self.owner, name=f"{self.owner.name} anew")
        self.disk = Disk()
        self.enrol()
        self.start()

    def start(self):
        """Start the program; raises EdgeError for a door that stays shut."""
        database = self.disk.start()
        host = self._host()
        try:
            key = keystore.unlock(database, host.vault, PIN, self.clock())
            ledger = Ledger(database, host.vault, key)
            device = Device(host, self.clock, ledger, key, host.safe.signer(lambda raw: raw))
            self.phone = self.make_phone(device, ledger.note(IDENTITY, Identity))
        except (EdgeError, Killed):
            self.stop()
            raise

    def stop(self):
        """End the program; what was committed stays."""
        self.phone = None
        self.disk.stop()

    def die(self):
        """A program that was killed is started again, with nothing in its way."""
        self.disk.trap = None
        self.stop()
        self.start()

    def sync(self):
        """One exchange through the line; None when the phone died in the middle of it."""
        try:
            return sync(self.phone, Carrier(self.line, ORIGIN))
        except Killed:
            self.die()
            return None

    def waiting(self):
        """Own seals that nobody acknowledged."""
        return outgoing(self.phone)

    def bytes_of(self, seq):
        """The canonical bytes of an own entry."""
        return entry_bytes(self.phone.own.entries[seq - 1].entry)

    def _host(self):
        vault = QuickVault(repr(self.owner).encode(), self.world.noise)
        safe = MemorySafe(self.disk, lambda: private_key(self.world.seed, self.owner))
        return Host(vault, self.world.verifier, safe)
