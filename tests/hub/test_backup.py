"""A backup: every fact, from any store into any other, and from no file that was cut or changed (L15)."""

import gzip
import io
import json

import pytest

from hub.errors import BackupError, StoreError
from hub.marks import MarkFile
from hub.service.upkeep.backup import FORMAT, Backup, fill, header, write_backup
from hub.store.sqlite import SqliteStore, create
from protocol.ids import BranchTip
from tests.fakes.store import MemoryMarks, MemoryStore, Shelves
from tests.hub.store_contract import Appender

ROOT = b"root"
OURS = header("KM", ROOT, "2025-12-09T01:30:00+00:00")
GROUPS = ("KM-001", "KM-0010", "KM-001.A")


def text(group, number, size=40):
    return {"_id": f"{group}:text:{number:04d}", "text": "Vắng nhà " + "x" * size}


@pytest.fixture(params=["memory", "sqlite"])
def empty_store(request, tmp_path):
    """A maker of empty stores of one engine."""
    made = []

    def empty_store():
        made.append(sqlite_store(tmp_path / f"{len(made)}") if request.param == "sqlite" else memory_store())
        return made[-1]

    yield empty_store
    for store in made:
        store.close()


def memory_store():
    return MemoryStore(Shelves())


def sqlite_store(path):
    create(path)
    return SqliteStore(path)


@pytest.fixture
def store(empty_store):
    """A store with what a branch has: groups, seals, texts, and caches beside them."""
    store = empty_store()
    log = Appender()
    store.add([{"_id": f"~branch:group:{code}", "group": code} for code in GROUPS])
    for _ in range(3):
        log.append_to(store)
    store.add([text(code, number) for code in GROUPS for number in range(250)])
    store.put_derived({"_id": "KM-001:summary", "length": 3})
    return store


def written(store, tick=lambda: None):
    out = io.BytesIO()
    write_backup(store, OURS, out, tick)
    return out.getvalue()


def backup(raw):
    return Backup(io.BytesIO(raw))


def facts(store):
    found, after = [], ""
    while page := store.scan("", after):
        found += page
        after = found[-1]["_id"]
    return found


def filled(store, raw, marks=None):
    told = []
    new = fill(store, marks or MemoryMarks(), backup(raw), told.append)
    return new, told


def lines(raw):
    return gzip.decompress(raw).splitlines()


def packed(rows):
    return gzip.compress(b"".join(row + b"\n" for row in rows))


def test_what_was_backed_up_is_in_the_other_store_byte_for_byte_without_its_caches(store, empty_store):
    other = empty_store()
    raw, ticks = io.BytesIO(), []
    count = write_backup(store, OURS, raw, lambda: ticks.append(1))
    assert (count, len(ticks)) == (len(facts(store)), 4)
    read = []
    assert backup(raw.getvalue()).verify(read.append) == count
    assert max(read) == len(raw.getvalue())
    new, told = filled(other, raw.getvalue())
    assert (new, told[-1]) == (count, count)
    assert facts(other) == facts(store)
    assert other.scan_derived("") == ()
    assert written(other) == raw.getvalue()


def test_a_branch_moves_from_each_engine_to_each_other(store, tmp_path, room):
    moved = sqlite_store(tmp_path / "moved")
    couchdb = room.make().open()
    filled(moved, written(store))
    assert filled(couchdb, written(moved))[0] == len(facts(store))
    assert filled(couchdb, written(moved))[0] == 0
    back = memory_store()
    filled(back, written(couchdb))
    assert facts(back) == facts(couchdb) == facts(moved) == facts(store)
    moved.close()


def test_the_file_says_what_it_is_in_its_first_and_last_line(store):
    first, *rows, last = lines(written(store))
    assert json.loads(first) == {
        "tovay_backup": 1,
        "branch": "KM",
        "root": "4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2",  # SHA-256 of "root"
        "taken_at": "2025-12-09T01:30:00+00:00",
        "schema": 1,
    }
    assert json.loads(last)["facts"] == len(rows) == 3 + 3 + 750
    assert b"~branch:" in rows[0]


def test_what_is_added_while_a_group_is_read_stays_out_of_it(store):
    class Growing:
        """A seal and its text come while the group is read."""

        def __getattr__(self, name):
            return getattr(store, name)

        def scan(self, prefix, after="", limit=1_000):
            if prefix == "KM-001:":
                store.add([text("KM-001", 9_000), {"_id": "KM-001:seal:zz", "seal": ""}])
            return store.scan(prefix, after, limit)

    before = facts(store)
    raw = written(Growing())
    assert sorted(json.loads(row)["_id"] for row in lines(raw)[1:-1]) == [one["_id"] for one in before]


def test_a_backup_that_a_restoration_crosses_is_made_again(store):
    def tick():
        store.add([{"_id": "~branch:restored:00000001", "restoration": {}}])

    with pytest.raises(BackupError, match="backup_outrun"):
        written(store, tick)


def test_a_fact_that_the_engine_lists_and_does_not_have_ends_the_backup(store):
    class Forgetful:
        def __getattr__(self, name):
            return getattr(store, name)

        def ids(self, prefix):
            return (*store.ids(prefix), f"{prefix}text:gone")

    with pytest.raises(StoreError, match="were listed and are not there"):
        written(Forgetful())


