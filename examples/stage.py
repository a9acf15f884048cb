"""The stage of the story: real programs in processes of their own, a hub that comes and goes.

Nothing here knows about money. ``Stage`` runs the console scripts of this environment with a rehearsal clock,
``Hub`` starts and stops the branch's server, ``Couch`` is the CouchDB under it in a story that has one, and
``LossyLine`` a relay on loopback that loses one reply.
"""

import json
import os
import secrets
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

SCRIPTS = Path(sys.executable).parent
STAND_IN = Path(__file__).parents[1] / "tests" / "couchdb" / "server.mjs"
REPLY_LIMIT_S = 60


class StoryError(Exception):
    """Something did not go as the story tells it; the text says what was run and what it said."""


class Stage:
    """Runs the programs of one branch and its phones under ``folder``, all at the story's own time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = "2025-12-03T08:00:00+07:00"

    def environment(self) -> dict[str, str]:
        """The variables that every program gets."""
        return {**os.environ, "TOVAY_NOW": self.now, "PYTHONUNBUFFERED": "1", "COLUMNS": "120"}

    def run(self, program: str, *words: object, typed: str = "") -> str:
        """Run a program to its end; returns what it printed, raises StoryError when it fails."""
        done = self.attempt(program, *words, typed=typed)
        if done.returncode != 0:
            raise StoryError(f"{_line(program, words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, program: str, *words: object) -> object:
        """Run a program with ``--json`` and read its answer."""
        return json.loads(self.run(program, *words, "--json"))

    def attempt(self, program: str, *words: object, typed: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a program to its end, whatever the end is."""
        return subprocess.run(
            [SCRIPTS / program, *map(str, words)],
            input=typed,
            capture_output=True,
            text=True,
            env=self.environment(),
            timeout=REPLY_LIMIT_S,
            check=False,
        )

    def kill_after(self, program: str, *words: object, delay_s: float, shown: str) -> bool:
        """Start a program and SIGKILL it after a while; says whether it had shown a line with ``shown``."""
        with subprocess.Popen(
            [SCRIPTS / program, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self.environment(),
        ) as running:
            try:
                running.wait(delay_s)
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
            return shown in running.stdout.read()


class Hub:
    """The branch's server, as a process that can be stopped and come back at the same address."""

    def __init__(self, stage: Stage, branch: Path) -> None:
        self._stage = stage
        self._branch = branch
        self.address = "127.0.0.1", _free_port()
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address that phones and people's browsers know."""
        return "http://{}:{}".format(*self.address)

    @property
    def process_id(self) -> int | None:
        """Process of the running server."""
        return self._running.pid if self._running else None

    def start(self, behind: tuple[str, int] | None = None) -> None:
        """Start the server and wait until it answers; ``behind`` a relay it listens at another address."""
        address = behind or self.address
        log = (self._branch / "hub.log").open("ab")
        self._running = subprocess.Popen(
            [SCRIPTS / "tovay-hub", "serve", "--dir", self._branch, "--port", str(address[1])],
            stdout=log,
            stderr=log,
            env=self._stage.environment(),
        )
        log.close()
        _until_open(address, self._running, self._branch / "hub.log")

    def stop(self) -> None:
        """Ask the server to finish, as a machine does that is switched off."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(REPLY_LIMIT_S)
            self._running = None


class Couch:
    """The CouchDB under the hub: the one that ``TOVAY_COUCHDB_URL`` names, or the tests' stand-in for it."""

    def __init__(self, folder: Path, *, stays: bool) -> None:
        """``stays``: it outlives the story."""
        self._password_file = folder / "couchdb-password"
        self._running: subprocess.Popen[str] | None = None
        self.database = f"tovay-story-{secrets.token_hex(8)}"
        named = os.environ.get("TOVAY_COUCHDB_URL")
        self.url, self.user = named or "", os.environ.get("TOVAY_COUCHDB_USER", "tovay")
        password = os.environ["TOVAY_COUCHDB_PASSWORD"] if named else secrets.token_urlsafe(16)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(f"{password}\n", encoding="utf-8")
        if named is None:
            (folder / "couchdb").mkdir()
            words = ["node", STAND_IN, folder / "couchdb", self.user, password, "0", *(["stay"] * stays)]
            self._running = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.url = json.loads(self._running.stdout.readline() or "{}").get("url", "")
            if not self.url:
                raise StoryError("the stand-in for CouchDB does not start; ./just setup installs it")

    @property
    def words(self) -> tuple[object, ...]:
        """What ``tovay-hub init`` is told about it."""
        place = ("--url", self.url, "--user", self.user, "--password-file", self._password_file)
        return "--store", "couchdb", *place, "--database", self.database

    def stop(self) -> None:
        """Leave nothing of the story behind: no process, no database."""
        if self._running is not None:
            self._running.communicate()
            return
        password = self._password_file.read_text(encoding="utf-8").strip()
        for suffix in ("", "-derived"):
            httpx.delete(f"{self.url}/{self.database}{suffix}", auth=(self.user, password), trust_env=False)


class LossyLine:
    """A relay at the hub's address, the hub behind it; the first request arrives, its reply is lost."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.hub_address = "127.0.0.1", _free_port()
        self._lose = threading.Event()
        self._lose.set()
        line = self

        class Relay(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                line.relay(self.request)

        self._server = _Server(address, Relay)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def relay(self, phone: socket.socket) -> None:
        """Carry one connection; a hub that is not there closes it, as a dead network does."""
        try:
            hub = socket.create_connection(self.hub_address, timeout=5)
        except OSError:
            return
        with hub:
            upstream = threading.Thread(target=_pump, args=(phone, hub), daemon=True)
            upstream.start()
            if self._lose.is_set():
                self._lose.clear()
                hub.recv(1)
                return
            _pump(hub, phone)

    def close(self) -> None:
        """End the relay."""
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_open(address: tuple[str, int], running: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(REPLY_LIMIT_S * 20):
        if running.poll() is not None:
            raise StoryError(f"the hub did not start:\n{log.read_text()}")
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise StoryError("the hub did not open its door")


def _line(program: str, words: tuple[object, ...]) -> str:
    return f"{program} {' '.join(map(str, words))}"
