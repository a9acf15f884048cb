"""What Morango's server holds."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from bench.sync.morango_app.place import group_of, use
from bench.sync.morango_app.receipt import Receipt
from bench.sync.workload import cash, identity


class Command(BaseCommand):
    """Print the cash of every receipt, by name; its group is the partition that it was sent to."""

    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the cell's file."""
        parser.add_argument("cell", type=Path)

    def handle(self, *_: object, cell: Path, **__: object) -> None:
        """Read the server's database."""
        use(cell.parent / "server.sqlite")
        numbers = {group_of(phone): phone for phone in range(json.loads(cell.read_text())["phones"])}
        found = {}
        for one in Receipt.objects.all():
            phone = numbers[one._morango_partition.partition(":")[2]]  # noqa: SLF001 (Morango's own column)
            lines = {"lines": json.loads(one.lines), "savings": json.loads(one.savings)}
            found[identity(phone, one.receipt)] = cash(lines)
        print(json.dumps(found))