def test_a_flipped_byte_is_refused_or_says_nothing(store):
    """Gzip's header has bytes that nobody reads (its time, its system), and its stream ends in idle bits."""
    raw, whole, idle = written(store), facts(store), 0
    ends = {*range(40), *range(len(raw) - 40, len(raw))}
    for place in {*ends, *range(40, len(raw), len(raw) // 300)}:
        flipped = bytearray(raw)
        flipped[place] ^= 1 << (place % 8)
        try:
            kept = list(backup(bytes(flipped)).facts())
        except BackupError:
            continue
        assert sorted(kept, key=lambda fact: fact["_id"]) == whole
        idle += 1
    assert idle < 12


def test_a_file_that_was_cut_anywhere_is_refused(store):
    raw = written(store)
    for end in {*range(40), *range(40, len(raw), len(raw) // 97), len(raw) - 1}:
        with pytest.raises(BackupError, match="backup_damaged"):
            backup(raw[:end]).verify(lambda _: None)


def test_a_file_whose_lines_were_changed_is_refused(store):
    first, one, two, *rows, last = lines(written(store))
    wrong = [
        (first, two, one, *rows, last),
        (first, one, *rows, last),
        (first, one, one, two, *rows, last),
        (first, one, two, *rows),
        (first, one, two, *rows, last, one),
        (first, one, two, *rows, last, b""),
        (first, b" " + one, two, *rows, last),
        (first, b"[" * 100_000, two, *rows, last),
        (first, b'{"_id":"no-colon"}', two, *rows, last),
        (one, two, *rows, last),
        (last,),
        (b"",),
        (b'{"tovay_backup":"1"}', last),
    ]
    for made in wrong:
        with pytest.raises(BackupError, match="backup_damaged"):
            backup(packed(made)).verify(lambda _: None)
    with pytest.raises(BackupError, match="backup_damaged"):
        backup(packed((first, b"x" * 4_000_003, last))).verify(lambda _: None)


@pytest.mark.parametrize(
    "newer", [{"tovay_backup": FORMAT + 1}, {"schema": 2}, {"tovay_backup": 9, "more": 1}]
)
def test_a_file_of_a_newer_format_says_so(newer):
    first = json.dumps({"tovay_backup": 1, "branch": "KM", "schema": 1} | newer).encode()
    with pytest.raises(BackupError, match="backup_newer"):
        backup(packed((first,)))


def test_a_file_of_an_older_schema_says_so_and_one_of_no_format_is_none():
    first = {"tovay_backup": 1, "branch": "KM", "root": "", "taken_at": "", "schema": 1}
    with pytest.raises(BackupError, match="backup_older"):
        backup(packed((json.dumps(first | {"schema": 0}).encode(),)))
    with pytest.raises(BackupError, match="backup_damaged"):
        backup(packed((json.dumps(first | {"tovay_backup": 0}).encode(),)))


def test_a_store_with_anything_else_in_it_is_left_as_it_is(store, empty_store):
    raw = written(store)
    for other in ([text("KM-002", 1)], [text("KM-001", 3, size=41)], [text("KM-001", 3), text("KM-009", 1)]):
        target = empty_store()
        target.add(other)
        with pytest.raises(BackupError, match="backup_not_empty"):
            filled(target, raw)
        assert len(facts(target)) == len(other)


def test_a_restore_that_was_killed_at_any_write_is_finished_by_the_next(store):
    raw = written(store)
    whole = facts(store)
    for writes in range(8):
        shelves, marks = Shelves(), MemoryMarks()
        shelves.trap = trap_after(writes)
        with pytest.raises(KeyboardInterrupt):
            filled(MemoryStore(shelves), raw, marks)
        shelves.trap = None
        assert marks.are_missing
        there = len(shelves.ids)
        assert filled(MemoryStore(shelves), raw, marks)[0] == len(whole) - there
        assert facts(MemoryStore(shelves)) == whole
        assert filled(MemoryStore(shelves), raw, marks)[0] == 0


def trap_after(writes):
    left = [writes]

    def trap(_):
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1

    return trap


def test_somebody_who_writes_into_the_store_meanwhile_ends_the_restore(store):
    raw = written(store)
    shelves = Shelves()
    target = MemoryStore(shelves)
    shelves.trap = lambda when: shelves.add("KM-001:text:0249", b'{"_id":"KM-001:text:0249"}')
    with pytest.raises(StoreError, match="was written to"):
        filled(target, raw)


def test_L15_marks_of_a_new_directory_are_lost_and_those_of_the_branch_stay(store, empty_store):
    raw, known = written(store), MemoryMarks()
    known.put("KM-001", BranchTip(0, 3, bytes(32)))
    filled(empty_store(), raw, known)
    assert (known.are_missing, known.groups()) == (False, ("KM-001",))
    new = MemoryMarks()
    filled(empty_store(), raw, new)
    assert new.are_missing


def test_L15_marks_that_cannot_be_read_are_left_as_they_are(store, empty_store, tmp_path):
    path = tmp_path / "marks.sqlite"
    path.write_bytes(b"what a full disk or another user's file looks like")
    marks = MarkFile(path)
    filled(empty_store(), written(store), marks)
    assert marks.are_missing
    assert path.read_bytes().startswith(b"what a full disk")
