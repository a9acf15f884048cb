"""Morango's server: Django behind waitress over SQLite."""

import json
import socket
from pathlib import Path

import waitress
from django.core.management.base import BaseCommand, CommandParser
from django.core.wsgi import get_wsgi_application
from django.db import connection
from morango.models.core import InstanceIDModel

from bench.sync.morango_app.place import make, make_root

THREADS = 1
"""SQLite takes one writer, and this Django cannot make a second one wait: two at once end in an error."""


class Command(BaseCommand):
    """Serve until ended."""

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the cell's file."""
        parser.add_argument("cell", type=Path)

    def handle(self, *_: object, cell: Path, **__: object) -> None:
        """Make the database and the root certificate, and serve."""
        make(cell.parent / "server.sqlite")
        InstanceIDModel.get_or_create_current_instance()  # two first requests at once would make it twice
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")
        make_root(cell.parent)
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        waitress.serve(get_wsgi_application(), sockets=[listening], threads=THREADS, _quiet=True)
