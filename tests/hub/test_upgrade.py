"""Stores of another schema: an older one is led on step by step, a newer one is left as it is.

There has been one schema so far, so the steps here are the test's own.
"""

import sqlite3
from contextlib import closing

import pytest

from hub.app import opened
from hub.cli import main
from hub.documents import SCHEMA
from hub.errors import EngineError, SettingsError, StoreError
from hub.store import design
from hub.store.couch_server import CouchServer
from hub.store.schema import STEPS, Step, check
from hub.store.sqlite import SqliteStore, create, upgrade
from hub.wording import sentence
from tests.couchdb.servers import BRANCH
from tests.hub.builders import GROUP
from tests.hub.served import ENVIRON, admit

FACT = {"_id": f"{GROUP}:text:00", "text": "x"}


class Recorded:
    """A step on CouchDB that notes its runs, and may be cut off in its middle."""

    def __init__(self):
        self.runs, self.cut = 0, False

    def __call__(self, server, database):
        server.put_all(f"{database}-derived", [{"_id": f"{GROUP}:note:{self.runs}"}])
        self.runs += 1
        if self.cut:
            raise EngineError("unreachable", "cut off")


def step(*statements, couchdb=lambda _server, _database: None):
    return Step(statements, couchdb)


INDEXED = step("CREATE INDEX longest ON fact (length(body))")
WRONG = step("CREATE INDEX first ON fact (id)", "CREATE INDEX second ON absent (id)")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hub.sqlite"
    create(path)
    store = SqliteStore(path)
    store.add([FACT])
    store.close()
    return path


def indexes(path):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return connection.execute("PRAGMA user_version").fetchone()[0], [name for (name,) in rows]


def test_there_are_as_many_steps_as_schemas_above_the_first():
    assert len(STEPS) == SCHEMA - 1


def test_a_file_of_an_older_schema_is_opened_after_its_upgrade_and_not_before(file):
    steps = (INDEXED, step("CREATE INDEX again ON derived (body)"))
    with pytest.raises(SettingsError, match="store_older"):
        SqliteStore(file, steps)
    assert upgrade(file, steps) == 2
    assert indexes(file) == (3, ["longest", "again"])
    store = SqliteStore(file, steps)
    assert store.get(FACT["_id"]) == FACT
    store.close()
    assert upgrade(file, steps) == 0


def test_a_step_that_cannot_be_taken_changes_nothing_and_those_before_it_stay(file):
    with pytest.raises(StoreError, match="no such table"):
        upgrade(file, (INDEXED, WRONG))
    assert indexes(file) == (2, ["longest"])
    assert upgrade(file, (INDEXED, step("CREATE INDEX first ON fact (id)"))) == 1
    assert indexes(file) == (3, ["longest", "first"])


def test_a_file_of_a_newer_schema_is_left_as_it_is(file):
    upgrade(file, (INDEXED,))
    before = indexes(file)
    for refused in (SqliteStore, upgrade):
        with pytest.raises(SettingsError, match="store_newer"):
            refused(file)
    assert indexes(file) == before


def test_what_is_no_store_is_not_upgraded(tmp_path):
    with pytest.raises(StoreError):
        upgrade(tmp_path / "nothing")
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE something (id)")
    for refused in (SqliteStore, upgrade):
        with pytest.raises(StoreError, match="is no store"):
            refused(tmp_path / "other")
    assert indexes(tmp_path / "other") == (0, [])


@pytest.fixture
def server(couch):
    made = CouchServer(couch.address())
    yield made
    made.close()


def schema_of(server, room):
    return server.design(room.name, design.DESIGN)["tovay"]["schema"]


def test_a_database_is_led_on_and_a_step_that_was_cut_is_taken_again(room, server):
    room.make()
    cut, last = Recorded(), Recorded()
    steps = (step(couchdb=cut), step(couchdb=last))
    cut.cut = True
    with pytest.raises(EngineError):
        design.upgrade(server, room.name, BRANCH, steps)
    assert (schema_of(server, room), last.runs) == (1, 0)
    cut.cut = False
    assert design.upgrade(server, room.name, BRANCH, steps) == 2
    assert (schema_of(server, room), cut.runs, last.runs) == (3, 2, 1)
    assert design.upgrade(server, room.name, BRANCH, steps) == 0
    assert design.is_whole(server.design(room.name, design.DESIGN))
    with pytest.raises(SettingsError, match="store_newer"):
        room.open()


def test_a_database_of_another_branch_or_of_none_is_not_upgraded(room, server):
    with pytest.raises(SettingsError, match="store_missing"):
        design.upgrade(server, f"{room.name}-other", BRANCH)
    room.make()
    taken = Recorded()
    with pytest.raises(SettingsError, match="store_elsewhere"):
        design.upgrade(server, room.name, design.Branch("KT", BRANCH.root), (step(couchdb=taken),))
    assert (taken.runs, schema_of(server, room)) == (0, 1)


def test_an_older_database_says_what_to_do(room, server):
    room.make()
    stands = server.design(room.name, design.DESIGN)
    with pytest.raises(SettingsError, match="store_older") as refused:
        design.check(stands, room.name, BRANCH, (INDEXED,))
    assert "tovay-hub upgrade" in sentence(refused.value.code, **refused.value.shown)


def test_today_s_schema_passes():
    check(SCHEMA, "hub.sqlite")


def typed(capsys, *words):
    with pytest.raises(SystemExit) as left:
        main([*map(str, words)])
    told = capsys.readouterr()
    return left.value.code, told.out + told.err


def test_the_command_says_what_it_did_and_a_newer_store_stops_every_command(directory, capsys):
    admit(directory)
    assert typed(capsys, "upgrade", "--dir", directory) == (0, f"Kho đã ở dạng {SCHEMA}.\n")
    with opened(directory, ENVIRON) as hub:
        before = hub.store.ids("")
    with closing(sqlite3.connect(directory / "hub.sqlite")) as file:
        file.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    for command in ("upgrade", "status", "fsck"):
        code, told = typed(capsys, command, "--dir", directory)
        assert (code, "phiên bản mới hơn" in told) == (1, True)
    with closing(sqlite3.connect(directory / "hub.sqlite")) as file:
        file.execute(f"PRAGMA user_version = {SCHEMA}")
    with opened(directory, ENVIRON) as hub:
        assert hub.store.ids("") == before
