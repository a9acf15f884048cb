"""The branch of the cells: `serve CELL` founds it and serves it; `read-back CELL` tells its receipts."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import convert

from bench.sync.workload import identity
from hub.app import initialise, opened
from hub.settings import Settings
from protocol.phone_facts import Collected
from provisioning.founding import Passphrases, Places, found_branch

NOW = datetime(2025, 12, 10, 3, tzinfo=UTC)
ORIGIN = "https://hub.bench"
ENVIRON = {"TOVAY_NOW": NOW.isoformat()}
OPENED_BY = "passphrase"
PASSPHRASE = b"mat khau cua may chu"
GENERATE = Path(__file__).parents[2] / "examples" / "kinh_mon" / "generate.py"
PROGRAMS = Path(sys.executable).parent


def group_of(phone: int) -> str:
    """Every phone has a group of its own, as leaders do."""
    return f"KM-{phone + 1:03d}"


def main() -> None:
    """Do one of the two."""
    wish, told = sys.argv[1:]
    cell = json.loads(Path(told).read_text())
    branch = Path(cell["folder"]) / "branch"
    if wish == "serve":
        found(Path(cell["folder"]), branch, cell["phones"])
        serve(branch)
    else:
        json.dump(receipts(branch, cell["phones"]), sys.stdout)


def found(folder: Path, branch: Path, groups: int, store: Mapping[str, str] | None = None) -> None:
    """A branch with as many groups of Kinh Môn as there are phones; ``store`` are keys of ``hub.toml``."""
    book = folder / "book"
    subprocess.run([sys.executable, GENERATE, "--groups", str(groups), "--out", book], check=True)
    passphrases = Passphrases(PASSPHRASE, b"mat khau cua khoa goc")
    found_branch(Places(branch, folder / "root"), "PGD-KINHMON", passphrases, NOW)
    (branch / OPENED_BY).write_bytes(PASSPHRASE)
    told = {"passphrase_file": OPENED_BY, "origin": ORIGIN, **(store or {})}
    initialise(branch, convert(told, Settings))
    command = [PROGRAMS / "tovay-hub", "import-book", book, "--dir", branch, "--json"]
    subprocess.run(command, env=os.environ | ENVIRON, stdout=subprocess.DEVNULL, check=True)


def serve(branch: Path) -> None:
    """Become the hub, after saying where it will listen."""
    command = [PROGRAMS / "tovay-hub", "serve", "--dir", branch, "--port", "0"]
    with subprocess.Popen(command, env=os.environ | ENVIRON, stdout=subprocess.PIPE, text=True) as hub:
        assert hub.stdout is not None
        address = json.loads(hub.stdout.readline())["address"]
        print(json.dumps({"port": int(address.rpartition(":")[2])}), flush=True)
        try:
            sys.stdin.read()
        finally:
            hub.terminate()


def receipts(branch: Path, phones: int) -> dict[str, int]:
    """Cash of every collection that the branch has received, by name."""
    found = {}
    with opened(branch, ENVIRON) as hub:
        for phone in range(phones):
            for fact in hub.groups.load(group_of(phone)).facts:
                if isinstance(one := fact.entry, Collected) and fact.received is not None:
                    cash = sum(line.interest for line in one.lines)
                    cash += sum(line.amount for line in one.savings)
                    found[identity(phone, one.receipt_no)] = cash
    return found


if __name__ == "__main__":
    main()
