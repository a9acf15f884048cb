"""``tovay-edge export`` and ``import``: files, pictures, pages, the screen; what is wrong is one sentence."""

import io
import json
import sys

import pytest

from edge import carry_cli
from protocol import seal as seals
from protocol.frames import gather, write_frames
from protocol.limits import BUNDLE_FILE_BYTES_MAX
from protocol.pictures import codes_in, picture
from protocol.trust_facts import WriterRevoked
from tests.facts import an
from tests.fakes.desk import HPKE, Desk


@pytest.fixture
def desk(hub):
    """The branch's desk, before any phone enrols."""
    return Desk(hub)


@pytest.fixture
def at_work(desk, enrolled):
    """An enrolled terminal with one receipt to send."""
    assert enrolled.type("collect", "1", "--full", "--yes")[0] == 0
    return enrolled


def carriages(terminal):
    return [one["carriage"] for one in terminal.read("status")["entries"]]


def test_a_file_goes_out_and_its_answer_comes_in(at_work, desk, tmp_path):
    stick, answer = tmp_path / "stick", tmp_path / "answer"
    code, out, _ = at_work.type("export", "--file", str(stick))
    assert (code, "Đã xuất 1 kiện, 1 gói." in out) == (0, True)
    assert carriages(at_work) == ["sent"]
    answer.write_bytes(b"".join(desk.ingest(stick.read_bytes())[0]))
    for acknowledged in (1, 0):
        code, out, said = at_work.type("import", str(answer))
        assert (code, said.count("Đang diễn tập")) == (0, 1)
        assert "Đã nhận 1 kiện trả lời" in out
        assert f"xác nhận thêm {acknowledged} gói; còn 0 gói" in out
    assert carriages(at_work) == ["at_branch"]


def test_codes_go_out_as_pictures_and_a_page_and_come_in_from_photos(at_work, desk, tmp_path):
    told = at_work.read("export", "--qr", str(tmp_path / "codes"))
    assert (told["seals"], told["bundles"], len(told["pages"])) == (1, 1, 1)
    (page,) = (tmp_path / "codes").glob("*.html")
    assert "Kiện gửi ngân hàng" in page.read_text(encoding="utf-8")
    photos = sorted((tmp_path / "codes").glob("*.png"))
    (sent,) = gather(text for path in photos for text in codes_in(path.read_bytes())).bundles
    ((answer,),) = desk.ingest(sent)
    frames = write_frames(answer)
    brought = tmp_path / "brought"
    brought.mkdir()
    for number, frame in enumerate(frames[1:]):
        (brought / f"{number}.png").write_bytes(picture(frame))
    code, _, said = at_work.type("import", str(brought))
    assert (code, "còn thiếu mã số 1." in said) == (1, True)
    (tmp_path / "scanned").write_text(frames[0], encoding="ascii")
    told = at_work.read("import", str(brought), str(tmp_path / "scanned"))
    assert (told["answers"], told["acknowledged"], told["waiting"]) == (1, 1, 0)


def test_the_codes_are_shown_in_a_loop(at_work, desk, monkeypatch):
    waited = []
    monkeypatch.setattr(carry_cli.time, "sleep", waited.append)
    code, out, _ = at_work.type("export", "--show", "--rounds", "2")
    assert code == 0
    count = len(waited) // 2
    assert waited == [1.0] * 2 * count
    assert f"{count}/{count}" in out
    assert "█" in out
    assert carriages(at_work) == ["sent"]


