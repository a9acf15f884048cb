"""``tovay-verify``: what a stranger learns from a file, with the root's fingerprint and nothing else."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.checkpoint import Checkpoint, GroupHead, publish, read_checkpoint
from protocol.codec import encode
from protocol.entries import decode_entry, entry_bytes
from protocol.evidence import Proved, Side
from protocol.keys import fingerprint, statement_digest
from protocol.phone_facts import Collected, RoundClosed
from protocol.receipt import Marked, ReceiptProof, mark, write_qr
from provisioning.verify_cli import commands, main
from provisioning.verify_wording import proved, said
from tests.builders import VERIFIER, a_group, signer, stated
from tests.facts import DAY, an
from tests.vectors.evidence_cases import evidence_cases

ROOT = signer("root").spki
TRUSTED = fingerprint(ROOT)
STATEMENT = stated(signer("branch key 1"))
GOOD = {
    vector.name.rpartition("/")[2]: vector.parts[0] for vector in evidence_cases() if vector.expect == "ok"
}


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run one command line in a folder with the root's key; returns exit code, output and error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "root.spki").write_bytes(ROOT)

    def run(*words, root="root.spki"):
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in (*words, "--root", root)])
        said = capsys.readouterr()
        return left.value.code, said.out, said.err

    return run


@pytest.fixture
def kept(tmp_path):
    """Keep bytes as a file; returns its name."""

    def keep(name, raw):
        (tmp_path / name).write_bytes(raw)
        return name

    return keep


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("phone-fork", "khóa của điện thoại tổ trưởng đã ký hai nội dung khác nhau cho dòng 2"),
        ("receipt", "một biên lai khác với dòng 1"),
        ("branch-fork", "Khóa của chi nhánh đã ký hai nội dung khác nhau cho dòng 15"),
        ("branch-known", "Điện thoại tổ trưởng đã ký rằng mình giữ một sổ chi nhánh khác"),
        ("after-revocation", "đã ký dòng 2 trở đi, ở sau chỗ chi nhánh thu hồi máy"),
    ],
)
def test_evidence_is_told_with_what_it_proves_and_what_not(run, kept, name, told):
    code, out, err = run("evidence", kept("e", GOOD[name]), root=TRUSTED.hex(" ", 4))
    assert (code, err) == (0, "")
    assert "ĐỨNG VỮNG" in out
    assert told in out
    assert "Chưa chứng minh: " in out


def test_both_sides_of_a_fork_are_shown_with_receipt_numbers_amounts_and_the_phones_clock(run, kept):
    _, out, _ = run("evidence", kept("e", GOOD["phone-fork"]))
    assert "dòng 2: biên lai số 2, " in out
    assert "dòng 2: biên lai số 3, " in out
    assert "máy ghi lúc 08:30 ngày 17/12/2025" in out


def test_every_flipped_byte_of_a_file_is_refused(run, kept):
    raw = GOOD["phone-fork"]
    for place in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[place] ^= 1
        code, out, err = run("evidence", kept("e", bytes(changed)))
        assert (code, out) == (1, "")
        assert err.startswith("KHÔNG ĐỨNG VỮNG: ")


def test_evidence_of_another_root_is_refused(run, kept):
    code, _, err = run("evidence", kept("e", GOOD["receipt"]), root="0" * 64)
    assert code == 1
    assert "khóa gốc" in err


def a_text(entry=None):
    branch = a_group()
    phone = branch.phones[0]
    marked = Marked(phone.log, 1, phone.head, entry_bytes(entry or an(Collected, receipt_no=17)))
    proof = ReceiptProof(marked, mark(marked, phone.key), phone.admitted_in, branch.statements[0])
    return write_qr(proof)


def test_a_receipts_code_is_checked_as_text_or_from_a_file(run, kept):
    text = a_text()
    for words in ((text,), ("--file", kept("code.txt", f"{text}\r\n".encode()))):
        code, out, err = run("receipt", *words)
        assert (code, err) == (0, "")
        assert "biên lai số 17" in out
        assert "tra cứu biên lai tại máy chủ" in out


def test_a_changed_code_is_refused(run):
    text = a_text()
    code, _, err = run("receipt", text[:200] + ("A" if text[200] != "A" else "B") + text[201:])
    assert code == 1
    assert err.startswith("KHÔNG ĐỨNG VỮNG")


def test_a_receipt_needs_the_roots_key_itself(run):
    code, _, err = run("receipt", a_text(), root=TRUSTED.hex())
    assert code == 1
    assert "root.spki" in err


@pytest.mark.parametrize("words", [(), ("x", "--file", "y")])
def test_a_code_comes_from_one_source(run, words):
    code, _, err = run("receipt", *words)
    assert code == 2
    assert "--help" in err


def a_checkpoint(number, *heads, previous=None, day=DAY, branch="KM"):
    statement = stated(signer("branch key 1"), branch=branch)
    made = Checkpoint(1, branch, number, day, previous, statement_digest(statement), heads)
    return publish(made, ROOT, statement, signer("branch key 1"))


def test_checkpoints_that_agree_say_what_they_do_not_prove(run, kept):
    old = a_checkpoint(1, GroupHead("KM-001", 0, 5, bytes(32)))
    digest = read_checkpoint(old, TRUSTED, VERIFIER).digest
    new = a_checkpoint(2, GroupHead("KM-001", 0, 9, bytes(32)), previous=digest, day=DAY + 1)
    code, out, err = run("checkpoint", kept("new", new), kept("old", old), root=TRUSTED.hex())
    assert (code, err) == (0, "")
    assert "Điểm chốt số 1 ngày 17/12/2025 của chi nhánh KM, 1 tổ: chữ ký đúng." in out
    assert "không sổ nào mất, lùi lại hay bị viết lại" in out
    assert "fsck --checkpoint" in out


def test_checkpoints_that_contradict_each_other_are_told_and_leave_with_1(run, kept):
    old = a_checkpoint(1, GroupHead("KM-001", 0, 5, bytes(32)), GroupHead("KM-002", 0, 5, bytes(32)))
    new = a_checkpoint(2, GroupHead("KM-001", 0, 4, bytes(32)), previous=bytes(32))
    code, out, _ = run("checkpoint", kept("new", new), kept("old", old))
    assert code == 1
    assert "MÂU THUẪN: sổ của tổ KM-001 bị lùi lại." in out
    assert "MÂU THUẪN: tổ KM-002 không còn trong điểm chốt sau." in out
    assert "không nối vào" in out
    assert "Chưa chứng minh" not in out


def test_one_checkpoint_is_checked_alone(run, kept):
    code, out, _ = run("checkpoint", kept("new", a_checkpoint(1)))
    assert (code, out.count("\n")) == (0, 1)


def test_checkpoints_of_two_branches_are_not_compared(run, kept):
    names = kept("a", a_checkpoint(1)), kept("b", a_checkpoint(2, branch="HN", previous=bytes(32)))
    code, _, err = run("checkpoint", *names)
    assert code == 1
    assert "không cùng một chi nhánh" in err


def test_a_file_that_is_missing_or_far_too_large_is_told(run, kept):
    assert run("evidence", "nowhere")[::2] == (1, "Không đọc được tệp nowhere.\n")
    code, _, err = run("evidence", kept("large", bytes(1_000_001)))
    assert code == 1
    assert "quá lớn" in err
    for wrong in ("nowhere", kept("empty", b""), kept("other", bytes(len(ROOT)))):
        code, _, err = run("evidence", kept("e", GOOD["receipt"]), root=wrong)
        assert code == 2
        assert "root.spki" in err


def test_without_an_output_nothing_is_done(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 1
    assert "chưa làm gì" in capsys.readouterr().err


def test_what_nobody_here_can_read_is_told_as_that():
    assert said(an(RoundClosed)) == "khóa sổ đợt thu"
    assert said(decode_entry(encode((31, 5)))) == "dòng loại 31, bản này chưa biết đọc"
    sides = Side(bytes(32), ((1, b"\xc1"),), None, 2**53), Side(bytes(32), ((1, bytes(1)),), 1, None)
    told = proved(Proved("phone_fork", "KM", a_group().log.log, 1, sides, a_group().phones[0].admission))
    assert "    dòng 1: dòng không đọc được" in told
    assert any("một giờ không có trong lịch" in line for line in told)


@pytest.mark.parametrize("words", [(), *((name,) for name in commands.commands)])
def test_every_page_of_help_is_in_vietnamese(capsys, words):
    with pytest.raises(SystemExit) as left:
        main([*words, "--help"])
    assert left.value.code == 0
    page = capsys.readouterr().out
    assert page.split()[:3] == ["Cách", "dùng:", "tovay-verify"]
    assert not re.search(r"\b(Usage|OPTIONS|COMMAND|PATH|TEXT|INTEGER|RANGE|FILE)\b", page), page


def test_an_output_that_is_full_is_told_as_that():
    command = [sys.executable, "-c", "from provisioning.verify_cli import main; main()", "--help"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr.decode()) == (1, "Không in được kết quả.\n")
