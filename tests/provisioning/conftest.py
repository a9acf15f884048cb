"""One founded branch for all tests (its keys cost a second of Argon2id), and a copy of it for each."""

import pytest

from provisioning.authority import load_authority, load_hub_signer
from tests.provisioning.branch import PASSPHRASE, Branch, found


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """The two places of a branch; nobody writes into them."""
    return found(tmp_path_factory.mktemp("founded"))


@pytest.fixture(scope="session")
def branch_keys(founded):
    """Log key and authority, as the hub loads them."""
    return load_hub_signer(founded.branch, PASSPHRASE), load_authority(founded.branch, PASSPHRASE)


@pytest.fixture
def branch(founded, branch_keys, tmp_path):
    """A branch of the test's own."""
    return Branch(founded, branch_keys, tmp_path)


@pytest.fixture
def client(branch):
    """An HTTP client of the branch's doors."""
    with branch.client() as client:
        yield client
