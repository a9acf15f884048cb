"""How ``tovay-provision`` shows its help, and what it tells when its output takes nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.cli import commands, main


@pytest.mark.parametrize("words", [(), *((name,) for name in commands.commands)])
def test_every_page_of_help_is_in_vietnamese(capsys, words):
    main([*words, "--help"])
    page = capsys.readouterr().out
    assert page.split()[:3] == ["Cách", "dùng:", "tovay-provision"]
    assert not re.search(r"\b(Usage|OPTIONS|COMMAND|PATH|TEXT|INTEGER|RANGE)\b|<=", page), page


def test_nothing_is_done_when_there_is_nowhere_to_tell_it():
    done = _help_apart(preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr.decode()) == (1, "Không có chỗ để in kết quả; chưa làm gì.\n")


def test_an_output_that_is_full_is_told_as_that():
    with Path("/dev/full").open("wb") as full:
        done = _help_apart(stdout=full)
    told = done.stderr.decode()
    assert (done.returncode, told.count("\n")) == (1, 1), told
    assert told.startswith("Không in được kết quả.")


def _help_apart(**ends):
    command = [sys.executable, "-c", "from provisioning.cli import main; main()", "--help"]
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, **ends)
