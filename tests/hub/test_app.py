"""The composition root: a branch directory is initialised, opened and refused; the clock is told."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from hub.app import clock, initialise, opened
from hub.errors import SettingsError, StoreError
from hub.settings import OPENED_BY, Settings, load, text
from provisioning.errors import IncompleteDirectoryError, WrongPassphraseError
from tests.hub.builders import GROUP, NOW
from tests.hub.conftest import PASSPHRASE
from tests.hub.web import ENVIRON


def test_a_directory_that_was_not_provisioned_is_refused(tmp_path):
    with pytest.raises(IncompleteDirectoryError):
        initialise(tmp_path, Settings())
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_initialised_once(directory):
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(SettingsError) as refused:
        initialise(directory, Settings(port=1))
    assert refused.value.code == "occupied"
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_an_interrupted_initialisation_is_run_again_and_keeps_what_is_stored(directory):
    with opened(directory, ENVIRON, sealing=True) as hub:
        hub.groups.open(GROUP)
    (directory / "hub.toml").unlink()
    (directory / "hub.sqlite.new").write_bytes(b"half a file")
    with pytest.raises(SettingsError, match="not_initialised"), opened(directory, ENVIRON):
        pass
    initialise(directory, Settings())
    with opened(directory, ENVIRON) as hub:
        assert hub.groups.codes() == (GROUP,)
    (directory / "hub.toml").unlink()
    (directory / "hub.sqlite").unlink()
    initialise(directory, Settings())
    with opened(directory, ENVIRON) as hub:
        assert hub.groups.codes() == ()


def test_settings_are_written_as_they_are_read(directory):
    settings = Settings("0.0.0.0", 65_535, "https://hub.example.vn:8443", 'mat "khau"\\tep')  # noqa: S104 (not bound)
    settings = structs.replace(settings, proxies=("127.0.0.2", "2001:db8::1"))
    (directory / "hub.toml").write_text(text(settings), encoding="utf-8")
    assert load(directory, {}) == settings
    assert load(directory, {OPENED_BY: "other"}).passphrase_file == "other"


@pytest.mark.parametrize(
    "wrong",
    [
        "port = 65536",
        'port = "80"',
        "unknown = 1",
        'origin = "ftp://x"',
        'origin = "https://x/y"',
        'proxies = ["*"]',
        'proxies = ["proxy.example.vn"]',
        'proxies = ["10.0.0.0/8"]',
        'proxies = "127.0.0.1"',
        "= 1",
        "\x00",
    ],
)
def test_settings_that_say_something_else_are_refused(directory, wrong):
    (directory / "hub.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(SettingsError, match="bad_settings"):
        load(directory, {})


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ('port = "80"', " ở mục port"),
        ("\nprot = 1", " ở mục prot"),
        ('proxies = ["127.0.0.1", 2]', " ở mục proxies"),
        ('proxies = ["10.0.0.0/8"]', " ở mục proxies"),
        ('store = "couchdb"', " ở mục url"),
        ("\nhost = a", " ở dòng 2"),
        ("\ufeffport = 80", " ở dòng 1"),
        ("a\n" * 9 + "\x00", " ở dòng 1"),
    ],
)
def test_settings_that_are_refused_say_where(directory, wrong, where):
    (directory / "hub.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(directory, {})
    assert refused.value.shown == {"path": directory / "hub.toml", "where": where}


def test_a_file_of_settings_that_is_there_and_cannot_be_read_is_not_called_missing(directory):
    (directory / "hub.toml").unlink()
    (directory / "hub.toml").mkdir()
    with pytest.raises(SettingsError, match="unreadable_file"):
        load(directory, {})


def test_a_store_that_is_missing_is_not_made_in_silence(directory):
    (directory / "hub.sqlite").unlink()
    with pytest.raises(StoreError), opened(directory, ENVIRON):
        pass
    assert not (directory / "hub.sqlite").exists()


def test_sealing_takes_the_passphrase(directory, tmp_path):
    (tmp_path / "other").write_bytes(b"another passphrase")
    for named, refusal in (("", SettingsError), (str(tmp_path / "other"), WrongPassphraseError)):
        (directory / "hub.toml").write_text(text(Settings(passphrase_file=named)), encoding="utf-8")
        with pytest.raises(refusal), opened(directory, ENVIRON, sealing=True):
            pass
    (tmp_path / "right").write_bytes(PASSPHRASE)
    environ = ENVIRON | {OPENED_BY: str(tmp_path / "right")}
    with opened(directory, environ, sealing=True) as hub:
        assert hub.groups.open(GROUP).log.length == 1


def test_a_process_that_only_reads_cannot_append(directory):
    with opened(directory, ENVIRON) as hub, pytest.raises(SettingsError, match="wrong_key"):
        hub.groups.open(GROUP)


def test_a_rehearsal_stands_still_at_its_moment():
    assert clock({"TOVAY_NOW": "2025-12-09T08:30:00+07:00"})() == NOW
    assert abs((clock({})() - datetime.now(UTC)).total_seconds()) < 60  # noqa: TID251 (compared with the host's)


@pytest.mark.parametrize("moment", ["", "today", "2025-12-09T08:30:00", "2025-13-09T08:30:00+07:00"])
def test_a_rehearsal_without_a_moment_is_refused(moment):
    with pytest.raises(SettingsError, match="rehearsal"):
        clock({"TOVAY_NOW": moment})
