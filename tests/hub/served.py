"""``tovay-hub`` as a process of its own, and what it answers over a real socket."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx

from hub.app import opened
from protocol.exchange import PATH, read_response
from tests.hub.builders import GROUP, NOW, Phone
from tests.hub.web import asked, signed

ROOT = Path(__file__).parents[2]
ENVIRON = {**os.environ, "TOVAY_NOW": NOW.isoformat(), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
TOVAY_HUB = (sys.executable, "-c", "from hub.cli import main; main()")
WAIT_S = 30


def tovay_hub(*words, environ=ENVIRON) -> "subprocess.CompletedProcess[str]":
    """One command, run to its end."""
    command = [*TOVAY_HUB, *map(str, words)]
    return subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False
    )


class Served:
    """A hub that serves a directory until it is stopped, or dies by itself."""

    def __init__(self, directory, program=TOVAY_HUB, words=("serve", "--port", "0"), log=None):
        command = [*program, *words, "--dir", str(directory)]
        self._log = (log or directory / "hub.log").open("ab")
        self.running = subprocess.Popen(
            command,
            env=ENVIRON,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,  # a tracer and what it traces end together
        )
        told = self.running.stdout.readline()
        self.address = json.loads(told)["address"] if told else ""

    def stop(self, told=signal.SIGTERM) -> int:
        """Tell it to stop; its exit code."""
        os.killpg(self.running.pid, told)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        try:
            return self.running.wait(WAIT_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.stdout.close()
            self._log.close()

    def post(self, phone, *sealed, origin=None, known=None):
        """A phone's exchange over the socket; ``origin`` where it is not the address of this hub."""
        body = asked(phone.log.group, *sealed, known=known)
        headers = signed(phone, body, target_uri=(origin or self.address) + PATH)
        return httpx.post(self.address + PATH, content=body, headers=headers, timeout=WAIT_S)

    def exchange(self, phone, *sealed):
        answer = self.post(phone, *sealed)
        assert answer.status_code == 200, answer.text
        return read_response(answer.content)


def admit(directory, group=GROUP) -> Phone:
    """A phone admitted to a group of this directory, by another process than the one that serves."""
    with opened(directory, ENVIRON, sealing=True) as hub:
        phone = Phone(group, 1, 0)
        hub.groups.open(group)
        state = hub.groups.append(group, lambda _: [[phone.admission]])
        phone.start(hub.groups.trust.root_spki, state.log.entries[-1].raw)
    return phone
