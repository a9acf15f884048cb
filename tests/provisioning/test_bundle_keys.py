"""The branch's bundle keys (L17, L19): stated by the root, renewed by it, and none is ever forgotten."""

import shutil

import pytest

from protocol.codec import decode_as, encode
from protocol.keys import newest, read_statement, statement_digest
from protocol.limits import KEY_STATEMENTS_MAX
from protocol.native import NativeHpke, NativeVerifier
from provisioning import key_statements
from provisioning.authority import root_spki, statements, wrap_bytes
from provisioning.bundle_keys import load_bundle_keys, renew_bundle_key
from provisioning.cli import main
from provisioning.errors import DamagedFileError, OtherRootError, UnwritableError, WrongPassphraseError
from provisioning.founding import Passphrases, Places
from provisioning.settings import BUNDLE_KEYS, STATEMENTS
from tests.provisioning.branch import NOW, PASSPHRASE, ROOT_PASSPHRASE, found

BOTH = Passphrases(PASSPHRASE, ROOT_PASSPHRASE)


@pytest.fixture
def places(founded, tmp_path):
    """A branch and its medium of this test's own."""
    shutil.copytree(founded.branch, tmp_path / "branch")
    shutil.copytree(founded.root, tmp_path / "medium")
    return Places(tmp_path / "branch", tmp_path / "medium")


def stated(directory):
    root = root_spki(directory)
    read = [(raw, read_statement(raw, root, NativeVerifier())) for raw in statements(directory)]
    return [(raw, one) for raw, one in read if one.purpose == "bundle"]


def test_the_hub_loads_the_key_that_the_root_states(founded):
    (number, private), *others = load_bundle_keys(founded.branch, PASSPHRASE).items()
    ((_, statement),) = stated(founded.branch)
    assert (number, others) == (1, [])
    assert statement.algorithm == "x25519"
    assert statement.spki == NativeHpke().public_of(private)


def test_a_renewed_key_supersedes_and_the_older_one_still_opens(places):
    before = load_bundle_keys(places.branch, PASSPHRASE)
    assert renew_bundle_key(places, BOTH, NOW) == 2
    assert renew_bundle_key(places, BOTH, NOW) == 3
    keys = load_bundle_keys(places.branch, PASSPHRASE)
    assert list(keys) == [1, 2, 3]
    assert keys[1] == before[1]
    signed, read = zip(*stated(places.branch), strict=True)
    assert [one.supersedes for one in read] == [None, *map(statement_digest, signed[:2])]
    assert newest(read, "KM", "bundle").spki == NativeHpke().public_of(keys[3])
    assert (places.branch / BUNDLE_KEYS).stat().st_mode & 0o777 == 0o600


def test_a_renewal_that_was_interrupted_is_finished_by_the_next(places):
    unstated = (places.branch / STATEMENTS).read_bytes()
    renew_bundle_key(places, BOTH, NOW)
    made = load_bundle_keys(places.branch, PASSPHRASE)
    (places.branch / STATEMENTS).write_bytes(unstated)
    assert list(load_bundle_keys(places.branch, PASSPHRASE)) == [1]
    assert renew_bundle_key(places, BOTH, NOW) == 2
    assert load_bundle_keys(places.branch, PASSPHRASE) == made


def test_the_root_of_another_branch_states_nothing(places, tmp_path):
    other = found(tmp_path / "other")
    before = (places.branch / STATEMENTS).read_bytes()
    with pytest.raises(OtherRootError):
        renew_bundle_key(Places(places.branch, other.root), BOTH, NOW)
    for wrong in (Passphrases(b"khong phai mat khau", ROOT_PASSPHRASE), Passphrases(PASSPHRASE, PASSPHRASE)):
        with pytest.raises(WrongPassphraseError):
            renew_bundle_key(places, wrong, NOW)
    assert (places.branch / STATEMENTS).read_bytes() == before
    assert list(load_bundle_keys(places.branch, PASSPHRASE)) == [1]


def test_keys_that_the_root_does_not_state_are_not_loaded(places):
    path = places.branch / BUNDLE_KEYS
    right = path.read_bytes()
    for plain in (encode(()), encode((bytes(range(32)),)), encode((bytes(31),)), b"\x91"):
        path.write_bytes(wrap_bytes(plain, "bundle", PASSPHRASE))
        with pytest.raises(DamagedFileError):
            load_bundle_keys(places.branch, PASSPHRASE)
    path.write_bytes(right)
    every = decode_as((places.branch / STATEMENTS).read_bytes(), tuple[bytes, ...], "statements")
    (places.branch / STATEMENTS).write_bytes(encode(every[:2]))
    with pytest.raises(DamagedFileError):
        load_bundle_keys(places.branch, PASSPHRASE)


def test_statements_are_never_more_than_an_answer_carries(places, monkeypatch):
    monkeypatch.setattr(key_statements, "KEY_STATEMENTS_MAX", 3)
    assert KEY_STATEMENTS_MAX == 64
    with pytest.raises(DamagedFileError):
        renew_bundle_key(places, BOTH, NOW)
    assert list(load_bundle_keys(places.branch, PASSPHRASE)) == [1]


def test_a_disk_that_takes_nothing_leaves_the_keys_as_they_were(places):
    (places.branch / f"{BUNDLE_KEYS}.new").mkdir()
    with pytest.raises(UnwritableError):
        renew_bundle_key(places, BOTH, NOW)
    assert list(load_bundle_keys(places.branch, PASSPHRASE)) == [1]


def test_the_command_says_the_number(places, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TOVAY_NOW", "2025-12-02T08:00:00+07:00")
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    (tmp_path / "root-passphrase").write_bytes(ROOT_PASSPHRASE)
    files = {"dir": places.branch, "root": places.root}
    files |= {
        "passphrase-file": tmp_path / "passphrase",
        "root-passphrase-file": tmp_path / "root-passphrase",
    }
    main(["bundle-key", *(word for name, path in files.items() for word in (f"--{name}", str(path)))])
    assert "khóa nhận kiện số 2" in capsys.readouterr().out
    assert list(load_bundle_keys(places.branch, PASSPHRASE)) == [1, 2]
