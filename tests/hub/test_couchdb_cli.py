"""``tovay-hub`` on a CouchDB: ``init`` and every other command, and what a person reads when it cannot be."""

import json
import shutil
from uuid import uuid4

import pytest

from hub.cli import main
from hub.errors import EngineError
from hub.wording import ENGINE
from tests.couchdb import proxy
from tests.couchdb.servers import SUFFIXES
from tests.hub.builders import NOW
from tests.hub.exports import write_export

DESIGN = "_design/tovay"


class Branch:
    """A provisioned branch directory without a hub, and the CouchDB that it is to use."""

    def __init__(self, directory, couch, run):
        self.directory, self.couch, self._run = directory, couch, run
        self.database, self.user = f"tovay-test-{uuid4().hex}", couch.user
        self.password_file = directory / "couchdb.pass"
        self.password_file.write_text(f"{couch.password}\n", encoding="utf-8")
        self.url = couch.url

    def init(self, *words):
        """Initialise it; later words are stronger."""
        couchdb = ("--url", self.url, "--user", self.user, "--password-file", self.password_file)
        keys = ("--passphrase-file", self.directory / "passphrase")
        return self.run("init", "--store", "couchdb", *couchdb, "--database", self.database, *keys, *words)

    def run(self, *words):
        """Run a command: exit code, what it told, and what it told as an error."""
        return self._run(*words, to=self.directory)

    def stored(self):
        """Everything in the databases of the branch; None for one that is not there."""
        found = {}
        for suffix in SUFFIXES:
            told = self.couch.read(f"{self.database}{suffix}/_all_docs?include_docs=true")
            found[suffix] = told and [row["doc"] for row in told["rows"]]
        return found

    def change_mark(self, **fields):
        """Write the design document anew, as another program would have."""
        path = f"{self.database}/{DESIGN}"
        stands = self.couch.read(path)
        self.couch.put(path, stands | {"tovay": stands["tovay"] | fields})


@pytest.fixture
def branch(founded, tmp_path, couch, capsys, monkeypatch):
    monkeypatch.setenv("TOVAY_NOW", NOW.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words, to):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(to), *map(str, words)])
        told = capsys.readouterr()
        return left.value.code, told.out, told.err

    directory = tmp_path / "branch"
    shutil.copytree(founded, directory)
    for made in ("hub.toml", "hub.sqlite"):
        (directory / made).unlink()
    one = Branch(directory, couch, run)
    yield one
    couch.drop(one.database)


def test_init_makes_the_databases_and_writes_no_password(branch):
    assert branch.init() == (0, f"Đã khởi tạo máy chủ trong {branch.directory}.\n", "")
    settings = (branch.directory / "hub.toml").read_text(encoding="utf-8")
    assert 'store = "couchdb"' in settings
    assert branch.couch.password not in settings
    stored = branch.stored()
    assert [one["_id"] for one in stored[""]] == [DESIGN]
    assert stored[""][0]["tovay"]["branch"] == "KM"
    assert stored["-derived"] == []
    assert not (branch.directory / "hub.sqlite").exists()


def test_every_command_works_on_a_couchdb(branch, tmp_path):
    branch.init()
    export = write_export(tmp_path / "export")
    assert branch.run("import-book", export)[0] == 0
    told = json.loads(branch.run("status", "--json")[1])
    assert (told["status"], told["groups"], told["branch_entries"], told["unreceived"]) == ("ok", 1, 16, 0)
    again = json.loads(branch.run("import-book", export, "--json")[1])
    assert again["entries"] == 0
    assert branch.run("rebuild")[1] == "Đã dựng lại 1 tài liệu suy ra từ sổ.\n"
    assert branch.run("fsck")[0] == 0
    assert branch.run("status", "--group", "KM-001")[0] == 0


def test_the_database_is_named_after_the_branch(branch):
    code = f"T{uuid4().hex[:12]}.X"
    path = branch.directory / "provision.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"KM"', f'"{code}"'), encoding="utf-8")
    couchdb = ("--url", branch.url, "--user", branch.couch.user, "--password-file", branch.password_file)
    assert branch.run("init", "--store", "couchdb", *couchdb)[0] == 0
    branch.database = f"tovay-{code.lower().replace('.', '-')}"
    assert branch.stored()[""] is not None


def test_an_interrupted_initialisation_is_run_again(branch):
    branch.couch.http.put(f"/{branch.database}").raise_for_status()
    assert branch.init()[0] == 0
    (branch.directory / "hub.toml").unlink()
    assert branch.init()[0] == 0
    assert branch.run("status")[0] == 0


