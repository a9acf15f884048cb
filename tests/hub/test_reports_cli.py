"""``tovay-hub report``: one group or the branch, any form, and one sentence for what cannot be done."""

import io
import json
import shutil

import pytest
from python_calamine import CalamineWorkbook

from calc.terms import Terms
from hub.app import opened
from hub.cli import main
from hub.errors import SettingsError
from hub.settings import TERMS, load_terms
from tests.hub.builders import GROUP
from tests.hub.days import NOON, OpenedBranch, told

AT_NOON = {"TOVAY_NOW": NOON.isoformat()}


@pytest.fixture(scope="module")
def settled(founded, tmp_path_factory):
    """The settled story of ``told`` in a branch directory, for copies."""
    directory = shutil.copytree(founded, tmp_path_factory.mktemp("settled") / "branch")
    with opened(directory, AT_NOON, sealing=True) as hub:
        day = told(directory.parent, branch=OpenedBranch(hub))
        day.count(1_043_726)
        day.settle()
    return directory


@pytest.fixture
def branch(settled, tmp_path):
    """That directory as this test's own."""
    return shutil.copytree(settled, tmp_path / "branch")


@pytest.fixture
def run(capfdbinary, monkeypatch, branch):
    """Run the command on the branch directory: exit code, bytes that it printed, what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOON.isoformat())

    def run(kind, *words):
        with pytest.raises(SystemExit) as left:
            main(["report", kind, "--dir", str(branch), *map(str, words)])
        said, wrong = capfdbinary.readouterr()
        return left.value.code, said, wrong.decode().replace("\xa0", " ")

    return run


def test_a_report_is_of_today_and_of_the_branch_unless_told_otherwise(run):
    code, said, _ = run("balances")
    page = said.decode().replace("\xa0", " ")
    assert (code, "Số liệu ngày: 17/12/2025" in page) == (0, True)
    assert "139.520.000" in page
    code, said, _ = run("balances", "--group", GROUP, "--day", "2025-12-16", "--format", "json")
    assert json.loads(said)["totals"]["principal_dong"] == 140_000_000
    code, said, _ = run("balances", "--known-on", "16/12/2025", "--format", "json")
    assert json.loads(said)["rows"] == []


def test_a_report_goes_to_a_file_of_any_form(run, tmp_path):
    for form in ("text", "csv", "xlsx", "json"):
        file = tmp_path / f"15td.{form}"
        code, said, _ = run("15td", "--format", form, "--out", file)
        assert (code, said.decode()) == (0, f"Đã ghi bảng vào {file}.\n")
        assert file.read_bytes() == run("15td", "--format", form)[1]
    rows = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "15td.xlsx").read_bytes()))
    assert rows.get_sheet_by_index(0).to_python()[0][0].startswith("DANH SÁCH 15/TD")


def test_a_receipt_is_printed_again_as_a_copy(run):
    code, said, _ = run("01bl", "--group", GROUP, "--receipt", 3)
    page = [line.strip() for line in said.decode().replace("\xa0", " ").splitlines()]
    assert (code, page[0]) == (0, "BIÊN LAI 01/BL – BẢN SAO")
    assert page[1:8] == [
        "Số biên lai: 0000003",
        "Người nộp: Hoàng Văn Vượng (mã 3000010003)",
        "Tổ: Tổ TK&VV số 1, Khu dân cư Tân Trạch (KM-001)",
        "Người thu: tổ trưởng Phạm Thị Lụa",
        "Ngày thu: 16/12/2025",
        "Cho ngày giao dịch: 17/12/2025",
        "Tình trạng: đã hạch toán",
    ]
    assert any("Lãi khoản vay 660001000203 (Hộ nghèo)" in line and "100.000" in line for line in page)
    assert any("Gửi tiết kiệm vào sổ 700001" in line and "20.000" in line for line in page)
    assert "Bằng chữ: Một trăm hai mươi nghìn đồng" in page


def test_B8_a_voided_receipt_says_that_it_is_void(run):
    said = run("01bl", "--group", GROUP, "--receipt", 2)[1].decode()
    assert "BIÊN LAI 01/BL – BẢN SAO – ĐÃ HỦY" in said
    assert "Tình trạng: đã hủy" in said


def test_a_receipt_of_the_deputy_names_no_leader(run):
    assert "Người thu: tổ phó\n" in run("01bl", "--group", GROUP, "--receipt", 10_002)[1].decode()


REFUSED = {
    "a report of another kind": (
        ("turnover",),
        2,
        "Giá trị của BÁO_CÁO không hợp lệ: chọn một trong: 15td, 01bl",
    ),
    "a form of another kind": (("15td", "--format", "pdf"), 2, "chọn text, csv, xlsx hoặc json"),
    "a group that is not here": (("15td", "--group", "KM-999"), 1, "Không có tổ mang mã này."),
    "a day that is none": (("15td", "--day", "2025-02-30"), 2, "--day không hợp lệ"),
    "a receipt of no group": (("01bl", "--receipt", "3"), 1, "hãy ghi cả --group"),
    "a receipt in another report": (
        ("15td", "--group", GROUP, "--receipt", "3"),
        1,
        "chỉ dùng với báo cáo 01bl",
    ),
    "a receipt that nobody wrote": (
        ("01bl", "--group", GROUP, "--receipt", "99"),
        1,
        "không có biên lai số 99.",
    ),
    "a receipt that was not known yet": (
        ("01bl", "--group", GROUP, "--receipt", "3", "--known-on", "2025-12-16"),
        1,
        "Đến hết ngày 16/12/2025 chi nhánh chưa biết gì về tổ KM-001.",
    ),
    "a receipt without a number": (("01bl", "--group", GROUP, "--receipt", "0"), 2, "--receipt"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_reported_gets_one_sentence(run, name):
    words, code, sentence = REFUSED[name]
    got, said, wrong = run(*words)
    assert (got, said) == (code, b"")
    assert sentence in wrong
    assert len(wrong.strip().splitlines()) == 1


def test_a_branch_may_set_fees_and_thresholds(run, branch):
    (branch / TERMS).write_text(
        '[score]\nclasses = [{points = 1, name = "Được"}]\n[fees]\ncommission = 1000\n'
    )
    assert json.loads(run("score", "--format", "json")[1])["rows"][0]["grade"] == "Được"
    assert "0,1 %/tháng trên dư nợ" in run("fees")[1].decode().replace("\xa0", " ")


def test_terms_are_the_usual_ones_where_the_branch_gives_none(tmp_path):
    assert load_terms(tmp_path) == Terms()
    (tmp_path / TERMS).write_text("[watch]\nidle_months = 4\n")
    assert load_terms(tmp_path).watch.idle_months == 4
    assert load_terms(tmp_path).fees == Terms().fees


@pytest.mark.parametrize(
    "text",
    [
        "[fees]\ncommission = 0.085\n",
        "[fees]\nbonus = 1\n",
        "fees = 1\n",
        "[watch]\nidle_months = 0\n",
        "=\n",
    ],
)
def test_terms_that_say_something_else_are_refused(tmp_path, text):
    (tmp_path / TERMS).write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_terms(tmp_path)
    assert caught.value.code == "bad_settings"


def test_terms_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / TERMS).mkdir()
    with pytest.raises(SettingsError):
        load_terms(tmp_path)
