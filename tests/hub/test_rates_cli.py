"""``tovay-hub dues`` and ``decide-rate``: what they say, and a process that is killed between two groups."""

import json
import shutil
import signal
import subprocess
import sys

import pytest

from hub.app import opened
from hub.cli import main
from hub.service.upkeep.fsck import check
from protocol.roster_facts import RateDecided
from tests.hub.builders import NOW
from tests.hub.lenders import GROUPS, lent
from tests.hub.served import ENVIRON, ROOT

AT = {"TOVAY_NOW": NOW.isoformat()}
CUT = (
    *("--reference", "2553/QĐ-TTg", "--signed-on", "20/11/2025", "--programme", "HN", "--percent", "6,24"),
    *("--effective-from", "01/12/2025", "--reach", "all"),
)
PEOPLE = ("--by", "GD01", "--confirmed-by", "GD02")
DYING = (sys.executable, "-m", "tests.hub.dying_command")


@pytest.fixture(scope="module")
def lending(founded, tmp_path_factory):
    """A branch directory whose groups have lent; nobody may touch it."""
    folder = tmp_path_factory.mktemp("lending") / "branch"
    shutil.copytree(founded, folder)
    with opened(folder, AT, sealing=True) as hub:
        lent(hub)
    return folder


@pytest.fixture
def directory(lending, tmp_path):
    shutil.copytree(lending, tmp_path / "branch")
    return tmp_path / "branch"


@pytest.fixture
def run(capfdbinary, monkeypatch, directory):
    """Run a command on the branch directory: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOW.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(directory), *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode().replace("\xa0", " "), wrong.decode().replace("\xa0", " ")

    return run


def decided(directory):
    """Numbers of the rate decisions in each group's log, and what fsck finds."""
    with opened(directory, AT) as hub:
        found = [
            [
                one.entry.number
                for one in hub.groups.load(group).log.entries
                if isinstance(one.entry, RateDecided)
            ]
            for group in GROUPS
        ]
        return found, check(hub.groups, lambda: None).faults


def test_a_decision_is_previewed_then_written_and_then_known(run, directory):
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--dry-run")
    assert code == 0
    assert "6 khoản vay ở 3 tổ, trả thừa 16.974 đ, 3 khách hàng cần báo.\n" in said
    assert said.endswith("Mới xem trước, chưa ghi gì.\n")
    assert decided(directory) == ([[], [], []], ())
    code, said, _ = run("decide-rate", *CUT, *PEOPLE)
    assert (code, said.splitlines()[-1]) == (0, "Đã ghi quyết định số 2 vào sổ của 3 tổ.")
    assert decided(directory) == ([[2], [2], [2]], ())
    code, said, _ = run("decide-rate", *CUT, *PEOPLE)
    assert code == 0
    assert said.endswith("Quyết định này đã có từ trước, số 2; không có gì thay đổi.\n")
    assert decided(directory) == ([[2], [2], [2]], ())


def test_a_program_reads_the_preview_as_json(run):
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--dry-run", "--json")
    found = json.loads(said)
    assert (code, found["known"], found["done"], found["stopped"]) == (0, False, False, [])
    assert found["totals"]["credit"] == 16_974
    assert found["decision"]["ppm"] == 62_400
    assert (found["decision"]["effective_from"], found["decision"]["effective_to"]) == ("2025-12-01", None)
    assert found["groups"][0]["day"] == "2025-12-17"
    assert found["groups"][0]["loans"][0] == {
        "loan": 1,
        "member": 1,
        "number": "KM-001/1",
        "before": 2_233,
        "after": -5_658,
        "is_behind": False,
        "is_broken": False,
        "credit": 5_658,
        "tell": True,
    }
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--json")
    assert json.loads(said)["done"] is True
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--json")
    assert (json.loads(said)["known"], json.loads(said)["groups"]) == (True, [])


