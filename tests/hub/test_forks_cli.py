"""``tovay-hub forks resolve-fork reopen-phone evidence checkpoint`` and ``fsck --checkpoint``, as typed."""

import json

import pytest

from hub.app import opened
from hub.cli import main
from hub.service.forks.checkpoints import latest
from protocol.evidence import check
from protocol.keys import fingerprint
from protocol.trust_facts import ForkResolved, WriterAdmitted
from provisioning.verify_cli import main as verify
from tests.hub.builders import GROUP
from tests.hub.days import NOON, CollectionDay, OpenedBranch
from tests.hub.forking import copied
from tests.hub.pushes import push, revoke

AT_NOON = {"TOVAY_NOW": NOON.isoformat()}
PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")


@pytest.fixture
def day(directory, tmp_path):
    """A cloned phone in a branch directory, its round counted before the clone's side came."""
    with opened(directory, AT_NOON, sealing=True) as hub:
        return copied(tmp_path, branch=OpenedBranch(hub), counted=190_000)


@pytest.fixture
def run(capfdbinary, monkeypatch, directory, day):
    """Run a command on the branch directory: exit code, what it told, and what it told as an error."""
    assert day
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(directory), *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode().replace("\xa0", " "), wrong.decode().replace("\xa0", " ")

    return run


def side(phone):
    return phone.hashes[2].hex()[:16]


def choose(phone, *more):
    return ("--group", GROUP, "--writer", 1, "--seq", 2, "--hash", side(phone), *PEOPLE, *more)


def entries(directory, kind):
    with opened(directory, {}) as hub:
        log = hub.groups.load(GROUP).log
        return [placed.entry for placed in log.entries if isinstance(placed.entry, kind)]


def test_forks_lists_both_sides_and_ends_with_1_while_nobody_chose(run, day):
    code, out, _ = run("forks")
    assert code == 1
    assert f"Tổ {GROUP}, máy số 1 (tổ trưởng" in out
    assert f"Bên {side(day.leader)}: 2 dòng, tiền mặt 90.000 đ; để riêng 90.000 đ" in out
    assert f"Bên {side(day.clone)}: 1 dòng, tiền mặt 50.000 đ; để riêng 50.000 đ" in out
    assert "dòng 2: điện thoại ký hai nội dung khác nhau (phone_fork)" in out
    assert "Tiền đang để riêng vì rẽ nhánh: 140.000 đ." in out


def test_forks_as_json(run, day):
    code, out, _ = run("forks", "--group", GROUP, "--json")
    told = json.loads(out)
    assert (code, told["unresolved"]) == (1, True)
    assert {one["cash_dong"] for one in told["forks"][0]["sides"]} == {90_000, 50_000}
    (found,) = told["contradictions"]
    assert (found["kind"], found["writer"], found["seq"]) == ("phone_fork", 1, 2)
    assert set(found["hashes"]) == {day.leader.hashes[2].hex(), day.clone.hashes[2].hex()}


def test_a_choice_is_looked_at_and_then_made(run, day, directory, tmp_path):
    code, out, _ = run("resolve-fork", *choose(day.leader), "--dry-run")
    assert (code, entries(directory, ForkResolved)) == (0, [])
    assert out.startswith("Xem trước, chưa ghi gì:")
    assert "tiền của các phiếu chờ hạch toán: +100.000 đ → +190.000 đ" in out
    paper = tmp_path / "bien-ban.pdf"
    paper.write_bytes(b"%PDF")
    code, out, err = run("resolve-fork", *choose(day.leader, "--paper", paper))
    assert (code, err) == (0, "")
    assert "Tiền đang để riêng vì rẽ nhánh: 50.000 đ." in out
    (resolved,) = entries(directory, ForkResolved)
    assert resolved.statement is not None
    code, out, _ = run("forks")
    assert code == 0
    assert "ĐƯỢC CHỌN" in out
    assert "đã được ghi từ trước" in run("resolve-fork", *choose(day.leader, "--paper", paper))[1]


def test_fault_48_a_choice_against_a_count_is_told(run, day):
    code, out, _ = run("resolve-fork", *choose(day.clone))
    assert code == 0
    assert "LƯU Ý: lần kiểm đếm ngày 17/12/2025 đã tính một lần khóa sổ nằm ở bên bị để riêng." in out
    assert "đã đếm 190.000 đ" in out


def test_a_choice_as_json_is_one_line(run, day):
    code, out, _ = run("resolve-fork", *choose(day.leader, "--json"))
    assert (code, json.loads(out)["entries"]) == (0, ["ForkResolved"])


def test_a_side_that_is_not_there_is_refused_with_a_sentence(run, day):
    words = ("--group", GROUP, "--writer", 1, "--seq", 2, "--hash", "0" * 16, *PEOPLE)
    code, _, err = run("resolve-fork", *words)
    assert day
    assert (code, err) == (
        1,
        "Không có dòng 2 mang dấu 0000000000000000 mà mọi dòng trước đã về: hãy xem tovay-hub forks.\n",
    )


