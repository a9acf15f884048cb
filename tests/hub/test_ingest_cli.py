"""``tovay-hub ingest``: files, scanned lines, photos and folders that carriers bring, and what goes back."""

import io
import json
import sys

import pytest
from msgspec import structs

from hub.app import opened
from hub.carried import deliver_in, deliver_out
from hub.cli import main
from hub.errors import BundleError
from protocol import bundle as bundles
from protocol.frames import gather, write_frames
from protocol.limits import BUNDLE_FILE_BYTES_MAX, BUNDLES_PER_FILE_MAX
from protocol.pictures import codes_in, picture
from protocol.trust_facts import Received
from tests.hub.builders import GROUP, NOW, Phone, visit
from tests.hub.carrying import Carried
from tests.hub.web import ENVIRON


@pytest.fixture
def carried(directory):
    """A phone of the group, with two visits sealed apart; its hub is closed."""
    with opened(directory, ENVIRON, sealing=True) as hub:
        phone = Phone(GROUP, 1, 0)
        hub.groups.open(GROUP)
        state = hub.groups.append(GROUP, lambda _: [[phone.admission]])
        phone.start(hub.groups.trust.root_spki, state.log.entries[-1].raw)
        phone.write(visit(), visit(2))
        return Carried(hub, phone)


@pytest.fixture
def run(capsys, monkeypatch, directory):
    """Ingest into the branch directory: exit code, what it told, and what it told as an error."""
    monkeypatch.setenv("TOVAY_NOW", NOW.isoformat())
    monkeypatch.delenv("TOVAY_PASSPHRASE_FILE", raising=False)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(["ingest", "--dir", str(directory), *map(str, words)])
        told = capsys.readouterr()
        return left.value.code, told.out, " ".join(told.err.split())

    return run


def received(directory):
    with opened(directory, ENVIRON) as hub:
        entries = hub.groups.load(GROUP).log.entries
        return [(one.entry.first_seq, one.entry.count) for one in entries if isinstance(one.entry, Received)]


def test_a_file_is_ingested_twice_and_counts_once(run, carried, directory, tmp_path):
    stick, reply = tmp_path / "stick.tovay", tmp_path / "reply.tovay"
    stick.write_bytes(carried.bundle(carried.phone.seal()))
    for _ in range(2):
        code, out, err = run(stick, "--reply", reply)
        assert (code, err) == (0, "")
        assert "Đã mở 1 kiện, 1 gói." in out
        assert "Tổ KM-001, máy 1: 1 kiện trả lời." in out
        (answer,) = bundles.split_file(reply.read_bytes())
        seals = carried.opened(answer).response.branch_seals
    assert received(directory) == [(1, 2)]
    assert len(seals) == 3


def test_photos_scanned_lines_and_a_folder_hold_the_same_bundle(run, carried, directory, tmp_path):
    frames = write_frames(carried.bundle(carried.phone.seal()))
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, frame in enumerate(frames[:-1]):
        (folder / f"{number}.png").write_bytes(picture(frame))
    code, _, err = run(folder)
    assert code == 1
    assert f"còn thiếu mã số {len(frames)}." in err
    assert received(directory) == []
    (tmp_path / "scanned.txt").write_text(f"{frames[-1]}\n", encoding="ascii")
    code, out, err = run(folder, tmp_path / "scanned.txt")
    assert (code, err) == (0, "")
    assert "Đã mở 1 kiện" in out
    assert received(directory) == [(1, 2)]


def test_a_scanner_types_into_the_standard_input(run, carried, directory, monkeypatch):
    lines = "\r\n".join(write_frames(carried.bundle(carried.phone.seal())))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert run("-")[0] == 0
    assert received(directory) == [(1, 2)]


def test_one_bad_file_stops_no_other(run, carried, directory, tmp_path):
    files = {
        "b-cut": carried.bundle(carried.phone.seal(1, 1))[:-9],
        "c-none": b"%PDF-1.7\n",
        "d-elsewhere": carried.bundle(to=structs.replace(carried.statement(), branch="HD")),
        "e-key": carried.bundle(to=structs.replace(carried.statement(), number=7)),
        "f-good": carried.bundle(carried.phone.seal(2, 2)),
        "g-code": b"TOVAY-B1:THIS-IS-NONE",
    }
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    code, out, err = run(tmp_path / "a-missing", *(tmp_path / name for name in files))
    assert code == 1
    assert "Đã mở 1 kiện, 1 gói." in out
    for told in (
        f"Không đọc được {tmp_path / 'a-missing'}: không có tệp này",
        f"Tệp {tmp_path / 'b-cut'} không phải kiện",
        f"Tệp {tmp_path / 'c-none'} không phải kiện",
        f"{tmp_path / 'd-elsewhere'}: Kiện gửi cho chi nhánh HD, không phải chi nhánh này.",
        f"{tmp_path / 'e-key'}: Kiện dùng khóa nhận kiện số 7 mà chi nhánh không có.",
        "Mã “TOVAY-B1:THIS-IS-NONE” không phải mã của kiện nào",
    ):
        assert told in err
    assert received(directory) == [(2, 1)]


