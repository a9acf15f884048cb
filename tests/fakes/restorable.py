"""What a hub in memory does when it comes back from a backup, and when phones bring what it lost (L15)."""

from msgspec import structs

from protocol import exchange
from protocol import seal as seals
from protocol.entries import decode_entry
from protocol.ids import BranchTip
from protocol.transit import is_short
from protocol.trust_facts import BranchEpochOpened, KeyStated, Received, Restated, WriterAdmitted
from tests.builders import VERIFIER

NEVER_RESTATED = (BranchEpochOpened, KeyStated, Received)


class Restorable:
    """A part of ``tests.fakes.hub.Hub``."""

    def forget_nothing(self):
        """Begin as a hub that was never restored, and that will do its duty when it is."""
        self.given_back = []  # branch seals that phones gave back
        self.restates = True  # at once, whatever is lost and comes back
        self.renumber = {}  # number of the bank, or writer id → new ordinal of what is restated
        self.lets_in = True  # a key that it has lost, with what admitted it
        self.opened = 0  # the newest epoch of the branch, also of one that it has lost
        self._ever = []  # every branch seal that was lost, in order

    def restore(self, count):
        """The hub comes back from a backup of its first so many branch seals, and remembers nothing else."""
        self._ever += [raw for raw in self.branch.seals if raw not in self._ever]
        self.branch = self.branch.restored(count)
        counting = {placed.position for placed in self.branch.log.entries}
        self.held = [(raw, place) for raw, place in self.held if place in counting]
        known = {placed.entry.writer for placed in self.branch.log.entries if is_admission(placed.entry)}
        self.admitted = {writer: key for writer, key in self.admitted.items() if writer in known}

    def epochs(self):
        """How many epochs were opened by anybody's evidence: the number of the next one (L15)."""
        self.opened = max(self.opened, self.branch.log.log.epoch) + 1
        return self.opened

    def take_back(self, raw):
        """Keep a branch seal that a phone gives back, and restate at once what was lost and is needed."""
        self.given_back.append(raw)
        self._ever.append(raw)
        lost = [
            placed for placed in self.branch.take_back(raw) if not isinstance(placed.entry, NEVER_RESTATED)
        ]
        if self.restates and lost:
            self.branch.restate(*lost, ordinals=self._numbers(lost))
            if self.book().ready is not None:
                self.ready(self.book().ready.day)

    def knows_again(self, path, body):
        """A key that this hub has lost, with the branch seal that admitted it (L15)."""
        given = exchange.read_request(body).seals if path == exchange.PATH else ()
        found = False
        for raw in (one for one in given if not is_short(one)):
            sealed = seals.read(raw)
            entry = decode_entry(seals.unpack(sealed).entries[0])
            if is_admission(entry) and sealed.header.log.writer == self.branch.log.log.writer:
                seals.verify(sealed, self.branch.log.key, VERIFIER)
                self.admitted.setdefault(entry.writer, (entry.spki, entry.ordinal))
                found = True
        return found

    def restated_by(self, raw):
        """The lost seals that a branch seal restates, behind those that they continue (L15)."""
        entries = (decode_entry(one) for one in seals.unpack(seals.read(raw)).entries)
        wanted = {one.hash for one in entries if isinstance(one, Restated)}
        found = []
        for held in reversed(self._ever):
            run = seals.unpack(seals.read(held))
            if held not in found and wanted & set(run.hashes) and not self._counts(run):
                found.append(held)
                wanted.add(run.header.previous)
        return reversed(found)

    def _numbers(self, lost):
        """New ordinals by place of what is restated; a renumbered phone is received under its new one."""
        named = ((one, getattr(one.entry, "number", getattr(one.entry, "writer", None))) for one in lost)
        found = {one.position: self.renumber[name] for one, name in named if name in self.renumber}
        for phone in self.branch.phones:
            ordinal = self.renumber.get(phone.admission.writer, phone.admission.ordinal)
            phone.admission = structs.replace(phone.admission, ordinal=ordinal)
        return found

    def _counts(self, run):
        header = run.header
        return self.branch.log.holds(BranchTip(header.log.epoch, run.header.first_seq, run.hashes[0]))


def is_admission(entry):
    """Whether an entry lets a phone write."""
    return isinstance(entry, WriterAdmitted)
