"""``tovay-provision`` as people and scripts use it: what it prints, its exit codes, and what it refuses."""

import json
import resource
import signal

import pytest
import zxingcpp
from PIL import Image

from protocol.keys import fingerprint
from protocol.voucher import read_qr, read_voucher
from provisioning.authority import root_spki
from provisioning.cli import main
from tests.provisioning.branch import PASSPHRASE, ROOT_PASSPHRASE, Phone, admitted_phone

GOOD_INIT = {
    "--dir": "branch",
    "--root": "medium",
    "--branch": "KM",
    "--passphrase-file": "passphrase",
    "--root-passphrase-file": "root-passphrase",
}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working directory with two passphrase files, at a rehearsed moment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOVAY_NOW", "2025-12-02T08:00:00+07:00")
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    (tmp_path / "root-passphrase").write_bytes(ROOT_PASSPHRASE + b"\n")
    return tmp_path


@pytest.fixture
def run(capsys, desk):
    """Run one command line; returns exit code, output and error."""

    def run(*words):
        code = 0
        try:
            main([str(word) for word in words])
        except SystemExit as left:
            code = left.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def flat(options):
    return [word for option in options.items() for word in option]


def test_init_makes_a_branch_and_shows_the_fingerprint_of_its_root(run, desk):
    code, out, err = run("init", *flat(GOOD_INIT))
    assert (code, err) == (0, "")
    assert fingerprint(root_spki(desk / "branch")).hex() in out.replace(" ", "").replace("│", "").replace(
        "\n", ""
    )
    assert "Đã khởi tạo chi nhánh KM" in out
    code, out, err = run("init", *flat(GOOD_INIT))
    assert (code, out) == (1, "")
    assert "đã được khởi tạo" in err


@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [
        ({"--branch": "Kinh Môn"}, 2, "--branch"),
        ({"--branch": "x" * 25}, 2, "--branch"),
        ({"--passphrase-file": "nowhere"}, 1, "nowhere"),
        ({"--root-passphrase-file": "passphrase"}, 1, "Khóa gốc"),
        ({"--root": "branch/root"}, 1, "Khóa gốc"),
        ({"--dir": "passphrase"}, 1, "Không ghi được"),
        ({"--dir": "passphrase/branch"}, 1, "Không ghi được"),
        ({"--dir": "new/" * 3 + "x" * 300}, 1, "Không ghi được"),
        ({"--root": "new/" * 3 + "x" * 300}, 1, "Không ghi được"),
    ],
)
def test_a_bad_init_is_one_sentence_and_changes_nothing(run, desk, wrong, code, told):
    before = sorted(desk.rglob("*"))
    got, out, err = run("init", *flat(GOOD_INIT | wrong))
    assert (got, out) == (code, "")
    assert told in err
    assert "Traceback" not in err
    assert sorted(desk.rglob("*")) == before


def test_init_on_a_full_disk_changes_nothing(run, desk):
    before = sorted(desk.rglob("*"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, limits[1]))
    try:
        code, _, err = run("init", *flat(GOOD_INIT))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (code, "đĩa đầy" in err) == (1, True)
    assert sorted(desk.rglob("*")) == before


def test_an_init_that_is_stopped_from_the_keyboard_changes_nothing(run, desk):
    before = sorted(desk.rglob("*"))
    usual = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        code, _, err = run("init", *flat(GOOD_INIT))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)
    assert (code, "Đã dừng" in err) == (1, True)
    assert sorted(desk.rglob("*")) == before


def test_a_voucher_is_printed_once_and_drawn_for_the_camera(run, branch, tmp_path):
    picture = tmp_path / "voucher.png"
    code, out, _ = run(
        *("voucher", "--dir", branch.directory, "--group", "KM-01", "--role", "leader", "--by", "it01"),
        *("--days", "3", "--qr", "https://hub.kinhmon.example", picture, "--json"),
    )
    told = json.loads(out)
    assert code == 0
    assert (told["group"], told["role"], told["expires"]) == ("KM-01", "leader", "2025-12-05T08:00:00+07:00")
    scanned = read_qr(zxingcpp.read_barcode(Image.open(picture)).text)
    assert scanned.hub == "https://hub.kinhmon.example"
    assert read_voucher(told["voucher"]).pins(scanned.fingerprint)


