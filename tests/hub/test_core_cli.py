"""``tovay-hub export``, ``compare-core`` and ``key-fact``: files, sentences and exit codes (B21)."""

import csv
import hashlib
import io
import json
import shutil
from pathlib import Path

import pytest

from hub.app import opened
from hub.cli import main
from tests.hub.builders import GROUP
from tests.hub.core_system import ACCOUNT, LOANS, core_of_the_branch, rows_of, write_extract
from tests.hub.days import DAY, NOON, CollectionDay, OpenedBranch

AT_NOON = {"TOVAY_NOW": NOON.isoformat()}


@pytest.fixture(scope="module")
def settled_directory(founded, tmp_path_factory):
    """A branch directory with one settled day: 271,233 đ of loan 1, 20,000 đ saved."""
    directory = tmp_path_factory.mktemp("core") / "branch"
    shutil.copytree(founded, directory)
    with opened(directory, AT_NOON, sealing=True) as hub:
        day = CollectionDay(directory, branch=OpenedBranch(hub))
        day.collect(day.leader, 1, 271_233, 271_233)
        day.collect(day.leader, 3, 0, 162_740, savings=20_000)
        day.close_round(day.leader, 291_233)
        day.sync()
        day.count(291_233)
        day.settle()
    return directory


@pytest.fixture
def branch(settled_directory, tmp_path):
    shutil.copytree(settled_directory, tmp_path / "branch")
    return tmp_path / "branch"


