"""``tovay-edge`` on a terminal: a whole day by hand, and every slip refused in one sentence."""

import json
import os
import re
import subprocess
import sys

import zxingcpp
from PIL import Image

from edge import native
from edge.cli import commands
from edge.errors import Fault
from edge.fault_wording import FAULTS
from edge.wording import INTERRUPTED
from protocol import seal as seals
from protocol.posting_facts import CashCounted, DaySettled, Posted
from protocol.receipt import check_offline, read_qr
from tests.builders import VERIFIER
from tests.edge.terminal import Terminal
from tests.edge.village import DAY, DUE_1, DUE_2, DUE_3
from tests.facts import an
from tests.fakes.hub import unreachable
from tests.fakes.places import PIN
from tests.house.sources import ROOT


def test_a_phone_is_enrolled_in_two_steps(terminal, hub, web):
    code, out, _ = terminal.type("enrol", "--hub", web, answer=f"{hub.voucher()}\n")
    assert code == 0
    assert "Hãy đọc cho cán bộ sáu chữ số:" in out
    code, out, _ = terminal.type("enrol", "--check")
    assert (code, "Chi nhánh chưa duyệt máy này." in out) == (1, True)
    assert "sáu chữ số" in terminal.type("status")[2]
    hub.admit()
    code, out, said = terminal.type("enrol", "--check")
    assert (code, "Đã đồng bộ với chi nhánh." in out) == (0, True)
    assert "Đang diễn tập theo TOVAY_NOW: 08:00 ngày 15/12/2025." in said
    assert terminal.read("members")["asked_dong"] == DUE_1 + DUE_2 + DUE_3


def test_an_enrolment_without_a_network_says_so_and_keeps_the_hub_that_was_known(enrolled, hub):
    known = (enrolled.directory / "phone" / "phone.toml").read_text(encoding="utf-8")
    code, _, said = enrolled.type("enrol", "--hub", "http://127.0.0.1:9", "--voucher", hub.voucher())
    assert (code, "đã được cấp quyền từ trước" in said) == (1, True)
    assert (enrolled.directory / "phone" / "phone.toml").read_text(encoding="utf-8") == known
    elsewhere = str(enrolled.directory / "new")
    words = ("enrol", "--dir", elsewhere, "--hub", "http://127.0.0.1:9", "--voucher", hub.voucher())
    code, out, _ = enrolled.type(*words)
    assert (code, "Chưa có mạng." in out) == (1, True)


def test_a_whole_day_by_hand(enrolled, hub, web):
    """Full due, more, nothing, savings, a transfer, a void, the round, and what the branch made of it."""
    out = enrolled.type("members")[1]
    assert "Nguyễn Thị Ánh" in out
    assert "406.027\u00a0đ" in out
    out = enrolled.type("show", "1")[1]
    assert "14 ngày × 50.000.000\u00a0đ × 6,6\u00a0%/năm (trong hạn)" in out
    code, out, _ = enrolled.type("collect", "1", "--full", "--savings", "20.000", answer="y\n")
    assert code == 0
    assert (
        "Nguyễn Thị Ánh nộp 426.027\u00a0đ (lãi 406.027\u00a0đ, tiết kiệm 20.000\u00a0đ) – đúng không?" in out
    )
    assert "Bốn trăm hai mươi sáu nghìn không trăm hai mươi bảy đồng" in out
    assert enrolled.read("collect", "2", "--amount", "70.000")["receipt"]["prepaid_dong"] == 70_000 - DUE_3
    assert enrolled.read("collect", "3", "--savings", "3=4.000")["warnings"] == ["savings_small"]
    assert enrolled.read("collect", "4", "--savings", "10000", "-y")["receipt"]["receipt_no"] == 4
    assert enrolled.type("void", "4", "--reason", "wrong_member", "--note", "Nhầm hộ", answer="y\n")[0] == 0
    assert enrolled.type("transfer", "1", "1", "--amount", "100.000", "--to", "principal", "-y")[0] == 0
    assert (
        enrolled.type("visit", "3", "--outcome", "promised", "--promise", "17/12/2025", "--promised", "9000")[
            0
        ]
        == 0
    )
    code, out, _ = enrolled.type("close-round", "--notes", "500.000=1", "--notes", "1.000=1", answer="y\n")
    assert (code, "Thừa 973\u00a0đ" in out) == (0, True)
    code, out, _ = enrolled.type("sync")
    assert (code, "Chi nhánh nhận thêm 1 gói, còn 0 gói chưa nhận" in out) == (0, True)
    settle_first_receipt(hub)
    assert enrolled.type("sync")[0] == 0
    out = enrolled.type("status")[1]
    assert "đã hạch toán" in out
    assert "Kết quả ngày 17/12/2025" in out
    (result,) = enrolled.read("status")["results"]
    assert [(one["phase"], one["difference"]["outcome"]) for one in result["entries"]] == [
        ("posted", "matched")
    ]


