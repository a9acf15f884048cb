"""Morango's phones: `python -m bench.sync.morango_phones CELL`.

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

from django.db import connection, transaction

from bench.sync.morango_place import group_of, open_place, root_file
from bench.sync.workload import collections

CHUNK = 2_000
WAIT_S = 0.1
"""Longest pause between two questions whether a stage is done; Morango's own default is longer."""
WARMING = 4
"""How many phones prepare themselves at once."""


def main() -> None:
    """Prepare, say so, wait, work, tell."""
    cell = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(cell["folder"])
    os.environ["REQUESTS_CA_BUNDLE"] = cell["ca"]
    open_place(folder / "base.sqlite")
    connection.close()
    forking = get_context("fork")
    lines = []
    for number in range(cell["phones"]):
        ours, theirs = forking.Pipe()
        forking.Process(target=live, args=(cell, number, theirs), daemon=True).start()
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
    database = Path(cell["folder"]) / f"phone-{number}.sqlite"
    shutil.copy(Path(cell["folder"]) / "base.sqlite", database)
    connection.settings_dict["NAME"] = str(database)
    root, own = enrolled(Path(cell["folder"]), number)
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


def enrolled(folder: Path, number: int) -> tuple[object, object]:
    """The root's certificate, without its private key, and one for this group."""
    from morango.models.certificates import Certificate, Key  # noqa: PLC0415 (only once Django is set up)

    told = json.loads(root_file(folder).read_text())
    root = Certificate.deserialize(told["serialized"], told["signature"])
    root.save()
    key = Key()
    own = Certificate(
        parent=root,
        profile=root.profile,
        scope_definition_id="group",
        scope_version=1,
        scope_params=json.dumps({"root": root.id, "group": group_of(number)}),
        public_key=Key(public_key_string=key.get_public_key_string()),
        salt="",
    )
    own.id = own.calculate_uuid()
    own.serialized = own.serialize()
    own.signature = Key(private_key_string=told["key"]).sign(own.serialized)
    own.private_key = key
    own.save()
    return root, own


def collect(root: str, number: int, count: int) -> None:
    """Save the collections on the phone."""
    from bench.sync.morango_app.models import Receipt  # noqa: PLC0415 (only once Django is set up)

    with transaction.atomic():
        for one in collections(number, count):
            lines = {field: json.dumps(one[field], separators=(",", ":")) for field in ("lines", "savings")}
            Receipt(root=root, group=group_of(number), **{**one, **lines}).save()


def push(address: str, root: object, own: object) -> None:
    """One sync session with one push."""
    from morango.models.certificates import Filter  # noqa: PLC0415 (only once Django is set up)
    from morango.sync.context import LocalSessionContext  # noqa: PLC0415 (as above)
    from morango.sync.controller import MorangoProfileController  # noqa: PLC0415 (as above)

    LocalSessionContext.max_backoff_interval = WAIT_S
    controller = MorangoProfileController("bench")
    network = controller.create_network_connection(address)
    session = network.create_sync_session(own, root, chunk_size=CHUNK)
    client = session.get_push_client()
    client.initialize(Filter(own.get_scope().write_filter._filter_tuple[0]))  # noqa: SLF001 (its one entry)
    client.run()
    client.finalize()
    network.close_sync_session(session.sync_session)
    network.close()


if __name__ == "__main__":
    main()
