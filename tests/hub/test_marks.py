"""The high-water mark: how far each group's log had come, beside a store that may be an older copy (L15)."""

import sqlite3

import pytest

from hub.errors import StoreError
from hub.marks import MarkFile
from protocol.ids import BranchTip

GROUP = "KM-001"


def tip(epoch, seq, digit=7):
    return BranchTip(epoch, seq, bytes([digit]) * 32)


@pytest.fixture
def marks(tmp_path):
    marks = MarkFile(tmp_path / "marks.sqlite")
    marks.make()
    yield marks
    marks.close()


def test_L15_a_mark_is_raised_and_never_lowered(marks):
    for told in (tip(0, 5), tip(0, 4), tip(0, 5, 8)):
        marks.put(GROUP, told)
        assert marks.tip(GROUP) == tip(0, 5)
    marks.put(GROUP, tip(1, 1))
    assert marks.tip(GROUP) == tip(1, 1)
    marks.put(GROUP, tip(0, 900))
    assert marks.tip(GROUP) == tip(1, 1)


def test_a_group_without_a_mark_has_none_and_another_process_sees_the_same(marks, tmp_path):
    marks.put(GROUP, tip(0, 3))
    other = MarkFile(tmp_path / "marks.sqlite")
    assert (other.tip(GROUP), other.tip("KM-002"), other.are_missing) == (tip(0, 3), None, False)
    other.close()


def test_making_marks_again_keeps_what_they_say(marks):
    marks.put(GROUP, tip(0, 3))
    marks.finish(2)
    marks.make()
    assert (marks.tip(GROUP), marks.finished) == (tip(0, 3), 2)


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 300])
def test_L15_a_file_that_is_not_there_or_cannot_be_read_knows_nothing(tmp_path, content):
    path = tmp_path / "marks.sqlite"
    if content is not None:
        path.write_bytes(content)
    marks = MarkFile(path)
    assert (marks.are_missing, marks.tip(GROUP), marks.finished) == (True, None, 0)
    marks.put(GROUP, tip(0, 1))
    with pytest.raises(StoreError):
        marks.finish(1)
    assert path.exists() is (content is not None)
    marks.make()
    assert not marks.are_missing
    marks.close()


def test_a_mark_of_another_version_is_none_that_is_known_here(marks, tmp_path):
    with sqlite3.connect(tmp_path / "marks.sqlite") as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    assert marks.are_missing


def test_a_file_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(StoreError):
        MarkFile(tmp_path / "nowhere" / "marks.sqlite").make()


def test_L17_the_log_key_is_raised_and_never_lowered(marks, tmp_path):
    assert marks.log_key == 1
    for number in (3, 2):
        marks.put_log_key(number)
        assert marks.log_key == 3
    marks.close()
    (tmp_path / "marks.sqlite").write_bytes(b"no database")
    assert marks.log_key == 1
    with pytest.raises(StoreError):
        marks.put_log_key(4)