def settle_first_receipt(hub):
    """The branch posts receipt 1 as it stands, and settles the day."""
    book = hub.book()
    (_, received), *_ = book.received
    entry = (received.writer, 0, 1, _hash_of_first(hub))
    first = hub.branch.log.length + 1
    lines = [(1, DUE_1, 0, 0, 0), (2, DUE_2, 0, 0, 0)]
    hub.say(
        an(CashCounted, day=DAY),
        an(Posted, entry=entry, day=DAY, interest=lines, savings=[(1, 20_000)]),
        an(DaySettled, day=DAY, first=(0, first)),
    )


def _hash_of_first(hub):
    raw, _ = hub.held[0]
    return seals.unpack(seals.read(raw)).hashes[0]


def test_a_receipt_is_printed_again_as_a_copy_with_its_proof(enrolled, hub, tmp_path):
    enrolled.type("collect", "1", "--full", "-y")
    code, out, _ = enrolled.type("receipt", "1", "--qr", "--qr-file", str(tmp_path / "code.png"))
    assert (code, "BẢN SAO" in out) == (0, True)
    (found,) = zxingcpp.read_barcodes(Image.open(tmp_path / "code.png"))
    entry = check_offline(read_qr(found.text), hub.branch.root.spki, VERIFIER)
    assert entry.receipt_no == 1
    told = enrolled.read("receipt", "1")
    assert (told["proof"], told["others"]) == (found.text, [])
    assert "phải kết thúc bằng .png hoặc .svg" in enrolled.refused("receipt", "1", "--qr-file", "code.exe")
    nowhere = str(tmp_path / "nowhere" / "code.svg")
    assert "Không ghi được tệp" in enrolled.refused("receipt", "1", "--qr-file", nowhere)


def test_nothing_is_recorded_when_the_person_says_no(enrolled):
    for words in (
        ("collect", "1", "--full"),
        ("transfer", "1", "1", "--amount", "1000", "--to", "interest"),
        ("close-round", "--counted", "0"),
    ):
        assert enrolled.refused(*words, answer="n\n") == FAULTS[Fault.DECLINED]
        assert enrolled.refused(*words, answer="") == INTERRUPTED


def test_without_a_command_the_commands_are_shown(terminal):
    _, out, said = terminal.type()
    assert all(command in out + said for command in ("enrol", "collect", "close-round", "hand-over"))


def test_no_network_is_an_exit_code_and_a_sentence(enrolled, hub):
    enrolled.type("collect", "1", "--full", "-y")
    hub.faults.append(unreachable)
    code, out, _ = enrolled.type("sync")
    assert (code, "Chưa có mạng. Mọi thứ vẫn lưu trên máy, vẫn thu tiếp được." in out) == (1, True)
    assert enrolled.read("status")["entries"][0]["carriage"] == "sealed"
    assert enrolled.read("sync")["acknowledged"] == 1


def test_a_first_exchange_asks_for_the_admission_by_itself(terminal, hub, web):
    terminal.type("enrol", "--hub", web, "--voucher", hub.voucher())
    assert terminal.type("sync")[0] == 1
    hub.admit()
    assert terminal.type("sync")[0] == 0
    assert terminal.read("members")["agrees"]