def test_a_voucher_for_people_says_for_whom_and_until_when(run, branch):
    words = ("voucher", "--dir", branch.directory, "--group", "KM-01", "--role", "deputy", "--by", "it01")
    _, out, _ = run(*words)
    assert "tổ phó, tổ KM-01" in out
    assert "08:00 09/12/2025" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--days", "0"), "--days"),
        (("--days", "9" * 60), "từ 1 đến 60"),
        (("--days", "ba"), "--days"),
        (("--role", "head"), "tổ trưởng"),
        (("--group", "../../etc"), "--group"),
        (("--group", ""), "--group"),
        (("--by", "Nguyễn Văn A"), "--by"),
        (("--qr", "ftp://hub", "a.svg"), "--qr"),
        (("--qr", "https://hub/path", "a.svg"), "--qr"),
        (("--qr", "https://hub", "a.pdf"), ".svg"),
        (("--colour", "red"), "--colour"),
        (("more",), "--help"),
    ],
)
def test_a_misused_voucher_command_is_one_sentence_and_opens_nothing(run, branch, words, told):
    usual = ("--dir", branch.directory, "--group", "KM-01", "--role", "leader", "--by", "it01")
    code, out, err = run("voucher", *usual, *words)
    assert (code, out) == (2, "")
    assert told in err
    assert branch.audit() == []


def test_a_picture_that_cannot_be_written_is_told_after_the_voucher(run, branch):
    usual = ("--dir", branch.directory, "--group", "KM-01", "--role", "leader", "--by", "it01")
    code, out, err = run("voucher", *usual, "--qr", "https://hub", "nowhere/a.svg")
    assert (code, "Mã mời" in out, "Không ghi được" in err) == (1, True, True)


def test_devices_are_listed_compared_accepted_and_revoked(run, branch, client):
    assert "Chưa có thiết bị nào" in run("devices", "--dir", branch.directory)[1]
    phone = Phone()
    shown = phone.enrol(client, branch.voucher())
    listed = run("devices", "--dir", branch.directory)[1]
    assert f"{shown[:3]} {shown[3:]}" in listed
    assert "đang chờ duyệt" in listed
    (told,) = json.loads(run("devices", "--dir", branch.directory, "--json")[1])
    assert told == {
        "device": phone.enrolled.device,
        "group": "KM-01",
        "role": "leader",
        "state": "waiting",
        "digits": shown,
        "ordinal": None,
        "enrolled": "2025-12-02T01:00:00Z",
    }
    code, out, _ = run(
        *("devices", "--dir", branch.directory, "--accept", told["device"]),
        *("--digits", f"{shown[:3]} {shown[3:]}", "--by", "it01"),
    )
    assert (code, "đã duyệt" in out) == (0, True)
    assert shown not in run("devices", "--dir", branch.directory)[1].replace(" ", "")
    code, out, _ = run(
        *("revoke", told["device"][:8], "--dir", branch.directory, "--reason", "lost phone"),
        *("--by", "it01", "--confirmed-by", "head01"),
    )
    assert (code, "đã thu hồi" in out) == (0, True)
    decision = branch.register.device(told["device"]).decision("revoked")
    assert (decision.reason, decision.confirmed_by) == ("lost phone", "head01")


