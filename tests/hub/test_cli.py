"""``tovay-hub``: what each command does, and what a person reads when it cannot."""

import json
import socket
import sqlite3

import httpx
import pytest

from hub.app import opened
from hub.cli import main
from hub.service.upkeep.health import health
from tests.hub.builders import GROUP, NOW
from tests.hub.exports import write_export
from tests.hub.served import Served, tovay_hub
from tests.hub.web import ENVIRON


@pytest.fixture
def run(capsys, monkeypatch, directory):
    """Run a command on the branch directory: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOW.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words, to=directory):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(to), *map(str, words)])
        told = capsys.readouterr()
        return left.value.code, told.out, told.err

    return run


@pytest.fixture
def export(tmp_path):
    return write_export(tmp_path / "export")


def stored(directory):
    with opened(directory, ENVIRON) as hub:
        return hub.store.ids(""), hub.store.scan_derived("")


def test_status_counts_per_group_and_for_the_branch(run, export):
    run("import-book", export)
    code, out, _ = run("status")
    assert (code, "KM-001" in out, "16" in out) == (0, True, True)
    told = json.loads(run("status", "--json")[1])
    assert (told["status"], told["groups"], told["branch_entries"], told["unreceived"]) == ("ok", 1, 16, 0)


def test_a_rebuild_writes_the_same_derived_documents_to_the_byte(run, export, directory):
    run("import-book", export)
    before = stored(directory)
    with opened(directory, ENVIRON) as hub:
        hub.store.drop_derived()
        assert health(hub.groups).status == "stale"
    code, out, _ = run("rebuild")
    assert (code, out) == (0, "Đã dựng lại 1 tài liệu suy ra từ sổ.\n")
    assert stored(directory) == before


def test_fsck_tells_what_it_verified_and_that_all_is_well(run, export):
    run("import-book", export)
    code, out, _ = run("fsck")
    assert code == 0
    assert out.splitlines()[-1].startswith("NGUYÊN VẸN")
    told = json.loads(run("fsck", "--json")[1])
    assert (told["faults"], told["counts"]["branch_entries"], told["counts"]["books_ready"]) == ([], 16, 1)


def test_fsck_names_every_fault_and_ends_with_1(run, export, directory):
    run("import-book", export)
    with opened(directory, ENVIRON) as hub:
        hub.store.add([{"_id": f"{GROUP}:text:00", "text": "junk"}, {"_id": f"{GROUP}:note:00"}])
    code, out, _ = run("fsck")
    assert code == 1
    assert out.splitlines()[-3:] == [
        "LỖI KM-001:note:00: nội dung không phải của tài liệu mang mã này.",
        "LỖI KM-001:text:00: tài liệu không đọc được.",
        "KHÔNG NGUYÊN VẸN: 2 lỗi.",
    ]
    assert len(json.loads(run("fsck", "--json")[1])["faults"]) == 2


def test_a_directory_is_initialised_and_opened_with_a_named_passphrase(run, export, directory, tmp_path):
    (directory / "hub.toml").unlink()
    (directory / "hub.sqlite").unlink()
    passphrase = directory / "passphrase"
    code, out, _ = run("init", "--origin", "https://hub.example.vn", "--port", "9000")
    assert (code, out) == (0, f"Đã khởi tạo máy chủ trong {directory}.\n")
    code, _, err = run("import-book", export)
    assert (code, "Cần tệp mật khẩu của khóa máy chủ" in err) == (1, True)
    assert run("import-book", export, "--passphrase-file", passphrase)[0] == 0
    (tmp_path / "other").write_bytes(b"another passphrase")
    code, _, err = run("import-book", export, "--passphrase-file", tmp_path / "other")
    assert (code, "Mật khẩu không mở được khóa" in err) == (1, True)


def test_a_store_that_does_not_answer_is_the_status(run, directory):
    with opened(directory, ENVIRON) as hub, sqlite3.connect(directory / "hub.sqlite") as connection:
        connection.execute("ALTER TABLE derived RENAME TO gone")
        connection.execute("ALTER TABLE fact RENAME TO gone_too")
        connection.commit()
        assert health(hub.groups).status == "store"


WRONG = {
    "an unknown command": (("nothing",), 2, "Dùng sai lệnh"),
    "an unknown option": (("status", "--loud"), 2, "Không có tùy chọn --loud."),
    "a port over 65535": (("serve", "--port", "65536"), 2, "--port không hợp lệ"),
    "a port that is no number": (("serve", "--port", "x"), 2, "--port không hợp lệ"),
    "a day that is none": (("import-book", ".", "--day", "2025-02-30"), 2, "--day không hợp lệ"),
    "a huge day": (("import-book", ".", "--day", "9" * 40), 2, "--day không hợp lệ"),
    "a staff id with a blank": (("import-book", ".", "--by", "a b"), 2, "--by không hợp lệ"),
    "no folder": (("import-book",), 2, "Thiếu"),
    "a host that is not here": (("serve", "--host", "203.0.113.1"), 1, "Không lắng nghe được"),
    "an origin with a path": (("init", "--origin", "https://x/y"), 2, "--origin không hợp lệ"),
    "an initialised directory": (("init",), 1, "đã được khởi tạo"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_command_line_gets_one_sentence(run, name):
    (command, *words), code, sentence = WRONG[name]
    got, out, err = run(command, *words)
    assert (got, out) == (code, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_directory_that_is_none_gets_one_sentence(run, tmp_path):
    code, _, err = run("status", to=tmp_path)
    assert (code, err.strip()) == (
        1,
        f"Thư mục {tmp_path} chưa được khởi tạo cho máy chủ: hãy chạy tovay-hub init.",
    )
    code, _, err = run("init", to=tmp_path)
    assert (code, "chưa khởi tạo xong" in err) == (1, True)


@pytest.mark.parametrize("raw", [None, b"", b"SQLite format 3\0 and no more", b"junk"])
def test_a_store_that_was_lost_or_is_no_store_is_told_to_a_person_as_one(run, directory, raw):
    path = directory / "hub.sqlite"
    path.unlink()
    if raw is not None:
        path.write_bytes(raw)
    for command in ("status", "fsck", "serve", "upgrade"):
        code, out, err = run(command)
        assert (code, out, len(err.splitlines())) == (1, "", 1)
        assert err.startswith("Không dùng được kho dữ liệu của chi nhánh: tệp hub.sqlite")
    assert path.exists() == (raw is not None)


def test_a_wrong_rehearsal_gets_one_sentence(run, monkeypatch):
    monkeypatch.setenv("TOVAY_NOW", "tomorrow")
    code, _, err = run("status")
    assert (code, "TOVAY_NOW phải là" in err) == (1, True)


def test_a_file_that_cannot_be_read_is_no_traceback(run, directory):
    (directory / "statements").unlink()
    code, _, err = run("status")
    assert (code, "Traceback" in err) == (1, False)


def test_the_hub_serves_until_it_is_told_to_stop_and_sees_what_other_processes_append(directory, export):
    hub = Served(directory)
    assert httpx.get(f"{hub.address}/health").json()["groups"] == 0
    imported = tovay_hub("import-book", export, "--dir", directory)
    assert imported.returncode == 0, imported.stderr
    told = httpx.get(f"{hub.address}/health")
    assert (told.status_code, told.json()["branch_entries"]) == (200, 16)
    assert httpx.get(f"{hub.address}/nothing").json()["code"] == "not_found"
    assert hub.stop() == 0
    told = [json.loads(line) for line in (directory / "hub.log").read_text().splitlines()]
    lines = [line for line in told if line["event"] == "request"]
    assert [(line["path"], line["status"]) for line in lines] == [
        ("/health", 200),
        ("/health", 200),
        ("/nothing", 404),
    ]
    assert all(line["at"].startswith("2025-12-09T01:30:00") for line in lines)


def test_a_port_that_is_taken_gets_one_sentence(directory):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = tovay_hub("serve", "--dir", directory, "--port", taken.getsockname()[1])
    assert refused.returncode == 1
    assert refused.stderr.startswith("Không lắng nghe được ở địa chỉ 127.0.0.1:")


@pytest.mark.parametrize("words", [(), ("import-book",), ("settle",)])
def test_help_is_vietnamese_to_its_last_word(capsys, words):
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])
    told = capsys.readouterr().out
    assert left.value.code == 0
    assert "Tùy chọn" in told
    assert not [word for word in ("Options ─", "Commands ─", "[required]", "FOLDER") if word in told]
