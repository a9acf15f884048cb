"""Which schema a store has, and the numbered steps that lead an older one to today's.

Step n leads from schema n to n + 1. On SQLite it is one transaction, with the new number in it; on CouchDB it
may be repeated, and the number is written after it. So an upgrade that was killed goes on where it stands.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from hub.errors import SettingsError
from hub.store.couch_server import CouchServer


class Step(Struct, frozen=True):
    """``sqlite`` are statements, ``couchdb`` gets the server and the name of the database of facts."""

    sqlite: tuple[str, ...]
    couchdb: Callable[[CouchServer, str], None]


STEPS: tuple[Step, ...] = ()
"""None yet: there was no schema before the first. As many as ``documents.SCHEMA`` is above 1."""


def check(schema: int, where: object, steps: Sequence[Step] = STEPS) -> None:
    """Raise SettingsError, which says what to do, unless a store at ``where`` has today's schema."""
    if schema > 1 + len(steps):
        raise SettingsError("store_newer", database=where)
    if schema < 1 + len(steps):
        raise SettingsError("store_older", database=where)
