"""Morango's server, Django behind waitress over SQLite: `morango_server.py [read-back] CELL`."""

import json
import socket
import sys
from pathlib import Path

import waitress
from django.core.wsgi import get_wsgi_application
from django.db import connection

from bench.sync.morango_place import group_of, open_place, write_root
from bench.sync.workload import cash, identity

THREADS = 1
"""SQLite takes one writer, and this Django cannot make a second one wait: two at once end in an error."""


def main() -> None:
    """Serve, or tell what was stored."""
    *reading, told = sys.argv[1:]
    cell = json.loads(Path(told).read_text())
    folder = Path(cell["folder"])
    open_place(folder / "server.sqlite")
    if reading:
        json.dump(receipts(cell["phones"]), sys.stdout)
    else:
        serve(folder)


def serve(folder: Path) -> None:
    """Make the root certificate, and serve until ended."""
    from morango.models.certificates import Certificate  # noqa: PLC0415 (only once Django is set up)
    from morango.models.core import InstanceIDModel  # noqa: PLC0415 (as above)

    InstanceIDModel.get_or_create_current_instance()  # two first requests at once would make it twice
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
    write_root(folder, Certificate.generate_root_certificate("bench"))
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    waitress.serve(get_wsgi_application(), sockets=[listening], threads=THREADS, _quiet=True)


def receipts(phones: int) -> dict[str, int]:
    """Cash of every receipt, by name; its group is the partition that it was sent to."""
    from bench.sync.morango_app.models import Receipt  # noqa: PLC0415 (as above)

    numbers = {group_of(phone): phone for phone in range(phones)}
    found = {}
    for one in Receipt.objects.all():
        phone = numbers[one._morango_partition.partition(":")[2]]  # noqa: SLF001 (Morango's own column)
        lines = {"lines": json.loads(one.lines), "savings": json.loads(one.savings)}
        found[identity(phone, one.receipt)] = cash(lines)
    return found


if __name__ == "__main__":
    main()
