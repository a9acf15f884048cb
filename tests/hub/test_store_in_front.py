"""The store as it is said in front of a command: ``tovay-hub --store couchdb --url … init``."""

import pytest

from hub.settings import SETTINGS
from tests.hub.branches import on_couchdb
from tests.hub.served import tovay_hub


@pytest.fixture
def words(directory, couch, tmp_path):
    """Options that say where the documents of the branch in ``directory`` are."""
    with on_couchdb(directory, couch, couch.url, tmp_path / "couchdb.pass") as words:
        yield words


def test_in_front_of_init_the_options_mean_the_same_as_behind_it(directory, words):
    behind = (directory / SETTINGS).read_text(encoding="utf-8")
    (directory / SETTINGS).unlink()
    keys = ("--passphrase-file", directory / "passphrase")
    done = tovay_hub(*words, "init", "--dir", directory, *keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert (directory / SETTINGS).read_text(encoding="utf-8") == behind


def test_in_front_of_another_command_they_may_say_what_the_settings_say(directory, words):
    for before in (words, words[:2], ("--url", f"{words[words.index('--url') + 1]}/")):
        done = tovay_hub(*before, "status", "--dir", directory)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "otherwise",
    [
        ("--store", "sqlite"),
        ("--url", "http://127.0.0.1:9"),
        ("--user", "nobody"),
        ("--password-file", "elsewhere"),
        ("--ca-file", "elsewhere"),
        ("--database", "tovay-other"),
    ],
    ids=lambda words: words[0],
)
def test_a_command_runs_on_no_other_store_than_the_settings_say(directory, words, otherwise):
    done = tovay_hub(*words, *otherwise, "status", "--dir", directory)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"hub.toml ghi {otherwise[0]} khác" in done.stderr


def test_behind_a_command_that_makes_nothing_they_are_unknown(directory):
    done = tovay_hub("status", "--dir", directory, "--store", "sqlite")
    assert (done.returncode, done.stderr) == (2, "Không có tùy chọn --store.\n")
