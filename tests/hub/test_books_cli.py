"""``tovay-hub`` on a transaction day: what each command does and says, and what it says when it cannot."""

import json
import shutil
from datetime import timedelta

import pytest

from hub.app import opened
from hub.cli import main
from tests.hub.builders import GROUP
from tests.hub.days import NOON, OpenedBranch, told

DAY = "2025-12-17"
THE_DAY = ("--group", GROUP, "--day", DAY)
PEOPLE = ("--by", "KSV01", "--confirmed-by", "GDV01")
COUNT, SETTLE = ("count", *THE_DAY, "--by", "GDV01"), ("settle", *THE_DAY)


AT_NOON = {"TOVAY_NOW": NOON.isoformat()}


@pytest.fixture(scope="module")
def story(founded, tmp_path_factory):
    """A branch directory in which ``told`` was played once, for copies; and the day, for one test."""
    directory = shutil.copytree(founded, tmp_path_factory.mktemp("told") / "branch")
    with opened(directory, AT_NOON, sealing=True) as hub:
        return directory, told(directory.parent, branch=OpenedBranch(hub))


@pytest.fixture
def told_day(story, tmp_path):
    """That directory as this test's own; the commands find it at noon of the transaction day."""
    return shutil.copytree(story[0], tmp_path / "branch")


