"""A branch directory as the two ``init`` commands leave it, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from hub.app import initialise
from hub.settings import Settings
from provisioning.founding import Passphrases, Places, found_branch
from tests.hub.builders import NOW
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


@pytest.fixture(autouse=True)
def quiet_log():
    """A command configures the log for its process; the next test begins anew."""
    yield
    structlog.reset_defaults()
