"""Runs a module of this folder inside Pyodide under Node, and brings back what its ``main`` returns."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import ROOT, repository_files

BROWSER_PACKAGES = ("protocol", "calc", "edge")
NATIVE_ONLY = frozenset(
    {
        "calc/kernel.py",
        "calc/month_end_batch.py",
        "calc/month_end_columns.py",
        "calc/month_end_row.py",
        "protocol/native.py",
        "protocol/certificate.py",
        "protocol/pictures.py",
        "edge/carry_cli.py",
        "edge/proving_cli.py",
        "edge/native.py",
        "edge/cli.py",
        "edge/door.py",
        "edge/tables.py",
        "edge/terminal.py",
    }
)
START_SECONDS_MAX = 120
SECOND_HPKE = ROOT / "tests" / "protocol" / "rfc9180.py"


def browser_files() -> dict[str, Path]:
    """What the browser loads, by path relative to the root: the agent's packages less the native host."""
    named = {str(path.relative_to(ROOT)): path for path in repository_files()}
    return {
        name: path
        for name, path in named.items()
        if name.split("/")[0] in BROWSER_PACKAGES and name not in NATIVE_ONLY
    }


@pytest.fixture(scope="session")
def in_browser():
    """``in_browser(module, given)``: the JSON value of ``main(given)`` of a module of tests/browser.

    ``beside`` are other files that the module imports.
    """
    wheels = sorted(map(str, (ROOT / ".cache/wheels").glob("*.whl")))
    assert wheels, "no wheels for Pyodide: run ./just setup"

    def run(module, given=None, beside=()):
        imported = (*(ROOT / "tests/browser").glob("*.py"), SECOND_HPKE, *beside)
        files = browser_files() | {str(path.relative_to(ROOT)): path for path in imported}
        order = {
            "wheels": wheels,
            "files": {f"/app/{name}": str(path) for name, path in files.items()},
            "run": f"tests.browser.{module}",
            "given": given,
        }
        finished = subprocess.run(
            ["node", str(ROOT / "tests/browser/host.mjs")],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=START_SECONDS_MAX,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout.splitlines()[-1])

    return run
