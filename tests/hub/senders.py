"""Phones that go on exchanging while hubs come and go: each sends its entries and follows the branch log."""

import threading
import time

import httpx

from protocol.branch_log import BranchLog
from protocol.errors import ProtocolError
from protocol.exchange import PATH, read_response
from protocol.ids import Position
from protocol.native import NativeVerifier
from protocol.transit import Receiver, is_short, restore
from protocol.trust_facts import Received
from tests.hub.branches import ORIGIN
from tests.hub.builders import visit
from tests.hub.web import asked, signed

PATIENCE_S = 20
"""As long as a real phone waits for the first byte of an answer."""
_PAUSE_S = 0.1
_AGAIN_MAX = 8


class Sender(threading.Thread):
    """A phone that writes ``count`` entries, each in a seal of its own, and sends them to ``address``."""

    def __init__(self, phone, trust, address, count):
        super().__init__(daemon=True)
        self.phone, self.address, self.count = phone, address, count
        self.log = BranchLog(phone.log.group, trust.root_spki, NativeVerifier())
        self.log.add_statements(trust.statements)
        self.made: dict[int, bytes] = {}
        self.waiting: set[int] = set()
        self.sent_alone = 0  # answers that acknowledged nothing of what they answered
        self.faults: list[str] = []
        self._halting = threading.Event()

    def run(self):
        """Write and send all; then send again whatever nobody has acknowledged."""
        try:
            for seq in range(1, self.count + 1):
                self.phone.known = self.log.tip
                self.phone.write(visit(seq))
                self.made[seq] = self.phone.seal(seq)
                self.waiting.add(seq)
                self._deliver([seq])
            while self.waiting and not self._halting.is_set():
                self._deliver(sorted(self.waiting)[:_AGAIN_MAX])
                time.sleep(_PAUSE_S)
        except (ProtocolError, AssertionError) as error:
            self.faults.append(repr(error))

    def halt(self):
        """Give up and end."""
        self._halting.set()
        self.join()

    def _deliver(self, seqs):
        """Send until some hub answers; while none does, nothing that it says is "stored"."""
        while not self._halting.is_set():
            try:
                answer = self._post([self.made[seq] for seq in seqs])
            except httpx.TransportError:
                time.sleep(_PAUSE_S)
                continue
            if answer.status_code == 200:
                self._take_in(read_response(answer.content))
                self.sent_alone += not self.waiting.isdisjoint(seqs)
                return
            assert answer.status_code == 503, answer.text
            time.sleep(_PAUSE_S)

    def _post(self, sealed):
        body = asked(self.phone.log.group, *sealed, known=self.log.tip)
        headers = signed(self.phone, body, target_uri=ORIGIN + PATH)
        return httpx.post(self.address + PATH, content=body, headers=headers, timeout=PATIENCE_S)

    def _take_in(self, told):
        """Every branch seal continues the log that this phone holds: there is one history."""
        for raw in told.branch_seals:
            for placed in self.log.add(restore(raw, self._held()) if is_short(raw) else raw):
                if isinstance(placed.entry, Received) and placed.entry.writer == self.phone.ordinal:
                    self.waiting.discard(placed.entry.first_seq)
        assert not told.refused, told.refused

    def _held(self):
        log = self.log
        return Receiver(log.group, log.log.writer, lambda epoch, seq: log.hash_at(Position(epoch, seq)))
