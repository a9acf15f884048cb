"""One cell: a server and its phones as processes, lines between them, and what the server holds afterwards.

Every peer is the same three programs: a server that prints one line of JSON with its ``port`` when it is
open; phones that prepare themselves, print ``ready``, wait for a line, work, and print what each took; and a
read-back that prints the cash of each collection that the server holds, by name.
"""

import json
import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from bench.sync.line import Counted, Lines, Profile
from bench.sync.workload import Collection, cash, collections, identity

PREPARE_LIMIT_S = 1_800
STOP_LIMIT_S = 20
Command = Sequence[str | Path]


class Programs(Struct, frozen=True):
    """How a peer's three programs are called; each gets the path of the cell's file as its last word."""

    name: str
    server: Command
    phones: Command
    read_back: Command
    reads_files: bool = False
    """Whether the phones read what they carry from ``workload-<phone>.json``, ready to be stored."""


class Cell(Struct, frozen=True):
    """What is measured: how many phones send how many collections each, over which network."""

    profile: Profile
    phones: int
    collections: int
    limit_s: float

    @property
    def label(self) -> str:
        """As the table says it."""
        return f"{self.profile.name:4} {self.phones:4} × {self.collections:5,}"


class Measured(Struct, frozen=True):
    """Seconds until the last phone was done, and bytes of all phones; ``fault`` says why a cell failed."""

    seconds: float
    counted: Counted
    fault: str | None


class PeerError(Exception):
    """A peer's program ended or said something else than it should; the text is what it said."""


def measure(programs: Programs, cell: Cell, certificate: Path) -> Measured:
    """Run one cell of one peer; raises PeerError when its programs do not even start."""
    with tempfile.TemporaryDirectory(prefix="tovay-bench-") as name:
        folder = Path(name)
        told = folder / "cell.json"
        given = {"folder": name, "phones": cell.phones, "collections": cell.collections}
        told.write_text(json.dumps(given))
        if programs.reads_files:
            for phone in range(cell.phones):
                documents = _documents(phone, cell.collections)
                (folder / f"workload-{phone}.json").write_text(json.dumps(documents))
        with running(programs.server, told, folder / "server.log") as server:
            port = json.loads(said(server, folder / "server.log", PREPARE_LIMIT_S))["port"]
            lines = Lines(cell.profile, cell.phones, port, certificate)
            try:
                reached = {"ports": lines.ports, "direct": port, "ca": str(certificate)}
                told.write_text(json.dumps(given | reached))
                seconds, counted, fault = _exchange(programs, cell, told, lines)
            finally:
                lines.close()
            found = _read_back(programs, told)
    return Measured(seconds, counted, fault or _differs(cell, found))


@contextmanager
def running(
    command: Command, told: Path, log: Path, environ: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A program with ``told`` as its last word and its errors in ``log``, ended at the end of the block."""
    with log.open("w") as errors:
        program = subprocess.Popen(
            [*command, told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            env=os.environ | dict(environ or {}),
        )
    try:
        yield program
    finally:
        _end(program)


def said(program: "subprocess.Popen[str]", log: Path, limit_s: float) -> str:
    """The next line that a program says; raises TimeoutError, or PeerError when it ended instead."""
    assert program.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(program.stdout, selectors.EVENT_READ)
        if not selector.select(limit_s):
            raise TimeoutError
    line = program.stdout.readline()
    if not line:
        raise PeerError(log.read_text()[-2_000:])
    return line


def _end(program: "subprocess.Popen[str]") -> None:
    """End a program and whatever it started; no asking twice."""
    for told in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(program.pid, told)
        with suppress(subprocess.TimeoutExpired):
            program.communicate(timeout=STOP_LIMIT_S)


def _exchange(programs: Programs, cell: Cell, told: Path, lines: Lines) -> tuple[float, Counted, str | None]:
    log = told.parent / "phones.log"
    with running(programs.phones, told, log) as phones:
        if said(phones, log, PREPARE_LIMIT_S).strip() != "ready":
            raise PeerError(log.read_text()[-2_000:])
        started = time.monotonic()
        assert phones.stdin is not None
        phones.stdin.write("go\n")
        phones.stdin.flush()
        try:
            done = json.loads(said(phones, log, cell.limit_s))
        except TimeoutError:
            return time.monotonic() - started, lines.counted(), f"not done after {cell.limit_s:.0f} s"
        counted = lines.counted()
        faults = done["faults"]
        return max(done["seconds"]), counted, faults[0] if faults else None


def _read_back(programs: Programs, told: Path) -> dict[str, int]:
    done = subprocess.run(
        [*programs.read_back, told], capture_output=True, text=True, timeout=PREPARE_LIMIT_S, check=False
    )
    if done.returncode:
        raise PeerError(done.stderr[-2_000:])
    return dict(json.loads(done.stdout))


def _documents(phone: int, count: int) -> list[Collection]:
    return [{"_id": identity(phone, one["receipt"]), **one} for one in collections(phone, count)]


def _differs(cell: Cell, found: dict[str, int]) -> str | None:
    """What the server holds that it should not, or lacks; None when set and sum are those that were made."""
    made = {
        identity(phone, one["receipt"]): cash(one)
        for phone in range(cell.phones)
        for one in collections(phone, cell.collections)
    }
    if found == made and sum(found.values()) == sum(made.values()):
        return None
    wrong = sum(found[name] != made[name] for name in found.keys() & made.keys())
    missing, strange = len(made.keys() - found.keys()), len(found.keys() - made.keys())
    return f"{missing:,} of {len(made):,} not there, {strange} strange, {wrong} with another sum"