def test_a_waiting_device_is_refused_with_a_reason(run, branch, client):
    phone = Phone()
    phone.enrol(client, branch.voucher())
    words = ("devices", "--dir", branch.directory, "--refuse", phone.enrolled.device, "--by", "it01")
    assert run(*words)[0] == 2
    code, out, _ = run(*words, "--reason", "photographed voucher")
    assert (code, "bị từ chối" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("devices", "--accept", "ffff", "--digits", "123456", "--by", "it01"), 1, "thiết bị"),
        (("devices", "--accept", "ffff", "--digits", "123456"), 2, "--by"),
        (("devices", "--accept", "ffff", "--by", "it01"), 2, "--digits"),
        (("devices", "--accept", "ffff", "--refuse", "ffff"), 2, "--help"),
        (("devices", "--accept", "x", "--digits", "123456", "--by", "it01"), 2, "--accept"),
        (("devices", "--accept", "ffff", "--digits", "12345", "--by", "it01"), 2, "--digits"),
        (("revoke", "ffff", "--reason", "lost", "--by", "it01"), 1, "thiết bị"),
        (("revoke", "ffff", "--reason", "lost", "--by", "it01", "--confirmed-by", "it01"), 1, "phải khác"),
        (("revoke", "ffff", "--by", "it01"), 2, "--reason"),
        (("revoke", "--reason", "lost", "--by", "it01"), 2, "Thiếu MÃ_THIẾT_BỊ."),
    ],
)
def test_a_decision_that_cannot_be_taken_is_one_sentence(run, branch, words, code, told):
    got, out, err = run(*words, "--dir", branch.directory)
    assert (got, out) == (code, "")
    assert told in err


def test_wrong_digits_are_told_and_the_device_waits(run, branch, client):
    phone = Phone()
    shown = phone.enrol(client, branch.voucher())
    wrong = f"{(int(shown) + 1) % 1_000_000:06d}"
    words = ("--accept", phone.enrolled.device, "--digits", wrong, "--by", "it01")
    code, _, err = run("devices", "--dir", branch.directory, *words)
    assert (code, "không khớp" in err) == (1, True)


@pytest.mark.parametrize(
    "words", [("devices",), ("voucher", "--group", "a", "--role", "leader", "--by", "b")]
)
def test_a_directory_that_is_no_branch_is_told(run, desk, words):
    code, _, err = run(*words, "--dir", desk)
    assert (code, "chưa khởi tạo xong" in err) == (1, True)


def test_a_revoked_device_stays_revoked(run, branch, client):
    phone = admitted_phone(branch, client)
    words = ("revoke", phone.enrolled.device, "--dir", branch.directory, "--reason", "lost", "--by", "it01")
    assert run(*words)[0] == 0
    code, _, err = run(*words)
    assert (code, "đã thu hồi" in err) == (1, True)


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "2025-12-02T08:00:00", "9999999999", "1969-12-31T00:00:00Z", "9999-12-31T00:00:00Z"],
)
def test_a_rehearsal_needs_a_moment_with_an_offset(run, branch, monkeypatch, moment):
    monkeypatch.setenv("TOVAY_NOW", moment)
    code, _, err = run(
        *("voucher", "--dir", branch.directory, "--group", "KM-01", "--role", "leader", "--by", "it01")
    )
    assert (code, "TOVAY_NOW" in err) == (1, True)


def test_without_a_rehearsal_the_time_is_now(run, branch, monkeypatch):
    monkeypatch.delenv("TOVAY_NOW")
    words = ("voucher", "--dir", branch.directory, "--group", "KM-01", "--role", "leader", "--by", "it01")
    told = json.loads(run(*words, "--json")[1])
    assert told["expires"] > "2026-11"


@pytest.mark.parametrize(
    "words", [("--help",), ("init", "--help"), ("devices", "--help"), ("revoke", "--help")]
)
def test_help_is_vietnamese(run, words):
    code, out, _ = run(*words)
    assert (code, "Xem hướng dẫn này" in out) == (0, True)


@pytest.mark.parametrize("words", [(), ("enrol",), ("--version",)])
def test_no_command_or_an_unknown_one_is_a_misuse(run, words):
    assert run(*words)[0] == 2
