"""provision.toml: defaults, strictness, and that a directory without it is not used."""

import pytest

from provisioning.errors import IncompleteDirectoryError, SettingsError
from provisioning.settings import Settings, load


def test_only_the_branch_must_be_said(tmp_path):
    (tmp_path / "provision.toml").write_text('branch = "KM"\ncertificate_days = 30\n')
    assert load(tmp_path) == Settings("KM", certificate_days=30)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "branch = 7",
        'branch = "Kinh Môn"',
        'branch = "KM\\n"',
        'branch = "KM"\nvoucher_days = 0',
        'branch = "KM"\nvoucher_days = 10000000000000000000000000000000000000000',
        'branch = "KM"\nvoucher_days = "7"',
        'branch = "KM"\nvouchers = 7',
        "branch",
        "branch = ",
        "\0",
    ],
)
def test_settings_that_say_something_else_are_refused(tmp_path, text):
    (tmp_path / "provision.toml").write_text(text)
    with pytest.raises(SettingsError):
        load(tmp_path)


def test_settings_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "provision.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError):
        load(tmp_path)


def test_a_directory_without_settings_was_never_finished(tmp_path):
    with pytest.raises(IncompleteDirectoryError):
        load(tmp_path)
