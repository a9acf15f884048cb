"""``init`` killed at its flushes: what is left is either a whole branch or one that nothing loads from."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from provisioning.authority import load_authority, load_hub_signer
from provisioning.errors import IncompleteDirectoryError, OccupiedDirectoryError
from provisioning.founding import Passphrases, Places, found_branch
from provisioning.settings import load
from tests.provisioning.branch import NOW, PASSPHRASE, ROOT_PASSPHRASE

pytestmark = pytest.mark.crash
BOTH = Passphrases(PASSPHRASE, ROOT_PASSPHRASE)
# Seven files, the register (flushed by SQLite, with fdatasync), the root's two files, the settings.
POINTS = [("fsync", number) for number in range(1, 16)] + [("fdatasync", number) for number in (1, 4)]

FOUNDING = (
    sys.executable,
    "-c",
    f"""
import sys
from datetime import datetime
from pathlib import Path
from provisioning.founding import Passphrases, Places, found_branch
folder = Path(sys.argv[1])
found_branch(Places(folder / "branch", folder / "medium"), "KM", Passphrases{PASSPHRASE, ROOT_PASSPHRASE},
    datetime.fromisoformat({NOW.isoformat()!r}))
""",
)


def killed(folder, flush, number):
    """Found a branch in a process that strace kills at that flush; returns whether it came so far."""
    folder.mkdir()
    variables = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    inject = f"inject={flush}:signal=KILL:when={number}"
    left = subprocess.run(
        ["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"trace={flush}", "-e", inject, *FOUNDING, folder],
        env=variables | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    ).returncode
    assert left in (0, -signal.SIGKILL, 128 + signal.SIGKILL)
    return left != 0


@pytest.mark.crash
def test_an_init_killed_at_a_flush_leaves_a_whole_branch_or_none(tmp_path):
    folders = [tmp_path / f"{flush} {number}" for flush, number in POINTS]
    with ThreadPoolExecutor(2) as pool:
        kills = list(pool.map(lambda folder, point: killed(folder, *point), folders, POINTS))
    whole = [check_what_is_left(Places(folder / "branch", folder / "medium")) for folder in folders]
    # The last fsync is after the renaming of the last file; a fifteenth there is none.
    assert kills == [point != ("fsync", 15) for point in POINTS]
    assert [point for point, is_whole in zip(POINTS, whole, strict=True) if is_whole] == [
        ("fsync", 14),
        ("fsync", 15),
    ]


def check_what_is_left(places):
    """Whether a whole branch is there; it is refused to the next founding either way."""
    try:
        load(places.branch)
    except IncompleteDirectoryError:
        with pytest.raises(IncompleteDirectoryError):
            found_branch(places, "KM", BOTH, NOW)
        return False
    with pytest.raises(OccupiedDirectoryError):
        found_branch(places, "KM", BOTH, NOW)
    load_hub_signer(places.branch, PASSPHRASE)
    load_authority(places.branch, PASSPHRASE)
    return True