@pytest.fixture
def run(capfdbinary, monkeypatch, told_day):
    """Run a command on the branch directory: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(told_day), *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode().replace("\xa0", " "), wrong.decode().replace("\xa0", " ")

    return run


@pytest.fixture
def ask(run):
    """Run a command with ``--json``."""

    def ask(command, *words):
        code, said, wrong = run(command, *words, "--json")
        assert code == 0, wrong
        return json.loads(said)

    return ask


def length(directory):
    with opened(directory, {}) as hub:
        return hub.groups.load(GROUP).log.length


def test_L15_counting_and_settling_go_on_while_a_group_waits_and_warn_of_what_it_waits_for(run, told_day):
    shutil.copy(told_day / "hub.sqlite", told_day / "copy.sqlite")
    code, _, wrong = run(*COUNT, "--counted", "1.000")
    assert (code, wrong) == (0, "")
    for rest in ("hub.sqlite-wal", "hub.sqlite-shm"):
        (told_day / rest).unlink(missing_ok=True)
    shutil.copy(told_day / "copy.sqlite", told_day / "hub.sqlite")
    assert run("restored", "--by", "GD01", "--confirmed-by", "KSV01")[0] == 0
    for command in ((*COUNT, "--counted", "771.726"), (*SETTLE, *PEOPLE), (*SETTLE, *PEOPLE, "--json")):
        code, said, wrong = run(*command)
        assert (code, "CẢNH BÁO" in said) == (0, False)
        assert "CẢNH BÁO: Tổ KM-001 còn chờ: 1 dòng sổ cũ, 2 máy (" in wrong
        assert "Tiền của những dòng chưa về không có trong các tổng của lần này." in wrong


def test_a_day_is_counted_settled_and_stated_by_hand(run):
    code, said, _ = run("count", *THE_DAY, "--by", "GDV01", "--counted", "771.726")
    assert code == 0
    assert "Đã ghi kiểm đếm của tổ KM-001, ngày giao dịch 17/12/2025." in said
    assert "Phải có 1.043.726 đ; đếm được 771.726 đ; chênh lệch −272.000 đ." in said
    code, said, _ = run("settle", *THE_DAY, *PEOPLE)
    assert code == 0
    assert "Đã kết toán ngày 17/12/2025 của tổ KM-001: hạch toán 5 phiếu, treo 1 phiếu." in said
    assert "tổ trưởng Phạm Thị Lụa (mã 3000010001) còn nợ" in said
    assert "số 10001" in said
    assert "Sổ cho ngày giao dịch 17/01/2026 đã sẵn sàng" in said
    code, said, _ = run("settle", *THE_DAY, *PEOPLE)
    assert (code, "đã kết toán từ trước; không có gì thay đổi" in said) == (0, True)
    code, said, _ = run("statement", *THE_DAY)
    assert (code, "Bảy trăm bảy mươi mốt nghìn bảy trăm hai mươi sáu đồng" in said) == (0, True)


def test_the_answers_of_a_day_in_json(ask):
    counted = ask("count", *THE_DAY, "--by", "GDV01", "--counted", 771_726)
    assert (counted["group"], counted["day"], counted["stage"]) == (GROUP, DAY, "counted")
    assert counted["cash"]["count"]["difference_dong"] == -272_000
    settled = ask("settle", *THE_DAY, *PEOPLE)
    assert (settled["stage"], settled["changed"], settled["next_day"]) == ("settled", True, "2026-01-17")
    assert settled["entries"] == {
        "pending": 0,
        "posted": 5,
        "held": 1,
        "reversed": 0,
        "voided": 1,
        "set_aside": 0,
    }
    assert settled["cash"]["owed_by"]["name"] == "Phạm Thị Lụa"
    assert not ask("settle", *THE_DAY, *PEOPLE)["changed"]
    assert ask("status", "--group", GROUP)["day"] == "2026-01-17"
    assert ask("status", "--group", GROUP, "--day", "17/12/2025")["received_dong"] == 1_753_726


def test_the_reconciliation_of_a_day_is_told_line_by_line(run):
    code, said, _ = run("status", *THE_DAY)
    assert code == 0
    assert "Đang mở; số dưới đây là xem trước, chưa ghi sổ." in said
    told_lines = [" ".join(line.split()) for line in said.splitlines()]
    assert any("660001000202 379.726 379.726 360.132 0 0 −19.594" in line for line in told_lines)
    assert "Δ" not in said
    assert any("máy báo tính sai thu" in line for line in told_lines), told_lines[:8]
    assert "khoản vay 660001000202: trả gốc 10.000.000 đ tại quầy 12/12/2025: −8.547 đ" in said


def test_a_count_note_by_note_is_kept_and_told(run, ask):
    words = ("--denomination", "500000x1", "--denomination", "200.000x2", "--counted", "900.000")
    code, said, _ = run("count", *THE_DAY, "--by", "GDV01", *words)
    assert (code, "500.000 đ × 1 tờ = 500.000 đ" in said) == (0, True)
    notes = ask("status", "--group", GROUP)["cash"]["count"]["notes"]
    assert notes == [
        {"face_dong": 500_000, "count": 1, "amount_dong": 500_000},
        {"face_dong": 200_000, "count": 2, "amount_dong": 400_000},
    ]


def test_a_count_that_receipts_have_overtaken_is_told_and_not_settled(run, story, told_day):
    run(*COUNT, "--counted", "771726")
    day = story[1]
    with opened(told_day, AT_NOON, sealing=True) as hub:
        day.branch, day.groups = OpenedBranch(hub), hub.groups
        day.collect(day.leader, 2, 1_000, 379_726)
        day.sync(day.leader)
    assert "Sau khi đếm đã có thêm phiếu hoặc khóa sổ: hãy kiểm đếm lại." in run("status", *THE_DAY)[1]
    code, _, wrong = run("settle", *THE_DAY, *PEOPLE)
    assert code == 1
    assert "lúc đó phải có 1.043.726 đ, nay phải có 1.044.726 đ. Hãy kiểm đếm lại." in wrong


def test_a_statement_goes_to_a_file(run, tmp_path):
    file = tmp_path / "13TD.csv"
    code, said, _ = run("statement", *THE_DAY, "--format", "csv", "--out", file)
    assert (code, said) == (0, f"Đã ghi bảng vào {file}.\n")
    written = file.read_bytes().decode()
    assert written.startswith('\ufeff"BẢNG KÊ 13/TD')
    assert run("statement", *THE_DAY, "--format", "csv")[1] == written.replace("\xa0", " ")


def test_statements_of_all_groups_go_to_a_folder_a_file_each(run, told_day, tmp_path):
    with opened(told_day, AT_NOON, sealing=True) as hub:
        hub.groups.open("KM-999")
    folder = tmp_path / "13TD" / "12"
    code, said, _ = run("statements", "--format", "csv", "--out", folder)
    assert (code, said) == (0, f"Đã ghi bảng kê của 1 trong 2 tổ vào {folder}.\n")
    assert [path.name for path in folder.iterdir()] == [f"{GROUP}.csv"]
    alone = tmp_path / "13TD.csv"
    run("statement", *THE_DAY, "--format", "csv", "--out", alone)
    assert (folder / f"{GROUP}.csv").read_bytes() == alone.read_bytes()
    assert run("statements", "--day", "2025-12-18", "--out", folder)[1].startswith(
        "Đã ghi bảng kê của 0 trong 2 tổ"
    )
    code, _, wrong = run("statements", "--out", alone / "here")
    assert (code, "Không ghi được" in wrong) == (1, True), wrong


OTHER_DAY = ("--group", GROUP, "--day", "2025-12-18")
REFUSED = {
    "a count of nothing": ((*COUNT,), 1, "Hãy ghi --denomination"),
    "notes that do not add up": (
        (*COUNT, "--denomination", "500000x1", "--counted", "499999"),
        1,
        "Cộng các mệnh giá được 500.000 đ, nhưng số tiền đếm ghi là 499.999 đ.",
    ),
    "a face that stands twice": (
        (*COUNT, "--denomination", "500000x1", "--denomination", "500.000x1"),
        1,
        "Mệnh giá 500.000 đ ghi hai lần.",
    ),
    "a note that nobody prints": ((*COUNT, "--denomination", "300000x1"), 2, "mệnh giá x số tờ"),
    "notes without a number": ((*COUNT, "--denomination", "500000"), 2, "mệnh giá x số tờ"),
    "no notes": ((*COUNT, "--denomination", "500000x0"), 2, "mệnh giá x số tờ"),
    "notes without end": ((*COUNT, "--denomination", f"500000x{'9' * 40}"), 2, "mệnh giá x số tờ"),
    "an amount below nothing": ((*COUNT, "--counted=-1"), 2, "--counted không hợp lệ"),
    "an amount with an exponent": ((*COUNT, "--counted", "1e6"), 2, "--counted không hợp lệ"),
    "an amount half dotted": ((*COUNT, "--counted", "1000.000"), 2, "--counted không hợp lệ"),
    "an amount in other digits": ((*COUNT, "--counted", "１０００"), 2, "--counted không hợp lệ"),
    "an amount without end": ((*COUNT, "--counted", "9" * 5_000), 2, "--counted không hợp lệ"),
    "an amount over the cap": ((*COUNT, "--counted", "1000000000001"), 2, "--counted không hợp lệ"),
    "a day that is none": (("status", "--group", GROUP, "--day", "2025-02-30"), 2, "--day không hợp lệ"),
    "a day without end": (("status", "--group", GROUP, "--day", "9" * 400), 2, "--day không hợp lệ"),
    "a day of the year 0001": (("status", "--group", GROUP, "--day", "0001-01-01"), 2, "--day không hợp lệ"),
    "a day without a group": (("status", "--day", DAY), 2, "chỉ dùng cùng --group"),
    "a group that is no code": (("status", "--group", "../KM"), 2, "--group không hợp lệ"),
    "a group that is not here": (("status", "--group", "KM-999"), 1, "Không có tổ mang mã này."),
    "a day that was not opened": (
        ("status", *OTHER_DAY),
        1,
        "Tổ KM-001 không có ngày giao dịch 18/12/2025.",
    ),
    "a statement of such a day": (("statement", *OTHER_DAY), 1, "không có ngày giao dịch 18/12/2025"),
    "a statement of another form": (
        ("statement", *THE_DAY, "--format", "pdf"),
        2,
        "chọn text, csv, xlsx hoặc json",
    ),
    "a count of such a day": (
        ("count", *OTHER_DAY, "--by", "GDV01", "--counted", "0"),
        1,
        "Tổ KM-001 không mở ngày giao dịch 18/12/2025.",
    ),
    "a settlement without a count": ((*SETTLE, *PEOPLE), 1, "Chưa kiểm đếm tiền của tổ KM-001"),
    "a settlement by one person": (
        (*SETTLE, "--by", "KSV01", "--confirmed-by", "ksv01"),
        1,
        "phải là hai người khác nhau",
    ),
    "a settlement by somebody": ((*SETTLE, "--by", "KSV01"), 2, "Thiếu --confirmed-by."),
    "a staff id with a blank": ((*SETTLE, "--by", "K V", "--confirmed-by", "GDV01"), 2, "--by không hợp lệ"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_gets_one_sentence_and_changes_nothing(run, told_day, name):
    words, code, sentence = REFUSED[name]
    before = length(told_day)
    got, said, wrong = run(*words)
    assert (got, said) == (code, "")
    assert sentence in wrong
    assert len(wrong.strip().splitlines()) == 1
    assert length(told_day) == before


def test_a_statement_that_cannot_be_written_gets_one_sentence(run, tmp_path):
    code, said, wrong = run("statement", *THE_DAY, "--out", tmp_path)
    assert (code, said, wrong) == (1, "", f"Không ghi được vào tệp {tmp_path}.\n")


def test_a_day_that_has_not_come_is_not_counted(run, monkeypatch):
    monkeypatch.setenv("TOVAY_NOW", (NOON - timedelta(days=1)).isoformat())
    code, _, wrong = run(*COUNT, "--counted", "0")
    assert (code, "Chưa đến ngày giao dịch 17/12/2025; hôm nay là 16/12/2025." in wrong) == (1, True)


def test_a_count_needs_the_branch_keys(run, told_day):
    settings = (told_day / "hub.toml").read_text().replace('"passphrase"', '""')
    (told_day / "hub.toml").write_text(settings)
    code, _, wrong = run(*COUNT, "--counted", "0")
    assert (code, "Cần tệp mật khẩu" in wrong) == (1, True)
    assert run("status", *THE_DAY)[0] == 0
