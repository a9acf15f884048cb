"""A forked child under strace: its file-system calls one by one, and what may befall each of them.

A child is a copy of the warm test process, with a copy of every hub in memory, so that a trial costs some
hundredths of a second: that is what makes a trial for *every* call of a deed possible. A ``Deed`` gets two
functions: ``ready`` holds the child until it is watched, and stands right before what is examined; ``show``
says a word that survives the child. strace injects on entry, so a call that was killed never happened.
"""

import os
import re
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PAGES = ("write", "pwrite64", "writev", "pwritev")
WRITES = (*PAGES, "ftruncate")
FLUSHES = ("fsync", "fdatasync")
NAMES = ("openat", "mkdir", "link", "rename", "renameat", "renameat2", "unlink", "unlinkat")
WATCHED = "trace=" + ",".join((*WRITES, *FLUSHES, *NAMES))
LIMIT_S = 60
_PATH = re.compile(r"<((?:\\x[0-9a-f]{2})*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_CALL = re.compile(r"(\w+)\((.*)\) += (\S+)")

Deed = Callable[[Callable[[], None], Callable[[object], None]], None]


class Call(NamedTuple):
    """One file-system call, the ``nth`` of its name. ``path`` is the file's; of a rename, the old one."""

    name: str
    nth: int
    path: str
    texts: tuple[bytes, ...]
    numbers: tuple[int, ...]
    flags: str


class Ended(NamedTuple):
    """``status`` is an exit code or minus a signal; ``shown`` are words, ``calls`` all that was watched."""

    status: int
    shown: list[str]
    calls: list[Call]


def run(deed: Deed, log: Path, fault: str = "") -> Ended:
    """Do a deed in a child, with one strace injection, as ``pwrite64:signal=KILL:when=3``."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(deed, writing)
    os.close(writing)
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        status = _watch(child, log, fault)
    with os.fdopen(reading, encoding="utf-8") as told:
        shown = told.read().splitlines()
    calls = _calls(log.read_text(encoding="ascii")) if log.exists() else []
    return Ended(os.waitstatus_to_exitcode(status), shown, calls)


def changes(call: Call) -> bool:
    """Whether it may change a disk: of the openings, those that may create."""
    return call.name != "openat" or "O_CREAT" in call.flags


def _live(deed: Deed, writing: int) -> None:
    """The child's whole life."""
    sys.settrace(None)  # what it covers is not kept, and counting it would take half of the time
    signal.alarm(LIMIT_S)

    def show(word):
        os.write(writing, f"{word}\n".encode())

    try:
        deed(lambda: os.kill(os.getpid(), signal.SIGSTOP), show)
    except BaseException:  # noqa: BLE001 (whatever it is, the parent tells it)
        show(traceback.format_exc())
        os._exit(1)
    os._exit(0)


def _watch(child: int, log: Path, fault: str) -> int:
    injected = ("-e", f"inject={fault}") if fault else ()
    command = ["strace", "-y", "-xx", "-s", "70000", "-o", log, "-e", WATCHED, *injected, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        told = tracer.stderr.readline()
        os.kill(child, signal.SIGCONT if "attached" in told else signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert "attached" in told, told
    return status


def _calls(log: str) -> list[Call]:
    counters = Counter()
    found = []
    for line in log.splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        name, given, _ = match.groups()
        counters[name] += 1
        texts = tuple(map(_bytes, _TEXT.findall(given)))
        paths = [_bytes(path).decode() for path in _PATH.findall(given)]
        rest = _TEXT.sub("", _PATH.sub("", given))
        path = texts[0].decode() if name in NAMES else paths[0]
        numbers = tuple(int(word) for word in rest.split(", ") if word.isdigit())
        found.append(Call(name, counters[name], path, texts, numbers, rest))
    return found


def _bytes(spelt: str) -> bytes:
    return bytes.fromhex(spelt.replace("\\x", ""))


class Disk:
    """What a disk holds while the calls of a deed are done again on it, and what a power cut leaves of that.

    ``cached`` is what programs read; ``durable`` is what the last flush of each file promised. Names are
    durable at once: that is when contents that nobody flushed do the most harm.
    """

    def __init__(self, start: Path, directory: Path) -> None:
        """Begin with the files of ``start``, which the deed found in ``directory``."""
        self.place = str(directory)
        self.cached = {str(directory / file.name): file.read_bytes() for file in start.iterdir()}
        self.durable = dict(self.cached)

    def do(self, call: Call) -> None:
        """Do a call again."""
        if call.name in PAGES:
            self.write(self.cached, call, len(call.texts[0]))
        elif call.name in FLUSHES and call.path in self.cached:
            self.durable[call.path] = self.cached[call.path]
        elif call.name == "ftruncate":
            self.cached[call.path] = self.cached[call.path][: call.numbers[-1]]
        elif call.name in NAMES and changes(call):
            for files in (self.cached, self.durable):
                _name(files, call)

    def write(self, files: dict[str, bytes], call: Call, length: int) -> None:
        """Put the first ``length`` bytes of a write into files."""
        assert call.name in {"write", "pwrite64"}, call
        old = files.get(call.path, b"")
        start = call.numbers[-1] if call.name == "pwrite64" else len(old)
        written = old.ljust(start, b"\0")[:start] + call.texts[0][:length]
        files[call.path] = written + old[len(written) :]

    def torn(self, call: Call) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """What is there when the power is cut in the middle of a write.

        First with everything that was written before, then with only what a flush had promised.
        """
        left = dict(self.cached), dict(self.durable)
        for files in left:
            self.write(files, call, len(call.texts[0]) // 2)
        return left


def _name(files: dict[str, bytes], call: Call) -> None:
    """Create, empty, rename or remove a file."""
    if call.name == "rename":
        files[call.texts[1].decode()] = files.pop(call.path)
    elif call.name == "unlink":
        files.pop(call.path, None)
    else:
        assert call.name == "openat", call
        files[call.path] = b"" if "O_TRUNC" in call.flags else files.get(call.path, b"")


def put(files: dict[str, bytes], directory: Path) -> None:
    """Write what a disk held into an empty directory."""
    for name, content in files.items():
        directory.joinpath(Path(name).name).write_bytes(content)
