"""Starts the server that stands in for CouchDB: PouchDB behind CouchDB's protocol, on loopback.

As a program, ``python -m tests.couchdb.stand_in FOLDER``, it prints a line of JSON with ``url``, ``user`` and
``password_file``, and ends with its input.
"""

import json
import subprocess
import sys
from pathlib import Path

SERVER = Path(__file__).with_name("server.mjs")
USER, PASSWORD = "tovay", "chim-sáo-7"


class StandIn:
    """A running server with its databases in a folder; ``url`` is where it listens."""

    def __init__(self, folder, port=0):
        folder.mkdir(parents=True, exist_ok=True)
        words = ["node", SERVER, folder, USER, PASSWORD, str(port)]
        # In a session of its own, so that whoever is interrupted can still tidy up.
        self._running = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        told = self._running.stdout.readline()
        if not told:
            raise RuntimeError("the stand-in for CouchDB does not start; ./just setup installs it")
        self.url = json.loads(told)["url"]
        self.user, self.password = USER, PASSWORD

    @property
    def pid(self):
        """The process, for tests that stop or kill it."""
        return self._running.pid

    def stop(self):
        """End it, and wait until it has ended."""
        self._running.stdin.close()
        self._running.stdout.close()
        self._running.wait(30)


def main(folder):
    """Run one until the standard input ends."""
    server = StandIn(folder / "couchdb")
    password_file = folder / "couchdb-password"
    password_file.touch(0o600)
    password_file.write_text(f"{server.password}\n", encoding="utf-8")
    told = {"url": server.url, "user": server.user, "password_file": str(password_file.absolute())}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
