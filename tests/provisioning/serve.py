"""The two doors of a branch directory, served by uvicorn: ``python -m tests.provisioning.serve DIR PORT``."""

import sys
from datetime import datetime
from pathlib import Path

import uvicorn
from litestar import Litestar

from provisioning.authority import load_authority, load_hub_signer
from provisioning.enrol import open_desk
from provisioning.routes import handlers
from tests.provisioning.branch import NOW, PASSPHRASE


class NoBranchLog:
    """A hub whose branch log stands still."""

    def carry_out(self, group: str) -> None:
        """Nothing is appended."""


def clock() -> datetime:
    """The moment at which the tests' vouchers are made."""
    return NOW


if __name__ == "__main__":
    directory, port = Path(sys.argv[1]), int(sys.argv[2])
    keys = load_hub_signer(directory, PASSPHRASE), load_authority(directory, PASSPHRASE)
    doors = handlers(open_desk(directory, *keys, NoBranchLog(), clock), f"http://127.0.0.1:{port}")
    uvicorn.run(Litestar(doors, openapi_config=None), host="127.0.0.1", port=port, log_level="warning")
