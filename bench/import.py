"""How long a bank office's loan book takes to come in: `./just bench import [--groups 521]`.

An office of 521 groups has about 30,000 loans. The same machine then writes the same documents (a transaction
for each seal, as the import does it) without reading, planning or checking anything: the ratio says what the
import costs beyond that. A second import of the same files says what finding nothing new costs.
"""

import argparse
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from hub.app import Hub, initialise, opened
from hub.documents import Document, bytes_of, document_id
from hub.service.loan_book.imports import Wish, import_book, plan_book
from hub.settings import Settings
from hub.store.sqlite import SqliteStore, create
from protocol.day import day_of
from protocol.limits import SALT_BYTES
from provisioning.founding import Passphrases, Places, found_branch

GENERATE = Path(__file__).parents[1] / "examples" / "kinh_mon" / "generate.py"
NOW = datetime(2025, 12, 3, 1, tzinfo=UTC)
TARGET_S = 60
OPENED_BY = "passphrase"
PASSPHRASE = b"mat khau cua may chu"
T = TypeVar("T")


def main() -> None:
    """Print one line for each measure."""
    parser = argparse.ArgumentParser(description="Import an office's loan book.")
    parser.add_argument("--groups", type=int, default=521, help="number of groups (1 to 9999)")
    groups = parser.parse_args().groups
    with tempfile.TemporaryDirectory(prefix="tovay-") as name:
        folder = Path(name)
        subprocess.run(
            [sys.executable, GENERATE, "--groups", str(groups), "--out", folder / "book"], check=True
        )
        found(folder)
        environ = {"TOVAY_NOW": NOW.isoformat()}
        with opened(folder / "branch", environ, sealing=True) as hub:
            loans, first_s = timed(lambda: taken_in(hub, folder / "book"))
            again, second_s = timed(lambda: taken_in(hub, folder / "book"))
            documents = list(everything(hub))
        assert loans
        assert not again
        _, raw_s = timed(lambda: written_raw(folder / "raw.sqlite", documents))
    size = sum(len(bytes_of(document, "seal")) for document in documents if "seal" in document)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{groups} groups, {loans:,} loans, {len(documents):,} documents, {size:,} bytes of seals")
    print(f"import            {first_s:8.1f} s   target {TARGET_S} s for 30,000 loans")
    print(f"the same again    {second_s:8.1f} s")
    print(f"the same raw      {raw_s:8.1f} s   ratio {first_s / raw_s:.1f}")
    print(f"peak memory       {peak:8d} MB")


def found(folder: Path) -> None:
    """A branch with a store."""
    passphrases = Passphrases(PASSPHRASE, b"mat khau cua khoa goc")
    found_branch(Places(folder / "branch", folder / "root"), "PGD-KINHMON", passphrases, NOW)
    (folder / "branch" / OPENED_BY).write_bytes(PASSPHRASE)
    initialise(folder / "branch", Settings(passphrase_file=OPENED_BY))


def taken_in(hub: Hub, book: Path) -> int:
    """Import everything; the number of loans that came in."""
    loans = []
    wish = Wish(book, None, day_of(NOW), "core")
    planned = plan_book(hub.groups, wish, lambda: secrets.token_bytes(SALT_BYTES), lambda _: None)
    assert not planned.plan.refused
    import_book(hub.groups, planned, loans.append)
    return sum(loans)


def everything(hub: Hub) -> list[Document]:
    """Every fact of the store."""
    found: list[Document] = []
    while page := hub.store.scan("", document_id(found[-1]) if found else ""):
        found.extend(page)
    return found


def written_raw(path: Path, documents: list[Document]) -> None:
    """The same facts into an empty store: one transaction for each seal, one for a group's texts."""
    create(path)
    store = SqliteStore(path)
    texts = defaultdict(list)
    for document in documents:
        group, kind, *_ = document_id(document).split(":")
        if kind == "text":
            texts[group].append(document)
        else:
            store.add([document])
    for batch in texts.values():
        store.add(batch)
    store.close()


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What some work gives, and how many seconds it took."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


if __name__ == "__main__":
    main()
