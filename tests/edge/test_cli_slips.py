"""Every slip of the fingers on every command: one Vietnamese sentence, and nothing recorded."""

import json

import pytest

from edge.wording import MISUSED
from tests.fakes.places import PIN

NOT_AMOUNTS = ("-1", "1e5", "1.5", "105,000", "9" * 30, "abc", "", "NaN")


@pytest.mark.parametrize(
    "command",
    [
        ("collect", "1", "-y", "--amount={}"),
        ("collect", "1", "-y", "--savings={}"),
        ("collect", "1", "-y", "--savings=1={}"),
        ("collect", "1", "-y", "--line=1={}"),
        ("transfer", "1", "1", "--to", "interest", "-y", "--amount={}"),
        ("visit", "1", "--outcome", "promised", "--promised={}"),
        ("close-round", "-y", "--counted={}"),
        ("close-round", "-y", "--notes={}=1"),
        ("hand-over", "-y", "2", "--", "{}"),
        ("accept", "-y", "2/1", "--", "{}"),
    ],
)
def test_what_is_no_amount_is_refused_by_every_command(enrolled, command):
    for amount in NOT_AMOUNTS:
        code, _, said = enrolled.type(*(word.format(amount) for word in command))
        assert (code, "không phải số tiền" in said or "quá lớn" in said) == (1, True), amount
    assert enrolled.entries() == 0


SLIPS = [
    (("show", "99"), "Tổ không có tổ viên “99”"),
    (("show", "\x1b[31m"), "“\\x1b[31m”"),
    (("collect", "1", "--line", "7=1000", "-y"), "không có khoản vay số 7"),
    (("collect", "1", "--line", "1000", "-y"), "chưa đúng cách ghi"),
    (("collect", "3", "--savings", "1000", "-y"), "nhiều sổ tiết kiệm"),
    (("collect", "4", "--full", "-y"), "không có khoản vay nào"),
    (("void", "9", "-y"), "không có biên lai số 9"),
    (("void", "x", "-y"), "không phải số thứ tự"),
    (("void", "1", "--transfer", "-y"), "không có dòng số 1"),
    (("transfer", "1", "1", "--amount", "600000", "--to", "interest", "-y"), "chỉ còn 500.000\u00a0đ"),
    (("visit", "1", "--outcome", "promised", "--promise", "31/02/2026"), "không phải ngày có thật"),
    (("visit", "1", "--outcome", "promised", "--promise", "01/12/2025"), "đã qua"),
    (("visit", "1", "--outcome", "absent", "--note", "a\u202eb"), "ký tự lạ"),
    (("close-round", "--notes", "300000=1", "-y"), "Không có tờ tiền"),
    (("close-round", "--notes", "1000=1", "--counted", "2000", "-y"), "Hãy đếm lại"),
    (("hand-over", "1", "1000", "-y"), "không có máy số 1"),
    (("accept", "7", "1000", "-y"), "không có dòng số 7"),
    (("accept", "2/7", "1000", "-y"), "không có dòng số 2/7"),
    (("receipt", "1"), "không có biên lai số 1"),
    (("enrol", "--hub", "http://hub.example", "--voucher", "x"), "không phải địa chỉ"),
    (("enrol", "--hub", "https://hub.example", "--voucher", "x"), "Mã mời chưa đúng"),
]


def test_each_slip_is_refused_in_one_sentence(enrolled):
    for words, said in SLIPS:
        code, _, beside = enrolled.type(*words)
        assert (code, said in beside) == (1, True), (words, beside)
    assert enrolled.entries() == 0


MISUSES = [
    (("fly",), MISUSED),
    (("collect", "1"), "--full, --rounded, --amount, --line"),
    (("collect", "1", "--full", "--rounded"), "--full, --rounded, --amount, --line"),
    (("collect", "1", "--bogus"), "Không có tùy chọn --bogus."),
    (("collect",), "Thiếu TỔ_VIÊN"),
    (
        ("transfer", "1", "1", "--amount", "1", "--to", "moon"),
        "--to nhận một trong: interest: trả lãi; principal: trả gốc.",
    ),
    (("visit", "1"), "Thiếu --outcome."),
    (("close-round",), "--notes cho từng loại tiền"),
    (("enrol",), "Thiếu"),
]


def test_a_misused_command_says_how_to_go_on(terminal):
    for words, said in MISUSES:
        code, _, beside = terminal.type(*words)
        assert (code, said in beside) == (2, True), (words, beside)


def test_errors_are_json_too(enrolled):
    code, out, said = enrolled.type("show", "99", "--json")
    assert code == 1
    assert json.loads(out)["error"]["code"] == "no_such_member"
    assert json.loads(out)["error"]["message"] in said


def test_a_wrong_pin_and_a_pin_that_is_not_there(enrolled, tmp_path):
    (tmp_path / "wrong").write_text("111111", encoding="ascii")
    wrong = ("members", "--pin-file", str(tmp_path / "wrong"))
    assert "Sai mã PIN. Còn 4 lần" in enrolled.type(*wrong)[2]
    for _ in range(4):
        assert enrolled.type(*wrong)[0] == 1
    assert "Thử lại sau 08:20 ngày 15/12/2025" in enrolled.type(*wrong)[2]
    assert "Thử lại sau 08:20 ngày 15/12/2025" in enrolled.type("members")[2]
    enrolled.monkeypatch.setenv("TOVAY_NOW", "2025-12-15T08:20:00+07:00")
    assert enrolled.type("members")[0] == 0
    for content in (None, b"\xff"):
        path = tmp_path / "strange"
        if content:
            path.write_bytes(content)
        assert "Không đọc được mã PIN" in enrolled.type("members", "--pin-file", str(path))[2]


def test_a_pin_is_asked_for_when_there_is_no_file(enrolled, monkeypatch):
    monkeypatch.delenv("TOVAY_PIN_FILE")
    monkeypatch.setattr("getpass.getpass", lambda *_: PIN)
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: PIN)
    assert enrolled.type("members")[0] == 0


def test_a_directory_that_is_not_there_and_a_moment_that_is_none(terminal, monkeypatch):
    assert "Hãy dùng lệnh enrol trước." in terminal.type("members")[2]
    monkeypatch.setenv("TOVAY_NOW", "yesterday")


@pytest.mark.parametrize("name", ["device.key", "fork.mark", "phone.toml"])
def test_a_file_of_the_phone_that_cannot_be_read_is_told_in_one_sentence(enrolled, name):
    path = enrolled.directory / "phone" / name
    path.unlink()
    path.mkdir()
    code, _, said = enrolled.type("sync")
    assert (code, "gọi cán bộ kỹ thuật" in said) == (1, True)
