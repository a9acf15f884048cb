"""Inside Pyodide: imports every module that the browser loads."""

import importlib
import sqlite3
import sys


def main(modules):
    """Import each of ``modules``; return the versions, and the foreign packages that came along."""
    for module in modules:
        importlib.import_module(module)
    return {
        "python": sys.version.split()[0],
        "platform": sys.platform,
        "sqlite": sqlite3.sqlite_version,
        "cryptography": "cryptography" in sys.modules,
    }
