"""Who acts in the story: the branch's staff at the hub, and two people with phones."""

import secrets
import subprocess
from pathlib import Path

from stage import Hub, Stage, StoryError

PIN = "135790"


class Phone:
    """One phone in a member's hand: a folder, a PIN, and the ``tovay-edge`` command line."""

    def __init__(self, stage: Stage, role: str) -> None:
        self.role = role
        self.folder = stage.folder / f"phone-{role}"
        self._stage = stage
        self._pin = stage.folder / "pin"

    def words(self, command: str, *words: object) -> tuple[object, ...]:
        """The words of one command on this phone."""
        return command, "--dir", self.folder, "--pin-file", self._pin, *words

    def run(self, command: str, *words: object) -> str:
        """Run a command to its end."""
        return self._stage.run("tovay-edge", *self.words(command, *words))

    def attempt(self, command: str, *words: object) -> "subprocess.CompletedProcess[str]":
        """Run a command that may fail."""
        return self._stage.attempt("tovay-edge", *self.words(command, *words))

    def ask(self, command: str, *words: object) -> dict:
        """Run a command and read its JSON answer."""
        return self._stage.ask("tovay-edge", *self.words(command, *words))

    def collect(self, member: int, *words: object, tell: str) -> int:
        """Take money at a door and say so; returns the receipt's number."""
        receipt = self.ask("collect", member, *words, "--yes")["receipt"]
        total = f"{receipt['total_dong']:,}".replace(",", ".")
        who = f"{self.role:>6}  receipt {receipt['receipt_no']:>5}  {receipt['name']:<20}"
        print(f"  {who}{total:>10} đ  {tell}")
        return int(receipt["receipt_no"])

    def receipts(self) -> list[int]:
        """Numbers of the receipts in this phone's ledger, in order."""
        entries = self.ask("status")["entries"]
        return [entry["receipt_no"] for entry in entries if entry["receipt_no"] is not None]


class Branch:
    """The branch's staff at ``tovay-hub`` and ``tovay-provision``."""

    def __init__(self, stage: Stage, folder: Path, passphrase: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._passphrase = passphrase

    def words(self, command: str, *words: object) -> tuple[object, ...]:
        """The words of one command at the branch."""
        return command, "--dir", self._folder, *words

    def run(self, command: str, *words: object) -> str:
        """Run a ``tovay-hub`` command to its end."""
        return self._stage.run("tovay-hub", *self.words(command, *words))

    def attempt(self, command: str, *words: object) -> "subprocess.CompletedProcess[str]":
        """Run a ``tovay-hub`` command that may fail."""
        return self._stage.attempt("tovay-hub", *self.words(command, *words))

    def ask(self, command: str, *words: object) -> dict:
        """Run a ``tovay-hub`` command and read its JSON answer."""
        return self._stage.ask("tovay-hub", *self.words(command, *words))

    def enrol(self, role: str, group: str, url: str) -> Phone:
        """A voucher, the phone's request, six digits read aloud and compared, and the first exchange."""
        stage = self._stage
        phone = Phone(stage, role)
        words = self.words("voucher", "--group", group, "--role", role, "--by", "IT01")
        voucher = stage.ask("tovay-provision", *words)["voucher"]
        read_aloud = phone.ask("enrol", "--hub", url, "--voucher", voucher)["digits"]
        waiting = [
            device
            for device in stage.ask("tovay-provision", *self.words("devices"))
            if device["state"] == "waiting" and device["digits"] == read_aloud
        ]
        if len(waiting) != 1:
            raise StoryError(f"no waiting device shows the digits {read_aloud}")
        decision = ("--accept", waiting[0]["device"], "--digits", read_aloud, "--by", "IT01")
        stage.run("tovay-provision", *self.words("devices", *decision))
        phone.run("enrol", "--check")
        return phone

    def logins(self, hub: Hub, phones: tuple[Phone, ...], group: str, day: str) -> str:
        """Where everything is that ``--keep`` leaves behind."""
        return "\n".join(
            (
                f"The hub is running: {hub.url}/groups/{group}/days/{day} (process {hub.process_id})",
                f"Branch: tovay-hub status --dir {self._folder} (passphrase in {self._passphrase})",
                *(f"Phone:  tovay-edge status --dir {phone.folder} (PIN {PIN})" for phone in phones),
                "Staff:  IT01 (devices), GDV01 (teller), KSV01 (controller); no logins yet: loopback only",
                f"Clock:  export TOVAY_NOW={self._stage.now}",
            )
        )


def found_branch(stage: Stage, origin: str, *store: object) -> Branch:
    """Make the offline root, the branch's keys, the register and the store, which ``store`` may name."""
    root, branch = stage.folder / "root", stage.folder / "branch"
    secret = _secret(stage.folder / "branch-passphrase", secrets.token_urlsafe(24))
    root_secret = _secret(stage.folder / "root-passphrase", secrets.token_urlsafe(24))
    _secret(stage.folder / "pin", PIN)
    places = ("--dir", branch, "--root", root, "--branch", "PGD-KINHMON")
    keys = ("--passphrase-file", secret, "--root-passphrase-file", root_secret)
    stage.run("tovay-provision", "init", *places, *keys)
    stage.run("tovay-hub", "init", "--dir", branch, "--passphrase-file", secret, "--origin", origin, *store)
    return Branch(stage, branch, secret)


def _secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="utf-8")
    return path
