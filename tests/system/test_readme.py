"""The README's walk by hand, command by command, as a newcomer would type it."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PORT = "8470"


def walk():
    """The shell blocks of the walk, in order."""
    section = README.split("## A collection day by hand")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Shell:
    """One bash that stays open, so that exports, jobs and the folder last from block to block."""

    def __init__(self, folder, port, store):
        environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SAMPLE": str(ROOT / "examples" / "kinh_mon"),
            "COLUMNS": "120",
        }
        self.hubs = 0
        self._port, self._store = port, shlex.join(map(str, store.words))
        self._bash = subprocess.Popen(
            ["bash", "-m"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )

    def type(self, line):
        """Type one line, with what ``--store`` adds to it; returns its exit status and what it printed."""
        line = line.replace(PORT, self._port)
        if line.startswith("tovay-hub init"):
            line = f"{line} {self._store}"
        if line.endswith(" &"):
            self.hubs += 1
            line = f"{line[:-2]} > hub{self.hubs}.log 2>&1 &"
        self._bash.stdin.write(f'{line}\nprintf "\\n=== %s\\n" $?\n')
        self._bash.stdin.flush()
        printed = []
        for answer in self._bash.stdout:
            if answer.startswith("=== "):
                return int(answer[4:]), "".join(printed)
            printed.append(answer)
        pytest.fail(f"the shell ended at: {line}")

    def close(self):
        """End the shell, and only what it started."""
        os.killpg(self._bash.pid, signal.SIGTERM)
        self._bash.communicate(timeout=30)


@pytest.fixture
def shell(tmp_path, store):
    opened = Shell(tmp_path, free_port(), store)
    yield opened
    opened.close()


def wait_for_hub(log):
    for _ in range(600):
        if log.exists() and "address" in log.read_text(encoding="utf-8"):
            return
        time.sleep(0.05)
    pytest.fail("the hub did not say where it listens")


def seen(words, printed):
    """What a person would read off the screen for the words in capitals."""
    if match := re.search(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}-[0-9A-Z]\b", printed):
        words["VOUCHER"] = match.group()
    if match := re.search(r"\b[0-9a-f]{20}\b", printed):
        words["DEVICE"] = match.group()
    if match := re.search(r"sáu chữ số: (\d{3}) (\d{3})", " ".join(printed.split())):
        words["DIGITS"] = "".join(match.groups())


def test_every_command_of_the_walk_works_as_written(shell, tmp_path):
    words, printed = {}, {}
    for line in "\n".join(walk()).splitlines():
        typed = line
        for word, found in words.items():
            typed = typed.replace(word, found)
        status, answer = shell.type(typed)
        assert status == 0, f"{typed}\n{answer}"
        seen(words, answer)
        printed[line] = answer
        if line.startswith("tovay-hub serve"):
            wait_for_hub(tmp_path / f"hub{shell.hubs}.log")
    settled = next(answer for line, answer in printed.items() if line.startswith("tovay-hub settle"))
    assert "hạch toán 5 phiếu" in settled
    statement = next(answer for line, answer in printed.items() if line.startswith("tovay-hub statement"))
    assert "Một triệu một trăm bảy mươi mốt nghìn bốn trăm ba mươi sáu đồng" in statement


def test_the_two_commands_are_recipes():
    listed = subprocess.run(
        [shutil.which("just") or ROOT / ".venv" / "bin" / "just", "--summary"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout.split()
    assert {"demo", "test", "setup", "fmt", "lint", "check"} <= set(listed)


def test_the_example_for_auditors_prints_the_published_interest():
    command = re.search(r"^echo '(\{.*\})' \| tovay-calc$", README, re.MULTILINE).group(1)
    done = subprocess.run(
        [Path(sys.executable).parent / "tovay-calc"],
        input=command,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"interest":280274' in done.stdout.replace(" ", "")
