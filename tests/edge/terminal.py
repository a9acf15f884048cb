"""A terminal that a person types ``tovay-edge`` on."""

import io
import json
import sys

from edge import cli
from tests.fakes.places import PIN


class Terminal:
    """Runs commands in this process, as a person with a rehearsal clock would type them."""

    def __init__(self, directory, capsys, monkeypatch):
        self.directory, self.capsys, self.monkeypatch = directory, capsys, monkeypatch
        (directory / "pin").write_text(f"{PIN}\n", encoding="ascii")
        for name, value in self.environ().items():
            monkeypatch.setenv(name, value)

    def environ(self):
        return {
            "TOVAY_NOW": "2025-12-15T08:00:00+07:00",
            "TOVAY_DIR": str(self.directory / "phone"),
            "TOVAY_PIN_FILE": str(self.directory / "pin"),
            "COLUMNS": "160",
        }

    def type(self, *words, answer=""):
        """Exit code, output and what was said beside it."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        code = 0
        try:
            cli.main(words)
        except SystemExit as left:
            code = left.code
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def read(self, *words):
        """The JSON of a command that must work."""
        code, out, _ = self.type(*words, "--json")
        assert code == 0, out
        return json.loads(out)

    def refused(self, *words, **given):
        """The sentence of a command that must be refused, with status 1; nothing was recorded."""
        before = self.entries()
        code, _, said = self.type(*words, **given)
        assert code == 1
        assert self.entries() == before
        return said.split("\n")[-2]

    def entries(self):
        return len(self.read("status")["entries"])
