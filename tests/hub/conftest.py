"""A branch directory as the two ``init`` commands leave it, made once and copied for each test."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from hub.app import initialise
from hub.cli import main
from hub.settings import Settings
from provisioning.founding import Passphrases, Places, found_branch
from tests.hub.builders import NOW
from tests.hub.days import NOON
from tests.hub.web import Web

PASSPHRASE = b"mat khau cua may chu"


@pytest.fixture(scope="session")
def founded(tmp_path_factory) -> Path:
    """A founded and initialised branch that nobody may touch."""
    folder = tmp_path_factory.mktemp("founded")
    passphrases = Passphrases(PASSPHRASE, b"mat khau cua khoa goc")
    found_branch(Places(folder / "branch", folder / "root"), "KM", passphrases, NOW)
    (folder / "branch" / "passphrase").write_bytes(PASSPHRASE)
    initialise(folder / "branch", Settings(passphrase_file="passphrase"))
    return folder / "branch"


@pytest.fixture
def directory(founded, tmp_path) -> Path:
    """A branch directory of this test's own."""
    shutil.copytree(founded, tmp_path / "branch")
    return tmp_path / "branch"


@pytest.fixture(scope="module")
def web(founded, tmp_path_factory) -> Iterator[Web]:
    """One hub for a module's tests, because its keys take a second to open; each test has its own group."""
    directory = tmp_path_factory.mktemp("web") / "branch"
    shutil.copytree(founded, directory)
    web = Web(directory)
    yield web
    web.close()


@pytest.fixture
def run(capfd, monkeypatch):
    """Run a command: exit code, lines that it printed, what it told as an error. It is noon of the day."""
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(list(map(str, words)))
        said, wrong = capfd.readouterr()
        return left.value.code, said.replace("\xa0", " ").splitlines(), wrong.replace("\xa0", " ").strip()

    return run


@pytest.fixture(autouse=True)
def quiet_log():
    """A command configures the log for its process; the next test begins anew."""
    yield
    structlog.reset_defaults()
    logging.basicConfig(handlers=[], force=True)
