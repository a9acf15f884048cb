"""A founded branch with two enrolled phones, made once with the programs and copied for every test."""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from cast import Branch, Phone, found_branch
from stage import Hub

from hub.settings import STORE
from tests.system.stores import InFolder, OnCouch
from tests.system.warm import WarmStage

SAMPLE = Path(__file__).parents[2] / "examples" / "kinh_mon"
GROUP, DAY = "KM-001", "2025-12-17"


class Village:
    """The stage, the branch, its hub (not started) and the phones of leader and deputy, in one folder.

    ``store`` is where the hub's documents are.
    """

    def __init__(self, folder, store):
        self.folder, self.store = folder, store
        self.stage = WarmStage(folder)
        self.hub = Hub(self.stage, folder / "branch")
        self.branch = Branch(self.stage, folder / "branch", folder / "branch-passphrase")
        self.leader, self.deputy = Phone(self.stage, "leader"), Phone(self.stage, "deputy")

    def day(self, command, *words):
        """A ``tovay-hub`` command on the group's transaction day, whatever it ends with."""
        return self.branch.attempt(command, "--group", GROUP, "--day", DAY, *words)

    def verdict(self):
        """What ``tovay-hub fsck`` says, with faults or without."""
        return self.branch.attempt("fsck", "--json")

    def back_up(self, what="branch"):
        """Keep a copy of the branch as it is, or of a phone's folder."""
        shutil.copytree(self.folder / what, self.folder / f"old-{what}")
        if what == "branch":
            self._backup = self.store.copy()

    def put_back(self, what="branch"):
        """It is as it was when it was copied, and nothing is left of what came after."""
        shutil.rmtree(self.folder / what)
        shutil.copytree(self.folder / f"old-{what}", self.folder / what)
        if what == "branch":
            self.store.put_back(self._backup)

    def close(self):
        """Nothing runs any more, and nothing is left on a server."""
        self.hub.stop()
        self.store.close()


@pytest.fixture(scope="session")
def new_store(request, tmp_path_factory):
    """Makes a place for the documents of another branch, as ``--store`` says."""
    if request.config.getoption("store") == "sqlite":
        return InFolder
    couch = request.getfixturevalue("couch")
    password_file = tmp_path_factory.mktemp("couchdb-password") / "password"
    password_file.write_text(couch.password, encoding="utf-8")
    return lambda: OnCouch(couch, password_file)


@pytest.fixture
def store(new_store):
    """A place for the documents of a branch that a story founds itself."""
    made = new_store()
    yield made
    made.close()


@pytest.fixture(scope="session")
def founded(tmp_path_factory, new_store):
    """The village that every other one is a copy of."""
    village = Village(tmp_path_factory.mktemp("founded") / "village", new_store())
    village.folder.mkdir()
    found_branch(village.stage, village.hub.url, *village.store.words)
    export = village.folder.parent / "export"
    village.stage.run(sys.executable, SAMPLE / "generate.py", "--groups", 2, "--out", export)
    village.branch.run("import-book", export)
    village.hub.start()
    for role in ("leader", "deputy"):
        village.branch.enrol(role, GROUP, village.hub.url)
    village.hub.stop()
    assert (village.folder / "branch" / STORE).exists() == isinstance(village.store, InFolder)
    yield village
    village.close()


@contextmanager
def copied(founded, folder):
    """A village of its own in a new folder, its hub at another address, on 10 December."""
    shutil.copytree(founded.folder, folder)
    made = Village(folder, founded.store.twin())
    for file in ("branch/hub.toml", "phone-leader/phone.toml", "phone-deputy/phone.toml"):
        path = made.folder / file
        text = path.read_text(encoding="utf-8").replace(founded.hub.url, made.hub.url)
        text = text.replace(founded.store.name, made.store.name)
        path.write_text(text.replace(str(founded.folder), str(made.folder)), encoding="utf-8")
    made.stage.now = "2025-12-10T08:30:00+07:00"
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def village(tmp_path, founded):
    """A village for one test; nothing runs at the end."""
    with copied(founded, tmp_path / "village") as made:
        yield made