@pytest.fixture
def run(capfdbinary, monkeypatch, branch):
    """Run a command on the branch directory: exit code, what it wrote, what it told beside it."""
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([*map(str, words), "--dir", str(branch)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode(), wrong.decode().replace("\xa0", " ")

    return run


def test_an_export_is_a_file_and_a_manifest_that_proves_it(run, tmp_path):
    file = tmp_path / "postings.csv"
    code, said, _ = run("export", "postings", "--out", file)
    beside = tmp_path / "postings.csv.manifest.json"
    assert (code, said) == (0, f"Đã ghi 3 dòng vào {file}; bản kê kiểm soát: {beside}.\n")
    manifest = json.loads(beside.read_text())
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert manifest["kinds_dong"] == {
        "cash_counted": 291_233,
        "deposit": 20_000,
        "interest_received": 271_233,
    }
    assert run("export", "postings")[1] == file.read_text()
    assert run("export", "postings", "--after", beside)[1].count("\n") == 1
    last = manifest["positions"][GROUP]
    assert run("export", "postings", "--group", GROUP, "--since", last)[1].count("\n") == 1
    assert run("export", "postings", "--group", GROUP, "--since", "0.0")[1] == file.read_text()
    assert not list(tmp_path.glob("*.new"))


def test_balances_and_what_waits_go_out_too(run, tmp_path):
    code, said, _ = run("export", "balances", "--day", "2025-12-17", "--format", "json")
    found = json.loads(said)
    assert (code, len(found["rows"])) == (0, 4)
    assert found["manifest"]["sums_dong"]["in_term_dong"] == 150_000_000
    code, said, _ = run("export", "waiting", "--format", "text")
    assert (code, "271.233" in said) == (0, True)
    assert run("export", "waiting", "--format", "xlsx", "--out", tmp_path / "waiting.xlsx")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("export", "postings", "--since", "0.1"), 2, "chỉ dùng cùng --group"),
        (("export", "postings", "--group", "KM-999"), 1, "Không có tổ mang mã này."),
        (("export", "postings", "--after", "nowhere.json"), 1, "không phải bản kê kiểm soát"),
        (("export", "postings", "--format", "pdf"), 2, "chọn csv, json, xlsx hoặc text"),
        (("export", "postings", "--out", "nowhere/at/all.csv"), 1, "Không ghi được vào tệp"),
        (("compare-core", "nowhere", "--cutoff", "yesterday"), 2, "ngày có thật"),
        (("compare-core", "nowhere", "--cutoff", "2025-12-17T11:00"), 2, "phải có múi giờ"),
        (("compare-core", "nowhere", "--cutoff", "2025-12-17T99:00"), 2, "thời điểm viết"),
        (("compare-core", "nowhere", "--cutoff", "2025-12-17", "--confirm"), 2, "đi cùng nhau"),
        (
            ("compare-core", "nowhere", "--cutoff", "2025-12-17"),
            1,
            "hông có thư mục hoặc tệp nào mang tên này",
        ),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(run, words, code, told):
    left, _, wrong = run(*words)
    assert (left, told in wrong) == (code, True), wrong


def test_a_manifest_of_something_else_is_refused(run, tmp_path):
    for content in (b"{}", b"\xff", b'{"positions": {"KM-001": "x"}}'):
        (tmp_path / "other.json").write_bytes(content)
        code, _, wrong = run("export", "postings", "--after", tmp_path / "other.json")
        assert (code, "không phải bản kê kiểm soát" in wrong) == (1, True)


@pytest.mark.parametrize(
    "words", [("postings", "--day", "2025-11-17"), ("balances", "--day", "2025-12-17"), ("waiting",)]
)
def test_no_export_goes_on_after_one_that_lacks_lines(run, tmp_path, words):
    """Its places say how far the log was read, not that every line up to there went out."""
    run("export", *words, "--out", tmp_path / "part.csv")
    code, said, wrong = run("export", "postings", "--after", tmp_path / "part.csv.manifest.json")
    assert (code, said, "không phải bản kê kiểm soát" in wrong) == (1, "", True)


def test_N74_killed_between_a_file_and_its_manifest_no_older_manifest_is_left(run, tmp_path, monkeypatch):
    file, beside = tmp_path / "postings.csv", tmp_path / "postings.csv.manifest.json"
    run("export", "postings", "--out", file)
    write = Path.write_bytes

    def dying(path, content):
        if path.name.startswith(beside.name):
            raise KeyboardInterrupt
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", dying)
    run("export", "waiting", "--out", file)
    assert (file.exists(), beside.exists()) == (True, False)


def test_a_round_trip_on_the_command_line(run, tmp_path):
    core = core_of_the_branch()
    core.take_in(rows_of(run("export", "postings")[1].encode()))
    core.book("interest_received", LOANS[1], DAY, 9_000)
    extract = write_extract(tmp_path / "extract", core.extract(DAY))
    code, said, beside = run("compare-core", extract, "--cutoff", "2025-12-17", "--format", "json")
    (row,) = json.loads(said)["rows"]
    assert (code, row["loan"], row["cause"], row["explains_dong"]) == (0, LOANS[1], "missing_here", 9_000)
    assert "Có 2 số bút toán của ngân hàng xác nhận được sổ của ta." in beside
    instant = "2025-12-17T23:00:00+07:00"
    code, said, beside = run("compare-core", extract, "--cutoff", instant, "--confirm", "--by", "KTV01")
    assert (code, "Đã ghi 2 xác nhận của ngân hàng." in beside) == (0, True)
    assert "giao dịch của ngân hàng chưa nhập về" in " ".join(said.split())
    assert run("export", "waiting")[1].count("\n") == 1
    (extract / "transactions.csv").write_text((extract / "transactions.csv").read_text() + "bad\n")
    code, _, beside = run("compare-core", extract, "--cutoff", "2025-12-17")
    assert (code, "dòng 5" in beside) == (1, True)


def test_a_counter_payment_is_keyed_at_the_table(run):
    words = ("key-fact", "--group", GROUP, "--day", "2025-12-12", "--by", "GDV01")
    paid = (*words, "--number", LOANS[1], "--kind", "interest_received", "--amount", "9.000")
    code, said, _ = run(*paid)
    assert (code, said.replace("\xa0", " ")) == (
        0,
        f"Đã nhập 9.000 đ cho số {LOANS[1]} ngày 12/12/2025; chờ ngân hàng xác nhận.\n",
    )
    code, _, wrong = run(*paid)
    assert (code, "hãy thêm --again" in wrong) == (1, True)
    saved = (*words, "--number", ACCOUNT, "--kind", "withdrawal", "--amount", "5000", "--json")
    assert json.loads(run(*saved)[1])["number"] == ACCOUNT
    assert "provisional" in run("export", "waiting")[1]
    code, _, wrong = run(*words, "--number", ACCOUNT, "--kind", "deposit", "--amount", "0")
    assert (code, "lớn hơn 0" in wrong) == (2, True)


def test_no_withdrawal_is_keyed_that_an_account_does_not_hold(run):
    words = ("key-fact", "--group", GROUP, "--by", "GDV01", "--number", ACCOUNT, "--kind", "withdrawal")
    told = csv.DictReader(io.StringIO(run("export", "balances", "--day", "2025-12-17")[1]))
    held = next(int(row["savings_dong"]) for row in told if row["account"] == ACCOUNT)
    for day, amount in (("2025-12-17", held + 1), ("2025-12-12", held)):
        code, _, wrong = run(*words, "--day", day, "--amount", amount)
        assert (code, "không có đủ tiền để rút" in wrong) == (1, True), wrong
    assert run(*words, "--day", "2025-12-17", "--amount", held)[0] == 0
