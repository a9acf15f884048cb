"""Inside Pyodide: plays the story with the browser host against a hub's replies that were written down."""

from pathlib import Path

from edge.ports import Host
from edge.transport import Carrier
from protocol.ports import Reply
from tests.browser import story
from tests.browser.ports import HostSafe, HostVault, HostVerifier


class Replay:
    """A ``Transport`` that gives the written replies in order, and keeps what was asked."""

    def __init__(self, replies):
        """Start at the first reply."""
        self._replies = iter(replies)
        self.asked = []

    def post(self, path, body, headers):
        """The next reply, whatever is asked; CPython compares the questions."""
        del headers
        self.asked.append([path, body.hex()])
        status, names, text = next(self._replies)
        return Reply(status, names, bytes.fromhex(text))


def main(given):
    """Play, close, open again, tell."""
    directory = Path("/phone")
    directory.mkdir()
    safe = HostSafe(directory, bytes.fromhex(given["seed"]))
    host = Host(HostVault(b"\x05" * 32), HostVerifier(), safe)
    replay = Replay(given["replies"])
    before = story.play(directory / "ledger", host, Carrier(replay, given["origin"]), given["voucher"])
    return {"before": before, "asked": replay.asked, "after": story.tell(directory / "ledger", host)}