def test_a_stranger_is_told_and_gets_no_file(run, carried, directory, tmp_path):
    stick, reply = tmp_path / "stick", tmp_path / "reply"
    stick.write_bytes(carried.bundle(carried.phone.seal(), key=Phone(GROUP, 2, 0).signer))
    code, _, err = run(stick, "--reply", reply)
    assert code == 1
    assert "không được trả lời" in err
    assert not reply.exists()
    assert received(directory) == [(1, 2)]


def test_answers_are_shown_as_codes(run, carried, tmp_path):
    stick, shown = tmp_path / "stick", tmp_path / "shown"
    stick.write_bytes(carried.bundle(carried.phone.seal()))
    code, _, err = run(stick, "--reply-qr", shown)
    assert code == 0
    texts = [text for path in sorted(shown.glob("*.png")) for text in codes_in(path.read_bytes())]
    (answer,) = gather(texts).bundles
    assert len(carried.opened(answer).response.branch_seals) == 3
    (page,) = shown.glob("*.html")
    assert f"Tổ KM-001, máy 1: {page}" in err.replace("/ ", "/")
    assert "Tổ KM-001, máy 1" in page.read_text(encoding="utf-8")


def test_an_answer_that_cannot_be_handed_out_is_told_and_nothing_is_undone(
    run, carried, directory, tmp_path, monkeypatch
):
    stick, file = tmp_path / "stick", tmp_path / "file"
    stick.write_bytes(carried.bundle(carried.phone.seal(1, 1), b"no seal"))
    file.write_bytes(b"")
    code, out, err = run(stick, "--reply", tmp_path / "no" / "where", "--reply-qr", file)
    assert code == 1
    assert err.count("Không ghi được kiện trả lời vào") == 2
    for nowhere in ("", tmp_path):
        code, _, err = run(stick, "--reply", nowhere)
        assert (code, "Không ghi được kiện trả lời vào" in err) == (1, True)
    assert "1 gói không nhận: malformed." in out
    assert received(directory) == [(1, 1)]
    monkeypatch.setattr("protocol.frames.FRAMES_MAX", 1)
    code, _, err = run(stick, "--reply-qr", tmp_path / "shown")
    assert (code, "quá lớn để hiện bằng mã QR" in err) == (1, True)
    small = carried.bundle(carried.phone.seal(2, 2), reply_to=bytes(44))
    stick.write_bytes(small)
    assert "khóa nhận trả lời của máy bị sai" in run(stick, "--reply", tmp_path / "reply")[2]


def test_a_program_reads_json(run, carried, tmp_path):
    stick = tmp_path / "stick"
    stick.write_bytes(carried.bundle(carried.phone.seal()))
    code, out, _ = run(stick, "--reply", tmp_path / "reply", "--json")
    assert code == 0
    assert json.loads(out) == {
        "taken": [{"group": GROUP, "seals": 1, "fault": None}],
        "answers": [{"group": GROUP, "writer": 1, "bundles": 1, "refused": []}],
        "faults": [],
    }


def test_giant_files_and_empty_folders_are_refused(tmp_path):
    giant = tmp_path / "giant"
    with giant.open("wb") as file:
        file.truncate(BUNDLE_FILE_BYTES_MAX + 1)
    (tmp_path / "empty").mkdir()
    delivery = deliver_in([str(giant), str(tmp_path / "empty"), ""])
    assert [one.code for one in delivery.faults] == ["bundle_too_large", "bundle_folder", "bundle_unreadable"]
    with pytest.raises(BundleError):
        deliver_out([b"\x90"] * (BUNDLES_PER_FILE_MAX + 1), tmp_path / "reply")


def test_a_scanner_that_is_not_there_is_told(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    code, _, err = run("-")
    assert (code, "Không đọc được -" in err) == (1, True)
