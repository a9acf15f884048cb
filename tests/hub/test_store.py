"""The document store on SQLite: the contract, and what only a file can suffer."""

import signal
import sqlite3
import subprocess
import sys
import textwrap

import pytest

from hub.errors import DamagedError, StoreError
from hub.ports import Added
from hub.store.sqlite import SqliteStore, create
from tests.hub.store_contract import StoreContract, document


@pytest.fixture
def path(tmp_path):
    create(tmp_path / "hub.sqlite")
    return tmp_path / "hub.sqlite"


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def open_store(self, path):
        opened = []

        def another():
            opened.append(SqliteStore(path))
            return opened[-1]

        yield another
        for store in opened:
            store.close()


def test_a_store_is_made_once(path):
    with pytest.raises(StoreError):
        create(path)
    assert SqliteStore(path).ids("") == ()


def test_a_file_that_is_no_store_is_not_opened(tmp_path):
    with pytest.raises(StoreError):
        SqliteStore(tmp_path / "missing.sqlite")
    assert not (tmp_path / "missing.sqlite").exists()
    sqlite3.connect(tmp_path / "other.sqlite").close()
    (tmp_path / "other.sqlite").touch()
    with pytest.raises(StoreError, match="no store of version 1"):
        SqliteStore(tmp_path / "other.sqlite")
    (tmp_path / "text.sqlite").write_text("no database at all, only a text of some length" * 40)
    with pytest.raises(StoreError):
        SqliteStore(tmp_path / "text.sqlite")


@pytest.mark.parametrize("statement", ["UPDATE fact SET body = ''", "DELETE FROM fact"])
def test_the_file_itself_refuses_to_change_a_fact(path, statement):
    SqliteStore(path).add([document("KM-001:text:00")])
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="facts stay"):
        connection.execute(statement)


@pytest.mark.parametrize("body", ["{", "[]", '{"_id": "KM-001:text:01"}', "{}"])
def test_a_document_that_is_not_its_own_is_damaged(path, body):
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO fact VALUES ('KM-001:text:00', ?)", (body,))
    store = SqliteStore(path)
    with pytest.raises(DamagedError) as damaged:
        store.get("KM-001:text:00")
    assert damaged.value.where == "KM-001:text:00"
    with pytest.raises(DamagedError):
        store.scan("KM-001:")


def test_a_torn_page_is_found_by_the_engines_own_check(path):
    store = SqliteStore(path)
    store.add([document(f"KM-001:text:{number:04d}", text="x" * 200) for number in range(400)])
    store.close()
    raw = bytearray(path.read_bytes())
    raw[4096 * 6 : 4096 * 6 + 64] = bytes(64)
    path.write_bytes(raw)
    found = SqliteStore(path).faults()
    assert found


def test_an_error_of_the_engine_leaves_as_a_store_error_and_the_store_goes_on(path):
    store = SqliteStore(path)
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE fact RENAME TO gone")
    with pytest.raises(StoreError):
        store.get("KM-001:text:00")
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE gone RENAME TO fact")
    assert store.add([document("KM-001:text:00")]) == (Added.NEW,)


ADD_UNTIL_KILLED = """
    import sys
    from pathlib import Path
    from hub.store.sqlite import SqliteStore
    store = SqliteStore(Path(sys.argv[1]))
    number = 0
    while True:
        store.add([{"_id": f"KM-001:text:{number:06d}"}])
        print(f"KM-001:text:{number:06d}", flush=True)
        number += 1
"""

FILL_THE_DISK = """
    import resource, sys
    from pathlib import Path
    from hub.errors import StoreError
    from hub.store.sqlite import SqliteStore
    store = SqliteStore(Path(sys.argv[1]))
    store.add([{"_id": "KM-001:text:first"}])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    kept = ["KM-001:text:first"]
    try:
        for number in range(1_000):
            store.add([{"_id": f"KM-001:text:{number:04d}", "text": "x" * 5_000}])
            kept.append(f"KM-001:text:{number:04d}")
    except StoreError as error:
        print("refused", len(kept) > 1, set(store.ids("")) == set(kept))
"""


def python(program: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]


@pytest.mark.crash
def test_N60_what_was_added_is_there_after_the_process_is_killed(path):
    with subprocess.Popen(python(ADD_UNTIL_KILLED, path), stdout=subprocess.PIPE, text=True) as adding:
        told = [adding.stdout.readline().strip() for _ in range(30)]
        adding.send_signal(signal.SIGKILL)
        told += adding.stdout.read().split()
    store = SqliteStore(path)
    assert set(told) <= set(store.ids(""))
    assert len(store.ids("")) <= len(told) + 1
    assert store.faults() == ()


@pytest.mark.crash
def test_N86_on_a_full_disk_an_add_is_refused_whole_and_reading_goes_on(path):
    told = subprocess.run(python(FILL_THE_DISK, path), capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["refused", "True", "True"]
    assert SqliteStore(path).faults() == ()
