"""The databases of a branch on CouchDB, and the design document that says whose they are.

``<database>`` holds the facts, partitioned by what stands before the first colon of an id, so that all of a
group is on the same nodes; ``<database>-derived`` holds the derived documents. ``_design/tovay`` is written
last: facts without it were never finished, and nothing opens them.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from hub.documents import SCHEMA
from hub.errors import SettingsError
from hub.store.couch_server import CouchServer
from hub.store.schema import STEPS, Step
from hub.store.schema import check as check_schema

DESIGN = "tovay"
TWO_LEAVES = "two_leaves"
BEYOND = "\x7f"
"""Above every character of an id."""

_VIEWS: dict[str, object] = {
    TWO_LEAVES: {"map": "function (doc) { if (doc._conflicts) { emit(doc._id, null); } }"}
}


class Branch(Struct, frozen=True):
    """Whose documents a database holds: the branch's code, and the SHA-256 of its root key in hex."""

    code: str
    root: str


def derived_of(database: str) -> str:
    """Name of the database of derived documents."""
    return f"{database}-derived"


def create(server: CouchServer, database: str, branch: Branch, *, is_filled: bool = False) -> None:
    """Make the databases of a branch; what an interrupted call left is finished.

    With ``is_filled`` they may be there, and hold documents of the branch.

    Raises:
        SettingsError: the database is another branch's, of a newer program, or holds documents already.
        EngineError: the server cannot be asked, or does not allow it.
    """
    server.greet()
    stands = None
    if server.has(database):
        stands = server.design(database, DESIGN)
        if stands is not None:
            check(stands, database, branch)
        listed = server.page(database, "", BEYOND, 2, bodies=False)
        is_used = any(leaf.doc_id != f"_design/{DESIGN}" for leaf in listed)
        if is_used and not (is_filled and stands is not None):
            raise SettingsError("store_occupied", database=database)
    for name, is_partitioned in ((database, True), (derived_of(database), False)):
        # Only an administrator of the server may ask for one that is there.
        if not server.has(name):
            server.make(name, partitioned=is_partitioned)
    mark = {"schema": SCHEMA, "root": branch.root, "branch": branch.code}
    # Without the option a view of a partitioned database can be asked for one partition only.
    body = {"tovay": mark, "views": _VIEWS, "options": {"partitioned": False}}
    if stands is None and not server.put_design(database, DESIGN, body):
        check(server.design(database, DESIGN) or {}, database, branch)


def check_opened(server: CouchServer, database: str, branch: Branch) -> None:
    """Make sure that the databases are there, finished, and this branch's; raises as ``create``."""
    server.greet()
    if not server.has(database) or not server.has(derived_of(database)):
        raise SettingsError("store_missing", database=database)
    stands = server.design(database, DESIGN)
    if stands is None:
        raise SettingsError("store_half_made", database=database)
    check(stands, database, branch)


def check(stands: Mapping[str, object], database: str, branch: Branch, steps: Sequence[Step] = STEPS) -> None:
    """Raise SettingsError unless the design document is this branch's, and one that this program reads."""
    schema, owner = _mark(stands, database)
    if schema > 1 + len(steps):
        check_schema(schema, database, steps)  # what a newer program says of its owner is not ours to read
    if owner != branch:
        raise SettingsError("store_elsewhere", database=database, branch=owner.code)
    check_schema(schema, database, steps)


def upgrade(server: CouchServer, database: str, branch: Branch, steps: Sequence[Step] = STEPS) -> int:
    """Lead the databases of a branch to today's schema; returns how many steps it took.

    Raises:
        SettingsError: they are another branch's, of a newer program, or not finished.
        EngineError: a step cannot be taken; what was taken before stays.
    """
    server.greet()
    if not server.has(database):
        raise SettingsError("store_missing", database=database)
    taken = 0
    while True:
        stands = server.design(database, DESIGN) or {}
        schema, owner = _mark(stands, database)
        if owner != branch or not 0 < schema <= len(steps):
            check(stands, database, branch, steps)
            return taken
        steps[schema - 1].couchdb(server, database)
        mark = {"schema": schema + 1, "root": branch.root, "branch": branch.code}
        # Where somebody else was first, the next look shows how far they are.
        taken += server.put_design(database, DESIGN, {**stands, "tovay": mark})


def _mark(stands: Mapping[str, object], database: str) -> tuple[int, Branch]:
    """Schema and owner as the design document says; raises SettingsError where it does not."""
    mark = stands.get("tovay")
    schema = mark.get("schema") if isinstance(mark, dict) else None
    if not isinstance(mark, dict) or not isinstance(schema, int):
        raise SettingsError("store_half_made", database=database)
    return schema, Branch(str(mark.get("branch")), str(mark.get("root")))


def is_whole(stands: Mapping[str, object]) -> bool:
    """Say whether the views are the ones that ``create`` wrote."""
    return stands.get("views") == _VIEWS
