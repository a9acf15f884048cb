"""The branch's next log key (L17): stated by the root, it waits until the hub changes to it."""

import shutil

import pytest

from protocol.keys import newest, statement_digest
from provisioning.authority import load_hub_signer, load_log_key
from provisioning.cli import main
from provisioning.errors import (
    DamagedFileError,
    KeyChangeError,
    OldKeyError,
    OtherRootError,
    UnwritableError,
    WrongPassphraseError,
)
from provisioning.founding import Passphrases, Places
from provisioning.key_statements import stated_keys
from provisioning.log_keys import state_log_key, take_over, waiting_key
from provisioning.settings import LOG_KEY, LOG_KEY_NEXT, STATEMENTS
from tests.provisioning.branch import NOW, PASSPHRASE, ROOT_PASSPHRASE, found

BOTH = Passphrases(PASSPHRASE, ROOT_PASSPHRASE)


@pytest.fixture
def places(founded, tmp_path):
    """A branch and its medium of this test's own."""
    shutil.copytree(founded.branch, tmp_path / "branch")
    shutil.copytree(founded.root, tmp_path / "medium")
    return Places(tmp_path / "branch", tmp_path / "medium")


def test_L17_the_next_key_supersedes_and_waits_until_it_takes_over(places):
    directory = places.branch
    assert waiting_key(directory, PASSPHRASE) is None
    assert state_log_key(places, BOTH, NOW) == 2
    assert state_log_key(places, BOTH, NOW) == 2
    (first, one), (second, two) = stated_keys(directory, "log").items()
    assert (one.number, two.number, two.supersedes) == (1, 2, statement_digest(first))
    assert waiting_key(directory, PASSPHRASE) == second
    assert load_log_key(directory / LOG_KEY, PASSPHRASE).spki == one.spki
    with pytest.raises(KeyChangeError):
        load_hub_signer(directory, PASSPHRASE)
    take_over(directory)
    assert load_hub_signer(directory, PASSPHRASE).spki == two.spki
    assert newest([one, two], "KM", "log") == two
    assert ((directory / LOG_KEY).stat().st_mode & 0o777, waiting_key(directory, PASSPHRASE)) == (0o600, None)


def test_what_was_interrupted_before_the_statement_is_stated_by_the_next_call(places):
    directory = places.branch
    unstated = (directory / STATEMENTS).read_bytes()
    state_log_key(places, BOTH, NOW)
    made = load_log_key(directory / LOG_KEY_NEXT, PASSPHRASE).spki
    (directory / STATEMENTS).write_bytes(unstated)
    assert waiting_key(directory, PASSPHRASE) is None
    load_hub_signer(directory, PASSPHRASE)
    assert state_log_key(places, BOTH, NOW) == 2
    assert list(stated_keys(directory, "log").values())[-1].spki == made


def test_the_root_of_another_branch_or_a_wrong_passphrase_states_nothing(places, tmp_path):
    other = found(tmp_path / "other")
    before = (places.branch / STATEMENTS).read_bytes()
    with pytest.raises(OtherRootError):
        state_log_key(Places(places.branch, other.root), BOTH, NOW)
    for wrong in (Passphrases(b"khong phai mat khau", ROOT_PASSPHRASE), Passphrases(PASSPHRASE, PASSPHRASE)):
        with pytest.raises(WrongPassphraseError):
            state_log_key(places, wrong, NOW)
    assert (places.branch / STATEMENTS).read_bytes() == before
    assert not (places.branch / LOG_KEY_NEXT).exists()


def test_a_waiting_key_that_is_not_the_stated_one_changes_nothing(places, founded):
    directory = places.branch
    state_log_key(places, BOTH, NOW)
    shutil.copy(founded.branch / LOG_KEY, directory / LOG_KEY_NEXT)
    with pytest.raises(DamagedFileError):
        waiting_key(directory, PASSPHRASE)
    (directory / LOG_KEY_NEXT).unlink()
    with pytest.raises(DamagedFileError):
        waiting_key(directory, PASSPHRASE)
    with pytest.raises(UnwritableError):
        take_over(directory)


def test_a_superseded_file_and_a_foreign_one_are_told_apart(places, founded, tmp_path):
    directory = places.branch
    state_log_key(places, BOTH, NOW)
    take_over(directory)
    shutil.copy(founded.branch / LOG_KEY, directory / LOG_KEY)
    with pytest.raises(OldKeyError):
        load_hub_signer(directory, PASSPHRASE)
    shutil.copy(found(tmp_path / "other").branch / LOG_KEY, directory / LOG_KEY)
    with pytest.raises(DamagedFileError):
        load_hub_signer(directory, PASSPHRASE)


def test_the_command_says_the_number_and_what_comes_next(places, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TOVAY_NOW", "2025-12-02T08:00:00+07:00")
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    (tmp_path / "root-passphrase").write_bytes(ROOT_PASSPHRASE)
    files = {"dir": places.branch, "root": places.root}
    files |= {
        "passphrase-file": tmp_path / "passphrase",
        "root-passphrase-file": tmp_path / "root-passphrase",
    }
    main(["log-key", *(word for name, path in files.items() for word in (f"--{name}", str(path)))])
    told = capsys.readouterr().out
    assert "Khóa gốc đã nêu khóa ghi sổ số 2." in told
    assert "hãy chạy tovay-hub change-key" in told
