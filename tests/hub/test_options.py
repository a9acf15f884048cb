"""How every command ends: with its exit code, and with a sentence when it was refused."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import rich_click as click

from hub.cli import commands as hub_commands
from hub.errors import UnknownGroupError
from hub.options import run
from provisioning.errors import DamagedFileError


@click.group()
def commands() -> None:
    """Commands that end in every way."""


@commands.command("ends")
@click.argument("way")
def ends(way: str) -> int:
    """End like that."""
    if way in ENDS:
        raise ENDS[way]
    return int(way)


ENGLISH = re.compile(r"\b(Usage|OPTIONS|COMMAND|PATH|TEXT|INTEGER|RANGE|DIRECTORY)\b")
EXPORTS = ("postings", "balances", "waiting")
ENDS = {
    "stopped": click.Abort(),
    "refused": UnknownGroupError("KM-404"),
    "damaged": DamagedFileError("log.key"),
    "forbidden": click.BadParameter("Path is not readable", param=click.Option(["--dir"], type=click.Path())),
    "broken": ZeroDivisionError("a secret"),
    "missing": FileNotFoundError(2, "a secret", "a file"),
}


@pytest.mark.parametrize(
    ("way", "code", "told"),
    [
        ("0", 0, ""),
        ("1", 1, ""),
        ("stopped", 1, "Đã dừng.\n"),
        ("refused", 1, "Không có tổ mang mã này.\n"),
        ("damaged", 1, "Tệp log.key bị thiếu hoặc đã hỏng.\n"),
        ("forbidden", 2, "Không có quyền đọc --dir.\n"),
    ],
)
def test_a_command_ends_with_its_code_and_at_most_one_sentence(capsys, way, code, told):
    with pytest.raises(SystemExit) as left:
        run(commands, ["ends", way], "tovay-hub")
    assert (left.value.code, capsys.readouterr().err) == (code, told)


@pytest.mark.parametrize("way", ["broken", "missing"])
def test_an_error_that_nobody_expected_is_logged_and_told_without_its_text(capsys, way):
    with pytest.raises(SystemExit) as left:
        run(commands, ["ends", way], "tovay-hub")
    logged, told = capsys.readouterr().err.splitlines()
    assert (left.value.code, told) == (1, "Máy chủ gặp lỗi. Lỗi đã được ghi lại; hãy thử lại.")
    assert json.loads(logged)["event"] == "command_failed"


@pytest.mark.parametrize("words", [["--help"], ["report", "--help"]])
def test_an_output_that_is_full_is_told_as_that(words):
    with Path("/dev/full").open("wb") as full:
        done = _run_apart(words, stdout=full)
    told = done.stderr.decode()
    assert (done.returncode, told.count("\n")) == (1, 1), told
    assert told.startswith("Không in được kết quả.")


def test_every_page_of_help_is_in_vietnamese(capsys):
    named = [[name] for name in hub_commands.list_commands(None)]
    pages = [[], *named, *(["export", name] for name in EXPORTS)]
    for words in pages:
        with pytest.raises(SystemExit):
            run(hub_commands, [*words, "--help"], "tovay-hub")
        page = capsys.readouterr().out
        assert page.split()[:3] == ["Cách", "dùng:", "tovay-hub"]
        assert not ENGLISH.search(page), page


def test_nothing_is_done_when_there_is_nowhere_to_tell_it():
    done = _run_apart(["--help"], preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr.decode()) == (1, "Không có chỗ để in kết quả; chưa làm gì.\n")


def _run_apart(words, **ends):
    command = [sys.executable, "-c", "from hub.cli import main; main()", *words]
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, **ends)