@pytest.mark.parametrize("form", ["csv", "xlsx", "XLSX"])
def test_the_customers_to_be_told_come_as_a_file(run, tmp_path, form):
    file = tmp_path / f"khach-hang.{form}"
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--dry-run", "--customers", file)
    assert (code, f"Đã ghi bảng vào {file}." in said) == (0, True)
    assert file.stat().st_size > 500
    if form == "csv":
        lines = file.read_text("utf-8-sig").splitlines()
        assert "KM-001,KM-001-1,KM-001-1,KM-001/1,Hộ nghèo,2233,-5658,5658" in lines
        assert "Cộng,,,,,,,16974" in lines


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--percent", "6.24"), "phần trăm từ 0 đến 100, không quá bốn số lẻ, ví dụ 6,24"),
        (("--percent", "100,1"), "phần trăm từ 0 đến 100, không quá bốn số lẻ, ví dụ 6,24"),
        (("--percent", "6,24001"), "phần trăm từ 0 đến 100"),
        (("--reference", " "), "số văn bản, từ 1 đến 40 ký tự, ví dụ 2553/QĐ-TTg"),
        (("--reference", "x" * 41), "số văn bản, từ 1 đến 40 ký tự"),
        (("--kind", "rates"), "chọn rate (lãi suất mới)"),
        (("--reach", "old"), "chọn new (khoản vay mới), existing (khoản vay cũ) hoặc all"),
        (("--customers", "a.txt"), "tệp kết thúc bằng .csv hoặc .xlsx"),
        (("--customers", "a.csv", "--json"), "không dùng cùng --json"),
    ],
)
def test_what_is_typed_wrongly_is_misuse(run, words, sentence):
    code, _, wrong = run("decide-rate", *CUT, *PEOPLE, "--dry-run", *words)
    assert (code, sentence in wrong) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--confirmed-by", "GD01"), "Người quyết định và người xác nhận phải là hai người khác nhau."),
        (("--programme", "XX"), "Chi nhánh không có chương trình cho vay mang mã XX."),
        (
            ("--signed-on", "10/12/2025"),
            "Văn bản ký ngày 10/12/2025 chưa có; hôm nay là 09/12/2025. Hãy xem lại --signed-on.",
        ),
        (
            ("--kind", "factor", "--percent", "0,9"),
            "Hệ số dưới 50 % bị từ chối: nhân 0,9 nghĩa là còn 90 % mức cũ, viết --percent 90.",
        ),
        (("--effective-to", "30/11/2025"), "Ngày hết hiệu lực của quyết định đứng trước ngày bắt đầu."),
    ],
)
def test_what_nobody_may_decide_is_refused_with_a_sentence(run, directory, words, sentence):
    code, _, wrong = run("decide-rate", *CUT, *PEOPLE, *words)
    assert (code, wrong.splitlines()[-1]) == (1, sentence)
    assert decided(directory)[0] == [[], [], []]


def test_a_percentage_may_have_four_decimals_a_blank_and_its_sign(run):
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--dry-run", "--json", "--percent", "6,6 %")
    assert (code, json.loads(said)["decision"]["ppm"]) == (0, 66_000)
    _, said, _ = run("decide-rate", *CUT, *PEOPLE, "--dry-run", "--json", "--percent", "0,0001")
    assert json.loads(said)["decision"]["ppm"] == 1


def test_a_decision_with_a_rate_of_no_whole_ppm_is_refused_with_the_loans(run, directory):
    code, said, wrong = run("decide-rate", *CUT, *PEOPLE, "--percent", "6,2401")
    assert (code, "KM-003/1 (tổ KM-003) và 1 khoản vay khác." in wrong, "Đã ghi" in said) == (1, True, False)
    assert wrong.endswith("Quyết định bị từ chối vì 6 khoản vay trên; không có gì được ghi.\n")
    assert decided(directory)[0] == [[], [], []]
    code, said, _ = run("decide-rate", *CUT, *PEOPLE, "--percent", "6,2401", "--json")
    assert (code, json.loads(said)["done"]) == (1, False)


def test_another_decision_about_the_same_matter_is_refused(run, directory):
    run("decide-rate", *CUT, *PEOPLE)
    code, _, wrong = run("decide-rate", *CUT, *PEOPLE, "--percent", "6,3")
    assert (code, "Trái với quyết định số 2 đã ghi" in wrong) == (1, True)
    assert decided(directory) == ([[2], [2], [2]], ())


def test_dues_are_told_as_known_on_a_day(run, monkeypatch):
    monkeypatch.setenv("TOVAY_NOW", "2025-12-12T08:00:00+07:00")
    run("decide-rate", *CUT, *PEOPLE)
    dues = ("dues", "--group", "KM-001", "--day", "17/12/2025")
    code, said, _ = run(*dues)
    assert (code, "368.679" in said, "Tính theo: sổ lúc này" in said) == (0, True, True)
    code, said, _ = run(*dues, "--known-on", "11/12/2025")
    assert (code, "379.726" in said) == (0, True)
    assert "Tính theo: sổ đã ghi đến hết ngày 11/12/2025" in said
    code, said, _ = run(*dues, "--known-on", "11/12/2025", "--json")
    found = json.loads(said)
    assert [row["asked_dong"] for row in found["rows"]] == [2_233, 379_726]
    assert found["totals"]["asked_dong"] == 381_959
    code, said, _ = run(*dues, "--format", "csv")
    assert (code, "KM-001-2,KM-001-2,KM-001/2,Hộ nghèo,70000000,62400,368679,0,368679,0,0" in said) == (
        0,
        True,
    )


@pytest.mark.crash
@pytest.mark.parametrize("groups", [1, 2])
def test_N74_killed_between_two_groups_the_same_decision_finishes_the_rest(run, directory, groups):
    dead = subprocess.run(
        [*DYING, str(groups), "decide-rate", "--dir", str(directory), *CUT, *PEOPLE],
        env={**ENVIRON, **AT},
        cwd=ROOT,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL
    assert decided(directory) == ([[2]] * groups + [[]] * (3 - groups), ())
    code, said, _ = run("decide-rate", *CUT, "--by", "GD03", "--confirmed-by", "GD04")
    assert code == 0
    left = f"Quyết định số 2 đã có ở một số tổ; nay ghi nốt vào sổ của {3 - groups} tổ.\n"
    assert said.endswith(left)
    assert decided(directory) == ([[2], [2], [2]], ())