def test_a_phone_is_reopened_and_its_numbers_are_told(run, directory):
    words = ("--group", GROUP, "--writer", 1, *PEOPLE)
    for typed in ("１", "+1", "1_0", "-1", ""):
        code, _, err = run("reopen-phone", "--group", GROUP, "--writer", typed, *PEOPLE)
        assert (code, "số nguyên từ 1 đến" in err) == (2, True)
    code, out, err = run("reopen-phone", *words)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"Đã mở kỳ 1 cho máy số 1 của tổ {GROUP}.",
        "Kỳ trước dừng ở dòng 3 đã nhận liền mạch; dòng nào của kỳ trước về sau vẫn được nhận.",
        "Số biên lai mới: từ 20001 đến 30000.",
        "LƯU Ý: sổ của máy này có rẽ nhánh. Nếu có thể còn bản sao khác, hãy thu hồi và cấp máy mới.",
    ]
    assert "LƯU Ý" not in run("reopen-phone", "--group", GROUP, "--writer", 2, *PEOPLE)[1]
    assert "không có gì thay đổi" in run("reopen-phone", *words)[1]
    told = json.loads(run("reopen-phone", *words, "--json")[1])
    assert (told["changed"], told["epoch"], told["first_receipt"]) == (False, 1, 20_001)
    assert len(entries(directory, WriterAdmitted)) == 4


def test_evidence_is_written_for_a_stranger_with_the_fingerprint(run, directory, tmp_path, capfdbinary):
    out = tmp_path / "chung-cu.tovay"
    code, told, _ = run("evidence", "--group", GROUP, "--kind", "phone_fork", "--out", out)
    assert code == 0
    assert told.endswith(f"Đã ghi chứng cứ vào {out}.\n")
    with opened(directory, {}) as hub:
        trust = hub.groups.trust
    assert check(out.read_bytes(), fingerprint(trust.root_spki), trust.verifier).seq == 2
    with pytest.raises(SystemExit) as left:
        verify(["evidence", str(out), "--root", str(directory / "root.spki")])
    assert (left.value.code, b"hai n" in capfdbinary.readouterr()[0]) == (0, True)


def test_evidence_that_is_not_there_or_cannot_be_written_is_told(run, tmp_path):
    out = tmp_path / "x"
    code, _, err = run("evidence", "--group", GROUP, "--kind", "receipt", "--out", out)
    assert (code, err) == (1, f"Ở tổ {GROUP} không có mâu thuẫn nào như vậy.\n")
    code, _, err = run("evidence", "--group", GROUP, "--out", tmp_path)
    assert (code, err) == (1, f"Không ghi được vào tệp {tmp_path}.\n")


def test_a_checkpoint_is_made_once_a_day_and_proves_the_log(run, directory, tmp_path):
    out = tmp_path / "diem-chot"
    code, told, err = run("checkpoint", "--out", out)
    assert (code, err) == (0, "")
    assert told == "Điểm chốt số 1 ngày 17/12/2025 của chi nhánh KM, 1 tổ: chữ ký đúng.\n"
    assert run("checkpoint")[1] == told
    with opened(directory, {}) as hub:
        assert latest(hub.store) == out.read_bytes()
    assert "Đã nhận lại điểm chốt số 1." in run("checkpoint", "--after", out)[1]
    code, told, _ = run("fsck", "--checkpoint", out)
    assert (code, told.splitlines()[-1].startswith("NGUYÊN VẸN")) == (0, True)


def test_a_file_that_is_no_checkpoint_of_this_branch_is_refused(run, tmp_path):
    junk = tmp_path / "junk"
    for raw in (b"junk", bytes(1_000_001)):
        junk.write_bytes(raw)
        code, _, err = run("fsck", "--checkpoint", junk)
        assert (code, err.splitlines()[-1]) == (1, "Đây không phải điểm chốt của chi nhánh này.")
    nowhere = tmp_path / "nowhere"
    code, _, err = run("checkpoint", "--after", nowhere)
    assert (code, err) == (1, f"Không đọc được tệp {nowhere}.\n")
    code, _, err = run("checkpoint", "--out", tmp_path)
    assert (code, err) == (1, f"Không ghi được vào tệp {tmp_path}.\n")


def test_a_damaged_group_hides_no_other(run, directory):
    with opened(directory, AT_NOON, sealing=True) as hub:
        hub.groups.open("KM-009")
        place = "00112233445566778899.0:0000000000000001"
        hub.store.add([{"_id": f"KM-009:evidence:{place}", "evidence": "AAAA"}])
    code, out, _ = run("forks")
    assert code == 1
    assert "Tổ KM-009: Dữ liệu lưu trên máy chủ không còn nguyên vẹn." in out
    assert f"Tổ {GROUP}, máy số 1" in out
    assert json.loads(run("forks", "--json")[1])["damaged"] == ["KM-009"]


def test_L18_cash_above_a_revocation_is_summed_and_told(capfdbinary, monkeypatch, directory, tmp_path):
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())
    with opened(directory, AT_NOON, sealing=True) as hub:
        day = CollectionDay(tmp_path, branch=OpenedBranch(hub))
        day.collect(day.leader, 1, 100_000, 271_233)
        day.sync(day.leader)
        day.collect(day.leader, 2, 90_000, 379_726)
        revoke(day.branch, day.leader)
        push(day.branch, day.leader.seal(2), asker=day.leader)
    for words in ((), ("--json",)):
        with pytest.raises(SystemExit) as left:
            main(["forks", "--dir", str(directory), *words])
        assert left.value.code == 0
    told = capfdbinary.readouterr()[0].decode().replace("\xa0", " ")
    assert f"Tổ {GROUP}. Tiền đang để riêng vì ký sau chỗ thu hồi: 90.000 đ." in told
    assert json.loads(told.splitlines()[-1])["revoked_dong"] == {GROUP: 90_000}


def test_a_branch_without_contradictions_says_so(run, directory):
    with opened(directory, AT_NOON, sealing=True) as hub:
        hub.groups.open("KM-009")
    code, out, _ = run("forks", "--group", "KM-009")
    assert (code, out) == (0, "Không có rẽ nhánh hay mâu thuẫn nào.\n")
