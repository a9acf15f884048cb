"""How many collections a second a hub takes in, end to end: `./just bench throughput [--phones 200]`.

Sealed ledgers are made beforehand, one for each phone, and posted as fast as they go, over HTTP to a real hub
with its SQLite store; the senders share this machine with it. An exchange is answered when every seal of it
is verified, stored, received by a sealed `Received` and folded. The same run tells what the machine can do at
all: Ed25519 verifications just before and after, and the same seals written to a fresh store of the same
kind. The hub's own processor time says what it would do on a machine that nobody else uses.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean
from typing import TypeVar

from bench.ledgers import Ledger, admitted
from bench.sync.peer import running, said
from bench.sync.tovay_branch import ENVIRON, NOW, ORIGIN, PROGRAMS, found, group_of, receipts
from bench.sync.tovay_phones import entry_of
from bench.sync.workload import collections
from edge.native import HttpTransport
from edge.settings import Settings
from edge.transport import Caller, Carrier, Outcome, post_signed
from hub.app import opened
from hub.documents import Document, phone_seal
from hub.store.sqlite import SqliteStore, create
from protocol import exchange
from protocol import seal as seals
from protocol.day import to_instant
from protocol.native import NativeVerifier

TARGET = 10_000
SENDERS = 4
VERIFICATIONS = 5_000
START_LIMIT_S = 120
T = TypeVar("T")


def main() -> None:
    """Print one line for each measure."""
    parser = argparse.ArgumentParser(prog="./just bench throughput", description=__doc__)
    parser.add_argument("--phones", type=int, default=200)
    parser.add_argument("--collections", type=int, default=1_020)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tovay-bench-") as name:
        folder = Path(name)
        found(folder, folder / "branch", asked.phones)
        ledgers = sealed_ledgers(folder / "branch", asked.collections)
        verified = [verifications_a_s(ledgers[0])]
        seconds, of_hub_s = exchanged(folder, ledgers)
        verified.append(verifications_a_s(ledgers[0]))
        made = {(phone, number) for phone in range(asked.phones) for number in range(asked.collections)}
        held = receipts(folder / "branch", asked.phones)
        assert len(held) == len(made), f"{len(held):,} of {len(made):,} arrived"
        stored_s = stored_raw(folder, ledgers)
    rate = len(made) / seconds
    seals_a_s = sum(len(one.seals) for one in ledgers) / seconds
    print(f"{asked.phones} phones × {asked.collections:,} collections")
    print(
        f"end to end      {rate:10,.0f} entries/s   {seals_a_s:7.0f} seals/s   (target {TARGET:,} entries/s)"
    )
    print(f"the hub alone   {len(made) / of_hub_s:10,.0f} entries in a second of its processor time")
    of_one = rate / mean(verified)
    print(f"verifications   {mean(verified):10,.0f} /s          entries ÷ verifications {of_one:.2f}")
    raw = len(made) / stored_s
    print(f"store alone     {raw:10,.0f} entries/s   the store alone is {raw / rate:.1f} × as fast")


def sealed_ledgers(branch: Path, count: int) -> list[Ledger]:
    """Admit one phone to every group, and seal its collections."""
    found = []
    with opened(branch, ENVIRON, sealing=True) as hub:
        for phone in range(len(hub.groups.codes())):
            ledger = admitted(hub, group_of(phone))
            found.append(ledger.sealing([entry_of(one, ledger.knows) for one in collections(phone, count)]))
    return found


def exchanged(folder: Path, ledgers: list[Ledger]) -> tuple[float, float]:
    """Seconds until the hub has answered every ledger's exchange, and those of its processor time."""
    bodies = [(one, one.body) for one in ledgers]
    command = [PROGRAMS / "tovay-hub", "serve", "--port", "0", "--dir"]
    with running(command, folder / "branch", folder / "hub.log", ENVIRON) as hub:
        address = json.loads(said(hub, folder / "hub.log", START_LIMIT_S))["address"]
        carrier = Carrier(HttpTransport(Settings(hub=address, read_timeout_s=300)), ORIGIN)

        def send(one: tuple[Ledger, bytes]) -> Outcome:
            ledger, body = one
            caller = Caller(ledger.signer, lambda: to_instant(NOW), 0)
            return post_signed(carrier, exchange.PATH, exchange.CONTENT_TYPE, body, caller).outcome

        before_s = processor_s(hub.pid)
        with ThreadPoolExecutor(SENDERS) as senders:
            outcomes, seconds = timed(lambda: list(senders.map(send, bodies)))
        of_hub_s = processor_s(hub.pid) - before_s
    assert set(outcomes) == {Outcome.DONE}, set(outcomes)
    return seconds, of_hub_s


def processor_s(program: int) -> float:
    """Seconds of processor time that a running program has used, as Linux tells it."""
    fields = Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def stored_raw(folder: Path, ledgers: list[Ledger]) -> float:
    """Seconds to write the same seals to a fresh store, one durable transaction for each phone."""
    documents: list[list[Document]] = [
        [phone_seal(one.group, seals.read(raw).header, raw) for raw in one.seals] for one in ledgers
    ]
    create(folder / "raw.sqlite")
    store = SqliteStore(folder / "raw.sqlite")
    _, seconds = timed(lambda: [store.add(batch) for batch in documents])
    store.close()
    return seconds


def verifications_a_s(ledger: Ledger) -> float:
    """Ed25519 verifications a second on one core, over a message as long as what a seal signs."""
    message = seals.read(ledger.seals[0]).envelope.header
    signature = ledger.signer.sign(message)
    verifier = NativeVerifier()
    _, seconds = timed(
        lambda: [verifier.verify(ledger.signer.spki, signature, message) for _ in range(VERIFICATIONS)]
    )
    return VERIFICATIONS / seconds


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What some work gives, and how many seconds it took."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


if __name__ == "__main__":
    main()
