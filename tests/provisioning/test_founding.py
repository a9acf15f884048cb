"""How a branch begins: its keys, and that nothing half-made is ever used or overwritten."""

from pathlib import Path

import pytest
from cryptography import x509

from protocol.certificate import authority_spki
from protocol.keys import fingerprint, newest, read_statement
from protocol.native import NativeVerifier
from provisioning.authority import root_spki, statements
from provisioning.errors import (
    IncompleteDirectoryError,
    OccupiedDirectoryError,
    RootNotApartError,
    UnwritableError,
)
from provisioning.founding import Passphrases, Places, found_branch
from provisioning.settings import BRANCH_FILES, ROOT_FILES, Settings, load
from tests.provisioning.branch import NOW, PASSPHRASE, ROOT_PASSPHRASE

BOTH = Passphrases(PASSPHRASE, ROOT_PASSPHRASE)


def listing(folder):
    return {path.relative_to(folder): path.stat() for path in Path(folder).rglob("*")}


def test_a_branch_and_its_medium_hold_exactly_these_files(founded):
    assert sorted(path.name for path in founded.branch.iterdir()) == sorted(BRANCH_FILES)
    assert sorted(path.name for path in founded.root.iterdir()) == sorted(ROOT_FILES)
    assert load(founded.branch) == Settings("KM")


def test_nobody_else_reads_the_files_of_a_branch(founded):
    for folder in (founded.branch, founded.root):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_L17_the_root_states_the_log_key_the_authority_and_the_bundle_key(founded, branch_keys):
    signer, authority = branch_keys
    root = root_spki(founded.branch)
    stated = [read_statement(raw, root, NativeVerifier()) for raw in statements(founded.branch)]
    assert [(one.branch, one.purpose, one.number, one.algorithm) for one in stated] == [
        ("KM", "log", 1, "ed25519"),
        ("KM", "authority", 1, "p256"),
        ("KM", "bundle", 1, "x25519"),
    ]
    assert newest(stated, "KM", "log").spki == signer.spki
    assert newest(stated, "KM", "authority").spki == authority_spki(authority.certificate)
    certificate = x509.load_der_x509_certificate(authority.certificate)
    assert certificate.subject.rfc4514_string() == "CN=tovay authority,O=KM"


def test_the_root_key_is_not_in_the_branch_directory(founded):
    root_key = (founded.root / "root.key").read_bytes()
    assert all(root_key not in path.read_bytes() for path in founded.branch.iterdir())


def test_a_founded_branch_is_not_founded_again(founded, tmp_path):
    before = listing(founded.branch), listing(founded.root)
    for places in (
        Places(founded.branch, tmp_path / "medium"),
        Places(tmp_path / "branch", founded.root),
        founded,
    ):
        with pytest.raises(OccupiedDirectoryError):
            found_branch(places, "KM", BOTH, NOW)
    assert (listing(founded.branch), listing(founded.root)) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", ["branch/log.key", "branch/provision.toml.new", "medium/root.key"])
def test_what_an_interrupted_founding_left_is_named_and_kept(tmp_path, left):
    (tmp_path / left).parent.mkdir()
    (tmp_path / left).write_bytes(b"left")
    with pytest.raises(IncompleteDirectoryError) as caught:
        found_branch(Places(tmp_path / "branch", tmp_path / "medium"), "KM", BOTH, NOW)
    assert caught.value.path == (tmp_path / left).parent
    assert list(listing(tmp_path)) == [Path(left).parent, Path(left)]


@pytest.mark.parametrize(
    ("branch", "root"), [("a", "a"), ("a", "a/root"), ("a/branch", "a"), ("a", "b/../a/root"), (".", "root")]
)
def test_the_root_is_kept_apart_from_the_branch(tmp_path, branch, root):
    with pytest.raises(RootNotApartError):
        found_branch(Places(tmp_path / branch, tmp_path / root), "KM", BOTH, NOW)
    assert list(tmp_path.iterdir()) == []


def test_the_root_has_a_passphrase_of_its_own(tmp_path):
    with pytest.raises(RootNotApartError):
        found_branch(Places(tmp_path / "a", tmp_path / "b"), "KM", Passphrases(PASSPHRASE, PASSPHRASE), NOW)


def test_a_medium_with_other_files_on_it_may_hold_a_root(tmp_path):
    (tmp_path / "medium").mkdir()
    (tmp_path / "medium" / "notes.txt").write_text("other things")
    printed = found_branch(Places(tmp_path / "deep" / "branch", tmp_path / "medium"), "KM", BOTH, NOW)
    assert printed == fingerprint(root_spki(tmp_path / "deep" / "branch"))


@pytest.mark.parametrize("blocked", ["branch", "medium"])
def test_a_disk_that_refuses_leaves_nothing_behind(tmp_path, blocked):
    (tmp_path / blocked).write_text("a file where the directory should be")
    with pytest.raises(UnwritableError):
        found_branch(Places(tmp_path / "branch", tmp_path / "medium"), "KM", BOTH, NOW)
    assert [path.name for path in tmp_path.iterdir()] == [blocked]
