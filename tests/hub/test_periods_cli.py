"""``tovay-hub`` closes a period, and shows journals and balances: a branch of three groups at year's end.

Every group of ``lenders`` was settled on 17/12/2025. Loan 1, 50,000,000 đ at 6.6 %, owed 271,233 đ of which
269,000 đ had been received, of them 4,000 ahead of nothing: five days after 17/11 it owed 45,205 đ. Loan 2,
70,000,000 đ, owed 379,726 đ. To the end of December, 45 days, they owe 406,849 đ and 569,589 đ.
"""

import csv
import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from hub.app import opened
from hub.cli import main
from hub.service.day.posting import Counting, Settling, count, settle
from protocol.loan_facts import InterestReceived
from protocol.posting_facts import PeriodClosed
from tests.hub.lenders import DAY, GROUPS, lent
from tests.hub.served import ENVIRON, ROOT

NOON = {"TOVAY_NOW": datetime(2025, 12, 17, 5, tzinfo=UTC).isoformat()}
NEW_YEAR = {"TOVAY_NOW": datetime(2026, 1, 2, 5, tzinfo=UTC).isoformat()}
PEOPLE = ("--by", "KTT01", "--confirmed-by", "GD01")
CLOSE = ("--period", "2025-12", *PEOPLE)
DYING = (sys.executable, "-m", "tests.hub.dying_command")


@pytest.fixture(scope="module")
def lending(founded, tmp_path_factory):
    """A branch directory whose groups have lent and whose transaction day is open; nobody may touch it."""
    folder = tmp_path_factory.mktemp("periods") / "branch"
    shutil.copytree(founded, folder)
    with opened(folder, NOON, sealing=True) as hub:
        lent(hub)
    return folder


@pytest.fixture(scope="module")
def settled(lending, tmp_path_factory):
    """The same branch once every group was settled; nobody may touch it."""
    folder = tmp_path_factory.mktemp("settled") / "branch"
    shutil.copytree(lending, folder)
    with opened(folder, NOON, sealing=True) as hub:
        for group in GROUPS:
            count(hub.groups, group, Counting(DAY, 0, (), "GDV01", None))
            settle(hub.groups, group, Settling(DAY, "KSV01", "GDV01"))
    return folder


@pytest.fixture
def directory(settled, tmp_path):
    """A settled branch of this test's own."""
    shutil.copytree(settled, tmp_path / "branch")
    return tmp_path / "branch"


