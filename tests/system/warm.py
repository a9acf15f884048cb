"""The commands of a story in forked children: a copy of the warm test process instead of a cold start.

A command has a process of its own, with its files, locks and output; only the interpreter and its imports,
most of the time of a short command, are there already. What a start by hand adds is the matter of
``test_readme``, ``test_collection_day`` and of whatever is served, raced or killed: those start the
installed programs.
"""

import os
import signal
import subprocess
import sys
import tempfile
import traceback
from typing import NoReturn

from stage import REPLY_LIMIT_S, Stage

import edge.cli
import hub.cli
import provisioning.cli
import provisioning.verify_cli

MAINS = {
    "tovay-edge": edge.cli.main,
    "tovay-hub": hub.cli.main,
    "tovay-provision": provisioning.cli.main,
    "tovay-verify": provisioning.verify_cli.main,
}


class WarmStage(Stage):
    """A stage on which our programs are forked when they are run to their end, with nothing typed."""

    def attempt(self, program, *words, typed=""):
        """Run a program to its end, whatever the end is."""
        if typed or program not in MAINS:
            return super().attempt(program, *words, typed=typed)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                _live(program, list(map(str, words)), self.environment(), out.fileno(), err.fileno())
            _, status = os.waitpid(child, 0)
            out.seek(0)
            err.seek(0)
            code = os.waitstatus_to_exitcode(status)
            return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())


def _live(program: str, words: list[str], environ: dict[str, str], out: int, err: int) -> NoReturn:
    """The child's whole life; of what the test process would do at its end, nothing happens."""
    status = 1
    try:
        sys.settrace(None)  # as in tests/fakes/traced.py: what it covers is not kept
        signal.alarm(REPLY_LIMIT_S)
        os.environ.clear()
        os.environ.update(environ)
        for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), out, err)):
            os.dup2(file, number)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        MAINS[program](words)
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:  # noqa: BLE001 (as an interpreter does: whatever it is, it is printed)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
