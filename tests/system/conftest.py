"""A founded branch with two enrolled phones, made once with the programs and copied for every test."""

import shutil
import sys
from pathlib import Path

import pytest
from cast import Branch, Phone, found_branch
from stage import Hub

from tests.system.warm import WarmStage

SAMPLE = Path(__file__).parents[2] / "examples" / "kinh_mon"
GROUP, DAY = "KM-001", "2025-12-17"


class Village:
    """The stage, the branch, its hub (not started) and the phones of leader and deputy, in one folder."""

    def __init__(self, folder):
        self.folder = folder
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


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """The folder that every village is a copy of, and the address of its hub."""
    village = Village(tmp_path_factory.mktemp("founded") / "village")
    village.folder.mkdir()
    found_branch(village.stage, village.hub.url)
    export = village.folder.parent / "export"
    village.stage.run(sys.executable, SAMPLE / "generate.py", "--groups", 2, "--out", export)
    village.branch.run("import-book", export)
    village.hub.start()
    for role in ("leader", "deputy"):
        village.branch.enrol(role, GROUP, village.hub.url)
    village.hub.stop()
    return village.folder, village.hub.url


def copied(founded, folder):
    """A village of its own in a new folder, its hub at another address, on 10 December."""
    original, url = founded
    shutil.copytree(original, folder)
    made = Village(folder)
    for file in ("branch/hub.toml", "phone-leader/phone.toml", "phone-deputy/phone.toml"):
        path = made.folder / file
        text = path.read_text(encoding="utf-8").replace(url, made.hub.url)
        path.write_text(text.replace(str(original), str(made.folder)), encoding="utf-8")
    made.stage.now = "2025-12-10T08:30:00+07:00"
    return made


@pytest.fixture
def village(tmp_path, founded):
    """A village for one test; nothing runs at the end."""
    made = copied(founded, tmp_path / "village")
    yield made
    made.hub.stop()
