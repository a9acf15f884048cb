"""A CouchDB behind TLS: whom the hub believes, by ``ca_file`` or by the public authorities."""

from uuid import uuid4

import pytest

from hub.settings import SETTINGS, STORE
from hub.wording import ENGINE
from tests.authorities import authority
from tests.couchdb.proxy import Proxy
from tests.hub.served import tovay_hub


class Bank:
    """A branch directory without a hub, and a CouchDB whose certificate is of the bank's own authority."""

    def __init__(self, directory, couch, folder):
        for file in (SETTINGS, STORE):
            (directory / file).unlink()
        context, self.trusted = authority(folder, "bank")
        self.line = Proxy(couch.url, context)
        self._couch, self._database = couch, f"tovay-test-{uuid4().hex}"
        self._directory = directory
        self._password = folder / "couchdb.pass"
        self._password.write_text(couch.password, encoding="utf-8")

    def init(self, *words):
        """Begin the branch on it, as a person does."""
        where = ("--store", "couchdb", "--url", self.line.url, "--user", self._couch.user)
        keys = ("--password-file", self._password, "--passphrase-file", self._directory / "passphrase")
        return self.run("init", *where, *keys, "--database", self._database, *words)

    def run(self, *words):
        """Run a command on the branch."""
        return tovay_hub(words[0], "--dir", self._directory, *words[1:])

    def close(self):
        """Leave nothing behind."""
        self.line.close()
        self._couch.drop(self._database)


@pytest.fixture
def bank(directory, couch, tmp_path):
    made = Bank(directory, couch, tmp_path)
    yield made
    made.close()


def test_a_couchdb_that_the_banks_own_authority_vouches_for_is_asked_like_any_other(bank):
    for done in (bank.init("--ca-file", bank.trusted), bank.run("status")):
        assert (done.returncode, done.stderr) == (0, "")
    assert bank.line.asked > 0


@pytest.mark.parametrize("given", [True, False], ids=["by another authority", "by the public ones"])
def test_a_server_that_nobody_trusted_vouches_for_is_told_nothing(bank, tmp_path, given):
    _, other = authority(tmp_path, "other")
    done = bank.init(*(("--ca-file", other) if given else ()))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{ENGINE['untrusted']}\n")
    assert bank.line.asked == 0


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_that_is_no_certificate_is_named(bank, tmp_path, text):
    wrong = tmp_path / "wrong.pem"
    if text is not None:
        wrong.write_text(text, encoding="utf-8")
    done = bank.init("--ca-file", wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Tệp {wrong} trong mục ca_file không đọc được" in done.stderr
    assert bank.line.asked == 0