@pytest.fixture
def run(capfdbinary, monkeypatch, directory):
    """Run a command at the new year: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NEW_YEAR["TOVAY_NOW"])
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(command, *words):
        with pytest.raises(SystemExit) as left:
            main([command, "--dir", str(directory), *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said.decode().replace("\xa0", " "), wrong.decode().replace("\xa0", " ")

    return run


def closed(directory):
    """How many periods each group has closed."""
    with opened(directory, NEW_YEAR) as hub:
        return [len(hub.groups.load(group).book.periods) for group in GROUPS]


def test_B4_a_period_is_closed_once_in_every_group(run, directory):
    code, said, _ = run("close-period", *CLOSE, "--dry-run")
    assert (code, said) == (0, "Có thể khóa sổ kỳ 12/2025 cho 3 tổ; 0 tổ đã khóa. Chưa ghi gì.\n")
    assert closed(directory) == [0, 0, 0]
    code, said, _ = run("close-period", *CLOSE)
    assert (code, said) == (0, "Đã khóa sổ kỳ 12/2025 cho 3 tổ; 0 tổ đã khóa từ trước.\n")
    code, said, _ = run("close-period", "--period", "12/2025", "--by", "A1", "--confirmed-by", "B2")
    assert (code, said) == (0, "Đã khóa sổ kỳ 12/2025 cho 0 tổ; 3 tổ đã khóa từ trước.\n")
    assert closed(directory) == [1, 1, 1]
    with opened(directory, NEW_YEAR) as hub:
        (entry,) = [
            placed.entry
            for placed in hub.groups.load("KM-002").log.entries
            if isinstance(placed.entry, PeriodClosed)
        ]
    assert (entry.last_day - entry.first_day, entry.decided_by, entry.confirmed_by) == (30, "KTT01", "GD01")
    code, said, _ = run("fsck")
    assert (code, "NGUYÊN VẸN" in said) == (0, True)


def test_B4_while_one_group_has_an_open_day_no_group_is_closed(run, directory, lending):
    shutil.rmtree(directory)
    shutil.copytree(lending, directory)
    code, said, wrong = run("close-period", *CLOSE)
    assert (code, said) == (1, "")
    assert "Tổ KM-001: ngày giao dịch 17/12/2025 chưa kết toán." in wrong
    assert "Tổ KM-003: ngày giao dịch 17/12/2025 chưa kết toán." in wrong
    assert "Chưa khóa sổ kỳ 12/2025; không có gì được ghi." in wrong
    code, said, _ = run("close-period", *CLOSE, "--json")
    answer = json.loads(said)
    assert (code, answer["done"], len(answer["hindered"])) == (1, False, 3)
    assert answer["hindered"][0] == {
        "group": "KM-001",
        "cause": "period_day_unsettled",
        "day": "2025-12-17",
    }
    assert closed(directory) == [0, 0, 0]


def test_a_period_that_is_not_over_and_one_person_alone_are_refused(run, directory):
    code, _, wrong = run("close-period", "--period", "2026-01", *PEOPLE)
    assert (code, "Tổ KM-001: kỳ chưa kết thúc: ngày cuối là 31/01/2026." in wrong) == (1, True)
    assert "kỳ kết thúc ngày 31/12/2025 có giao dịch mà chưa khóa sổ" in wrong
    code, _, wrong = run("close-period", "--period", "2025-12", "--by", "KTT01", "--confirmed-by", "ktt01")
    assert (code, "phải là hai người khác nhau" in wrong) == (1, True)
    code, _, wrong = run("close-period", "--period", "2025-13", *PEOPLE)
    assert (code, "viết 2025-12 hoặc 12/2025" in wrong) == (2, True)
    assert closed(directory) == [0, 0, 0]


@pytest.mark.crash
def test_N74_killed_between_two_groups_the_same_command_closes_the_rest(run, directory):
    dead = subprocess.run(
        [*DYING, "2", "close-period", "--dir", str(directory), *CLOSE],
        env={**ENVIRON, **NEW_YEAR},
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL
    assert closed(directory) == [1, 1, 0]
    code, said, _ = run("close-period", *CLOSE)
    assert (code, said) == (0, "Đã khóa sổ kỳ 12/2025 cho 1 tổ; 2 tổ đã khóa từ trước.\n")
    assert closed(directory) == [1, 1, 1]


def test_B4_nothing_of_a_day_in_a_closed_period_is_counted(run):
    run("close-period", *CLOSE)
    day = ("--group", "KM-001", "--day", "20/12/2025")
    code, _, wrong = run("count", *day, "--by", "GDV01", "--counted", "0")
    assert (code, "thuộc kỳ 12/2025 mà tổ KM-001 đã khóa sổ" in wrong) == (1, True)
    code, _, wrong = run("settle", *day, *PEOPLE)
    assert (code, "hạch toán vào ngày giao dịch sau" in wrong) == (1, True)


def test_facts_dated_after_the_period_are_told_before_it_is_closed(run, directory):
    with opened(directory, NEW_YEAR, sealing=True) as hub:
        paid = InterestReceived(2, DAY + 15, 100_000, "GD-77", "core")
        hub.groups.append("KM-002", lambda _: [[paid]])
    code, said, _ = run("close-period", *CLOSE, "--dry-run")
    told = "Lưu ý: tổ KM-002 đã ghi 1 giao dịch có ngày sau kỳ này: "
    told += "ghi sổ kỳ sau, nhưng lãi tính khi khóa sổ đã kể chúng.\n"
    assert (code, said.startswith(told)) == (0, True)
    _, said, _ = run("close-period", *CLOSE, "--json")
    assert json.loads(said) == {
        "first_day": "2025-12-01",
        "last_day": "2025-12-31",
        "done": True,
        "open": list(GROUPS),
        "closed": [],
        "stopped": [],
        "ahead": {"KM-002": 1},
        "hindered": [],
    }


def test_B20_the_journal_of_a_period_is_read_as_it_was_closed(run, directory, tmp_path):
    code, said, _ = run("journal", "--group", "KM-001", "--period", "2025-12", "--format", "json")
    assert (code, "CHƯA KHÓA SỔ" in json.loads(said)["title"]) == (0, True)
    run("close-period", *CLOSE)
    file = tmp_path / "journal.csv"
    asked = ("--group", "KM-001", "--period", "2025-12", "--format", "csv")
    code, said, _ = run("journal", *asked, "--out", file)
    assert (code, said) == (0, f"Đã ghi bảng vào {file}.\n")
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][0] == "SỔ NHẬT KÝ – kỳ 12/2025"
    assert rows[1][:2] == ["Tổ", "KM-001 (KM-001)"]
    lines = [[row[4], row[5], row[6], row[7], row[8]] for row in rows if row[4:5] and row[0].isdigit()]
    earlier = json.loads(run("journal", "--group", "KM-001", "--period", "2025-11", "--format", "json")[1])
    assert earlier["title"] == "SỔ NHẬT KÝ – kỳ 11/2025", "nothing is booked in it any more either"
    (paid,) = [row for row in earlier["rows"] if row["credit_dong"] == 223_795]
    assert (paid["cause"], paid["account"]) == ("Trả lãi tại ngân hàng", "Lãi trả trước")
    assert "Trả lãi tại ngân hàng" not in [line[0] for line in lines]
    assert ["Tính lại lãi khi kết toán ngày", "Lãi trả trước", "KM-001/1", "223795", ""] in lines
    assert ["Tính lại lãi khi khóa sổ kỳ", "Lãi phải thu", "KM-001/2", "189863", ""] in lines
    (total,) = [row for row in rows if row[0] == "Cộng"]
    assert total[7] == total[8]
    with opened(directory, NEW_YEAR, sealing=True) as hub:
        paid = InterestReceived(2, DAY, 100_000, "GD-77", "core")
        hub.groups.append("KM-001", lambda _: [[paid]])
    before = file.read_bytes()
    run("journal", *asked, "--out", file)
    assert file.read_bytes() == before
    code, said, _ = run("journal", "--group", "KM-001", "--period", "2026-01", "--format", "json")
    first = json.loads(said)["rows"][0]
    assert (first["booked_on"], first["value_date"]) == ("2026-01-01", "2025-12-17")
    assert (first["cause"], first["account"]) == (
        "Trả lãi tại ngân hàng",
        "Thanh toán với hệ thống của ngân hàng",
    )


def test_B4_a_month_that_is_closed_late_does_not_take_in_what_was_settled_since(run):
    code, said, _ = run("close-period", "--period", "2025-11", *PEOPLE)
    assert (code, said) == (0, "Đã khóa sổ kỳ 11/2025 cho 3 tổ; 0 tổ đã khóa từ trước.\n")
    asked = ("--group", "KM-001", "--format", "json", "--period")
    november = json.loads(run("journal", *asked, "2025-11")[1])["rows"]
    december = json.loads(run("journal", *asked, "2025-12")[1])["rows"]
    assert {row["booked_on"][:7] for row in november} == {"2025-11"}
    assert {row["booked_on"] for row in december} == {"2025-12-17"}
    whole = json.loads(run("journal", "--group", "KM-001", "--format", "json")[1])["rows"]
    assert november + december == whole
    code, said, _ = run("balances", *asked, "2025-11")
    answer = json.loads(said)
    rows = {row["account"]: row for row in answer["rows"]}
    assert (code, rows["principal"]["debit_dong"], rows["interest_due"]["debit_dong"]) == (0, 120_000_000, 0)
    assert {row["books_dong"] for row in rows.values()} == {None}, "they would be those of December"
    assert answer["closing"][-1][0] == "Lưu ý tổ KM-001"
    assert "bút toán của kỳ sau" in answer["closing"][-1][1]
    assert answer["totals"]["unequal"] == 0


def test_the_journal_of_a_day_is_what_its_settlement_booked(run):
    code, said, _ = run("journal", "--group", "KM-001", "--day", "17/12/2025", "--format", "json")
    answer = json.loads(said)
    assert (code, answer["title"]) == (0, "SỔ NHẬT KÝ – ngày giao dịch 17/12/2025")
    assert answer["totals"]["debit_dong"] == answer["totals"]["credit_dong"]
    code, _, wrong = run("journal", "--group", "KM-001", "--day", "17/01/2026")
    assert (code, "chưa kết toán nên chưa vào sổ nhật ký" in wrong) == (1, True)
    code, _, wrong = run("journal", "--group", "KM-001", "--day", "17/12/2025", "--period", "2025-12")
    assert (code, "một trong hai" in wrong) == (1, True)
    code, said, _ = run("journal", "--group", "KM-001")
    assert (code, "toàn bộ sổ" in said) == (0, True)
    assert "Số dư khoản vay" in said


def test_B19_balances_of_a_branch_agree_with_their_details(run):
    code, said, _ = run("balances", "--format", "json")
    answer = json.loads(said)
    assert (code, answer["title"]) == (0, "CÂN ĐỐI TÀI KHOẢN – theo sổ lúc này")
    rows = {row["account"]: row for row in answer["rows"]}
    assert rows["principal"]["debit_dong"] == rows["principal"]["books_dong"] == 3 * 120_000_000
    assert rows["interest_income"]["credit_dong"] == rows["interest_income"]["books_dong"] == 3 * 269_000
    assert rows["interest_due"]["debit_dong"] == 3 * (2_233 + 379_726)
    assert rows["core_clearing"]["books_dong"] is None
    assert answer["totals"]["debit_dong"] == answer["totals"]["credit_dong"]
    assert answer["totals"]["unequal"] == 0
    assert [told for _, told in answer["closing"]] == ["có", "có, từng đồng"]
    assert set(answer["positions"]) == set(GROUPS)


def test_B4_balances_of_a_period_are_those_of_its_close(run):
    code, _, wrong = run("balances", "--period", "2025-12")
    assert (code, "Tổ KM-001 chưa khóa sổ kỳ 12/2025." in wrong) == (1, True)
    run("close-period", *CLOSE)
    asked = ("balances", "--group", "KM-001", "--period", "2025-12", "--format", "json")
    code, said, _ = run(*asked)
    answer = json.loads(said)
    assert answer["title"] == "CÂN ĐỐI TÀI KHOẢN – tổ KM-001, kỳ 12/2025"
    due = next(row for row in answer["rows"] if row["account"] == "interest_due")
    assert due["debit_dong"] == 406_849 - 269_000 + 569_589
