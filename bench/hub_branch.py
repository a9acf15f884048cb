"""Branches that the parts of ``bench/hub`` load: founded, served, read back; and what the machine can do."""

import json
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, convert

from bench.ledgers import Ledger
from bench.sync import tovay_branch
from bench.sync.peer import running, said
from bench.sync.tovay_branch import ENVIRON, PROGRAMS
from bench.throughput import verifications_a_s
from calc.dues import dues
from hub.app import Hub, opened
from hub.documents import Document
from hub.ports import every
from hub.service.group.state import GroupState
from hub.settings import Settings
from hub.store.opening import make_store, open_store
from protocol.phone_facts import Collected, InterestLine, Knows, SavingsLine
from tests.couchdb.servers import named_or_started

START_LIMIT_S = 1_800
BULK = 500
Cash = dict[tuple[str, int], int]
"""Cash of collections by group and receipt."""
T = TypeVar("T")


class LostError(Exception):
    """The store holds something else than was sent; the text says how many."""


class Ground(Struct, frozen=True):
    """Where a part works: a folder of its own, and the keys of ``hub.toml`` about the store."""

    folder: Path
    store: Mapping[str, str]

    @property
    def branch(self) -> Path:
        """The branch directory."""
        return self.folder / "branch"

    @contextmanager
    def opened(self, *, sealing: bool = False) -> Iterator[Hub]:
        """The branch, as its programs open it."""
        with opened(self.branch, ENVIRON, sealing=sealing) as hub:
            yield hub


class Asked(Struct, frozen=True):
    """The size that somebody wants: small, and how many groups in a province or an office."""

    quick: bool = False
    groups: int | None = None


class Machine(Struct, frozen=True):
    """What can be done at all: documents a second into an empty store, 500 at once, and verifications."""

    documents_a_s: float
    verifications_a_s: float


class Line(Struct, frozen=True):
    """A measure of the table; with ``seconds`` its ratios are told, for its documents and its entries."""

    what: str
    figure: str
    seconds: float = 0
    documents: int = 0
    entries: int = 0


class Found(Struct, frozen=True):
    """What a part measured."""

    machine: Machine
    lines: Sequence[Line]


@contextmanager
def ground(kind: str) -> Iterator[Ground]:
    """An empty place over a kind of store; CouchDB is the one that the environment names, or the stand-in."""
    with tempfile.TemporaryDirectory(prefix="tovay-bench-") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield Ground(folder, {})
            return
        couch, stop = named_or_started(folder / "couchdb")
        secret, database = folder / "couchdb-password", f"tovay-bench-{secrets.token_hex(6)}"
        secret.write_text(couch.password, encoding="utf-8")
        reached = {"store": "couchdb", "url": couch.url, "user": couch.user, "password_file": str(secret)}
        try:
            yield Ground(folder, {**reached, "database": database})
        finally:
            couch.drop(database)
            couch.drop(f"{database}-raw")
            stop()


def found(place: Ground, groups: int) -> None:
    """Found the branch, with the book of so many groups of Kinh Môn."""
    tovay_branch.found(place.folder, place.branch, groups, place.store)


@contextmanager
def served(place: Ground) -> Iterator[tuple[str, int, float]]:
    """A hub that serves the branch: its address, its process, and seconds until it was ready."""
    command = [PROGRAMS / "tovay-hub", "serve", "--port", "0", "--dir"]
    log = place.folder / "hub.log"
    started = time.perf_counter()
    with running(command, place.branch, log, ENVIRON) as hub:
        address = json.loads(said(hub, log, START_LIMIT_S))["address"]
        yield address, hub.pid, time.perf_counter() - started


def peak_mb(program: int) -> float:
    """The most memory that a running program ever held, in MB, as Linux tells it."""
    lines = Path(f"/proc/{program}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1_024


def commanded(place: Ground, *words: str) -> float:
    """Seconds that a command on the branch takes; raises CalledProcessError when it fails."""
    command = [PROGRAMS / "tovay-hub", *words, "--dir", place.branch]
    _, seconds = timed(
        lambda: subprocess.run(command, env=os.environ | ENVIRON, check=True, capture_output=True)
    )
    return seconds


def meeting(state: GroupState, knows: Knows, first_receipt: int = 1) -> list[Collected]:
    """A collection from every household with a loan or an account: what is due, or savings alone."""
    ready = state.book.ready
    assert ready is not None
    owed: dict[int, list[InterestLine]] = {}
    for due in dues(state.book, ready.day, at=ready.position):
        owed.setdefault(due.member, []).append(InterestLine(due.loan, due.asked, due.payable))
    saved = {one.member: (SavingsLine(one.ordinal, 50_000),) for one in state.book.accounts.values()}
    members = [one for one in state.book.members if one in owed or one in saved]
    return [
        Collected(
            receipt_no=receipt,
            member=member,
            value_date=ready.day - 1,
            due_to=ready.day,
            lines=tuple(owed.get(member, ())),
            savings=saved.get(member, ()) if member not in owed or member % 3 == 0 else (),
            knows=knows,
        )
        for receipt, member in enumerate(members, first_receipt)
    ]


def cash_of(group: str, entries: Iterable[object]) -> Cash:
    """What collections of a group are together, by receipt."""
    return {
        (group, one.receipt_no): sum(line.interest for line in one.lines)
        + sum(line.amount for line in one.savings)
        for one in entries
        if isinstance(one, Collected)
    }


def held(place: Ground, groups: Iterable[str]) -> Cash:
    """Every collection of these groups that the branch has received."""
    cash: Cash = {}
    with place.opened() as hub:
        for group in groups:
            facts = hub.groups.load(group).facts
            cash |= cash_of(group, (fact.entry for fact in facts if fact.received is not None))
    return cash


def compare(made: Cash, there: Cash) -> None:
    """Hold what was sent against what is there, as a set and in sum; raises LostError."""
    if made == there and sum(made.values()) == sum(there.values()):
        return
    wrong = sum(made[name] != there[name] for name in made.keys() & there.keys())
    missing, strange = len(made.keys() - there.keys()), len(there.keys() - made.keys())
    raise LostError(f"{missing:,} of {len(made):,} not there, {strange} strange, {wrong} with another sum")


def measured(place: Ground, ledger: Ledger, documents: Sequence[Document]) -> Machine:
    """The machine's own rates, with these documents in an empty store of the same kind."""
    return Machine(_bulk_a_s(place, documents), verifications_a_s(ledger))


def _bulk_a_s(place: Ground, documents: Sequence[Document]) -> float:
    """Documents a second that an empty store takes, 500 at once and nothing else."""
    raw = place.folder / "raw"
    raw.mkdir()
    told = dict(place.store)
    if "database" in told:
        told["database"] += "-raw"
    settings = convert(told, Settings)
    make_store(raw, settings, "RAW", b"root")
    store = open_store(raw, settings, "RAW", b"root")
    batches = [documents[first : first + BULK] for first in range(0, len(documents), BULK)]
    _, seconds = timed(lambda: [store.add(batch) for batch in batches])
    store.close()
    return len(documents) / seconds


def stored(place: Ground) -> list[Document]:
    """Every fact of the branch."""
    with place.opened() as hub:
        return list(every(hub.store, ""))


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What some work gives, and how many seconds it took."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def percentile(seconds: Sequence[float], part: float) -> float:
    """The value below which that part of the values lies."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]
