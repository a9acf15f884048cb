"""tovay's phones: enrolled, with their group's book and with collections made offline; then one sync each.

Enrolling and the first exchange, which brings the book, are not timed. A phone collects in one transaction of
its ledger here, to be quick, and does not slow its PIN down; all else is the phone's own code.
"""

import hashlib
import json
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from bench.sync.tovay_branch import NOW, ORIGIN, group_of
from bench.sync.workload import Collection, collections
from edge import agent, enrol, native
from edge.phone import Phone
from edge.settings import Settings
from edge.sync import sync
from edge.transport import Carrier, Outcome
from protocol.day import to_instant
from protocol.phone_facts import Collected, InterestLine, Knows, SavingsLine
from provisioning.decide import decide, devices_with_digits
from provisioning.devices import Decision
from provisioning.vouchers import Wish, make_voucher

PIN = "135790"
PATIENCE_S = 300
_ENROLLING = threading.Semaphore(2)


class QuickVault(native.NativeVault):
    """One iteration, whatever is asked."""

    def derive(self, pin: bytes, salt: bytes, iterations: int) -> bytes:
        """A key without the delay."""
        return hashlib.pbkdf2_hmac("sha256", pin, salt + iterations.to_bytes(4, "big"), 1)


class Bench:
    """All phones of a cell, a thread each, because a ledger belongs to one thread."""

    def __init__(self, cell: dict[str, object]) -> None:
        """Nothing is prepared yet."""
        self.cell = cell
        self.folder = Path(str(cell["folder"]))
        self.ready = threading.Barrier(int(str(cell["phones"])) + 1)
        self.go = threading.Event()
        self.seconds: list[float] = []
        self.faults: list[str] = []

    def live(self, number: int) -> None:
        """One phone's life."""
        try:
            with _ENROLLING:
                phone = self.enrolled(number)
                collect(phone, collections(number, int(str(self.cell["collections"]))))
        except BaseException:
            self.ready.abort()
            raise
        self.ready.wait()
        self.go.wait()
        port = list(self.cell["ports"])[number]  # type: ignore[call-overload]
        settings = Settings(
            hub=f"https://127.0.0.1:{port}",
            ca_file=str(self.cell["ca"]),
            connect_timeout_s=120,
            read_timeout_s=PATIENCE_S,
        )
        carrier = Carrier(native.HttpTransport(settings), ORIGIN)
        started = time.monotonic()
        done = sync(phone, carrier)
        self.seconds.append(time.monotonic() - started)
        if done.outcome is not Outcome.DONE or done.waiting:
            self.faults.append(f"phone {number}: {done}")

    def enrolled(self, number: int) -> Phone:
        """A phone that the branch has admitted, with its group's book."""
        branch, folder = self.folder / "branch", self.folder / f"phone-{number}"
        carrier = Carrier(
            native.HttpTransport(Settings(hub=f"http://127.0.0.1:{self.cell['direct']}")), ORIGIN
        )
        native.create_directory(folder)
        real = native.open_host(folder)
        host = type(real)(QuickVault((folder / native.SECRET).read_bytes()), real.verifier, real.safe)
        device = agent.open_device(folder / native.LEDGER, PIN, host, _clock, create=True)
        made = make_voucher(branch, Wish(group_of(number), "leader", "IT01"), NOW)
        begun = enrol.begin(device, enrol.voucher_typed(made.text), carrier)
        shown = {one.id: digits for one, digits in devices_with_digits(branch)}
        accepted = Decision("accepted", "IT01", None, "", to_instant(NOW))
        decide(branch, str(begun.device), accepted, shown[str(begun.device)])
        device.ledger.close()
        phone = agent.unlock(folder / native.LEDGER, PIN, host, _clock)
        assert enrol.check(phone, carrier) is Outcome.DONE
        assert sync(phone, carrier).outcome is Outcome.DONE
        return phone


def collect(phone: Phone, made: list[Collection]) -> None:
    """Record collections, without a network; a full seal is cut when it is full."""
    _, own = phone.admitted
    ready = phone.group.book.ready
    assert ready is not None
    with phone.ledger.saving():
        for one in made:
            own.append(entry_of(one, Knows(ready.position, ())))
    phone.reload()


def entry_of(one: Collection, knows: Knows) -> Collected:
    """The signed fact of a collection."""
    return Collected(
        receipt_no=one["receipt"],
        member=one["member"],
        value_date=one["value_date"],
        due_to=one["due_to"],
        lines=tuple(InterestLine(*line) for line in one["lines"]),
        savings=tuple(SavingsLine(*line) for line in one["savings"]),
        knows=knows,
    )


def _clock() -> datetime:
    return NOW


def main() -> None:
    """Prepare, say so, wait, work, tell."""
    bench = Bench(json.loads(Path(sys.argv[1]).read_text()))
    count = int(str(bench.cell["phones"]))
    phones = [threading.Thread(target=bench.live, args=(number,), daemon=True) for number in range(count)]
    for phone in phones:
        phone.start()
    bench.ready.wait()
    print("ready", flush=True)
    sys.stdin.readline()
    bench.go.set()
    for phone in phones:
        phone.join()
    if len(bench.seconds) != count:
        bench.faults.append("a phone died")
    print(json.dumps({"seconds": bench.seconds or [0], "faults": bench.faults}), flush=True)


if __name__ == "__main__":
    main()