def test_a_secret_stands_in_no_address(branch):
    address = branch.url.replace("://", "://tovay:secret@")
    code, out, err = branch.init("--url", address)
    assert (code, out) == (2, "")
    assert "--url không hợp lệ" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--store", "mongodb"), "--store không hợp lệ"),
        (("--store", "sqlite", "--url", "http://10.0.0.5:5984"), "--url không hợp lệ"),
        (("--store", "couchdb"), "--url không hợp lệ"),
        (
            ("--store", "couchdb", "--url", "http://10.0.0.5:5984", "--user", "a"),
            "--password-file không hợp lệ",
        ),
        (("--store", "couchdb", "--database", "Tovay"), "--database không hợp lệ"),
        (("--store", "couchdb", "--user", "a:b"), "--user không hợp lệ"),
    ],
)
def test_a_wrong_command_line_gets_one_sentence(branch, words, sentence):
    code, out, err = branch.run("init", *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert not (branch.directory / "hub.toml").exists()


def no_password_file(branch):
    branch.password_file.unlink()


def two_passwords(branch):
    branch.password_file.write_text("a\nb\n", encoding="utf-8")


def wrong_credentials(branch):
    # A name that nobody has: CouchDB shuts out a user whose password was wrong a few times.
    branch.user = change(branch, branch.user, f"nobody-{uuid4().hex}")


def no_server(branch):
    closed = proxy.Proxy(branch.url)
    closed.close()
    branch.url = change(branch, branch.url, closed.url)


def a_web_server(branch):
    branch.url = change(branch, branch.url, f"{branch.url}/somewhere")


def change(branch, old, new):
    path = branch.directory / "hub.toml"
    if path.exists():
        path.write_text(path.read_text(encoding="utf-8").replace(f'"{old}"', f'"{new}"'), encoding="utf-8")
    return new


def other_root(branch):
    branch.change_mark(root="00" * 32)


def other_branch(branch):
    branch.change_mark(branch="HP")


def newer(branch):
    branch.change_mark(schema=2, root=["another", "shape"])


def older_than_any(branch):
    branch.change_mark(schema="one")


def half_made(branch):
    stands = branch.couch.read(f"{branch.database}/{DESIGN}")
    branch.couch.http.delete(
        f"/{branch.database}/{DESIGN}", params={"rev": stands["_rev"]}
    ).raise_for_status()
    branch.couch.put(f"{branch.database}/KM-001:text:00", {"text": "a"})


def half_gone(branch):
    branch.couch.http.delete(f"/{branch.database}-derived").raise_for_status()


WRONG = {
    no_password_file: "Không đọc được mật khẩu CouchDB",
    two_passwords: "Không đọc được mật khẩu CouchDB",
    wrong_credentials: ENGINE["refused"],
    no_server: ENGINE["unreachable"],
    a_web_server: ENGINE["not_couchdb"],
    other_root: "thuộc một khóa gốc khác",
    other_branch: "là kho của chi nhánh HP",
    newer: "phiên bản mới hơn",
    older_than_any: "chưa khởi tạo xong",
    half_made: "chưa khởi tạo xong",
    half_gone: "không có cơ sở dữ liệu",
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_store_that_is_not_this_hubs_is_told_in_a_sentence_and_nothing_is_written(branch, tmp_path, wrong):
    branch.init()
    wrong(branch)
    before = branch.stored()
    for words in (("status",), ("fsck",), ("rebuild",), ("import-book", write_export(tmp_path / "export"))):
        code, out, err = branch.run(*words)
        assert (code, out) == (1, ""), words
        assert WRONG[wrong] in err
        assert "Traceback" not in err
    assert branch.stored() == before


AT_INIT = {wrong: WRONG[wrong] for wrong in WRONG if wrong not in (half_made, half_gone)}
AT_INIT[half_made] = "đã có dữ liệu"


@pytest.mark.parametrize("wrong", AT_INIT, ids=lambda wrong: wrong.__name__)
def test_init_touches_no_store_that_is_not_to_be_this_hubs(branch, wrong):
    branch.init()
    (branch.directory / "hub.toml").unlink()
    wrong(branch)
    branch.couch.http.delete(f"/{branch.database}-derived")
    before = branch.stored()
    code, out, err = branch.init()
    assert (code, out) == (1, "")
    assert AT_INIT[wrong] in err
    assert branch.stored() == before
    assert not (branch.directory / "hub.toml").exists()


def test_init_does_not_take_a_database_that_is_in_use(branch, tmp_path):
    branch.init()
    branch.run("import-book", write_export(tmp_path / "export"))
    (branch.directory / "hub.toml").unlink()
    code, _, err = branch.init()
    assert code == 1
    assert "đã có dữ liệu" in err


@pytest.mark.parametrize(
    "changed",
    ['url = ""', 'user = ""', 'password_file = ""', 'url = "http://a:b@10.0.0.5"', 'database = "../x"'],
)
def test_settings_that_name_no_couchdb_are_refused(branch, changed):
    branch.init()
    path, key = branch.directory / "hub.toml", changed.split(" = ")[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(changed if line.startswith(f"{key} =") else line for line in lines))
    code, _, err = branch.run("status")
    assert code == 1
    assert "nội dung không hợp lệ" in err


def test_each_failure_of_the_engine_has_its_sentence():
    assert {EngineError(why, "").why for why in ENGINE} == {
        *("unreachable", "untrusted", "slow", "refused", "missing", "not_couchdb", "not_durable", "failed")
    }
    assert EngineError("slow", "").code == "store"
