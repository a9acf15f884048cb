"""A phone's place on this machine, with its slow function made quick: only ``derive`` is not the real one."""

import hashlib
from datetime import timedelta
from pathlib import Path

from edge import agent, enrol, native
from edge.sync import sync
from edge.transport import Carrier
from tests.fakes.hub import NOW, Hub

PIN = "258046"


class QuickVault(native.NativeVault):
    """One iteration, whatever is asked: a test opens many ledgers."""

    def derive(self, pin, salt, iterations):
        return hashlib.pbkdf2_hmac("sha256", pin, salt + iterations.to_bytes(4, "big"), 1)


class Place:
    """One phone's directory, its clock, and the hub at the other end."""

    def __init__(self, directory: Path, hub: Hub):
        self.directory, self.hub = directory, hub
        self.now = NOW
        native.create_directory(directory)

    @property
    def ledger(self):
        return self.directory / native.LEDGER

    @property
    def carrier(self):
        return Carrier(self.hub, self.hub.origin)

    def host(self):
        real = native.open_host(self.directory)
        quick = QuickVault((self.directory / native.SECRET).read_bytes())
        return type(real)(quick, real.verifier, real.safe)

    def clock(self):
        return self.now

    def wait(self, **given):
        """Let this phone's clock run on, or back."""
        self.now += timedelta(**given)

    def device(self, pin=PIN):
        """The unlocked ledger before enrolment."""
        return agent.open_device(self.ledger, pin, self.host(), self.clock, create=True)

    def unlock(self, pin=PIN):
        """The enrolled phone, as the app opens it."""
        return agent.unlock(self.ledger, pin, self.host(), self.clock)

    def reopen(self, phone):
        """Close the app and open it again, behind the same ``phone``."""
        phone.ledger.close()
        phone.__dict__.update(self.unlock().__dict__)

    def synchronise(self, phone):
        """One exchange with the hub at the other end."""
        return sync(phone, self.carrier)

    def synchronised(self):
        """The enrolled phone, opened and synchronised."""
        phone = self.unlock()
        sync(phone, self.carrier)
        return phone

    def begin_enrolment(self):
        """The first step with a fresh voucher; returns what the phone shows."""
        device = self.device()
        begun = enrol.begin(device, enrol.voucher_typed(self.hub.voucher()), self.carrier)
        device.ledger.close()
        return begun

    def enrol(self, role="leader"):
        """Voucher, admission by the branch, and the first exchange; returns the open phone."""
        self.begin_enrolment()
        self.hub.admit(role)
        phone = self.unlock()
        enrol.check(phone, self.carrier)
        sync(phone, self.carrier)
        return phone
