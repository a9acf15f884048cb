"""``tovay-verify``: what a file proves to whoever knows the root, with no hub, network or register.

Exit codes: 0 it stands and contradicts nothing, 1 it does not, 2 misused. Evidence that stands is a
contradiction proved: that is what it was brought for, so it leaves with 0.
"""

import os
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import rich_click as click
from msgspec import Struct

from protocol.checkpoint import contradictions, read_checkpoint
from protocol.errors import MalformedError, ProtocolError
from protocol.evidence import check
from protocol.keys import fingerprint
from protocol.limits import CHECKPOINT_BYTES_MAX, SPKI_BYTES_MAX
from protocol.native import NativeVerifier
from protocol.qr import TEXT_MAX
from protocol.receipt import check_offline, read_qr
from provisioning import verify_wording as wording
from provisioning.usage import LOOK, misuse, speak_vietnamese
from provisioning.wording import NO_OUTPUT

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_SPKI_START = bytes.fromhex("302a300506032b6570032100")
_SPKI_BYTES = 44
"""SubjectPublicKeyInfo of an Ed25519 key (RFC 8410): another file that is taken for the root would make
sound evidence look forged."""
_FILE = click.Path(path_type=Path)
_HELP = click.help_option("--help", help="Xem hướng dẫn này.")
_VERIFIER = NativeVerifier()


class Root(Struct, frozen=True):
    """The root that a person trusts; ``spki`` is None where only the fingerprint is known."""

    fingerprint: bytes
    spki: bytes | None


class RootType(click.ParamType[Root]):
    """The root's SPKI file, or its fingerprint as it is printed at the founding of a branch."""

    name = "khóa gốc"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Root:
        """The root; raises click.BadParameter."""
        typed = value.translate({ord(one): None for one in " -:"}).lower()
        if _FINGERPRINT.fullmatch(typed):
            return Root(bytes.fromhex(typed), None)
        try:
            spki = _read(Path(value), SPKI_BYTES_MAX)
        except click.ClickException:
            self.fail(wording.ROOT_FORM, param, ctx)
        if len(spki) != _SPKI_BYTES or not spki.startswith(_SPKI_START):
            self.fail(wording.ROOT_FORM, param, ctx)
        return Root(fingerprint(spki), spki)


_ROOT = click.option(
    "--root", type=RootType(), metavar="KHÓA GỐC", required=True, help=f"Khóa gốc: {wording.ROOT_FORM}."
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code."""
    speak_vietnamese()
    if sys.stdout is None:
        _fail(NO_OUTPUT, 1)
    try:
        code = commands.main(arguments, prog_name="tovay-verify", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        _fail(misuse(error), 2)
    except click.ClickException as error:
        _fail(error.message, 1)
    except click.Abort:
        _fail("Đã dừng.", 1)
    except ProtocolError as error:
        _fail(wording.refused(error), 1)
    except OSError:
        # What is still buffered would be tried again, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(wording.UNTOLD, 1)
    sys.exit(code if isinstance(code, int) else 0)


@click.group()
@click.rich_config(LOOK)
@_HELP
def commands() -> None:
    """Kiểm chứng chứng cứ, biên lai và điểm chốt chỉ bằng khóa gốc của chi nhánh, không cần mạng."""


@commands.command("evidence")
@click.argument("file", type=_FILE, metavar="TỆP")
@_ROOT
@_HELP
def evidence(file: Path, root: Root) -> None:
    """Kiểm chứng một tệp chứng cứ: ai đã ký hai điều trái nhau, ở đâu."""
    _say(*wording.proved(check(_read(file), root.fingerprint, _VERIFIER)))


@commands.command("receipt")
@click.argument("text", metavar="[NỘI DUNG MÃ]", required=False)
@click.option("--file", type=_FILE, metavar="TỆP", help="Tệp văn bản có nội dung mã QR.")
@_ROOT
@_HELP
def receipt(text: str | None, file: Path | None, root: Root) -> None:
    """Kiểm chứng biên lai của hộ từ nội dung mã QR (bắt đầu bằng TOVAY-R1:)."""
    if (text is None) == (file is None):
        raise click.UsageError(wording.TWO_SOURCES)
    if root.spki is None:
        raise click.ClickException(wording.NEEDS_SPKI)
    scanned = text if file is None else _read(file, TEXT_MAX + 2).decode("ascii", "replace")
    proof = read_qr((scanned or "").strip())
    entry = check_offline(proof, root.spki, _VERIFIER)
    log = proof.marked.log
    _say(*wording.receipt(entry, log.group, log.writer, proof.marked.seq))


@commands.command("checkpoint")
@click.argument("files", type=_FILE, metavar="TỆP…", nargs=-1, required=True)
@_ROOT
@_HELP
def checkpoint(files: tuple[Path, ...], root: Root) -> int:
    """Kiểm chứng điểm chốt; có từ hai tệp thì so từng cặp: có sổ nào mất, lùi lại hay bị viết lại."""
    found = [read_checkpoint(_read(file), root.fingerprint, _VERIFIER) for file in files]
    in_order = sorted(found, key=lambda one: one.checkpoint.number)
    _say(*(wording.checkpoint(one.checkpoint) for one in in_order))
    contradicted = False
    for older, newer in pairwise(in_order):
        try:
            told = contradictions(older, newer)
        except MalformedError as error:
            raise click.ClickException(wording.NOT_COMPARABLE) from error
        _say(*wording.compared(older.checkpoint, newer.checkpoint, told))
        contradicted = contradicted or bool(told)
    if len(found) > 1 and not contradicted:
        _say(wording.HIGHER_UNPROVED)
    return 1 if contradicted else 0


def _read(path: Path, bytes_max: int = CHECKPOINT_BYTES_MAX) -> bytes:
    """Bytes of a file, at most one more than any that is read here."""
    try:
        with path.open("rb") as file:
            raw = file.read(bytes_max + 1)
    except OSError as error:
        raise click.ClickException(wording.UNREADABLE.format(path=path)) from error
    if len(raw) > bytes_max:
        raise click.ClickException(wording.TOO_LARGE.format(path=path))
    return raw


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(line)


def _fail(told: str, code: int) -> NoReturn:
    click.echo(told, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
