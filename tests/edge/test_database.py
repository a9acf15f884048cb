"""The SQLite file: append-only, one process at a time, and its errors told apart."""

import sqlite3

import pytest

from edge.database import VERSION, open_database, saving, told
from edge.errors import Fault
from tests.edge.steps import fault_of


@pytest.fixture
def database(tmp_path):
    """An open ledger file with one row."""
    opened = open_database(tmp_path / "ledger.sqlite")
    with saving(opened):
        add(opened, "entry", 1)
    yield opened
    opened.close()


def add(database, shelf, seq, sealed=b"body"):
    database.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", (shelf, b"log", seq, sealed))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kept SET sealed = x'00'",
        "UPDATE kept SET seq = 2",
        "DELETE FROM kept",
        "INSERT OR REPLACE INTO kept VALUES ('entry', x'6c6f67', 1, x'00')",
        "INSERT INTO kept VALUES ('entry', x'6c6f67', 3, x'00')",
        "INSERT INTO kept VALUES ('entry', x'6c6f67', 0, x'00')",
        "INSERT INTO kept VALUES ('drawer', x'6c6f67', 1, x'00')",
        "INSERT INTO kept VALUES ('entry', x'6c6f67', 2, 'text')",
        "INSERT INTO kept VALUES ('entry', x'6c6f67', 2.5, x'00')",
    ],
)
def test_what_was_kept_is_never_changed_removed_or_skipped(database, statement):
    with pytest.raises(sqlite3.IntegrityError), saving(database):
        database.execute(statement)
    assert database.execute("SELECT shelf, seq, sealed FROM kept").fetchall() == [("entry", 1, b"body")]


def test_a_row_is_not_replaced_on_any_shelf(database):
    with saving(database):
        add(database, "seal", 1)
    with pytest.raises(sqlite3.IntegrityError, match="never removed"), saving(database):
        database.execute("INSERT OR REPLACE INTO kept VALUES ('seal', x'6c6f67', 1, x'00')")


def test_a_detached_text_may_be_erased_but_not_changed(database):
    with saving(database):
        database.execute("INSERT INTO texts VALUES (x'01', x'02')")
    with pytest.raises(sqlite3.IntegrityError), saving(database):
        database.execute("UPDATE texts SET sealed = x'03'")
    with saving(database):
        database.execute("DELETE FROM texts")


def test_a_transaction_that_fails_leaves_nothing(database):
    def fail_half_way():
        with saving(database):
            add(database, "entry", 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert database.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_a_commit_is_flushed_and_needs_no_shared_memory(database, tmp_path):
    pragmas = ("journal_mode", "synchronous", "locking_mode")
    assert [database.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas] == ["wal", 2, "exclusive"]
    assert not (tmp_path / "ledger.sqlite-shm").exists()


def test_P69_a_second_process_is_told_that_the_ledger_is_open(database, tmp_path):
    assert fault_of(open_database, tmp_path / "ledger.sqlite") is Fault.IN_USE
    database.close()
    open_database(tmp_path / "ledger.sqlite").close()


def test_a_ledger_of_a_newer_release_is_left_alone(database, tmp_path):
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()
    before = (tmp_path / "ledger.sqlite").read_bytes()
    assert fault_of(open_database, tmp_path / "ledger.sqlite") is Fault.NEWER_LEDGER
    assert (tmp_path / "ledger.sqlite").read_bytes() == before


def test_P71_an_interrupted_creation_is_done_again(tmp_path):
    path = tmp_path / "ledger.sqlite"
    half = sqlite3.connect(path)
    half.execute("PRAGMA journal_mode = WAL")
    half.close()
    opened = open_database(path)
    assert set(opened.table_names()) == {"kept", "texts", "notes", "keystore"}
    opened.close()


@pytest.mark.parametrize("change", ["DROP TRIGGER kept_is_never_changed", "CREATE TABLE more (a)"])
def test_a_ledger_without_its_own_definitions_is_damaged(database, tmp_path, change):
    database.execute(change)
    database.close()
    assert fault_of(open_database, tmp_path / "ledger.sqlite") is Fault.DAMAGED


def test_a_file_that_is_no_database_is_damaged(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"x" * 10_000)
    assert fault_of(open_database, tmp_path / "ledger.sqlite") is Fault.DAMAGED


def test_a_directory_that_is_not_there_is_a_storage_fault(tmp_path):
    assert fault_of(open_database, tmp_path / "nowhere" / "ledger.sqlite") is Fault.STORAGE_FAILED


def test_P61_a_full_disk_is_told_and_what_was_kept_is_read(database):
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")

    def fill():
        with saving(database):
            add(database, "seal", 1, bytes(60_000))

    assert fault_of(fill) is Fault.STORAGE_FULL
    assert database.execute("SELECT count(*) FROM kept").fetchone() == (1,)
    database.execute(f"PRAGMA max_page_count = {pages + 100}")
    fill()


def test_a_defect_in_a_statement_of_ours_is_not_called_a_fault_of_the_disk(database):
    with pytest.raises(sqlite3.OperationalError), told():
        database.execute("SELECT nothing FROM nowhere")
