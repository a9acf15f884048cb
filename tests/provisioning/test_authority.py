"""Key files: what opens them, what does not, and that the hub loads only what the root states."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.certificate import Validity, issue_authority
from protocol.codec import decode_as, encode
from protocol.keys import KeyStatement, state_key
from provisioning.authority import (
    KeyFile,
    load_authority,
    load_hub_signer,
    open_key,
    read_passphrase,
    statements,
    wrap,
)
from provisioning.errors import DamagedFileError, DirectoryError, PassphraseFileError, WrongPassphraseError
from tests.builders import signer
from tests.provisioning.branch import NOW, PASSPHRASE, ROOT_PASSPHRASE


def test_the_medium_opens_with_the_roots_passphrase_only(founded):
    path = founded.root / "root.key"
    assert isinstance(open_key(path, "root", ROOT_PASSPHRASE), Ed25519PrivateKey)
    with pytest.raises(WrongPassphraseError):
        open_key(path, "root", PASSPHRASE)


@pytest.mark.parametrize("load", [load_hub_signer, load_authority])
def test_the_hub_loads_nothing_with_a_wrong_passphrase(founded, load):
    with pytest.raises(WrongPassphraseError) as caught:
        load(founded.branch, PASSPHRASE + b"!")
    assert caught.value.path.parent == founded.branch


def test_a_key_file_of_another_purpose_is_refused(founded):
    with pytest.raises(DamagedFileError):
        open_key(founded.root / "root.key", "log", ROOT_PASSPHRASE)


def test_a_key_file_that_claims_another_purpose_does_not_open(founded, tmp_path):
    file = decode_as((founded.root / "root.key").read_bytes(), KeyFile, "key file")
    (tmp_path / "log.key").write_bytes(encode(KeyFile(1, "log", file.salt, file.sealed)))
    with pytest.raises(WrongPassphraseError):
        open_key(tmp_path / "log.key", "log", ROOT_PASSPHRASE)


@pytest.mark.parametrize("place", [0, 1, 2, 10, 30, 60, -1])
def test_a_flipped_bit_in_a_key_file_is_found(founded, tmp_path, place):
    raw = bytearray((founded.root / "root.key").read_bytes())
    raw[place] ^= 1
    (tmp_path / "root.key").write_bytes(raw)
    with pytest.raises((DamagedFileError, WrongPassphraseError)):
        open_key(tmp_path / "root.key", "root", ROOT_PASSPHRASE)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"junk",
        bytes(100_001),
        encode((1, "root", bytes(16), bytes(12))),
        # P65: a file that could name its own cost would be a weapon; there is no such field.
        encode((1, "root", bytes(16), bytes(60), 8_388_608)),
    ],
)
def test_P65_a_file_that_is_no_key_file_is_refused(tmp_path, raw):
    (tmp_path / "root.key").write_bytes(raw)
    with pytest.raises(DamagedFileError):
        open_key(tmp_path / "root.key", "root", ROOT_PASSPHRASE)


def test_a_missing_key_file_is_named(tmp_path):
    with pytest.raises(DamagedFileError, match=r"log\.key"):
        open_key(tmp_path / "log.key", "log", PASSPHRASE)


def test_a_key_of_another_kind_in_the_file_is_refused(branch):
    log, authority = branch.directory / "log.key", branch.directory / "authority.key"
    log.write_bytes(wrap(open_key(authority, "authority", PASSPHRASE), "log", PASSPHRASE))
    with pytest.raises(DamagedFileError):
        load_hub_signer(branch.directory, PASSPHRASE)
    authority.write_bytes(wrap(Ed25519PrivateKey.generate(), "authority", PASSPHRASE))
    with pytest.raises(DamagedFileError):
        load_authority(branch.directory, PASSPHRASE)


def test_L17_a_log_key_that_the_root_does_not_state_is_refused(branch):
    (branch.directory / "log.key").write_bytes(wrap(Ed25519PrivateKey.generate(), "log", PASSPHRASE))
    with pytest.raises(DamagedFileError, match="another log key"):
        load_hub_signer(branch.directory, PASSPHRASE)


def test_an_authority_certificate_of_another_key_is_refused(branch):
    path = branch.directory / "authority.crt"
    times = Validity(1, NOW, NOW + timedelta(days=1))
    for content in (b"junk", issue_authority(generate_private_key(SECP256R1()), "KM", times)):
        path.write_bytes(content)
        with pytest.raises(DamagedFileError) as caught:
            load_authority(branch.directory, PASSPHRASE)
        assert caught.value.path == path


def test_L17_statements_of_another_root_are_refused(branch):
    forged = state_key(
        KeyStatement(1, "KM", "log", 2, "ed25519", signer("thief").spki, 0, 1, None), signer("thief root")
    )
    path = branch.directory / "statements"
    path.write_bytes(encode((*statements(branch.directory), forged)))
    with pytest.raises(DamagedFileError):
        statements(branch.directory)


def test_a_branch_without_a_statement_for_its_key_is_refused(branch):
    settings = branch.directory / "provision.toml"
    settings.write_text('branch = "CL"\n')
    with pytest.raises(DirectoryError):
        load_hub_signer(branch.directory, PASSPHRASE)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_passphrase_is_a_file_without_its_last_line_break(tmp_path, end):
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + end)
    assert read_passphrase(tmp_path / "passphrase") == PASSPHRASE


@pytest.mark.parametrize("content", [None, b"", b"too short\n", b"x" * 1_025])
def test_a_passphrase_that_is_missing_short_or_endless_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "passphrase").write_bytes(content)
    with pytest.raises(PassphraseFileError):
        read_passphrase(tmp_path / "passphrase")