def test_whoever_has_read_enough_interrupts_the_loop(at_work, monkeypatch):
    def enough(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(carry_cli.time, "sleep", enough)
    assert at_work.type("export", "--show")[0] == 0
    assert carriages(at_work) == ["sent"]


def test_an_answer_is_typed_by_a_scanner(at_work, desk, tmp_path, monkeypatch):
    at_work.type("export", "--file", str(tmp_path / "stick"))
    ((answer,),) = desk.ingest((tmp_path / "stick").read_bytes())

    class Typed(io.StringIO):
        buffer = io.BytesIO("\r\n".join(write_frames(answer)).encode())

    monkeypatch.setattr(io, "StringIO", Typed)
    assert json.loads(at_work.type("import", "-", "--json")[1])["acknowledged"] == 1
    assert sys.stdin is not None


def test_what_cannot_go_out_is_one_sentence(at_work, tmp_path, monkeypatch):
    assert "--file, --qr hoặc --show" in at_work.type("export")[2]
    for words in (("--file", ""), ("--file", str(tmp_path))):
        code, _, said = at_work.type("export", *words)
        assert (code, "Không ghi được tệp" in said) == (1, True)
    for rounds in ("０", "-1", "x", "0"):
        code, _, said = at_work.type("export", "--show", "--rounds", rounds)
        assert (code, "không phải số thứ tự" in said) == (1, True)
    (tmp_path / "file").write_bytes(b"")
    for words in (("--file", str(tmp_path / "no" / "where")), ("--qr", str(tmp_path / "file"))):
        assert at_work.refused("export", *words).startswith("Không ghi được tệp")
    assert carriages(at_work) == ["sealed"]
    monkeypatch.setattr("protocol.frames.FRAMES_MAX", 1)
    assert "quá lớn để hiện bằng mã QR" in at_work.refused("export", "--show")


def test_what_is_brought_and_is_none_stops_nothing_else(at_work, desk, tmp_path):
    stick = tmp_path / "stick"
    at_work.type("export", "--file", str(stick))
    folder = tmp_path / "brought"
    folder.mkdir()
    (folder / "a").write_bytes(b"%PDF-1.7")
    (folder / "b").write_bytes(b"TOVAY-B1:NONE")
    (folder / "c").write_bytes(b"".join(desk.ingest(stick.read_bytes())[0]))
    with (folder / "d").open("wb") as file:
        file.truncate(BUNDLE_FILE_BYTES_MAX + 1)
    (tmp_path / "empty").mkdir()
    words = (str(folder), str(stick), str(tmp_path / "empty"), str(tmp_path / "missing"), "")
    code, out, said = at_work.type("import", *words)
    assert code == 1
    assert "xác nhận thêm 1 gói" in out
    said = " ".join(said.split())
    for told in (
        f"{folder / 'a'} không phải kiện",
        "Mã “TOVAY-B1:NONE” không phải mã của kiện nào",
        f"Tệp {folder / 'd'} quá lớn",
        "Đây là kiện gửi lên ngân hàng",
        "phải có từ 1 đến 1000 tệp",
        "Không đọc được “”",
        f"Không đọc được {tmp_path / 'missing'}",
    ):
        assert told in said, told


def test_a_program_is_told_in_its_answer_what_could_not_be_read(at_work, desk, tmp_path):
    stick, answer, other = tmp_path / "stick", tmp_path / "answer", tmp_path / "other.pdf"
    at_work.type("export", "--file", str(stick))
    answer.write_bytes(b"".join(desk.ingest(stick.read_bytes())[0]))
    other.write_bytes(b"%PDF-1.7")
    missing = str(tmp_path / "missing")
    code, out, said = at_work.type("import", missing, str(answer), str(other), str(stick), "--json")
    read = json.loads(out)
    assert (code, read["answers"], read["acknowledged"]) == (1, 1, 1)
    faults = [one["code"] for one in read["faults"]]
    assert faults == ["bundle_unreadable", "not_a_bundle", "bundle_goes_up"]
    assert all(" ".join(one["message"].split()) in " ".join(said.split()) for one in read["faults"])
    assert missing in read["faults"][0]["message"]
    assert at_work.read("import", str(answer))["faults"] == []


def test_bundles_of_other_phones_alone_are_told(at_work, desk, hub, tmp_path):
    stick = tmp_path / "stick"
    at_work.type("export", "--file", str(stick))
    opened = desk.opened(stick.read_bytes())
    other = desk.written(opened, desk.response([]), None, reply_to=_another_key())
    stick.write_bytes(other)
    code, out, _ = at_work.type("import", str(stick))
    assert code == 1
    assert "Không có kiện trả lời nào cho máy này." in out
    assert "1 kiện không mở được" in out


def test_a_phone_that_is_told_two_histories_says_what_to_do(at_work, desk, hub, tmp_path):
    stick = tmp_path / "stick"
    at_work.type("export", "--file", str(stick))
    opened = desk.opened(stick.read_bytes())
    twin = hub.branch.restored(2)
    twin.admit("somebody")
    answer = desk.written(opened, desk.response(twin.seals[2:]), None)
    stick.write_bytes(answer)
    code, out, _ = at_work.type("import", str(stick))
    assert (code, "Máy giữ cả hai làm bằng chứng" in out.replace("\n", " ")) == (1, True)


def _another_key():
    return HPKE.public_of(HPKE.new_private())


def test_a_phone_that_learns_of_its_end_says_so(at_work, desk, hub, tmp_path):
    stick = tmp_path / "stick"
    at_work.type("export", "--file", str(stick))
    previous = seals.read(desk.opened(stick.read_bytes()).request.seals[0]).header.previous
    hub.say(an(WriterRevoked, writer=1, seq=0, head=previous))
    stick.write_bytes(desk.ingest(stick.read_bytes())[0][0])
    _, _, said = at_work.type("import", str(stick))
    assert "Máy tạm dừng ghi sổ. Chi nhánh đã thu hồi máy này" in said
