"""What was shown as saved is there after any crash, and damage is never silent (threats P60–P63)."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys

import pytest

from edge.collection import Deposit
from edge.errors import EdgeError, Fault
from edge.native import LEDGER
from tests.edge.steps import take
from tests.edge.village import a_village
from tests.fakes.places import Place
from tests.house.sources import ROOT

pytestmark = pytest.mark.crash
WAL = f"{LEDGER}-wal"
DEPOSIT = Deposit(5_000)
FAULTS_OF_DAMAGE = {Fault.DAMAGED, Fault.OTHER_DEVICE, Fault.NEWER_LEDGER, Fault.NOT_ENROLLED}


@pytest.fixture
def home(tmp_path):
    """The place of an enrolled phone that is closed."""
    place = Place(tmp_path / "leader", a_village())
    place.enrol().ledger.close()
    return place


def collecting(home, **given):
    """Start a process that takes deposits."""
    command = [sys.executable, "-m", "tests.edge.collecting", str(home.directory), "10000"]
    # A killed process would leave half a coverage file, and the writes of coverage are not the ledger's.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, **given)


def shown(output):
    """Receipts that a process had shown as saved; a line that the crash cut is none."""
    return [int(line) for line in output.split("\n")[:-1] if line.isdigit()]


def kept(home):
    """What is there after reopening; the phone must open, go on, and have lost nothing of its chain."""
    phone = home.unlock()
    assert phone.stopped is None
    seqs = [entry.seq for entry in phone.own.entries]
    phone.ledger.close()
    return seqs


def check(home, acknowledged):
    """Every acknowledged receipt is kept; at most one more was on its way."""
    found = kept(home)
    assert found == list(range(1, len(found) + 1))
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 1


def test_P60_whatever_was_shown_as_saved_survives_being_killed_at_any_moment(home):
    chance = random.Random(60)  # noqa: S311 (the same chance every time)
    acknowledged = []
    for _ in range(8):
        running = collecting(home)
        lines = [running.stdout.readline() for _ in range(chance.randint(1, 6))]
        running.send_signal(signal.SIGKILL)
        rest, _ = running.communicate()
        acknowledged += shown("".join(lines) + rest)
        found = kept(home)
        assert found[: len(acknowledged)] == acknowledged
        assert len(found) <= len(acknowledged) + 1
        acknowledged = found


def test_P62_a_torn_tail_of_the_write_ahead_log_loses_only_what_was_not_saved(home):
    running = collecting(home)
    lines = [running.stdout.readline() for _ in range(7)]
    running.kill()
    rest, _ = running.communicate()
    acknowledged = shown("".join(lines) + rest)
    with (home.directory / WAL).open("ab") as tail:
        tail.write(bytes(range(256)) * 20)
    check(home, acknowledged)


def test_P62_a_write_ahead_log_that_lost_saved_receipts_is_noticed(home):
    running = collecting(home)
    for _ in range(7):
        running.stdout.readline()
    running.kill()
    running.communicate()
    whole = (home.directory / WAL).read_bytes()
    for length in (None, 0, 10, len(whole) // 2):
        home.ledger.with_name(WAL).write_bytes(whole[:length])
        if length is None:
            home.ledger.with_name(WAL).unlink()
        copy = Place(home.directory.with_name(f"copy{length}"), home.hub)
        shutil.copytree(home.directory, copy.directory, dirs_exist_ok=True)
        phone = copy.unlock()
        assert phone.stopped is Fault.BEHIND_MARK
        phone.ledger.close()


def test_P63_one_flipped_bit_is_found_or_changes_nothing(home):
    phone = home.unlock()
    for _ in range(3):
        take(phone, "4", "none", [DEPOSIT], again=True)
    phone.seal()
    before = _content(phone)
    phone.ledger.close()
    raw = home.ledger.read_bytes()
    used = [place for place, byte in enumerate(raw) if byte]
    chance = random.Random(63)  # noqa: S311 (the same chance every time)
    found = 0
    for place in chance.sample(used, 100):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << chance.randrange(8)
        home.ledger.write_bytes(flipped)
        content, fault = _read_back(home)
        assert content == before or fault in FAULTS_OF_DAMAGE, place
        found += fault is not None
    assert found > 60


def test_P61_a_disk_that_takes_no_more_is_told_and_nothing_saved_is_lost(home):
    def no_larger_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = home.ledger.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40_000, size + 40_000))

    running = collecting(home, preexec_fn=no_larger_files)
    output, _ = running.communicate(timeout=60)
    assert output.split("\n")[-2] in {Fault.STORAGE_FAILED, Fault.STORAGE_FULL}
    acknowledged = shown(output)
    assert len(acknowledged) > 1
    assert kept(home) == acknowledged
    phone = home.unlock()
    take(phone, "4", "none", [DEPOSIT], again=True)
    phone.ledger.close()


def _read_back(home):
    try:
        opened = home.unlock()
    except EdgeError as error:
        return None, error.fault
    content = _content(opened)
    opened.ledger.close()
    return content, None


def _content(phone):
    return (
        phone.own.entries,
        [one.raw for one in phone.own.seals],
        [placed.hash for placed in phone.group.branch.entries],
        phone.group.texts,
    )