def test_files_that_the_system_refuses_are_a_fault_of_the_storage(terminal, hub, tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    place = str(tmp_path / "taken" / "phone")
    words = ("enrol", "--dir", place, "--hub", "http://127.0.0.1:9", "--voucher", hub.voucher())
    code, _, said = terminal.type(*words)
    assert (code, "Máy không ghi được." in said) == (1, True)


def test_a_receipt_whose_mark_had_no_room_is_saved_and_says_so(enrolled, monkeypatch):
    def full(_self, _mark):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(native.NativeSafe, "set_mark", full)
    code, out, said = enrolled.type("collect", "1", "--full", "-y")
    assert (code, "Đã lưu trên máy." in out, "máy gần hết chỗ chứa" in said) == (0, True, True)


def test_two_phones_hand_cash_over(enrolled, hub, web, tmp_path, capsys, monkeypatch):
    enrolled.type("collect", "1", "--full", "-y")
    (tmp_path / "two").mkdir()
    deputy = Terminal(tmp_path / "two", capsys, monkeypatch)
    deputy.type("enrol", "--hub", web, "--voucher", hub.voucher())
    hub.admit("deputy")
    deputy.type("enrol", "--check")
    for name, value in enrolled.environ().items():
        monkeypatch.setenv(name, value)
    enrolled.type("sync")
    assert enrolled.type("hand-over", "2", "100.000", answer="y\n")[0] == 0
    enrolled.type("sync")
    for name, value in deputy.environ().items():
        monkeypatch.setenv(name, value)
    deputy.type("sync")
    assert "Bàn giao chờ nhận: 1/2, 100.000\u00a0đ" in deputy.type("status")[1]
    assert deputy.type("accept", "1/2", "100.000", answer="y\n")[0] == 0
    assert deputy.read("status")["cash"]["expected_dong"] == 100_000


def test_the_installed_program_runs_with_the_real_key_derivation(hub, web, tmp_path):
    """One run in a process of its own; nothing is substituted."""
    environ = {
        "TOVAY_NOW": "2025-12-15T08:00:00+07:00",
        "TOVAY_DIR": str(tmp_path / "phone"),
        "TOVAY_PIN_FILE": str(tmp_path / "pin"),
        "PATH": "",
    }
    (tmp_path / "pin").write_text(PIN, encoding="ascii")

    def run(*words):
        command = [sys.executable, "-m", "edge.cli", *words, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    begun = run("enrol", "--hub", web, "--voucher", hub.voucher())
    assert len(begun["digits"]) == 6
    hub.admit()
    assert run("enrol", "--check")["outcome"] == "done"
    assert run("collect", "1", "--full")["receipt"]["total_dong"] == DUE_1 + DUE_2


def test_nothing_is_done_when_there_is_nowhere_to_tell_it():
    command = [sys.executable, "-c", "from edge.cli import main; main()", "--help"]
    done = subprocess.run(
        command, cwd=ROOT, stderr=subprocess.PIPE, check=False, preexec_fn=lambda: os.close(1)
    )
    assert (done.returncode, done.stderr.decode()) == (1, "Không có chỗ để in kết quả; chưa làm gì.\n")


def test_every_page_of_help_is_in_vietnamese(terminal):
    for words in ([], *([name] for name in commands.commands)):
        code, page, _ = terminal.type(*words, "--help")
        assert (code, page.split()[:3]) == (0, ["Cách", "dùng:", "tovay-edge"])
        assert not re.search(r"\b(Usage|OPTIONS|COMMAND|PATH|TEXT|INTEGER|RANGE)\b", page), page


def test_P58_a_clock_in_doubt_and_a_lease_that_is_over_are_said_at_every_start(enrolled):
    enrolled.monkeypatch.setenv("TOVAY_NOW", "2026-02-01T08:00:00+07:00")
    code, _, said = enrolled.type("collect", "1", "--full", "-y")
    assert code == 0
    assert "ĐÃ 48 NGÀY" in said
    assert enrolled.type("sync")[0] == 0
    code, _, said = enrolled.type("members")
    assert code == 0
    assert "ghi 08:00 ngày 01/02/2026" in said
    assert "khoảng 08:00 ngày 15/12/2025" in said
    assert "NGÀY máy" not in said
    assert enrolled.read("status")["clock"]["branch_at"] == "2025-12-15T01:00:00Z"


def test_P58_a_stopped_phone_hears_of_its_clock_and_its_silence_and_never_that_it_may_go_on(enrolled):
    ledger = enrolled.directory / "phone" / "ledger.sqlite"
    older = ledger.read_bytes()
    enrolled.type("collect", "1", "--full", "-y")
    ledger.write_bytes(older)
    enrolled.monkeypatch.setenv("TOVAY_NOW", "2026-02-01T08:00:00+07:00")
    code, _, said = enrolled.type("members")
    assert (code, "ĐÃ 48 NGÀY" in said, "Vẫn thu" in said) == (0, True, False)
    assert "Hãy tìm mạng để đồng bộ ngay" in said
