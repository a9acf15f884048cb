"""Morango's phones.

A phone is a process with a SQLite file of its own, because Morango knows one database. It holds a certificate
for its group's partition, signed by the server's root before anything is timed. Chunks hold everything at
once, and Morango compresses them.
"""

import json
import os
import shutil
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from morango.models.certificates import Certificate, Filter
from morango.sync.context import LocalSessionContext
from morango.sync.controller import MorangoProfileController

from bench.sync.morango_app.place import enrol, group_of, make, use
from bench.sync.morango_app.receipt import Receipt
from bench.sync.workload import collections

CHUNK = 2_000
WAIT_S = 0.1
"""Longest pause between two questions whether a stage is done; Morango's own default is longer."""
WARMING = 4
"""How many phones prepare themselves at once."""


class Command(BaseCommand):
    """Prepare, say so, wait, work, tell."""

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the cell's file."""
        parser.add_argument("cell", type=Path)

    def handle(self, *_: object, cell: Path, **__: object) -> None:
        """Let every phone live in a process of its own."""
        given = json.loads(cell.read_text())
        os.environ["REQUESTS_CA_BUNDLE"] = given["ca"]
        make(cell.parent / "base.sqlite")
        connection.close()
        forking = get_context("fork")
        lines = []
        for number in range(given["phones"]):
            ours, theirs = forking.Pipe()
            forking.Process(target=live, args=(given, number, theirs), daemon=True).start()
            lines.append(ours)
            if number >= WARMING:
                lines[number - WARMING].poll(None)
        for line in lines:
            line.recv()
        print("ready", flush=True)
        sys.stdin.readline()
        for line in lines:
            line.send("go")
        done = [line.recv() for line in lines]
        faults = [fault for _, fault in done if fault]
        print(json.dumps({"seconds": [seconds for seconds, _ in done], "faults": faults}), flush=True)


def live(cell: dict[str, object], number: int, line: Connection) -> None:
    """One phone's life."""
    folder = Path(cell["folder"])
    database = folder / f"phone-{number}.sqlite"
    shutil.copy(folder / "base.sqlite", database)
    use(database)
    root, own = enrol(folder, number)
    collect(root.id, number, cell["collections"])
    line.send("ready")
    line.recv()
    started = time.monotonic()
    fault = None
    try:
        push(f"https://127.0.0.1:{cell['ports'][number]}", root, own)
    except Exception as error:  # noqa: BLE001 (whatever goes wrong is told in the table)
        fault = f"phone {number}: {error!r}"[:300]
    line.send((time.monotonic() - started, fault))


def collect(root: str, number: int, count: int) -> None:
    """Save the collections on the phone."""
    with transaction.atomic():
        for one in collections(number, count):
            lines = {field: json.dumps(one[field], separators=(",", ":")) for field in ("lines", "savings")}
            Receipt(root=root, group=group_of(number), **{**one, **lines}).save()


def push(address: str, root: Certificate, own: Certificate) -> None:
    """One push, from the first request to the last."""
    LocalSessionContext.max_backoff_interval = WAIT_S
    network = MorangoProfileController("bench").create_network_connection(address)
    opened = network.create_sync_session(own, root, chunk_size=CHUNK)
    client = opened.get_push_client()
    client.initialize(Filter(str(own.get_scope().write_filter)))
    client.run()
    client.finalize()
    network.close_sync_session(opened.sync_session)
    network.close()
